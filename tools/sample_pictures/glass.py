"""A leaded window: sunrise over a lake with irises, in panes of streaky glass."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .paintbox import (
    Array,
    Mask,
    Points,
    Stops,
    blur,
    colour,
    coordinates,
    distance_to,
    gradient,
    mix,
    noise,
    palette,
    picture,
    polygon,
    saturate,
    slopes,
    step,
)

GLASS_SIZE = 1152
GLASS_SUN = (0.5, 0.335)
GLASS_BORDER = 0.052
GLASS_SKY: Stops = (
    *((0.07, "#ffe27a"), (0.13, "#ffc136"), (0.21, "#ff8a24"), (0.30, "#ee4f5a")),
    *((0.40, "#b544a4"), (0.50, "#5a4fc8"), (0.62, "#2440a0")),
)
# Centre, half length and height of the clouds.
GLASS_CLOUDS = (
    *((0.20, 0.20, 0.17, 0.030), (0.83, 0.24, 0.15, 0.026)),
    *((0.30, 0.38, 0.13, 0.018), (0.76, 0.41, 0.13, 0.016)),
)
# Crest (x, y), roughness, colour at crest and foot, panes across the picture.
GLASS_RANGES = (
    (
        ((0, 0.36), (0.12, 0.31), (0.28, 0.43), (0.5, 0.53), (0.70, 0.45), (0.87, 0.33), (1, 0.38)),
        *(0.010, "#b88ad4", "#5058b8", 11),
    ),
    (
        ((0, 0.47), (0.15, 0.44), (0.33, 0.545), (0.5, 0.575), (0.68, 0.55), (0.86, 0.46), (1, 0.49)),
        *(0.008, "#4f7fd0", "#1f4a94", 11),
    ),
    (
        ((0, 0.53), (0.2, 0.55), (0.38, 0.595), (0.5, 0.605), (0.64, 0.595), (0.82, 0.55), (1, 0.535)),
        *(0.005, "#4fae7a", "#12604a", 14),
    ),
)
GLASS_LAKE: Stops = ((0, "#7f9fe0"), (0.2, "#3f7fd0"), (0.5, "#1a55b0"), (1, "#0c2f78"))
GLASS_GLITTER: Stops = ((0, "#ffd76a"), (0.4, "#ffa836"), (1, "#e8562f"))
GLASS_BLADES = ("#3f9a4a", "#1f6f4a", "#8cc04a", "#2f8a6a", "#b8cc5a", "#185a44")
# Foot and flower of each iris, its size, and its petals' colours: sides, upright, falls.
GLASS_IRISES = (
    ((0.14, 0.17, 0.68), 1.15, ("#6a4ad0", "#8f6af0", "#4a2aa8")),
    ((0.27, 0.30, 0.80), 0.85, ("#f0b8d0", "#fff0f0", "#e87aa8")),
    ((0.86, 0.83, 0.64), 1.20, ("#c86ad8", "#e8a0f0", "#9a3ab8")),
    ((0.73, 0.71, 0.80), 0.90, ("#4a6ae0", "#8fb0ff", "#2f3fb0")),
    ((0.045, 0.05, 0.83), 0.70, ("#c86ad8", "#e8a0f0", "#9a3ab8")),
    ((0.955, 0.95, 0.80), 0.75, ("#6a4ad0", "#8f6af0", "#4a2aa8")),
)
GLASS_LEAD: Stops = ((0, "#050507"), (0.25, "#121217"), (0.6, "#3d3d46"), (1, "#6a6a6c"))


def voronoi(a: Array, b: Array, jitter: float, seed: int, period: int = 64) -> NDArray[np.int64]:
    """Number of the cell that each point (a, b) lies in, on a jittered unit grid; `period` wraps a."""
    row, column = np.floor(a).astype(int), np.floor(b).astype(int)
    seats = np.random.default_rng(seed).uniform(0.5 - jitter, 0.5 + jitter, (64, 64, 2))
    nearest, cell = np.full(a.shape, 9.0), np.zeros(a.shape, int)
    for da in (-1, 0, 1):
        for db in (-1, 0, 1):
            i, j = (row + da) % period, (column + db) % 64
            seat = seats[i, j]
            d = (row + da + seat[..., 0] - a) ** 2 + (column + db + seat[..., 1] - b) ** 2
            closer = d < nearest
            nearest[closer], cell[closer] = d[closer], (i * 64 + j)[closer]
    return cell


class GlassCartoon:
    """The full-size drawing: which pane a pixel belongs to, its colour, and the direction of the glass's streaks."""

    def __init__(self, rng: np.random.Generator) -> None:
        n = GLASS_SIZE
        self.rng = rng
        self.y, self.x = coordinates(n, n)
        self.pane, self.colour, self.streak = np.zeros((n, n), int), np.zeros((n, n, 3)), np.zeros((n, n))
        self.wander = noise(rng, n, n, 300, 3)
        self.rim = np.minimum(np.minimum(self.x, 1 - self.x), np.minimum(self.y, 1 - self.y))
        self._pieces = 100
        self._sky()
        self._mountains()
        self._lake()
        self._irises()
        self._border()

    def _region(self, part: Mask, panes: NDArray[np.int64], colours: Array, streak: float | Array, number: int) -> None:
        self.pane[part] = (number * 4096 + panes)[part]
        self.colour[part] = np.broadcast_to(colours, self.colour.shape)[part]
        self.streak[part] = np.broadcast_to(streak, part.shape)[part]

    def _piece(self, outline: Points, code: str, streak: float) -> None:
        part = polygon(outline, GLASS_SIZE)
        self._pieces += 1
        self._region(part, np.zeros(part.shape, int), colour(code), streak, self._pieces)

    def _sky(self) -> None:
        x, y, everywhere = self.x, self.y, np.ones(self.x.shape, bool)
        radius = np.hypot(x - GLASS_SUN[0], y - GLASS_SUN[1])
        angle = np.arctan2(y - GLASS_SUN[1], x - GLASS_SUN[0])
        rings = np.sqrt(np.maximum(radius - 0.05, 0) / 0.085) * 2.565 + 0.25 * self.wander
        panes = voronoi(angle / (2 * np.pi) * 24 + 24, rings, 0.28, 1, 24)
        self._region(everywhere, panes, gradient(radius, GLASS_SKY), angle, 1)
        self._region(radius < 0.075, np.zeros(x.shape, int), colour("#ffe680"), 0.3, 2)
        for k, (centre_x, centre_y, length, height) in enumerate(GLASS_CLOUDS):
            arch = height * np.clip(1 - ((x - centre_x) / length) ** 2, 0, 1)
            top = arch * (1 + 0.35 * np.sin((x - centre_x) * 52 + k))
            colours = gradient(
                np.clip((y - centre_y) / height + 0.4, 0, 1), ((0, "#fff0dc"), (0.6, "#ffc2a8"), (1, "#c58ac0"))
            )
            panes = voronoi(x * 13 + k, np.full(x.shape, 0.5), 0.3, 20 + k)
            part = (y > centre_y - top) & (y < centre_y + arch * 0.45)
            self._region(part, panes, colours, 0.0, 30 + k)

    def _mountains(self) -> None:
        n, x, y = GLASS_SIZE, self.x, self.y
        for k, (crest, rough, high, low, panes) in enumerate(GLASS_RANGES):
            ridge = np.interp(x[0], [p[0] for p in crest], [p[1] for p in crest])
            ridge = ridge + rough * noise(np.random.default_rng(40 + k), n, n, 180, 5)[40]
            slope = np.gradient(blur(np.repeat(ridge[None, :], 3, 0), 20)[1]) * n
            depth = y - ridge
            self._region(
                (depth > 0) & (y < 0.63),
                voronoi(x * panes + depth * 6, depth * panes * 1.25 + 0.2, 0.34, 50 + k),
                gradient(np.clip(depth / 0.13 + 0.25 * self.wander, 0, 1), ((0, high), (1, low))),
                np.arctan(slope) + 0.5 * np.sign(0.5 - x),
                5 + k,
            )

    def _lake(self) -> None:
        x, y = self.x, self.y
        near = np.clip((y - 0.605) / (1 - 0.605), 0, 1)
        glitter = np.exp(-(((x - 0.5 + 0.02 * np.sin(y * 70)) / (0.05 + 0.10 * near)) ** 2))
        water = gradient(np.clip(near + 0.12 * self.wander, 0, 1), GLASS_LAKE)
        water = mix(water, gradient(near, GLASS_GLITTER), step(0.30, 0.42, glitter)[..., None])
        rows = np.log(0.16 + near) / np.log(1.36) * 2
        across = (x - 0.5) * 5.2 / (0.45 + 0.75 * near) + 10 + 0.5 * np.floor(rows)
        panes = voronoi(across, rows + 0.16 * np.sin(x * 15) + 40, 0.36, 9)
        self._region(y > 0.605, panes, water, 0.12 * np.sin(x * 18), 8)

    def _irises(self) -> None:
        rng = self.rng
        for i in range(22):
            left = i % 2 == 0
            foot = rng.uniform(-0.02, 0.40) if left else rng.uniform(0.60, 1.02)
            top = min(rng.uniform(0.60, 0.86) + 0.25 * abs(0.5 - abs(0.5 - foot)), 0.93)
            lean, bend = rng.normal(0, 0.03), rng.normal(0, 0.07) * (1 if left else -1)
            self._blade(foot, foot + lean, top, bend, rng.uniform(0.016, 0.026), GLASS_BLADES[rng.integers(0, 6)])
        for (foot, x, y), _, _ in GLASS_IRISES:
            stem = ((foot - 0.010, 1.02), (x - 0.008, y), (x + 0.008, y), (foot + 0.010, 1.02))
            self._piece(stem, "#4f9a3f", 1.5)
        for (_, x, y), size, (sides, upright, falls) in GLASS_IRISES:
            for degrees, length, width in ((200, 0.085, 0.026), (-20, 0.085, 0.026)):
                self._petal(x, y, degrees, size * length, size * width, sides)
            for degrees, length, width in ((-125, 0.10, 0.030), (-55, 0.10, 0.030), (-90, 0.115, 0.032)):
                self._petal(x, y, degrees, size * length, size * width, upright, 0.9)
            for degrees, length, width in ((150, 0.115, 0.036), (30, 0.115, 0.036), (90, 0.125, 0.042)):
                self._petal(x, y, degrees, size * length, size * width, falls, 0.75)
            for degrees in (150, 30, 90):
                self._petal(x, y, degrees, size * 0.06, size * 0.010, "#ffd84a")

    def _blade(self, foot: float, top_x: float, top_y: float, bend: float, width: float, code: str) -> None:
        s = np.linspace(0, 1, 40)
        x, y = foot + (top_x - foot) * s + bend * s**2, 1.03 + (top_y - 1.03) * s
        dx, dy = np.gradient(x), np.gradient(y)
        half = width * (1 - s) ** 0.7 * (1 - 0.5 * np.exp(-s * 9)) / np.hypot(dx, dy)
        outline = np.stack([x - dy * half, y + dx * half], 1), np.stack([x + dy * half, y - dx * half], 1)[::-1]
        direction = np.arctan2(top_y - 1.03, top_x - foot + bend)
        self._piece([tuple(p) for p in np.concatenate(outline)], code, direction)

    def _petal(
        self, x: float, y: float, degrees: float, length: float, width: float, code: str, shape: float = 1.0
    ) -> None:
        angle, s = np.deg2rad(degrees), np.linspace(0, 1, 30)
        half = width * np.sin(np.pi * s**shape).clip(0) ** 0.8 * (1 + 0.10 * np.sin(s * 16 + angle))
        ux, uy = np.cos(angle), np.sin(angle)
        one = np.stack([x + ux * length * s - uy * half, y + uy * length * s + ux * half], 1)
        other = np.stack([x + ux * length * s + uy * half, y + uy * length * s - ux * half], 1)[::-1]
        self._piece([tuple(p) for p in np.concatenate([one, other])], code, angle)

    def _border(self) -> None:
        x, y = self.x, self.y
        upright = np.minimum(x, 1 - x) < np.minimum(y, 1 - y)
        along = np.floor(np.where(upright, y, x) * 14).astype(int)
        side = np.select([x == self.rim, (1 - x) == self.rim, y == self.rim], [0, 1, 2], 3)
        shade = (0.9 + 0.2 * self.rng.uniform(size=20))[along % 20]
        colours = palette(("#c8862a", "#2f7a5a", "#e0a63a", "#1f5f7a"))[(along + side) % 4] * shade[..., None]
        streak = np.where(side < 2, np.pi / 2, 0)
        self._region(self.rim < GLASS_BORDER, along + 20 * side, colours, streak, 60)
        corner = (np.minimum(x, 1 - x) < GLASS_BORDER) & (np.minimum(y, 1 - y) < GLASS_BORDER)
        self._region(corner, (x > 0.5) * 2 + (y > 0.5), colour("#b8203a"), 0.8, 61)


def streaky_glass(cartoon: GlassCartoon, pane: NDArray[np.int64], rng: np.random.Generator) -> Array:
    """The panes' own colour (H, W, 3): one hue each, drawn out in streaks and wisps along its direction."""
    n, count = GLASS_SIZE, int(pane.max()) + 1
    flat, area = pane.ravel(), np.bincount(pane.ravel(), minlength=count)
    hue = np.stack([np.bincount(flat, cartoon.colour[..., i].ravel(), count) for i in range(3)], 1) / area[:, None]
    sine, cosine = (np.bincount(flat, f(cartoon.streak).ravel(), count) for f in (np.sin, np.cos))
    angle = (np.arctan2(sine, cosine) + rng.normal(0, 0.18, count))[pane]
    hue = np.clip(hue * rng.normal(1, 0.11, (count, 1)) + rng.normal(0, 0.022, (count, 3)), 0.02, 1)
    glass = mix(np.clip(saturate(hue, 1.25), 0.01, 1)[pane], cartoon.colour, 0.18)
    texture = blur(noise(rng, 1024, 1024, 170, 5, 0.55), 1.0)
    offset = rng.integers(0, 1024, (count, 2))[pane]
    x, y = cartoon.x * n, cartoon.y * n
    along, across = x * np.cos(angle) + y * np.sin(angle), -x * np.sin(angle) + y * np.cos(angle)

    def look(scale_along: float, scale_across: float, warp: float | Array = 0.0) -> Array:
        """The texture seen along each pane, bilinear, wrapping round."""
        u, v = along * scale_along + offset[..., 0], across * scale_across + warp + offset[..., 1]
        i, j = np.floor(u).astype(int), np.floor(v).astype(int)
        fu, fv = u - i, v - j
        i0, i1, j0, j1 = i % 1024, (i + 1) % 1024, j % 1024, (j + 1) % 1024
        upper = texture[j0, i0] * (1 - fu) + texture[j0, i1] * fu
        lower = texture[j1, i0] * (1 - fu) + texture[j1, i1] * fu
        return upper * (1 - fv) + lower * fv

    warp = 28 * look(0.35, 0.35)
    streak, wisp = look(0.55, 3.0, warp), look(0.25, 1.3, warp * 1.5)
    glass = glass ** (1.12 + 0.50 * np.clip(streak, -0.8, 1.2))[..., None]  # denser glass is deeper, not greyer
    glass = mix(glass, 0.55 * glass + 0.45 * colour("#fff4e2"), (step(0.25, 1.1, wisp) * 0.62)[..., None])
    return mix(glass, glass[..., [2, 0, 1]] * 0.5 + glass * 0.5, (0.35 * step(0.3, 1.2, -wisp))[..., None])


def add_bubbles(glass: Array, count: int, rng: np.random.Generator) -> None:
    """Seeds of air in the glass, drawn in place."""
    dy, dx = np.mgrid[-9:10, -9:10]
    for _ in range(count):
        row, column = rng.integers(10, GLASS_SIZE - 10, 2)
        radius = rng.uniform(1.3, 3.8)
        part = slice(row - 9, row + 10), slice(column - 9, column + 10)
        ring = np.exp(-(((np.hypot(dx, dy) / radius - 1) / 0.4) ** 2))
        spark = np.exp(-((dx + radius * 0.4) ** 2 + (dy + radius * 0.4) ** 2) / (radius * 0.45) ** 2)
        glass[part] = glass[part] * (1 - 0.28 * ring)[..., None] + 0.30 * spark[..., None]


def glass_painting(size: int) -> Image.Image:
    """The window, size x size pixels."""
    n, rng = GLASS_SIZE, np.random.default_rng(5)
    cartoon = GlassCartoon(rng)
    x, y = cartoon.x, cartoon.y
    pane = np.unique(cartoon.pane, return_inverse=True)[1].reshape(n, n)
    seam = np.zeros((n, n), bool)
    seam[:, 1:] |= pane[:, 1:] != pane[:, :-1]
    seam[1:] |= pane[1:] != pane[:-1]
    distance = blur(distance_to(seam, 34), 1.2)
    glass = streaky_glass(cartoon, pane, rng)
    down, across = slopes(blur(noise(rng, n, n, (22, 34), 3, 0.55), 1.6))
    glass = glass * (1 + np.clip((across * 0.8 + down) * -5, -0.20, 0.28))[..., None]  # ripples
    sun = np.hypot(x - GLASS_SUN[0], y - GLASS_SUN[1])
    light = 0.64 + 0.50 * np.exp(-((sun / 0.36) ** 2)) + 0.10 * noise(rng, n, n, 420, 3)
    light = light - 0.12 * step(0.45, 0.72, np.hypot(x - 0.5, y - 0.5))
    glass = glass * (light * (1 - 0.50 * np.exp(-np.clip(distance - 4, 0, 99) / 5)))[..., None]
    add_bubbles(glass, 420, rng)
    # Leads: round in section, wider along the border.
    width = 4.3 + 0.8 * noise(rng, n, n, 120, 2)
    width = np.where(np.abs(cartoon.rim - GLASS_BORDER) < 0.008, 6.5, width)
    lead = step(0.9, -0.9, distance - width)[..., None]
    section = np.sqrt(np.clip(1 - (distance / width) ** 2, 0, 1))
    down, across = slopes(blur(section * 4 + 0.35 * noise(rng, n, n, 26, 3), 1.3))
    metal = gradient(np.clip(0.22 - 0.9 * (across + down), 0, 1), GLASS_LEAD)
    clear = glass * (1 - lead)
    out = clear + metal * lead + 0.16 * blur(clear, 5) * lead + 0.26 * np.clip(blur(clear, 22) - 0.28, 0, 1)
    out = (1 - np.exp(-out * 1.45)) / (1 - np.exp(-1.45))  # film: the brightest panes bend over, none clips
    return picture(np.clip(saturate(out, 1.18), 0, 1), (size, size))

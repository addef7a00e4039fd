"""A colour woodcut: sun, mountains, a sail and pines, in cut lines that swell with the tone, and colour blocks."""

import numpy as np
from PIL import Image

from .paintbox import (
    Array,
    Mask,
    Points,
    blur,
    colour,
    coordinates,
    gradient,
    mix,
    noise,
    picture,
    polygon,
    slopes,
    step,
)

WOOD_SIZE = 1440
WOOD_SUN = (0.62, 0.36)
WOOD_RADIUS = 0.125
WOOD_HORIZON = 0.628
# Centre, half length, height and seed of the clouds.
WOOD_CLOUDS = (
    *((0.20, 0.19, 0.17, 0.075, 1), (0.87, 0.155, 0.15, 0.060, 2)),
    *((0.40, 0.30, 0.12, 0.040, 3), (0.05, 0.37, 0.13, 0.05, 4)),
)
# Crest (x, y), roughness, seed, lines over the picture, darkness, foot.
WOOD_RANGES = (
    (
        ((0, 0.50), (0.10, 0.44), (0.21, 0.33), (0.27, 0.30), (0.34, 0.37), (0.47, 0.47), (0.60, 0.53)),
        ((0.78, 0.50), (0.92, 0.43), (1, 0.46)),
        (0.020, 5, 105, 0.72, 0.64),
    ),
    (
        ((0, 0.46), (0.10, 0.53), (0.30, 0.59), (0.50, 0.615), (0.70, 0.60), (0.88, 0.52)),
        ((1, 0.50),),
        (0.016, 9, 120, 1.0, 0.66),
    ),
)
WOOD_SHORES = (
    (((0, 0.80), (0.14, 0.82), (0.26, 0.875), (0.36, 0.94), (0.44, 1.02), (1, 1.1)), 1),
    (((0, 1.2), (0.62, 1.03), (0.74, 0.955), (0.86, 0.885), (1, 0.86)), -1),
)
# Place, foot, height and seed of the pines, far ones first.
WOOD_PINES = (
    *((0.085, 0.885, 0.46, 1), (0.205, 0.90, 0.33, 2), (-0.01, 0.90, 0.36, 3), (0.30, 0.955, 0.23, 4)),
    *((0.145, 0.97, 0.30, 7), (0.925, 0.93, 0.40, 5), (0.83, 0.955, 0.24, 6), (1.01, 0.95, 0.30, 8)),
)
WOOD_BOAT = (0.40, 0.715)


class KeyBlock:
    """The drawing block: the darkness wanted at each pixel, and a phase whose level lines the gouge follows.

    Tone 0 is cleared, 1 solid; above 1 is a line that stays even where the gouge passes.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        n = WOOD_SIZE
        self.rng = rng
        self.y, self.x = coordinates(n, n)
        self.coarse, self.fine, self.grit = (noise(rng, n, n, c, k) for c, k in ((420, 4), (110, 4), (26, 3)))
        self.tone, self.phase = np.zeros((n, n)), np.zeros((n, n))
        self.sun = np.hypot(self.x - WOOD_SUN[0], self.y - WOOD_SUN[1]) < WOOD_RADIUS
        self.sails, self.pines, self.land = (np.zeros((n, n), bool) for _ in range(3))
        self._sky()
        for wooded in WOOD_RANGES:
            self._range(*wooded)
        self._water()
        self._boat()
        for shore, side in WOOD_SHORES:
            self._shore(shore, side)
        for pine in WOOD_PINES:
            self._pine(*pine)

    def _region(self, part: Mask, tone: float | Array, phase: Array) -> None:
        self.tone[part] = np.broadcast_to(tone, part.shape)[part]
        self.phase[part] = phase[part]

    def _sky(self) -> None:
        x, y = self.x, self.y
        radius = np.hypot(x - WOOD_SUN[0], y - WOOD_SUN[1])
        angle = np.arctan2(y - WOOD_SUN[1], x - WOOD_SUN[0])
        # Rays, twice as many wherever they have parted to twice the distance.
        doublings = np.clip(np.floor(np.log2(np.maximum(radius, 0.05) / 0.13)), 0, 3)
        tone = 0.12 + 0.62 * step(0.16, 0.75, radius) + 0.10 * self.coarse + 0.16 * step(0.10, 0, radius - WOOD_RADIUS)
        rays = angle / (2 * np.pi) * 56 * 2**doublings + 0.10 * self.fine + 0.25 * self.coarse * radius
        self._region(np.ones(x.shape, bool), tone, rays)
        for cloud in WOOD_CLOUDS:
            self._cloud(*cloud)
        self.tone[self.sun] = 0
        self.tone[(radius > WOOD_RADIUS) & (radius < WOOD_RADIUS + 0.004)] = 1.2

    def _cloud(self, centre_x: float, centre_y: float, length: float, height: float, seed: int) -> None:
        x, y, rng = self.x, self.y, np.random.default_rng(seed)
        inner, scroll = np.full(x.shape, 9.0), np.zeros(x.shape)
        for _ in range(13):
            u = rng.uniform(-1, 1)
            radius = height * np.sqrt(1 - u * u) * rng.uniform(0.5, 1) + 0.010
            at_x, at_y = centre_x + u * length, centre_y - radius * 0.35 * rng.uniform(0, 1)
            d = np.hypot(x - at_x, (y - at_y) * 1.25) / radius
            scroll = np.where(d < inner, d * radius * 62, scroll)
            inner = np.minimum(inner, d)
        part = (inner < 1) & (y < centre_y + 0.012 + 0.004 * np.sin(x * 70))
        tone = 0.06 + 0.50 * step(0.55, 1.02, inner) + 0.45 * step(centre_y - 0.02, centre_y + 0.02, y)
        self._region(part, tone, scroll + 0.12 * self.fine)
        self.tone[part & (inner > 0.93)] = 1.2

    def _range(self, left: Points, right: Points, cut: tuple[float, int, float, float, float]) -> None:
        n, x, y = WOOD_SIZE, self.x, self.y
        rough, seed, lines, dark, foot = cut
        crest = [*left, *right]
        ridge = np.interp(x[0], [p[0] for p in crest], [p[1] for p in crest])
        ridge = ridge + rough * noise(np.random.default_rng(seed), 8, n, 150, 6, 0.55)[4]
        depth = y - ridge
        part = (depth > 0) & (y < foot)
        folds = noise(np.random.default_rng(seed), n, n, (300, 130), 5, 0.55)
        spurs = folds + 1.5 * np.sin(x * 26 + depth * 18 * np.sign(np.sin(x * 9 + seed)) + seed)
        lit = step(-0.5, 0.5, slopes(blur(spurs, 3))[1] * n / 40 * np.sign(WOOD_SUN[0] - x))
        tone = dark * (0.95 - 0.78 * lit) + 0.25 * step(0, 0.03, 0.02 - depth) + 0.10 * self.fine
        angle = np.where(lit > 0.5, 0.75, -0.60)  # the cuts lean with the face they are on
        cuts = (x * np.sin(angle) + depth * np.cos(angle) * 0.9) * lines + 0.25 * self.fine
        self._region(part, tone, cuts)
        self.tone[part & (depth < 0.0035)] = 1.3

    def _water(self) -> None:
        x, y = self.x, self.y
        near = np.clip((y - WOOD_HORIZON) / (1 - WOOD_HORIZON), 0, 1)
        swell = np.log(0.075 + near)
        waves = 0.55 * np.sin(x * 21 + 14 * swell + 2 * self.coarse) * (0.25 + near)
        waves = waves + 0.35 * np.sin(x * 47 - 9 * swell + 3 * self.coarse) * (0.2 + near)
        self.near = near
        self.glitter = np.exp(-(((x - WOOD_SUN[0] + 0.05 * np.sin(y * 40)) / (0.045 + 0.15 * near)) ** 2))
        tone = 0.60 + 0.16 * waves + 0.12 * self.fine - 0.50 * self.glitter + 0.15 * near
        self._region(y > WOOD_HORIZON, tone, swell * 14.5 + 0.42 * waves + 0.12 * self.fine)
        self.tone[np.abs(y - WOOD_HORIZON) < 0.002] = 1.3

    def _boat(self) -> None:
        def at(points: Points) -> list[tuple[float, float]]:
            return [(WOOD_BOAT[0] + dx, WOOD_BOAT[1] + dy) for dx, dy in points]

        def cut(points: Points) -> Mask:
            return polygon(at(points), WOOD_SIZE)

        x, y = self.x, self.y
        for k, sail in enumerate(
            (
                ((-0.006, -0.165), (-0.010, -0.012), (-0.078, -0.016), (-0.045, -0.075)),
                ((0.004, -0.150), (0.062, -0.090), (0.074, -0.018), (0.004, -0.014)),
            )
        ):
            outline, (mid_x, mid_y) = cut(sail), np.mean(at(sail), 0)
            self.tone[outline] = 1.3
            cloth = [(mid_x + (a - mid_x) * 0.90, mid_y + (b - mid_y) * 0.93) for a, b in at(sail)]
            shade = np.clip(0.10 + 0.55 * step(-0.01, 0.05, x - mid_x) + 0.06 * self.fine, 0, 1)
            self._region(polygon(cloth, WOOD_SIZE), shade, (y - mid_y) * 130 + 14 * (x - mid_x) + 0.3 * k)
            self.sails |= outline
        self.tone[cut(((-0.003, -0.18), (0.002, -0.18), (0.002, 0.0), (-0.003, 0.0)))] = 1.3
        self.tone[cut(((-0.098, -0.006), (0.100, -0.010), (0.072, 0.030), (-0.066, 0.031)))] = 1.3
        self.tone[cut(((-0.086, 0.001), (0.086, -0.002), (0.080, 0.007), (-0.080, 0.009)))] = 0
        mirrored = cut(((-0.066, 0.036), (0.070, 0.036), (0.045, 0.10), (-0.01, 0.15), (-0.05, 0.10)))
        self.tone[mirrored] = np.maximum(self.tone, 0.86)[mirrored]

    def _shore(self, points: Points, side: int) -> None:
        x, y = self.x, self.y
        edge = np.interp(x[0], [p[0] for p in points], [p[1] for p in points])
        depth = y - edge - 0.010 * noise(self.rng, 8, WOOD_SIZE, 120, 5)[4]
        tone = 1.02 - 0.45 * step(0, 0.05, depth) * step(-0.3, 0.9, self.fine) + 0.1 * self.coarse
        self._region(depth > 0, tone, depth * 70 + side * x * 24 + 0.5 * self.fine)
        self.land |= depth > 0

    def _pine(self, place: float, foot: float, height: float, seed: int) -> None:
        x, y, rng = self.x, self.y, np.random.default_rng(seed)
        tiers = int(9 + height * 16)
        sides: tuple[list[tuple[float, float]], list[tuple[float, float]]] = ([], [])
        for i in range(tiers):
            q = i / (tiers - 1)
            level = foot - height * (1 - q * 0.93)
            width = height * (0.035 + 0.245 * q**0.9) * rng.uniform(0.82, 1.15)
            for outline, sign in zip(sides, (-1, 1), strict=True):
                reach = sign * width * rng.uniform(0.8, 1.15)
                drop = height * 0.075 * rng.uniform(0.9, 1.2)
                outline.append((place + reach * 0.28, level))
                outline.append((place + reach, level + drop))
                outline.append((place + reach * 0.62, level + height * 0.060))
        low, root = foot - height * 0.03, foot + 0.03
        right = [(place, foot - height * 1.05), *sides[1], (place + 0.006, low), (place + 0.008, root)]
        part = polygon([*right, (place - 0.008, root), (place - 0.006, low), *sides[0][::-1]], WOOD_SIZE)
        # A cleared line round the tree keeps it apart from the water behind it.
        self.tone[(blur(part, 4) > 0.06) & (y < foot - height * 0.06)] = 0
        across = (x - place) / (height * 0.24)
        lit = step(-0.30, 0.45, across * np.sign(WOOD_SUN[0] - place) + 0.35 * self.fine)
        boughs = (y - foot) / height * tiers * 1.35 - np.abs(across) * 1.7 + 0.25 * self.fine
        self._region(part, np.clip(1.12 - 0.74 * lit, 0, 1.3), boughs)
        self.pines |= part


def cut_and_inked(block: KeyBlock, rng: np.random.Generator, plank: Array) -> Array:
    """Share of ink (H, W) that the key block leaves on the paper; `plank` is the grain of its wood."""
    n, tone = WOOD_SIZE, blur(block.tone, 1.0)
    ridge = np.abs((block.phase + 0.035 * block.grit) % 1 - 0.5) * 2
    ink = step(-0.10, 0.10, tone - 0.03 - (0.08 + 0.84 * ridge) - 0.06 * block.grit)
    ink = np.where(tone < 0.07, ink * step(0.02, 0.07, tone), ink)
    # Chatter: what the gouge left standing in cleared ground.
    chatter = step(0.95, 1.15, noise(rng, n, n, (9, 60), 3, 0.6) + 0.3 * block.fine)
    ink = np.maximum(ink, chatter * (tone < 0.30) * ~block.sun * 0.9)
    # Grain of the plank, and a little salt where the paper did not take.
    x, y = block.x, block.y
    knot = 0.10 * np.exp(-((x - 0.32) ** 2 / 0.02 + (y - 0.72) ** 2 / 0.004))
    rings = np.sin((y + 0.05 * block.coarse + knot) * 2 * np.pi * 46 + 2.2 * block.coarse)
    salt = 0.50 * plank + 0.26 * rings + 0.45 * noise(rng, n, n, 4, 2) + 0.10 * block.fine
    return ink * (1 - 0.72 * step(0.62, 1.05, salt)) * (1 - 0.5 * step(1.0, 1.5, noise(rng, n, n, 3, 2) * 1.5))


def woodcut_painting(size: int) -> Image.Image:
    """The print, size x size pixels."""
    n, rng = WOOD_SIZE, np.random.default_rng(23)
    block = KeyBlock(rng)
    x, y = block.x, block.y
    plank = blur(noise(rng, n, n, (3, 220), 2, 0.6), 0.8)
    ink = cut_and_inked(block, rng, plank)
    margin, rough = 0.5 - np.maximum(np.abs(x - 0.5), np.abs(y - 0.5)), 0.004 * noise(rng, n, n, 50, 4)
    inside = step(0.028, 0.031, margin + rough * 0.3)
    frame = step(0.030, 0.032, margin + rough) * (1 - step(0.036, 0.038, margin + rough * 0.7))
    ink = np.maximum(ink * inside, frame * (1 - 0.6 * step(0.3, 1.0, plank)))[..., None]
    fibre = noise(rng, n, n, (40, 5), 3, 0.6) * 0.5 + noise(rng, n, n, (5, 40), 3, 0.6) * 0.5
    print_ = gradient(np.clip(0.35 + 0.25 * block.coarse + 0.22 * fibre, 0, 1), ((0, "#f3e7cb"), (1, "#dfcba2")))
    film = 1 - 0.22 * step(0.2, 1.1, 0.6 * plank + 0.5 * noise(rng, n, n, 5, 2))
    sky = (y < WOOD_HORIZON) & ~block.sun & ~block.pines
    water = (y > WOOD_HORIZON) & ~block.sails & ~block.pines
    glow, dusk = np.exp(-(((y - 0.60) / 0.22) ** 2)), step(0.34, 0.0, y)
    sun = 0.82 + 0.18 * step(WOOD_SUN[1] + 0.12, WOOD_SUN[1] - 0.12, y)
    lake = (1 - 0.80 * block.glitter) * (0.55 + 0.45 * block.near)
    # Colour blocks with wiped gradations, each a hair out of register: (across, down) in pixels.
    for part, shift, code, strength in (
        (sky, (3, -2), "#f0a04a", 0.92 * glow),
        (sky, (3, -2), "#4f86a4", 0.88 * dusk),
        (block.sun, (-3, 2), "#d93a22", 0.97 * sun),
        (water, (2, 3), "#3f8390", 0.85 * lake),
        (water, (2, 3), "#e8703a", 0.55 * block.glitter),
        (block.land | block.pines, (-2, 2), "#6f7f3a", np.full((n, n), 0.75)),
        (block.sails, (3, 2), "#e4573a", np.full((n, n), 0.60)),
    ):
        share = np.roll(blur(part, 1.2), shift[::-1], (0, 1)) * inside * strength * film
        print_ = mix(print_, print_ * colour(code) * 1.06, share[..., None])
    print_ = mix(print_, colour("#17161d"), ink * 0.95)
    return picture(print_ * (1 + 0.03 * fibre)[..., None], (size, size))

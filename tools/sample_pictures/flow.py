"""Oil on canvas: a low sun over fields, painted in bristled strokes that follow a flow field."""

import numpy as np
from PIL import Image, ImageDraw

from .paintbox import (
    Array,
    Stops,
    blur,
    colour,
    coordinates,
    gradient,
    mix,
    noise,
    palette,
    picture,
    saturate,
    slopes,
    step,
)

FLOW_SIZE = 1280
FLOW_SUN = (0.69, 0.30)
# Centre, radius and spin of the eddies in the sky.
FLOW_EDDIES = ((0.22, 0.20, 0.13, 1.9), (0.42, 0.43, 0.08, -1.3), (0.05, 0.45, 0.08, 1.2), (0.93, 0.10, 0.08, -1.2))
# Height, amplitude, frequency, phase, and shaded and lit colour of each range of hills.
FLOW_HILLS = (
    (0.50, 0.045, 5.2, 0.3, "#8d7fb4", "#d08f8a"),
    (0.555, 0.04, 4.1, 2.2, "#4f6aa0", "#8a7fa8"),
    (0.61, 0.035, 3.3, 4.4, "#2f6f78", "#5f9a80"),
)
# Place, top, foot, width and phase of the cypresses.
FLOW_CYPRESSES = ((0.165, 0.20, 0.90, 0.066, 0.0), (0.262, 0.43, 0.80, 0.040, 2.1))
FLOW_SKY: Stops = (
    *((0, "#fff6d0"), (0.055, "#ffeaa0"), (0.075, "#ffc848"), (0.15, "#f79a3c"), (0.24, "#e8776a")),
    *((0.34, "#b0709a"), (0.46, "#4f86b4"), (0.62, "#2b59a4"), (0.8, "#1d3578"), (1, "#1a1f55")),
)
FLOW_CLOUDS: Stops = ((0, "#ffe3a0"), (0.3, "#ffc6a0"), (0.5, "#8fd0c8"), (0.8, "#5d8fd0"), (1, "#4a5cb0"))
FLOW_WATER: Stops = ((0, "#ffdf9a"), (0.25, "#f3a070"), (0.5, "#86a8c8"), (0.75, "#3c78b4"), (1, "#23407f"))
FLOW_LEAVES: Stops = ((0, "#0a1626"), (0.35, "#123a34"), (0.65, "#2f6a36"), (0.88, "#7f9a38"), (1, "#e0b850"))
FLOW_ACCENTS = ("#f2a03c", "#e2563f", "#3fb0a8", "#4d63c8", "#f7e2a0", "#8a4a9a", "#9cc85a")
FLOW_POPPIES = ("#d8322a", "#ef5a34", "#b51f2b", "#ff7a3a", "#7a1726")


class FlowScene:
    """What is to be painted: colour, direction of the strokes and wanted detail at every pixel."""

    colour: Array
    along_x: Array
    along_y: Array

    def __init__(self, rng: np.random.Generator) -> None:
        n = FLOW_SIZE
        self.y, self.x = coordinates(n, n)
        self.coarse, self.fine = noise(rng, n, n, 300, 5), noise(rng, n, n, 120, 4)
        self.detail = np.full((n, n), 0.25)
        self.open_field = np.zeros((n, n))
        self._sky()
        self._hills()
        self._field()
        self._cypresses()
        length = np.hypot(self.along_x, self.along_y) + 1e-6
        self.along_x, self.along_y = self.along_x / length, self.along_y / length
        self.colour = np.clip(self.colour, 0, 1)

    def _lay(self, share: Array, colours: Array, angle: Array, detail: float | Array) -> None:
        self.colour = mix(self.colour, colours, share[..., None])
        self.along_x, self.along_y = mix(self.along_x, np.cos(angle), share), mix(self.along_y, np.sin(angle), share)
        self.detail = mix(self.detail, detail, share)

    def _sky(self) -> None:
        x, y = self.x, self.y
        dx, dy = x - FLOW_SUN[0], y - FLOW_SUN[1]
        radius = np.hypot(dx, dy)
        sky = gradient(np.clip(radius + 0.05 * self.coarse, 0, 1), FLOW_SKY)
        veil = step(0.2, 1.1, self.fine + 0.4 * np.sin(14 * y + 5 * self.coarse + 3 * x)) * step(0.12, 0.3, radius)
        self.colour = mix(sky, gradient(np.clip(radius, 0, 1), FLOW_CLOUDS), veil[..., None] * 0.75)
        angle = np.arctan2(dy, dx) + np.pi / 2 + 0.35 * self.coarse
        self.along_x, self.along_y = np.cos(angle), np.sin(angle)
        for centre_x, centre_y, size, spin in FLOW_EDDIES:
            ex, ey = x - centre_x, y - centre_y
            r = np.hypot(ex, ey) + 1e-6
            core = np.exp(-((r / size) ** 2))
            self.along_x = self.along_x - ey / r * spin * core
            self.along_y = self.along_y + ex / r * spin * core
            rings = gradient(0.5 + 0.5 * np.cos(r / size * 9), ((0, "#23408f"), (0.5, "#58a5c4"), (1, "#f3e3b0")))
            self.colour = mix(self.colour, rings, (core * 0.75)[..., None])
        heart = np.exp(-((radius / 0.035) ** 2))
        self.along_x, self.along_y = mix(self.along_x, 0.9, heart), mix(self.along_y, -0.4, heart)
        self.detail = self.detail + 0.5 * np.exp(-((radius / 0.12) ** 2))

    def _hills(self) -> None:
        x, y = self.x, self.y
        for k, (base, height, f, phase, shaded, lit) in enumerate(FLOW_HILLS):
            ridge = base - height * np.sin(f * x + phase) - 0.018 * np.sin(3.1 * f * x + 2 * phase)
            ridge = ridge - 0.01 * self.coarse[0]
            slope = -height * f * np.cos(f * x + phase) - 0.018 * 3.1 * f * np.cos(3.1 * f * x + 2 * phase)
            depth = np.clip((y - ridge) / 0.12, 0, 1)
            light = np.clip(0.5 - 1.6 * slope * np.sign(FLOW_SUN[0] - x) + 0.35 * self.fine, 0, 1)
            foot = gradient(light, ((0, "#1f4e62"), (1, "#7fae70")))
            colours = mix(gradient(light, ((0, shaded), (1, lit))), foot, (depth * k / 2)[..., None])
            self._lay(step(0, 0.004, y - ridge), colours, np.arctan(slope) + depth * 1.2 * np.sign(slope), 0.35)

    def _field(self) -> None:
        x, y, fine = self.x, self.y, self.fine
        horizon = 0.645 + 0.012 * np.sin(7 * x + 1)
        ground, near = step(0, 0.006, y - horizon), np.clip((y - horizon) / (1 - 0.645), 0, 1)
        across = (x - 0.60) / (near + 0.12)  # furrows meet in a vanishing point
        furrow = 0.5 + 0.5 * np.sin(across * 15 + 1.5 * self.coarse)
        wheat = gradient(
            np.clip(furrow * 0.75 + 0.25 * fine + 0.15, 0, 1),
            ((0, "#7d4a1e"), (0.3, "#c07c22"), (0.6, "#eab33a"), (1, "#ffe589")),
        )
        meadow = gradient(furrow, ((0, "#274f26"), (0.5, "#5f8f2e"), (1, "#b9c653")))
        wheat = mix(wheat, meadow, step(0.1, 0.7, self.coarse + 0.8 * np.sin(across * 3.4 + 0.7))[..., None] * 0.85)
        wheat = mix(wheat, colour("#f6c877"), (0.35 * (1 - near))[..., None])
        self._lay(ground, wheat, np.arctan2(near + 0.12, x - 0.60) + 0.25 * fine, 0.4 + 0.3 * near)
        middle = 0.60 - 0.30 * near + 0.16 * np.sin(5.2 * near + 0.4) * near
        river = step(1, 0.86, np.abs(x - middle) / (0.012 + 0.11 * near**1.3)) * ground
        ripple = np.clip(near * 0.9 + 0.25 * fine + 0.15 * np.sin(y * 160 + 4 * self.coarse), 0, 1)
        self._lay(river, gradient(ripple, FLOW_WATER), 0.15 * self.coarse - 0.1, 0.5)
        self.open_field = ground * (1 - blur(river, 4))

    def _cypresses(self) -> None:
        x, y = self.x, self.y
        for place, top, foot, width, phase in FLOW_CYPRESSES:
            q = np.clip((y - top) / (foot - top), 0, 1)
            middle = place + 0.010 * np.sin(9 * y + phase) * (1 - q)
            half = width * q**0.8 * (1 - 0.35 * q**4) * (1 + 0.10 * np.sin(23 * y + phase + 4 * (x > middle))) + 1e-4
            across = (x - middle) / half
            tree = step(1.05, 0.85, np.abs(across)) * (y > top) * step(foot + 0.01, foot - 0.015, y + 0.02 * across**2)
            tone = 0.42 + 0.30 * across + 0.12 * self.fine
            tone = tone + 0.30 * np.sin(y * 44 + across * 2.2 + phase + 2 * self.fine)
            angle = -np.pi / 2 + 0.42 * np.sin(y * 30 + across * 1.4 + phase) + 0.25 * across
            self.open_field = self.open_field * (1 - blur(tree, 4))
            self._lay(tree, gradient(np.clip(tone, 0, 1), FLOW_LEAVES), angle, 1.0)
            shadow = np.exp(-(((y - foot - 0.008 - (place - x) * 0.25) / 0.016) ** 2))
            shadow = shadow * step(place - width * 4.2, place, x) * step(place + width * 0.6, place, x)
            self.colour = mix(self.colour, colour("#3b2a4e"), (shadow * 0.75 * (1 - tree))[..., None])


class OilPaint:
    """A canvas that takes strokes: colour in one picture, thickness of the paint in another."""

    def __init__(self, scene: FlowScene, rng: np.random.Generator) -> None:
        self.scene, self.rng = scene, rng
        ground = mix(scene.colour, colour("#7a4a2a"), 0.2)
        self.paint = Image.fromarray((ground * 255).astype(np.uint8))
        self.height = Image.new("L", self.paint.size, 90)
        self._draw, self._draw_height = ImageDraw.Draw(self.paint), ImageDraw.Draw(self.height)

    def strokes(
        self,
        count: int,
        width: float,
        length: float,
        *,
        jitter: float,
        accent: float = 0.0,
        where: Array | None = None,
        paints: tuple[str, ...] | None = None,
        pace: int = 9,
    ) -> None:
        """Paint about `count` strokes, fewer where the probability `where` is below 1.

        Width, length and pace (distance between the bends) are in canvas pixels; `accent` is the share of strokes
        in a colour that does not belong there; `paints` replaces the scene's own colours.
        """
        rng, last = self.rng, FLOW_SIZE - 1
        x, y = rng.uniform(-10, last + 11, count), rng.uniform(-10, last + 11, count)
        if where is not None:
            kept = rng.uniform(size=count) < where[self._pixels(y, x)]
            x, y = x[kept], y[kept]
        count, steps = len(x), max(3, int(length / pace))
        lengths = np.maximum((steps * rng.uniform(0.55, 1.15, count)).astype(int), 3)
        paths = self._paths(x, y, steps, int(lengths.max()) + 1, pace)
        if paints is None:
            colours = self._colours(x, y, jitter, accent)
        else:
            colours = palette(paints)[rng.integers(0, len(paints), count)] * rng.normal(1, jitter, (count, 1))
        tangents = np.gradient(paths, axis=1)
        tangents /= np.linalg.norm(tangents, axis=2, keepdims=True) + 1e-6
        normals = np.stack([-tangents[..., 1], tangents[..., 0]], -1)
        for k in range(count):
            stop = lengths[k] + 1
            self._bristles(paths[k, :stop], normals[k, :stop], width * rng.uniform(0.7, 1.25), colours[k])

    def _pixels(self, y: Array, x: Array) -> tuple[np.ndarray, np.ndarray]:
        last = FLOW_SIZE - 1
        return np.clip(y, 0, last).astype(int), np.clip(x, 0, last).astype(int)

    def _paths(self, x: Array, y: Array, steps: int, points: int, pace: int) -> Array:
        """Streamlines (strokes, points, 2); half of each lies upstream, so that a stroke is centred on its colour."""
        scene, x, y = self.scene, x.copy(), y.copy()
        for _ in range(steps // 2):
            at = self._pixels(y, x)
            x, y = x - scene.along_x[at] * pace, y - scene.along_y[at] * pace
        paths = np.zeros((len(x), points, 2))
        for i in range(points):
            paths[:, i, 0], paths[:, i, 1] = x, y
            at = self._pixels(y, x)
            x, y = x + scene.along_x[at] * pace, y + scene.along_y[at] * pace
        return paths

    def _colours(self, x: Array, y: Array, jitter: float, accent: float) -> Array:
        rng, count = self.rng, len(x)
        colours = saturate(self.scene.colour[self._pixels(y, x)], 1.14)
        grey = colours.mean(1, keepdims=True)
        colours = colours * rng.normal(1, jitter, (count, 1)) + rng.normal(0, jitter * 0.35, (count, 3))
        odd = rng.uniform(size=count) < accent
        other = palette(FLOW_ACCENTS)[rng.integers(0, len(FLOW_ACCENTS), odd.sum())]
        colours[odd] = mix(colours[odd], other * np.clip(grey[odd] * 1.6, 0.35, 1.15), 0.5)
        return colours

    def _bristles(self, path: Array, normal: Array, width: float, paint: Array) -> None:
        rng, points = self.rng, len(path)
        s = np.linspace(0, 1, points)
        taper = np.clip(np.minimum(s * 6 + 0.45, (1 - s) * 2.2 + 0.12), 0, 1)
        count = max(4, int(width / 1.9))
        wet, tint = rng.normal(0, 0.10, count), rng.normal(0, 0.03, 3)
        for b in range(count):
            offset = (b + 0.5) / count * 2 - 1
            start = 0 if abs(offset) < 0.6 else int(rng.integers(0, 2))
            stop = points - int(rng.integers(0, max(1, (points - 1) // 3)) * abs(offset) ** 0.5)
            if stop - start < 2:
                continue
            line = [tuple(p) for p in (path + normal * (offset * width / 2 * taper)[:, None])[start:stop]]
            ink = np.clip((paint * (1 + wet[b]) + tint * offset) * 255, 0, 255)
            self._draw.line(line, fill=tuple(int(v) for v in ink), width=3)
            thick = np.clip(128 + 130 * wet[b] + 70 * abs(offset) ** 3 + rng.normal(0, 6), 0, 255)
            self._draw_height.line(line, fill=int(thick), width=3)

    def lit(self) -> Array:
        """The canvas (H, W, 3) with light from the upper left on the ridges of the paint."""
        down, across = slopes(blur(np.asarray(self.height) / 255, 1.0))
        relief = -(across * 0.75 + down * 0.9)
        out = np.asarray(self.paint) / 255 * (1 + 1.5 * np.clip(relief, -0.25, 0.25))[..., None]
        out = out + 0.9 * np.clip(relief - 0.05, 0, 0.3)[..., None] * colour("#fff3dc")
        thread = 0.25 * np.sin(np.arange(FLOW_SIZE) * 2 * np.pi / 6.2)
        return out * (1 + 0.05 * (thread[None, :] + thread[:, None]))[..., None]


def flow_painting(size: int) -> Image.Image:
    """The painting, size x size pixels."""
    rng = np.random.default_rng(7)
    scene = FlowScene(rng)
    x, y = scene.x, scene.y
    oil = OilPaint(scene, rng)
    oil.strokes(2600, 50, 230, jitter=0.06, accent=0.1)
    oil.strokes(5200, 30, 170, jitter=0.08, accent=0.08)
    oil.strokes(9000, 18, 115, jitter=0.10, accent=0.12)
    oil.strokes(14000, 11, 70, jitter=0.10, accent=0.08, where=np.clip(scene.detail * 0.9, 0, 1))
    patches = step(0.15, 0.6, np.sin(x * 9 + y * 13) + 0.5 * noise(rng, FLOW_SIZE, FLOW_SIZE, 90, 3))
    poppies = scene.open_field * step(0.70, 0.80, y) * patches * 0.16 * (0.25 + y)
    oil.strokes(30000, 17, 20, jitter=0.10, where=poppies, paints=FLOW_POPPIES, pace=5)
    heart = np.exp(-((np.hypot(x - FLOW_SUN[0], y - FLOW_SUN[1]) / 0.045) ** 2))
    oil.strokes(9000, 13, 20, jitter=0.03, where=heart, pace=4)
    return picture(oil.lit(), (size, size))

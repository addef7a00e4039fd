"""Ink on paper: mountains in mist, a red sun, a boat, and bamboo in front."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw

from .paintbox import Array, Mask, Points, blur, colour, coordinates, gradient, noise, picture, slopes, step

INK_SIZE = 1280
# Crest (x, y), roughness, seed, strength, depth of the mist, blue and black in the wash, strength of the dry
# strokes, size of the crags.
INK_RANGES = (
    (
        ((0, 0.43), (0.15, 0.37), (0.32, 0.41), (0.5, 0.33), (0.62, 0.37), (0.8, 0.30), (1, 0.36)),
        (0.022, 3, 0.30, 0.10, 1.0, 0.0, 0.22, 170),
    ),
    (
        ((0, 0.37), (0.10, 0.27), (0.19, 0.17), (0.26, 0.21), (0.38, 0.39), (0.55, 0.46), (0.72, 0.42), (1, 0.42)),
        (0.030, 4, 0.52, 0.14, 0.55, 0.25, 0.75, 140),
    ),
    (
        ((0, 0.46), (0.10, 0.44), (0.22, 0.50), (0.40, 0.57), (0.58, 0.55), (0.74, 0.47), (0.86, 0.40), (1, 0.46)),
        (0.028, 6, 0.80, 0.105, 0.3, 0.42, 1.0, 120),
    ),
)
# Height, left and right end and load of the brush for the lines of the water.
INK_RIPPLES = (
    *((0.705, 0.30, 0.74, 0.5), (0.722, 0.42, 0.93, 0.45), (0.742, 0.05, 0.40, 0.4)),
    *((0.76, 0.50, 0.80, 0.3), (0.80, 0.25, 0.55, 0.25), (0.845, 0.58, 0.95, 0.22)),
)
INK_BIRDS = (
    *((0.48, 0.21, 0.018), (0.515, 0.185, 0.015), (0.545, 0.20, 0.013)),
    *((0.445, 0.245, 0.012), (0.575, 0.175, 0.011), (0.50, 0.235, 0.010)),
)
INK_BOAT = (0.56, 0.685)
# Place, foot, height and load of the pines.
INK_PINES = (
    *((0.075, 0.475, 0.10, 0.7), (0.125, 0.485, 0.075, 0.55), (0.80, 0.475, 0.10, 0.9), (0.845, 0.455, 0.12, 1.0)),
    *((0.89, 0.47, 0.085, 0.8), (0.755, 0.505, 0.07, 0.6), (0.945, 0.49, 0.08, 0.7)),
)
INK_ROCKS = ((0.80, 0.965, 0.26, 0.11), (0.95, 0.90, 0.16, 0.12), (0.60, 1.0, 0.16, 0.06))
# Load, strength, and place and number of leaves of the clumps: far and pale, near and black.
INK_LEAVES = (
    (0.55, 0.55, ((0.30, 0.30, 5), (0.10, 0.58, 5), (0.36, 0.56, 4), (0.02, 0.20, 5))),
    (
        *(1.0, 1.25),
        ((0.25, 0.20, 7), (0.33, 0.40, 6), (0.12, 0.36, 6), (0.20, 0.70, 6), (0.06, 0.80, 5), (0.31, 0.10, 5)),
    ),
)


def pigment(code: str) -> Array:
    """Absorbance by channel of a full wash of this colour."""
    return -np.log(colour(code))


BLACK, BLUE, GREEN = pigment("#20222b"), pigment("#4f6a86"), pigment("#4a6152")


class Paper:
    """Washes lie over one another: their absorbances add up, and the paper shows through."""

    def __init__(self, rng: np.random.Generator) -> None:
        n = INK_SIZE
        self.rng = rng
        self.y, self.x = coordinates(n, n)
        self.coarse = noise(rng, n, n, 420, 5)
        self.fine, self.grit = noise(rng, n, n, 130, 5, 0.6), noise(rng, n, n, 36, 4, 0.6)
        grain = blur(noise(rng, n, n, 3, 2), 0.7)
        self.grain = grain / grain.std()
        self.fibre = noise(rng, n, n, (6, 70), 3, 0.6) * 0.5 + noise(rng, n, n, (70, 6), 3, 0.6) * 0.5
        self.tooth = 0.275 * self.grain + 0.45 * self.grit
        self.density = np.zeros((n, n, 3))
        self.wet = Image.new("L", (n, n))

    def wash(self, share: Array, strength: float, paint: Array, rim: float, granules: float) -> None:
        """One wet wash: pigment pools at its rim, settles in the tooth of the paper, and runs back in clouds."""
        soft = blur(share, 1.6)
        pooled = 1 + rim * np.clip(soft - blur(share, 7), 0, 1) * 2 + granules * self.tooth * 0.5
        back = 0.16 * np.sin(self.fine * 7 + self.coarse * 4) * soft
        amount = strength * soft * (pooled + back + 0.25 * self.fine)
        self.density += np.clip(amount, 0, None)[..., None] * paint

    def stroke(
        self,
        points: Points,
        width: float,
        end_width: float,
        load: float,
        dry: float,
        hairs: int,
        press: Callable[[Array], Array] | None = None,
    ) -> None:
        """One pull of a wet brush: hairs side by side, of which `dry` tells how early they run out.

        Widths are shares of the picture; `press` gives the width along the stroke as a share of `width`.
        """
        rng, path = self.rng, np.array(points, float)
        count = max(16, int(np.hypot(*np.diff(path, axis=0).T).sum() * INK_SIZE / 7))
        s, knots = np.linspace(0, 1, count), np.linspace(0, 1, len(path))
        span = max(1, count // 10)
        box = np.full(2 * span + 1, 1 / (2 * span + 1))
        smooth = []
        for axis in (0, 1):
            line = np.pad(np.interp(s, knots, path[:, axis]), span, mode="reflect", reflect_type="odd")
            smooth.append(np.convolve(line, box, "valid"))
        path = np.stack(smooth, 1)
        tangent = np.gradient(path, axis=0)
        tangent /= np.linalg.norm(tangent, axis=1, keepdims=True) + 1e-9
        normal = np.stack([-tangent[:, 1], tangent[:, 0]], 1)
        widths = width + (end_width - width) * s if press is None else press(s) * width
        thickness = max(1, round(float(widths.mean()) * INK_SIZE / hairs * 1.35))
        pen = ImageDraw.Draw(self.wet)
        for h in range(hairs):
            offset = (h + 0.5) / hairs * 2 - 1
            hair = (path + normal * (offset * widths / 2)[:, None]) * INK_SIZE
            ink = load * rng.uniform(0.62, 1.05)
            stop = max(3, int(count * (1 - dry * rng.uniform(0, 1) ** 1.6 * (0.35 + 0.65 * abs(offset)))))
            start = int(stop * rng.uniform(0.2, 0.6)) if rng.uniform() < dry * 0.25 else 0
            for part in range(6):
                first, last = start + (stop - start) * part // 6, start + (stop - start) * (part + 1) // 6 + 1
                if last - first >= 2:
                    value = int(np.clip(ink * (1 - 0.35 * part / 6 * dry) * 235, 0, 255))
                    pen.line([tuple(p) for p in hair[first:last]], fill=value, width=thickness)

    def settle(self, strength: float, paint: Array, granules: float = 0.5, rim: float = 0.25) -> None:
        """Let the strokes since the last call sink in as one wash; thin ones break up on the paper's tooth."""
        share = blur(np.asarray(self.wet) / 255, 1.0)
        share = share * (1 - 0.55 * step(0.25, 1.1, self.tooth) * step(1.0, 0.35, share))
        self.wash(share, strength, paint, rim, granules)
        self.wet = Image.new("L", self.wet.size)

    def dried(self) -> Array:
        """The sheet (H, W, 3)."""
        tone = np.clip(0.35 + 0.22 * self.coarse + 0.10 * self.fibre, 0, 1)
        sheet = gradient(tone, ((0, "#f5efdf"), (1, "#e4d6b6"))) * np.exp(-self.density * 1.05)
        return sheet * (1 + 0.022 * self.fibre + 0.016 * self.grain)[..., None]


def ink_sky(paper: Paper) -> None:
    """A red sun in a sky washed wet in wet."""
    x, y = paper.x, paper.y
    sun = step(0.094, 0.088, np.hypot(x - 0.69, y - 0.235) + 0.003 * paper.grit)
    paper.wash(sun, 0.95, pigment("#d8452e") * 1.2, 0.5, 0.5)
    clouds = step(0.2, 1.2, paper.coarse + 1.6 * (1 - y * 2.6) + 0.5 * paper.fine)
    paper.wash(clouds, 0.10, BLUE * 0.8 + BLACK * 0.1, 0.05, 0.2)


def ink_range(
    paper: Paper, crest: Points, character: tuple[float, int, float, float, float, float, float, float]
) -> None:
    """A range of mountains: dark at the crest, lost in mist at its foot, dry strokes down the faces."""
    n, x, y = INK_SIZE, paper.x, paper.y
    rough, seed, strength, fade, blue, black, crag, cell = character
    ridge = np.interp(x[0], [p[0] for p in crest], [p[1] for p in crest])
    ridge = blur(np.repeat(ridge[None, :], 3, 0), 14)[1]
    ridge = ridge + rough * noise(np.random.default_rng(seed), 8, n, cell, 6, 0.55)[4]
    depth = y - ridge + 0.004 * paper.grit
    below, rock = np.clip(depth, 0, None), step(-0.0015, 0.0025, depth)
    mist = 1 - 0.65 * step(0, 1, paper.coarse + 0.5 * paper.fine) * step(0.03, 0.14, depth)
    foot = np.exp(-below / fade) * (0.75 + 0.35 * np.tanh(paper.fine))
    paper.wash(rock * foot * mist, strength, BLUE * blue + BLACK * black, 0.30, 0.35)
    rng = np.random.default_rng(seed + 100)
    folds = noise(rng, n, n, (150, 60), 5, 0.6)
    spurs = np.sin(x * 38 + folds * 3.4 + depth * 22)
    face = step(0.1, 1.0, slopes(blur(spurs, 2.0))[1] * n / 38 * 0.9 + 0.5 * folds)
    hairs = noise(rng, n, n, (46, 7), 4, 0.65)
    dry = step(0.15, 0.95, hairs + face - 0.35 * paper.tooth - 0.55)
    paper.wash(rock * dry * np.exp(-((below / (fade * 0.75)) ** 1.5)) * mist, strength * crag, BLACK, 0.0, 0.6)
    line = np.exp(-((depth / 0.0032) ** 2)) * step(-0.7, 0.5, noise(rng, n, n, 90, 4) + 0.3)
    line = line * rock * (0.6 + 0.4 * step(-0.4, 0.6, paper.tooth))
    paper.wash(line, strength * crag * 1.1, BLACK, 0.1, 0.5)


def ink_water(paper: Paper) -> None:
    """Lines of the water, a boat with its man, and birds."""
    rng = paper.rng
    for level, left, right, load in INK_RIPPLES:
        ends = np.linspace(left, right, 9)
        line = [(x, level + 0.004 * np.sin(x * 30) + rng.normal(0, 0.0012)) for x in ends]
        paper.stroke(line, 0.010, 0.002, load, 0.9, 16)
    paper.settle(0.35, BLUE * 0.6 + BLACK * 0.25)
    x, y = INK_BOAT
    paper.stroke(
        [(x - 0.055, y - 0.012), (x - 0.03, y + 0.006), (x + 0.02, y + 0.008), (x + 0.058, y - 0.012)],
        0.012,
        0.004,
        1,
        0.2,
        14,
    )
    paper.stroke([(x + 0.004, y), (x + 0.006, y - 0.035), (x + 0.010, y - 0.046)], 0.011, 0.006, 1, 0.1, 8)
    paper.stroke([(x - 0.008, y - 0.047), (x + 0.01, y - 0.056), (x + 0.026, y - 0.046)], 0.008, 0.003, 1, 0.1, 6)
    paper.stroke([(x + 0.03, y - 0.05), (x + 0.045, y - 0.01), (x + 0.07, y + 0.035)], 0.0025, 0.0015, 1, 0.1, 3)
    for x, y, wing in INK_BIRDS:
        paper.stroke([(x - wing, y - 0.35 * wing), (x - 0.5 * wing, y - 0.6 * wing), (x, y)], 0.0045, 0.003, 1, 0.2, 5)
        paper.stroke([(x, y), (x + 0.5 * wing, y - 0.65 * wing), (x + wing, y - 0.30 * wing)], 0.0035, 0.002, 1, 0.2, 5)
    paper.settle(1.15, BLACK)


def ink_pine(paper: Paper, x: float, foot: float, height: float, load: float) -> None:
    """A small pine: a bent stem and tufts of short strokes."""
    rng = paper.rng
    stem = [
        (x, foot),
        (x + 0.048 * height, foot - height * 0.4),
        (x - 0.004, foot - height * 0.75),
        (x + 0.004, foot - height),
    ]
    paper.stroke(stem, 0.066 * height, 0.003, load, 0.4, 9)
    for _ in range(int(9 + height * 40)):
        q, side = rng.uniform(0.25, 1.02), rng.choice((-1, 1))
        reach = height * (0.42 * (1.1 - q) + 0.10) * rng.uniform(0.6, 1.1)
        for _ in range(7):
            out, angle, length = reach * rng.uniform(0.1, 1), rng.uniform(-2.6, -0.5), 0.016 * rng.uniform(0.6, 1.2)
            at = x + side * out, foot - height * q + 0.012 * out / max(reach, 0.01)
            tuft = [at, (at[0] + length * np.cos(angle), at[1] + length * 0.7 * np.sin(angle))]
            paper.stroke(tuft, 0.0045, 0.0015, load * rng.uniform(0.5, 1), 0.2, 3)


def ink_rocks(paper: Paper) -> None:
    """Boulders of the near shore, dark at their rims, with dry texture on the shaded side."""
    n, x, y = INK_SIZE, paper.x, paper.y
    for k, (centre_x, centre_y, width, height) in enumerate(INK_ROCKS):
        rng = np.random.default_rng(60 + k)
        across, down = (x - centre_x) / width, (y - centre_y) / height
        r = np.hypot(across, down) + 0.16 * noise(rng, n, n, 120, 4) + 0.05 * paper.grit
        rock = step(1.01, 0.985, r)
        paper.wash(rock * (0.35 + 0.65 * step(0.35, 1.0, r)), 0.50, BLACK * 0.6 + BLUE * 0.25, 0.5, 0.7)
        shade = noise(rng, n, n, (18, 60), 5, 0.65) + 0.5 * across + 0.5 * down - 0.3 * paper.tooth
        paper.wash(rock * step(0.1, 0.9, shade), 0.75, BLACK, 0.1, 0.7)


def ink_cane(paper: Paper, foot: float, top: tuple[float, float], width: float, load: float, joints: int) -> Array:
    """One bamboo cane, pressed at each joint; returns its joints (joints + 1, 2)."""
    q = np.linspace(0, 1, joints + 1)
    nodes = np.stack([foot + (top[0] - foot) * q + 0.012 * np.sin(q * 2.4), 1.03 + (top[1] - 1.03) * q], 1)

    def press(s: Array) -> Array:
        return 1 - 0.13 * np.sin(np.pi * s) + 0.16 * np.exp(-s / 0.03) + 0.16 * np.exp(-(1 - s) / 0.03)

    for low, high in pairwise(nodes):
        gap = (high - low) * 0.035
        ends = low + gap, (low + high) / 2, high - gap
        paper.stroke([tuple(p) for p in ends], width, width, load, 0.30, 30, press)
    return nodes


def ink_bamboo(paper: Paper) -> None:
    """Three canes and their leaves."""
    rng = paper.rng
    canes = [ink_cane(paper, 0.085, (0.175, -0.03), 0.040, 0.52, 6)]
    paper.settle(0.80, BLACK * 0.75 + GREEN * 0.25, 0.7, 0.5)
    canes.append(ink_cane(paper, 0.245, (0.215, 0.10), 0.026, 0.75, 6))
    canes.append(ink_cane(paper, 0.02, (0.055, 0.30), 0.020, 0.6, 5))
    paper.settle(1.0, BLACK * 0.85 + GREEN * 0.1, 0.7, 0.5)
    for cane in canes:
        for x, y in cane[1:-1]:
            paper.stroke([(x - 0.020, y + 0.004), (x, y - 0.002), (x + 0.020, y + 0.005)], 0.006, 0.003, 1, 0.3, 6)
    paper.settle(1.1, BLACK)

    def press(s: Array) -> Array:
        return np.clip(np.minimum(s * 7 + 0.12, 1) * (1 - s) ** 0.75 * 1.25, 0.02, 1)

    for load, strength, clumps in INK_LEAVES:
        for x, y, leaves in clumps:
            for _ in range(leaves):
                angle = np.pi / 2 + rng.normal(0, 0.75) + (0.30 if x > 0.15 else -0.1)
                start = np.array([x + rng.normal(0, 0.018), y + rng.normal(0, 0.014)])
                length, width = rng.uniform(0.10, 0.19), rng.uniform(0.019, 0.029)
                wet, s = load * rng.uniform(0.75, 1), np.linspace(0, 1, 9)
                turn = angle + rng.normal(0, 0.22) * s
                leaf = start + length * (s * np.stack([np.cos(turn), np.sin(turn)])).T
                paper.stroke([tuple(p) for p in leaf], width, 0, wet, 0.18, 22, press)
            paper.stroke([(x - 0.07, y - 0.035), (x - 0.02, y - 0.012), (x, y)], 0.004, 0.003, load, 0.2, 4)
        paper.settle(strength, BLACK * 0.92 + GREEN * 0.12, 0.5, 0.35)


def ink_seal(x: Array, y: Array, grit: Array) -> Mask:
    """Where the seal prints: a plain device of our own, a leaf in a ring, no script."""
    u, v = (x - 0.905) / 0.058, (y - 0.735) / 0.058
    box = (np.abs(u) < 0.5 + 0.02 * grit) & (np.abs(v) < 0.5 + 0.02 * grit)
    ring, stalk = np.abs(np.hypot(u, v) - 0.27) < 0.045, (np.abs(u) < 0.04) & (np.abs(v) < 0.40)
    rim = np.abs(np.maximum(np.abs(u), np.abs(v)) - 0.43) < 0.025
    leaf = (np.abs(v + 0.08 * np.cos(u * 9)) < 0.04) & (np.abs(u) < 0.27)
    return box & ~(ring | stalk | rim | leaf)


def ink_painting(size: int) -> Image.Image:
    """The sheet, size x size pixels."""
    rng = np.random.default_rng(17)
    paper = Paper(rng)
    ink_sky(paper)
    for crest, character in INK_RANGES:
        ink_range(paper, crest, character)
    ink_water(paper)
    for pine in INK_PINES:
        ink_pine(paper, *pine)
    paper.settle(0.85, BLACK * 0.85 + GREEN * 0.2)
    ink_rocks(paper)
    ink_bamboo(paper)
    pen = ImageDraw.Draw(paper.wet)
    for _ in range(90):  # spatter
        x, y, r = rng.normal(0.25, 0.25) * INK_SIZE, rng.normal(0.62, 0.25) * INK_SIZE, abs(rng.normal(0, 2.4)) + 0.8
        pen.ellipse([x - r, y - r, x + r, y + r], fill=int(rng.uniform(60, 220)))
    paper.settle(0.75, BLACK, 0.3, 0.4)
    seal = blur(ink_seal(paper.x, paper.y, paper.grit), 0.8) * (1 - 0.7 * step(0.3, 1.0, paper.tooth))
    paper.wash(seal, 1.1, pigment("#c8321f"), 0.1, 0.3)
    return picture(paper.dried(), (size, size))

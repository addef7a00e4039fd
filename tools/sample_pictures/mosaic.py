"""A floor mosaic: two koi among water lilies, in tesserae laid row by row along the outlines."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from .paintbox import (
    Array,
    Mask,
    Stops,
    blur,
    colour,
    coordinates,
    distance_to,
    gradient,
    mix,
    noise,
    picture,
    polygon,
    resize,
    saturate,
    slopes,
    step,
)

MOSAIC_SIZE = 1200
MOSAIC_ROW = 19.6  # height of a row of the border, in pixels
MOSAIC_FRAME = 0.082
MOSAIC_WATER: Stops = ((0, "#1b3f78"), (0.25, "#1f6f9a"), (0.55, "#2f9aa0"), (0.8, "#6fc0a8"), (1, "#bfe0c0"))
# Centre, radius and direction of the notch of the lily leaves.
MOSAIC_LEAVES = (
    *((0.665, 0.165, 0.068, 1.9), (0.855, 0.355, 0.058, 2.2), (0.795, 0.205, 0.112, 2.4)),
    *((0.335, 0.835, 0.068, -1.2), (0.145, 0.645, 0.058, -0.9), (0.205, 0.795, 0.112, -0.7)),
)
MOSAIC_LILIES = ((0.80, 0.20, 0.078), (0.20, 0.80, 0.078))
# Size within the flower, number of petals, turn, colours: outer petals, inner petals, heart.
MOSAIC_PETALS: tuple[tuple[float, int, float, Stops], ...] = (
    (1.0, 8, 0.0, ((0, "#d8497f"), (0.7, "#f08ab0"), (1, "#fbd3dc"))),
    (0.68, 8, np.pi / 8, ((0, "#e86a9a"), (0.6, "#fbc6d6"), (1, "#fff4f0"))),
    (0.30, 1, 0.0, ((0, "#c8861e"), (0.6, "#f4c63a"), (1, "#ffe98a"))),
)


@dataclass(frozen=True)
class Koi:
    """A fish: where it lies, its patches (`ground`, `patch`, `spot`) and the colours of its fins."""

    centre: tuple[float, float]
    turn: float
    seed: int
    ground: str
    patch: str
    spot: str
    fins: Stops


MOSAIC_KOI = (
    Koi(
        (0.385, 0.400),
        -0.98,
        1,
        "#f4ead6",
        "#e2401f",
        "#b82a18",
        ((0, "#f29a5a"), (0.5, "#f6d9b8"), (1, "#fff6e6")),
    ),
    Koi(
        (0.615, 0.600),
        -0.98 + np.pi,
        4,
        "#f7d67a",
        "#e8a526",
        "#1c1a22",
        ((0, "#d9861e"), (0.5, "#f0b84a"), (1, "#ffeec0")),
    ),
)
KOI_LENGTH, KOI_BEND = 0.50, 0.15


class KoiShape:
    """The parts of a koi as masks, and their colours as pictures, on the whole mosaic."""

    def __init__(self, koi: Koi, y: Array, x: Array, coarse: Array, fine: Array) -> None:
        self.koi = koi
        t = np.linspace(0, 1, 120)  # from tail to nose
        self.spine_x, self.spine_y = t - 0.5, KOI_BEND * np.sin(np.pi * (t * 1.35 - 0.2))
        dx, dy = np.gradient(self.spine_x), np.gradient(self.spine_y)
        self.normal_x, self.normal_y = -dy / np.hypot(dx, dy), dx / np.hypot(dx, dy)
        self.heading = np.arctan2(dy, dx)
        half = 0.140 * np.sin(np.pi * (1 - t) ** 0.58).clip(0) ** 0.72 * (1 - 0.30 * step(0.72, 1, t))
        self.half = np.where(t < 0.6, np.maximum(half, 0.030), half)
        one, other = self._offset(1), self._offset(-1)
        self.body = self._outline(np.concatenate([one, other[::-1]]))
        fins = self._fin(80, 1, 0.20, 0.46, 0.75) | self._fin(80, -1, 0.20, 0.46, 0.75)
        fins = fins | self._fin(38, 1, 0.11, 0.42, 0.8) | self._fin(38, -1, 0.11, 0.42, 0.8)
        self.fins, self.tail = fins & ~self.body, self._tail() & ~self.body
        self._colours(t, y, x, coarse, fine)
        self._eyes(y, x)
        self.outline = self.body | self.fins | self.tail

    def _offset(self, side: float) -> Array:
        w = side * self.half
        return np.stack([self.spine_x + self.normal_x * w, self.spine_y + self.normal_y * w], 1)

    def _place(self, points: Array) -> Array:
        """From the fish's own coordinates to the mosaic's."""
        cosine, sine = np.cos(self.koi.turn), np.sin(self.koi.turn)
        turned = np.stack(
            [points[..., 0] * cosine - points[..., 1] * sine, points[..., 0] * sine + points[..., 1] * cosine], -1
        )
        return np.array(self.koi.centre) + KOI_LENGTH * turned

    def _outline(self, points: Array) -> Mask:
        return polygon([tuple(p) for p in self._place(points)], MOSAIC_SIZE)

    def _fin(self, at: int, side: int, length: float, spread: float, back: float) -> Mask:
        root = self._offset(side * 0.85)[at]
        swing = np.linspace(-spread, spread, 14)
        reach = length * (1 - 0.25 * (swing / spread) ** 2)
        angle = self.heading[at] + side * (np.pi / 2 + back + swing)
        return self._outline(np.vstack([root, root + np.stack([reach * np.cos(angle), reach * np.sin(angle)], 1)]))

    def _tail(self) -> Mask:
        swing = np.linspace(-0.66, 0.66, 36)
        reach = 0.30 * (0.50 + 0.50 * np.abs(swing / 0.66) ** 0.9) * (1 + 0.03 * np.cos(swing * 40))
        angle = self.heading[0] + np.pi + swing + 0.25
        end = np.array([self.spine_x[0], self.spine_y[0]])
        fan = end + np.stack([reach * np.cos(angle), reach * np.sin(angle)], 1)
        return self._outline(np.vstack([self._offset(1)[2], fan, self._offset(-1)[2]]))

    def _colours(self, t: Array, y: Array, x: Array, coarse: Array, fine: Array) -> None:
        koi, n = self.koi, MOSAIC_SIZE
        spine = self._place(np.stack([self.spine_x, self.spine_y], 1))
        # The nearest point of the spine gives the place along the fish and the distance across it.
        gap_x, gap_y = x[::4, ::4, None] - spine[:, 0], y[::4, ::4, None] - spine[:, 1]
        nearest = np.hypot(gap_x, gap_y).argmin(-1)
        normal = self._place(np.stack([self.normal_x, self.normal_y], 1)) - np.array(koi.centre)
        offset = np.stack([x[::4, ::4], y[::4, ::4]], -1) - spine[nearest]
        across = (offset * normal[nearest]).sum(-1) / KOI_LENGTH**2 / np.maximum(self.half[nearest], 0.02)
        across, along = resize(across, n, n), resize(t[nearest], n, n)
        blot = fine * 0.9 + 0.55 * np.sin(along * 13 + koi.seed * 2 + 0.72 * across) + 0.2 * coarse
        skin = np.where((blot > 0.12)[..., None], colour(koi.patch), colour(koi.ground))
        spots = (blot > 0.62) | ((along > 0.86) & (blot > 0.3))
        skin = np.where(spots[..., None], colour(koi.spot), skin)
        width = np.abs(across)
        self.skin = skin * (1 - 0.34 * step(0.45, 1.05, width) + 0.10 * step(0.25, 0, width))[..., None]
        self.fin_colour = gradient(np.clip(width / 2.4 - 0.3, 0, 1), koi.fins)
        end = np.hypot(x - spine[0, 0], y - spine[0, 1]) / (0.30 * KOI_LENGTH)
        self.tail_colour = gradient(np.clip(end, 0, 1), koi.fins) * (0.86 + 0.14 * np.sin(fine * 9))[..., None]

    def _eyes(self, y: Array, x: Array) -> None:
        self.pupils, self.irises = np.zeros(x.shape, bool), np.zeros(x.shape, bool)
        for side in (1, -1):
            eye_x, eye_y = self._place(self._offset(side * 0.66)[104])
            r = np.hypot(x - eye_x, y - eye_y)
            self.pupils |= (r < 0.0125) & self.body
            self.irises |= (r < 0.023) & self.body
        self.skin[self.irises] = colour("#f0c040")
        self.skin[self.pupils] = colour("#0c0c12")

    def paint(self, pixels: Array) -> None:
        """Colour the fish's parts in a picture (H, W, 3), in place."""
        for part, colours in ((self.body, self.skin), (self.fins, self.fin_colour), (self.tail, self.tail_colour)):
            pixels[part] = colours[part]


class Floor:
    """The bed of mortar: `tile` numbers the tessera at each pixel, 0 where there is none."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.tile = np.zeros((MOSAIC_SIZE, MOSAIC_SIZE), np.int32)
        self.taken = np.zeros((MOSAIC_SIZE, MOSAIC_SIZE), bool)
        self.centre, self.colour, self.tilt, self.gilt = [(0.0, 0.0)], [np.zeros(3)], [np.zeros(3)], [0.0]

    def rows(
        self,
        part: Mask,
        level: Array,
        colours: Array,
        length: float,
        height: float,
        jitter: float,
        gilt: Array | None = None,
    ) -> None:
        """Fill `part` with rows along the level lines of `level` (which rises by 1 a pixel), `height` apart."""
        smooth_level = blur(level, 2.0)
        down, across = slopes(smooth_level)
        steep = np.hypot(across, down) + 1e-6
        up_x, up_y = across / steep, down / steep
        low, high = smooth_level[part].min(), smooth_level[part].max()
        for k in range(int((high - low) / height) + 2):
            target = low + (k + 0.5) * height
            on_row = part & (np.abs(smooth_level - target) < 0.75 * steep.clip(0.3, 1.5)) & ~self.taken
            rows, columns = np.nonzero(on_row)
            passed = np.zeros(len(rows), bool)
            for start in np.argsort(columns * 0.37 + rows, kind="stable"):
                if passed[start]:
                    continue
                for way in (1, -1):
                    x, y, first = float(columns[start]), float(rows[start]), True
                    while 0 <= round(y) < MOSAIC_SIZE and 0 <= round(x) < MOSAIC_SIZE and part[round(y), round(x)]:
                        at = round(y), round(x)
                        back = np.clip(target - smooth_level[at], -3, 3)
                        x, y = x + up_x[at] * back, y + up_y[at] * back
                        at = tuple(np.clip((round(y), round(x)), 0, MOSAIC_SIZE - 1))
                        reach = length * self.rng.uniform(0.78, 1.22)
                        if way == 1 or not first:
                            up = (up_x[at], up_y[at])
                            laid = self.lay(x, y, up, reach, height, colours, part, jitter, gilt)
                            passed |= (np.abs(columns - x) < reach * 0.55) & (np.abs(rows - y) < reach * 0.55)
                            if not laid and not first:
                                break
                        x, y = x - up_y[at] * way * reach * 1.02, y + up_x[at] * way * reach * 1.02
                        first = False
                passed[start] = True

    def lay(
        self,
        x: float,
        y: float,
        up: tuple[float, float],
        length: float,
        height: float,
        colours: Array,
        part: Mask,
        jitter: float,
        gilt: Array | None = None,
    ) -> bool:
        """One tessera, cut to what is free; False where less than a third of it would remain."""
        rng, last = self.rng, MOSAIC_SIZE - 1
        corners = []
        for a, b in ((-0.46, -0.46), (-0.46, 0.46), (0.46, 0.46), (0.46, -0.46)):
            rise, run = height * (a + rng.normal(0, 0.041)), length * (b + rng.normal(0, 0.041))
            corners.append((x + up[0] * rise - up[1] * run, y + up[1] * rise + up[0] * run))
        left, top = (max(int(min(c[i] for c in corners)) - 3, 0) for i in (0, 1))
        right, bottom = (min(int(max(c[i] for c in corners)) + 4, MOSAIC_SIZE) for i in (0, 1))
        if right - left < 3 or bottom - top < 3:
            return False
        stamp = Image.new("L", (right - left, bottom - top))
        pen, shape = ImageDraw.Draw(stamp), [(a - left, b - top) for a, b in corners]
        pen.polygon(shape, fill=1)
        area = slice(top, bottom), slice(left, right)
        free = (np.asarray(stamp) > 0) & ~self.taken[area] & part[area]
        if free.sum() < 0.36 * length * height:
            return False
        self.tile[area][free] = len(self.centre)
        pen.line([*shape, shape[0]], fill=1, width=4)  # the joint
        self.taken[area] |= np.asarray(stamp) > 0
        at = int(np.clip(y, 0, last)), int(np.clip(x, 0, last))
        stone = colours[at] * rng.normal(1, jitter) + rng.normal(0, jitter * 0.28, 3)
        self.centre.append((x, y))
        self.colour.append(np.clip(stone, 0.01, 1))
        self.tilt.append(rng.normal(0, 1, 3))
        self.gilt.append(0.0 if gilt is None else float(gilt[at]))
        return True

    def lit(self, y: Array, x: Array, fine: Array) -> Array:
        """The floor (H, W, 3) under light from the upper left."""
        n, rng, tile = MOSAIC_SIZE, self.rng, self.tile
        stones = saturate(np.array(self.colour)[tile], 1.12)
        centre, tilt = np.array(self.centre)[tile], np.array(self.tilt)[tile]
        plane = (tilt[..., 0] * (x * n - centre[..., 0]) + tilt[..., 1] * (y * n - centre[..., 1])) / 10
        vein = noise(rng, n, n, 34, 4, 0.6)
        stones = stones * (1 + 0.10 * vein + 0.07 * plane + 0.06 * tilt[..., 2])[..., None]
        stones = stones * (1 + 0.14 * np.clip(noise(rng, n, n, 3, 2), -1, 1))[..., None]
        stone = (tile > 0).astype(float)
        down, across = slopes(blur(step(0.45, 1.0, blur(stone, 3.2)) * stone * 6 + 0.10 * plane, 1.0))
        relief = -(across * 0.7 + down)
        stones = stones * (1 + np.clip(relief * 1.1, -0.5, 0.5))[..., None]
        stones = stones + 0.25 * np.clip(relief, 0, 1)[..., None] ** 1.2
        gold = np.clip(0.35 + 0.6 * plane + 0.35 * vein, 0, 1) * np.array(self.gilt)[tile]
        stones = stones + 0.55 * gold[..., None] * colour("#fff0b0")
        mortar = gradient(
            np.clip(0.5 + 0.35 * noise(rng, n, n, 6, 3) + 0.25 * fine, 0, 1),
            ((0, "#2c2723"), (0.5, "#4a423a"), (1, "#74695c")),
        )
        mortar = mortar * (0.45 + 0.55 * (1 - blur(np.roll(stone, (3, 3), (0, 1)), 3.0)))[..., None]
        vignette = 1.03 - 0.44 * ((x - 0.45) ** 2 + (y - 0.42) ** 2)
        return mix(mortar, stones, blur(stone, 0.8)[..., None]) * vignette[..., None]


class Lilies:
    """Leaves and flowers: masks, colours, and the distance from their rims, along which they are laid."""

    def __init__(self, y: Array, x: Array, free: Mask) -> None:
        n = MOSAIC_SIZE
        self.leaf, self.flower = np.zeros((n, n), bool), np.zeros((n, n), bool)
        self.colour, self.leaf_rim, self.flower_rim = np.zeros((n, n, 3)), np.zeros((n, n)), np.zeros((n, n))
        for leaf_x, leaf_y, size, notch in MOSAIC_LEAVES:
            r, angle = np.hypot(x - leaf_x, y - leaf_y), np.arctan2(y - leaf_y, x - leaf_x)
            open_ = np.abs((angle - notch + np.pi) % (2 * np.pi) - np.pi) < 0.22
            part = (r < size * (1 + 0.03 * np.sin(angle * 9))) & ~open_ & free
            vein = (np.abs(np.sin((angle - notch) * 4.5)) < 0.20) & (r < size * 0.86)
            green = gradient(np.clip(r / size, 0, 1), ((0, "#a9c85a"), (0.5, "#5f9f45"), (0.85, "#2c7a46")))
            green = green * (1 + 0.12 * np.sin(40 * size))
            green = np.where((r > size * 0.86)[..., None], colour("#16402f"), green)
            self.colour[part] = np.where(vein[..., None], colour("#c9d878"), green)[part]
            self.leaf_rim[part] = ((size - r) * n)[part]
            self.leaf |= part
        for lily_x, lily_y, size in MOSAIC_LILIES:
            r, angle = np.hypot(x - lily_x, y - lily_y), np.arctan2(y - lily_y, x - lily_x)
            for share, petals, turn, colours in MOSAIC_PETALS:
                lobe = np.abs(np.cos((angle + turn) * petals / 2)) if petals > 1 else np.ones((n, n))
                edge = share * size * (0.74 + 0.26 * lobe**0.6)
                part = r < edge
                dark = np.where(lobe < 0.25, 0.5, 1.0)[..., None]
                self.colour[part] = (gradient(np.clip(r / (share * size), 0, 1), colours) * dark)[part]
                self.flower_rim[part] = ((edge - r) * n)[part]
                self.flower |= part
        self.leaf &= ~self.flower


def mosaic_painting(size: int) -> Image.Image:
    """The floor, size x size pixels."""
    n, rng = MOSAIC_SIZE, np.random.default_rng(31)
    y, x = coordinates(n, n)
    coarse, fine = noise(rng, n, n, 300, 4), noise(rng, n, n, 90, 3)
    rim = 0.5 - np.maximum(np.abs(x - 0.5), np.abs(y - 0.5))
    inside = rim > MOSAIC_FRAME
    shoal = [KoiShape(koi, y, x, coarse, fine) for koi in MOSAIC_KOI]
    fish = shoal[0].outline | shoal[1].outline
    lilies = Lilies(y, x, ~fish & inside)
    floor = Floor(rng)
    # Border: a dark edge, three rows of teeth, a gold fillet.
    band = np.floor(rim * n / MOSAIC_ROW).astype(int)
    along = np.where(np.abs(x - 0.5) > np.abs(y - 0.5), y, x)
    teeth = (band - 1) / 3 + 0.16 < np.abs(along * 12 % 1 - 0.5) * 2
    border = np.where(teeth[..., None], colour("#8f2a2a"), colour("#f0e2c0"))
    border = np.where((band == 0)[..., None], colour("#3a2030"), border)
    border = np.where((band == 4)[..., None], colour("#d9a431"), border)
    floor.rows(rim * n < 5 * MOSAIC_ROW, rim * n, border, 20, MOSAIC_ROW, 0.07, (band == 4).astype(float))
    for koi in shoal:
        from_body, into_body = distance_to(koi.body, 600, 3), distance_to(~koi.body, 600, 3)
        floor.rows(koi.pupils, distance_to(~koi.pupils, 60), koi.skin, 13, 12, 0.03)
        floor.rows(koi.irises & ~koi.pupils, distance_to(~koi.irises, 60), koi.skin, 12, 11, 0.03)
        floor.rows(koi.body, into_body, koi.skin, 14, 12.5, 0.055)
        floor.rows(koi.tail, from_body, koi.tail_colour, 18, 12, 0.07)
        floor.rows(koi.fins, from_body, koi.fin_colour, 17, 12, 0.07)
    floor.rows(lilies.flower, lilies.flower_rim, lilies.colour, 12, 10.5, 0.04)
    floor.rows(lilies.leaf, lilies.leaf_rim, lilies.colour, 15, 12.5, 0.06)
    # Water: rows round everything that swims in it, a dark first one, light ones for ripples, gold for glints.
    things = fish | lilies.flower | lilies.leaf
    away = distance_to(things, 600, 3)
    row = np.floor(away / 17).astype(int)
    water = gradient(np.clip(away / 230 + 0.22 * coarse + 0.12, 0, 1), MOSAIC_WATER)
    water = np.where((row == 0)[..., None], colour("#12213f"), water)
    ripple = (row % 4 == 2) & (np.sin(coarse * 9 + fine * 5 + row) > 0.15)
    water = np.where(ripple[..., None], mix(water, colour("#e9f4e2"), 0.7), water)
    glint = noise(rng, n, n, 40, 3) > 1.0
    water = np.where(glint[..., None], colour("#e8b83a"), water)
    floor.rows(inside & ~things, away, water, 19, 17, 0.10, glint.astype(float))
    # Chips fill what is left open.
    lily = lilies.leaf | lilies.flower
    water[lily] = lilies.colour[lily]
    for koi in shoal:
        koi.paint(water)
    rows, columns = np.nonzero((distance_to(floor.taken | ~inside, 60) > 4.2) & inside)
    for k in rng.permutation(len(rows)):
        if not floor.taken[rows[k], columns[k]]:
            angle, at = rng.uniform(0, np.pi), (float(columns[k]), float(rows[k]))
            up = (np.cos(angle), np.sin(angle))
            if not floor.lay(*at, up, 14, 13, water, inside, 0.08):
                floor.lay(*at, up, 9, 9, water, inside, 0.08)
    return picture(floor.lit(y, x, fine), (size, size))

"""Scenes with known parts, composed from cut-out animals and photographs."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from .paintbox import Array, Stops, blur, colour, coordinates, gradient, mix, noise, picture, step

CAT_WIDTH = 580  # of the composed picture; its height is the cat photograph's own
CAT_CUT = 70  # columns that the photograph loses at the side where the cat leaves it
CAT_EDGE = (  # outline of the cat's right side in the photograph, from the ear's tip down to the chest
    *((404, -5), (399, 3), (389, 20), (379, 40), (370, 58), (363, 71), (358, 75), (357, 84), (360, 98)),
    *((363, 115), (363, 135), (361, 152), (356, 168), (349, 182), (338, 198), (326, 210), (318, 221)),
    *((315, 234), (313, 250), (309, 265), (302, 280), (296, 305)),
)
SAVANNA_WIDTH, SAVANNA_HEIGHT, SAVANNA_HORIZON = 540, 320, 0.40
SAVANNA_GRASS: Stops = ((0, "#6d6a34"), (0.4, "#a38d4a"), (0.7, "#c9ac66"), (1, "#dcc88e"))
# Place, foot and height of the trees on the horizon.
SAVANNA_TREES = (
    *((0.50, 0.425, 0.115), (0.42, 0.415, 0.06), (0.93, 0.42, 0.075), (0.06, 0.42, 0.085), (0.985, 0.41, 0.05)),
)


@dataclass(frozen=True)
class Placed:
    """A cut-out in its place: colours (H, W, 3) and coverage (H, W, 1) on the whole scene."""

    colour: Array
    cover: Array


def pixels(image: Image.Image, mode: str = "RGB") -> Array:
    """A picture's values in [0, 1], (H, W, channels)."""
    return np.asarray(image.convert(mode)).astype(np.float64) / 255


def place(stamp: Array, scale: float, left: int, top: int, size: tuple[int, int], soft: float) -> Placed:
    """Scale an RGBA cut-out and set it at (left, top) of a scene of (height, width).

    Colour is premultiplied while it is resampled and blurred, so that no fringe of the old background appears.
    """
    cover = stamp[..., 3:]
    layers = np.concatenate([stamp[..., :3] * cover, cover], 2)
    layers = blur(layers, 0.6)  # the screen dots of a printed original
    height, width = round(stamp.shape[0] * scale), round(stamp.shape[1] * scale)
    scaled = []
    for i in range(4):
        channel = Image.fromarray(np.ascontiguousarray(layers[..., i], np.float32))
        scaled.append(np.asarray(channel.resize((width, height), Image.Resampling.BICUBIC)))
    layers = np.stack(scaled, 2).astype(np.float64)
    layers = blur(layers + 0.7 * (layers - blur(layers, 1.6)), soft)
    out = np.zeros((*size, 4))
    y0, x0, y1, x1 = max(top, 0), max(left, 0), min(top + height, size[0]), min(left + width, size[1])
    out[y0:y1, x0:x1] = layers[y0 - top : y1 - top, x0 - left : x1 - left]
    tint = np.clip(out[..., :3] / np.maximum(out[..., 3:], 1e-3), 0, 1)
    return Placed(tint, np.clip((out[..., 3:] - 0.13) / 0.78, 0, 1))


def grain(rng: np.random.Generator, height: int, width: int, strength: float) -> Array:
    """Film grain (H, W, 1)."""
    values = blur(rng.normal(size=(height, width, 1)), 0.7)
    return strength * values / values.std()


def cat_room(photo: Array, cover: Array) -> Array:
    """The room behind the cat, without it: the photograph widened by its mirror image, filled in from the seen parts.

    Each place takes the finest of several normalised blurs that has enough background within its reach.
    """
    extra = CAT_WIDTH - (photo.shape[1] - CAT_CUT)
    wide = np.concatenate([photo, photo[:, ::-1][:, :extra]], 1)
    seen = (1 - blur(cover > 0.02, 4) > 0.98).astype(float)
    seen = np.concatenate([seen, seen[:, ::-1][:, :extra]], 1)
    room = np.zeros_like(wide)
    for sigma in (60, 30, 14, 7):
        weight = blur(seen, sigma)
        estimate = blur(wide * seen, sigma) / np.maximum(weight, 1e-6)
        room = estimate if sigma == 60 else mix(room, estimate, np.clip(weight * 3, 0, 1))
    return room


def dog_and_cat(chelsea: Image.Image, husky: Image.Image) -> Image.Image:
    """The husky stands behind the cat at the left, looking away, in her own light and a little out of focus."""
    photo = pixels(chelsea)
    height, photo_width = photo.shape[:2]
    outline = [(x * 4, y * 4) for x, y in CAT_EDGE]
    mask = Image.new("L", (photo_width * 4, height * 4))
    ImageDraw.Draw(mask).polygon([*outline, (-5, height * 4 + 20), (-5, -5)], fill=255)
    hard = pixels(mask.resize((photo_width, height), Image.Resampling.BOX), "L")[..., None]
    room = cat_room(photo, hard)[:, ::-1][:, :CAT_WIDTH]
    # The photograph is mirrored, so that the cat looks at the dog, and set at the right.
    left, kept = CAT_WIDTH - photo_width + CAT_CUT, photo_width - CAT_CUT
    cat, detail, cover = (np.zeros((height, CAT_WIDTH, c)) for c in (3, 3, 1))
    cat[:, left:] = photo[:, ::-1][:, :kept]
    detail[:, left:] = (photo - blur(photo, 2.5))[:, ::-1][:, :kept]
    cover[:, left:] = blur(hard, 1.6)[:, ::-1][:, :kept]
    dog = place(pixels(husky, "RGBA")[:, ::-1], 1.5, 0, 5, (height, CAT_WIDTH), 0.5)
    feet = dog.cover * np.clip((np.arange(height)[:, None, None] - 255) / 30, 0, 1)
    room = room * (1 - 0.42 * np.clip(blur(np.roll(feet, 4, 0), 7) * 1.5, 0, 1))
    coat = (0.06 + 0.9 * dog.colour**1.25) * np.array([1.03, 0.965, 0.96])
    coat = mix(coat, room, 0.45 * blur(1 - dog.cover, 5) * dog.cover)  # light of the room on its rim
    out = mix(room, coat, dog.cover)
    out = out * (1 - 0.30 * blur(np.roll(cover, -8, 1), 14) * (1 - cover))
    out = out + detail * np.clip(blur(cover, 22) * 2, 0, 1) * (1 - cover)  # whiskers beyond the outline
    out = mix(out, cat, cover) + grain(np.random.default_rng(1), height, CAT_WIDTH, 0.005) * (1 - cover)
    return picture(out)


def savanna(grass: Image.Image, rng: np.random.Generator) -> Array:
    """A dry plain under a light sky (H, W, 3): the grass photograph laid down in perspective."""
    fine = 3  # painted at three times the size
    h, w = SAVANNA_HEIGHT * fine, SAVANNA_WIDTH * fine
    texture = pixels(grass, "L")
    texture = (texture - texture.mean()) / texture.std()
    y, x = coordinates(h, w)
    over = y / SAVANNA_HORIZON
    clouds = noise(rng, h, w, (45 * fine, 150 * fine), 5, 0.55)
    out = gradient(over, ((0, "#86a9c9"), (0.55, "#b9cbd2"), (1, "#ead9b8")))
    out = mix(out, colour("#f6efe2"), (step(0.1, 1.1, clouds) * 0.6 * step(0, 0.5, 1.3 - over))[..., None])
    for height, code in ((0.030, "#9fa8a8"), (0.016, "#8b8f72")):
        hills = SAVANNA_HORIZON - (height * (1 + 0.9 * noise(rng, 8, w, 130 * fine, 3)[4])).clip(2 / h)
        out = mix(out, colour(code), step(-2 * fine / h, 2 * fine / h, y - hills)[..., None] * 0.9)
    near = np.clip((y - SAVANNA_HORIZON) / (1 - SAVANNA_HORIZON), 0, 1)
    distance = 1 / (near + 0.045)
    across, along = (x - 0.5) * distance * 420, distance * 210

    def lay(scale: float, shift_x: float, shift_y: float) -> Array:
        size = texture.shape[0]
        i, j = (np.mod(v * scale + s, 2 * size) for v, s in ((along, shift_y), (across, shift_x)))
        i, j = (np.where(v < size, v, 2 * size - 1 - v).clip(0, size - 1).astype(int) for v in (i, j))
        return texture[i, j]

    blades = (lay(1.9, 90, 37) * 0.6 + lay(0.7, 300, 0) * 0.5) * np.clip(near * 1.6 + 0.12, 0, 1)
    patches = noise(rng, h, w, (50 * fine, 190 * fine), 4)
    plain = gradient(np.clip(0.5 + 0.35 * patches + 0.10 * blades + 0.1 * (1 - near), 0, 1), SAVANNA_GRASS)
    plain = mix(plain * (1 + 0.20 * blades)[..., None], colour("#d9c698"), (0.75 * np.exp(-near / 0.07))[..., None])
    out = mix(out, plain, step(-1.5 * fine / h, 1.5 * fine / h, y - SAVANNA_HORIZON)[..., None])
    out = mix(out, colour("#5d6042"), blur(acacias(h, w, rng), 1.3 * fine)[..., None] * 0.80)
    out = pixels(picture(out).resize((SAVANNA_WIDTH, SAVANNA_HEIGHT), Image.Resampling.BOX))
    far = step(0.62, 0.44, np.arange(SAVANNA_HEIGHT)[:, None, None] / SAVANNA_HEIGHT)
    return mix(out, blur(out, 1.6), far)


def acacias(height: int, width: int, rng: np.random.Generator) -> Array:
    """Flat-topped trees on the horizon, as coverage (height, width)."""
    image = Image.new("L", (width, height))
    pen = ImageDraw.Draw(image)
    for place_x, foot, size in SAVANNA_TREES:
        x, y, s = place_x * width, foot * height, size * height * 1.2
        pen.line([(x, y), (x + 0.04 * s, y - 0.55 * s)], fill=255, width=max(2, int(0.07 * s)))
        for low, high, lift in ((0.02, -0.35, 0.75), (0.03, 0.4, 0.78)):
            pen.line([(x + low * s, y - 0.42 * s), (x + high * s, y - lift * s)], fill=255, width=max(2, int(0.04 * s)))
        for _ in range(46):
            a, b = rng.uniform(-1, 1), rng.normal(0, 0.06)
            r = s * 0.12 * rng.uniform(0.5, 1.1) * (1.15 - abs(a))
            at_x, at_y = x + a * s * 0.85, y - (0.80 + b) * s
            pen.ellipse([at_x - r * 1.9, at_y - r * 0.7, at_x + r * 1.9, at_y + r * 0.7], fill=255)
    return pixels(image, "L")


def zebra_and_elephant(grass: Image.Image, zebra: Image.Image, elephant: Image.Image) -> Image.Image:
    """Face to face on the plain, feet in the grass."""
    size = h, w = SAVANNA_HEIGHT, SAVANNA_WIDTH
    rng = np.random.default_rng(3)
    out = savanna(grass, rng)
    tufts, rows = noise(rng, h, w, (9, 2.2), 2), np.arange(h)[:, None]
    for stamp, scale, left, ground, warmth, sunk in (
        (pixels(elephant, "RGBA"), 1.60, 248, 296, (1.08, 1.0, 0.93), 9),
        (pixels(zebra, "RGBA")[:, ::-1], 1.12, 14, 286, (1.0, 0.97, 0.90), 7),
    ):
        animal = place(stamp, scale, left, ground - round(stamp.shape[0] * scale), size, 0.35)
        cover = animal.cover[..., 0]
        feet = cover * np.clip((rows - (ground - 26)) / 20, 0, 1)
        wide = cover.sum(0) / cover.sum(0).max()
        shadow = 0.62 * np.clip(blur(np.exp(-(((rows - ground + 2) / 7) ** 2)) * wide, 6) * 1.5, 0, 1)
        shadow = shadow + 0.35 * np.clip(blur(np.roll(feet, 3, 0), 3) * 1.2, 0, 1)
        out = out * (1 - np.clip(shadow, 0, 0.8)[..., None] * np.array([0.75, 0.8, 0.85]))
        shown = animal.cover * step(ground + 1, ground - sunk, rows + 6 * tufts)[..., None]
        coat = np.clip(0.03 + 0.94 * animal.colour * np.array(warmth), 0, 1)
        out = mix(out, mix(coat, blur(out, 6), 0.25 * blur(1 - shown, 4) * shown), shown)
    return picture(out + grain(rng, h, w, 0.006))

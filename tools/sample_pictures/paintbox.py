"""What every picture is made with: colours, soft steps, noise, blur, distances.

Pixels are float arrays in [0, 1], (height, width) or (height, width, 3), unless a name says otherwise; positions
inside a picture run from 0 to 1, x to the right and y downwards.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageDraw

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Stops = Sequence[tuple[float, str]]
Points = Sequence[tuple[float, float]]


def colour(code: str) -> Array:
    """`#rrggbb` as three values in [0, 1]."""
    return np.array([int(code[i : i + 2], 16) for i in (1, 3, 5)]) / 255


def palette(codes: Sequence[str]) -> Array:
    """Several `#rrggbb` as an array (len(codes), 3)."""
    return np.array([colour(code) for code in codes])


def gradient(position: Array, stops: Stops) -> Array:
    """Colours (..., 3) at `position` on a scale of (place, `#rrggbb`) stops, linear between them."""
    places = [place for place, _ in stops]
    channels = palette([code for _, code in stops]).T
    return np.stack([np.interp(position, places, channel) for channel in channels], -1)


def step(low: float, high: float, value: ArrayLike) -> Array:
    """Smooth step: 0 at `low`, 1 at `high` (which may be the smaller one), a cubic between."""
    t = np.clip((np.asarray(value) - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def mix(a: ArrayLike, b: ArrayLike, share: ArrayLike) -> Array:
    """`a` where `share` is 0, `b` where it is 1."""
    first = np.asarray(a)
    return first + (np.asarray(b) - first) * share


def saturate(pixels: Array, factor: float) -> Array:
    """Colours drawn away from (factor > 1) their own grey."""
    grey = pixels.mean(-1, keepdims=True)
    return grey + (pixels - grey) * factor


def blur(array: ArrayLike, sigma: float) -> Array:
    """Gaussian blur over the first two axes, mirrored at the borders; sigma in pixels."""
    out = np.asarray(array, np.float64)
    reach = int(3 * sigma + 1)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    kernel /= kernel.sum()
    for axis in (0, 1):
        pad = [(0, 0)] * out.ndim
        pad[axis] = (reach, reach)
        padded, length = np.pad(out, pad, mode="symmetric"), out.shape[axis]
        total = np.zeros_like(out)
        for i, weight in enumerate(kernel):
            total += weight * np.take(padded, range(i, i + length), axis=axis)
        out = total
    return out


def slopes(height: Array) -> tuple[Array, Array]:
    """Rise per pixel of a relief, downwards and to the right."""
    down, across = np.gradient(height)
    return np.asarray(down), np.asarray(across)


def resize(array: Array, height: int, width: int) -> Array:
    """One channel (H, W) in any range, resampled bicubically."""
    image = Image.fromarray(np.ascontiguousarray(array, np.float32))
    return np.asarray(image.resize((width, height), Image.Resampling.BICUBIC)).astype(np.float64)


def noise(
    rng: np.random.Generator,
    height: int,
    width: int,
    cell: float | tuple[float, float],
    octaves: int = 4,
    gain: float = 0.5,
) -> Array:
    """Fractal value noise (height, width), mostly in [-1, 1].

    `cell` is the coarsest grid's spacing in pixels, (down, across) where the two differ; each octave halves it
    and has `gain` times the strength of the one before.
    """
    down, across = cell if isinstance(cell, tuple) else (cell, cell)
    out, strength, power = np.zeros((height, width)), 1.0, 0.0
    for _ in range(octaves):
        rows, columns = int(np.ceil(height / down)) + 4, int(np.ceil(width / across)) + 4
        grid = rng.normal(size=(rows, columns))
        fine = resize(grid, max(height, round(rows * down)), max(width, round(columns * across)))
        top, left = min(int(down), fine.shape[0] - height), min(int(across), fine.shape[1] - width)
        out += strength * fine[top : top + height, left : left + width]
        power += strength**2
        strength *= gain
        down, across = max(down / 2, 1), max(across / 2, 1)
    return out / np.sqrt(power) * 0.6


def coordinates(height: int, width: int) -> tuple[Array, Array]:
    """y and x of every pixel, as shares of the height and the width."""
    y, x = np.mgrid[0:height, 0:width]
    return y / height, x / width


def polygon(points: Points, size: int) -> Mask:
    """The inside of a polygon, given in shares of a square picture, as a mask (size, size)."""
    image = Image.new("1", (size, size))
    ImageDraw.Draw(image).polygon([(x * size, y * size) for x, y in points], fill=1)
    return np.asarray(image)


def distance_to(mask: Mask, reach: int, coarse: int = 1) -> Array:
    """Euclidean pixels from each pixel to the nearest True one, exact up to `reach`, then constant.

    The mask is square. Worked out on every `coarse`-th pixel and resampled: columns of the separable transform of
    Felzenszwalb and Huttenlocher, by trying every offset within reach.
    """
    small = mask[coarse // 2 :: coarse, coarse // 2 :: coarse]
    far = reach // coarse + 1.0
    row = np.where(small, 0.0, far)
    for i in range(1, row.shape[1]):
        row[:, i] = np.minimum(row[:, i], row[:, i - 1] + 1)
    for i in range(row.shape[1] - 2, -1, -1):
        row[:, i] = np.minimum(row[:, i], row[:, i + 1] + 1)
    squared = np.minimum(row, far) ** 2
    out = squared.copy()
    for k in range(1, min(int(far), small.shape[0] - 1)):
        out[k:] = np.minimum(out[k:], squared[:-k] + k * k)
        out[:-k] = np.minimum(out[:-k], squared[k:] + k * k)
    pixels = np.minimum(np.sqrt(out), far) * coarse
    return pixels if coarse == 1 else resize(pixels, *mask.shape)


def picture(pixels: Array, size: tuple[int, int] | None = None) -> Image.Image:
    """An 8-bit RGB picture of (H, W, 3) values, resampled to (width, height) where a size is given."""
    image = Image.fromarray(np.clip(pixels * 255 + 0.5, 0, 255).astype(np.uint8))
    return image if size is None else image.resize(size, Image.Resampling.LANCZOS)

"""Objects cut out of their photo."""

from collections import Counter
from collections.abc import Iterable

import cv2
import numpy as np

from eyecandy.detection.arrays import resize_mask
from eyecandy.detection.result import DetectedObject
from eyecandy.images import Photo

HALO = 0.55  # how much of the photo shows at the very edge of an object, on a figure
HALO_WIDTH = 0.035  # of the side of a square as large as the photo


def opacity(mask: np.ndarray, threshold: float) -> np.ndarray:
    """A mask as opacity: 0 at half its threshold, 0.5 at the threshold, 1 at one and a half. (H, W) in [0, 1]."""
    return np.clip(mask / threshold - 0.5, 0, 1)


def cut_out(photo: Photo, found: DetectedObject) -> np.ndarray:
    """An object on nothing, cropped to its box: (y1 - y0, x1 - x0, 4) uint8 RGBA, not premultiplied.

    Pixels that cannot be seen are black, so that files are small.
    """
    x0, y0, x1, y1 = found.box
    cut = np.empty((y1 - y0, x1 - x0, 4), np.uint8)
    cut[..., 3] = np.rint(255 * opacity(found.mask[y0:y1, x0:x1], found.threshold))
    cut[..., :3] = photo.pixels[y0:y1, x0:x1]
    cut[cut[..., 3] == 0] = 0
    return cut


def on_ground(pixels: np.ndarray, found: DetectedObject, ground: tuple[int, int, int]) -> np.ndarray:
    """An object in its place on a plain ground, into which its surroundings fade.

    Args:
        pixels: (h, w, 3) uint8, the photo at any size.
        found: the object.
        ground: RGB in 0..255.

    Returns:
        (h, w, 3) uint8.
    """
    height, width = pixels.shape[:2]
    alpha = opacity(resize_mask(found.small_mask, (width, height)), found.threshold)
    halo = cv2.GaussianBlur(alpha, (0, 0), HALO_WIDTH * (width * height) ** 0.5)
    alpha = np.maximum(alpha, HALO * halo)[..., None]
    return np.rint(alpha * pixels + (1 - alpha) * np.array(ground)).astype(np.uint8)


def numbered(names: Iterable[str]) -> list[int]:
    """Each name's number among its like: 1 for the first dog, 2 for the second, 1 for the first cat.

    >>> numbered(["dog", "Dog", "cat"])
    [1, 2, 1]
    """
    seen: Counter[str] = Counter()
    numbers = []
    for name in names:
        seen[name.casefold()] += 1  # some file systems take upper and lower case for the same
        numbers.append(seen[name.casefold()])
    return numbers

"""The orders in which the pixels of a photo are put in or taken out: (H, W) in [0, 1), the share at which each is."""

import cv2
import numpy as np
from scipy.ndimage import distance_transform_edt

from eyecandy.detection.arrays import resize_mask
from eyecandy.detection.result import DetectedObject

RANDOM_CELLS = 7  # a side, as in the paper: pixels one by one would destroy any picture at once


def ranks(scores: np.ndarray) -> np.ndarray:
    """For each pixel, the share of pixels with a higher score; equals in the order of the rows."""
    order = np.argsort(-scores, axis=None, kind="stable")
    ranks = np.empty(scores.size)
    ranks[order] = np.arange(scores.size) / scores.size
    return ranks.reshape(scores.shape)


def by_mask(item: DetectedObject, size: tuple[int, int]) -> np.ndarray:
    """The object first, then its surroundings, each from what speaks most for it; of equals, the nearest first."""
    inside = resize_mask(item.small_mask, size) >= item.threshold
    near = 1 - distance_transform_edt(~inside) / sum(size)
    return ranks(inside + 0.5 * resize_mask(item.small_saliency, size) + 0.01 * near)


def at_random(seed: int, size: tuple[int, int]) -> np.ndarray:
    """A random mask of large soft blobs."""
    cells = np.random.default_rng(seed).random((RANDOM_CELLS, RANDOM_CELLS), np.float32)
    return ranks(cv2.resize(cells, size, interpolation=cv2.INTER_CUBIC))


def from_centre(size: tuple[int, int]) -> np.ndarray:
    """A blob in the middle, of the photo's own shape."""
    width, height = size
    x, y = (np.arange(side) + 0.5 - side / 2 for side in size)
    return ranks(-((x[None] / width) ** 2 + (y[:, None] / height) ** 2))

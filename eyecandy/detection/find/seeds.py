"""A mask mended by hand: a click says "this belongs" or "this does not", and GrabCut finds how far that goes."""

import cv2
import numpy as np
from scipy.ndimage import distance_transform_edt, label

from eyecandy.detection.arrays import resize_mask
from eyecandy.detection.find.refinements.grabcut import grabcut
from eyecandy.images import fit, resize

SIDE = 448  # pixels of the longest side at which it is sought: as the network sees a photo
DOT = 0.012  # radius of a click that is certain, of the picture's side
REACH = 0.22  # how far from a click anything may change
BAND = 0.02  # along the border of the mask, where it is left open
ALIKE = 14.0  # difference in CIE Lab up to which neighbours of a click go with it at first


def seeded(pixels: np.ndarray, inside: np.ndarray, point: tuple[float, float], belongs: bool) -> np.ndarray:
    """A mask after a click: what hangs together with the point is added, or taken away, and nothing else changes.

    The refinement is the one that masks get when they are found, `refinements.grabcut`, started from the mask as it is,
    the click, and what looks like the click around it.

    Args:
        pixels: (H, W, 3) uint8, the photo.
        inside: (H, W) bool, the mask; it may be empty.
        point: (x, y) in pixels.
        belongs: whether the point is a part of the thing.

    Returns:
        (H, W) bool. At least a dot around the point is as was said.
    """
    size = inside.shape[1], inside.shape[0]
    small_size = fit(size, SIDE)
    small = resize(pixels, small_size)
    before = resize_mask(inside.astype(np.float32), small_size) >= 0.5
    x, y = point[0] * small_size[0] / size[0], point[1] * small_size[1] / size[1]
    away = np.hypot(*(np.indices(before.shape) + 0.5 - np.array([y, x])[:, None, None]))
    away[min(int(y), small_size[1] - 1), min(int(x), small_size[0] - 1)] = 0
    piece = _piece(small, before, away, belongs)
    changed = resize_mask(piece.astype(np.float32), size) >= 0.5
    return inside | changed if belongs else inside & ~changed


def _piece(pixels: np.ndarray, before: np.ndarray, away: np.ndarray, belongs: bool) -> np.ndarray:
    """What a click adds to a mask (h, w) bool, or takes from it; `away` is (h, w), each pixel's distance to it."""
    side = float(np.sqrt(before.size))
    dot, near = away <= max(DOT * side, 0.5), away <= REACH * side
    soft = _open_at_the_border(before, BAND * side)
    free, wanted = near & (before != belongs), _alike(pixels, near, dot) & (before != belongs)
    soft[free] = 0.45 if belongs else 0.55
    soft[wanted] = 0.55 if belongs else 0.45
    soft[dot] = 1.0 if belongs else 0.0
    after = grabcut(pixels, soft[None])[0]
    parts, _ = label((after == belongs) & free | dot)
    return parts == parts[away == 0][0]


def _open_at_the_border(inside: np.ndarray, band: float) -> np.ndarray:
    """(h, w) in [0, 1]: sure well inside and well outside, and less so the nearer the border is."""
    if inside.all() or not inside.any():
        return np.where(inside, 0.9, 0.1)
    signed = distance_transform_edt(inside) - distance_transform_edt(~inside)
    return np.clip(0.5 + 0.4 * signed / (2 * band), 0.1, 0.9)


def _alike(pixels: np.ndarray, near: np.ndarray, dot: np.ndarray) -> np.ndarray:
    """(h, w) bool: the connected surroundings of a dot that are coloured as it is."""
    colours = cv2.cvtColor(cv2.GaussianBlur(pixels, (0, 0), 1.5).astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    alike = near & (np.linalg.norm(colours - colours[dot].mean(0), axis=-1) < ALIKE) | dot
    parts, _ = label(alike)
    return np.isin(parts, np.unique(parts[dot]))

"""Soft masks, sharpened along the picture's own edges."""

import cv2
import numpy as np
from scipy.ndimage import binary_fill_holes, label

SURE, PROBABLE, NEVER = 0.75, 0.4, 0.06
"""Soft mask values from which a pixel is surely and probably the object, and below which it surely is not."""
REACH = 0.03  # of the longest side: so far around the soft mask the object may still go
ITERATIONS = 2
SPECK, HOLE = 0.15, 0.04  # parts and holes below this share of the largest part are dropped and filled
FLAT = 2.0  # levels of 255; a picture that varies by less has no edges to follow
KEPT = 0.3  # a result that holds less of the soft mask than this has followed the wrong edges


def refine(pixels: np.ndarray, soft: np.ndarray) -> np.ndarray | None:
    """GrabCut started from a soft mask (Rother, Kolmogorov, Blake 2004), feathered by a pixel.

    Args:
        pixels: (H, W, 3) uint8.
        soft: (H, W) in [0, 1].

    Returns:
        (H, W) float32 in [0, 1], the object where it is at least 0.5; None where GrabCut degenerates, that is where
        nothing is left, or nothing but the object.
    """
    reach = np.maximum(soft, cv2.GaussianBlur(soft, (0, 0), REACH * max(soft.shape)))
    window = _window(reach >= NEVER)
    marks = np.full(soft.shape, cv2.GC_PR_BGD, np.uint8)
    marks[soft > PROBABLE] = cv2.GC_PR_FGD
    marks[soft > SURE] = cv2.GC_FGD
    marks[reach < NEVER] = cv2.GC_BGD
    marks = np.ascontiguousarray(marks[window])
    picture = np.ascontiguousarray(pixels[window])
    if picture.std((0, 1)).max() < FLAT:
        return None
    if not (marks == cv2.GC_FGD).any() or not np.isin(marks, (cv2.GC_BGD, cv2.GC_PR_BGD)).any():
        return None
    # GrabCut starts its colour models by k-means with OpenCV's own generator, one a thread: seeded, two runs are
    # the same.
    cv2.setRNGSeed(0)
    models = np.zeros((2, 1, 65))
    try:
        cv2.grabCut(picture, marks, None, models[0], models[1], ITERATIONS, cv2.GC_INIT_WITH_MASK)
    except cv2.error:  # too few pixels on one side for the five Gaussians of a colour model
        return None
    inside = np.zeros(soft.shape, bool)
    inside[window] = without_holes(without_specks(np.isin(marks, (cv2.GC_FGD, cv2.GC_PR_FGD))))
    if inside.all() or soft[inside].sum() < KEPT * soft.sum():
        return None
    mask = cv2.GaussianBlur(inside.astype(np.float32), (0, 0), 0.8)
    return mask if mask.max() >= 0.5 else None


def without_specks(inside: np.ndarray) -> np.ndarray:
    """A boolean mask without the connected parts that are small beside its largest."""
    parts, count = label(inside)
    if count < 2:
        return inside
    areas = np.bincount(parts.ravel())
    areas[0] = 0
    return np.isin(parts, np.flatnonzero(areas >= SPECK * areas.max()))


def without_holes(inside: np.ndarray) -> np.ndarray:
    """A boolean mask with its small holes filled: an eye belongs to the cat, the gap between two legs does not."""
    parts, count = label(binary_fill_holes(inside) & ~inside)
    if not count:
        return inside
    small = np.bincount(parts.ravel()) < HOLE * inside.sum()
    small[0] = False
    return inside | small[parts]


def _window(possible: np.ndarray) -> tuple[slice, slice]:
    """The part of the picture that can matter: where the object may be, and background around it."""
    ys, xs = np.nonzero(possible)
    if not len(ys):
        return slice(None), slice(None)
    margin = max(16, int(ys.max() - ys.min() + xs.max() - xs.min()) // 4)
    return (
        slice(max(0, ys.min() - margin), ys.max() + margin + 1),
        slice(max(0, xs.min() - margin), xs.max() + margin + 1),
    )

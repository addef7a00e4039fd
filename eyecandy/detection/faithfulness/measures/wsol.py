"""The WSOL benchmark's measures (Choe et al.: "Evaluating Weakly Supervised Object Localization Methods Right", CVPR
2020), for people who hold CUB's, ImageNet's or OpenImages' boxes or masks.

Both ask for one score map of each photo, in [0, 1]: here the mean of the sharpened and the raw soft mask of each object
that is rightly called, the highest of them at each pixel; where the truth says no name, of the best object. What is not
found has a map of zeros.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import cv2
import numpy as np

from eyecandy.detection.arrays import resize_mask
from eyecandy.detection.faithfulness.measure import Measure, Total, rounded
from eyecandy.detection.faithfulness.scene import Scene
from eyecandy.detection.faithfulness.truth.objects import Box, Truth
from eyecandy.images import fit

LEVELS = 1000  # thresholds, 0.001 apart as in the authors' code
OVERLAPS = (0.3, 0.5, 0.7)
_SIDE = 448  # pixels of the longest side at which maps are cut


class Mapped(NamedTuple):
    """What the measures need of a photo.

    Attributes:
        overlaps: (LEVELS,) the IoU of the best pair of a true box and one around a piece of the map, at each threshold.
        inside, outside: (LEVELS,) how many pixels of each score there are in the true mask and outside; None where the
            truth has boxes alone.
    """

    overlaps: np.ndarray
    inside: np.ndarray | None
    outside: np.ndarray | None


def mapped(scene: Scene) -> Mapped | None:
    """One photo; None where nothing is known to be there."""
    truths = [true for true in scene.truths or () if true.classes != frozenset()]
    there = [true for true in truths if not true.crowd]
    if not there:
        return None
    photo = scene.found.photo.size
    size = fit(photo, min(_SIDE, max(photo)))
    rightly = [item for item in scene.found.objects if any(true.fits(item.class_index) for true in there)]
    if all(true.classes is None for true in there):
        rightly = rightly[:1]
    levels = np.zeros((size[1], size[0]), np.int64)
    for item in rightly:
        levels = np.maximum(
            levels, levels_of((resize_mask(item.small_mask, size) + resize_mask(item.small_saliency, size)) / 2)
        )
    scale = np.array([*size, *size]) / [*photo, *photo]
    boxes = [tuple(np.array(true.box) * scale) for true in there]
    inside = outside = None
    if all(true.mask is not None for true in truths):
        true_mask, ignored = (
            np.any(
                [np.zeros(levels.shape, bool), *(_small(t.region(photo), size) for t in truths if t.crowd is crowd)], 0
            )
            for crowd in (False, True)
        )
        inside = np.bincount(levels[true_mask], minlength=LEVELS)
        outside = np.bincount(levels[~true_mask & ~ignored], minlength=LEVELS)
    return Mapped(overlaps(levels, boxes), inside, outside)


def levels_of(scores: np.ndarray) -> np.ndarray:
    """Scores in [0, 1] as the number of the highest threshold that they reach, 0 to LEVELS - 1."""
    return np.clip((scores * LEVELS).astype(np.int64), 0, LEVELS - 1)


def overlaps(levels: np.ndarray, boxes: Sequence[Box]) -> np.ndarray:
    """(LEVELS,) for each threshold: the best IoU of a true box and a box around a connected piece above it.

    Args:
        levels: (H, W), a score map as thresholds.
        boxes: the true ones, x0, y0, x1, y1.
    """
    best = np.zeros(LEVELS)
    true = np.array(boxes)
    for level in np.unique(levels):
        _, _, stats, _ = cv2.connectedComponentsWithStats((levels >= level).astype(np.uint8), connectivity=8)
        x, y, width, height = stats[1:, :4].T
        pieces = np.stack([x, y, x + width, y + height], 1)
        best[level] = _ious(pieces, true).max(initial=0)
    # Between two scores that there are, the map is cut alike.
    present = np.unique(levels)
    at = np.searchsorted(present, np.arange(LEVELS))
    return np.where(at < len(present), best[present[np.minimum(at, len(present) - 1)]], 0)


def max_box_acc(photos: Sequence[np.ndarray]) -> dict[float, float]:
    """MaxBoxAccV2: by IoU, the share of photos with a box as good, at the one threshold that is best for all.

    Args:
        photos: for each, (LEVELS,) of `overlaps`.
    """
    each = np.array(photos)
    return {overlap: float((each >= overlap).mean(0).max()) for overlap in OVERLAPS}


def pxap(inside: np.ndarray, outside: np.ndarray) -> float:
    """PxAP: the area under the curve of precision by recall of pixels, over all thresholds.

    Args:
        inside, outside: (LEVELS,) how many pixels of each score lie in true masks, and outside, in all photos.
    """
    right, wrong = inside[::-1].cumsum(), outside[::-1].cumsum()
    precision = right / np.maximum(right + wrong, 1)
    recall = right / max(int(right[-1]), 1)
    return float((precision * np.diff(recall, prepend=0)).sum())


def total(photos: Sequence[Mapped | None], truth: Truth) -> Total:
    """Both, of all photos."""
    known = [photo for photo in photos if photo is not None]
    if not known:
        return Total({})
    boxes = max_box_acc([photo.overlaps for photo in known])
    values = {"MaxBoxAccV2": float(np.mean(list(boxes.values())))}
    pixels = [
        (photo.inside, photo.outside) for photo in known if photo.inside is not None and photo.outside is not None
    ]
    if len(pixels) == len(known):
        values["PxAP"] = pxap(*(np.sum(each, axis=0) for each in zip(*pixels, strict=True)))
    details: dict[str, Any] = {"MaxBoxAcc": rounded({str(overlap): value for overlap, value in boxes.items()})}
    return Total(values, {**details, "photos": len(known)})


def _ious(boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """(N, M) of N and M boxes."""
    low, high = np.maximum(boxes[:, None, :2], others[:, :2]), np.minimum(boxes[:, None, 2:], others[:, 2:])
    common = np.maximum(high - low, 0).prod(-1)
    areas = [(each[:, 2:] - each[:, :2]).prod(-1) for each in (boxes, others)]
    return common / np.maximum(areas[0][:, None] + areas[1] - common, 1e-9)


def _small(mask: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    return resize_mask(mask.astype(np.float32), size) >= 0.5


MEASURE = Measure(
    "wsol",
    {
        "MaxBoxAccV2": "the share of photos with a right box, at IoUs of 0.3, 0.5 and 0.7, each at its best threshold",
        "PxAP": "the area under precision by recall of the pixels",
    },
    passes=(5, 0),
    photo=mapped,
    total=total,
    truth=True,
)

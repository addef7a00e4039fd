"""Which thing of one frame is which of the next: overlap and word, all at once."""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

OTHER_WORD = 0.5  # what an overlap counts where the words have nothing in common
LEAST = 0.25  # affinity below which two are not the same thing


def overlaps(before: Sequence[np.ndarray], after: Sequence[np.ndarray]) -> np.ndarray:
    """Intersection over union of each of T masks with each of D, (h, w) bool all: (T, D) in [0, 1].

    Two empty masks do not overlap.

    >>> overlaps([np.array([[True, True, False]])], [np.array([[False, True, True]])]).round(2).tolist()
    [[0.33]]
    """
    one, other = _rows(before), _rows(after)
    both = one @ other.T
    either = one.sum(1)[:, None] + other.sum(1)[None] - both
    return np.divide(both, either, out=np.zeros_like(both), where=either > 0)


def contained(inner: np.ndarray, outer: np.ndarray) -> float:
    """The share of a mask, (h, w) bool, that lies within another; 0 of an empty one.

    >>> contained(np.array([[True, True, False]]), np.array([[False, True, True]]))
    0.5
    """
    area = np.count_nonzero(inner)
    return np.count_nonzero(inner & outer) / area if area else 0.0


def fits(before: Sequence[np.ndarray], after: Sequence[np.ndarray]) -> np.ndarray:
    """How well each of D sightings fits to each of T things, (h, w) bool all: (T, D) in [0, 1].

    The overlap; or, of a sighting that lies within the thing, which may be a part of it, the mean of that and of the
    share of it that does.

    >>> whole, part = np.array([[True, True, True, True]]), np.array([[True, False, False, False]])
    >>> fits([whole, part], [part]).tolist()
    [[0.625], [1.0]]
    """
    iou = overlaps(before, after)
    within = np.array([[contained(inner, outer) for inner in after] for outer in before])
    return np.maximum(iou, 0.5 * (iou + within))


def affinities(fit: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """How much speaks for each of T things being each of D sightings: (T, D) in [0, 1].

    Args:
        fit: (T, D) of the masks, see `fits`.
        shares: (T, D), what share of all that was said of the thing is the word of the sighting. A word that was
            never said of it halves the overlap: networks waver between dog and wolf, and a cat that lies where the dog
            was is another thing.
    """
    return fit * (OTHER_WORD + (1 - OTHER_WORD) * shares)


def pairs(affinity: np.ndarray, least: float = LEAST) -> list[tuple[int, int]]:
    """The pairs (t, d) that together have the most of it, each thing and each sighting in one at most.

    Kuhn's and Munkres's assignment; what has less than `least` is no pair.

    >>> pairs(np.array([[0.9, 0.8], [0.8, 0.1]]))  # not the best pair first, but the best two
    [(0, 1), (1, 0)]
    """
    if affinity.size == 0:
        return []
    allowed = np.where(affinity >= least, affinity, 0.0)
    rows, columns = linear_sum_assignment(allowed, maximize=True)
    return [(int(t), int(d)) for t, d in zip(rows, columns, strict=True) if affinity[t, d] >= least]


def _rows(masks: Sequence[np.ndarray]) -> np.ndarray:
    return np.stack([mask.ravel() for mask in masks]).astype(np.float32)

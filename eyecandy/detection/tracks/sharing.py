"""One sighting of two things: when things of a word touch, a look at one frame alone may take them for one."""

from collections.abc import Sequence

import numpy as np
from scipy.ndimage import distance_transform_edt

COVERED = 0.7  # of a thing that is not found by itself: it lies in what was found of another
LEFT = 0.4  # of what is expected of each: with less, nothing was shared


def divided(inside: np.ndarray, expected: Sequence[np.ndarray]) -> list[np.ndarray] | None:
    """The pixels of one sighting, divided among the things that it holds.

    Each pixel goes to the thing that it was expected of; where it was expected of several or of none, to the one whose
    own pixels are nearest.

    Args:
        inside: (h, w) bool, the sighting.
        expected: K masks (h, w) bool, where the things were expected; of those that overlap, the first lies in front
            as far as anybody knows.

    Returns:
        K masks (h, w) bool, which share no pixel and together are `inside`; None where one of them would be left with
        too little of what was expected of it.
    """
    stack = np.stack(expected)
    alone = stack & (stack.sum(0) == 1)
    if not alone.any((1, 2)).all():
        return None
    nearest = np.stack([distance_transform_edt(~own) for own in alone]).argmin(0)
    parts = [inside & (nearest == number) for number in range(len(expected))]
    enough = (part.sum() >= LEFT * mask.sum() for part, mask in zip(parts, expected, strict=True))
    return parts if all(enough) else None

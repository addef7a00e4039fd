"""One sighting of several things, and several sightings of one.

A look at one frame alone may take things of one word that touch for one thing, or see one thing in pieces. What was
seen before decides.
"""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from scipy.ndimage import distance_transform_edt

from eyecandy.detection.tracks.sighting import Sighting

COVERED = 0.7  # of what lies inside something else
LEFT = 0.4  # of what is expected of each thing: with less, nothing was shared
_NEAR = 1 / 120  # of the longer side: pieces that are further apart do not touch


def divided(inside: np.ndarray, expected: Sequence[np.ndarray]) -> list[np.ndarray] | None:
    """The pixels of one sighting, divided among the things that it holds.

    Each pixel goes to the thing that it was expected of; where it was expected of several or of none, to the one whose
    own pixels are nearest.

    Args:
        inside: (h, w) bool, the sighting.
        expected: K masks (h, w) bool, where the things were expected.

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


def touch(pieces: Sequence[Sighting]) -> bool:
    """Whether all of them together are one piece, but for narrow gaps."""
    reach = 2 * max(1, round(_NEAR * max(pieces[0].mask.shape))) + 1
    together = np.logical_or.reduce([piece.inside for piece in pieces]).view(np.uint8)
    parts, _ = cv2.connectedComponents(cv2.dilate(together, np.ones((reach, reach), np.uint8)))
    return parts <= 2  # the ground is one of them


def joined(pieces: Sequence[Sighting]) -> Sighting:
    """Sightings of the pieces of one thing as one.

    Returns:
        What the largest piece is called, with all their pixels; score and probability are the means over these.
    """
    areas = np.array([np.count_nonzero(piece.inside) for piece in pieces], float)
    score, probability = (
        float(np.average([getattr(piece, name) for piece in pieces], weights=areas))
        for name in ("score", "probability")
    )
    mask = np.maximum.reduce([piece.mask for piece in pieces])
    return replace(pieces[int(areas.argmax())], mask=mask, score=score, probability=probability)

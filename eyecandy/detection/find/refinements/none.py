"""No refinement: soft masks cut at a half."""

import numpy as np

from eyecandy.detection.find.refinements.grabcut import log_odds, only_best


def halves(pixels: np.ndarray, soft: np.ndarray) -> np.ndarray:
    """The soft masks cut at a half, whatever the picture shows."""
    odds = log_odds(soft)
    return only_best(odds > 0, odds)


REFINEMENT = halves

"""Refinements: soft masks cut along the edges of a picture, one file each. Importing it is instant.

Each takes a picture (h, w, 3) uint8 and soft masks (K, h, w) in [0, 1], each thing where it is above 0.5, and gives
(K, h, w) bool, no pixel in two things.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from eyecandy.registry import Registry

if TYPE_CHECKING:
    import numpy as np

Refinement = Callable[["np.ndarray", "np.ndarray"], "np.ndarray"]

REFINEMENTS: Registry[Refinement] = Registry(
    "refine", __name__, __path__, first=("grabcut", "none"), attribute="REFINEMENT"
)

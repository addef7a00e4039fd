"""Decompositions of class masks into eigen-masks, one file each. Importing it is instant.

Each takes N masks as rows (N, positions), how many components are wanted (None for as many as count), and whether the
photo is crowded; and gives components (M, positions) and the variance that each explains (M,).
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from eyecandy.registry import Registry

if TYPE_CHECKING:
    import numpy as np

Decomposition = Callable[["np.ndarray", int | None, bool], "tuple[np.ndarray, np.ndarray]"]

DECOMPOSITIONS: Registry[Decomposition] = Registry(
    "decomposition", __name__, __path__, first=("pca", "varimax", "nmf", "none")
)

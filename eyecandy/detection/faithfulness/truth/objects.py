"""What is really in a photo, as far as somebody said: objects with masks or boxes."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from eyecandy.errors import EyecandyError

Box = tuple[float, float, float, float]
"""x0, y0, x1, y1 in the photo's pixels, x1 and y1 exclusive."""


@dataclass(frozen=True, eq=False)
class TrueObject:
    """One thing that is there.

    Attributes:
        name: what the truth calls it; None where it does not say.
        classes: the network's classes that are right for it; None where any is, empty where it has none.
        box: its bounds.
        mask: (H, W) bool, at the photo's own size; None where only the box is known.
        crowd: whether it is many things in one, which nothing found is held against.
    """

    name: str | None
    classes: frozenset[int] | None
    box: Box
    mask: np.ndarray | None = None
    crowd: bool = False

    def fits(self, class_index: int) -> bool:
        """Whether a class is a right name for it."""
        return self.classes is None or class_index in self.classes

    def region(self, size: tuple[int, int]) -> np.ndarray:
        """(H, W) bool, its mask, or the inside of its box, in a photo of (width, height)."""
        if self.mask is not None:
            return self.mask
        inside = np.zeros((size[1], size[0]), bool)
        x0, y0, x1, y1 = (round(side) for side in self.box)
        inside[max(0, y0) : y1, max(0, x0) : x1] = True
        return inside


@dataclass(frozen=True, eq=False)
class Truth:
    """What a file or a folder says of photos.

    Attributes:
        source: the file or folder.
        of: gives the true objects of a photo, by its path and its size (width, height); raises EyecandyError where
            nothing is known of it.
        coco: the COCO document, where it is one.
        names: the names of things that the network has no class for.
        image_id: gives the number of a photo in that document.
    """

    source: Path
    of: Callable[[Path, tuple[int, int]], tuple[TrueObject, ...]]
    coco: dict[str, Any] | None = None
    names: tuple[str, ...] = ()
    image_id: Callable[[Path], Any] | None = None


def bounds(mask: np.ndarray) -> Box:
    """The bounds of a mask (H, W) bool that holds something."""
    columns, rows = np.flatnonzero(mask.any(0)), np.flatnonzero(mask.any(1))
    return float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)


def other_size(source: object, came: tuple[int, int], size: tuple[int, int]) -> EyecandyError:
    """The line for a truth that is of another size than its photo."""
    return EyecandyError(
        f"the truth in {str(source)!r} is of {came[0]}x{came[1]} pixels, the photo of {size[0]}x{size[1]}; "
        "expected the same size"
    )

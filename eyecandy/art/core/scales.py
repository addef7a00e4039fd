"""The sizes that a picture goes through."""

from dataclasses import dataclass

from eyecandy import _moved

Size = tuple[int, int]
"""(width, height) in pixels."""

SMALLEST = 64  # pixels of the longest side of a picture


@dataclass(frozen=True)
class Scale:
    """One size of the picture, (width, height), and how many steps are taken there."""

    size: Size
    iterations: int


@dataclass(frozen=True)
class ScaleSchedule:
    """How a recipe climbs from coarse to fine.

    Attributes:
        ratio: how much larger each scale is than the one before.
        smallest: pixels; no scale but the last has a side below this.
        fine_share: iterations of each scale over those of the one before.
    """

    ratio: float
    smallest: int
    fine_share: float = 1.0


__getattr__ = _moved.attribute(__name__)

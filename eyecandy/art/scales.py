"""The sizes that a picture goes through."""

from dataclasses import dataclass

Size = tuple[int, int]
"""(width, height) in pixels."""


@dataclass(frozen=True)
class Scale:
    """One size of the picture, (width, height), and how many steps are taken there."""

    size: Size
    iterations: int

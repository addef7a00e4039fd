"""The sizes at which a network looks at a photo. Importing it is instant."""

from typing import TYPE_CHECKING

from eyecandy.errors import EyecandyError, OptionError

if TYPE_CHECKING:
    from eyecandy.backbone.model import Backbone

SIZE = 448
"""Longest side of the middle one of the sizes at which the network looks by default,"""
CLOSER_SIZE = 672
"""where many things share the photo,"""
SHORT, LONGEST = 224, 4480
"""and in a panorama such that the shorter side is 224, the size of the pictures that networks learn from; at most this.
"""
MINIMUM = 16
"""Shortest side, in pixels, of a photo that may hold an object."""


def default_size(size: tuple[int, int]) -> int:
    """The longest side, in pixels, at which a photo of (width, height) is looked at where nothing else is said.

    >>> default_size((4000, 3000)), default_size((3000, 300))
    (448, 2240)
    """
    return max(SIZE, min(LONGEST, SHORT * max(size) // min(size)))


def analysis_size(size: tuple[int, int], longest: int, backbone: "Backbone") -> tuple[int, int]:
    """The size at which a backbone looks at a photo: sides that its stride divides, never enlarged on purpose.

    Args:
        size: (width, height) of the photo.
        longest: longest side wanted.

    Returns:
        (width, height).

    Raises:
        EyecandyError: the photo, or `longest`, is too small for the backbone.
    """
    if longest < backbone.minimum:
        raise OptionError(
            "{} must be at least {least} pixels for {backbone}, got {got}",
            "size",
            least=backbone.minimum,
            backbone=backbone.name,
            got=longest,
        )
    if min(size) < MINIMUM:
        raise EyecandyError(
            f"a picture of {size[0]}x{size[1]} pixels is too small to hold an object; "
            f"expected at least {MINIMUM} pixels a side"
        )
    from eyecandy.images import fit  # here: it brings NumPy

    width, height = fit(size, longest, backbone.stride)
    return max(width, backbone.minimum), max(height, backbone.minimum)

"""The sizes that networks want, and pixels brought to them."""

import numpy as np
from PIL import Image

from eyecandy.errors import EyecandyError
from eyecandy.images.photo import picture_array


def fit(size: tuple[int, int], longest: int, multiple: int = 1, enlarge: bool = False) -> tuple[int, int]:
    """The size of a picture whose longest side is to be `longest`, its aspect ratio kept.

    Args:
        size: (width, height) in pixels.
        longest: the longest side wanted, in pixels.
        multiple: each side is rounded to the nearest multiple of it, halves upwards, and is at least one
            multiple: with a network's stride, the side that the stride divides.
        enlarge: let a smaller picture grow to `longest`; otherwise it keeps its size, but for the rounding.

    Returns:
        (width, height) in pixels.

    Raises:
        EyecandyError: a number below 1.

    >>> fit((4000, 3000), 448)
    (448, 336)
    """
    if min(*size, longest, multiple) < 1:
        raise EyecandyError(
            f"sizes are at least 1 pixel, got size {size[0]} x {size[1]}, longest {longest}, multiple {multiple}"
        )
    whole = max(size)
    if not enlarge:
        longest = min(longest, whole)
    # integers throughout: side * longest / whole, rounded to multiples, without a float's error at the halves
    width, height = (
        max(1, (2 * side * longest + whole * multiple) // (2 * whole * multiple)) * multiple for side in size
    )
    return width, height


def resize(pixels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Resamples a picture for a network, or for the eye.

    Pillow's bicubic filter, which widens with the factor when it shrinks. ImageNet classifiers, the bundled one
    among them, were trained on bicubic pictures. Of a zone plate's rings that are too fine for a size 3.6 times
    smaller it leaves 3 % of the contrast as false pattern; OpenCV's INTER_AREA leaves 11 %, INTER_LINEAR 63 %.

    Args:
        pixels: uint8 of shape (H, W, 3), (H, W) or (H, W, 4); transparent pixels lend no colour to others.
        size: (width, height) in pixels, each at least 1.

    Returns:
        uint8 of shape (height, width, 3), (height, width) or (height, width, 4).

    Raises:
        EyecandyError: another array, or a size below 1.
    """
    width, height = size
    if width < 1 or height < 1:
        raise EyecandyError(f"a picture is at least 1 x 1 pixel, got a size of {width} x {height}")
    image = Image.fromarray(picture_array(pixels))
    return np.array(image.resize((width, height), Image.Resampling.BICUBIC))

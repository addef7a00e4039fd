"""The photo's colours in a picture that was painted of it.

Source: L. Gatys, M. Bethge, A. Hertzmann, E. Shechtman, "Preserving Color in Neural Artistic Style Transfer"
(arXiv:1606.05897). Its histogram matching is done to the painting before anything is painted; what is here is done to
the finished picture.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import cv2
import numpy as np
from PIL import Image

_SOFT = 64  # of the longest side: how far light and dark are the photo's own, and finer than that the strokes'
_LEAST = 1.0  # levels of lightness: what varies less is flat


def chroma(picture: np.ndarray, photo: np.ndarray) -> np.ndarray:
    """The lightness of one picture with the colours of another, as they stand.

    Args:
        picture, photo: (H, W, 3) uint8.

    Returns:
        (H, W, 3) uint8.
    """
    return _joined(_lightness(picture), photo)


def luminance(picture: np.ndarray, photo: np.ndarray) -> np.ndarray:
    """`chroma`, as bright and as contrasty as the photo: the lightness has the photo's mean and deviation.

    A dark painting would else make a dark picture in the photo's colours, which is neither's.
    """
    light, own = _lightness(picture), _lightness(photo)
    gain = max(float(own.std()), _LEAST) / max(float(light.std()), _LEAST)
    return _joined((light - light.mean()) * gain + own.mean(), photo)


def full(picture: np.ndarray, photo: np.ndarray) -> np.ndarray:
    """The photo's colours, and its light and dark from place to place; of the picture only the strokes."""
    light, own = _lightness(picture), _lightness(photo)
    soft = max(own.shape) / _SOFT
    blurred, meant = (cv2.GaussianBlur(each, (0, 0), soft) for each in (light, own))
    return _joined(meant + light - blurred, photo)


FINISHES: Mapping[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = MappingProxyType(
    {"luminance": luminance, "full": full, "chroma": chroma}
)
"""What is done to a finished picture, by the name of the way to keep colours."""


def _lightness(picture: np.ndarray) -> np.ndarray:
    """(H, W) float32 in 0..255."""
    return np.asarray(Image.fromarray(picture).convert("YCbCr").getchannel(0), np.float32)


def _joined(light: np.ndarray, photo: np.ndarray) -> np.ndarray:
    """A lightness (H, W) with a photo's colours."""
    _, blue, red = Image.fromarray(photo).convert("YCbCr").split()
    grey = Image.fromarray(np.clip(np.rint(light), 0, 255).astype(np.uint8))
    return np.asarray(Image.merge("YCbCr", (grey, blue, red)).convert("RGB"))

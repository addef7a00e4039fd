"""Masks as numbers, whoever they come from: arrays, tensors, found objects."""

from typing import Any

import numpy as np

from eyecandy.arguments import told
from eyecandy.errors import EyecandyError

_EXPECTED = "a mask (H, W) of True and False, of numbers from 0 to 1, or uint8 with 255 for in"


def is_mask(given: Any) -> bool:
    """Whether it is a mask as numbers, or a found object, or several, with masks of their own."""
    several = given if isinstance(given, list | tuple) and given else [given]
    return all(hasattr(one, "small_mask") for one in several) or hasattr(given, "__array__")


def mask_of(given: Any) -> np.ndarray:
    """The pixels that are meant by a mask, or by found objects together.

    Args:
        given: an array or a tensor (H, W) or (H, W, 1), of booleans; of floats in [0, 1], where a half and more is in;
            of integers, 0 and 1 or up to 255, where more than half of 255 is in. Or a `DetectedObject`, or several of
            one photo: where their masks reach their thresholds.

    Returns:
        (H, W) bool.

    Raises:
        EyecandyError: another shape, or numbers beyond these.
    """
    several = given if isinstance(given, list | tuple) else [given]
    if all(hasattr(one, "small_mask") for one in several):
        found = [one.mask >= getattr(one, "threshold", 0.5) for one in several]
        if len({mask.shape for mask in found}) > 1:
            raise EyecandyError("the objects of a region must be of one photo, got some of photos of several sizes")
        return np.any(found, axis=0)
    try:
        mask = np.asarray(given)
    except (TypeError, ValueError, RuntimeError) as error:  # for instance a tensor in a GPU's memory
        raise EyecandyError(f"expected {_EXPECTED}, got {told(given)}") from error
    came = f"{mask.dtype} of shape {mask.shape}"
    if mask.ndim == 3 and mask.shape[2] == 1:
        mask = mask[..., 0]
    if mask.ndim != 2 or mask.size == 0:
        raise EyecandyError(f"expected {_EXPECTED}, got {came}")
    if mask.dtype == bool:
        return mask
    if not np.issubdtype(mask.dtype, np.number) or np.issubdtype(mask.dtype, np.complexfloating):
        raise EyecandyError(f"expected {_EXPECTED}, got {came}")
    least, most = mask.min(), mask.max()
    fraction = np.issubdtype(mask.dtype, np.floating)
    if not (least >= 0 and most <= (1 if fraction else 255)):  # neither does NaN pass
        raise EyecandyError(f"expected {_EXPECTED}, got {came} with values from {least:g} to {most:g}")
    return mask >= (0.5 if fraction or most <= 1 else 127.5)

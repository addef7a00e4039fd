"""Where a recipe may paint: a feathered mask from a word, a mask picture or a box."""

import math
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from eyecandy.arguments import number_of, told
from eyecandy.art.core.scales import Size
from eyecandy.art.core.sources import Source
from eyecandy.backbone.model import Backbone
from eyecandy.errors import EyecandyError
from eyecandy.images import Photo, load, resize

FEATHER = 0.01  # standard deviation of the mask's soft edge, as a share of the longest side

_EXPECTED = "a mask (H, W) of True and False, of numbers from 0 to 1, or uint8 with 255 for in"
_BOX = re.compile(r"\s*(-?\d+)\s*,\s*(-?\d+)\s*,\s*(-?\d+)\s*,\s*(-?\d+)\s*")
_FILE = re.compile(r".*\.\w{3,4}", re.DOTALL)


def region(photo: Photo, spec: Any, backbone: Backbone) -> np.ndarray:
    """The mask of a photo's region.

    Args:
        photo: the photo.
        spec: a word of the detector ("cat"; "not cat" for all but it), the path of a mask picture (white is in), a
            mask as numbers or found objects, see `mask_of`, or a box of the photo's pixels, "x0,y0,x1,y1" or four
            numbers.
        backbone: what the detector looks with.

    Returns:
        (H, W) float32 in [0, 1], at the photo's size, feathered inward: outside the region it is 0.

    Raises:
        EyecandyError: the detector does not find the word (the message says what it found), a mask that cannot be
            read, or a region without a pixel.
    """
    inside = _inside(photo, spec, backbone)
    if not inside.any():
        raise EyecandyError(f"the region {_shown(spec)} holds no pixel of the picture; choose another")
    return feathered(inside)


def remark(photo: Photo, spec: Any) -> str | None:
    """What is to be said of a region before it is used: that its mask is of another size than the photo, and scaled."""
    if not isinstance(spec, str | Path) or not _is_file(str(spec)):
        return None
    mask = load(spec)
    if mask.size == photo.size:
        return None
    (width, height), (wide, high) = mask.size, photo.size
    return f"{spec}: the mask is {width} x {height} pixels and the photo {wide} x {high}; it is scaled to fit"


def feathered(inside: np.ndarray) -> np.ndarray:
    """A boolean mask (H, W) with a soft edge on its inner side, float32 in [0, 1]."""
    if inside.all():
        return np.ones(inside.shape, np.float32)
    reach = max(1.0, 3 * FEATHER * max(inside.shape))
    distance = cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, 5)
    ramp = np.clip(distance / reach, 0, 1)
    return (ramp * ramp * (3 - 2 * ramp)).astype(np.float32)  # smoothstep


def blend(photo: np.ndarray, painted: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The painted picture inside, the photo outside; where the mask is 0, the photo's very pixels.

    Args:
        photo, painted: (H, W, 3) uint8.
        mask: (h, w) float32 in [0, 1]; brought to the pictures' size.

    Returns:
        (H, W, 3) uint8.
    """
    size = photo.shape[1], photo.shape[0]
    if mask.shape != photo.shape[:2]:
        mask = np.asarray(Image.fromarray(mask).resize(size, Image.Resampling.BOX))
    share = np.clip(mask, 0, 1)[..., None]
    return np.rint(photo + share * (painted.astype(np.float32) - photo)).astype(np.uint8)


def middle_of(mask: np.ndarray, size: Size, times: float) -> np.ndarray:
    """The middle of a mask (h, w), enlarged so many times, at (width, height)."""
    height, width = mask.shape
    x, y = (side * (1 - 1 / times) / 2 for side in (width, height))
    image = Image.fromarray(mask).resize(size, Image.Resampling.BILINEAR, (x, y, width - x, height - y))
    return np.asarray(image)


def _inside(photo: Photo, spec: Any, backbone: Backbone) -> np.ndarray:
    width, height = photo.size
    if isinstance(spec, str):
        box = _BOX.fullmatch(spec)
        if box is not None:
            return _box(tuple(int(number) for number in box.groups()), photo)
        if not _is_file(spec):
            return _detected(photo, spec, backbone)
        return _grey(resize(load(spec).pixels, (width, height)))
    numbers = _numbers(spec)
    if numbers is not None:
        return _box(tuple(map(int, numbers)), photo)
    return _grey(resize(_picture(spec).pixels, (width, height)))


def source(spec: Any) -> Source | None:
    """The picture that a region is made of, as what goes into a recipe; None for a word and a box.

    Raises:
        EyecandyError: it is none of what a region may be.
    """
    if isinstance(spec, str) and not _is_file(spec):
        return None
    return None if _numbers(spec) is not None else Source(_picture(spec), "region")


def _numbers(spec: Any) -> list[float] | None:
    """The four numbers of a box; None for anything else."""
    if isinstance(spec, str) or getattr(spec, "shape", (4,)) != (4,) or not isinstance(spec, Iterable):
        return None
    numbers = [number for number in map(number_of, spec) if number is not None and math.isfinite(number)]
    return numbers if len(numbers) == 4 else None


def _picture(spec: Any) -> Photo:
    """A mask as a picture: white is in."""
    if isinstance(spec, str | os.PathLike | Image.Image):
        return load(spec)
    shape = tuple(getattr(spec, "shape", ()))
    if hasattr(spec, "__array__") and len(shape) == 3 and shape[2] in (3, 4):
        return load(spec)
    if not is_mask(spec):
        raise EyecandyError(
            "expected a region: a word such as 'cat', a mask or its file, found objects, or a box x0,y0,x1,y1; "
            f"got {told(spec)}"
        )
    return load(mask_of(spec).astype(np.uint8) * 255)


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


def _is_file(spec: str) -> bool:
    """Whether text names a mask picture, rather than a word or a box."""
    return _BOX.fullmatch(spec) is None and _FILE.fullmatch(spec) is not None


def _grey(pixels: np.ndarray) -> np.ndarray:
    return pixels.mean(-1) >= 127.5


def _box(box: tuple[int, ...], photo: Photo) -> np.ndarray:
    x0, y0, x1, y1 = box
    inside = np.zeros(photo.pixels.shape[:2], bool)
    inside[max(y0, 0) : max(y1, 0), max(x0, 0) : max(x1, 0)] = True
    return inside


def _detected(photo: Photo, spec: str, backbone: Backbone) -> np.ndarray:
    """The union of the detector's objects of a word."""
    from eyecandy.detection.detect import detect  # here: a box or a mask picture needs no detector

    negated, _, rest = spec.strip().partition(" ")
    inverted = negated.lower() == "not" and bool(rest)
    word = rest.strip() if inverted else spec.strip()
    found = detect(photo.pixels, backbone=backbone).objects
    wanted = [thing for thing in found if word.lower() in (thing.word.lower(), thing.label.lower())]
    if not wanted:
        words = ", ".join(dict.fromkeys(thing.word for thing in found)) or "no object at all"
        raise EyecandyError(f"no {word!r} is found in the picture; found: {words}; give one of these, a mask or a box")
    inside = np.any([thing.mask >= thing.threshold for thing in wanted], axis=0)
    return ~inside if inverted else inside


def _shown(spec: Any) -> str:
    return repr(spec) if isinstance(spec, str) else type(spec).__name__

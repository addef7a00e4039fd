"""Where a recipe may paint: a mask from a word, a mask picture or a box."""

import math
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from PIL import Image

from eyecandy.arguments import number_of, told
from eyecandy.art.core.assignment import inverse_of, is_file_name
from eyecandy.art.core.scales import Size
from eyecandy.art.core.sources import Source
from eyecandy.art.output.masks import is_mask, mask_of
from eyecandy.backbone.model import Backbone
from eyecandy.errors import EyecandyError
from eyecandy.images import Photo, load, resize

FEATHER = 0.01  # of a box's soft edge, a third of its width as a share of the longest side

_BOX = re.compile(r"\s*(-?\d+)\s*,\s*(-?\d+)\s*,\s*(-?\d+)\s*,\s*(-?\d+)\s*")


@dataclass(frozen=True, eq=False)
class Finder:
    """Finds regions of one photo; the detector looks once, however many words are asked for.

    Attributes:
        photo: the photo, or a painting.
        backbone: what the detector looks with.
    """

    photo: Photo
    backbone: Backbone

    def inside(self, spec: Any) -> np.ndarray:
        """The pixels of a region, (H, W) bool, for the same `spec` as of `region`; an EyecandyError likewise."""
        if is_union(spec):
            return np.any([self.inside(one) for one in spec], axis=0)
        whole = inverse_of(spec)
        if whole is not None:
            return ~self.inside(whole)
        box = _box_of(spec)
        if box is not None:
            return _box(box, self.photo)
        if isinstance(spec, str) and not is_file_name(spec):
            return self._detected(spec)
        return self._masked(_picture(spec), spec)

    def soft(self, spec: Any) -> np.ndarray:
        """How far a region reaches over each pixel, (H, W) float32 in [0, 1]: it and its inverse sum to 1.

        Objects and masks end at their edges. A box has no edge in the photo, so it fades there, inward.

        Raises:
            EyecandyError: as `region`.
        """
        whole = inverse_of(spec)
        if whole is not None:
            return 1 - self.soft(whole)
        inside = self.inside(spec)
        return inside.astype(np.float32) if _box_of(spec) is None else feathered(inside)

    @cached_property
    def _objects(self) -> Sequence[Any]:
        from eyecandy.detection.detect import detect  # here: a box or a mask picture needs no detector

        return detect(self.photo.pixels, backbone=self.backbone).objects

    def _detected(self, word: str) -> np.ndarray:
        """The union of the detector's objects of a word."""
        found, wanted = self._objects, word.strip().lower()
        named = [
            thing.mask >= thing.threshold for thing in found if wanted in (thing.word.lower(), thing.label.lower())
        ]
        if not named:
            words = ", ".join(dict.fromkeys(thing.word for thing in found)) or "no object at all"
            raise EyecandyError(
                f"no {word.strip()!r} is found in the picture; found: {words}; give one of these, a mask or a box"
            )
        return np.any(named, axis=0)

    def _masked(self, mask: Photo, spec: Any) -> np.ndarray:
        (width, height), (wide, high) = self.photo.size, mask.size
        # Where a small mask's sides were rounded, they are a pixel off.
        if abs(wide * height - high * width) > max(width, height, 0.02 * wide * height):
            raise EyecandyError(
                f"the mask {_shown(spec)} is {wide} x {high} pixels and the picture {width} x {height}, of another "
                "shape; give a mask of the picture's proportions"
            )
        return _grey(resize(mask.pixels, self.photo.size))


def region(photo: Photo, spec: Any, backbone: Backbone) -> np.ndarray:
    """The mask of a photo's region.

    Args:
        photo: the photo.
        spec: a word of the detector ("cat"), the path of a mask picture (white is in), a mask as numbers or found
            objects, see `mask_of`, or a box of the photo's pixels, "x0,y0,x1,y1" or four numbers. Text after "not "
            means all but that; a list of texts, all of them together.
        backbone: what the detector looks with.

    Returns:
        (H, W) float32 in [0, 1], at the photo's size; outside the region it is 0. See `Finder.soft`.

    Raises:
        EyecandyError: the detector does not find the word (the message says what it found), a mask that cannot be
            read or is of another shape, or a region without a pixel.
    """
    mask = Finder(photo, backbone).soft(spec)
    if not mask.any():
        raise EyecandyError(f"the region {_shown(spec)} holds no pixel of the picture; choose another")
    return mask


def remarks(photo: Photo, masks: Iterable[str]) -> list[str]:
    """What is to be said of mask files, by their paths, before they are used: that they are scaled to the photo."""
    found = []
    for path in masks:
        if not is_file_name(path):
            continue
        (width, height), (wide, high) = load(path).size, photo.size
        if (width, height) != (wide, high):
            found.append(
                f"{path}: the mask is {width} x {height} pixels and the photo {wide} x {high}; it is scaled to fit"
            )
    return found


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
        smaller = size[0] <= mask.shape[1]  # each pixel's share of the region; larger, no steps at its edge
        sampling = Image.Resampling.BOX if smaller else Image.Resampling.BILINEAR
        mask = np.asarray(Image.fromarray(mask).resize(size, sampling))
    share = np.clip(mask, 0, 1)[..., None]
    return np.rint(photo + share * (painted.astype(np.float32) - photo)).astype(np.uint8)


def middle_of(mask: np.ndarray, size: Size, times: float) -> np.ndarray:
    """The middle of a mask (h, w), enlarged so many times, at (width, height)."""
    height, width = mask.shape
    x, y = (side * (1 - 1 / times) / 2 for side in (width, height))
    image = Image.fromarray(mask).resize(size, Image.Resampling.BILINEAR, (x, y, width - x, height - y))
    return np.asarray(image)


def source(spec: Any) -> Source | None:
    """The picture that a region is made of, as what goes into a recipe; None for a word and a box.

    Raises:
        EyecandyError: it is none of what a region may be.
    """
    spec = inverse_of(spec) or spec
    if (isinstance(spec, str) and not is_file_name(spec)) or _box_of(spec) is not None or is_union(spec):
        return None
    return Source(_picture(spec), "region")


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


def is_union(spec: Any) -> bool:
    """Whether it is several texts, each a region of its own."""
    return isinstance(spec, list | tuple) and len(spec) > 0 and all(isinstance(one, str) for one in spec)


def _box_of(spec: Any) -> tuple[int, ...] | None:
    """The corners of a box, x0, y0, x1, y1; None for anything else."""
    if isinstance(spec, str):
        box = _BOX.fullmatch(spec)
        return None if box is None else tuple(int(number) for number in box.groups())
    numbers = _numbers(spec)
    return None if numbers is None else tuple(map(int, numbers))


def _grey(pixels: np.ndarray) -> np.ndarray:
    return pixels.mean(-1) >= 127.5


def _box(box: tuple[int, ...], photo: Photo) -> np.ndarray:
    x0, y0, x1, y1 = box
    inside = np.zeros(photo.pixels.shape[:2], bool)
    inside[max(y0, 0) : max(y1, 0), max(x0, 0) : max(x1, 0)] = True
    return inside


def _shown(spec: Any) -> str:
    return repr(spec) if isinstance(spec, str) else type(spec).__name__

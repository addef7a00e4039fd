"""Truth as pictures: one mask for one photo, or a folder of masks that are called as their photos."""

from pathlib import Path

import numpy as np

from eyecandy.detection.faithfulness.truth.objects import TrueObject, Truth, bounds, other_size
from eyecandy.errors import EyecandyError
from eyecandy.images import load

LIGHT = 128  # of 255: what is at least so light, and not transparent, is in the object


def read_masks(source: Path) -> Truth:
    """The truth that a mask, or a folder of masks, tells. Each mask is one object, white on black."""

    def of(photo: Path, size: tuple[int, int]) -> tuple[TrueObject, ...]:
        path = source if source.is_file() else source / f"{photo.stem}.png"
        if not path.exists():
            raise EyecandyError(f"{str(source)!r} holds no mask of {photo.name!r}; expected {path.name!r}")
        return (_object(read_mask(path), path, size),)

    return Truth(source, of)


def mask_truth(mask: np.ndarray) -> Truth:
    """The truth that a mask (H, W) of True and False, or of numbers that are not 0, tells of any photo of its size."""
    return Truth(Path("the mask given"), lambda _, size: (_object(np.asarray(mask) != 0, "the mask given", size),))


def _object(mask: np.ndarray, source: object, size: tuple[int, int]) -> TrueObject:
    if mask.shape != (size[1], size[0]):
        raise other_size(source, mask.shape[::-1], size)
    if not mask.any():
        raise EyecandyError(f"the truth in {str(source)!r} is empty; expected a mask with the object in white")
    return TrueObject(None, None, bounds(mask), mask)


def read_mask(path: Path) -> np.ndarray:
    """(H, W) bool, where a picture is light."""
    picture = load(path)
    light = picture.pixels.mean(-1) >= LIGHT
    return light if picture.alpha is None else light & (picture.alpha >= LIGHT)

"""Masks as arrays: normalised, brought to another size, and kept small until somebody asks for them large."""

from collections.abc import Iterator, Sequence
from typing import Any, overload

import cv2
import numpy as np


def normalise(masks: np.ndarray) -> np.ndarray:
    """Each of (..., H, W) non-negative masks divided by its own maximum; an empty one stays zeros.

    >>> normalise(np.array([[[0.0, 2.0]], [[0.0, 0.0]]])).tolist()
    [[[0.0, 1.0]], [[0.0, 0.0]]]
    """
    top = masks.max((-2, -1), keepdims=True)
    # "where" leaves the zeros of `out` in place, so that an empty mask gives no NaN.
    return np.divide(masks, top, out=np.zeros_like(masks, np.float32), where=top > 0)


def read_only(array: np.ndarray) -> np.ndarray:
    """A view that cannot be written to: the memory may be that of a result."""
    view = array.view()
    view.flags.writeable = False
    return view


def resize_mask(mask: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """One (h, w) float mask at (width, height): bilinear when it grows, averaged when it shrinks."""
    if mask.shape == (size[1], size[0]):
        return mask
    shrinks = size[0] < mask.shape[1] and size[1] < mask.shape[0]
    return cv2.resize(mask, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)


def resize_masks(masks: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """(K, h, w) masks at (width, height): (K, height, width)."""
    if masks.shape[1:] == (size[1], size[0]):
        return masks
    out = np.empty((len(masks), size[1], size[0]), np.float32)
    for resized, mask in zip(out, masks, strict=True):
        resized[:] = resize_mask(mask, size)
    return out


class MaskStack(Sequence[np.ndarray]):
    """K masks at a photo's own size, made one at a time when they are asked for.

    Twenty masks of a 100-megapixel photo would fill eight gigabytes; a network sees them at a fraction of that. The
    stack keeps what the network saw (`small`) and gives `stack[i]` as (H, W), `numpy.asarray(stack)` as (K, H, W).
    What it gives without copying is read-only: nobody writes into a result by accident.
    """

    def __init__(self, small: np.ndarray, size: tuple[int, int]) -> None:
        self.small = read_only(small)
        self.size = size

    @property
    def shape(self) -> tuple[int, int, int]:
        """(K, H, W)."""
        return len(self.small), self.size[1], self.size[0]

    @property
    def ndim(self) -> int:
        return 3

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.small.dtype

    def __len__(self) -> int:
        return len(self.small)

    @overload
    def __getitem__(self, index: int) -> np.ndarray: ...
    @overload
    def __getitem__(self, index: slice) -> "MaskStack": ...
    def __getitem__(self, index: int | slice) -> "np.ndarray | MaskStack":
        if isinstance(index, slice):
            return MaskStack(self.small[index], self.size)
        return read_only(resize_mask(self.small[index], self.size))

    def __iter__(self) -> Iterator[np.ndarray]:
        return (read_only(resize_mask(mask, self.size)) for mask in self.small)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return resize_masks(self.small, self.size).astype(dtype or self.dtype, copy=bool(copy))

    def __repr__(self) -> str:
        return f"MaskStack(shape={self.shape}, dtype={self.dtype})"

"""Masks carried along by the motion from one frame to the next."""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np


@dataclass(frozen=True, eq=False)
class Motion:
    """What moved from the last frame to this one.

    Attributes:
        flow: (h, w, 2) float32: the pixel (x, y) of this frame was at (x, y) + flow[y, x] in the last, in pixels.
        known: (h, w) bool: where that is known; False of what was hidden or outside, and has just come into view.
    """

    flow: np.ndarray
    known: np.ndarray

    def carry(self, mask: np.ndarray) -> np.ndarray:
        """A mask of the last frame, (h, w) float32, where it is in this one; 0 of what has just come into view."""
        moved = cv2.remap(mask, self._places, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
        return np.where(self.known, moved, np.float32(0))

    def of(self, inside: np.ndarray) -> np.ndarray:
        """How far what is inside a mask, (h, w) bool of this frame, has come: the median (dx, dy), in pixels.

        That of the whole frame, `overall`, where nothing of it is known.
        """
        inside = inside & self.known
        return -np.median(self.flow[inside], 0) if inside.any() else self.overall

    @cached_property
    def overall(self) -> np.ndarray:
        """How far most of the frame has come: (dx, dy), which is what the camera does."""
        flow = self.flow[self.known] if self.known.any() else self.flow.reshape(-1, 2)
        return -np.median(flow, 0)

    @cached_property
    def _places(self) -> np.ndarray:
        height, width = self.flow.shape[:2]
        grid = np.stack(np.meshgrid(np.arange(width), np.arange(height)), -1)
        return (grid + self.flow).astype(np.float32)


def shifted(mask: np.ndarray, by: np.ndarray) -> np.ndarray:
    """A mask (h, w) float32 moved by (dx, dy) pixels; what comes in at the sides is 0."""
    matrix = np.array([[1, 0, by[0]], [0, 1, by[1]]], np.float64)
    return cv2.warpAffine(mask, matrix, mask.shape[::-1], flags=cv2.INTER_LINEAR)

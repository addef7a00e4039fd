"""Masks as outlines, in the words of an SVG path."""

from typing import cast

import cv2
import numpy as np
from contourpy import contour_generator

TOLERANCE = 0.35  # mask pixels that a point of an outline may be off its place
LEAST_AREA = 6.0  # mask pixels: what is smaller cannot be hit with a pointer


def outline(mask: np.ndarray, threshold: float) -> str:
    """The border of where a soft mask is at least its threshold, between pixels, not on them.

    Args:
        mask: (h, w) float in [0, 1].
        threshold: in (0, 1).

    Returns:
        The "d" of an SVG path in the mask's pixels, with its origin in the mask's top left corner; holes are paths of
        their own, so it is to be filled by the rule "evenodd". Empty where the mask stays below the threshold.

    >>> outline(np.pad(np.ones((4, 4), np.float32), 2), 0.5)
    'M2 2.5L2.5 2L5.5 2L6 2.5L6 5.5L5.5 6L2.5 6L2 5.5Z'
    """
    # The edge goes on for a pixel, then a frame of zeros closes what runs along it; clipping leads it back.
    framed = np.pad(np.pad(mask, 1, "edge"), 1)
    lines = cast("list[np.ndarray]", contour_generator(z=framed, line_type="Separate").lines(threshold))
    height, width = mask.shape
    paths = []
    for line in lines:
        points = np.clip(line - 1.5, 0, (width, height)).astype(np.float32)
        if cv2.contourArea(points) >= LEAST_AREA:
            paths.append(_path(cv2.approxPolyDP(points[:-1, None], TOLERANCE, closed=True)[:, 0]))
    return "".join(sorted(paths, key=len, reverse=True))


def _path(points: np.ndarray) -> str:
    return "M" + "L".join(f"{_short(x)} {_short(y)}" for x, y in points) + "Z"


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")

"""A mask painted over: strokes of a brush, and clicks that GrabCut goes on from."""

import math
from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np

from eyecandy.detection.find.seeds import seeded
from eyecandy.errors import EyecandyError

MOST_POINTS = 20_000
_SHIFT = 3  # cv2 takes places in eighths of a pixel


def painted(pixels: np.ndarray, inside: np.ndarray, stroke: Mapping[str, Any]) -> np.ndarray:
    """A mask after a stroke.

    Args:
        pixels: (H, W, 3) uint8, the photo.
        inside: (H, W) bool.
        stroke: "belongs", whether it adds or takes away; "points", [[x, y], ...] in the photo's pixels; and "radius"
            in pixels, without which it is a click, of one point, see `seeds.seeded`.

    Returns:
        (H, W) bool.

    Raises:
        EyecandyError: it is no stroke.
    """
    points, belongs = stroke.get("points"), stroke.get("belongs")
    if not isinstance(belongs, bool) or not isinstance(points, list) or not 1 <= len(points) <= MOST_POINTS:
        raise EyecandyError('a stroke has "points", [[x, y], ...], and "belongs", true or false')
    places = np.array([_place(point) for point in points])
    if "radius" not in stroke:
        x, y = places[0]
        height, width = inside.shape
        if not (0 <= x < width and 0 <= y < height):
            raise EyecandyError(f"the click at {x:g}, {y:g} lies outside the photo of {width} x {height} pixels")
        return seeded(pixels, inside, (float(x), float(y)), belongs)
    radius = _number(stroke["radius"])
    if not 0 < radius <= max(inside.shape):
        raise EyecandyError(f"a brush has a radius of up to {max(inside.shape)} pixels, got {radius:g}")
    return _brushed(inside, places, radius, belongs)


def as_png(inside: np.ndarray) -> bytes:
    """A mask (H, W) bool as PNG: 255 inside, 0 outside."""
    return cv2.imencode(".png", np.where(inside, np.uint8(255), np.uint8(0)))[1].tobytes()


def _brushed(inside: np.ndarray, places: np.ndarray, radius: float, belongs: bool) -> np.ndarray:
    """Discs along a line: what is nearer to it than the radius."""
    canvas = np.zeros(inside.shape, np.uint8)
    size = np.array(inside.shape[::-1])
    # cv2 counts from the middle of a pixel; far outside nothing is painted, and its whole numbers have an end
    spots = np.rint((np.clip(places, -size, 2 * size) - 0.5) * (1 << _SHIFT)).astype(np.int32)
    reach = max(0.0, radius - 0.5)  # cv2 fills every pixel that is touched
    for spot in spots:
        cv2.circle(canvas, spot.tolist(), round(reach * (1 << _SHIFT)), 1, cv2.FILLED, shift=_SHIFT)
    if len(spots) > 1:
        cv2.polylines(canvas, [spots[:, None]], False, 1, max(1, round(2 * reach)), shift=_SHIFT)
    return np.where(canvas > 0, belongs, inside)


def _place(point: object) -> tuple[float, float]:
    if not isinstance(point, list) or len(point) != 2:
        raise EyecandyError(f"a point of a stroke is [x, y], got {str(point)[:40]}")
    return _number(point[0]), _number(point[1])


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise EyecandyError(f"a stroke is made of numbers, got {str(value)[:40]!r}")
    return float(value)

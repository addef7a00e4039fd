"""Pictures small enough for a page."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

from eyecandy.detection.arrays import resize_mask
from eyecandy.detection.result import DetectedObject

COLOURS = ((255, 138, 31), (41, 182, 246), (124, 219, 74), (236, 87, 166), (255, 214, 51), (150, 117, 255))
"""Of the objects of a photo, one after the other, and from the beginning again: told apart by most eyes."""
_WASH = 0.4  # of an object's colour, on its pixels


@dataclass(frozen=True)
class Figure:
    """A picture of a page.

    Attributes:
        address: of the picture, or the picture itself as a data URL.
        width, height: in pixels.
        title, note: what stands below it.
    """

    address: str
    width: int
    height: int
    title: str
    note: str = ""


def figure(pixels: np.ndarray, title: str, note: str = "", *, quality: int) -> Figure:
    """A picture (h, w, 3) uint8 inside the page itself."""
    encoded = base64.b64encode(webp(pixels, quality)).decode("ascii")
    return Figure(f"data:image/webp;base64,{encoded}", pixels.shape[1], pixels.shape[0], title, note)


def webp(pixels: np.ndarray, quality: int) -> bytes:
    """A picture (h, w, 3) uint8 as WebP, of quality 0 to 100."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "WEBP", quality=quality, method=4)
    return buffer.getvalue()


def masked(pixels: np.ndarray, objects: Sequence[DetectedObject]) -> np.ndarray:
    """A picture (h, w, 3) uint8 of a photo, at any size, with its objects in colours, each with a line around it."""
    height, width = pixels.shape[:2]
    drawn = pixels.copy()
    for number, item in reversed(list(enumerate(objects))):  # the best one on top
        colour = np.array(COLOURS[number % len(COLOURS)])
        inside = resize_mask(item.small_mask, (width, height)) >= item.threshold
        drawn[inside] = np.rint((1 - _WASH) * drawn[inside] + _WASH * colour)
        within = cv2.erode(inside.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=0)
        drawn[inside & (within == 0)] = colour
    return drawn

"""The two sides of an eigen-mask in words and colours: what each was classified as, and what became of it."""

import cv2
import numpy as np

from eyecandy._matplotlib import colormaps
from eyecandy.detection.arrays import normalise, resize_mask
from eyecandy.detection.result import EigenPart, Result

GRAIN = 0.012  # of a panel's longest side: class masks are drawn without the grain of gradients
SIGNS = {1: "+", -1: "−"}
COLOURS = {1: "red", -1: "blue"}
NOTHING = "nothing on this side"


def side(found: Result, index: int, sign: int) -> EigenPart | None:
    """One side of an eigen-mask; None where nothing is on it, as in parts that only add up."""
    return next((each for each in found.eigenparts if (each.component, each.sign) == (index, sign)), None)


def name(index: int, sign: int) -> str:
    """What a side is called: "1 +"."""
    return f"{index + 1} {SIGNS[sign]}"


def said(found: Result, part: EigenPart | None) -> str:
    """What became of a side: "dog: object 1", or "dog: objects 1, 2" where it shows several of them."""
    if part is None:
        return NOTHING
    several = [str(number) for number, item in enumerate(found.objects, 1) if item.word == part.word]
    if part.object is not None and len(several) > 1:
        return f"{part.word}: objects {', '.join(several)}"
    return part.said


def classes(part: EigenPart, count: int) -> list[str]:
    """What a side was classified as, likeliest first: ["German shepherd 0.98", "malinois 0.01"]."""
    return [f"{seen.label} {seen.probability:.2f}" for seen in part.top[:count]]


def heat(grey: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """A mask in [0, 1], at any size, as heat on a picture (h, w, 3) uint8 of the photo in grey."""
    height, width = grey.shape[:2]
    smooth = cv2.GaussianBlur(resize_mask(mask, (width, height)), (0, 0), max(0.5, GRAIN * max(width, height)))
    value = np.sqrt(normalise(smooth))
    colour = 255 * colormaps["inferno"](value)[..., :3]
    alpha = value[..., None]
    return np.rint((1 - alpha) * 0.3 * grey + alpha * colour).astype(np.uint8)


def diverging(grey: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """A signed mask in [-1, 1] likewise: + is red, - is blue."""
    height, width = grey.shape[:2]
    value = np.clip(resize_mask(mask, (width, height)), -1, 1)[..., None]
    colour = 255 * colormaps["RdBu_r"](0.5 + 0.5 * value[..., 0])[..., :3]
    alpha = 0.3 + 0.6 * np.sqrt(np.abs(value))  # the photo shows where the mask says nothing
    return np.rint((1 - alpha) * (0.6 * grey + 95) + alpha * colour).astype(np.uint8)


def one_side(grey: np.ndarray, found: Result, index: int, sign: int) -> np.ndarray:
    """One side of an eigen-mask in its colour; nothing is coloured where nothing is on it."""
    part = side(found, index, sign)
    return diverging(grey, np.zeros(grey.shape[:2], np.float32) if part is None else sign * part.small_mask)

"""Shown alone: each thing's box as a picture of its own. What is not known again is clutter, or several things."""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from scipy.ndimage import label

from eyecandy.backbone.model import Backbone
from eyecandy.backbone.scores import probabilities
from eyecandy.detection.find.logits import DenseLogits
from eyecandy.detection.find.masks import SMALLEST, Thing, bounds

SIDE = 256  # pixels: about the size of the pictures that ImageNet's networks learn from
LEAST = 48  # pixels of the photo that a box is shown with at least: less is no picture
BATCH = 16
KNOWN = 0.5  # how far the word is above chance when shown alone; less is clutter


def known_alone(
    things: Sequence[Thing], photo: np.ndarray, logits: DenseLogits, backbone: Backbone
) -> list[tuple[Thing, np.ndarray]]:
    """The things that are known again when shown alone, each with its class probabilities (C,).

    One box around two elephants in two corners shows what lies between them: a thing that is not known as a whole and
    is in several pieces may be known by its pieces.

    Args:
        things: with their pixels.
        photo: (H, W, 3) uint8, at its own size.
        logits: of the photo.
        backbone: the network.
    """
    known, unknown = _told(things, photo, logits, backbone)
    pieces, _ = _told([piece for thing in unknown for piece in _apart(thing)], photo, logits, backbone)
    return known + pieces


def _told(
    things: Sequence[Thing], photo: np.ndarray, logits: DenseLogits, backbone: Backbone
) -> tuple[list[tuple[Thing, np.ndarray]], list[Thing]]:
    """The things that are known alone, with their class probabilities, and those that are not."""
    size = (photo.shape[1], photo.shape[0])
    seen = show_alone(photo, [bounds(thing.inside, size) for thing in things], backbone)
    words = [thing.instance.region.word for thing in things]
    sure = logits.words_above_chance(seen)[np.arange(len(things)), words] >= KNOWN
    known = [(thing, each) for thing, each, is_sure in zip(things, seen, sure, strict=True) if is_sure]
    return known, [thing for thing, is_sure in zip(things, sure, strict=True) if not is_sure]


def _apart(thing: Thing) -> list[Thing]:
    """The connected pieces of a thing, the largest first; none of a thing in one piece."""
    parts, count = label(thing.inside)
    if count < 2:
        return []
    pieces = sorted((parts == number for number in range(1, count + 1)), key=lambda piece: -piece.sum())
    return [replace(thing, inside=piece) for piece in pieces if piece.mean() >= SMALLEST]


def show_alone(pixels: np.ndarray, boxes: Sequence[tuple[int, int, int, int]], backbone: Backbone) -> np.ndarray:
    """What a network calls each box of a photo when it is all that it sees.

    Args:
        pixels: (H, W, 3) uint8, the photo at its own size.
        boxes: K boxes (x0, y0, x1, y1) in its pixels. Each is widened to a square as far as the photo goes.
        backbone: the network.

    Returns:
        (K, C) class probabilities.
    """
    side = max(SIDE, backbone.minimum)
    crops = [cv2.resize(crop, (side, side), interpolation=_way(crop, side)) for crop in _squares(pixels, boxes)]
    maps = [
        backbone.class_map(np.stack(crops[i : i + BATCH]).astype(np.float32)).mean((1, 2))
        for i in range(0, len(crops), BATCH)
    ]
    if not maps:
        return np.zeros((0, len(backbone.labels)), np.float32)
    return probabilities(np.concatenate(maps), backbone.scores)


def _squares(pixels: np.ndarray, boxes: Sequence[tuple[int, int, int, int]]) -> list[np.ndarray]:
    crops = []
    for x0, y0, x1, y1 in boxes:
        half = max(x1 - x0, y1 - y0, LEAST) / 2
        across, down = (x0 + x1) / 2, (y0 + y1) / 2
        top, left = int(max(0, down - half)), int(max(0, across - half))
        crops.append(pixels[top : int(np.ceil(down + half)), left : int(np.ceil(across + half))])
    return crops


def _way(crop: np.ndarray, side: int) -> int:
    return cv2.INTER_AREA if min(crop.shape[:2]) > side else cv2.INTER_CUBIC

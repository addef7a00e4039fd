"""Shown alone: each thing's box as a picture of its own. What is not known again is clutter."""

from collections.abc import Sequence

import cv2
import numpy as np

from eyecandy.backbone.model import Backbone
from eyecandy.backbone.scores import probabilities

SIDE = 256  # pixels: about the size of the pictures that ImageNet's networks learn from
LEAST = 48  # pixels of the photo that a box is shown with at least: less is no picture
BATCH = 16


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

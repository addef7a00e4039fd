"""Where the pixels of a frame were in the frame before: optical flow, what it cannot know, and where the scene is cut.

Sources: T. Kroeger et al., "Fast Optical Flow using Dense Inverse Search" (ECCV 2016), as OpenCV has it; the check of
one direction against the other, and of edges of motion, of N. Sundaram et al., "Dense Point Trajectories by
GPU-Accelerated Large Displacement Optical Flow" (ECCV 2010).
"""

from dataclasses import dataclass

import numpy as np

SIDE = 640
"""Pixels of the longest side at which flow is computed; larger frames have theirs enlarged."""
_ROUND_TRIP = 0.01, 0.5  # squared: of the squared lengths, and in pixels
_EDGE = 0.01, 0.002
_BINS = 8  # a channel, of the histograms
_LOST, _CHANGED = 0.7, 0.2  # shares of the pixels and of the colours, from which a scene is another


@dataclass(frozen=True, eq=False)
class Flow:
    """How to make a frame of the one before.

    Attributes:
        back: (H, W, 2) float32: from where a pixel is in this frame to where it was before, in pixels, x first.
        known: (H, W) bool: whether it was to be seen there, as far as the flow can tell.
    """

    back: np.ndarray
    known: np.ndarray


def flow(before: np.ndarray, after: np.ndarray) -> Flow:
    """The flow from one frame back to the one before, checked against the way forth.

    Args:
        before, after: (H, W, 3) uint8, of one size.
    """
    import cv2

    height, width = after.shape[:2]
    times = min(1.0, SIDE / max(height, width))
    small = max(16, round(width * times)), max(16, round(height * times))
    first, second = (
        cv2.resize(cv2.cvtColor(each, cv2.COLOR_RGB2GRAY), small, interpolation=cv2.INTER_AREA)
        for each in (before, after)
    )
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    back = search.calc(second, first, None)
    forth = search.calc(first, second, None)
    known = consistent(back, forth)
    if small != (width, height):
        back = cv2.resize(back, (width, height), interpolation=cv2.INTER_LINEAR)
        back *= np.array([width / small[0], height / small[1]], np.float32)
        known = cv2.resize(known.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST) > 0
    return Flow(back, known)


def consistent(back: np.ndarray, forth: np.ndarray) -> np.ndarray:
    """(H, W) bool: where the way back and forth again ends near its beginning, inside, and off the edges of motion.

    Args:
        back: (H, W, 2) float32, from this frame to the one before.
        forth: (H, W, 2) float32, from the one before to this.
    """
    import cv2

    height, width = back.shape[:2]
    x, y = _places(back)
    returned = cv2.remap(forth, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    inside = (x >= -0.5) & (x <= width - 0.5) & (y >= -0.5) & (y <= height - 0.5)
    lengths = (back**2).sum(-1) + (returned**2).sum(-1)
    met = ((back + returned) ** 2).sum(-1) <= _ROUND_TRIP[0] * lengths + _ROUND_TRIP[1]
    steep = sum((np.gradient(back[..., channel], axis=axis) ** 2 for channel in (0, 1) for axis in (0, 1)), np.zeros(1))
    smooth = steep <= _EDGE[0] * (back**2).sum(-1) + _EDGE[1]
    found: np.ndarray = inside & met & smooth
    return found


def warp(picture: np.ndarray, back: np.ndarray, *, nearest: bool = False) -> np.ndarray:
    """A picture of the frame before, or a mask, or numbers, as it lies in this frame.

    Args:
        picture: (H, W) or (H, W, C), uint8, float32 or bool.
        back: (H, W, 2), see `Flow`.
        nearest: whether values are taken as they are, as of labels; else by Lanczos' filter, which keeps detail.

    Returns:
        In the shape and type of the picture. What comes from outside has the value of the nearest pixel.
    """
    import cv2

    truths = picture.dtype == np.bool_
    values = picture.astype(np.float32) if truths else picture
    how = cv2.INTER_NEAREST if nearest else cv2.INTER_LANCZOS4
    moved = cv2.remap(values, *_places(back), how, borderMode=cv2.BORDER_REPLICATE)
    return moved > 0.5 if truths else moved


def is_cut(before: np.ndarray, after: np.ndarray, found: Flow) -> bool:
    """Whether another scene begins: most of its pixels were not there before, and its colours are others.

    Args:
        before, after: (H, W, 3) uint8.
        found: the flow between them.
    """
    return bool(lost(found) > _LOST and colour_change(before, after) > _CHANGED)


def lost(found: Flow) -> float:
    """The share of pixels, 0..1, that were not to be seen in the frame before."""
    return float(1 - found.known.mean())


def colour_change(before: np.ndarray, after: np.ndarray) -> float:
    """The share of the pixels, 0..1, by which the colour histograms of two pictures (H, W, 3) uint8 differ."""
    import cv2

    ranges = [0, 256] * 3
    first, second = (
        cv2.calcHist([each], [0, 1, 2], None, [_BINS] * 3, ranges) / (each.shape[0] * each.shape[1])
        for each in (before, after)
    )
    return float(np.abs(first - second).sum() / 2)


def _places(back: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    height, width = back.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return x + back[..., 0], y + back[..., 1]

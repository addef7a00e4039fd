"""Masks carried along by the motion from one frame to the next."""

import cv2
import numpy as np

from eyecandy.clips.flow import Flow, warp

EDGE = 3  # pixels beside what flow does not know, where it is not to be trusted either
_POINTS = 400  # of a thing that its motion is fitted to: more take longer and say the same
_FEWEST = 20
_STRAY = 1.0  # pixels off the fit, from which a point is left out of it


def carry(mask: np.ndarray, flow: Flow) -> np.ndarray:
    """A mask of the last frame as it lies in this one.

    Each pixel follows the flow. At the edges of what moves the flow knows nothing, and those are the edges of masks:
    there the thing moves on as one piece, by the turn, scale and shift that fit the rest of it best.

    Args:
        mask: (h, w) float32 in [0, 1].
        flow: from this frame back to the last.

    Returns:
        (h, w) float32 in [0, 1].
    """
    by_flow = np.clip(warp(mask, flow.back), 0, 1)
    sure = cv2.erode(flow.known.view(np.uint8), np.ones((2 * EDGE + 1, 2 * EDGE + 1), np.uint8)) > 0
    core = cv2.erode(((by_flow >= 0.5) & sure).view(np.uint8), np.ones((3, 3), np.uint8)) > 0
    matrix = _fitted(core, flow.back)
    if matrix is None:
        return by_flow
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    as_one = cv2.warpAffine(mask, matrix, mask.shape[::-1], flags=how, borderMode=cv2.BORDER_REPLICATE)
    return np.where(sure, by_flow, as_one)


def way(inside: np.ndarray, flow: Flow) -> np.ndarray:
    """How far what is inside a mask, (h, w) bool of this frame, has come: the median (dx, dy), in pixels.

    That of the whole frame, which is what the camera does, where nothing of it is known.
    """
    inside = inside & flow.known
    return -np.median(flow.back[inside] if inside.any() else flow.back.reshape(-1, 2), 0)


def shifted(mask: np.ndarray, by: np.ndarray) -> np.ndarray:
    """A mask (h, w) float32 moved by (dx, dy) pixels; what comes in at the sides is 0."""
    matrix = np.array([[1, 0, by[0]], [0, 1, by[1]]], np.float64)
    return cv2.warpAffine(mask, matrix, mask.shape[::-1], flags=cv2.INTER_LINEAR)


def _fitted(core: np.ndarray, back: np.ndarray) -> np.ndarray | None:
    """The similarity (2, 3) that takes the pixels of a thing to where they were; None where too few are known."""
    rows, columns = np.nonzero(core)
    if len(rows) < _FEWEST:
        return None
    step = max(1, len(rows) // _POINTS)
    rows, columns = rows[::step], columns[::step]
    here = np.stack([columns, rows], -1).astype(np.float32)
    there = here + back[rows, columns]
    matrix, _ = cv2.estimateAffinePartial2D(here, there, method=cv2.RANSAC, ransacReprojThreshold=_STRAY)
    return matrix

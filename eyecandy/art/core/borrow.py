"""What came into sight, painted as what looks alike beside it."""

import cv2
import numpy as np

_AWAY = (0.02, 0.04, 0.08, 0.14, 0.22, 0.32)  # of the longest side: how far one looks around
_DIRECTIONS = 12
_PATCH = 9  # pixels a side that are compared
_BESIDE = 4.0  # grey levels that the farthest place has to be more alike than the nearest
_ALIKE = 2.5  # grey levels of difference by which a place counts e times less
_NOTHING = np.float32(1e-12)  # what the frame itself counts


def borrowed(painted: np.ndarray, frame: np.ndarray, known: np.ndarray) -> np.ndarray:
    """A painted picture whose unknown places are mixed of others, where the frame looks as it does there.

    Args:
        painted: (H, W, 3) float32, of which only what is known counts.
        frame: (H, W, 3) uint8, what is painted.
        known: (H, W) bool.

    Returns:
        (H, W, 3) float32; the frame itself where nothing known is in reach.
    """
    if known.all():
        return painted
    height, width = known.shape
    shown = frame.astype(np.float32)
    mixed, weights = shown * _NOTHING, np.full((height, width, 1), _NOTHING, np.float32)
    for away in _AWAY:
        for turn in 2 * np.pi * np.arange(_DIRECTIONS) / _DIRECTIONS:
            x, y = (round(float(max(height, width) * away * part)) for part in (np.cos(turn), np.sin(turn)))
            here, there = _overlap(height, width, x, y)
            apart = np.abs(shown[here] - shown[there]).mean(-1)
            cost = cv2.blur(apart, (_PATCH, _PATCH)) + _BESIDE * away / _AWAY[-1]
            weight = np.where(known[there] & ~known[here], np.exp(-cost / _ALIKE), 0)[..., None]
            mixed[here] += weight * painted[there]
            weights[here] += weight
    return np.where(known[..., None], painted, mixed / weights)


def _overlap(height: int, width: int, x: int, y: int) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Where a picture lies over itself when it is shifted: here, and (x, y) from here."""
    rows, columns = slice(max(0, -y), height - max(0, y)), slice(max(0, -x), width - max(0, x))
    there = slice(rows.start + y, rows.stop + y), slice(columns.start + x, columns.stop + x)
    return (rows, columns), there

"""Fine detail of a picture that was moved: what resampling takes is given back, place by place."""

import cv2
import numpy as np

from eyecandy.clips import warp

_FINE, _AROUND = 1.0, 3.0  # standard deviations in pixels: of what is fine, and of what counts as one place
_LEAST, _MOST = 0.8, 1.6  # times that detail is taken


def moved_with_detail(picture: np.ndarray, back: np.ndarray) -> np.ndarray:
    """A picture as it lies after a motion, with as much fine detail everywhere as there was.

    A picture resampled at every frame would soften. Raising its frequencies as a whole would not do: what stood still
    lost nothing, and would grow from frame to frame.

    Args:
        picture: (H, W, 3) uint8.
        back: (H, W, 2), see `eyecandy.clips.Flow`.

    Returns:
        (H, W, 3) float32 in 0..255.
    """
    before = picture.astype(np.float32)
    moved = warp(before, back)
    fine = moved - _blurred(moved, _FINE)
    had = warp(_energy(before - _blurred(before, _FINE)), back)
    gain = np.sqrt(np.maximum(had, 0) / np.maximum(_energy(fine), 1e-3))
    return np.clip(moved + (np.clip(gain, _LEAST, _MOST) - 1)[..., None] * fine, 0, 255)


def _energy(fine: np.ndarray) -> np.ndarray:
    return _blurred((fine**2).sum(-1), _AROUND)


def _blurred(picture: np.ndarray, deviation: float) -> np.ndarray:
    found: np.ndarray = cv2.GaussianBlur(picture, (0, 0), deviation, borderType=cv2.BORDER_REFLECT)
    return found

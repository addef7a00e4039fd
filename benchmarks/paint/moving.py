"""Clips made of photographs by known motion, so that the place of every thing in every frame is known.

A clip is a ground and things on it, each a picture under an affine motion; a camera looks at them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

SIZE = (640, 360)
SAMPLES = Path(__file__).resolve().parents[2] / "samples"
Place = Callable[[float], tuple[float, float, float]]
"""Where something is at a time in [0, 1]: (x, y) of its middle in pixels, and how much it is enlarged."""


@dataclass(frozen=True)
class Thing:
    """A cut-out, (h, w, 4) uint8, and its place on the ground. The name is that of its truth."""

    name: str
    picture: np.ndarray
    place: Place


@dataclass(frozen=True)
class Clip:
    """A ground (h, w, 3) uint8, the true masks (h, w) bool of what it shows, things on it, and a camera.

    The camera's place is the point of the ground that it looks at, and how much it enlarges.
    """

    ground: np.ndarray
    truth: dict[str, np.ndarray]
    camera: Place
    things: tuple[Thing, ...] = ()

    def frames(self, count: int) -> Iterator[tuple[np.ndarray, dict[str, np.ndarray]]]:
        """Each frame, (h, w, 3) uint8, with the true mask of each thing, as far as it is to be seen."""
        for number in range(count):
            yield self.frame(number / max(1, count - 1))

    def frame(self, time: float) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        x, y, times = self.camera(time)
        view = np.array([[times, 0, SIZE[0] / 2 - times * x], [0, times, SIZE[1] / 2 - times * y], [0, 0, 1]])
        picture = _warped(self.ground, view, cv2.BORDER_REFLECT_101).astype(np.float32)
        truth = {name: _warped(mask.astype(np.float32), view) >= 0.5 for name, mask in self.truth.items()}
        for thing in self.things:
            tx, ty, larger = thing.place(time)
            height, width = thing.picture.shape[:2]
            own = np.array([[larger, 0, tx - larger * width / 2], [0, larger, ty - larger * height / 2], [0, 0, 1]])
            shown = _warped(_premultiplied(thing.picture), view @ own)
            opacity = shown[..., 3:]
            picture = picture * (1 - opacity) + shown[..., :3]
            inside = opacity[..., 0] >= 0.5
            truth = {name: mask & ~inside for name, mask in truth.items()}
            truth[thing.name] = inside
        return np.clip(np.rint(picture), 0, 255).astype(np.uint8), truth


def line(start: tuple[float, float, float], end: tuple[float, float, float]) -> Place:
    """Even motion from one place to another."""
    return lambda time: tuple((np.array(start) + time * (np.array(end) - np.array(start))).tolist())  # type: ignore[return-value]


def photo(name: str, width: int) -> np.ndarray:
    """A sample at a width in pixels, (h, w, 3) uint8."""
    with Image.open(SAMPLES / f"{name}.jpg") as image:
        height = round(image.height * width / image.width)
        return np.asarray(image.convert("RGB").resize((width, height), Image.Resampling.LANCZOS))


def cut_out(pixels: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """What a photo (h, w, 3) shows where a mask (h, w) in [0, 1] is, cropped to it, (h', w', 4) uint8."""
    rows, columns = np.flatnonzero((mask >= 0.5).any(1)), np.flatnonzero((mask >= 0.5).any(0))
    box = np.s_[max(0, rows[0] - 2) : rows[-1] + 3, max(0, columns[0] - 2) : columns[-1] + 3]
    opacity = np.rint(255 * np.clip(cv2.GaussianBlur(mask, (0, 0), 0.7), 0, 1)).astype(np.uint8)
    return np.dstack([pixels, opacity])[box]


def _premultiplied(picture: np.ndarray) -> np.ndarray:
    opacity = picture[..., 3:].astype(np.float32) / 255
    return np.concatenate([picture[..., :3] * opacity, opacity], -1)


def _warped(picture: np.ndarray, matrix: np.ndarray, border: int = cv2.BORDER_CONSTANT) -> np.ndarray:
    shrinks = matrix[0, 0] < 0.75
    if shrinks:  # no aliasing
        picture = cv2.GaussianBlur(picture, (0, 0), 0.4 / matrix[0, 0])
    return cv2.warpAffine(picture, matrix[:2], SIZE, flags=cv2.INTER_LINEAR, borderMode=border)

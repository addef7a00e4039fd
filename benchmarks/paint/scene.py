"""A film made of photos by known motion, so that the true flow is known: a pan, a zoom, and a cut-out that moves."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from eyecandy.images import load

SAMPLES = Path(__file__).parents[2] / "samples"
RATE = 25


@dataclass(frozen=True, eq=False)
class Scene:
    """A film of 3 seconds, of which any frames can be had.

    Attributes:
        size: (width, height) in pixels.
        ground: the photo behind, (H, W, 3).
        thing: the photo that the cut-out is of.
    """

    size: tuple[int, int]
    ground: np.ndarray
    thing: np.ndarray

    @classmethod
    def of(cls, size: tuple[int, int] = (640, 360), ground: str = "china", thing: str = "koala") -> "Scene":
        """Of two of the samples, enlarged to leave room for the camera."""
        return cls(size, _covering(ground, size, 1.5), _covering(thing, size, 1.0))

    def frame(self, number: int) -> np.ndarray:
        """A frame, (H, W, 3) uint8."""
        ground = _seen(self.ground, self._camera(number), self.size)
        thing = _seen(self.thing, self._placing(number), self.size)
        inside = _smooth(self._inside(number))[..., None]
        return np.rint(inside * thing + (1 - inside) * ground).astype(np.uint8)

    def back(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """The true flow from a frame to the one before, (H, W, 2), and where what is seen was seen there, (H, W)."""
        here = self._grid
        ground = _through(self._camera(number), self._camera(number - 1), here)
        thing = _through(self._placing(number), self._placing(number - 1), here)
        inside = self._inside(number)
        at = np.where(inside[..., None], thing, ground)
        was_inside = cv2.remap(
            self._inside(number - 1).astype(np.float32), at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderValue=-9
        )
        seen = np.where(inside, was_inside > 0.99, np.abs(was_inside) < 0.01)
        whole, around = inside.astype(np.uint8), np.ones((5, 5), np.uint8)
        edge = cv2.dilate(whole, around) != cv2.erode(whole, around)
        return (at - here).astype(np.float32), seen & ~edge

    @property
    def _grid(self) -> np.ndarray:
        return np.stack(np.meshgrid(*(np.arange(side, dtype=np.float32) for side in self.size)), -1)

    def _camera(self, number: int) -> tuple[float, float, float]:
        """Scale, x and y of what is seen of the ground: a pan that zooms."""
        unit = self.size[0] / 640
        return 1.15 - 0.004 * number, (20 + 2.6 * number) * unit, (30 + 0.8 * number) * unit

    def _placing(self, number: int) -> tuple[float, float, float]:
        """The same of the cut-out, which goes the other way."""
        unit = self.size[0] / 640
        return 1.0, (100 - 3.4 * number) * unit, (-20 + 0.6 * number) * unit

    def _inside(self, number: int) -> np.ndarray:
        """Where the cut-out is, an ellipse of its photo."""
        scale, x, y = self._placing(number)
        place = self._grid * scale + (x, y)
        middle, radius = np.array(self.size) * (0.5, 0.5), np.array(self.size) * (0.17, 0.34)
        return (((place - middle) / radius) ** 2).sum(-1) < 1


def _covering(name: str, size: tuple[int, int], room: float) -> np.ndarray:
    photo = load(SAMPLES / f"{name}.jpg").pixels
    times = room * max(size[0] / photo.shape[1], size[1] / photo.shape[0])
    wanted = round(photo.shape[1] * times), round(photo.shape[0] * times)
    return cv2.resize(photo, wanted, interpolation=cv2.INTER_AREA if times < 1 else cv2.INTER_CUBIC)


def _seen(photo: np.ndarray, camera: tuple[float, float, float], size: tuple[int, int]) -> np.ndarray:
    scale, x, y = camera
    matrix = np.array([[scale, 0, x], [0, scale, y]], np.float32)
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(photo, matrix, size, flags=how, borderMode=cv2.BORDER_REFLECT)


def _through(now: tuple[float, float, float], before: tuple[float, float, float], place: np.ndarray) -> np.ndarray:
    """Where what one camera sees at a place was seen by another."""
    return ((place * now[0] + now[1:] - before[1:]) / before[0]).astype(np.float32)


def _smooth(mask: np.ndarray) -> np.ndarray:
    return cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 0.7)

"""The canvas: what is optimised, as one tensor of parameters, and the picture that it shows.

Source of the Fourier canvas: A. Mordvintsev, N. Pezzotti, L. Schubert, C. Olah, "Differentiable Image
Parameterizations" (Distill 2018).
"""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import scipy.fft
import scipy.special

from eyecandy._tensorflow import tf
from eyecandy.art.core.scales import Size
from eyecandy.errors import EyecandyError

_WORKERS = os.cpu_count() or 1
_BAND = 1 << 16  # numbers: they stay in a cache, and what is made of them is no new mapping of memory each time


def bands(length: int, width: int = 1, most: int = _BAND) -> Iterator[slice]:
    """Some rows at a time, of an array of this many rows of so many numbers: what is made on the way is as small."""
    rows = max(1, most // width)
    return (slice(first, min(first + rows, length)) for first in range(0, length, rows))


class Canvas(Protocol):
    """Parameters to picture and back, at one size."""

    @property
    def size(self) -> Size:
        """(width, height) in pixels."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the parameters."""

    @property
    def bounds(self) -> tuple[float, float] | None:
        """The range that every parameter is held in; None where any number shows a picture."""

    def parameters(self, pixels: np.ndarray) -> np.ndarray:
        """float32 parameters that show (height, width, 3) pixels in 0..255."""

    def image(self, parameters: tf.Tensor) -> tf.Tensor:
        """The picture (1, height, width, 3), float32 in 0..255; differentiable. Of (N, ...) parameters, N of them."""

    def picture(self, parameters: np.ndarray) -> np.ndarray:
        """`image` of parameters too large for TensorFlow, which gives no memory back that it once took."""

    def gradient(self, picture: np.ndarray, gradients: np.ndarray) -> np.ndarray:
        """The gradient in the parameters, from that in the picture that they show: what TensorFlow's of `image` is.

        Args:
            picture: (1, height, width, 3), as `picture` gives it.
            gradients: in its shape; an array is written over.
        """


@dataclass(frozen=True)
class PixelCanvas:
    """The pixels themselves. One unit of a parameter is 100 grey levels, so that a step size suits both canvases."""

    size: Size
    unit: float = 100.0

    @property
    def shape(self) -> tuple[int, ...]:
        return self.size[1], self.size[0], 3

    @property
    def bounds(self) -> tuple[float, float]:
        return 0.0, 255.0 / self.unit

    def parameters(self, pixels: np.ndarray) -> np.ndarray:
        _check(pixels, self.size)
        return np.divide(pixels, self.unit, dtype=np.float32)

    def image(self, parameters: tf.Tensor) -> tf.Tensor:
        return _several(parameters * self.unit)

    def picture(self, parameters: np.ndarray) -> np.ndarray:
        return np.multiply(parameters[None], self.unit, dtype=np.float32)

    def gradient(self, picture: np.ndarray, gradients: np.ndarray) -> np.ndarray:
        found = np.require(gradients, requirements="W")[0]
        found *= self.unit
        return found


# The square root of the covariance of ImageNet's colours (Lucid), its largest column normalised to length 1.
_COLOURS = np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]])
_COLOURS /= np.linalg.norm(_COLOURS, axis=0).max()
_BEYOND = (
    8.0  # grey levels that the sigmoid reaches beyond black and white: at these it still has a gradient to come back
)
_REACH = 255 + 2 * _BEYOND


@dataclass(frozen=True)
class FourierCanvas:
    """The spectrum, each frequency scaled as natural pictures have it (1/f), in decorrelated colours.

    A step of the same size then moves the large forms and the fine ones alike, and colours as one. A sigmoid that
    reaches a little farther keeps the picture about 0..255, and what lies beyond is cut off: black and white stay so.
    """

    size: Size

    @property
    def shape(self) -> tuple[int, ...]:
        return 2, 3, self.size[1], self.size[0] // 2 + 1

    @property
    def bounds(self) -> None:
        return None

    def _scale(self, rows: slice = slice(None)) -> np.ndarray:
        """What parameters are multiplied with to be a spectrum, for some rows of it."""
        width, height = self.size
        frequency = np.hypot(np.fft.fftfreq(height)[rows, None], np.fft.rfftfreq(width)[None])
        # The root makes the steps of a pixel independent of the size; 1/4 is Lucid's.
        return (np.sqrt(width * height) / 4 / np.maximum(frequency, 1 / max(width, height))).astype(np.float32)

    def parameters(self, pixels: np.ndarray) -> np.ndarray:
        _check(pixels, self.size)
        parameters = np.empty(self.shape, np.float32)
        mixtures = np.linalg.inv(_COLOURS).astype(np.float32)
        for plane in range(3):  # one by one, and by bands: they are large
            mixed = np.empty(pixels.shape[:2], np.float32)
            for rows in bands(len(pixels), 3 * self.size[0]):
                light = (np.clip(pixels[rows], 0, 255, dtype=np.float32) + np.float32(_BEYOND)) / np.float32(_REACH)
                mixed[rows] = scipy.special.logit(light) @ mixtures[plane]
            spectrum = scipy.fft.rfft2(mixed, overwrite_x=True, workers=_WORKERS)
            for rows in bands(len(spectrum), self.size[0]):
                scaled = spectrum[rows] / self._scale(rows)
                parameters[0, plane, rows], parameters[1, plane, rows] = scaled.real, scaled.imag
        return parameters

    def image(self, parameters: tf.Tensor) -> tf.Tensor:
        # by slices: unstacked, TensorFlow adds up gradients in another order
        spectra = ((parameters[..., part, plane, :, :] for part in (0, 1)) for plane in range(3))
        return _several(_coloured([self._plane(*parts) for parts in spectra]))

    def picture(self, parameters: np.ndarray) -> np.ndarray:
        # TensorFlow's operations, so that the picture is `image` to the bit: whether a ReLU is open decides a gradient.
        planes = [self._plane(parameters[0, plane], parameters[1, plane]).numpy() for plane in range(3)]  # one by one
        picture = np.empty((*self.size[::-1], 3), np.float32)
        for rows in bands(len(picture), picture[0].size):
            picture[rows] = _coloured([tf.constant(plane[rows]) for plane in planes])
        return picture[None]

    def _plane(self, real: tf.Tensor, imaginary: tf.Tensor) -> tf.Tensor:
        """One of three decorrelated planes (h, w), of the two parts of its scaled spectrum."""
        scale = self._scale()
        return tf.signal.irfft2d(tf.complex(real * scale, imaginary * scale), self.size[::-1])

    def gradient(self, picture: np.ndarray, gradients: np.ndarray) -> np.ndarray:
        width, height = self.size
        at_colours, shown = np.require(gradients, requirements="W")[0], np.asarray(picture)[0]
        # Each column of a half spectrum stands for two of the whole, but for the first and, of an even width, the last.
        count = np.full(width // 2 + 1, 2 / (width * height), np.float32)
        count[0] /= 2
        if width % 2 == 0:
            count[-1] /= 2
        gradient = np.empty(self.shape, np.float32)
        for rows in bands(height, 3 * width):
            at_colours[rows] = _to_values(shown[rows], at_colours[rows])
        for plane, mixture in enumerate(_COLOURS.T.astype(np.float32)):
            spectrum = scipy.fft.rfft2(at_colours @ mixture, overwrite_x=True, workers=_WORKERS)
            for rows in bands(height, 3 * width):
                scale = self._scale(rows) * count
                gradient[0, plane, rows] = spectrum.real[rows] * scale
                gradient[1, plane, rows] = spectrum.imag[rows] * scale
        return gradient


def _several(pictures: tf.Tensor) -> tf.Tensor:
    """Pictures (N, h, w, 3), of one (h, w, 3) or of N."""
    return pictures if len(pictures.shape) == 4 else pictures[None]


def _coloured(planes: Sequence[tf.Tensor]) -> tf.Tensor:
    """Colours (h, w, 3) in 0..255 of three decorrelated planes (h, w)."""
    colours = [tf.add_n([share * plane for share, plane in zip(row, planes, strict=True)]) for row in _COLOURS]
    return _light(tf.stack(colours, -1))


@tf.custom_gradient
def _light(values: tf.Tensor) -> Any:
    """Any numbers as levels in 0..255."""
    levels = tf.clip_by_value(_REACH * tf.sigmoid(values) - _BEYOND, 0.0, 255.0)
    return levels, lambda gradients: _to_values(levels, gradients)


def _to_values(levels: tf.Tensor, gradients: tf.Tensor) -> tf.Tensor:
    """Gradients at the values of `_light`, from those at its levels.

    What is black or white already has none to go farther, and that of its level to come back.
    """
    own = gradients * (levels + _BEYOND) * (255 + _BEYOND - levels) / _REACH
    held = ((levels <= 0) & (own > 0)) | ((levels >= 255) & (own < 0))
    return tf.where(held, tf.zeros_like(own), own)


CANVASES: dict[str, type[PixelCanvas] | type[FourierCanvas]] = {"fourier": FourierCanvas, "pixel": PixelCanvas}


def make(kind: str | Callable[[Size], Canvas], size: Size) -> Canvas:
    """A canvas by its name, or as a function makes it.

    Raises:
        EyecandyError: no such canvas.
    """
    if not isinstance(kind, str):
        return kind(size)
    if kind not in CANVASES:
        raise EyecandyError(f"unknown canvas {kind!r}; the canvases are {', '.join(CANVASES)}")
    return CANVASES[kind](size)


def noise(size: Size, seed: int, *, contrast: float = 20.0) -> np.ndarray:
    """Seeded white noise about the middle grey, (height, width, 3) float32 in 0..255.

    Args:
        contrast: standard deviation in grey levels.
    """
    values = np.random.default_rng(seed).normal(127.5, contrast, (size[1], size[0], 3))
    return np.clip(values, 0, 255).astype(np.float32)


def resized(pixels: np.ndarray, size: Size) -> np.ndarray:
    """(H, W, 3) numbers of any range at another size, bicubic, float32. `images.resize` is for finished pictures."""
    if pixels.shape[:2] == size[::-1]:
        return pixels.astype(np.float32)
    found = np.empty((*size[::-1], 3), np.float32)
    for channel in range(3):  # one by one: they are large
        one = tf.constant(pixels[..., channel, None], tf.float32)
        found[..., channel] = tf.image.resize(one, size[::-1], "bicubic", antialias=True)[..., 0].numpy()
    return found


def enlarged(picture: np.ndarray, size: Size, before: np.ndarray | None, after: np.ndarray | None) -> np.ndarray:
    """The picture of one scale as the start of the next.

    Args:
        picture: (H, W, 3) in 0..255.
        size: of the next scale.
        before, after: the photo that the picture began as, at either size. Then what has been *done* to it is carried
            over and the photo's own detail comes in fresh; without, the picture is resampled.

    Returns:
        (height, width, 3) float32 in 0..255.
    """
    if before is None or after is None:
        found = resized(picture, size)
    else:
        found = resized(picture - before, size)
        found += after
    return np.clip(found, 0, 255, out=found)


def to_uint8(picture: np.ndarray) -> np.ndarray:
    """(H, W, 3) in 0..255 as uint8, rounded."""
    found = np.empty(picture.shape, np.uint8)
    for rows in bands(len(picture), picture[0].size):
        found[rows] = np.clip(np.rint(picture[rows]), 0, 255)
    return found


def _check(pixels: np.ndarray, size: Size) -> None:
    if pixels.shape != (size[1], size[0], 3):
        raise EyecandyError(
            f"a canvas of {size[0]} x {size[1]} needs pixels of shape {(size[1], size[0], 3)}, got {pixels.shape}"
        )

"""The canvas: what is optimised, as one tensor of parameters, and the picture that it shows.

Source of the Fourier canvas: A. Mordvintsev, N. Pezzotti, L. Schubert, C. Olah, "Differentiable Image
Parameterizations" (Distill 2018).
"""

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import scipy.fft
import scipy.special

from eyecandy._tensorflow import tf
from eyecandy.art.scales import Size
from eyecandy.errors import EyecandyError

Kind = Literal["fourier", "pixel"]


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

    def parameters(self, pixels: np.ndarray) -> tf.Tensor:
        """float32 parameters that show (height, width, 3) pixels in 0..255."""

    def image(self, parameters: tf.Tensor) -> tf.Tensor:
        """The picture (1, height, width, 3), float32 in 0..255; differentiable."""

    def gradient(self, picture: tf.Tensor, slopes: tf.Tensor) -> tf.Tensor:
        """Slopes at the parameters, from those at the picture that they show.

        What TensorFlow's own gradient of `image` is, in a third of the memory: the picture is not made once more.
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

    def parameters(self, pixels: np.ndarray) -> tf.Tensor:
        _check(pixels, self.size)
        return tf.constant(pixels / self.unit, tf.float32)

    def image(self, parameters: tf.Tensor) -> tf.Tensor:
        return parameters[None] * self.unit

    def gradient(self, picture: tf.Tensor, slopes: tf.Tensor) -> tf.Tensor:
        return slopes[0] * self.unit


# The square root of the covariance of ImageNet's colours (Lucid), its largest column normalised to length 1.
_COLOURS = np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]])
_COLOURS /= np.linalg.norm(_COLOURS, axis=0).max()
_DARKEST = 8.0  # grey levels from black and white: nearer, the sigmoid has no slope left to come back


@dataclass(frozen=True)
class FourierCanvas:
    """The spectrum, each frequency scaled as natural pictures have it (1/f), in decorrelated colours.

    A step of the same size then moves the large forms and the fine ones alike, and colours as one. A sigmoid keeps the
    picture within 0..255; black and white are reached to within 2 levels.
    """

    size: Size

    @property
    def shape(self) -> tuple[int, ...]:
        return 2, 3, self.size[1], self.size[0] // 2 + 1

    @property
    def bounds(self) -> None:
        return None

    @property
    def _scale(self) -> np.ndarray:
        width, height = self.size
        frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None])
        # The root makes the steps of a pixel independent of the size; 1/4 is Lucid's.
        return (np.sqrt(width * height) / 4 / np.maximum(frequency, 1 / max(width, height))).astype(np.float32)

    def parameters(self, pixels: np.ndarray) -> tf.Tensor:
        _check(pixels, self.size)
        parameters = np.empty(self.shape, np.float32)
        logits = scipy.special.logit(np.clip(pixels, _DARKEST, 255 - _DARKEST, dtype=np.float32) / np.float32(255))
        for plane, mixture in enumerate(np.linalg.inv(_COLOURS).astype(np.float32)):  # one by one: they are large
            spectrum = scipy.fft.rfft2(logits @ mixture)
            spectrum /= self._scale
            parameters[0, plane], parameters[1, plane] = spectrum.real, spectrum.imag
        return tf.constant(parameters)

    def image(self, parameters: tf.Tensor) -> tf.Tensor:
        width, height = self.size
        scale = self._scale
        planes = []
        for plane in range(3):  # one by one: they are large
            spectrum = tf.complex(parameters[0, plane] * scale, parameters[1, plane] * scale)
            planes.append(tf.signal.irfft2d(spectrum, [height, width]))
        colours = [tf.add_n([share * plane for share, plane in zip(row, planes, strict=True)]) for row in _COLOURS]
        return 255 * tf.sigmoid(tf.stack(colours, -1))[None]

    def gradient(self, picture: tf.Tensor, slopes: tf.Tensor) -> tf.Tensor:
        width, height = self.size
        at_colours = (slopes * picture * (1 - picture / 255))[0]
        # Each column of a half spectrum stands for two of the whole, but for the first and, of an even width, the last.
        count = np.full(width // 2 + 1, 2.0, np.float32)
        count[0] = 1
        if width % 2 == 0:
            count[-1] = 1
        scale = self._scale * (count / (width * height))
        spectra = [tf.signal.rfft2d(tf.tensordot(at_colours, mixture, 1)) for mixture in _COLOURS.T.astype(np.float32)]
        return tf.stack([[part(spectrum) * scale for spectrum in spectra] for part in (tf.math.real, tf.math.imag)])


CANVASES: dict[str, type[PixelCanvas] | type[FourierCanvas]] = {"fourier": FourierCanvas, "pixel": PixelCanvas}


def make(kind: str, size: Size) -> Canvas:
    """A canvas by its name.

    Raises:
        EyecandyError: no such canvas.
    """
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
    return tf.image.resize(pixels, size[::-1], "bicubic", antialias=True).numpy()


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
        return np.clip(resized(picture, size), 0, 255)
    return np.clip(after + resized(picture - before, size), 0, 255)


def _check(pixels: np.ndarray, size: Size) -> None:
    if pixels.shape != (size[1], size[0], 3):
        raise EyecandyError(
            f"a canvas of {size[0]} x {size[1]} needs pixels of shape {(size[1], size[0], 3)}, got {pixels.shape}"
        )

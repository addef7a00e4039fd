"""A canvas of phases: how much of each frequency there is stays as photos have it, only where it lies is optimised.

Source: T. Fel et al., "Unlocking Feature Visualization for Deeper Networks with MAgnitude Constrained Optimization"
(NeurIPS 2023). The phases of a picture hold its forms (A. Oppenheim, J. Lim, 1981); a network's favourite shortcut,
high frequencies of great strength, is out of reach. The paper takes the magnitudes as a mean over ImageNet; here they
are a law of two numbers a colour plane, fitted to the photos in `samples/`, so that no file is needed and any size is
served.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from eyecandy._tensorflow import tf
from eyecandy.art.core.canvas import FourierCanvas
from eyecandy.art.core.scales import Size
from eyecandy.errors import EyecandyError

UNIT = 6.0
"""Radians that one unit of a parameter turns a phase, so that a step size suits this canvas and the others."""

# Moduli of photos' spectra in units of the Fourier canvas, which has 1/f already: a * k ** -b at k cycles a picture,
# for lightness and two colours. Least squares of logarithms, of the geometric mean over 23 photos in samples/ at 512
# pixels: the arithmetic one is that of the busiest photos, and burns out.
_STRENGTHS = (1.15, 0.98, 0.77)
_SLOPES = (0.26, 0.33, 0.23)


class WholeOnly:
    """What a canvas has no use for that is never seen in tiles."""

    def picture(self, parameters: np.ndarray) -> np.ndarray:
        """See `Canvas.picture`."""
        raise EyecandyError("a picture on this canvas is seen whole; leave the tiles out")

    def gradient(self, picture: np.ndarray, gradient: np.ndarray) -> np.ndarray:
        """See `Canvas.gradient`."""
        raise EyecandyError("a picture on this canvas is seen whole; leave the tiles out")


@dataclass(frozen=True)
class MacoCanvas(WholeOnly):
    """Phases (3, height, width // 2 + 1) of the spectrum of three decorrelated colour planes; see the module."""

    size: Size

    @property
    def shape(self) -> tuple[int, ...]:
        return 3, self.size[1], self.size[0] // 2 + 1

    @property
    def bounds(self) -> None:
        return None

    @cached_property
    def moduli(self) -> np.ndarray:
        """(3, height, width // 2 + 1) float32: those of parameters of a Fourier canvas that shows a photo."""
        width, height = self.size
        cycles = np.hypot(np.fft.fftfreq(height, 1 / height)[:, None], np.fft.rfftfreq(width, 1 / width)[None])
        cycles = np.maximum(cycles, 1)
        laws = zip(_STRENGTHS, _SLOPES, strict=True)
        return np.stack([strength * cycles**-slope for strength, slope in laws]).astype(np.float32)

    def parameters(self, pixels: np.ndarray) -> np.ndarray:
        """The picture's phases; its magnitudes are not kept."""
        real, imaginary = FourierCanvas(self.size).parameters(pixels)
        return np.arctan2(imaginary, real) / np.float32(UNIT)

    def image(self, parameters: tf.Tensor) -> tf.Tensor:
        phases = UNIT * parameters
        spectrum = tf.stack([self.moduli * tf.cos(phases), self.moduli * tf.sin(phases)], -4)
        return FourierCanvas(self.size).image(spectrum)


def natural_noise(size: Size, seed: int) -> np.ndarray:
    """Noise with the magnitudes of photos, (height, width, 3) float32 in 0..255: random phases."""
    canvas = MacoCanvas(size)
    phases = np.random.default_rng(seed).uniform(-np.pi, np.pi, canvas.shape) / UNIT
    return canvas.image(tf.constant(phases, tf.float32))[0].numpy()

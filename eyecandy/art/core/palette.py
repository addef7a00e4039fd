"""The colours of a picture as one cloud, and the change that takes the colours of one picture to those of another."""

from dataclasses import dataclass

import numpy as np

_LEAST = 2 / 255  # standard deviation of colours in any direction, as a share of white: a grey picture has none in two
_ENDS = (0.005, 0.995)  # of the colours along each axis; what lies beyond is hardly one of the picture's colours
_PIXELS = 1 << 16  # evenly chosen, of which a palette is made


@dataclass(frozen=True)
class Palette:
    """The colours of a picture, in shares of white: their mean, their principal axes, and how far they reach along each.

    Attributes:
        mean: (3,).
        axes: (3, 3), an axis a column, of length 1.
        deviations: (3,) standard deviations along the axes, not quite 0 where a picture has no such colours.
        reach: (2, 3), from where to where, about the mean.
    """

    mean: np.ndarray
    axes: np.ndarray
    deviations: np.ndarray
    reach: np.ndarray

    @classmethod
    def of(cls, pixels: np.ndarray) -> "Palette":
        """Of (H, W, 3) or (P, 3) in 0..255."""
        colours = pixels.reshape(-1, 3)
        colours = colours[:: max(1, len(colours) // _PIXELS)].astype(np.float64) / 255
        mean = colours.mean(0)
        variances, axes = np.linalg.eigh(np.cov(colours.T, bias=True))
        reach = np.quantile((colours - mean) @ axes, _ENDS, axis=0)
        return cls(mean, axes, np.sqrt(np.maximum(variances, 0) + _LEAST**2), reach)

    def power(self, exponent: float) -> np.ndarray:
        """Of the covariance, (3, 3)."""
        return (self.axes * self.deviations ** (2 * exponent)) @ self.axes.T


def recoloured(pixels: np.ndarray, source: Palette, target: Palette) -> np.ndarray:
    """A picture's colours, changed as little as can be in the mean square, so that they are another's.

    Source: F. Pitié, A. Kokaram, "The Linear Monge-Kantorovitch Linear Colour Mapping for Example-Based Colour
    Transfer" (CVMP 2007). The map is symmetric and positive: what is lighter stays so as far as both palettes agree on
    what light is. Here what comes to lie beyond the target's colours is brought back along its axes; a red boat would
    else be the one red thing in an ink drawing.

    Args:
        pixels: (H, W, 3) in 0..255.
        source: its palette.
        target: the other's.

    Returns:
        (H, W, 3) float32 in 0..255.
    """
    root, inverse = source.power(0.5), source.power(-0.5)
    middle = np.linalg.eigh(root @ target.power(1) @ root)
    between = inverse @ (middle[1] * np.sqrt(np.maximum(middle[0], 0))) @ middle[1].T @ inverse
    to_axes = (between.T @ target.axes / 255).astype(np.float32)
    along = (pixels.reshape(-1, 3).astype(np.float32) - (255 * source.mean).astype(np.float32)) @ to_axes
    np.clip(along, *target.reach.astype(np.float32), out=along)
    found = along @ (255 * target.axes.T).astype(np.float32)
    found += (255 * target.mean).astype(np.float32)
    return np.clip(found, 0, 255, out=found).reshape(pixels.shape)

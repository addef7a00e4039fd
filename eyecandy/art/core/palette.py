"""The colours of a picture as one cloud, and the change that takes the colours of one picture to those of another."""

from dataclasses import dataclass

import numpy as np

from eyecandy.art.core.canvas import bands

_LEAST = 6 / 255  # deviation of colours that is looked at, as a share of white: less is noise, not to be made larger
_ENDS = (0.005, 0.995)  # of the colours along each axis; what lies beyond is hardly one of the picture's colours
_COMMON = (0.02, 0.98)  # and what lies within is no rare spot, such as a seal


@dataclass(frozen=True)
class Palette:
    """The colours of a picture, in shares of white: mean, principal axes, and how far they reach along each.

    Attributes:
        mean: (3,).
        axes: (3, 3), an axis a column, of length 1.
        deviations: (3,) standard deviations along the axes.
        reach: (2, 3), from where to where, about the mean.
        common: (2, 3), the same without what is rare.
    """

    mean: np.ndarray
    axes: np.ndarray
    deviations: np.ndarray
    reach: np.ndarray
    common: np.ndarray

    @classmethod
    def of(cls, colours: np.ndarray, counts: np.ndarray | None = None) -> "Palette":
        """Of colours (P, 3) in 0..255, and how much each counts (P,)."""
        counts = np.ones(len(colours)) if counts is None else counts
        shares, mean = counts / counts.sum(), np.average(colours / 255, 0, counts)
        off = colours / 255 - mean
        variances, axes = np.linalg.eigh((shares[:, None] * off).T @ off)
        reach, common = (
            np.quantile(off @ axes, ends, 0, weights=shares, method="inverted_cdf") for ends in (_ENDS, _COMMON)
        )
        return cls(mean, axes, np.sqrt(np.maximum(variances, 0)), reach, common)


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
    root, inverse = (_power(source, exponent) for exponent in (0.5, -0.5))
    lengths, directions = np.linalg.eigh(root @ _power(target, 1, least=0) @ root)
    change = inverse @ (directions * np.sqrt(np.maximum(lengths, 0))) @ directions.T @ inverse
    to_axes = (change.T @ target.axes / 255).astype(np.float32)
    back, middle = (255 * target.axes.T).astype(np.float32), (255 * target.mean).astype(np.float32)
    common, shift = target.common.astype(np.float32), (255 * source.mean).astype(np.float32)
    found = np.empty(pixels.shape, np.float32)
    for rows in bands(len(pixels), pixels[0].size):
        along = np.clip((pixels[rows] - shift) @ to_axes, *common)
        np.clip(along @ back + middle, 0, 255, out=found[rows])
    return found


def _power(palette: Palette, exponent: float, least: float = _LEAST) -> np.ndarray:
    """A power of the covariance, (3, 3)."""
    variances = palette.deviations**2 + least**2
    return (palette.axes * variances**exponent) @ palette.axes.T

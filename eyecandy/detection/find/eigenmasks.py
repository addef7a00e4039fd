"""Eigen-masks: the principal directions in which the class masks of one photo differ.

The class masks of a photo of a dog and a cat fall into two families, and principal component analysis finds them: the
first component's positive part is the dog, its negative part the cat. A component's sign is arbitrary, so both parts
count.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from eyecandy.detection.arrays import normalise
from eyecandy.detection.find.decompositions import DECOMPOSITIONS
from eyecandy.errors import OptionError

FAINT = 0.1  # a part up to this share of the strongest counts for nothing
GRAIN = 2.0  # cells


class Part(NamedTuple):
    """One side of an eigen-mask: `mask` (h, w) in [0, 1], and how strong it is beside the strongest of the photo."""

    component: int
    sign: int
    mask: np.ndarray
    strength: float

    @property
    def faint(self) -> bool:
        """Whether it is too weak beside the strongest to be a part of anything."""
        return self.strength <= FAINT


@dataclass(frozen=True, eq=False)
class EigenMasks:
    """The decomposition of one photo's class masks.

    Attributes:
        components: (M, h, w) float32, signed, each of largest magnitude 1, on the grid of the class masks.
        explained_variance_ratio: (M,) the share of the masks' variance that each explains, largest first.
        amplitudes: (M,) how large each is beside the others where it is largest.
    """

    components: np.ndarray
    explained_variance_ratio: np.ndarray
    amplitudes: np.ndarray

    def parts(self) -> Iterator[Part]:
        """What lies above the median of a component, on either side of 0, where anything does."""
        found = []
        for index, (component, amplitude) in enumerate(zip(self.components, self.amplitudes, strict=True)):
            for sign in (1, -1):
                side = sign * component
                part = np.maximum(side - max(float(np.median(side)), 0.0), 0)
                found.append((index, sign, part, amplitude * float(part.max())))
        strongest = max((strength for *_, strength in found), default=0)
        for index, sign, part, strength in found:
            if strength > 0:
                yield Part(index, sign, normalise(part), strength / strongest)


def class_masks(signals: np.ndarray) -> np.ndarray:
    """Class signals (N, rows, columns) as masks in [0, 1]: smoothed, for a gradient has grain and a thing has not."""
    if not len(signals):
        return signals
    return normalise(np.stack([cv2.GaussianBlur(signal, (0, 0), GRAIN) for signal in signals]))


def decompose(
    masks: np.ndarray, *, components: int | None = None, decomposition: str = "pca", crowded: bool = False
) -> EigenMasks:
    """The eigen-masks of N class masks.

    Args:
        masks: (N, h, w), not negative; a mask counts by its size as well as by its shape.
        components: how many; by default as many as explain 95 % of the variance, at most 8.
        decomposition: "pca"; "varimax", PCA whose loadings are turned so that each component is a group of classes
            (Kaiser 1958); "nmf" for parts that only add up (no negative parts); "none", the masks as they are, to see
            what the others are good for.
        crowded: many things share the photo; by default as many components as explain 99 %, at most 16.

    Returns:
        The components, by falling explained variance. Empty where all of several masks are flat; a single mask is its
        own component.

    Raises:
        OptionError: an unknown decomposition, or more components than masks.
    """
    DECOMPOSITIONS.check(decomposition)
    if components is not None and not 1 <= components <= len(masks):
        raise OptionError(
            "{} must be 1 to {most}, the number of classes looked at, got {got}",
            "components",
            most=len(masks),
            got=components,
        )
    samples = masks.reshape(len(masks), -1).astype(np.float64)
    total = samples.var(1).sum()
    # Flat masks differ by rounding only.
    if total <= 1e-9 * (samples**2).mean(1).sum() or not samples.size:
        return EigenMasks(np.zeros((0, *masks.shape[1:]), np.float32), np.zeros(0), np.zeros(0))
    if len(masks) == 1:
        decomposition = "none"
    vectors, variances = DECOMPOSITIONS[decomposition](samples, components, crowded)
    order = np.argsort(-variances, kind="stable")
    kept = [i for i in order if variances[i] > 1e-9 * total]
    vectors, variances = vectors[kept], variances[kept]
    amplitudes = np.abs(vectors).max(1)
    scaled = (vectors / amplitudes[:, None]).reshape(-1, *masks.shape[1:])
    return EigenMasks(scaled.astype(np.float32), variances / total, amplitudes)

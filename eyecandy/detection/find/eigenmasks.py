"""Eigen-masks: the principal directions in which the class masks of one photo differ.

The class masks of a photo of a dog and a cat fall into two families, and principal component analysis finds them: the
first component's positive part is the dog, its negative part the cat. A component's sign is arbitrary, so both parts
count.
"""

import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from sklearn.decomposition import NMF, PCA
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from eyecandy.detection.arrays import normalise, resize_masks
from eyecandy.detection.options import DECOMPOSITIONS
from eyecandy.errors import OptionError

VARIANCE = 0.95  # the components kept by default explain this share of the variance
CELL = 8  # pixels; finer than this a class mask is the texture of gradients, not a shape

_process = threading.Lock()  # held while what belongs to all threads is changed: BLAS' threads, Python's warnings


@dataclass(frozen=True, eq=False)
class EigenMasks:
    """The decomposition of one photo's class masks.

    Attributes:
        components: (M, h, w) float32, signed, each of largest magnitude 1; h and w are those of the photo as the
            network saw it, divided by 8.
        explained_variance_ratio: (M,) the share of the masks' variance that each explains, largest first.
    """

    components: np.ndarray
    explained_variance_ratio: np.ndarray

    def parts(self) -> Iterator[tuple[int, int, np.ndarray]]:
        """(component, sign, part) for each part that is not empty; a part is (h, w) in [0, 1]."""
        for index, component in enumerate(self.components):
            for sign in (1, -1):
                part = np.maximum(sign * component, 0)
                if part.any():
                    yield index, sign, normalise(part)


def decompose(masks: np.ndarray, *, components: int | None = None, decomposition: str = "pca") -> EigenMasks:
    """The eigen-masks of N class masks.

    Args:
        masks: (N, H, W) in [0, 1].
        components: how many; by default as many as explain 95 % of the variance.
        decomposition: "pca", or "nmf" for parts that only add up (no negative parts).

    Returns:
        The components, by falling explained variance. Empty where all of several masks are equal; a single mask,
        which has no variance, is its own component.

    Raises:
        OptionError: an unknown decomposition, or more components than masks.
    """
    if decomposition not in DECOMPOSITIONS:
        known = ", ".join(DECOMPOSITIONS)
        raise OptionError(
            "unknown {} {got!r}; the decompositions are {known}", "decomposition", got=decomposition, known=known
        )
    if components is not None and not 1 <= components <= len(masks):
        raise OptionError(
            "{} must be 1 to {most}, the number of classes looked at, got {got}",
            "components",
            most=len(masks),
            got=components,
        )
    coarse = _shapes(masks)
    samples = coarse.reshape(len(coarse), -1)
    if len(coarse) == 1:
        return EigenMasks(coarse[:1] if coarse.any() else coarse[:0], np.ones(int(coarse.any())))
    total = samples.var(0).sum()
    # Equal masks differ by rounding only.
    if total <= 1e-9 * (samples**2).mean(0).sum():
        return EigenMasks(np.zeros((0, *coarse.shape[1:]), np.float32), np.zeros(0))
    vectors, ratio = _pca(samples) if decomposition == "pca" else _nmf(samples, components or _needed(samples), total)
    # The last component of N centred samples holds rounding only.
    kept = min(int(components or (np.cumsum(ratio) < VARIANCE).sum() + 1), int((ratio > 1e-9).sum()))
    vectors = vectors[:kept].reshape(kept, *coarse.shape[1:])
    scaled = vectors / np.abs(vectors).max((1, 2), keepdims=True)
    return EigenMasks(scaled.astype(np.float32), ratio[:kept])


def _shapes(masks: np.ndarray) -> np.ndarray:
    """The masks averaged over cells of 8 x 8 pixels and lightly blurred, each up to 1 again."""
    height, width = (max(1, side // CELL) for side in masks.shape[1:])
    cells = resize_masks(masks, (width, height))
    return normalise(np.stack([cv2.GaussianBlur(mask, (0, 0), 1.0) for mask in cells]))


def _pca(samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    # A thin decomposition of N rows: 20 x 20 numbers decide it, however many pixels there are.
    # With several threads BLAS has these wait for each other, for many times that while other photos are computed.
    with _process, threadpool_limits(1, user_api="blas"):
        pca = PCA(svd_solver="full").fit(samples)
    return pca.components_, pca.explained_variance_ratio_


def _needed(samples: np.ndarray) -> int:
    return int((np.cumsum(_pca(samples)[1]) < VARIANCE).sum() + 1)


def _nmf(samples: np.ndarray, components: int, total: float) -> tuple[np.ndarray, np.ndarray]:
    nmf = NMF(components, init="nndsvda", max_iter=400, tol=1e-3, random_state=0)
    # Parts that might fit a little better still are good parts.
    with _process, warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        weights = nmf.fit_transform(samples)
    # What each part adds to the variance of the masks that it takes part in.
    ratio = weights.var(0) * (nmf.components_**2).sum(1) / total
    order = np.argsort(-ratio, kind="stable")
    return nmf.components_[order], ratio[order]

"""Eigen-masks: the principal directions in which the class masks of one photo differ.

The class masks of a photo of a dog and a cat fall into two families, and principal component analysis finds them: the
first component's positive part is the dog, its negative part the cat. A component's sign is arbitrary, so both parts
count.
"""

import threading
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import cv2
import numpy as np
from sklearn.decomposition import NMF, PCA
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from eyecandy.detection.arrays import normalise
from eyecandy.detection.options import DECOMPOSITIONS
from eyecandy.errors import OptionError

VARIANCE, MOST = 0.95, 8  # by default as many components as explain this share of the variance, and at most so many:
CROWD_VARIANCE, CROWD_MOST = 0.99, 16  # what comes after these is texture, but each of many things has little variance
FAINT = 0.1  # a part below this share of the strongest is left out
GRAIN = 2.0  # cells
ROTATIONS = 100  # at most, of varimax

_process = threading.Lock()  # held while what belongs to all threads is changed: BLAS' threads, Python's warnings


class Part(NamedTuple):
    """One side of an eigen-mask: `mask` (h, w) in [0, 1], and how strong it is beside the strongest of the photo."""

    component: int
    sign: int
    mask: np.ndarray
    strength: float


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
        """The parts that are not faint: what lies above the median of a component, on either side of 0."""
        found = []
        for index, (component, amplitude) in enumerate(zip(self.components, self.amplitudes, strict=True)):
            for sign in (1, -1):
                side = sign * component
                part = np.maximum(side - max(float(np.median(side)), 0.0), 0)
                found.append((index, sign, part, amplitude * float(part.max())))
        strongest = max((strength for *_, strength in found), default=0)
        for index, sign, part, strength in found:
            if strength > FAINT * strongest:
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
    samples = masks.reshape(len(masks), -1).astype(np.float64)
    total = samples.var(1).sum()
    # Flat masks differ by rounding only.
    if total <= 1e-9 * (samples**2).mean(1).sum() or not samples.size:
        return EigenMasks(np.zeros((0, *masks.shape[1:]), np.float32), np.zeros(0), np.zeros(0))
    if len(masks) == 1:
        decomposition = "none"
    vectors, variances = _WAYS[decomposition](samples, components, crowded)
    order = np.argsort(-variances, kind="stable")
    kept = [i for i in order if variances[i] > 1e-9 * total]
    vectors, variances = vectors[kept], variances[kept]
    amplitudes = np.abs(vectors).max(1)
    scaled = (vectors / amplitudes[:, None]).reshape(-1, *masks.shape[1:])
    return EigenMasks(scaled.astype(np.float32), variances / total, amplitudes)


def _pca(samples: np.ndarray, components: int | None, crowded: bool) -> tuple[np.ndarray, np.ndarray]:
    scores, _, variances = _principal(samples)
    count = _count(variances, components, crowded)
    return scores[:count], variances[:count]


def _varimax(samples: np.ndarray, components: int | None, crowded: bool) -> tuple[np.ndarray, np.ndarray]:
    scores, loadings, variances = _principal(samples)
    count = min(_count(variances, components, crowded), int((variances > 1e-9 * variances.sum()).sum()))
    deviations = np.sqrt(variances[:count])
    turn = rotation(loadings[:count].T * deviations)
    turned = (loadings[:count].T * deviations) @ turn
    sizes = (turned**2).sum(0)
    return (turn.T @ (scores[:count] / deviations[:, None])) * np.sqrt(sizes)[:, None], sizes


def _nmf(samples: np.ndarray, components: int | None, crowded: bool) -> tuple[np.ndarray, np.ndarray]:
    count = _count(_principal(samples)[2], components, crowded)
    nmf = NMF(count, init="nndsvda", max_iter=400, tol=1e-3, random_state=0)
    # Parts that might fit a little better still are good parts.
    with _process, warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        weights = nmf.fit_transform(samples)
    sizes = np.linalg.norm(weights, axis=0)
    vectors = nmf.components_ * sizes[:, None]
    return vectors, vectors.var(1)


def _none(samples: np.ndarray, components: int | None, _crowded: bool) -> tuple[np.ndarray, np.ndarray]:
    variances = samples.var(1)
    strongest = np.argsort(-variances, kind="stable")[:components]
    return samples[strongest], variances[strongest]


_WAYS: dict[str, Callable[[np.ndarray, int | None, bool], tuple[np.ndarray, np.ndarray]]] = {
    "pca": _pca,
    "varimax": _varimax,
    "nmf": _nmf,
    "none": _none,
}


def _principal(samples: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores (N, places), loadings (N, classes) and variances (N,): the places are the samples, classes the variables.

    20 x 20 numbers decide it, however many places there are. With several threads BLAS has these wait for each other,
    for many times that while other photos are computed.
    """
    with _process, threadpool_limits(1, user_api="blas"):
        pca = PCA(svd_solver="covariance_eigh").fit(samples.T)
        scores = pca.transform(samples.T)
    places = samples.shape[1]
    return scores.T, pca.components_, pca.explained_variance_ * (places - 1) / places


def _count(variances: np.ndarray, components: int | None, crowded: bool) -> int:
    if components is not None:
        return components
    share, most = (CROWD_VARIANCE, CROWD_MOST) if crowded else (VARIANCE, MOST)
    return min(most, int((np.cumsum(variances) / variances.sum() < share).sum() + 1))


def rotation(loadings: np.ndarray) -> np.ndarray:
    """The turn of (classes, M) loadings that makes them large or small but not middling (varimax, Kaiser 1958).

    Returns:
        (M, M) orthogonal; the turned loadings are `loadings @ rotation`.
    """
    count = loadings.shape[1]
    turn = np.eye(count)
    for _ in range(ROTATIONS):
        largest = 0.0
        for i, j in combinations(range(count), 2):
            x, y = (loadings @ turn[:, [i, j]]).T
            u, v = x**2 - y**2, 2 * x * y
            # Kaiser's angle: the best one of this plane, also from where the criterion is level.
            angle = np.arctan2(2 * (u * v).mean() - 2 * u.mean() * v.mean(), u.var() - v.var()) / 4
            cos, sin = np.cos(angle), np.sin(angle)
            turn[:, [i, j]] = turn[:, [i, j]] @ np.array([[cos, -sin], [sin, cos]])
            largest = max(largest, abs(angle))
        if largest < 1e-6:
            break
    return turn

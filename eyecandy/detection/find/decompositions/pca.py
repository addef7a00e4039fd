"""Principal component analysis, and how many components count."""

import threading

import numpy as np
from sklearn.decomposition import PCA
from threadpoolctl import threadpool_limits

VARIANCE, MOST = 0.95, 8  # by default as many components as explain this share of the variance, and at most so many:
CROWD_VARIANCE, CROWD_MOST = 0.99, 16  # what comes after these is texture, but each of many things has little variance

process = threading.Lock()  # held while what belongs to all threads is changed: BLAS' threads, Python's warnings


def principal(samples: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores (N, positions), loadings (N, classes) and variances (N,): positions are samples, classes variables.

    20 x 20 numbers decide it, however many positions there are. With several threads BLAS has these wait for each
    other, for many times that while other photos are computed.
    """
    with process, threadpool_limits(1, user_api="blas"):
        pca = PCA(svd_solver="covariance_eigh").fit(samples.T)
        scores = pca.transform(samples.T)
    positions = samples.shape[1]
    return scores.T, pca.components_, pca.explained_variance_ * (positions - 1) / positions


def count(variances: np.ndarray, components: int | None, crowded: bool) -> int:
    """How many of components by falling variance count: as many as are asked for, or those that explain enough."""
    if components is not None:
        return components
    share, most = (CROWD_VARIANCE, CROWD_MOST) if crowded else (VARIANCE, MOST)
    return min(most, int((np.cumsum(variances) / variances.sum() < share).sum() + 1))


def _pca(samples: np.ndarray, components: int | None, crowded: bool) -> tuple[np.ndarray, np.ndarray]:
    scores, _, variances = principal(samples)
    kept = count(variances, components, crowded)
    return scores[:kept], variances[:kept]


DECOMPOSITION = _pca

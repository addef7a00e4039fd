"""Non-negative matrix factorization: parts that only add up."""

import warnings

import numpy as np
from sklearn.decomposition import NMF
from sklearn.exceptions import ConvergenceWarning

from eyecandy.detection.find.decompositions.pca import count, principal, process


def _nmf(samples: np.ndarray, components: int | None, crowded: bool) -> tuple[np.ndarray, np.ndarray]:
    kept = count(principal(samples)[2], components, crowded)
    nmf = NMF(kept, init="nndsvda", max_iter=400, tol=1e-3, random_state=0)
    # Parts that might fit a little better still are good parts.
    with process, warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        weights = nmf.fit_transform(samples)
    sizes = np.linalg.norm(weights, axis=0)
    vectors = nmf.components_ * sizes[:, None]
    return vectors, vectors.var(1)


DECOMPOSITION = _nmf

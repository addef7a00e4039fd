"""PCA whose loadings are turned so that each component is a group of classes (varimax, Kaiser 1958)."""

from itertools import combinations

import numpy as np

from eyecandy.detection.find.decompositions.pca import count, principal

ROTATIONS = 100  # at most


def _varimax(samples: np.ndarray, components: int | None, crowded: bool) -> tuple[np.ndarray, np.ndarray]:
    scores, loadings, variances = principal(samples)
    kept = min(count(variances, components, crowded), int((variances > 1e-9 * variances.sum()).sum()))
    deviations = np.sqrt(variances[:kept])
    turn = rotation(loadings[:kept].T * deviations)
    turned = (loadings[:kept].T * deviations) @ turn
    sizes = (turned**2).sum(0)
    return (turn.T @ (scores[:kept] / deviations[:, None])) * np.sqrt(sizes)[:, None], sizes


def rotation(loadings: np.ndarray) -> np.ndarray:
    """The turn of (classes, M) loadings that makes them large or small but not middling (varimax).

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


DECOMPOSITION = _varimax

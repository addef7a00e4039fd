"""Principal component analysis."""

import numpy as np

from eyecandy.detection.find.decompositions._principal import count, principal


def _pca(samples: np.ndarray, components: int | None, crowded: bool) -> tuple[np.ndarray, np.ndarray]:
    scores, _, variances = principal(samples)
    kept = count(variances, components, crowded)
    return scores[:kept], variances[:kept]


DECOMPOSITION = _pca

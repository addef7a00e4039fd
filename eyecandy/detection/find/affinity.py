"""Which cells of a photo are alike to the network: along these affinities masks spread over whole things.

What a classifier goes by is a head or a wheel. Its own features of the middle layers are alike over the whole animal or
car, so that what is known of the head can be carried on to the legs (as random walks spread class activation maps: Ahn
and Kwak, CVPR 2018, there along learnt affinities; here nothing is learnt).
"""

import cv2
import numpy as np

SHARPNESS = 0.2  # of the cosine between features
COLOUR = 20.0  # in Lab
DISTANCE = 20.0  # in cells
STEPS = 2


def affinity(features: list[np.ndarray], pixels: np.ndarray) -> np.ndarray:
    """How much of each cell's value goes to each other cell in one step.

        exp((cos(f, f') - 1) / 0.2 - |colour - colour'|^2 / (2 * 20^2) - |place - place'|^2 / (2 * 20^2))

    Args:
        features: of each layer (rows, columns, channels); each less its mean and at length 1.
        pixels: (H, W, 3) uint8, the same photo at any size.

    Returns:
        (N, N) float32 for N = rows * columns cells, in rows that sum to 1.
    """
    rows, columns = features[0].shape[:2]
    unit = np.concatenate([_directions(layer) for layer in features], 1) / np.sqrt(len(features))
    small = cv2.resize(pixels, (columns, rows), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    colours = cv2.cvtColor(small, cv2.COLOR_RGB2LAB).reshape(-1, 3) / (np.sqrt(2) * COLOUR)
    places = np.indices((rows, columns), np.float32).reshape(2, -1).T / (np.sqrt(2) * DISTANCE)
    # exp(f.f'/s - |a - a'|^2) in one product: what depends on one cell alone goes into the norms.
    near = np.concatenate([colours, places], 1)
    joint = np.concatenate([unit / np.sqrt(SHARPNESS), np.sqrt(2) * near], 1).astype(np.float32)
    alone = (near**2).sum(1)
    weights = joint @ joint.T
    weights -= alone[:, None]
    weights -= alone + 1 / SHARPNESS
    np.exp(weights, out=weights)
    weights /= weights.sum(1, keepdims=True)
    return weights


def spread(masks: np.ndarray, weights: np.ndarray, steps: int = STEPS) -> np.ndarray:
    """Masks (K, rows, columns) after some steps along affinities (N, N)."""
    flat = masks.reshape(len(masks), -1).T
    for _ in range(steps):
        flat = weights @ flat
    return flat.T.reshape(masks.shape)


def _directions(features: np.ndarray) -> np.ndarray:
    flat = features.reshape(-1, features.shape[-1])
    flat = flat - flat.mean(0)
    return flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6)

"""Soft masks that compete for pixels."""

import numpy as np


def log_odds(soft: np.ndarray) -> np.ndarray:
    """(K, h, w) log-odds of each thing against the ground, or against the strongest rival where that is stronger."""
    inside = np.clip(soft, 0.02, 0.98)
    alone = np.log(inside / (1 - inside))
    if len(soft) == 1:
        return alone
    return np.stack([own - np.maximum(np.delete(alone, i, 0).max(0), 0) for i, own in enumerate(alone)])


def only_best(inside: np.ndarray, odds: np.ndarray) -> np.ndarray:
    """Each pixel only in the strongest of the things that it is in."""
    best = np.where(inside, odds, -np.inf).argmax(0)
    return inside & (best == np.arange(len(inside))[:, None, None])

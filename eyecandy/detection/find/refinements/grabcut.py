"""GrabCut (Rother, Kolmogorov, Blake 2004)."""

import cv2
import numpy as np

SURE, NEVER = 0.8, 0.3  # marks on a soft mask
ROUNDS = 2


def grabcut(pixels: np.ndarray, soft: np.ndarray) -> np.ndarray:
    """GrabCut started from each soft mask (Rother, Kolmogorov, Blake 2004): colours of thing and ground, and edges.

    Args:
        pixels: (h, w, 3) uint8.
        soft: (K, h, w) in [0, 1], each thing where it is above 0.5.

    Returns:
        (K, h, w) bool, no pixel in two things. Where GrabCut degenerates the soft mask is cut at a half.
    """
    odds = log_odds(soft)
    cut = []
    for mask, own in zip(soft, odds, strict=True):
        marks = np.full(mask.shape, cv2.GC_PR_BGD, np.uint8)
        marks[own > 0] = cv2.GC_PR_FGD
        marks[(mask > SURE) & (own > 0)] = cv2.GC_FGD
        marks[mask < NEVER] = cv2.GC_BGD
        # GrabCut starts its colour models by k-means with OpenCV's own generator, one a thread: seeded, two runs are
        # the same.
        cv2.setRNGSeed(0)
        models = np.zeros((2, 1, 65))
        try:
            cv2.grabCut(pixels, marks, None, models[0], models[1], ROUNDS, cv2.GC_INIT_WITH_MASK)
            inside = np.isin(marks, (cv2.GC_FGD, cv2.GC_PR_FGD))
        except cv2.error:  # too few pixels on one side for the five Gaussians of a colour model
            inside = own > 0
        cut.append(inside if inside.any() else own > 0)
    return only_best(np.array(cut), odds)


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


REFINEMENT = grabcut

"""Instances: one region, told apart into the several things of its word that it may be."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from scipy.ndimage import label, maximum_filter

from eyecandy.detection.arrays import resize_mask
from eyecandy.detection.find.logits import DenseLogits
from eyecandy.detection.find.regions import Hypothesis, support

VALLEY = 0.8  # between two things of one word it falls below this share of the lower peak
PEAK = 0.4  # of the highest peak, for a peak to count
AGAIN = 0.85  # above chance, what each of several things has by itself
APART = 3  # cells between two peaks
SMOOTH = 1.5  # cells


@dataclass(frozen=True, eq=False)
class Instance:
    """One thing: its region, and the part of the region's soft mask that is its own.

    Attributes:
        region: of the word.
        soft: (h, w) in [0, 1], the thing where it is above 0.5.
        probabilities: (C,) of the logits pooled under it.
        above_chance: the log-probability of the word above its chance, likewise.
    """

    region: Hypothesis
    soft: np.ndarray
    probabilities: np.ndarray
    above_chance: float


def tell_apart(regions: Sequence[Hypothesis], soft: Sequence[np.ndarray], logits: DenseLogits) -> list[Instance]:
    """One instance of each region, or several where its word has several peaks with valleys between.

    Args:
        regions: what was found.
        soft: for each (h, w) in [0, 1], spread along the features.
        logits: of the photo.
    """
    return [instance for region, mask in zip(regions, soft, strict=True) for instance in _split(region, mask, logits)]


def _split(region: Hypothesis, soft: np.ndarray, logits: DenseLogits) -> list[Instance]:
    whole = Instance(region, soft, region.probabilities, region.above_chance)
    relief = np.sqrt(resize_mask(np.ascontiguousarray(logits.above_chance[..., region.word]), soft.shape[::-1]) * soft)
    relief = cv2.GaussianBlur(relief, (0, 0), SMOOTH)
    peaks = _peaks(relief)
    if len(peaks) < 2:
        return [whole]
    pieces = [_piece(whole, basin, logits) for basin in _basins(relief, peaks)]
    # Each is looked at alone: a peak that is not by itself sure of the word is a part of its neighbour.
    sure = [i for i, piece in enumerate(pieces) if i == 0 or piece.above_chance >= AGAIN]
    if len(sure) < 2:
        return [whole]
    return [_piece(whole, basin, logits) for basin in _basins(relief, [peaks[i] for i in sure])]


def _peaks(relief: np.ndarray) -> list[tuple[int, int]]:
    """(row, column) of the peaks that a valley parts from every higher one, the highest first."""
    highest = float(relief.max())
    at = (relief == maximum_filter(relief, 2 * APART + 1)) & (relief >= PEAK * highest) & (relief > 0)
    kept: list[tuple[int, int]] = []
    for row, column in sorted(map(tuple, np.argwhere(at)), key=lambda p: -relief[p]):
        land, _ = label(relief >= VALLEY * relief[row, column])
        if all(land[row, column] != land[other] for other in kept):
            kept.append((int(row), int(column)))
    return kept


def _basins(relief: np.ndarray, peaks: Sequence[tuple[int, int]]) -> list[np.ndarray]:
    """For each peak the cells (h, w) from which one climbs to it (watershed, Vincent and Soille 1991)."""
    owner = np.zeros(relief.shape, int)
    shore = [(-float(relief[peak]), peak, number) for number, peak in enumerate(peaks, 1)]
    heapq.heapify(shore)
    while shore:  # the water falls: the highest cell beside one that is dry goes to the same peak
        _, (row, column), number = heapq.heappop(shore)
        if owner[row, column]:
            continue
        owner[row, column] = number
        for near in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
            if 0 <= near[0] < relief.shape[0] and 0 <= near[1] < relief.shape[1] and not owner[near]:
                heapq.heappush(shore, (-float(relief[near]), near, number))
    return [owner == number for number in range(1, len(peaks) + 1)]


def _piece(whole: Instance, basin: np.ndarray, logits: DenseLogits) -> Instance:
    mask = np.where(basin, whole.region.mask, 0)
    if not mask.any():
        return replace(whole, soft=np.where(basin, whole.soft, 0), above_chance=0.0)
    probabilities = logits.pooled(support(mask, logits))
    sure = float(logits.words_above_chance(probabilities)[whole.region.word])
    return Instance(whole.region, np.where(basin, whole.soft, 0), probabilities, sure)

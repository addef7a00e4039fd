"""Masks: from soft masks on cells to the pixels of things, all things of a photo at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from scipy.ndimage import binary_fill_holes, distance_transform_edt, label

from eyecandy.detection.arrays import normalise, resize_mask
from eyecandy.detection.find.affinity import spread
from eyecandy.detection.find.instances import Instance
from eyecandy.detection.find.logits import DenseLogits
from eyecandy.detection.find.refinements import REFINEMENTS
from eyecandy.detection.find.regions import Hypothesis

LOW, HIGH = 5, 99  # percentiles between which a spread mask is scaled
SPECK, HOLE = 0.1, 0.04  # parts and holes below this share of the whole are dropped and filled
SMALLEST = 0.01  # of the picture: less is no object
LARGE, STRONG = 0.2, 0.4  # of the largest piece, and of the mask: pieces that are things of their own
FLAT = 2.0  # levels of 255; a picture that varies by less has no edges to follow


def halved(spread: np.ndarray) -> np.ndarray:
    """A spread mask (h, w) scaled to [0, 1] so that Otsu's threshold between thing and ground lies at a half."""
    low, high = np.percentile(spread, (LOW, HIGH))
    scaled = np.clip((spread - low) / max(high - low, 1e-9), 0, 1).astype(np.float32)
    level, _ = cv2.threshold(np.rint(255 * scaled).astype(np.uint8), 0, 255, cv2.THRESH_OTSU)
    middle = float(np.clip((level + 0.5) / 255, 0.15, 0.85))
    return np.where(scaled < middle, 0.5 * scaled / middle, 0.5 + 0.5 * (scaled - middle) / (1 - middle))


def tidy(inside: np.ndarray) -> np.ndarray:
    """A boolean mask without specks and small holes."""
    return without_holes(without_specks(inside))


def without_specks(inside: np.ndarray) -> np.ndarray:
    """A boolean mask without the connected parts that are small beside its largest."""
    parts, count = label(inside)
    if count < 2:
        return inside
    areas = np.bincount(parts.ravel())
    areas[0] = 0
    return np.isin(parts, np.flatnonzero(areas >= SPECK * areas.max()))


def without_holes(inside: np.ndarray) -> np.ndarray:
    """A boolean mask with its small holes filled: an eye belongs to the cat, the gap between two legs does not."""
    parts, count = label(binary_fill_holes(inside) & ~inside)
    if not count:
        return inside
    small = np.bincount(parts.ravel()) < HOLE * inside.sum()
    small[0] = False
    return inside | small[parts]


@dataclass(frozen=True, eq=False)
class Thing:
    """An instance with its pixels.

    Attributes:
        instance: what it is.
        inside: (h, w) bool, at half the size that the network looked at.
        rank: 0, or how many larger pieces of the same instance there are.
    """

    instance: Instance
    inside: np.ndarray
    rank: int = 0


def soft_masks(regions: Sequence[Hypothesis], logits: DenseLogits, alike: np.ndarray) -> list[np.ndarray]:
    """The soft mask of each region, (h, w) in [0, 1], the region where it is above 0.5.

    The region's own parts say which of several things is meant, the word's map how far it reaches; both together are
    spread along the features.
    """
    if not regions:
        return []
    shape = regions[0].mask.shape
    said = np.stack([resize_mask(logits.word_map(region.word), shape[::-1]) for region in regions])
    meant = normalise(np.stack([region.mask for region in regions]))
    return [halved(mask) for mask in spread(meant + normalise(said), alike)]


def cut(instances: Sequence[Instance], pixels: np.ndarray, refinement: str) -> list[Thing]:
    """Instances along the edges of a picture.

    Args:
        instances: with soft masks on cells.
        pixels: (H, W, 3) uint8, the photo as the network saw it.
        refinement: a name of `REFINEMENTS`.
    """
    if not instances:
        return []
    height, width = max(1, pixels.shape[0] // 2), max(1, pixels.shape[1] // 2)
    half = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
    soft = np.stack([cv2.resize(i.soft.astype(np.float32), (width, height)) for i in instances])
    things = []
    for instance, inside in zip(instances, REFINEMENTS[refinement](half, soft), strict=True):
        mask = resize_mask(normalise(np.where(instance.soft > 0, instance.region.mask, 0)), (width, height))
        pieces = _pieces(tidy(inside), mask)
        things += [Thing(instance, piece, rank) for rank, piece in enumerate(pieces) if piece.mean() >= SMALLEST]
    return things


def _pieces(inside: np.ndarray, mask: np.ndarray) -> list[np.ndarray]:
    """A mask, or the parts of it that lie apart and are each large and strong; what is small goes to the nearest."""
    parts, count = label(inside)
    if count < 2:
        return [inside] if count else []
    areas = np.bincount(parts.ravel())
    areas[0] = 0
    strong = [i for i in range(1, count + 1) if areas[i] >= LARGE * areas.max() and mask[parts == i].max() >= STRONG]
    if len(strong) < 2:
        return [inside]
    strong.sort(key=lambda i: -areas[i])
    nearest = np.argmin([distance_transform_edt(parts != i) for i in strong], 0)
    return [inside & (nearest == i) for i in range(len(strong))]


def bounds(inside: np.ndarray, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """The bounds of a boolean mask, in pixels of a photo of the size given."""
    height, width = inside.shape
    columns, rows = np.flatnonzero(inside.any(0)), np.flatnonzero(inside.any(1))
    across, down = size[0] / width, size[1] / height
    return (
        int(columns[0] * across),
        int(rows[0] * down),
        min(size[0], int(np.ceil((columns[-1] + 1) * across))),
        min(size[1], int(np.ceil((rows[-1] + 1) * down))),
    )

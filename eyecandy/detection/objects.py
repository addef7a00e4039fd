"""Objects: what the parts of the eigen-masks are, once they have competed for the photo."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import cv2
import numpy as np

from eyecandy.backbone.labels import Labels
from eyecandy.detection.arrays import normalise, read_only, resize_mask
from eyecandy.detection.claims import merged, separate
from eyecandy.detection.find.eigenmasks import EigenMasks
from eyecandy.detection.find.evidence import Claim, explain, pooled_profile
from eyecandy.detection.find.refine import PROBABLE, refine, without_specks
from eyecandy.detection.options import MIN_SCORE

HALF_SCORE = 10.0  # places of the class map, 32 x 32 pixels each, whose evidence scores 0.5
BLUR = 0.02  # of the longest side: gradients are grainy, an object is not
FILLING = 0.3
NAMES_PER_PART = 3  # classes that a part of an eigen-mask may stand for


class SeenClass(NamedTuple):
    """One class with its probability."""

    class_index: int
    label: str
    probability: float


@dataclass(frozen=True, eq=False)
class DetectedObject:
    """One thing in a photo.

    Attributes:
        label: the class, such as "Siberian husky".
        class_index: its number.
        word: the everyday word, such as "dog".
        probability: of the word, where the object is: the probabilities of its classes summed.
        score: in (0, 1), how much of the photo only this object explains. 0.5 is evidence worth ten places of
            32 x 32 pixels at the size the network saw.
        box: (x0, y0, x1, y1) in the photo's pixels, x1 and y1 exclusive: the bounds of where mask >= threshold.
        top: the object's own top classes, best first.
        eigenmask: index of the eigen-mask it belongs to.
        sign: +1 or -1, the part of that eigen-mask.
        explained_variance_ratio: of that eigen-mask.
        threshold: the object is where its mask is at least this: 0.5, or 0.4 where the mask is the raw soft one.
        size: (width, height) of the photo.
    """

    label: str
    class_index: int
    word: str
    probability: float
    score: float
    box: tuple[int, int, int, int]
    top: tuple[SeenClass, ...]
    eigenmask: int
    sign: int
    explained_variance_ratio: float
    threshold: float
    size: tuple[int, int]
    small_saliency: np.ndarray = field(repr=False)
    small_mask: np.ndarray = field(repr=False)

    @property
    def saliency(self) -> np.ndarray:
        """The raw soft mask, (H, W) float32 in [0, 1], at the photo's own size; read-only."""
        return read_only(resize_mask(self.small_saliency, self.size))

    @property
    def mask(self) -> np.ndarray:
        """The sharpened mask, (H, W) float32 in [0, 1], at the photo's own size; read-only."""
        return read_only(resize_mask(self.small_mask, self.size))

    @property
    def name(self) -> str:
        """What figures call it: "eigendog"."""
        return f"eigen{self.word}"

    @cached_property
    def area(self) -> int:
        """The number of the photo's pixels where mask >= threshold."""
        return int((self.mask >= self.threshold).sum())


@dataclass(frozen=True, eq=False)
class Sight:
    """What the network saw of one photo: all that objects are made from.

    Attributes:
        pixels: (h, w, 3) uint8, the photo as it is when masks are sharpened along its edges.
        size: (width, height) of the photo itself.
        class_map: (r, c, C) logits.
        signals: (N, H, W) class signals of the top classes, not normalised.
        eigenmasks: of the class masks.
    """

    pixels: np.ndarray
    size: tuple[int, int]
    class_map: np.ndarray
    signals: np.ndarray
    eigenmasks: EigenMasks


def find_objects(
    sight: Sight, labels: Labels, *, min_score: float = MIN_SCORE, refinement: str = "grabcut", top: int = 20
) -> tuple[DetectedObject, ...]:
    """The objects of a photo, best first.

    Each part of each eigen-mask is classified again; the classes that it may be then compete for the photo (see
    `evidence.explain`), which merges what overlaps and drops what explains nothing. A class that holds several
    separate places becomes several objects.

    Args:
        sight: what the network saw.
        labels: the names of the classes.
        min_score: objects below it are dropped, and what they held falls to the others.
        refinement: "grabcut" or "none".
        top: how many classes each object's own list holds.
    """
    least = HALF_SCORE * min_score / (1 - min_score)
    claims = explain(sight.class_map, _candidates(sight), least)
    pieces = [piece for claim in claims for piece in separate(claim, sight.class_map, least)]
    things = merged(pieces, sight.class_map, labels)
    # GrabCut is most of the work, uses one core, and lets go of the interpreter while it runs.
    with ThreadPoolExecutor() as threads:
        found = list(threads.map(lambda claim: _object(claim, sight, labels, refinement, top), things))
    return tuple(sorted((o for o in found if o is not None), key=lambda o: -o.score))


def _candidates(sight: Sight) -> list[int]:
    """The classes that the parts of the eigen-masks may be, each once."""
    rows, columns, classes = sight.class_map.shape
    logits = sight.class_map.reshape(-1, classes)
    best: dict[int, None] = {}
    for _, _, part in sight.eigenmasks.parts():
        profile = pooled_profile(logits, resize_mask(part, (columns, rows)).ravel())
        best |= dict.fromkeys(np.argsort(-profile, kind="stable")[:NAMES_PER_PART].tolist())
    return list(best)


def _object(claim: Claim, sight: Sight, labels: Labels, refinement: str, top: int) -> DetectedObject | None:
    words = labels.word_probabilities(claim.profile)
    eigenmask, sign = _eigenpart(claim, sight.eigenmasks)
    saliency = _soft_mask(claim, sight)
    mask, threshold = _sharpened(saliency, sight, refinement)
    if mask.max() < threshold:  # its places hold no signal at all
        return None
    best = np.argsort(-claim.profile, kind="stable")[:top].tolist()
    return DetectedObject(
        label=labels.names[claim.label],
        class_index=claim.label,
        word=labels.word_of(claim.label),
        probability=float(min(1.0, words[labels.word_ids[claim.label]])),
        score=claim.worth / (claim.worth + HALF_SCORE),
        box=bounds(mask >= threshold, sight.size),
        top=tuple(SeenClass(i, labels.names[i], float(claim.profile[i])) for i in best),
        eigenmask=eigenmask,
        sign=sign,
        explained_variance_ratio=float(sight.eigenmasks.explained_variance_ratio[eigenmask]),
        threshold=threshold,
        size=sight.size,
        small_saliency=saliency,
        small_mask=mask,
    )


def _eigenpart(claim: Claim, eigenmasks: EigenMasks) -> tuple[int, int]:
    """The part of an eigen-mask that lies most where the claim's gain does, by the angle between them."""
    height, width = eigenmasks.components.shape[1:]
    gain = resize_mask(claim.gain.astype(np.float32), (width, height))
    fits = {
        (index, sign): float((part * gain).sum() / np.linalg.norm(part)) for index, sign, part in eigenmasks.parts()
    }
    return max(fits, key=lambda key: fits[key])


def _soft_mask(claim: Claim, sight: Sight) -> np.ndarray:
    """What all class signals together say inside the claim's territory, blurred to a shape.

    Signals follow edges and are faint inside a large smooth object; a share of the claim's gain fills it.
    """
    height, width = sight.signals.shape[1:]
    held = resize_mask((claim.territory > 0).astype(np.float32), (width, height))
    gain = resize_mask(claim.gain.astype(np.float32), (width, height))
    edges, filling = (
        normalise(cv2.GaussianBlur(mask, (0, 0), BLUR * max(height, width)))
        for mask in (sight.signals.sum(0) * held, gain)
    )
    soft = (1 - FILLING) * edges + FILLING * filling
    return normalise(resize_mask(soft, (sight.pixels.shape[1], sight.pixels.shape[0])))


def _sharpened(saliency: np.ndarray, sight: Sight, refinement: str) -> tuple[np.ndarray, float]:
    """The final mask and its threshold."""
    refined = refine(sight.pixels, saliency) if refinement == "grabcut" else None
    if refined is not None:
        return refined, 0.5
    # Specks beside the object are pressed below the threshold; the rest of the soft mask stays as it is.
    inside = saliency >= PROBABLE
    return np.where(inside & ~without_specks(inside), np.float32(0.95 * PROBABLE), saliency), PROBABLE


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

"""Objects: things that the network knows again, with a label, a score, a mask and a box."""

from collections.abc import Sequence

import cv2
import numpy as np

from eyecandy.backbone.labels import Labels
from eyecandy.detection.arrays import normalise, resize_mask
from eyecandy.detection.find.eigenmasks import EigenMasks
from eyecandy.detection.find.logits import DenseLogits
from eyecandy.detection.find.masks import Thing, bounds
from eyecandy.detection.find.regions import DROPPED, KEPT, NamedPart
from eyecandy.detection.result import DetectedObject, EigenPart, SeenClass
from eyecandy.detection.score import Signs, score

FEATHER = 0.8  # pixels
THRESHOLD = 0.5  # of a mask
Found = tuple[Thing, DetectedObject]


def objects(
    known: Sequence[tuple[Thing, np.ndarray]],
    logits: DenseLogits,
    eigen: EigenMasks,
    size: tuple[int, int],
    *,
    min_score: float,
    min_probability: float,
    top: int,
) -> list[Found]:
    """The objects of a photo, best first.

    Args:
        known: things with their pixels, each with the class probabilities (C,) of its box shown alone.
        logits: of the photo.
        eigen: its eigen-masks.
        size: (width, height) of the photo.
        min_score, min_probability: what scores less, or whose word is less probable, is left out. Nothing else
            depends on them.
        top: how many classes each object's own list holds.
    """
    found = []
    for thing, seen in known:
        item = _object(thing, seen, logits, eigen, size, top)
        if item.score >= min_score and item.probability >= min_probability:
            found.append((thing, item))
    return sorted(found, key=lambda each: -each[1].score)


def _object(
    thing: Thing,
    seen: np.ndarray,
    logits: DenseLogits,
    eigen: EigenMasks,
    size: tuple[int, int],
    top: int,
) -> DetectedObject:
    region, labels = thing.instance.region, logits.labels
    both = np.sqrt(thing.instance.probabilities * seen)  # as it is in its surroundings, and alone
    if logits.scores == "softmax":
        both /= both.sum()
    # Which of the classes of the word it is, a look at nothing else tells best.
    of_word = np.where(labels.word_ids == region.word, seen, -1)
    best = int(of_word.argmax())
    order = np.argsort(-both, kind="stable")[:top].tolist()
    part = region.parts[0].part
    saliency = normalise(resize_mask(thing.instance.soft.astype(np.float32), thing.inside.shape[::-1]))
    signs = Signs(
        place=thing.instance.above_chance,
        alone=float(logits.words_above_chance(seen)[region.word]),
        kept=float(saliency[thing.inside].sum() / max(float(saliency.sum()), 1e-9)),
        sides=_sides(thing.inside),
    )
    mask = cv2.GaussianBlur(thing.inside.astype(np.float32), (0, 0), FEATHER)
    return DetectedObject(
        label=labels.names[best],
        class_index=best,
        word=labels.words[best],
        probability=float(min(1.0, logits.word_probabilities(both)[region.word])),
        score=score(signs),
        box=_box(mask, thing.inside, size),
        top=tuple(SeenClass(i, labels.names[i], float(both[i])) for i in order),
        eigenmask=part.component,
        sign=part.sign,
        explained_variance_ratio=float(eigen.explained_variance_ratio[part.component]),
        threshold=THRESHOLD,
        size=size,
        small_saliency=saliency,
        small_mask=mask,
        signs=signs,
    )


def _sides(inside: np.ndarray) -> int:
    """How many sides of the photo a mask touches."""
    return sum(bool(side.any()) for side in (inside[0], inside[-1], inside[:, 0], inside[:, -1]))


def _box(mask: np.ndarray, inside: np.ndarray, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """The bounds of the mask at the photo's own size; of the pixels that it was made of where none is left."""
    whole = resize_mask(mask, size) >= THRESHOLD
    return bounds(whole, size) if whole.any() else bounds(inside, size)


def eigenparts(
    parts: Sequence[NamedPart],
    found: Sequence[Found],
    eigen: EigenMasks,
    labels: Labels,
    size: tuple[int, int],
    top: int,
) -> tuple[EigenPart, ...]:
    """Each part of each eigen-mask, and what became of it."""
    made = []
    for each in parts:
        number = next((i for i, (thing, _) in enumerate(found) if each in thing.instance.region.parts), None)
        order = np.argsort(-each.probabilities, kind="stable")[:top].tolist()
        made.append(
            EigenPart(
                component=each.part.component,
                sign=each.part.sign,
                explained_variance_ratio=float(eigen.explained_variance_ratio[each.part.component]),
                word=labels.word_list[each.word],
                evidence=each.above_chance,
                top=tuple(SeenClass(i, labels.names[i], float(each.probabilities[i])) for i in order),
                fate=DROPPED if each.fate == KEPT and number is None else each.fate,
                object=number,
                size=size,
                small_mask=each.part.mask,
            )
        )
    return tuple(made)

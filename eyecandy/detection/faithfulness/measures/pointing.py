"""Pointing and energy: whether the raw soft mask lies in the object that is really there, and the sharpened one on it.

- Pointing game (Zhang et al.: "Top-down Neural Attention by Excitation Backprop", ECCV 2016): whether the soft mask's
  highest point lies in the object. There is no margin around it.
- Energy (Wang et al.: "Score-CAM", CVPR Workshops 2020): the share of the soft mask that lies in it.
- IoU of the sharpened mask with it, and, of all photos together, AP50: the average precision at an IoU of 0.5.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from eyecandy.detection.faithfulness.measure import Measure, Reading, Total
from eyecandy.detection.faithfulness.scene import Scene, iou
from eyecandy.detection.faithfulness.truth.objects import TrueObject, Truth
from eyecandy.detection.result import DetectedObject

RIGHT = 0.5
RECALLS = np.linspace(0, 1, 101)  # at which COCO reads the precision


class Judged(NamedTuple):
    """What AP50 needs of a photo, by the name of the true things; None of those that have none.

    Attributes:
        found: by name, (score, right) of each found object that claims to be such a thing.
        there: by name, how many are there.
    """

    found: dict[str | None, list[tuple[float, bool]]]
    there: dict[str | None, int]


def pointing(scene: Scene) -> list[Reading]:
    """Each object beside the true one that it overlaps most, of those that it is rightly called."""
    size = scene.found.photo.size
    regions = [(true, true.region(size)) for true in scene.truths or () if not true.crowd]
    readings = []
    for name, item in zip(scene.names, scene.found.objects, strict=True):
        mask = item.mask >= item.threshold
        own = [
            (iou(mask, region), number) for number, (true, region) in enumerate(regions) if true.fits(item.class_index)
        ]
        if not own or (regions[own[0][1]][0].classes is None and not any(overlap for overlap, _ in own)):
            readings.append(Reading({}, f"Nothing is known to be there that the {name} would be right for."))
            continue
        overlap = max(own)[0]
        there = np.any([regions[number][1] for _, number in own], axis=0)
        soft = item.saliency
        points = bool(there.ravel()[soft.argmax()])
        energy = float(soft[there].sum() / max(float(soft.sum()), 1e-9))
        sentence = (
            f"The soft mask of the {name} is strongest {'inside' if points else 'outside'} the true object and lies "
            f"in it to {100 * energy:.0f} %; the mask overlaps it by {overlap:.2f} (IoU)."
        )
        readings.append(Reading({"pointing": float(points), "energy": energy, "IoU": overlap}, sentence))
    return readings


def judged(scene: Scene) -> Judged:
    """Found objects, best first, each with the best true one that no better object took."""
    size = scene.found.photo.size
    regions = [(true, true.region(size)) for true in scene.truths or ()]
    there: dict[str | None, int] = {}
    for true, _ in regions:
        if not true.crowd and true.classes != frozenset():
            there[true.name] = there.get(true.name, 0) + 1
    found: dict[str | None, list[tuple[float, bool]]] = {name: [] for name in there}
    taken: set[int] = set()
    for item in scene.found.objects:
        name, right = _judged(item, regions, taken)
        if right is not None:
            found.setdefault(name, []).append((item.score, right))
    return Judged(found, there)


def _judged(
    item: DetectedObject, regions: Sequence[tuple[TrueObject, np.ndarray]], taken: set[int]
) -> tuple[str | None, bool | None]:
    """What an object claims to be, and whether it is; None where it does not count, lying mostly in a crowd."""
    mask = item.mask >= item.threshold
    fits = [(iou(mask, region), n) for n, (true, region) in enumerate(regions) if true.fits(item.class_index)]
    free = [(overlap, n) for overlap, n in fits if n not in taken and not regions[n][0].crowd]
    overlap, best = max(free, default=(0.0, -1))
    if overlap >= RIGHT:
        taken.add(best)
        return regions[best][0].name, True
    if any((mask & region).sum() >= RIGHT * mask.sum() for true, region in regions if true.crowd):
        return None, None
    return (regions[fits[0][1]][0].name, False) if fits else (None, None)


def average_precision(found: Sequence[tuple[float, bool]], there: int) -> float:
    """COCO's: the mean, over 101 recalls, of the best precision at that recall or a higher one.

    Args:
        found: (score, right) of each found object.
        there: how many there are to be found.

    >>> average_precision([(0.9, True), (0.8, False), (0.7, True)], 2)
    0.8349834983498351
    """
    right = np.array([each for _, each in sorted(found, key=lambda each: -each[0])], float)
    if not right.size:
        return 0.0
    recall = right.cumsum() / there
    precision = np.maximum.accumulate((right.cumsum() / np.arange(1, right.size + 1))[::-1])[::-1]
    at = np.searchsorted(recall, RECALLS)
    return float(np.where(at < right.size, precision[np.minimum(at, right.size - 1)], 0).mean())


def ap50(photos: Sequence[Judged], truth: Truth | None = None) -> Total:
    """The mean over all names of things that are there."""
    names = {name for photo in photos for name in photo.there}
    each = {
        name: average_precision(
            [one for photo in photos for one in photo.found.get(name, [])], sum(p.there.get(name, 0) for p in photos)
        )
        for name in names
    }
    named = {str(name): round(value, 4) for name, value in sorted(each.items(), key=lambda e: str(e[0]))}
    return Total(
        {"AP50": float(np.mean(list(each.values())))} if each else {}, {} if None in each else {"by name": named}
    )


MEASURE = Measure(
    "pointing",
    {
        "pointing": "whether the soft mask is strongest inside the true object",
        "energy": "the share of the soft mask that lies inside it",
        "IoU": "how far the mask and the true object overlap",
        "AP50": "the average precision of the objects at an IoU of 0.5, over the names of what is there",
    },
    passes=(1, 0),
    objects=pointing,
    photo=judged,
    total=ap50,
    truth=True,
)

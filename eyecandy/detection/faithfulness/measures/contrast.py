"""Class contrast: whether the mask of another class is another mask.

A map that follows the photo's edges, whatever it is asked for, looks well on a photo of one thing. So classes are drawn
at random, and where the network's signal of each is strongest, on as many pixels as the object has, is compared with
where that of the object's own class is.
"""

import numpy as np

from eyecandy.detection.faithfulness.measure import Measure, Reading, rounded
from eyecandy.detection.faithfulness.orders import ranks
from eyecandy.detection.faithfulness.scene import Scene, iou
from eyecandy.detection.find.tracing import class_signals

OTHERS = 3
_CELL = 8  # pixels: signals are no finer


def contrast(scene: Scene) -> list[Reading]:
    """1 less the mean IoU of the masks of each object's class and of three others, drawn from all other words."""
    objects, labels = scene.found.objects, scene.net.labels
    drawn = []
    for number, item in enumerate(objects):
        words = np.flatnonzero(labels.word_ids != scene.word(item))
        count = min(OTHERS, len(words))
        drawn.append(sorted(int(i) for i in scene.random(number).choice(words, count, replace=False)) if count else [])
    needed = sorted({item.class_index for item in objects} | {each for several in drawn for each in several})
    maps = signals(scene, needed)
    readings = []
    for name, item, others in zip(scene.names, objects, drawn, strict=True):
        if not others:
            readings.append(Reading({}, f"There is no other class than that of the {name}."))
            continue
        area = float(scene.inside(item).mean())
        own = ranks(maps[item.class_index]) < area
        overlap = {labels.names[each]: iou(own, ranks(maps[each]) < area) for each in others}
        mean = float(np.mean(list(overlap.values())))
        chance = area / (2 - area)
        sentence = (
            f"The mask of the {name} and those of {_listed(list(overlap))} overlap by {mean:.2f} (IoU); "
            f"masks of this size that are thrown at random, by {chance:.2f}."
        )
        readings.append(
            Reading({MEASURE.name: 1 - mean}, sentence, {"iou": rounded(overlap), "chance": round(chance, 4)})
        )
    return readings


def signals(scene: Scene, classes: list[int]) -> dict[int, np.ndarray]:
    """What each class says to the photo's cells of eight pixels, (h, w)."""
    width, height = scene.size
    cells = (max(1, width // _CELL), max(1, height // _CELL))
    found = class_signals(scene.net, scene.pixels, classes, cells=cells)
    return dict(zip(classes, found, strict=True))


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


MEASURE = Measure(
    "contrast",
    {"contrast": "how little of the class's mask it shares with masks of classes drawn at random (1 - IoU)"},
    passes=(1, 1),
    objects=contrast,
)

"""What a whole photo is taken for: the ranking of its classes, without asking where they are."""

import numpy as np

from eyecandy.backbone.labels import Labels
from eyecandy.backbone.model import Backbone
from eyecandy.backbone.pooling import Reading
from eyecandy.backbone.scores import Scores, probabilities_of
from eyecandy.detection.detect import look
from eyecandy.detection.options import DetectOptions
from eyecandy.detection.result import SeenClass
from eyecandy.images import Photo


def whole(photo: Photo, backbone: Backbone, options: DetectOptions) -> np.ndarray:
    """(h, w, C) logits of a photo at the size that the options ask for, also of a network without places.

    Raises:
        EyecandyError: as `look`.
    """
    if backbone.whole is None:
        return look(photo, backbone, options).class_map
    options.check(backbone)
    return backbone.class_map(photo.pixels[None])[0]


def ranked(
    class_map: np.ndarray, labels: Labels, reading: Reading, top: int, scores: Scores = "softmax"
) -> tuple[SeenClass, ...]:
    """The top classes of one (h, w, C) class map in one of its readings, best first."""
    probabilities = probabilities_of(class_map[None], reading, scores)[0]
    order = np.argsort(-probabilities, kind="stable")[:top].tolist()
    return tuple(SeenClass(i, labels.names[i], float(probabilities[i])) for i in order)

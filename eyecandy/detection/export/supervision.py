"""A result as `supervision.Detections` (https://supervision.roboflow.com), for its annotators, trackers and metrics."""

from typing import TYPE_CHECKING

import numpy as np

from eyecandy.detection.result import Result
from eyecandy.errors import EyecandyError

if TYPE_CHECKING:
    from supervision import Detections


def to_supervision(found: Result) -> "Detections":
    """The objects as `supervision.Detections`, best score first.

    Returns:
        "xyxy" (K, 4) float32 boxes, "mask" (K, H, W) bool at the photo's own size, "confidence" (K,) float32 scores,
        "class_id" (K,) class numbers; in "data" the (K,) texts "class_name" (the label), "word" and the float
        "probability". Without objects every array has K = 0.

    Raises:
        EyecandyError: the package supervision is not installed.
    """
    try:
        import supervision
    except ImportError as error:
        raise EyecandyError(
            "to_supervision() needs the package supervision, which is not installed; pip install supervision"
        ) from error
    objects = found.objects
    width, height = found.photo.size
    masks = np.empty((len(objects), height, width), bool)
    for mask, item in zip(masks, objects, strict=True):
        mask[:] = item.mask >= item.threshold
    return supervision.Detections(
        xyxy=np.array([item.box for item in objects], np.float32).reshape(-1, 4),
        mask=masks,
        confidence=np.array([item.score for item in objects], np.float32),
        class_id=np.array([item.class_index for item in objects], np.int64),
        data={
            "class_name": np.array([item.label for item in objects], np.str_),
            "word": np.array([item.word for item in objects], np.str_),
            "probability": np.array([item.probability for item in objects], np.float32),
        },
    )

"""Which truth a path stands for."""

import os
from pathlib import Path

import numpy as np

from eyecandy.backbone.labels import Labels
from eyecandy.detection.faithfulness.truth.boxes import read_boxes
from eyecandy.detection.faithfulness.truth.coco import read_coco
from eyecandy.detection.faithfulness.truth.masks import mask_truth, read_masks
from eyecandy.detection.faithfulness.truth.objects import Truth
from eyecandy.errors import EyecandyError
from eyecandy.images.decoding import suffixes

TruthLike = Truth | str | os.PathLike[str] | np.ndarray
"""Whatever may say what is there: a path, a mask (H, W), or a truth that was read already."""


def truth_of(given: TruthLike | None, labels: Labels) -> Truth | None:
    """What is really there, however it was given.

    Raises:
        EyecandyError: it cannot be read.
    """
    if given is None or isinstance(given, Truth):
        return given
    if isinstance(given, str | os.PathLike):
        return read_truth(Path(given), labels)
    return mask_truth(given)


def read_truth(source: Path, labels: Labels) -> Truth:
    """What is really in photos, from a mask, a folder of masks, a COCO file, or one of the lists of `boxes`.

    Raises:
        EyecandyError: there is no such file, or it is none of these.
    """
    if not source.exists():
        raise EyecandyError(
            f"the truth {str(source)!r} does not exist; expected a mask, a COCO file or a list of boxes"
        )
    if source.suffix.lower() == ".json":
        return read_coco(source, labels)
    boxes = read_boxes(source, labels)
    if boxes is not None:
        return boxes
    if source.suffix.lower() in suffixes() or (source.is_dir() and any(source.glob("*.png"))):
        return read_masks(source)
    raise EyecandyError(
        f"{str(source)!r} is no truth that is known: expected a mask or a folder of masks as PNG, a COCO file (.json), "
        "a folder of the WSOL benchmark, of CUB or of ImageNet's XML files, or a CSV file of ImageNet or OpenImages"
    )

"""What a result says of a photo as plain values, ready for `json.dumps`: what journals hold and formats write."""

from typing import Any, NotRequired, TypedDict

import cv2
import numpy as np

from eyecandy.detection.result import DetectedObject, Result, SeenClass


class RunLengths(TypedDict):
    """A mask (H, W) as COCO's uncompressed run lengths, see `run_lengths`."""

    size: list[int]
    counts: list[int]


class Annotation(TypedDict):
    """One object: COCO's keys "id" to "score", and eyecandy's own."""

    id: int
    image_id: int
    category_id: int
    iscrowd: int
    bbox: list[int]
    area: int
    segmentation: RunLengths
    score: float
    word: str
    label: str
    something_like: bool
    probability: float
    threshold: float
    eigenmask: int
    sign: int
    explained_variance_ratio: float
    top: list[dict[str, Any]]
    mask: NotRequired[str]
    """The file that holds the object's soft mask."""
    cutout: NotRequired[str]
    """The file that shows the object cut out."""


class LabelledPhoto(TypedDict):
    """A photo with its objects: "photo" is its name, "classes" the top classes, "notes" what was done to read it."""

    photo: str
    width: int
    height: int
    notes: list[str]
    classes: list[dict[str, Any]]
    annotations: list[Annotation]


def labelled(found: Result, name: str) -> LabelledPhoto:
    """What was found in a photo of a name."""
    width, height = found.photo.size
    return {
        "photo": name,
        "width": width,
        "height": height,
        "notes": list(found.photo.notes),
        "classes": [as_dict(seen) for seen in found.classes],
        "annotations": [annotation(item, number) for number, item in enumerate(found.objects, start=1)],
    }


def annotation(found: DetectedObject, number: int) -> Annotation:
    """One object as a COCO annotation, of the image 1.

    Returns:
        COCO's keys "id", "image_id", "category_id", "iscrowd", "bbox" ([x, y, width, height]), "area",
        "segmentation" and "score", and eyecandy's own: "word", "label", "something_like" (whether no class fits),
        "probability", "threshold", "eigenmask", "sign", "explained_variance_ratio" and "top".
    """
    x0, y0, x1, y1 = found.box
    segmentation = run_lengths(found.mask >= found.threshold)
    return {
        "id": number,
        "image_id": 1,
        "category_id": found.class_index,
        "iscrowd": 0,
        "bbox": [x0, y0, x1 - x0, y1 - y0],
        "area": sum(segmentation["counts"][1::2]),
        "segmentation": segmentation,
        "score": round(found.score, 6),
        "word": found.word,
        "label": found.label,
        "something_like": found.something_like,
        "probability": round(found.probability, 6),
        "threshold": found.threshold,
        "eigenmask": found.eigenmask,
        "sign": found.sign,
        "explained_variance_ratio": round(found.explained_variance_ratio, 6),
        "top": [as_dict(seen) for seen in found.top],
    }


def as_dict(seen: SeenClass) -> dict[str, Any]:
    """A class with its probability."""
    return {**seen._asdict(), "probability": round(seen.probability, 6)}


def run_lengths(inside: np.ndarray) -> RunLengths:
    """A boolean mask (H, W) as COCO's uncompressed run lengths.

    Returns:
        "size", [H, W], and "counts": lengths of runs in column-major order, of outside, inside, outside, ... by
        turns; the first is 0 where the mask starts inside.

    >>> run_lengths(np.array([[False, True], [False, True]]))
    {'size': [2, 2], 'counts': [2, 2]}
    """
    flat = cv2.transpose(inside.view(np.uint8)).ravel()  # ten times as fast as ravel(order="F") where it is large
    changes = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    counts = np.diff(changes, prepend=0, append=flat.size).tolist()
    return {"size": list(inside.shape), "counts": [0, *counts] if flat[0] else counts}


def inside(mask: RunLengths) -> np.ndarray:
    """The boolean mask (H, W) that run lengths stand for.

    >>> inside({"size": [2, 2], "counts": [2, 2]}).tolist()
    [[False, True], [False, True]]
    """
    height, width = mask["size"]
    values = np.arange(len(mask["counts"])) % 2 == 1
    return np.repeat(values, mask["counts"]).reshape(width, height).T

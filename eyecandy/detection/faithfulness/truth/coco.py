"""Truth as a COCO data set (https://cocodataset.org/#format-data): masks of named things in many photos."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from eyecandy.backbone.labels import Labels
from eyecandy.detection.faithfulness.truth.names import classes_named
from eyecandy.detection.faithfulness.truth.objects import TrueObject, Truth, other_size
from eyecandy.errors import EyecandyError

LISTS = {
    "images": ("id", "file_name"),
    "annotations": ("image_id", "category_id", "bbox"),
    "categories": ("id", "name"),
}


def read_coco(source: Path, labels: Labels) -> Truth:
    """The truth that a COCO file tells.

    Args:
        source: the file.
        labels: of the network: a category is right for the classes that its name finds among them.

    Raises:
        EyecandyError: it cannot be read, is no COCO file, or pycocotools is not installed.
    """
    document = _document(source)
    mask_tools()
    categories = {each["id"]: str(each["name"]) for each in document["categories"]}
    classes = {number: classes_named(name, labels) for number, name in categories.items()}
    by_name: dict[str, dict[str, Any]] = {Path(str(each["file_name"])).name: each for each in document["images"]}
    by_image = defaultdict(list)
    for each in document["annotations"]:
        if each["category_id"] not in categories:
            raise _no_coco(
                source, f"an annotation of category {each['category_id']!r}, which is not among its categories"
            )
        by_image[each["image_id"]].append(each)

    def image(photo: Path) -> dict[str, Any]:
        if photo.name not in by_name:
            raise EyecandyError(
                f"{photo.name!r} is not among the {len(by_name)} images of {str(source)!r}, by file_name"
            )
        return by_name[photo.name]

    def of(photo: Path, size: tuple[int, int]) -> tuple[TrueObject, ...]:
        known = image(photo)
        given = known.get("width", size[0]), known.get("height", size[1])
        if given != size:
            raise other_size(f"{source}: {photo.name}", given, size)
        return tuple(
            TrueObject(
                categories[each["category_id"]],
                classes[each["category_id"]],
                (
                    each["bbox"][0],
                    each["bbox"][1],
                    each["bbox"][0] + each["bbox"][2],
                    each["bbox"][1] + each["bbox"][3],
                ),
                _mask(each, size, source),
                bool(each.get("iscrowd", 0)),
            )
            for each in by_image[known["id"]]
        )

    unknown = tuple(name for number, name in categories.items() if not classes[number])
    return Truth(source, of, document, unknown, lambda photo: image(photo)["id"])


def mask_tools() -> Any:
    """pycocotools.mask.

    Raises:
        EyecandyError: it is not installed.
    """
    try:
        from pycocotools import mask
    except ImportError as error:
        raise EyecandyError(
            "COCO files of true objects need the package pycocotools, which is not installed; "
            "pip install 'eyecandy[coco]'"
        ) from error
    return mask


def _mask(annotation: dict[str, Any], size: tuple[int, int], source: Path) -> np.ndarray | None:
    """(H, W) bool, of polygons or of run lengths; None where there is only a box."""
    given = annotation.get("segmentation")
    if not given:
        return None
    tools = mask_tools()
    try:
        if isinstance(given, dict):
            if [given["size"][1], given["size"][0]] != list(size):
                raise other_size(source, (given["size"][1], given["size"][0]), size)
            run_lengths = tools.frPyObjects(given, *given["size"]) if isinstance(given["counts"], list) else given
        else:
            run_lengths = tools.merge(tools.frPyObjects(given, size[1], size[0]))
        return tools.decode(run_lengths).astype(bool)
    except EyecandyError:
        raise
    except Exception as error:  # what a damaged segmentation makes of a C library's arguments
        raise _no_coco(source, f"a segmentation that is neither polygons nor run lengths ({error})") from error


def _document(source: Path) -> dict[str, Any]:
    try:
        document = json.loads(source.read_text(encoding="utf-8"))
    except OSError as error:
        raise EyecandyError(f"the truth {str(source)!r} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise _no_coco(source, f"no JSON ({error})") from error
    if not isinstance(document, dict):
        raise _no_coco(source, f"a {type(document).__name__}")
    for name, keys in LISTS.items():
        if not isinstance(document.get(name), list):
            raise _no_coco(source, f"no list {name!r}")
        for each in document[name]:
            missing = [key for key in keys if not isinstance(each, dict) or key not in each]
            if missing:
                raise _no_coco(source, f"one of {name!r} without {missing[0]!r}")
    return document


def _no_coco(source: Path, got: str) -> EyecandyError:
    return EyecandyError(f"{str(source)!r} is no COCO file: expected images, annotations and categories, got {got}")

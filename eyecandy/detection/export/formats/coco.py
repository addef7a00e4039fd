"""The COCO data set (https://cocodataset.org/#format-data): one JSON file, masks as run lengths."""

import json
from collections.abc import Iterable
from typing import Any, BinaryIO

from eyecandy._version import __version__
from eyecandy.detection.export.formats import Folder, Format
from eyecandy.detection.export.labelled import LabelledPhoto, annotation, as_dict
from eyecandy.detection.result import EigenPart, Result


def to_coco(found: Result) -> dict[str, Any]:
    """The objects as a COCO data set of one image, ready for `json.dumps`.

    Returns:
        "info", "images" (one, id 1), "categories" (those of the objects: the id is the class number, the name the
        label, the supercategory the everyday word), "annotations" (see `labelled.annotation`), and beside COCO's own
        keys "classes", the top classes of the whole photo, and "eigenparts", see `eigenpart`.
    """
    width, height = found.photo.size
    file_name = found.photo.name if found.photo.path is None else found.photo.path.name
    categories = {o.class_index: _category(o.class_index, o.label, o.word) for o in found.objects}
    return {
        "info": _info(found.backbone),
        "images": [{"id": 1, "file_name": file_name, "width": width, "height": height}],
        "categories": [categories[index] for index in sorted(categories)],
        "annotations": [annotation(item, number) for number, item in enumerate(found.objects, start=1)],
        "classes": [as_dict(seen) for seen in found.classes],
        "eigenparts": [eigenpart(part) for part in found.eigenparts],
    }


def eigenpart(part: EigenPart) -> dict[str, Any]:
    """One side of an eigen-mask, what it was classified as, and what became of it.

    Returns:
        "eigenmask" and "sign", as annotations have them, "explained_variance_ratio", "word", "evidence", "fate",
        "annotation" (the id of the object that it became, or null) and "top".
    """
    return {
        "eigenmask": part.component,
        "sign": part.sign,
        "explained_variance_ratio": round(part.explained_variance_ratio, 6),
        "word": part.word,
        "evidence": round(part.evidence, 6),
        "fate": part.fate,
        "annotation": None if part.object is None else part.object + 1,
        "top": [as_dict(seen) for seen in part.top],
    }


def image(photo: LabelledPhoto, number: int) -> dict[str, Any]:
    """A photo as a COCO image; besides it has "notes" and "classes"."""
    sizes = {key: value for key, value in photo.items() if key not in ("photo", "annotations")}
    return {"id": number, "file_name": photo["photo"], **sizes}


def _info(backbone: str) -> dict[str, str]:
    return {"description": f"objects that {backbone} sees", "version": __version__, "contributor": "eyecandy"}


def _category(index: int, label: str, word: str) -> dict[str, Any]:
    return {"id": index, "name": label, "supercategory": word}


def _write(folder: Folder, photos: Iterable[LabelledPhoto], backbone: str) -> str:
    """`objects.json`, as `to_coco` makes it of one photo.

    "file_name" is the photo's path below the folder of all photos; an annotation also has "mask".
    """
    images: list[dict[str, Any]] = []
    categories: dict[int, dict[str, Any]] = {}
    number = 0
    with folder.replace("objects.json") as file:
        _put(file, f'{{"info": {json.dumps(_info(backbone))},\n"annotations": [')
        for image_id, photo in enumerate(photos, start=1):
            images.append(image(photo, image_id))
            for found in photo["annotations"]:
                number += 1
                index = found["category_id"]
                categories[index] = _category(index, found["label"], found["word"])
                numbered = {**found, "id": number, "image_id": image_id}
                _put(file, f"{',' if number > 1 else ''}\n{json.dumps(numbered)}")
        _put(file, "],\n")
        _put(file, '"images": [')
        for each in images:
            _put(file, f"{',' if each['id'] > 1 else ''}\n{json.dumps(each)}")
        _put(file, f'],\n"categories": {json.dumps([categories[index] for index in sorted(categories)])}}}\n')
    return "objects.json"


def _put(file: BinaryIO, text: str) -> None:
    file.write(text.encode("ascii"))


FORMAT = Format(_write)

"""The COCO data set (https://cocodataset.org/#format-data): one JSON file, masks as run lengths or polygons."""

import json
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, BinaryIO

from eyecandy._version import __version__
from eyecandy.arguments import options_of
from eyecandy.detection.export.folder import Folder
from eyecandy.detection.export.formats import Format
from eyecandy.detection.export.labelled import Annotation, LabelledPhoto, as_dict, inside, labelled
from eyecandy.detection.export.labelling import Labelling
from eyecandy.detection.export.options import LabelOptions
from eyecandy.detection.export.polygons import keyholed, outlines
from eyecandy.detection.result import EigenPart, Result


def to_coco(found: Result, **knobs: Any) -> dict[str, Any]:
    """The objects as a COCO data set of one image, ready for `json.dumps`.

    Args:
        found: what was found.
        **knobs: of `LabelOptions`: by, segmentation, polygon_error.

    Returns:
        "info", "images" (one, id 1), "categories" (those of the objects, numbered from 1 by the alphabet; the
        supercategory is the everyday word), "annotations" (see `annotation`), and beside COCO's own keys "classes",
        the top classes of the whole photo, and "eigenparts", see `eigenpart`.
    """
    photo = labelled(found, found.photo.name if found.photo.path is None else found.photo.path.name)
    labelling = Labelling.of([photo], found.backbone, options_of(LabelOptions, None, knobs))
    size = {"width": photo["width"], "height": photo["height"]}
    return {
        "info": _info(labelling),
        "images": [{"id": 1, "file_name": photo["photo"], **size}],
        "categories": _categories(labelling),
        "annotations": [annotation(each, labelling, each["id"], 1) for each in photo["annotations"]],
        "classes": photo["classes"],
        "eigenparts": [eigenpart(part) for part in found.eigenparts],
    }


def annotation(found: Annotation, labelling: Labelling, number: int, image_id: int) -> dict[str, Any]:
    """One object as a COCO annotation.

    Returns:
        What `labelled.annotation` says of it; but "category_id" is that of the data set's category, "class_index" the
        number of the class, and "segmentation" compressed run lengths or polygons. A hole of a polygon is joined to
        its border by a seam.
    """
    ids = {"id": number, "image_id": image_id, "category_id": labelling.number(found) + 1}
    mask = found["segmentation"]
    segmentation: Any = {"size": mask["size"], "counts": compressed(mask["counts"])}
    if labelling.options.segmentation == "polygon":
        rings = [keyholed(part) for part in outlines(inside(mask), labelling.error)]
        segmentation = [[round(value, 2) for value in ring.ravel().tolist()] for ring in rings]
    return {**found, **ids, "class_index": found["category_id"], "segmentation": segmentation}


def compressed(counts: Sequence[int]) -> str:
    """Run lengths as COCO packs them into text, five bits a character, from the third on as differences.

    >>> compressed([2, 2])
    '22'
    """
    text = []
    for place, count in enumerate(counts):
        left = count - counts[place - 2] if place > 2 else count
        more = True
        while more:
            bits, left = left & 31, left >> 5
            more = left != (-1 if bits & 16 else 0)
            text.append(chr(48 + bits + 32 * more))
    return "".join(text)


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


def _info(labelling: Labelling) -> dict[str, str]:
    about = f"objects that {labelling.backbone} sees"
    return {"description": about, "version": __version__, "contributor": "eyecandy"}


def _categories(labelling: Labelling) -> list[dict[str, Any]]:
    pairs = zip(labelling.names, labelling.words, strict=True)
    return [{"id": index, "name": name, "supercategory": word} for index, (name, word) in enumerate(pairs, start=1)]


def _write(folder: Folder, photos: Iterable[LabelledPhoto], labelling: Labelling) -> str:
    """`objects.json`, as `to_coco` makes it of one photo.

    "file_name" is the photo's path below the folder of all photos; an annotation also has "mask".
    """
    write_coco(folder, "objects.json", photos, labelling)
    return "objects.json"


def write_coco(
    folder: Folder,
    name: str,
    photos: Iterable[LabelledPhoto],
    labelling: Labelling,
    beside: Mapping[str, Any] = MappingProxyType({}),
) -> None:
    """A COCO data set of photos, one at a time.

    Args:
        folder, name: of the file.
        beside: what the document has beside COCO's own keys, ready for `json.dumps`.
    """
    images: list[dict[str, Any]] = []
    number = 0
    with folder.replace(name) as file:
        _put(file, f'{{"info": {json.dumps(_info(labelling))},\n"annotations": [')
        for image_id, photo in enumerate(photos, start=1):
            images.append(image(photo, image_id))
            for found in photo["annotations"]:
                number += 1
                entry = annotation(found, labelling, number, image_id)
                _put(file, f"{',' if number > 1 else ''}\n{json.dumps(entry)}")
        _put(file, "],\n")
        for key, value in beside.items():
            _put(file, f"{json.dumps(key)}: {json.dumps(value)},\n")
        _put(file, '"images": [')
        for each in images:
            _put(file, f"{',' if each['id'] > 1 else ''}\n{json.dumps(each)}")
        _put(file, f'],\n"categories": {json.dumps(_categories(labelling))}}}\n')


def _put(file: BinaryIO, text: str) -> None:
    file.write(text.encode("ascii"))


FORMAT = Format(_write)

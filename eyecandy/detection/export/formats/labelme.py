"""labelme's files (https://labelme.io): a JSON file a photo, polygons that it opens and saves again."""

import json
from collections.abc import Iterable
from typing import Any

from eyecandy.detection.export.folder import Folder
from eyecandy.detection.export.formats import Format
from eyecandy.detection.export.labelled import LabelledPhoto, inside
from eyecandy.detection.export.labelling import Labelling
from eyecandy.detection.export.polygons import keyholed, through_pixels

_VERSION = "5.5.0"  # of labelme, whose files these are


def labelme(photo: LabelledPhoto, labelling: Labelling, image_path: str) -> dict[str, Any]:
    """A photo as labelme keeps it. Parts of one object share a "group_id"; "score" is a key that labelme hands on.

    Args:
        photo: what was found.
        labelling: how it is called.
        image_path: of the photo, from where the file is to lie.
    """
    shapes = [
        {
            "label": labelling.name(found),
            "points": keyholed(part).tolist(),
            "group_id": number,
            "description": f"score {found['score']:.2f}",
            "shape_type": "polygon",
            "flags": {},
            "mask": None,
            "score": found["score"],
        }
        for number, found in enumerate(photo["annotations"], start=1)
        for part in through_pixels(inside(found["segmentation"]), labelling.error)
    ]
    return {
        "version": _VERSION,
        "flags": {},
        "shapes": shapes,
        "imagePath": image_path,
        "imageData": None,
        "imageHeight": photo["height"],
        "imageWidth": photo["width"],
        "model_version": labelling.model,
    }


def _write(folder: Folder, photos: Iterable[LabelledPhoto], labelling: Labelling) -> str:
    """`PHOTO.json`, and `labels.txt` for `labelme --labels`."""
    for photo in photos:
        name = f"{labelling.stems[photo['photo']]}.json"
        document = labelme(photo, labelling, labelling.path_from(folder, name, photo["photo"]))
        with folder.replace(name) as file:
            file.write((json.dumps(document, indent=1) + "\n").encode("ascii"))
    with folder.replace("labels.txt") as file:
        file.write("".join(f"{name}\n" for name in ("__ignore__", "_background_", *labelling.names)).encode())
    return "labels.txt"


FORMAT = Format(_write, folder="labelme", lacks="joins holes to their border by a seam")

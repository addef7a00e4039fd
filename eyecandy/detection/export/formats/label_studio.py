"""Label Studio (https://labelstud.io): tasks with predictions to import, and the labelling interface to paste."""

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

from eyecandy.detection.export.folder import Folder
from eyecandy.detection.export.formats import Format
from eyecandy.detection.export.labelled import LabelledPhoto, inside
from eyecandy.detection.export.labelling import Labelling
from eyecandy.detection.export.polygons import keyholed, outlines

_FROM, _TO = "label", "image"  # what the labelling interface calls its two parts
LOCAL = "/data/local-files/?d="
"""Where Label Studio serves the files below LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT."""


def task(photo: LabelledPhoto, labelling: Labelling) -> dict[str, Any]:
    """A photo with its objects as a prediction: polygons in percent, each with the score of its object.

    Parts of one object are regions of their own, with the object's number as their "meta".
    """
    width, height = photo["width"], photo["height"]
    results = [
        {
            "id": f"{number}-{place}",
            "type": "polygonlabels",
            "from_name": _FROM,
            "to_name": _TO,
            "original_width": width,
            "original_height": height,
            "image_rotation": 0,
            "value": {
                "points": [[100 * x / width, 100 * y / height] for x, y in keyholed(part).tolist()],
                "closed": True,
                "polygonlabels": [labelling.name(found)],
            },
            "score": found["score"],
            "meta": {"text": [f"object {number}"]},
        }
        for number, found in enumerate(photo["annotations"], start=1)
        for place, part in enumerate(outlines(inside(found["segmentation"]), labelling.error), start=1)
    ]
    scores = [found["score"] for found in photo["annotations"]]
    prediction = {
        "model_version": labelling.model,
        "score": sum(scores) / len(scores) if scores else 0.0,
        "result": results,
    }
    return {"data": {_TO: LOCAL + quote(photo["photo"], errors="surrogateescape")}, "predictions": [prediction]}


def interface(labelling: Labelling) -> str:
    """The labelling interface: polygons of the classes, in their order."""
    view = ElementTree.Element("View")
    ElementTree.SubElement(view, "Image", name=_TO, value=f"${_TO}", zoom="true")
    labels = ElementTree.SubElement(view, "PolygonLabels", name=_FROM, toName=_TO)
    for name in labelling.names:
        ElementTree.SubElement(labels, "Label", value=name)
    ElementTree.indent(view)
    return ElementTree.tostring(view, encoding="unicode") + "\n"


def _write(folder: Folder, photos: Iterable[LabelledPhoto], labelling: Labelling) -> str:
    """`tasks.json` and `interface.xml`."""
    with folder.replace("tasks.json") as file:
        separator = b"[\n"
        for photo in photos:
            file.write(separator + json.dumps(task(photo, labelling)).encode("ascii"))
            separator = b",\n"
        file.write(b"\n]\n" if separator == b",\n" else b"[]\n")
    with folder.replace("interface.xml") as file:
        file.write(interface(labelling).encode())
    return "tasks.json"


FORMAT = Format(
    _write,
    folder="label-studio",
    lacks="joins holes to their border by a seam, and makes parts that lie apart regions of their own",
)

"""CVAT's own format, "CVAT for images 1.1": one XML file, masks as run lengths, so that every pixel is kept.

https://docs.cvat.ai/docs/dataset_management/formats/format-cvat/
"""

import json
from collections.abc import Iterable
from xml.etree import ElementTree

import numpy as np

from eyecandy.detection.export.folder import Folder
from eyecandy.detection.export.formats import Format
from eyecandy.detection.export.labelled import Annotation, LabelledPhoto, inside
from eyecandy.detection.export.labelling import Labelling, printable


def image(photo: LabelledPhoto, labelling: Labelling, number: int) -> ElementTree.Element:
    """A photo with its objects, each a mask with its score as an attribute."""
    sizes = {"width": str(photo["width"]), "height": str(photo["height"])}
    element = ElementTree.Element("image", {"id": str(number), "name": printable(photo["photo"]), **sizes})
    for found in photo["annotations"]:
        mask = ElementTree.SubElement(element, "mask", _mask(found, labelling))
        ElementTree.SubElement(mask, "attribute", name="score").text = f"{found['score']:.3f}"
    return element


def _mask(found: Annotation, labelling: Labelling) -> dict[str, str]:
    left, top, width, height = found["bbox"]
    cut = inside(found["segmentation"])[top : top + height, left : left + width].ravel()
    changes = np.flatnonzero(cut[1:] != cut[:-1]) + 1
    counts = np.diff(changes, prepend=0, append=cut.size).tolist()
    runs = [0, *counts] if cut[:1].any() else counts  # of outside, inside, outside, ... row by row
    place = {"left": str(left), "top": str(top), "width": str(width), "height": str(height)}
    kinds = {"label": labelling.name(found), "source": "auto", "occluded": "0", "z_order": "0"}
    return {**kinds, "rle": ", ".join(map(str, runs)), **place}


def _write(folder: Folder, photos: Iterable[LabelledPhoto], labelling: Labelling) -> str:
    """`annotations.xml`, and `labels.json`, which makes the task's labels: paste it under "Raw"."""
    score = {"name": "score", "mutable": False, "input_type": "text", "default_value": "", "values": [""]}
    labels = [{"name": name, "type": "mask", "attributes": [score]} for name in labelling.names]
    with folder.replace("annotations.xml") as file:
        file.write(b'<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n<version>1.1</version>\n')
        file.write(_xml(_meta(labelling)))
        for number, photo in enumerate(photos):
            file.write(_xml(image(photo, labelling, number)))
        file.write(b"</annotations>\n")
    with folder.replace("labels.json") as file:
        file.write((json.dumps(labels, indent=1) + "\n").encode("ascii"))
    return "annotations.xml"


def _meta(labelling: Labelling) -> ElementTree.Element:
    meta = ElementTree.Element("meta")
    task = ElementTree.SubElement(meta, "task")
    ElementTree.SubElement(task, "name").text = labelling.description
    labels = ElementTree.SubElement(task, "labels")
    for name in labelling.names:
        label = ElementTree.SubElement(labels, "label")
        ElementTree.SubElement(label, "name").text = name
        ElementTree.SubElement(label, "type").text = "mask"
        attribute = ElementTree.SubElement(ElementTree.SubElement(label, "attributes"), "attribute")
        for key, value in {"name": "score", "mutable": "False", "input_type": "text", "values": ""}.items():
            ElementTree.SubElement(attribute, key).text = value
    return meta


def _xml(element: ElementTree.Element) -> bytes:
    ElementTree.indent(element)
    return ElementTree.tostring(element) + b"\n"


FORMAT = Format(_write, folder="cvat")

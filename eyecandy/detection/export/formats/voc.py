"""Pascal VOC (http://host.robots.ox.ac.uk/pascal/VOC): an XML file a photo, and its pictures of objects and classes."""

import io
from collections.abc import Iterable
from xml.etree import ElementTree

import numpy as np
from PIL import Image

from eyecandy.detection.export.folder import Folder
from eyecandy.detection.export.formats import Format
from eyecandy.detection.export.labelled import LabelledPhoto, inside
from eyecandy.detection.export.labelling import Labelling, printable
from eyecandy.detection.export.polygons import bridged, through_pixels

_MOST = 255  # objects or classes that a picture's palette has room for, beside the ground


def annotation(photo: LabelledPhoto, labelling: Labelling) -> ElementTree.Element:
    """A photo with its objects: boxes that count pixels from 1, and beside VOC's own keys a "polygon" each."""
    root = ElementTree.Element("annotation")
    _texts(root, folder="JPEGImages", filename=printable(labelling.shown(photo["photo"])))
    _texts(ElementTree.SubElement(root, "source"), database=labelling.description)
    size = {"width": str(photo["width"]), "height": str(photo["height"]), "depth": "3"}
    _texts(ElementTree.SubElement(root, "size"), **size)
    _texts(root, segmented="1")
    for found in photo["annotations"]:
        element = ElementTree.SubElement(root, "object")
        _texts(element, name=_plain(labelling.name(found)), pose="Unspecified", truncated="0", difficult="0")
        x, y, width, height = found["bbox"]
        box = ElementTree.SubElement(element, "bndbox")
        _texts(box, xmin=str(x + 1), ymin=str(y + 1), xmax=str(x + width), ymax=str(y + height))
        polygon = ElementTree.SubElement(element, "polygon")
        ring = bridged(through_pixels(inside(found["segmentation"]), labelling.error)) + 1
        for number, (across, down) in enumerate(ring.tolist(), start=1):
            _texts(polygon, **{f"x{number}": f"{across:g}", f"y{number}": f"{down:g}"})
    return root


def pictures(photo: LabelledPhoto, labelling: Labelling) -> tuple[np.ndarray, np.ndarray]:
    """Which object and which class each pixel belongs to: two (H, W) uint8, counted from 1; 0 is the ground.

    Of two objects that share a pixel the one with the better score has it, and what is past the 255th has none.
    """
    objects = np.zeros((photo["height"], photo["width"]), np.uint8)
    classes = objects.copy()
    for number, found in reversed(list(enumerate(photo["annotations"][:_MOST], start=1))):
        where = inside(found["segmentation"])
        objects[where] = number
        classes[where] = labelling.number(found) + 1 if labelling.number(found) < _MOST else 0
    return objects, classes


def _write(folder: Folder, photos: Iterable[LabelledPhoto], labelling: Labelling) -> str:
    """VOC's folders, and `labelmap.txt`, the classes in their order, as CVAT and Datumaro read it."""
    names = []
    for photo in photos:
        stem = labelling.stems[photo["photo"]]
        names.append(stem)
        root = annotation(photo, labelling)
        ElementTree.indent(root)
        with folder.replace(f"Annotations/{stem}.xml") as file:
            file.write(ElementTree.tostring(root) + b"\n")
        for kind, picture in zip(("Object", "Class"), pictures(photo, labelling), strict=True):
            with folder.replace(f"Segmentation{kind}/{stem}.png") as file:
                file.write(_png(picture))
        labelling.show(folder, photo["photo"], "JPEGImages")
    for kind in ("Main", "Segmentation"):
        with folder.replace(f"ImageSets/{kind}/default.txt") as file:
            file.write("".join(f"{printable(name)}\n" for name in names).encode())
    with folder.replace("labelmap.txt") as file:
        colours = _palette()
        file.write(b"# label:color_rgb:parts:actions\n")
        for number, name in enumerate(("background", *labelling.names)):
            colour = ",".join(map(str, colours[number % len(colours)]))
            file.write(f"{_plain(name)}:{colour}::\n".encode())
    return "labelmap.txt"


def _plain(name: str) -> str:
    """A name without colons, which end it in `labelmap.txt`, and "#", which makes a remark of the line."""
    return name.replace(":", "_").replace("#", "_")


def _texts(element: ElementTree.Element, **texts: str) -> None:
    for name, text in texts.items():
        ElementTree.SubElement(element, name).text = text


def _palette() -> list[list[int]]:
    """VOC's colours of 256 numbers: their bits, by turns red, green and blue, the lowest as the brightest."""
    numbers = np.arange(256)
    colours = np.zeros((256, 3), np.int64)
    for place in range(8):
        for channel in range(3):
            colours[:, channel] |= (numbers >> (3 * place + channel) & 1) << (7 - place)
    return colours.tolist()


def _png(picture: np.ndarray) -> bytes:
    image = Image.fromarray(picture, "P")
    image.putpalette([value for colour in _palette() for value in colour])
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


FORMAT = Format(
    _write,
    folder="voc",
    lacks="holds no scores; its pictures are exact, its polygons join holes, and parts that lie apart, by a seam",
)

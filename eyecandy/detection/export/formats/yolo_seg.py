"""YOLO's segmentation labels, as Ultralytics and others train on: a text file a photo, a line an object.

https://docs.ultralytics.com/datasets/segment/
"""

import json
from collections.abc import Iterable

from eyecandy.detection.export.folder import Folder
from eyecandy.detection.export.formats import Format
from eyecandy.detection.export.labelled import LabelledPhoto, inside
from eyecandy.detection.export.labelling import Labelling
from eyecandy.detection.export.polygons import bridged, through_pixels

_WITHIN = 0.25  # of a pixel: whether a program rounds down or to the nearest, it comes to the same pixel


def _write(folder: Folder, photos: Iterable[LabelledPhoto], labelling: Labelling) -> str:
    """`data.yaml`, `labels/PHOTO.txt` with "class x y x y ..." in parts of the photo's sides, and `images/`."""
    for photo in photos:
        stem = labelling.stems[photo["photo"]]
        size = (photo["width"], photo["height"])
        lines = []
        for found in photo["annotations"]:
            ring = bridged(through_pixels(inside(found["segmentation"]), labelling.error))
            numbers = " ".join(f"{value:.6f}".rstrip("0") for value in ((ring + _WITHIN) / size).ravel().tolist())
            lines.append(f"{labelling.number(found)} {numbers}\n")
        with folder.replace(f"labels/{stem}.txt") as file:
            file.write("".join(lines).encode("ascii"))
        labelling.show(folder, photo["photo"], "images")
    names = "".join(f"\n  {number}: {json.dumps(name)}" for number, name in enumerate(labelling.names))
    with folder.replace("data.yaml") as file:
        file.write(f"# {labelling.description}\ntrain: images\nval: images\nnames:{names or ' {}'}\n".encode())
    return "data.yaml"


FORMAT = Format(
    _write, folder="yolo-seg", lacks="holds no scores, and joins holes, and parts that lie apart, by a seam"
)

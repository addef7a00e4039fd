"""Reads the labels of a folder of results back with the programs that they are for, and compares every object's pixels.

    eyecandy detect samples --to results --format coco,voc,labelme,label-studio
    python tools/read_labels.py results

`make readers` does both. The programs want other versions of NumPy and OpenCV than eyecandy has, and labelme Qt, so
they have an environment of their own: pip install pycocotools datumaro label-studio-sdk labelme. What reads without
such needs (pycocotools, supervision, cvat-sdk) is in the tests.
"""

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import numpy as np
from pycocotools import mask as coco_masks

LEAST = 0.98
Objects = dict[str, list[tuple[str, np.ndarray]]]
"""By the photo's path without suffix: the name and the mask (H, W) of each object."""


def exact(results: Path) -> Objects:
    """The objects as COCO's run lengths have them."""
    table = json.loads((results / "objects.json").read_text())
    names = {category["id"]: category["name"] for category in table["categories"]}
    photos = {image["id"]: image["file_name"] for image in table["images"]}
    found: Objects = {}
    for each in table["annotations"]:
        mask = coco_masks.decode(each["segmentation"]).astype(bool)
        found.setdefault(stem(photos[each["image_id"]]), []).append((names[each["category_id"]], mask))
    return found


def voc_by_datumaro(results: Path) -> Objects:
    import datumaro

    data = datumaro.Dataset.import_from(str(results / "voc"), "voc")
    labels = data.categories()[datumaro.AnnotationType.label]
    return {
        item.id: [
            (labels[each.label].name, np.asarray(each.image).astype(bool))
            for each in item.annotations
            if each.type == datumaro.AnnotationType.mask
        ]
        for item in data
    }


def labelme_by_labelme(results: Path) -> Objects:
    os.environ |= {"QT_QPA_PLATFORM": "offscreen", "LOGURU_LEVEL": "ERROR"}
    from labelme import LabelFile
    from labelme.utils.shape import shape_to_mask

    found: Objects = {}
    for path in sorted((results / "labelme").rglob("*.json")):
        size = json.loads(path.read_text())
        shape = (size["imageHeight"], size["imageWidth"])
        parts = [
            ((each["label"], each["group_id"]), shape_to_mask(shape, each["points"], each["shape_type"]))
            for each in LabelFile(str(path)).shapes
        ]
        found[stem(path.relative_to(results / "labelme").as_posix())] = joined(parts)
    return found


def label_studio_by_its_converter(results: Path) -> Objects:
    from label_studio_sdk.converter import Converter

    folder = results / "label-studio"
    tasks = json.loads((folder / "tasks.json").read_text())
    for number, task in enumerate(tasks, 1):  # as when somebody submits the predictions
        regions = task["predictions"][0]["result"]
        for region in regions:  # COCO knows names alone, and parts are to be joined again
            value = region["value"]
            value["polygonlabels"] = [f"{value['polygonlabels'][0]}|{region['id'].split('-')[0]}"]
        task |= {"id": number, "annotations": [{"id": number, "result": regions, "completed_by": 1}]}
    view = (folder / "interface.xml").read_text()
    found: Objects = {}
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "tasks.json").write_text(json.dumps(tasks))
        converter = Converter(view, project_dir=name, download_resources=False)
        converter.convert_to_coco(f"{name}/tasks.json", f"{name}/out", output_image_dir=f"{name}/images", is_dir=False)
        table = json.loads((Path(name) / "out" / "result.json").read_text())
    names = {category["id"]: category["name"] for category in table["categories"]}
    for image in table["images"]:
        rings = [each for each in table["annotations"] if each["image_id"] == image["id"]]
        parts = [(tuple(names[each["category_id"]].split("|")), drawn(each["segmentation"], image)) for each in rings]
        found[stem(unquote(image["file_name"]).split("?d=")[-1])] = joined(parts)
    return found


def drawn(polygons: list[list[float]], image: dict[str, int]) -> np.ndarray:
    shapes = coco_masks.frPyObjects(polygons, image["height"], image["width"])
    return coco_masks.decode(coco_masks.merge(shapes)).astype(bool)


def joined(parts: list[tuple[tuple[str, object], np.ndarray]]) -> list[tuple[str, np.ndarray]]:
    """Parts of the same object, by its name and number, as one mask."""
    whole: dict[tuple[str, object], np.ndarray] = {}
    for key, mask in parts:
        whole[key] = whole[key] | mask if key in whole else mask
    return [(name, mask) for (name, _), mask in whole.items()]


def stem(photo: str) -> str:
    return str(Path(photo).with_suffix(""))


def overlaps(found: Objects, truth: Objects) -> Iterator[float]:
    """Of every object, the intersection over union with the best one of its name; 0 where there is none."""
    for photo, objects in truth.items():
        for name, mask in objects:
            others = [other for called, other in found.get(photo, []) if called == name]
            yield max(((mask & other).sum() / (mask | other).sum() for other in others), default=0.0)


READERS = (voc_by_datumaro, labelme_by_labelme, label_studio_by_its_converter)


def main() -> None:
    results = Path(sys.argv[1])
    truth, worst = exact(results), 1.0
    for read in READERS:
        each = list(overlaps(read(results), truth))
        worst = min(worst, *each)
        print(f"{read.__name__.replace('_', ' ')}: {len(each)} objects, IoU at least {min(each):.4f}")
    if worst < LEAST:
        sys.exit(f"read_labels: an object overlaps with its mask by {worst:.4f}; at least {LEAST} was expected")


if __name__ == "__main__":
    main()

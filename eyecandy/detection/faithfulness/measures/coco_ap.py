"""COCO's average precision, by pycocotools' own COCOeval, of the masks and of the boxes."""

import io
from collections.abc import Sequence
from contextlib import redirect_stdout
from typing import Any

from eyecandy.detection.export.labelled import run_lengths
from eyecandy.detection.faithfulness.measure import Measure, Total, rounded
from eyecandy.detection.faithfulness.scene import Scene
from eyecandy.detection.faithfulness.truth.coco import mask_tools
from eyecandy.detection.faithfulness.truth.names import classes_named
from eyecandy.detection.faithfulness.truth.objects import Truth

NAMES: tuple[str, ...] = ("AP", "AP50", "AP75", "AP small", "AP medium", "AP large")
NAMES += ("AR 1", "AR 10", "AR 100", "AR small", "AR medium", "AR large")
KINDS = {"segm": "masks", "bbox": "boxes"}


def photo(scene: Scene) -> dict[str, Any]:
    """The photo's path, its objects by the numbers of their classes, in COCO's form, and what classes are called."""
    objects = [
        (
            item.class_index,
            {
                "bbox": [item.box[0], item.box[1], item.box[2] - item.box[0], item.box[3] - item.box[1]],
                "score": item.score,
                "segmentation": run_lengths(item.mask >= item.threshold),
            },
        )
        for item in scene.found.objects
    ]
    return {"path": scene.found.photo.path, "objects": objects, "labels": scene.net.labels}


def total(photos: Sequence[dict[str, Any]], truth: Truth) -> Total:
    """The twelve numbers of masks and of boxes, over the categories that the network has a name for."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    assert truth.coco is not None and truth.image_id is not None  # as `Measure.lacks` sees to
    tools, labels = mask_tools(), photos[0]["labels"]
    classes = {each["id"]: classes_named(str(each["name"]), labels) for each in truth.coco["categories"]}
    results = []
    for each in photos:
        image = truth.image_id(each["path"])
        for class_index, found in each["objects"]:
            lengths = found["segmentation"]
            for category in [number for number, own in classes.items() if class_index in own]:
                results.append(
                    {
                        "image_id": image,
                        "category_id": category,
                        "bbox": found["bbox"],
                        "score": found["score"],
                        "segmentation": tools.frPyObjects(lengths, *lengths["size"]),
                    }
                )
    known = [number for number, own in classes.items() if own]
    unknown = [str(each["name"]) for each in truth.coco["categories"] if not classes[each["id"]]]
    images = [truth.image_id(each["path"]) for each in photos]
    values: dict[str, float] = {}
    details: dict[str, Any] = {"categories": len(known), "without a name": unknown}
    texts = []
    with redirect_stdout(io.StringIO()):
        there = COCO()
        there.dataset = {**truth.coco, "annotations": [_counted(each) for each in truth.coco["annotations"]]}
        there.createIndex()
        found = there.loadRes(results) if results else COCO()
    for kind, what in KINDS.items() if known and results else ():
        judge = COCOeval(there, found, kind)
        judge.params.imgIds, judge.params.catIds = images, known
        with redirect_stdout(io.StringIO()):
            judge.evaluate()
            judge.accumulate()
        with redirect_stdout(io.StringIO()) as printed:
            judge.summarize()
        stats = dict(zip(NAMES, map(float, judge.stats), strict=True))
        details[what] = rounded(stats)
        texts.append(
            f"{what}, {len(known)} of {len(classes)} categories, {len(images)} photos\n{printed.getvalue().rstrip()}"
        )
        values[f"COCO AP, {what}"] = stats["AP"]
    return Total(values, details, "\n".join(texts))


def _counted(annotation: dict[str, Any]) -> dict[str, Any]:
    """An annotation with what COCOeval asks of each, which files of other tools may leave out."""
    _, _, width, height = annotation["bbox"]
    x0, y0 = annotation["bbox"][:2]
    outline = [[x0, y0, x0 + width, y0, x0 + width, y0 + height, x0, y0 + height]]
    given = annotation.get("segmentation") or outline
    return {"iscrowd": 0, "area": width * height, **annotation, "segmentation": given}


MEASURE = Measure(
    "coco-ap",
    {
        "COCO AP, masks": "COCO's average precision of the masks, over IoUs from 0.5 to 0.95",
        "COCO AP, boxes": "the same of the boxes",
    },
    passes=(0, 0),
    photo=photo,
    total=total,
    truth=True,
    coco=True,
    redrawn=False,
)

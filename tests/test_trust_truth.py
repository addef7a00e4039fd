"""Masks held against what is really there: masks, COCO files and lists of boxes; and `eyecandy trust` of a folder."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from trust_pictures import BOX, OTHER, SIZE, inside, painted

from eyecandy import detect, images
from eyecandy.backbone.labels import Labels, imagenet
from eyecandy.backbone.model import Backbone
from eyecandy.detection.detect import Detection
from eyecandy.detection.faithfulness.measures.pointing import average_precision
from eyecandy.detection.faithfulness.trust import totals
from eyecandy.detection.faithfulness.truth.names import classes_named
from eyecandy.detection.faithfulness.truth.reading import read_truth
from eyecandy.errors import EyecandyError

COLOURS = Labels(
    ("black", "blue", "green", "cyan", "red", "magenta", "yellow", "white"), ("dark",) * 4 + ("light",) * 4
)
RED = 4


def saved(path: Path, *boxes: tuple[int, int, int, int]) -> Path:
    Image.fromarray(painted(*boxes)).save(path)
    return path


def coco(path: Path, photos: dict[str, list[tuple[int, int, int, int]]], **more: Any) -> Path:
    """A COCO file of red boxes, with a category that no network knows."""
    annotations = [
        {
            "id": 10 * number + i + 1,
            "image_id": number,
            "category_id": 7,
            "bbox": [x0, y0, x1 - x0, y1 - y0],
            "area": (x1 - x0) * (y1 - y0),
            "iscrowd": 0,
            "segmentation": [[x0, y0, x1, y0, x1, y1, x0, y1]],
        }
        for number, boxes in enumerate(photos.values())
        for i, (x0, y0, x1, y1) in enumerate(boxes)
    ]
    document = {
        "images": [{"id": n, "file_name": f"x/{name}", "width": 288, "height": 224} for n, name in enumerate(photos)],
        "categories": [{"id": 7, "name": "red"}, {"id": 9, "name": "unicorn"}],
        "annotations": annotations,
        **more,
    }
    path.write_text(json.dumps(document))
    return path


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(tmp_path_factory.mktemp("photos") / "red.png", BOX)


@pytest.fixture(scope="module")
def red(photo: Path, colour_net: Backbone) -> Detection:
    return detect(photo, backbone=colour_net)


def test_a_mask_that_is_given(red: Detection, colour_net: Backbone, tmp_path: Path) -> None:
    (item,) = red.objects
    there = inside(BOX)
    images.save(tmp_path / "mask.png", np.repeat(there[..., None] * np.uint8(255), 3, 2))
    result = red.trust(colour_net, measure=["pointing"], truth=tmp_path / "mask.png")
    values = result.objects[0].values
    mask = item.mask >= item.threshold
    assert values["IoU"] == pytest.approx((mask & there).sum() / (mask | there).sum()) and values["IoU"] > 0.9
    assert values["energy"] == pytest.approx(item.saliency[there].sum() / item.saliency.sum(), rel=1e-5)
    assert (
        values["pointing"] == 1
        and "strongest inside the true object" in result.objects[0].readings["pointing"].sentence
    )
    truth = read_truth(tmp_path / "mask.png", colour_net.labels)
    assert totals([result], truth)["pointing"].values == {"AP50": 1.0}
    elsewhere = red.trust(colour_net, measure=["pointing"], truth=inside(OTHER))
    assert elsewhere.objects[0].values == {}
    assert "Nothing is known to be there" in elsewhere.objects[0].readings["pointing"].sentence


@pytest.mark.parametrize(
    ("found", "there"),
    [([(0.9, True), (0.8, False), (0.7, True)], 3), ([(0.5, False), (0.4, True)], 1), ([(0.9, True)] * 4, 5), ([], 2)],
)
def test_average_precision_is_cocos(found: list[tuple[float, bool]], there: int) -> None:
    boxes = [[10 * i, 0, 8, 8] for i in range(there)]
    free = iter(boxes)
    results = [
        {"image_id": 1, "category_id": 1, "bbox": next(free) if right else [500, 500, 8, 8], "score": score}
        for score, right in found
    ]
    truth = COCO()
    truth.dataset = {
        "images": [{"id": 1}],
        "categories": [{"id": 1}],
        "annotations": [
            {"id": i + 1, "image_id": 1, "category_id": 1, "bbox": box, "area": 64, "iscrowd": 0}
            for i, box in enumerate(boxes)
        ],
    }
    truth.createIndex()
    judge = COCOeval(truth, truth.loadRes(results) if results else COCO(), "bbox")
    judge.params.imgIds = [1]
    judge.evaluate()
    judge.accumulate()
    judge.summarize()
    assert average_precision(found, there) == pytest.approx(max(judge.stats[1], 0), abs=1e-9)


def test_cocos_own_table(colour_net: Backbone, tmp_path: Path) -> None:
    photos = {"one.png": [BOX], "two.png": [BOX, OTHER]}
    tried = []
    truth = read_truth(coco(tmp_path / "truth.json", photos), colour_net.labels)
    assert truth.names == ("unicorn",)
    for name, boxes in photos.items():
        found = detect(saved(tmp_path / name, *boxes), backbone=colour_net)
        tried.append(found.trust(colour_net, measure=["pointing", "coco-ap"], truth=truth))
    found = totals(tried, truth)
    assert found["pointing"].values == {"AP50": 1.0} and found["pointing"].details == {"by name": {"red": 1.0}}
    table = found["coco-ap"]
    assert table.details["without a name"] == ["unicorn"] and table.details["categories"] == 1
    assert table.details["masks"]["AP50"] == 1.0 and table.details["masks"]["AR 1"] == pytest.approx(2 / 3, abs=0.05)
    assert table.values["COCO AP, masks"] == pytest.approx(table.details["masks"]["AP"], abs=1e-4)
    assert "Average Precision  (AP) @[ IoU=0.50:0.95 | area=   all | maxDets=100 ]" in table.text
    assert "masks, 1 of 2 categories, 2 photos" in table.text and "boxes, 1 of 2 categories" in table.text


# Lists of boxes


def boxes_of(source: Path, name: str, labels: Labels = COLOURS) -> list[tuple[Any, Any]]:
    return [(true.box, true.classes) for true in read_truth(source, labels).of(Path(name), SIZE)]


def test_boxes_of_cub(tmp_path: Path) -> None:
    (tmp_path / "images.txt").write_text("1 001.Albatross/a.jpg\n2 001.Albatross/b.jpg\n")
    (tmp_path / "bounding_boxes.txt").write_text("1 16.0 32.0 96.0 64.0\n2 0.0 0.0 10.0 10.0\n")
    assert boxes_of(tmp_path, "a.jpg") == [((16, 32, 112, 96), None)]


def test_boxes_of_imagenet(tmp_path: Path) -> None:
    thing = (
        "<object><name>{}</name><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>30</xmax><ymax>40</ymax></bndbox></object>"
    )
    (tmp_path / "a.xml").write_text(f"<annotation>{thing.format('n01440764')}</annotation>")
    assert boxes_of(tmp_path, "a.JPEG", imagenet()) == [((1, 2, 30, 40), {0})]
    assert boxes_of(tmp_path, "a.JPEG") == [((1, 2, 30, 40), None)]  # no name is known: the boxes alone count
    table = tmp_path / "LOC_val_solution.csv"
    table.write_text("ImageId,PredictionString\na,n01440764 1 2 30 40 n01443537 5 6 7 8 \n")
    assert boxes_of(table, "a.JPEG", imagenet()) == [((1, 2, 30, 40), {0}), ((5, 6, 7, 8), {1})]


def test_boxes_of_openimages(tmp_path: Path) -> None:
    table = tmp_path / "boxes.csv"
    table.write_text(
        "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax\na,x,red,1,0.25,0.5,0,1\na,x,axe,1,0,1,0,1\n"
    )
    assert boxes_of(table, "a.jpg") == [((72, 0, 144, 224), {RED}), ((0, 0, 288, 224), frozenset())]


def test_boxes_and_masks_of_the_benchmark(red: Detection, colour_net: Backbone, photo: Path, tmp_path: Path) -> None:
    (tmp_path / "localization.txt").write_text("val/red.png,16,32,112,96\n")
    (tmp_path / "class_labels.txt").write_text("val/red.png,4\nval/other.png,7\n")
    (tmp_path / "image_sizes.txt").write_text("val/red.png,288,224\n")
    assert boxes_of(tmp_path, "red.png", colour_net.labels) == [((16, 32, 112, 96), {RED})]
    truth = read_truth(tmp_path, colour_net.labels)
    (found,) = totals([red.trust(colour_net, measure=["wsol"], truth=truth)], truth).values()
    assert found.values == {"MaxBoxAccV2": 1.0} and found.details["MaxBoxAcc"] == {"0.3": 1.0, "0.5": 1.0, "0.7": 1.0}
    Image.fromarray(inside(BOX)).save(tmp_path / "m.png")
    (tmp_path / "localization.txt").write_text("val/red.png,m.png,\n")
    truth = read_truth(tmp_path, colour_net.labels)
    (found,) = totals([red.trust(colour_net, measure=["wsol"], truth=truth)], truth).values()
    assert found.values["MaxBoxAccV2"] == 1.0 and 0.95 < found.values["PxAP"] <= 1
    with pytest.raises(EyecandyError, match=r"holds no box of 'blue.png'"):
        truth.of(Path("blue.png"), SIZE)


def test_names_of_true_things() -> None:
    assert classes_named("red", COLOURS) == {RED} and classes_named("light", COLOURS) == {4, 5, 6, 7}
    assert classes_named("4", COLOURS) == classes_named("unicorn", COLOURS) == frozenset()
    assert classes_named("n01440764", imagenet()) == {0} and classes_named("n01440764", COLOURS) == frozenset()


# Bad input


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "no JSON"),
        ("[]", "got a list"),
        ("{}", "no list 'images'"),
        ('{"images": [{"id": 1}], "annotations": [], "categories": []}', "one of 'images' without 'file_name'"),
        (
            '{"images": [], "annotations": [{"image_id": 1, "category_id": 2, "bbox": []}], "categories": []}',
            "an annotation of category 2, which is not among its categories",
        ),
    ],
)
def test_a_coco_file_that_is_none(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "truth.json"
    path.write_text(text)
    with pytest.raises(EyecandyError, match="is no COCO file: expected images, annotations and categories") as error:
        read_truth(path, COLOURS)
    assert told in str(error.value) and "\n" not in str(error.value)


def test_truths_that_do_not_fit(red: Detection, colour_net: Backbone, tmp_path: Path) -> None:
    def refused(truth: object, message: str, measure: list[str] | None = None) -> None:
        with pytest.raises(EyecandyError, match=message):
            red.trust(colour_net, measure=measure or ["pointing"], truth=truth)

    Image.fromarray(np.ones((10, 20), bool)).save(tmp_path / "small.png")
    refused(tmp_path / "small.png", "is of 20x10 pixels, the photo of 288x224; expected the same size")
    Image.fromarray(np.zeros((224, 288), bool)).save(tmp_path / "black.png")
    refused(tmp_path / "black.png", "is empty; expected a mask with the object in white")
    refused(tmp_path, "holds no mask of 'red.png'; expected 'red.png'")
    refused(tmp_path / "gone.json", "does not exist; expected a mask, a COCO file or a list of boxes")
    (tmp_path / "notes.txt").write_text("red")
    refused(tmp_path / "notes.txt", "is no truth that is known")
    refused(coco(tmp_path / "other.json", {"blue.png": [BOX]}), "'red.png' is not among the 1 images")
    larger = [{"id": 0, "file_name": "red.png", "width": 600, "height": 400}]
    refused(
        coco(tmp_path / "larger.json", {"red.png": [BOX]}, images=larger), "of 600x400 pixels, the photo of 288x224"
    )
    refused(inside(BOX), "the measure 'coco-ap' needs a COCO file of what is there", ["coco-ap"])
    (tmp_path / "boxes.csv").write_text("ImageID,XMin,XMax,YMin,YMax\nred,a,1,0,1\n")
    refused(tmp_path / "boxes.csv", "the boxes in .* cannot be read")


def test_without_pycocotools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pycocotools", None)
    with pytest.raises(EyecandyError, match=r"pip install 'eyecandy\[coco\]'"):
        read_truth(coco(tmp_path / "truth.json", {"red.png": [BOX]}), COLOURS)


# The command


def test_a_folder(command: Callable[..., Any], colour_model: list[str], tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    photos = {"one.png": [BOX], "two.png": [BOX, OTHER], "three.png": [OTHER]}
    for name, boxes in photos.items():
        saved(folder / name, *boxes)
    truth = coco(tmp_path / "truth.json", photos)
    flags = ["--measure", "contrast", "--measure", "pointing", "--measure", "coco-ap", "--truth", truth]
    run = command("trust", folder, *colour_model, *flags)
    assert run.code == 0 and run.out.splitlines()[0].strip() == "3 photos; the higher, the better"
    rows = {line.split("   ")[0].strip(): line for line in run.out.splitlines()[2:]}
    assert "1.00 to 1.00" in rows["pointing"] and "AP50" in rows and "Average Precision" in run.out
    assert run.err.startswith("about ") and " a photo, " in run.err
    assert images.load(tmp_path / "photos.trust.png").size[0] == 1500
    run = command("trust", folder, *colour_model, *flags, "--json")
    told = json.loads(run.out)
    assert sorted(Path(each["photo"]).name for each in told["photos"]) == ["one.png", "three.png", "two.png"]
    assert told["summary"]["IoU"]["count"] == 4 and told["summary"]["AP50"]["mean"] == 1.0
    low, mean, high = (told["summary"]["IoU"][key] for key in ("low", "mean", "high"))
    assert 0.8 < low <= mean <= high <= 1
    assert told["totals"]["coco-ap"]["masks"]["AP50"] == 1.0 and told["failures"] == []


def test_a_truth_of_another_size_stops_before_anything_is_looked_at(
    command: Callable[..., Any], colour_model: list[str], photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.fromarray(np.ones((10, 20), bool)).save(tmp_path / "mask.png")
    monkeypatch.setattr("eyecandy.detection.detect.look", lambda *_: pytest.fail("it was looked at"))
    run = command("trust", photo, *colour_model, "--truth", tmp_path / "mask.png", "--output", tmp_path / "made.png")
    assert (run.code, run.out) == (2, "") and "is of 20x10 pixels" in run.err and len(run.err.splitlines()) == 1
    assert not (tmp_path / "made.png").exists()
    run = command("trust", photo, "--measure", "pointings")
    assert run.code == 2 and "unknown --measure 'pointings'" in run.err

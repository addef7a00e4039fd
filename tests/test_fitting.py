"""How results fit in with what others use: pycocotools, supervision, and every way to hold a picture."""

import builtins
import json
import math
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as coco_masks
from pycocotools.coco import COCO

import eyecandy
from eyecandy.art.output.film import growth
from eyecandy.backbone.model import Backbone
from eyecandy.detection.detect import Detection


def inside(found: Detection) -> list[np.ndarray]:
    return [item.mask >= item.threshold for item in found.objects]


# COCO


def test_coco_json_comes_back_from_pycocotools_pixel_by_pixel(found: Detection, tmp_path: Path) -> None:
    path = tmp_path / "objects.json"
    path.write_text(json.dumps(found.to_coco()))
    coco = COCO(str(path))
    (image,) = coco.loadImgs(coco.getImgIds())
    assert (image["width"], image["height"], image["file_name"]) == (*found.photo.size, "dog_and_cat.jpg")
    annotations = coco.loadAnns(coco.getAnnIds(imgIds=image["id"]))
    assert len(annotations) == len(found.objects) >= 2
    for annotation, item, mask in zip(annotations, found.objects, inside(found), strict=True):
        np.testing.assert_array_equal(coco.annToMask(annotation).astype(bool), mask)
        encoded = coco.annToRLE(annotation)
        assert int(coco_masks.area(encoded)) == annotation["area"] == item.area
        x0, y0, x1, y1 = item.box
        np.testing.assert_array_equal(coco_masks.toBbox(encoded), [x0, y0, x1 - x0, y1 - y0])
        assert coco.loadCats(annotation["category_id"])[0]["name"] == item.word
    words = {coco.loadCats(index)[0]["name"] for index in coco.getCatIds()}
    assert words == {item.word for item in found.objects}


def test_an_empty_result_is_a_data_set_too(net: Backbone) -> None:
    coco = COCO()
    coco.dataset = eyecandy.detect(np.full((64, 64, 3), 127, np.uint8), backbone=net).to_coco()
    coco.createIndex()
    assert coco.getAnnIds() == [] and coco.getImgIds() == [1]


# supervision


def test_supervision_gets_the_same_masks_boxes_and_names(found: Detection) -> None:
    supervision = pytest.importorskip("supervision")
    given = found.to_supervision()
    assert isinstance(given, supervision.Detections) and len(given) == len(found.objects)
    np.testing.assert_array_equal(given.mask, inside(found))
    np.testing.assert_array_equal(given.area, [item.area for item in found.objects])
    np.testing.assert_array_equal(given.xyxy, [item.box for item in found.objects])
    np.testing.assert_allclose(given.confidence, [item.score for item in found.objects], rtol=1e-6)
    assert given.class_id.tolist() == [item.class_index for item in found.objects]
    assert given.data["class_name"].tolist() == [item.label for item in found.objects]
    cats = given[given.data["word"] == "cat"]
    assert len(cats) == 1 and cats.class_id.tolist() == [i.class_index for i in found.objects if i.word == "cat"]


def test_supervision_paints_the_masks_where_they_are(found: Detection) -> None:
    supervision = pytest.importorskip("supervision")
    scene = np.zeros_like(found.photo.pixels)
    painted = supervision.MaskAnnotator(opacity=1.0).annotate(scene.copy(), found.to_supervision())
    np.testing.assert_array_equal(painted.any(-1), np.any(inside(found), axis=0))


def test_an_empty_result_is_empty_there_too(net: Backbone) -> None:
    pytest.importorskip("supervision")
    assert eyecandy.detect(np.full((64, 48, 3), 127, np.uint8), backbone=net).to_supervision().is_empty()


def test_without_supervision_one_line_names_it(found: Detection, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: object) -> object:
        if name == "supervision":
            raise ModuleNotFoundError(name)
        return real(name, *rest)

    monkeypatch.delitem(sys.modules, "supervision", raising=False)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(eyecandy.EyecandyError, match="pip install supervision") as caught:
        found.to_supervision()
    assert "\n" not in str(caught.value)


# What people hold


@pytest.mark.parametrize("kind", ["path", "text", "pillow", "numpy", "tensor", "variable"])
def test_the_same_picture_gives_the_same_objects_however_it_is_held(
    kind: str, found: Detection, net: Backbone, dog_and_cat: Path
) -> None:
    import tensorflow as tf

    pixels = np.asarray(Image.open(dog_and_cat))
    held = {
        "path": lambda: dog_and_cat,
        "text": lambda: str(dog_and_cat),
        "pillow": lambda: Image.open(dog_and_cat),
        "numpy": lambda: pixels,
        "tensor": lambda: tf.constant(pixels),
        "variable": lambda: tf.Variable(pixels),
    }[kind]()
    again = eyecandy.detect(held, backbone=net)
    assert [(item.label, item.score, item.box) for item in again.objects] == [
        (item.label, item.score, item.box) for item in found.objects
    ]
    np.testing.assert_array_equal(again.photo.pixels, found.photo.pixels)


def test_a_float_tensor_is_refused_with_the_way_out(net: Backbone) -> None:
    import tensorflow as tf

    with pytest.raises(eyecandy.EyecandyError, match=r"float32 of shape \(64, 64, 3\); for values from 0 to 1"):
        eyecandy.detect(tf.zeros((64, 64, 3)), backbone=net)


# Films


def greys(path: Path) -> list[float]:
    """The mean of each frame of a GIF of twelve a second, without the hold; what stays the same it holds only once."""
    with Image.open(path) as image:
        found = []
        for number in range(image.n_frames):
            image.seek(number)
            mean = float(np.asarray(image.convert("L")).mean())
            found += [mean] * max(
                1, round((image.info["duration"] - (1000 if number == image.n_frames - 1 else 0)) / 80)
            )
        assert image.info["loop"] == 0
    return found


def test_a_growth_that_rushes_and_then_stands_still_is_shown_at_an_even_pace(tmp_path: Path) -> None:
    values = [round(240 * (1 - math.exp(-k / 4))) for k in range(60)]  # half of the change within three frames
    with growth(tmp_path / "growth.gif", (32, 24)) as film:
        for value in values:
            film.add(np.full((24, 32, 3), value, np.uint8))
    shown = greys(tmp_path / "growth.gif")
    assert shown[0] == values[0] and shown[-1] == values[-1]
    assert abs(len(shown) - 60) <= 1  # five seconds
    steps = np.diff(shown)
    assert steps.min() >= -1.5 and steps.max() < 14  # as the frames came it would be 53 at once
    assert abs(shown[20] - 120) < 60  # a third of the time in, about half of the way
    assert steps[:4].mean() < 0.5 * steps[10:20].mean()  # a slow beginning
    assert steps[-5:].mean() < 0.5 * steps[10:20].mean()  # and a slow end


def test_few_frames_are_mixed_and_one_alone_is_shown(tmp_path: Path) -> None:
    with growth(tmp_path / "two.gif", (32, 24)) as film:
        film.add(np.zeros((24, 32, 3), np.uint8))
        film.add(np.full((24, 32, 3), 200, np.uint8))
    shown = greys(tmp_path / "two.gif")
    assert shown[0] == 0 and shown[-1] == 200 and np.all(np.diff(shown) >= 0)
    np.testing.assert_allclose(shown[len(shown) // 2], 100, atol=8)
    with growth(tmp_path / "one.gif", (32, 24)) as film:
        film.add(np.full((24, 32, 3), 77, np.uint8))
    assert greys(tmp_path / "one.gif") == [77]


def test_a_growth_without_frames_is_refused(tmp_path: Path) -> None:
    with pytest.raises(eyecandy.EyecandyError, match="got no frame"), growth(tmp_path / "none.mp4", (32, 24)):
        pass
    assert list(tmp_path.iterdir()) == []

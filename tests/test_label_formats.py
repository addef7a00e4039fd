"""Files of labels, read back by the programs that they are for: every pixel, every name."""

import json
import math
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest
from PIL import Image

from eyecandy.datasets.store import LocalStore
from eyecandy.datasets.tables import write_formats
from eyecandy.detection.arrays import MaskStack
from eyecandy.detection.detect import Detection, DetectOptions
from eyecandy.detection.export.formats import FORMATS, check_formats
from eyecandy.detection.export.formats.coco import compressed
from eyecandy.detection.export.labelled import LabelledPhoto, labelled, run_lengths
from eyecandy.detection.export.labelling import Labelling
from eyecandy.detection.export.options import LabelOptions
from eyecandy.detection.export.polygons import bridged, keyholed, outlines, through_pixels
from eyecandy.detection.result import DetectedObject
from eyecandy.errors import EyecandyError
from eyecandy.images import load

SIZE = (240, 180)
NAMES = ["cat", "dog", "motor vehicle & cart"]


def drawn(draw: Callable[[np.ndarray], object]) -> np.ndarray:
    mask = np.zeros(SIZE[::-1], np.uint8)
    draw(mask)
    return mask > 0


def ring(mask: np.ndarray) -> None:
    cv2.circle(mask, (70, 70), 52, 1, -1)
    cv2.ellipse(mask, (80, 60), (22, 12), 30, 0, 360, 0, -1)


def pair(mask: np.ndarray) -> None:
    cv2.circle(mask, (150, 140), 34, 1, -1)
    cv2.rectangle(mask, (192, 128), (215, 160), 1, -1)


def leaf(mask: np.ndarray) -> None:
    cv2.ellipse(mask, (200, 30), (60, 40), 20, 0, 360, 1, -1)


MASKS = [drawn(ring), drawn(pair), drawn(leaf)]


def thing(word: str, mask: np.ndarray, score: float) -> DetectedObject:
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return DetectedObject(
        label=f"small {word}",
        class_index=len(word),
        word=word,
        probability=0.5,
        score=score,
        box=(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1),
        top=(),
        eigenmask=0,
        sign=1,
        explained_variance_ratio=1.0,
        threshold=0.5,
        size=SIZE,
        small_saliency=mask.astype(np.float32),
        small_mask=mask.astype(np.float32),
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Detection:
    """A dog with a hole in it, a cat in two parts, and a vehicle that the edge cuts off."""
    path = tmp_path_factory.mktemp("photos") / "three.png"
    Image.fromarray(np.full((*SIZE[::-1], 3), 127, np.uint8)).save(path)
    words = ("dog", "cat", "motor vehicle & cart")
    return Detection(
        photo=load(path),
        classes=(),
        class_masks=MaskStack(np.zeros((0, 2, 2), np.float32), SIZE),
        eigenmasks=MaskStack(np.zeros((0, 2, 2), np.float32), SIZE),
        explained_variance_ratio=np.zeros(0),
        eigenparts=(),
        objects=tuple(
            thing(word, mask, 0.9 - 0.1 * i) for i, (word, mask) in enumerate(zip(words, MASKS, strict=True))
        ),
        backbone="a network",
        weights_sha256=None,
        options=DetectOptions(),
    )


def written(found: Detection, format: str, folder: Path, **knobs: Any) -> Path:
    for name, content in found.to_labels(format, **knobs).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def overlap(mask: np.ndarray, number: int) -> float:
    expected = MASKS[number]
    return float((mask & expected).sum() / (mask | expected).sum())


# Polygons


@pytest.mark.parametrize("error", [0, 0.75, 2])
def test_polygons_lie_no_further_off_than_told(error: float) -> None:
    for mask in MASKS:
        for part, exact in zip(outlines(mask, error), outlines(mask, 0), strict=True):
            for simple, ring in zip((part.outer, *part.holes), (exact.outer, *exact.holes), strict=True):
                assert len(simple) <= len(ring)
                far = [abs(cv2.pointPolygonTest(simple, point, measureDist=True)) for point in ring.tolist()]
                assert max(far) <= error + 1e-4


def test_unsimplified_polygons_are_exact() -> None:
    coco = pytest.importorskip("pycocotools.mask")
    for mask in MASKS:
        rings = [keyholed(part).ravel().tolist() for part in outlines(mask, 0)]
        read = coco.decode(coco.merge(coco.frPyObjects(rings, *mask.shape))).astype(bool)
        np.testing.assert_array_equal(read, mask)
        filled = np.zeros(mask.shape, np.uint8)
        for part in through_pixels(mask, 0):
            cv2.fillPoly(filled, [keyholed(part).astype(np.int32)], 1)
        np.testing.assert_array_equal(filled > 0, mask)


def test_specks_are_polygons_too() -> None:
    mask = np.zeros((9, 9), bool)
    mask[2, 2] = mask[5, 3:7] = True
    assert [len(part.outer) >= 3 for part in (*outlines(mask, 1), *through_pixels(mask, 1))] == [True] * 4
    filled = np.zeros(mask.shape, np.uint8)
    cv2.fillPoly(filled, [bridged(through_pixels(mask, 0)).astype(np.int32)], 1)
    assert (filled > 0)[mask].all()


# COCO


@pytest.mark.parametrize(("segmentation", "least"), [("rle", 1.0), ("polygon", 0.98)])
@pytest.mark.parametrize("by", ["word", "label"])
def test_pycocotools_reads_coco(made: Detection, tmp_path: Path, segmentation: str, least: float, by: str) -> None:
    coco_module = pytest.importorskip("pycocotools.coco")
    path = written(made, "coco", tmp_path, segmentation=segmentation, by=by) / "objects.json"
    coco = coco_module.COCO(str(path))
    names = NAMES if by == "word" else [f"small {name}" for name in NAMES]
    assert {entry["id"]: entry["name"] for entry in coco.loadCats(coco.getCatIds())} == dict(enumerate(names, 1))
    for number, entry in enumerate(coco.loadAnns(coco.getAnnIds())):
        item = made.objects[number]
        assert overlap(coco.annToMask(entry).astype(bool), number) >= least
        assert names[entry["category_id"] - 1] == (item.word if by == "word" else item.label)
        assert entry["class_index"] == item.class_index and entry["score"] == pytest.approx(item.score)
        x, y, width, height = entry["bbox"]
        assert (x, y, x + width, y + height) == item.box
    mine = made.to_coco(segmentation=segmentation, by=by)
    assert mine["annotations"] == json.loads(path.read_text())["annotations"]


@pytest.mark.parametrize("segmentation", ["rle", "polygon"])
def test_supervision_reads_coco(made: Detection, tmp_path: Path, segmentation: str) -> None:
    supervision = pytest.importorskip("supervision")
    path = written(made, "coco", tmp_path, segmentation=segmentation) / "objects.json"
    read = supervision.DetectionDataset.from_coco(str(made.photo.path.parent), str(path), force_masks=True)
    _, _, found = next(iter(read))
    assert read.classes == NAMES
    for number, (mask, category) in enumerate(zip(found.mask, found.class_id, strict=True)):
        # its loader rounds the borders between pixels to pixels, and counts these as inside
        assert overlap(mask.astype(bool), number) >= (0.98 if segmentation == "rle" else 0.95)
        assert read.classes[category] == made.objects[number].word


def test_run_lengths_are_packed_as_pycocotools_packs_them() -> None:
    coco = pytest.importorskip("pycocotools.mask")
    rng = np.random.default_rng(0)
    for shape in ((1, 1), (7, 300), (300, 7), (60, 60)):
        for share in (0.01, 0.5, 0.99):
            mask = rng.random(shape) < share
            packed = coco.encode(np.asfortranarray(mask.astype(np.uint8)))["counts"].decode("ascii")
            assert compressed(run_lengths(mask)["counts"]) == packed


# YOLO, VOC, labelme, by the loaders of supervision


def test_supervision_reads_yolo(made: Detection, tmp_path: Path) -> None:
    supervision = pytest.importorskip("supervision")
    written(made, "yolo-seg", tmp_path)
    read = supervision.DetectionDataset.from_yolo(
        str(made.photo.path.parent), str(tmp_path / "labels"), str(tmp_path / "data.yaml"), force_masks=True
    )
    _, _, found = next(iter(read))
    assert read.classes == NAMES
    assert [read.classes[index] for index in found.class_id] == [item.word for item in made.objects]
    assert min(overlap(mask.astype(bool), number) for number, mask in enumerate(found.mask)) >= 0.98


def test_supervision_reads_voc(made: Detection, tmp_path: Path) -> None:
    supervision = pytest.importorskip("supervision")
    written(made, "voc", tmp_path)
    read = supervision.DetectionDataset.from_pascal_voc(
        str(made.photo.path.parent), str(tmp_path / "Annotations"), force_masks=True
    )
    _, _, found = next(iter(read))
    assert [read.classes[index] for index in found.class_id] == [item.word for item in made.objects]
    assert min(overlap(mask.astype(bool), number) for number, mask in enumerate(found.mask)) >= 0.98
    np.testing.assert_array_equal(found.xyxy, [item.box for item in made.objects])


def test_the_pictures_of_voc_are_exact(made: Detection, tmp_path: Path) -> None:
    written(made, "voc", tmp_path)
    with Image.open(tmp_path / "SegmentationObject" / "three.png") as picture:
        objects = np.asarray(picture)
    with Image.open(tmp_path / "SegmentationClass" / "three.png") as picture:
        classes = np.asarray(picture)
        colours = np.array(picture.getpalette()).reshape(-1, 3)
    lines = (tmp_path / "labelmap.txt").read_text().splitlines()[1:]
    assert [line.split(":")[0] for line in lines] == ["background", *NAMES]
    for number, (mask, item) in enumerate(zip(MASKS, made.objects, strict=True), start=1):
        np.testing.assert_array_equal(objects == number, mask)
        (colour,) = np.unique(colours[classes[mask]], axis=0).tolist()
        assert f"{item.word}:{','.join(map(str, colour))}::" in lines
    assert not classes[~np.logical_or.reduce(MASKS)].any()


def test_supervision_reads_labelme(made: Detection, tmp_path: Path) -> None:
    supervision = pytest.importorskip("supervision")
    reader = getattr(supervision.DetectionDataset, "from_labelme", None)
    if reader is None:
        pytest.skip("this supervision reads no labelme")
    written(made, "labelme", tmp_path)
    read = reader(str(made.photo.path.parent), str(tmp_path))
    _, _, found = next(iter(read))
    assert [read.classes[index] for index in found.class_id] == [item.word for item in made.objects]
    assert min(overlap(mask.astype(bool), number) for number, mask in enumerate(found.mask)) >= 0.98


def test_labelme_has_what_it_asks_for(made: Detection) -> None:
    files = made.to_labelme()
    document = json.loads(files["three.json"])
    assert (document["imagePath"], document["imageWidth"], document["imageHeight"]) == ("three.png", *SIZE)
    assert [shape["group_id"] for shape in document["shapes"]] == [1, 2, 2, 3]
    assert document["shapes"][0]["score"] == 0.9 and "a network" in document["model_version"]
    assert files["labels.txt"].decode().splitlines() == ["__ignore__", "_background_", *NAMES]


# CVAT, Label Studio


def test_cvat_reads_its_masks(made: Detection) -> None:
    masks = pytest.importorskip("cvat_sdk.masks")
    models = pytest.importorskip("cvat_sdk.models")
    files = made.to_cvat()
    (image,) = ElementTree.fromstring(files["annotations.xml"]).findall("image")
    assert image.get("name") == "three.png"
    for number, mask in enumerate(image.findall("mask")):
        left, top, width, height = (int(mask.get(key)) for key in ("left", "top", "width", "height"))
        runs = [int(run) for run in mask.get("rle").split(",")]
        encoded = [*runs, left, top, left + width - 1, top + height - 1]  # as CVAT's server reads it
        read = masks.decode_mask(encoded, image_width=SIZE[0], image_height=SIZE[1])
        np.testing.assert_array_equal(read, MASKS[number])
        assert mask.get("label") == made.objects[number].word
        assert float(mask.find("attribute").text) == pytest.approx(made.objects[number].score)
    labels = json.loads(files["labels.json"])
    assert [models.PatchedLabelRequest(**label)["name"] for label in labels] == NAMES


def test_label_studio_has_percent_and_scores(made: Detection) -> None:
    coco = pytest.importorskip("pycocotools.mask")
    files = made.to_label_studio()
    (task,) = json.loads(files["tasks.json"])
    (prediction,) = task["predictions"]
    assert task["data"]["image"].endswith("three.png") and "a network" in prediction["model_version"]
    rings: list[list[list[float]]] = [[] for _ in MASKS]
    for region in prediction["result"]:
        number = int(region["id"].split("-")[0]) - 1
        assert region["score"] == pytest.approx(made.objects[number].score)
        assert region["value"]["polygonlabels"] == [made.objects[number].word]
        points = np.array(region["value"]["points"]) * (region["original_width"], region["original_height"]) / 100
        rings[number].append(points.ravel().tolist())
    for number, polygons in enumerate(rings):
        read = coco.decode(coco.merge(coco.frPyObjects(polygons, *SIZE[::-1]))).astype(bool)
        assert overlap(read, number) >= 0.98
    view = ElementTree.fromstring(files["interface.xml"])
    assert [label.get("value") for label in view.iter("Label")] == NAMES
    assert view.find("Image").get("name") == region["to_name"] == view.find("PolygonLabels").get("toName")


# All of them


def test_photos_without_objects_are_written_too(made: Detection) -> None:
    from dataclasses import replace

    empty = replace(made, objects=())
    for format in FORMATS:
        if format != "parquet":
            assert all(isinstance(content, bytes) for content in empty.to_labels(format).values())
    assert empty.to_yolo() == {"labels/three.txt": b"", "data.yaml": empty.to_yolo()["data.yaml"]}


def test_labels_of_any_characters_can_be_read_back(made: Detection, tmp_path: Path) -> None:
    from dataclasses import replace

    odd = replace(made, objects=tuple(replace(thing, word=f"{thing.word}: #1\x07\n") for thing in made.objects))
    told = [f"{name}: #1\\x07\\n" for name in NAMES]
    view = ElementTree.fromstring(odd.to_label_studio()["interface.xml"])
    assert [label.get("value") for label in view.iter("Label")] == told
    (image,) = ElementTree.fromstring(odd.to_cvat()["annotations.xml"]).findall("image")
    assert sorted(mask.get("label") for mask in image.findall("mask")) == told
    assert odd.to_labelme()["labels.txt"].decode().splitlines()[2:] == told
    files = odd.to_voc()
    lines = [line.split(":") for line in files["labelmap.txt"].decode().splitlines()[2:]]
    assert [len(line) for line in lines] == [4, 4, 4]  # name, colour, parts, actions, as Datumaro splits them
    named = {name.text for name in ElementTree.fromstring(files["Annotations/three.xml"]).iter("name")}
    assert named == {line[0] for line in lines}


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_a_photo_that_its_camera_turned_is_shown_as_its_masks_lie(made: Detection, tmp_path: Path, suffix: str) -> None:
    photos, results = tmp_path / "photos", tmp_path / "results"
    photos.mkdir()
    upright = np.zeros((180, 240, 3), np.uint8)
    upright[:, :80] = 255
    exif = Image.Exif()
    exif[0x112] = 6
    turned = Image.fromarray(upright).transpose(Image.Transpose.ROTATE_90)
    turned.save(photos / f"turned{suffix}", exif=exif)
    Image.fromarray(upright).save(photos / f"plain{suffix}")
    listed = [labelled(made, f"{name}{suffix}") for name in ("plain", "turned")]
    labelling = Labelling.of(listed, "net", LabelOptions(), photos)
    write_formats(LocalStore(results), lambda: iter(listed), labelling, ["yolo-seg", "voc"])
    for folder in ("yolo-seg/images", "voc/JPEGImages"):
        for name in ("plain", "turned"):
            with Image.open(results / folder / f"{name}{suffix}") as shown:  # as it lies in the file
                assert np.abs(np.asarray(shown).astype(int) - upright).max() < 8
        assert (results / folder / f"plain{suffix}").samefile(photos / f"plain{suffix}")
    with Image.open(photos / f"turned{suffix}") as kept:
        assert kept.size == (180, 240)


def test_voc_names_the_photo_as_it_is_shown(made: Detection, tmp_path: Path) -> None:
    photos, results = tmp_path / "photos", tmp_path / "results"
    photos.mkdir()
    for name in ("x.jpg", "x.png"):
        Image.new("RGB", SIZE).save(photos / name)
    listed = [labelled(made, name) for name in ("x.jpg", "x.png")]
    labelling = Labelling.of(listed, "net", LabelOptions(), photos)
    write_formats(LocalStore(results), lambda: iter(listed), labelling, ["voc"])
    for path in (results / "voc" / "Annotations").iterdir():
        name = ElementTree.parse(path).findtext("filename")
        assert (results / "voc" / "JPEGImages" / name).is_file() and path.stem == Path(name).stem


def test_what_a_format_lacks_is_said_once_in_python_too(made: Detection) -> None:
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("default")
        made.to_cvat()
        assert not said
        made.to_yolo()
        made.to_yolo(by="label")
    assert [str(each.message)[:24] for each in said] == ["yolo-seg holds no scores"]


def test_photos_of_one_stem_have_files_of_their_own(made: Detection) -> None:
    photos: list[LabelledPhoto] = [labelled(made, name) for name in ("a/x.jpg", "a/X.png", "b/x.jpg", "y.jpg")]
    labelling = Labelling.of(photos, "net", LabelOptions())
    assert list(labelling.stems.values()) == ["a/x.jpg", "a/X.png", "b/x", "y"]


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ("coco", ("coco",)),
        ("coco, voc,coco", ("coco", "voc")),
        (["yolo-seg", "coco,cvat"], ("yolo-seg", "coco", "cvat")),
    ],
)
def test_several_formats_at_once(given: Any, names: tuple[str, ...]) -> None:
    assert check_formats(given) == names


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"by": "breed"}, "unknown by 'breed'; expected one of word, label"),
        ({"segmentation": "bitmap"}, "unknown segmentation 'bitmap'; expected one of rle, polygon"),
        ({"polygon_error": -1}, "polygon_error must be a number of at least 0, got -1"),
        ({"polygon_error": math.nan}, "polygon_error must be a number of at least 0, got nan"),
    ],
)
def test_knobs_out_of_range(made: Detection, knobs: dict[str, Any], message: str) -> None:
    with pytest.raises(EyecandyError) as error:
        made.to_labels("yolo-seg", **knobs)
    assert str(error.value) == message


def test_formats_that_there_are_none_of(made: Detection) -> None:
    for given in ("yolo", "", "coco,", ["voc", 3]):
        with pytest.raises(EyecandyError, match=r"unknown format .*; expected coco, cvat, label-studio"):
            check_formats(given)
    assert "no scores" in FORMATS["yolo-seg"].lacks

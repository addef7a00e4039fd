"""What is written about a result: COCO, cut-outs, masks as numbers, and the folder that holds them."""

import errno
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import array_shapes, arrays
from PIL import Image

from eyecandy.detection.arrays import MaskStack
from eyecandy.detection.cutouts import cut_out, opacity
from eyecandy.detection.detect import Detection, DetectOptions
from eyecandy.detection.export import results
from eyecandy.detection.export.archive import write_masks
from eyecandy.detection.export.folders import MARKER, results_folders
from eyecandy.detection.export.formats.coco import compressed, to_coco
from eyecandy.detection.export.labelled import run_lengths
from eyecandy.detection.result import DetectedObject, EigenPart, SeenClass
from eyecandy.errors import EyecandyError
from eyecandy.images import Photo, load

WIDTH, HEIGHT = 60, 40
DOG, CAT = (4, 6, 24, 30), (30, 2, 58, 38)  # boxes


def photo() -> Photo:
    pixels = np.random.default_rng(0).integers(1, 256, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    return load(pixels)


def thing(word: str, box: tuple[int, int, int, int], **changes: object) -> DetectedObject:
    """An object whose mask is 1 inside its box and 0 outside."""
    mask = np.zeros((HEIGHT, WIDTH), np.float32)
    mask[box[1] : box[3], box[0] : box[2]] = 1
    values: dict[str, object] = {
        "label": f"a {word}",
        "class_index": len(word),
        "word": word,
        "probability": 0.75,
        "score": 0.5,
        "box": box,
        "top": (SeenClass(len(word), f"a {word}", 0.75), SeenClass(9, "nine", 0.25)),
        "eigenmask": 0,
        "sign": 1,
        "explained_variance_ratio": 0.5,
        "threshold": 0.5,
        "size": (WIDTH, HEIGHT),
        "small_saliency": mask / 2,
        "small_mask": mask,
    }
    return DetectedObject(**{**values, **changes})


def part(sign: int, word: str, fate: str, number: int | None) -> EigenPart:
    return EigenPart(
        component=0,
        sign=sign,
        explained_variance_ratio=1.0,
        word=word,
        evidence=0.875,
        top=(SeenClass(len(word), f"a {word}", 0.75),),
        fate=fate,
        object=number,
        size=(WIDTH, HEIGHT),
        small_mask=np.full((4, 8), 0.25, np.float32),
    )


def detection(*objects: DetectedObject) -> Detection:
    rng = np.random.default_rng(1)
    dog = part(1, "dog", "object", 0) if objects else part(1, "dog", "dropped", None)
    return Detection(
        photo=photo(),
        classes=(SeenClass(3, "a dog", 0.6), SeenClass(7, "a cat", 0.4)),
        class_masks=MaskStack(rng.random((2, 32, 64), np.float32), (WIDTH, HEIGHT)),
        eigenmasks=MaskStack(rng.random((1, 4, 8), np.float32) * 2 - 1, (WIDTH, HEIGHT)),
        explained_variance_ratio=np.array([1.0]),
        eigenparts=(dog, part(-1, "cup", "unsure", None)),
        objects=objects,
        backbone="a network",
        weights_sha256="00ff",
        options=DetectOptions(),
    )


# COCO


def decoded(segmentation: dict[str, list[int]]) -> np.ndarray:
    """A mask of COCO's uncompressed run lengths, as pycocotools reads them: columns first, outside first."""
    counts = segmentation["counts"]
    flat = np.repeat(np.arange(len(counts)) % 2 == 1, counts)
    return flat.reshape(segmentation["size"], order="F")


@given(arrays(bool, array_shapes(min_dims=2, max_dims=2, max_side=9)))
def test_run_lengths_give_the_mask_back(mask: np.ndarray) -> None:
    segmentation = run_lengths(mask)
    np.testing.assert_array_equal(decoded(segmentation), mask)
    assert all(count > 0 for count in segmentation["counts"][1:])


def test_run_lengths_go_down_the_columns() -> None:
    mask = np.array([[0, 0, 1], [0, 1, 1]], bool)
    assert run_lengths(mask) == {"size": [2, 3], "counts": [3, 3]}
    assert run_lengths(~mask) == {"size": [2, 3], "counts": [0, 3, 3]}


def test_objects_as_a_coco_data_set() -> None:
    found = detection(thing("dog", DOG, score=0.9), thing("tabby", CAT, class_index=1, label="grey tabby", sign=-1))
    document = json.loads(json.dumps(to_coco(found)))
    assert document["images"] == [{"id": 1, "file_name": "image", "width": WIDTH, "height": HEIGHT}]
    assert document["categories"] == [
        {"id": 1, "name": "dog", "supercategory": "dog"},
        {"id": 2, "name": "tabby", "supercategory": "tabby"},
    ]
    assert to_coco(found, by="label")["categories"] == [
        {"id": 1, "name": "a dog", "supercategory": "dog"},
        {"id": 2, "name": "grey tabby", "supercategory": "tabby"},
    ]
    dog, cat = document["annotations"]
    assert dog["bbox"] == [4, 6, 20, 24] and dog["area"] == 20 * 24
    assert (dog["id"], dog["image_id"], dog["category_id"], dog["class_index"], dog["score"]) == (1, 1, 1, 3, 0.9)
    assert (cat["id"], cat["category_id"], cat["word"], cat["label"], cat["sign"]) == (2, 2, "tabby", "grey tabby", -1)
    assert cat["segmentation"]["size"] == [HEIGHT, WIDTH]
    assert cat["segmentation"]["counts"] == compressed(run_lengths(found.objects[1].mask >= 0.5)["counts"])
    assert document["classes"][0] == {"class_index": 3, "label": "a dog", "probability": 0.6}


def test_coco_says_what_each_side_of_an_eigenmask_was_classified_as() -> None:
    dog, cup = json.loads(json.dumps(to_coco(detection(thing("dog", DOG)))))["eigenparts"]
    assert (dog["eigenmask"], dog["sign"], dog["word"], dog["fate"]) == (0, 1, "dog", "object")
    assert dog["annotation"] == 1 and dog["evidence"] == 0.875 and dog["top"][0]["label"] == "a dog"
    assert (cup["sign"], cup["word"], cup["fate"], cup["annotation"]) == (-1, "cup", "unsure", None)


def test_two_objects_of_a_class_share_their_category() -> None:
    document = to_coco(detection(thing("dog", DOG), thing("dog", CAT)))
    assert [c["id"] for c in document["categories"]] == [1]
    assert [a["id"] for a in document["annotations"]] == [1, 2]


# Cut-outs


def test_a_cut_out_holds_the_photo_inside_the_mask_and_nothing_outside() -> None:
    mask = np.zeros((HEIGHT, WIDTH), np.float32)
    mask[6:30, 4:24] = 1
    mask[6:18, 4:14] = 0
    cut = cut_out(photo(), thing("dog", DOG, small_mask=mask))
    assert cut.shape == (24, 20, 4) and cut.dtype == np.uint8
    inside = mask[6:30, 4:24] == 1
    np.testing.assert_array_equal(cut[inside][:, :3], photo().pixels[6:30, 4:24][inside])
    assert (cut[inside][:, 3] == 255).all() and not cut[~inside].any()


@pytest.mark.parametrize("threshold", [0.5, 0.25])
def test_opacity_is_half_at_the_threshold(threshold: float) -> None:
    mask = np.array([0, threshold / 2, threshold, 1.5 * threshold, 1])
    np.testing.assert_allclose(opacity(mask, threshold), [0, 0, 0.5, 1, 1])


def test_names_of_cut_outs() -> None:
    names = ["dog", "oil rig", "Dog", "/a/airport 2", "", "???", "муравьед", "x" * 300]
    assert results.cutout_names(names) == [
        "dog-1.png",
        "oil-rig-1.png",
        "Dog-2.png",
        "a-airport-2-1.png",
        "object-1.png",
        "object-2.png",
        "муравьед-1.png",
        f"{'x' * 60}-1.png",
    ]


# Masks as numbers


def test_masks_npz(tmp_path: Path) -> None:
    found = detection(thing("dog", DOG), thing("cat", CAT, threshold=0.25))
    write_masks(tmp_path / "masks.npz", found)
    with np.load(tmp_path / "masks.npz") as held:
        assert held["size"].tolist() == [WIDTH, HEIGHT]
        assert held["masks"].dtype == held["saliency"].dtype == held["class_masks"].dtype == np.float16
        np.testing.assert_array_equal(held["masks"], [o.mask for o in found.objects])
        np.testing.assert_array_equal(held["saliency"], [o.mask / 2 for o in found.objects])
        assert held["words"].tolist() == ["dog", "cat"] and held["labels"].tolist() == ["a dog", "a cat"]
        assert held["thresholds"].tolist() == [0.5, 0.25] and held["boxes"].tolist() == [list(DOG), list(CAT)]
        assert held["class_labels"].tolist() == ["a dog", "a cat"] and held["class_indices"].tolist() == [3, 7]
        np.testing.assert_allclose(held["class_masks"], found.class_masks.small, atol=1e-3)
        np.testing.assert_array_equal(held["eigenmasks"], found.eigenmasks.small)
        assert held["explained_variance_ratio"].tolist() == [1.0]
        assert held["eigenpart_masks"].dtype == np.float32 and held["eigenpart_masks"].shape == (2, 4, 8)
        np.testing.assert_array_equal(held["eigenpart_masks"], 0.25)
        assert held["eigenpart_components"].tolist() == [0, 0] and held["eigenpart_signs"].tolist() == [1, -1]
        assert held["eigenpart_words"].tolist() == ["dog", "cup"]
        assert held["eigenpart_evidence"].tolist() == [0.875, 0.875]
        assert held["eigenpart_fates"].tolist() == ["object", "unsure"]
        assert held["eigenpart_objects"].tolist() == [0, -1]


def test_masks_npz_without_eigenmasks(tmp_path: Path) -> None:
    flat = replace(
        detection(),
        eigenmasks=MaskStack(np.zeros((0, 4, 8), np.float32), (WIDTH, HEIGHT)),
        explained_variance_ratio=np.zeros(0),
        eigenparts=(),
    )
    write_masks(tmp_path / "masks.npz", flat)
    with np.load(tmp_path / "masks.npz") as held:
        assert held["eigenmasks"].shape == held["eigenpart_masks"].shape == (0, 4, 8)
        assert held["eigenpart_words"].shape == held["eigenpart_objects"].shape == (0,)


@pytest.mark.parametrize("threshold", [0.25, 0.4, 0.5])
def test_rounding_to_float16_moves_no_pixel_over_the_threshold(tmp_path: Path, threshold: float) -> None:
    rng = np.random.default_rng(2)
    mask = np.float32(threshold) + rng.uniform(-2e-4, 2e-4, (HEIGHT, WIDTH)).astype(np.float32)
    write_masks(tmp_path / "masks.npz", detection(thing("dog", DOG, small_mask=mask, threshold=threshold)))
    with np.load(tmp_path / "masks.npz") as held:
        for given in (threshold, held["thresholds"][0]):  # NumPy compares the one as float16, the other as float64
            np.testing.assert_array_equal(held["masks"][0] >= given, mask >= threshold)
        np.testing.assert_allclose(held["masks"][0], mask, atol=1e-3)


def test_masks_npz_without_objects(tmp_path: Path) -> None:
    write_masks(tmp_path / "masks.npz", detection())
    with np.load(tmp_path / "masks.npz") as held:
        assert held["masks"].shape == held["saliency"].shape == (0, HEIGHT, WIDTH)
        assert held["boxes"].shape == (0, 4) and held["words"].shape == (0,)


# The folder


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_a_folder_of_results(tmp_path: Path) -> None:
    found = detection(thing("dog", DOG), thing("cat", CAT), thing("dog", CAT))
    found.save(tmp_path / "here" / "out", explain=True)
    assert sorted(contents(tmp_path / "here" / "out")) == [
        "cat-1.png",
        "dog-1.png",
        "dog-2.png",
        "explain.png",
        MARKER,
        "figure.png",
        "masks.npz",
        "objects.json",
    ]
    document = json.loads((tmp_path / "here" / "out" / "objects.json").read_text())
    for entry in document["annotations"]:
        with Image.open(tmp_path / "here" / "out" / entry["cutout"]) as cut:
            assert cut.mode == "RGBA" and list(cut.size) == entry["bbox"][2:]
    record = json.loads((tmp_path / "here" / "out" / MARKER).read_text())
    assert record["weights_sha256"] == "00ff" and record["options"]["top"] == 20


def test_no_explanation_unless_asked_for(tmp_path: Path) -> None:
    detection().save(tmp_path / "out")
    assert sorted(contents(tmp_path / "out")) == [MARKER, "figure.png", "masks.npz", "objects.json"]


def test_the_same_result_gives_the_same_bytes(tmp_path: Path) -> None:
    found = detection(thing("dog", DOG), thing("cat", CAT))
    found.save(tmp_path / "one", explain=True)
    found.save(tmp_path / "two", explain=True)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    with zipfile.ZipFile(tmp_path / "one" / "masks.npz") as archive:  # no time of day in it
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_older_results_stay_unless_they_are_to_be_replaced(tmp_path: Path) -> None:
    out = tmp_path / "out"
    detection(thing("dog", DOG)).save(out)
    before = contents(out)
    with pytest.raises(EyecandyError, match="exists already"):
        detection().save(out)
    assert contents(out) == before
    detection(thing("cat", CAT)).save(out, overwrite=True)
    assert "cat-1.png" in contents(out) and "dog-1.png" not in contents(out)


def test_a_folder_of_somebody_elses_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(EyecandyError, match="no folder of results"):
        detection().save(tmp_path, overwrite=True)
    assert contents(tmp_path) == {"thesis.txt": b"years of work"}


@pytest.mark.parametrize("older", [False, True])
def test_a_full_disk_leaves_everything_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, older: bool) -> None:
    out = tmp_path / "out"
    if older:
        detection(thing("dog", DOG)).save(out)
    before = contents(out) if older else None

    def full(path: Path, found: Detection) -> None:
        path.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(results, "write_masks", full)
    with pytest.raises(EyecandyError, match="the disk is full"):
        detection(thing("cat", CAT)).save(out, overwrite=True)
    assert (contents(out) if older else None) == before
    assert [path.name for path in tmp_path.iterdir()] == (["out"] if older else [])


def test_each_photo_has_a_folder_of_its_own() -> None:
    photos = [Path("a/cat.jpg"), Path("a/Cat.png"), Path("b/cat.jpg"), Path("dog.v2.jpg"), Path("bare")]
    assert [str(folder) for folder in results_folders(photos)] == [
        "a/cat.jpg.eyecandy",
        "a/Cat.png.eyecandy",
        "b/cat.eyecandy",
        "dog.v2.eyecandy",
        "bare.eyecandy",
    ]
    assert [str(folder) for folder in results_folders(photos[:3], Path("out"))] == [
        "out/cat.jpg.eyecandy",
        "out/Cat.png.eyecandy",
        "out/cat.jpg-2.eyecandy",
    ]

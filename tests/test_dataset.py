"""`detect_all`: whole data sets, on photos whose answer is known."""

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from albums import COLOURS, contents, entries, everything, painted
from PIL import Image

from eyecandy import detect, detect_all
from eyecandy.backbone.model import Backbone
from eyecandy.datasets.journal import Journal
from eyecandy.datasets.work import Progress
from eyecandy.detection.export.folders import MARKER
from eyecandy.detection.export.formats.coco import compressed
from eyecandy.errors import EyecandyError

Command = Callable[..., Any]


# What is in the results.


def test_the_results_are_those_of_detect(colour_net: Backbone, tmp_path: Path) -> None:
    photos = painted(tmp_path / "photos")
    done = detect_all(everything(photos), tmp_path / "results", backbone=colour_net, top=8)
    assert (done.done, done.earlier, done.failures) == (9, 0, ())
    table = json.loads(Path(done.table).read_text())
    names = [f"{n:03d}.png" for n in range(9) if n % 3 < 2] + [f"below/{n:03d}.png" for n in (2, 5, 8)]
    assert [image["file_name"] for image in table["images"]] == names
    assert [image["id"] for image in table["images"]] == list(range(1, 10))
    assert [found["id"] for found in table["annotations"]] == list(range(1, len(table["annotations"]) + 1))
    assert {category["name"] for category in table["categories"]} == set(COLOURS)
    for image in table["images"]:
        alone = detect(photos / image["file_name"], backbone=colour_net, top=8)
        document = alone.to_coco()
        assert image["classes"] == json.loads(json.dumps(document["classes"]))
        assert (image["width"], image["height"]) == alone.photo.size
        mine = [found for found in table["annotations"] if found["image_id"] == image["id"]]
        assert len(mine) == len(alone.objects) == 1
        for found, expected, item in zip(mine, document["annotations"], alone.objects, strict=True):
            path = tmp_path / "results" / found.pop("mask")
            same, numbers = json.loads(json.dumps(expected)), {"id": 0, "image_id": 0, "category_id": 0}
            assert found | numbers == same | numbers
            levels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
            np.testing.assert_array_equal(levels >= 255 * item.threshold, item.mask >= item.threshold)
            np.testing.assert_allclose(levels / 255, item.mask, atol=1 / 255)


def test_a_large_photo_with_two_objects(net: Backbone, samples: Path, tmp_path: Path) -> None:
    """The bundled network, by the folder: bit for bit what `detect` sees."""
    for name in ("dog_and_cat.jpg", "coffee.jpg"):
        shutil.copy(samples / name, tmp_path / name)
    done = detect_all(tmp_path, tmp_path / "results", backbone=net, size=224)
    table = json.loads(Path(done.table).read_text())
    for image in table["images"]:
        alone = detect(tmp_path / image["file_name"], backbone=net, size=224).to_coco()
        mine = [found for found in table["annotations"] if found["image_id"] == image["id"]]
        assert [found["segmentation"] for found in mine] == [found["segmentation"] for found in alone["annotations"]]
        assert [found["score"] for found in mine] == [found["score"] for found in alone["annotations"]]
    # and the masks among the results are no photos of the next run
    again = detect_all(str(tmp_path / "**" / "*.*"), tmp_path / "results", backbone=net, size=224)
    assert (again.done, again.earlier) == (0, 2)


def test_parquet_holds_the_same(colour_net: Backbone, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    photos, results = painted(tmp_path / "photos"), tmp_path / "results"
    (photos / os.fsdecode(b"not utf-8 \xff.png")).write_bytes((photos / "000.png").read_bytes())
    detect_all(everything(photos), results, backbone=colour_net, top=8)
    table = json.loads((results / "objects.json").read_text())
    done = detect_all(everything(photos), results, backbone=colour_net, top=8, format="parquet")
    assert (done.done, done.earlier, done.table) == (0, 10, str(results / "objects.parquet"))
    images = parquet.read_table(results / "images.parquet").to_pylist()
    objects = parquet.read_table(results / "objects.parquet").to_pylist()
    assert images[:-1] == table["images"][:-1]
    assert images[-1]["file_name"] == "not utf-8 \\udcff.png"
    for row, found in zip(objects, table["annotations"], strict=True):
        segmentation = found.pop("segmentation")
        assert (compressed(row.pop("counts")), row.pop("size")) == (segmentation["counts"], segmentation["size"])
        assert row["category"] == {c["id"]: c["name"] for c in table["categories"]}[row["category_id"]]
        assert row.pop("file_name") == images[row["image_id"] - 1]["file_name"]
        assert {key: row[key] for key in found if key != "mask"} == {k: v for k, v in found.items() if k != "mask"}


# Photos that fail.


def test_failures_are_listed_and_tried_again(colour_net: Backbone, tmp_path: Path) -> None:
    photos, results = painted(tmp_path / "photos"), tmp_path / "results"
    (photos / "broken.png").write_bytes(b"no picture")
    Image.new("RGB", (9, 400)).save(photos / "narrow.png")
    seen: list[Progress] = []
    done = detect_all(everything(photos), results, backbone=colour_net, top=8, listener=seen.append)
    assert (done.done, [photo for photo, _ in done.failures]) == (9, ["broken.png", "narrow.png"])
    listed = json.loads((results / "failures.json").read_text())
    assert [(failure["photo"], failure["error"]) for failure in listed] == list(done.failures)
    assert "broken.png" in listed[0]["error"] and "too small to hold an object" in listed[1]["error"]
    assert [progress.finished for progress in seen] == list(range(1, 12)) and seen[0].total == 11
    assert {progress.photo for progress in seen if progress.error is not None} == {"broken.png", "narrow.png"}
    assert len(json.loads(Path(done.table).read_text())["images"]) == 9

    shutil.copy(photos / "000.png", photos / "broken.png")
    lines = len(entries(results))
    again = detect_all(everything(photos), results, backbone=colour_net, top=8)
    assert (again.done, again.earlier, [photo for photo, _ in again.failures]) == (1, 9, ["narrow.png"])
    assert len(entries(results)) == lines + 1  # the same failure is not told twice
    assert [failure["photo"] for failure in json.loads((results / "failures.json").read_text())] == ["narrow.png"]


def test_what_is_left_out_is_named(colour_net: Backbone, tmp_path: Path) -> None:
    photos, results = painted(tmp_path / "photos", 2), tmp_path / "results"
    (photos / "notes.txt").touch()
    (photos / "layers.psd").touch()
    (photos / "IMG_1.HEIC").write_bytes(b"\0\0\0\x18ftypheic")
    done = detect_all(photos, results, backbone=colour_net, top=8)
    assert (done.done, [name for name, _ in done.failures]) == (2, ["IMG_1.HEIC", "layers.psd"])
    assert done.left_out == (("notes.txt", "no picture, by its name"),)
    listed = json.loads((results / "failures.json").read_text())
    assert [each["photo"] for each in listed] == ["IMG_1.HEIC", "layers.psd", "notes.txt"]
    assert [each.get("left_out", False) for each in listed] == [False, False, True]


# Folders that are refused.


def test_results_made_differently_are_refused(colour_net: Backbone, coarse_net: Backbone, tmp_path: Path) -> None:
    photos, results = painted(tmp_path / "photos", 3), tmp_path / "results"
    detect_all(everything(photos), results, backbone=colour_net, top=8)
    before = contents(results)

    def refused(**changes: Any) -> str:
        with pytest.raises(EyecandyError) as error:
            detect_all(
                changes.pop("photos", everything(photos)), results, **({"backbone": colour_net, "top": 8} | changes)
            )
        assert contents(results) == before and "\n" not in str(error.value)
        return str(error.value)

    assert "top 8 there, 7 now; size unset there, 128 now" in refused(top=7, size=128)
    assert f"photos {photos} there, {photos / 'below'} now" in refused(photos=photos / "below")
    record = json.loads((results / MARKER).read_text())
    for key, value in (("eyecandy", "0.0.1"), ("layout", 0), ("weights_sha256", "abc"), ("backbone", "vgg16")):
        (results / MARKER).write_text(json.dumps(record | {key: value}))
        before = contents(results)
        assert f"made differently: {key} {value} there, " in refused()


def test_folders_that_hold_something_else_are_refused(colour_net: Backbone, tmp_path: Path) -> None:
    photos = painted(tmp_path / "photos", 3)
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "diary.txt").write_text("mine")
    detect(photos / "000.png", backbone=colour_net, top=8).save(tmp_path / "single")
    for to, says in (
        ("own", "is no folder of results"),
        ("own/diary.txt", "is a file"),
        ("single", "holds no results of many photos"),
    ):
        before = sorted(tmp_path.rglob("*"))
        with pytest.raises(EyecandyError, match=says):
            detect_all(everything(photos), tmp_path / to, backbone=colour_net, top=8)
        assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.skipif(sys.platform == "win32", reason="it has no such lock")
def test_two_runs_at_once_are_refused(colour_net: Backbone, tmp_path: Path) -> None:
    photos, results = painted(tmp_path / "photos", 3), tmp_path / "results"
    detect_all(everything(photos), results, backbone=colour_net, top=8)
    with Journal(results), pytest.raises(EyecandyError, match="another run is writing"):
        detect_all(everything(photos), results, backbone=colour_net, top=8)
    assert detect_all(everything(photos), results, backbone=colour_net, top=8).earlier == 3


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"format": "csv"}, "unknown format 'csv'; expected coco, cvat, "),
        ({"workers": 0}, "workers must be a whole number of at least 1, got 0"),
        ({"top": 9}, "top must be 1 to 8"),
        ({"photos": []}, "no photos were given"),
        ({"photos": "nothing/*.png"}, "no picture matches"),
    ],
)
def test_arguments_out_of_their_range(colour_net: Backbone, tmp_path: Path, changes: dict[str, Any], says: str) -> None:
    arguments = {
        "photos": painted(tmp_path / "photos", 3),
        "to": tmp_path / "results",
        "backbone": colour_net,
        "top": 8,
    }
    with pytest.raises(EyecandyError, match=says):
        detect_all(**(arguments | changes))
    assert not (tmp_path / "results").exists()


def test_parquet_without_pyarrow_names_the_extra(
    colour_net: Backbone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(EyecandyError, match=r"pip install 'eyecandy\[parquet\]'"):
        detect_all(painted(tmp_path / "photos", 3), tmp_path / "results", backbone=colour_net, format="parquet")


# The command.


def test_the_command(command: Command, colour_model: list[str], tmp_path: Path) -> None:
    photos, results = painted(tmp_path / "photos", 4), tmp_path / "results"
    run = command("detect", everything(photos), "--to", results, *colour_model)
    assert run.code == 0
    assert run.out.startswith(f"{results / 'objects.json'}: 4 photos, 0 failed; ") and "4 of 4 photos" in run.err
    (photos / "broken.png").write_bytes(b"no picture")
    run = command("detect", everything(photos), "--to", results, *colour_model)
    assert run.code == 2 and "4 photos, 4 of them earlier, 1 failed" in run.out
    assert "eyecandy: 1 failed; the failures:" in run.err and "broken.png" in run.err.splitlines()[-1]
    for option in (["--json"], ["--overwrite"], ["--explain"], ["--output", tmp_path / "x"]):
        run = command("detect", photos, "--to", results, *option)
        assert run.code == 2 and f"{option[0]} has no effect with --to" in run.err
    assert "add --to RESULTS" in command("detect", photos, "--format", "parquet").err


def test_the_command_writes_parquet(command: Command, colour_model: list[str], tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    photos, results = painted(tmp_path / "photos", 3), tmp_path / "results"
    run = command("detect", everything(photos), "--to", results, "--format", "parquet", *colour_model)
    assert run.code == 0 and run.out.startswith(f"{results / 'objects.parquet'}: 3 photos, 0 failed; ")
    assert parquet.read_table(results / "objects.parquet")["word"].to_pylist() == ["red", "blue", "green"]
    assert not (results / "objects.json").exists()

"""`detect_all`: whole data sets, stopped and gone on with, on photos whose answer is known."""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from eyecandy import detect, detect_all, load_backbone
from eyecandy.backbone.model import Backbone
from eyecandy.datasets.dataset import Progress
from eyecandy.datasets.journal import LOCAL, Journal
from eyecandy.datasets.photos import in_buckets, list_photos
from eyecandy.datasets.pipeline import Pipeline
from eyecandy.detection.folders import MARKER
from eyecandy.errors import EyecandyError

Command = Callable[..., Any]
COLOURS = {"red": (255, 0, 0), "blue": (0, 0, 255), "green": (0, 255, 0)}


def painted(folder: Path, count: int = 9) -> Path:
    """Photos of some sizes, each with one rectangle on grey; every third lies in a folder below."""
    for number in range(count):
        width, height = 128 + 32 * (number % 3), 128 + 16 * (number % 2)
        pixels = np.full((height, width, 3), 127, np.uint8)
        pixels[16:96, 16 + number % 5 : 96] = COLOURS[list(COLOURS)[number % 3]]
        place = folder / "below" if number % 3 == 2 else folder
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(place / f"{number:03d}.png")
    return folder


def everything(folder: Path) -> str:
    return str(folder / "**" / "*.png")


def entries(results: Path) -> list[dict[str, Any]]:
    lines = (results / LOCAL).read_text().splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.endswith("\n")]  # the last may be torn


def contents(results: Path) -> dict[str, bytes]:
    """Everything but the journal, whose order is that of the work."""
    files = (path for path in results.rglob("*") if path.is_file() and path.parent.name != "journal")
    return {path.relative_to(results).as_posix(): path.read_bytes() for path in files}


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
            same = json.loads(json.dumps(expected))
            assert found | {"id": 0, "image_id": 0} == same | {"id": 0, "image_id": 0}
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
        assert (row.pop("counts"), row.pop("size")) == (segmentation["counts"], segmentation["size"])
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


# Runs that are stopped.


def started(photos: Path, results: Path, colour_model: list[str]) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "eyecandy", "detect", everything(photos), "--to", str(results), *colour_model]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def wait_for_lines(results: Path, count: int, running: "subprocess.Popen[bytes]") -> None:
    journal = results / LOCAL
    deadline = time.monotonic() + 120
    while not journal.exists() or journal.read_bytes().count(b"\n") < count:
        assert running.poll() is None and time.monotonic() < deadline
        time.sleep(0.005)


def test_a_killed_run_goes_on_where_it_stopped(colour_model: list[str], tmp_path: Path) -> None:
    photos, results = painted(tmp_path / "photos", 60), tmp_path / "results"
    with started(photos, results, colour_model) as running:
        wait_for_lines(results, 4, running)
        running.send_signal(signal.SIGKILL)
    assert running.returncode == -signal.SIGKILL
    survived = len(entries(results))
    assert 4 <= survived < 60 and not (results / "objects.json").exists()
    left = sorted({path.name for path in photos.rglob("*.png")} - {Path(e["photo"]).name for e in entries(results)})
    unfinished = next(path for path in photos.rglob(left[0])).relative_to(photos)
    for half_written in (results / ".eyecandy-1.json", results / "masks" / unfinished / ".eyecandy-2.png"):
        half_written.parent.mkdir(parents=True, exist_ok=True)
        half_written.write_bytes(b"half")

    net = load_backbone(colour_model[1], labels=Path(colour_model[3]))
    again = detect_all(everything(photos), results, backbone=net, top=8)
    assert (again.done, again.earlier, again.failures) == (60 - survived, survived, ())
    assert sorted(entry["photo"] for entry in entries(results)) == sorted(
        path.relative_to(photos).as_posix() for path in photos.rglob("*.png")
    )  # each once
    detect_all(everything(photos), tmp_path / "whole", backbone=net, top=8)
    assert contents(results) == contents(tmp_path / "whole")


@pytest.mark.parametrize("left_behind", [b'{"photo": "000.p', b"\x00" * 70_000])
def test_a_torn_line_is_taken_away(colour_net: Backbone, tmp_path: Path, left_behind: bytes) -> None:
    photos, results = painted(tmp_path / "photos"), tmp_path / "results"
    detect_all(everything(photos), results, backbone=colour_net, top=8)
    whole = contents(results)
    lines = (results / LOCAL).read_bytes().splitlines(keepends=True)
    (results / LOCAL).write_bytes(b"".join(lines[:5]) + left_behind)
    again = detect_all(everything(photos), results, backbone=colour_net, top=8)
    assert (again.done, again.earlier) == (4, 5)
    assert b"".join(sorted(lines)) == b"".join(sorted((results / LOCAL).read_bytes().splitlines(keepends=True)))
    assert contents(results) == whole


@pytest.mark.skipif(sys.platform == "win32", reason="it has no such limit")
@pytest.mark.parametrize("room", [100, 9000])
def test_a_full_disk_tears_nothing(colour_net: Backbone, tmp_path: Path, room: int) -> None:
    """The system refuses to write files beyond some bytes: a mask at first, or the journal half way."""
    photos, results = painted(tmp_path / "photos", 24), tmp_path / "results"
    detect_all(everything(photos), tmp_path / "whole", backbone=colour_net, top=8)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    detect_all(str(photos / "000.png"), tmp_path / "warm", backbone=colour_net, top=8)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, limits[1]))
    try:
        with pytest.raises(EyecandyError) as error:
            detect_all(everything(photos), results, backbone=colour_net, top=8)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    said = str(error.value)
    if (results / LOCAL).exists():
        content = (results / LOCAL).read_bytes()
        assert content == b"" or content.endswith(b"\n")
        assert f"stopped after {len(entries(results))} of 24 photos, which are safe in {str(results)!r}: " in said
        assert ("run the same again" in said) and len(content) <= room
    assert not [path for path in results.rglob("*") if path.name.startswith(".eyecandy-")]
    again = detect_all(everything(photos), results, backbone=colour_net, top=8)
    assert again.done + again.earlier == 24 and (room < 1000 or again.earlier > 0)
    assert contents(results) == contents(tmp_path / "whole")


def test_an_interrupted_run_ends_soon_and_goes_on(colour_net: Backbone, tmp_path: Path) -> None:
    photos, results = painted(tmp_path / "photos", 24), tmp_path / "results"

    def interrupt(progress: Progress) -> None:
        if progress.finished == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        detect_all(everything(photos), results, backbone=colour_net, top=8, listener=interrupt)
    held = len(entries(results))
    assert 5 <= held < 24
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("eyecandy")]
    assert detect_all(everything(photos), results, backbone=colour_net, top=8).earlier == held


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
        ({"format": "csv"}, "unknown format 'csv'; expected coco or parquet"),
        ({"workers": 0}, "workers must be at least 1, got 0"),
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


# The pieces.


def test_the_pipeline_keeps_few_in_flight_and_loses_none() -> None:
    lock, inside, most = threading.Lock(), 0, 0

    def read(item: int) -> int:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        return item

    def write(item: int, seen: int) -> tuple[int, int]:
        nonlocal inside
        with lock:
            inside -= 1
        return item, seen

    def compute(item: int, number: int) -> int:
        time.sleep(0.002 * (number % 3))
        return 2 * number

    given = 0

    def items() -> Iterator[int]:
        nonlocal given
        while given < 40:
            yield given
            given += 1

    seen = []
    for number, kept in enumerate(Pipeline(read, compute, write, workers=3).run(items())):
        assert given <= number + 5
        seen.append(kept)
    assert sorted(seen) == [(i, 2 * i) for i in range(40)] and most <= 5


def test_a_slow_photo_holds_up_no_other() -> None:
    """The first one is computed for as long as the others take, and is written last."""
    others_written = threading.Event()

    def compute(item: int, _: int) -> int:
        if item == 0:
            assert others_written.wait(20)
        return item

    def write(item: int, seen: int) -> int:
        if item == 29:
            others_written.set()
        return seen

    assert list(Pipeline(lambda item: item, compute, write, workers=2).run(range(30))) == [*range(1, 30), 0]


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("stage", ["read", "compute", "write"])
def test_what_a_stage_raises_ends_the_run(stage: str, workers: int) -> None:
    started: list[int] = []

    def fails(name: str, item: int) -> int:
        if name == "read":
            started.append(item)
        if name == stage and item == 3:
            raise ZeroDivisionError
        return item

    pipeline = Pipeline(
        lambda item: fails("read", item),
        lambda item, _: fails("compute", item),
        lambda item, _: fails("write", item),
        workers=workers,
    )
    kept = []
    with pytest.raises(ZeroDivisionError):
        for item in pipeline.run(iter(range(100))):
            kept.append(item)
    assert len(started) < 10
    if workers == 1:
        assert kept == [0, 1, 2]
    else:  # two finish in either order
        assert 3 not in kept and len(set(kept)) == len(kept)
        assert stage == "write" or {0, 1, 2} <= set(kept)


def test_photos_come_by_size_and_each_once(tmp_path: Path) -> None:
    sizes = [(64, 64), (640, 480), (64, 70), (480, 640), (630, 470), (2000, 40)]
    for number, size in enumerate(sizes):
        Image.new("RGB", size).save(tmp_path / f"{number}.png")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    listed = list_photos([tmp_path])
    order = [path.name for path in in_buckets(listed.paths)]
    assert sorted(order) == sorted(path.name for path in listed.paths)
    assert (
        abs(order.index("1.png") - order.index("4.png")) == 1 and abs(order.index("0.png") - order.index("2.png")) == 1
    )
    assert order[-1] == "broken.png"


def test_the_root_of_photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    painted(tmp_path / "a", 3)
    painted(tmp_path / "b", 3)
    monkeypatch.chdir(tmp_path)
    for sources, root, names in (
        (["a"], tmp_path / "a", ["000.png", "001.png"]),
        (["a/*.png"], tmp_path / "a", ["000.png", "001.png"]),
        (["*/below/*.png"], tmp_path, ["a/below/002.png", "b/below/002.png"]),
        (["a/000.png", "b/000.png"], tmp_path, ["a/000.png", "b/000.png"]),
        (["../" + tmp_path.name + "/a/000.png"], tmp_path / "a", ["000.png"]),
    ):
        listed = list_photos(sources)
        assert (listed.root, [listed.name(path) for path in listed.paths]) == (root, names)

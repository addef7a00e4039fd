"""Runs of `detect_all` that are killed, interrupted or out of disk: nothing torn, and they go on where they stopped."""

import resource
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from albums import contents, entries, everything, painted

from eyecandy import detect_all, load_backbone
from eyecandy.backbone.model import Backbone
from eyecandy.datasets.journal import LOCAL
from eyecandy.datasets.work import Progress
from eyecandy.errors import EyecandyError


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


DAMAGE = (b"\0" * 300, b"{}", b"7", b"\xff\xfe{", b'{"photo": "000.png"}', b'{"photo": 3, "error": "x"}', b"[" * 20_000)
DAMAGE += tuple(
    b'{"photo": "001.png", "width": %b, "height": 9, "notes": [], "classes": [], "annotations": %b}' % told
    for told in ((b"9", b"5"), (b'"9"', b"[]"), (b"9", b"[7]"), (b"9", b'[{"category_id": 3, "word": "cat"}]'))
)


def test_damaged_lines_are_looked_at_again(colour_net: Backbone, tmp_path: Path) -> None:
    photos, results = painted(tmp_path / "photos", 3), tmp_path / "results"
    detect_all(everything(photos), results, backbone=colour_net, top=8)
    whole = contents(results)
    lines = (results / LOCAL).read_bytes().splitlines(keepends=True)
    (results / LOCAL).write_bytes(lines[0] + b"".join(damage + b"\n" for damage in DAMAGE) + lines[2])
    again = detect_all(everything(photos), results, backbone=colour_net, top=8)
    assert (again.done, again.earlier) == (1, 2)
    assert contents(results) == whole


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

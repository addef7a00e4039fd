"""`detect_all` on a real cluster of this machine: two workers, one of which is killed."""

import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from eyecandy import detect_all
from eyecandy.backbone.model import Backbone
from eyecandy.datasets.work import Progress
from eyecandy.errors import EyecandyError

COLOURS = ((255, 0, 0), (0, 0, 255), (0, 255, 0))


def painted(folder: Path, count: int) -> Path:
    """Photos with one rectangle each, on grey."""
    folder.mkdir()
    for number in range(count):
        pixels = np.full((128, 160, 3), 127, np.uint8)
        pixels[16:96, 16 + number % 7 : 96] = COLOURS[number % 3]
        Image.fromarray(pixels).save(folder / f"{number:03d}.png")
    return folder


def contents(results: Path) -> dict[str, bytes]:
    files = (path for path in results.rglob("*") if path.is_file() and path.parent.name != "journal")
    return {path.relative_to(results).as_posix(): path.read_bytes() for path in files}


def journalled(results: Path) -> list[str]:
    lines = [line for part in (results / "journal").iterdir() for line in part.read_text().splitlines()]
    return sorted(json.loads(line)["photo"] for line in lines)


def workers() -> list[int]:
    """The processes of this cluster's actors: descendants of this process that Ray calls so."""
    found = []
    parents = {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            status = (place / "stat").read_text()
            parents[int(place.name)] = int(status.rpartition(")")[2].split()[1])
            if b"MapWorker(MapBatches(Worker))" in (place / "cmdline").read_bytes():
                found.append(int(place.name))
        except OSError:  # it has just ended
            continue

    def is_mine(pid: int) -> bool:
        while pid > 1:
            if pid == os.getpid():
                return True
            pid = parents.get(pid, 0)
        return False

    return [pid for pid in found if is_mine(pid)]


@pytest.mark.skipif(sys.platform != "linux", reason="it looks for processes in /proc")
def test_a_killed_worker_is_replaced(cluster: None, colour_net: Backbone, tmp_path: Path) -> None:
    """Nothing is lost, nothing is written twice, and the results are those of the local engine."""
    photos, results = painted(tmp_path / "photos", 48), tmp_path / "results"
    (photos / "broken.png").write_bytes(b"no picture")
    seen: list[Progress] = []
    killed: list[int] = []

    def kill_one(progress: Progress) -> None:
        seen.append(progress)
        if not killed:
            killed.extend(workers()[:1])
            os.kill(killed[0], signal.SIGKILL)

    done = detect_all(photos, results, backbone=colour_net, top=8, engine="ray", workers=2, listener=kill_one)
    assert len(killed) == 1 and killed[0] not in workers()
    assert (done.done, [name for name, _ in done.failures]) == (48, ["broken.png"])
    names = sorted([*(f"{n:03d}.png" for n in range(48)), "broken.png"])
    assert journalled(results) == names and sorted(progress.photo for progress in seen) == names

    detect_all(photos, tmp_path / "local", backbone=colour_net, top=8)
    assert contents(results) == contents(tmp_path / "local")

    again = detect_all(photos, results, backbone=colour_net, top=8)  # either engine goes on with the other's work
    assert (again.done, again.earlier, len(again.failures)) == (0, 48, 1)


def test_results_at_an_address(cluster: None, colour_net: Backbone, tmp_path: Path) -> None:
    photos = painted(tmp_path / "photos", 5)
    to = f"file://{tmp_path}/far/results"
    done = detect_all(photos, to, backbone=colour_net, top=8, engine="ray", workers=1)
    assert done.table == f"{to}/objects.json" and done.done == 5
    detect_all(photos, tmp_path / "local", backbone=colour_net, top=8)
    assert contents(tmp_path / "far" / "results") == contents(tmp_path / "local")
    assert detect_all(photos, to, backbone=colour_net, top=8, engine="ray").earlier == 5
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "diary.txt").write_text("mine")
    with pytest.raises(EyecandyError, match="is no folder of results"):
        detect_all(photos, f"file://{tmp_path}/own", backbone=colour_net, top=8, engine="ray")


def test_a_dead_address(colour_net: Backbone, tmp_path: Path) -> None:
    ray = pytest.importorskip("ray")
    if ray.is_initialized():
        ray.shutdown()
    photos = painted(tmp_path / "photos", 2)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
        started = time.monotonic()
        for dead in (address, f"ray://{address}"):
            with pytest.raises(EyecandyError, match=f"no Ray cluster answers at '{dead}'"):
                detect_all(photos, tmp_path / "out", backbone=colour_net, engine="ray", address=dead)
    assert time.monotonic() - started < 30
    with pytest.raises(EyecandyError, match="an address is HOST:PORT"):
        detect_all(photos, tmp_path / "out", backbone=colour_net, engine="ray", address="nowhere")
    assert not (tmp_path / "out").exists()


def test_without_ray(colour_net: Backbone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray.data", None)
    with pytest.raises(EyecandyError, match=r"pip install 'eyecandy\[ray\]'"):
        detect_all(painted(tmp_path / "photos", 2), tmp_path / "out", backbone=colour_net, engine="ray")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--to", "out", "--engine", "dask"], "unknown --engine 'dask'; expected local or ray"),
        (["--to", "out", "--address", "127.0.0.1:1"], "--address 127.0.0.1:1 is for --engine ray"),
        (["--to", "s3://bucket/out"], "is no folder of this machine; add --engine ray"),
        (["--engine", "ray"], "add --to RESULTS"),
    ],
)
def test_the_command_refuses(command: Callable[..., Any], tmp_path: Path, options: list[str], says: str) -> None:
    run = command("detect", painted(tmp_path / "photos", 1), *options)
    assert run.code == 2 and says in run.err and run.err.count("\n") == 1

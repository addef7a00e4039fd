"""What may be thrown at large pictures and data sets: one clear line and exit code 2, and never half a result."""

import json
import re
import socket
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from albums import contents, entries, everything, painted
from conftest import Run

from eyecandy.detection.export.folders import MARKER

Command = Callable[..., Run]
PICTURES = {
    "dream": ("dream", "china.jpg", "--layer", "block2_conv1"),
    "style": ("style", "china.jpg", "style_flow.jpg"),
}


@pytest.fixture
def refused(command: Command) -> Callable[..., str]:
    """Runs what must be refused in one line and leave all files as they were; gives the line."""

    def run(*arguments: object) -> str:
        before = sorted(Path.cwd().rglob("*"))
        done = command(*arguments)
        assert (done.code, done.out) == (2, ""), done
        assert done.err.startswith("eyecandy: ") and done.err.count("\n") == 1
        assert sorted(Path.cwd().rglob("*")) == before, "something was written"
        return done.err.removeprefix("eyecandy: ").rstrip("\n")

    return run


# Tiles and memory


@pytest.mark.parametrize(("picture", "size"), [("dream", 128), ("style", 448)])
def test_a_tile_smaller_than_the_halo(
    painting_folder: Path, refused: Callable[..., str], command: Command, picture: str, size: int
) -> None:
    said = refused(*PICTURES[picture], "--size", 256, "--tile", 20)
    told = re.fullmatch(
        r"a tile of 20 pixels is too small for what the layers see about a place, (\d+) pixels a side; "
        r"expected at least (\d+)",
        said,
    )
    assert told is not None and int(told[2]) > 2 * int(told[1])
    # and told before the first step, though the coarser scale fits into one tile
    assert f"expected at least {told[2]}" in refused(*PICTURES[picture], "--size", size, "--tile", int(told[2]) - 1)
    enough = command(*PICTURES[picture], "--size", size, "--iterations", 1, "--scales", 1, "--tile", told[2])
    assert enough.code == 0 and " in tiles of " in enough.err


@pytest.mark.parametrize("picture", PICTURES)
def test_memory_below_the_minimum(painting_folder: Path, refused: Callable[..., str], picture: str) -> None:
    said = refused(*PICTURES[picture], "--size", 4096, "--memory", "1GB")
    assert said.startswith("even in the smallest tiles a picture of 4096 x 2733 takes about ")
    least = re.search(r"about (\S+) GB of memory and --memory allows 1\.0 GB; the largest size that fits is", said)
    assert least is not None and float(least[1]) > 1
    for share in (0.5, 0.9):  # of what it says to be the least
        said = refused(*PICTURES[picture], "--size", 4096, "--memory", f"{1000 * share * float(least[1]):.0f}MB")
        again = re.search(r"4096 x 2733 takes about (\S+) GB", said)
        assert again is not None and 1 <= float(again[1]) / float(least[1]) < 1.1


def test_memory_that_not_even_the_network_has_room_in(painting_folder: Path, refused: Callable[..., str]) -> None:
    said = refused(*PICTURES["dream"], "--size", 64, "--memory", "500MB")
    assert said.endswith("allows 0.5 GB; no size fits, since the network takes 0.9 GB before its first pixel")


# Folders of results


@pytest.fixture
def held(
    command: Command, colour_model: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[object, ...]]:
    """Photos, and results of them in the folder "results"; gives the arguments that go on with these."""
    monkeypatch.chdir(tmp_path)
    photos = painted(tmp_path / "photos", 3)

    def arguments(*more: object) -> tuple[object, ...]:
        return ("detect", everything(photos), "--to", "results", *colour_model, *more)

    assert command(*arguments()).code == 0
    return arguments


def test_results_made_with_other_options(held: Callable[..., tuple[object, ...]], refused: Callable[..., str]) -> None:
    before = contents(Path("results"))
    said = refused(*held("--size", 96, "--refine", "none"))
    assert "results' holds results made differently: " in said
    assert "refine grabcut there, none now; size unset there, 96 now" in said
    assert said.endswith("; run with what is there, or choose another folder")
    assert contents(Path("results")) == before


def test_results_of_another_version(held: Callable[..., tuple[object, ...]], refused: Callable[..., str]) -> None:
    record = json.loads(Path("results", MARKER).read_text())
    Path("results", MARKER).write_text(json.dumps(record | {"eyecandy": "0.0.1"}))
    before = contents(Path("results"))
    assert f"holds results made differently: eyecandy 0.0.1 there, {record['eyecandy']} now" in refused(*held())
    assert contents(Path("results")) == before


@pytest.mark.skipif(sys.platform == "win32", reason="it has no such limit")
def test_a_disk_that_is_full_half_way(
    command: Command, colour_model: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import resource

    monkeypatch.chdir(tmp_path)
    photos = painted(tmp_path / "photos", 24)
    arguments = ("detect", everything(photos), "--to", "results", *colour_model)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (9000, limits[1]))  # no file may be longer: the journal soon is
    try:
        full = command(*arguments)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    done = len(entries(Path("results")))
    assert full.code == 2 and 0 < done < 24
    assert full.err.splitlines()[-1].startswith(f"eyecandy: stopped after {done} of 24 photos, which are safe in ")
    assert full.err.endswith("; then run the same again, and it goes on from there\n")
    assert not list(Path("results").rglob(".eyecandy-*")) and not Path("results", "objects.json").exists()
    went_on = command(*arguments)
    assert went_on.code == 0 and f"24 photos, {done} of them earlier, 0 failed" in went_on.out


# Clusters


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address at which nothing listens."""
    ray = pytest.importorskip("ray")
    if ray.is_initialized():
        ray.shutdown()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{free.getsockname()[1]}"


@pytest.mark.parametrize("scheme", ["", "ray://"])
def test_a_dead_cluster_address(painting_folder: Path, refused: Callable[..., str], nobody: str, scheme: str) -> None:
    says = f"no Ray cluster answers at '{scheme}{nobody}'; start one with `ray start --head`, or leave out --address"
    at = ("--engine", "ray", "--address", f"{scheme}{nobody}")
    assert refused("detect", "china.jpg", "--to", "results", *at) == says
    assert refused(*PICTURES["dream"], "--size", 64, *at) == says


def test_without_ray(painting_folder: Path, refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "ray"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(
        "importlib.util.find_spec", lambda name, *rest: None if name == "ray" else find_spec(name, *rest)
    )
    for name in ("ray", "ray.data"):
        monkeypatch.setitem(sys.modules, name, None)
    says = "--engine ray needs Ray; run pip install 'eyecandy[ray]'"
    assert refused("detect", "china.jpg", "--to", "results", "--engine", "ray") == says
    assert refused(*PICTURES["dream"], "--engine", "ray") == says


def test_without_pyarrow(painting_folder: Path, refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    says = "--format parquet needs pyarrow; run pip install 'eyecandy[parquet]'"
    assert refused("detect", "china.jpg", "--to", "results", "--format", "parquet") == says

"""What `detect_all` is made of: the pipeline, and the list of photos."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from albums import painted
from PIL import Image

from eyecandy.datasets.photos import in_buckets, list_photos
from eyecandy.datasets.pipeline import Pipeline


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
        (["a"], tmp_path / "a", ["000.png", "001.png", "below/002.png"]),
        (["a/*.png"], tmp_path / "a", ["000.png", "001.png"]),
        (["*/below/*.png"], tmp_path, ["a/below/002.png", "b/below/002.png"]),
        (["a/000.png", "b/000.png"], tmp_path, ["a/000.png", "b/000.png"]),
        (["../" + tmp_path.name + "/a/000.png"], tmp_path / "a", ["000.png"]),
    ):
        listed = list_photos(sources)
        assert (listed.root, [listed.name(path) for path in listed.paths]) == (root, names)
    assert [path.name for path in list_photos(["a"], recursive=False).paths] == ["000.png", "001.png"]


def test_sweeping_a_remote_folder_takes_its_own_half_written_files_alone(tmp_path: Path) -> None:
    pytest.importorskip("ray")
    from eyecandy.datasets.ray import store_at

    store = store_at(f"file://{tmp_path}")
    for name in ("masks/a[1].jpg/x.png", "masks/a[1].jpg/x.png.7.part", "masks/a1.jpg/x.png.7.part", "b.part"):
        with store.replace(name) as file:
            file.write(b"x")
    store.sweep("masks/a[1].jpg")
    left = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    assert left == ["b.part", "masks/a1.jpg/x.png.7.part", "masks/a[1].jpg/x.png"]
    store.sweep("masks/none")
    store.sweep("")
    assert not (tmp_path / "b.part").exists()
    assert store.names("masks/a[1].jpg") == ["masks/a[1].jpg/x.png"]

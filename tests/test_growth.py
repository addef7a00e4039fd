"""What is written while a picture grows: in order, or not at all and with the reason."""

import threading
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eyecandy import dream, images
from eyecandy.art.core.render import Step
from eyecandy.art.output.painting import Viewing
from eyecandy.cli.app import run
from eyecandy.errors import EyecandyError
from eyecandy.workflows.growth import Writer

CHINA = Path(__file__).parent.parent / "samples" / "china.jpg"
SMALL = {"size": 64, "scales": 1, "iterations": 8, "margin": 8}
FLAGS = [word for name, value in SMALL.items() for word in (f"--{name}", str(value))]


def test_jobs_are_done_in_their_order_and_all_of_them_by_the_end() -> None:
    done: list[int] = []
    slow = threading.Event()

    def first() -> None:
        slow.wait(10)
        done.append(0)

    with Writer() as writer:
        writer.put(first)
        writer.put(lambda: done.append(1))
        assert done == []  # the hand-over waits for nothing
        slow.set()
        for number in range(2, 30):
            writer.put(partial(done.append, number))
    assert done == list(range(30))


def test_only_a_few_may_wait() -> None:
    hold = threading.Event()
    handed: list[int] = []

    def wait() -> None:
        hold.wait(10)

    def hand_over(writer: Writer) -> None:
        for number in range(20):
            writer.put(wait)
            handed.append(number)

    with Writer() as writer:
        giver = threading.Thread(target=hand_over, args=(writer,))
        giver.start()
        giver.join(0.5)
        assert giver.is_alive()
        assert len(handed) < 5
        hold.set()
        giver.join()
    assert len(handed) == 20


def test_what_fails_is_said_to_the_giver_and_nothing_after_it_is_begun() -> None:
    done: list[str] = []
    full, begun = threading.Event(), threading.Event()

    def fail() -> None:
        begun.set()
        full.wait(10)
        raise EyecandyError("the disk is full")

    with pytest.raises(EyecandyError, match=r"^the disk is full$"), Writer() as writer:
        writer.put(fail)
        writer.put(lambda: done.append("after"))
        begun.wait(10)
        full.set()
    assert done == []


def test_what_was_due_before_the_block_failed_is_done() -> None:
    done: list[str] = []
    with pytest.raises(KeyboardInterrupt), Writer() as writer:
        writer.put(lambda: done.append("due"))
        raise KeyboardInterrupt
    assert done == ["due"]


def test_pictures_on_the_way_are_those_of_their_own_moment(tmp_path: Path) -> None:
    shown: dict[int, np.ndarray] = {}

    def show(step: Step) -> None:
        shown[step.iteration] = step.image()

    dream(CHINA, viewing=Viewing(listeners=[show], every=1), **SMALL)
    assert run(["dream", str(CHINA), "-o", str(tmp_path / "d.png"), "--every", "3", *FLAGS]) == 0
    for number in (3, 6):
        np.testing.assert_array_equal(images.load(tmp_path / f"d-0000{number}.png").pixels, shown[number])
    np.testing.assert_array_equal(images.load(tmp_path / "d.png").pixels, shown[8])


def test_a_disk_that_gets_full_on_the_way_ends_the_run_with_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    save = images.save

    def full(path: Path, *arguments: Any, **named: Any) -> None:
        if path.stem == "d-00004":
            raise EyecandyError(f"{str(path)!r} cannot be written: the disk is full; make room")
        save(path, *arguments, **named)

    monkeypatch.setattr(images, "save", full)
    film = ["--film", str(tmp_path / "grow.gif")]
    assert run(["dream", str(CHINA), "-o", str(tmp_path / "d.png"), "--every", "2", *film, *FLAGS]) == 2
    said = capsys.readouterr().err.splitlines()
    assert said[-1] == f"eyecandy: {str(tmp_path / 'd-00004.png')!r} cannot be written: the disk is full; make room"
    assert sum("disk is full" in line for line in said) == 1
    left = sorted(path.name for path in tmp_path.iterdir() if path.name not in ("d.png", "d.json"))
    assert left == ["d-00002.png"]
    assert images.load(tmp_path / "d-00002.png").size == (64, 43)

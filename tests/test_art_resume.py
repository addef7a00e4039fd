"""Painting that is interrupted, and goes on where it ended."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from easel import SMALL, fails

from eyecandy import images
from eyecandy.art.output import record
from eyecandy.cli.app import run
from eyecandy.workflows.interrupts import interrupts


def test_study_goes_on_where_it_ended(painting_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["study", "china.jpg", "style_flow.jpg", "--layers", "block1_conv1", "--content-layer", "block3_conv2"]
    arguments += ["--steps", "2,4", "--ratios", "25", "--size", "64", "--scales", "1", "--iterations", "3"]
    assert run(arguments) == 0
    assert "3 pictures, 3 of them made now" in capsys.readouterr().out
    next((painting_folder / "china-study").rglob("*2-iterations.png")).unlink()
    assert run(arguments) == 0
    said = capsys.readouterr().out
    assert "3 pictures, 1 of them made now" in said
    assert all(Path(line).is_file() for line in said.splitlines()[:3])


def test_resume_refuses_another_version_and_leaves_finished_pictures(
    painting_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["dream", "china.jpg", *SMALL]) == 0
    before = Path("china-dream.png").read_bytes()
    assert run(["dream", "china.jpg", *SMALL, "--resume"]) == 0
    assert "china-dream.png: finished already" in capsys.readouterr().out
    assert Path("china-dream.png").read_bytes() == before
    told = record.read("china-dream.png")
    told |= {"stopped": "interrupted after 3 of 6 iterations", "iterations": 3}
    told["versions"]["eyecandy"] = "0.0.1"
    images.save(
        "china-dream.png", images.load("china-dream.png").pixels, text={"eyecandy": json.dumps(told)}, overwrite=True
    )
    said = fails(capsys, "dream", "china.jpg", *SMALL, "--resume")
    assert "was made by eyecandy 0.0.1, and this is" in said


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process")
def test_control_c_keeps_the_picture_and_resume_goes_on(
    painting_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = ["--size", "64", "--scales", "1", "--iterations", "400", "--margin", "8", "--every", "10"]
    command = [sys.executable, "-m", "eyecandy", "style", "china.jpg", "style_flow.jpg", *few, "--film", "grow.mp4"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("  ") and int(line.split()[0]) >= 40:
                break
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert process.returncode == 130
    assert "china-style.png keeps the picture so far; the same command with --resume goes on" in rest
    assert "Traceback" not in rest
    assert images.load("china-style.png").size == (64, 43)
    assert Path("grow.mp4").stat().st_size > 0
    done = record.read("china-style.png")["iterations"]
    assert 40 <= done < 400
    assert run(["style", "china.jpg", "style_flow.jpg", *few, "--resume"]) == 0
    whole = record.read("china-style.png")
    assert (whole["iterations"], whole["stopped"], whole["resumed"]) == (400, None, [done])
    assert not list(painting_folder.glob(".eyecandy-*"))


def test_control_c_is_not_lost_while_python_tidies_up(monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.getsignal(signal.SIGINT)

    class Untidy:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGINT)  # the interrupt that this raises is only printed

    with interrupts() as asked:
        asked(None)
        monkeypatch.setattr(sys, "unraisablehook", lambda _: None)
        Untidy()
        with pytest.raises(KeyboardInterrupt):
            asked(None)
    assert signal.getsignal(signal.SIGINT) is before

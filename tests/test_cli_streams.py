"""Standard output that is closed, full, or read no further: results are written, and one line says what is lost."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Run

from eyecandy.cli import app
from eyecandy.cli.terminal.streams import Stream

FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="needs a device that is always full")
def test_results_are_written_though_nothing_can_be_printed(
    command: Callable[..., Run],
    dog_and_cat: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    output = tmp_path / "out"
    for arguments in (["detect", str(dog_and_cat), "--size", "160", "--output", str(output)], ["--help"]):
        with FULL.open("w") as full, monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", full)
            ended = command(*arguments)
        assert ended.code == 74
        assert ended.err.splitlines()[-1].startswith(
            "eyecandy: standard output cannot be written: no space left on device"
        )
    assert (output / "objects.json").is_file() and (output / "figure.png").is_file()
    assert app.run(["--version"]) == 0 and "eyecandy" in capsys.readouterr().out


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")
def test_closed_full_and_abandoned_output_of_a_process(tmp_path: Path) -> None:
    run = f"{sys.executable} -m eyecandy"
    ended = {}
    for name, line in {
        "closed": f"{run} --version >&-",
        "both closed": f"{run} --version >&- 2>&-",
        "head": f"{run} weights list | head -1; exit ${{PIPESTATUS[0]}}",
        "wrong": f"{run} nonsense >/dev/full",
    }.items():
        ended[name] = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)
    assert ended["closed"].returncode == ended["both closed"].returncode == 74
    assert ended["closed"].stderr.splitlines() == [
        "eyecandy: standard output cannot be written: it is closed; what was to be printed is lost, "
        "files are not concerned"
    ]
    assert ended["head"].returncode == 0 and ended["head"].stderr == ""
    assert ended["wrong"].returncode == 2 and len(ended["wrong"].stderr.splitlines()) == 1


def test_a_command_that_only_prints_stops_when_nobody_reads(
    command: Callable[..., Run], dog_and_cat: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as pipe, monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", pipe)
        ended = command("classify", dog_and_cat, dog_and_cat.with_name("kitten.jpg"), "--size", "160")
    assert ended.code == 0 and ended.err == ""


def test_a_stream_passes_text_on_and_takes_no_bytes(capsys: pytest.CaptureFixture[str]) -> None:
    stream = Stream(sys.stdout)
    stream.writelines(["a", "b\n"])
    with pytest.raises(TypeError):
        stream.write(b"x")
    assert capsys.readouterr().out == "ab\n" and stream.lost is None

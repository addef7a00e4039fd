"""How the commands that paint are run small, and what they say where they refuse."""

from pathlib import Path

import pytest

from eyecandy.cli.app import run

SMALL = ("--size", "64", "--scales", "1", "--iterations", "6", "--margin", "8")


def fails(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Runs what must fail; gives the one line that says why."""
    before = sorted(Path.cwd().rglob("*"))
    assert run([*arguments]) == 2
    said = capsys.readouterr().err.splitlines()
    assert sorted(Path.cwd().rglob("*")) == before, "something was written"
    assert len(said) == 1
    return said[0]

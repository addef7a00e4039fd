"""Folders of photos whose objects are known, and what lies in the results of looking at them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from eyecandy.datasets.journal import LOCAL

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

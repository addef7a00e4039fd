"""What was measured, part by part: kept as JSON, and told as one Markdown table."""

import contextlib
import importlib.util
import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from table import Row, markdown, processor, versions, write

PARTS = ("style", "masks", "trust", "grids")
REMARKS = (
    "Style distance: sliced Wasserstein distance between patches of picture and painting on a Laplacian pyramid, "
    "which no contender optimises. Content kept: correlation of blurred light and dark with the photo's.",
    "VGG19 has seeded weights on both sides, since the published ones are in no package; neural-style's own "
    "defaults were tuned to the published ones.",
    "Curves: probability of the photo's best class after pooling, pixels into a blurred copy (insertion) and out "
    "to grey (deletion), 16 steps.",
)
STAND_IN = (
    "torchvision is not installed: `torchvision_stand_in.py` gives neural-style and grad-cam the few functions "
    "of it that they import."
)


class Book:
    """The table at a path, and what it is made of beside it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.kept = path.with_suffix(".json")
        self.parts = json.loads(self.kept.read_text(encoding="utf-8")) if self.kept.exists() else {}

    @contextlib.contextmanager
    def part(self, name: str, remark: str, quick: bool) -> Iterator[list[Row]]:
        """A list to be filled with a part's rows. They replace what was measured of it before, once it is whole."""
        began, load_before = time.perf_counter(), os.getloadavg()[0]
        rows: list[Row] = []
        yield rows
        taken = f"{time.perf_counter() - began:.0f} s" + (", a quick run of few turns and photos" if quick else "")
        machine = f"load of the machine {load_before:.1f} before, {os.getloadavg()[0]:.1f} at the end"
        remarks = [f"{name}: {taken}; {machine}; {processor()}; {versions()}.", remark]
        if importlib.util.find_spec("torchvision") is None:
            remarks.append(STAND_IN)
        self.parts[name] = {"rows": [asdict(row) for row in rows], "remarks": [each for each in remarks if each]}
        write(self.kept, json.dumps(self.parts, indent=1))
        write(self.path, self._table())

    def _table(self) -> str:
        found = [self.parts[name] for name in PARTS if name in self.parts]
        rows = [Row(**row) for part in found for row in part["rows"]]
        own = dict.fromkeys(remark for part in found for remark in part["remarks"])
        return markdown(rows, [*REMARKS, *own])

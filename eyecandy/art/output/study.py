"""The folder of a layer study: its pictures, a table of what came of them, and contact sheets."""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eyecandy import images
from eyecandy._matplotlib import pixels
from eyecandy.art.core.options import Options
from eyecandy.art.output import record as records
from eyecandy.art.output.sheets import sheet
from eyecandy.errors import EyecandyError, OptionError
from eyecandy.files import atomic, refuse_inputs

MARKER = "study.json"
TABLE = "study.csv"
PICTURES = "pictures"
SHEETS = {
    "style-layers": "Style layer by iterations",
    "content-layers": "Content layer by style weight over content weight",
}
"""The contact sheets: name of the file, without its suffix, and title."""


@dataclass(frozen=True, eq=False)
class Cell:
    """One picture of a sheet: its place, and what the style transfer is told."""

    sheet: str
    row: str
    column: str
    knobs: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Of the file, without its suffix."""
        return f"{self.sheet}-{self.row}-{self.column}".replace(" ", "-").replace("/", "-")


@dataclass(frozen=True)
class Study:
    """What a study has written.

    Attributes:
        directory: where all of it lies.
        table: the CSV: every loss at the end of each picture, and what the picture is seen as.
        sheets: the contact sheets.
        cells: how many pictures the study has.
        made: how many of them were made now; the others were there already.
        stopped: why it ended before the last picture; None if it did not. The same call again goes on.
        interrupted: whether it was Ctrl-C that ended it.
    """

    directory: Path
    table: Path
    sheets: tuple[Path, ...]
    cells: int
    made: int
    stopped: str | None = None
    interrupted: bool = False


class StudyFolder:
    """The folder that a study is written into.

    Args:
        directory: where all of it lies.
        cells: its pictures.
        signature: what a picture must have been made of and with, to be one of this study.
    """

    def __init__(self, directory: Path, cells: Sequence[Cell], signature: Mapping[str, Any]) -> None:
        self.directory, self.cells, self.signature = directory, cells, signature

    def path(self, cell: Cell) -> Path:
        """Of a picture."""
        return self.directory / PICTURES / f"{cell.name}.png"

    def check(self, inputs: Sequence[Path | None]) -> None:
        """Raises EyecandyError where the folder holds something else, or a picture would replace one of the inputs."""
        directory = self.directory
        if directory.exists():
            if not directory.is_dir():
                raise EyecandyError(f"{str(directory)!r} is a file; expected the name of a folder")
            if not (directory / MARKER).is_file() and any(directory.iterdir()):
                raise EyecandyError(f"{str(directory)!r} holds something else than a study; choose another folder")
        refuse_inputs([self.path(cell) for cell in self.cells], [path for path in inputs if path is not None])

    def has(self, cell: Cell, options: Options, overwrite: bool) -> bool:
        """Whether a cell's picture is there, made with these options.

        Raises:
            EyecandyError: it was made otherwise, and is not to be overwritten.
        """
        path = self.path(cell)
        if not path.is_file():
            return False
        record = records.read(path)
        found = [{**source, "path": None} for source in record.get("sources", [])]
        same = (
            record.get("options") == options.record()
            and found == [{**source, "path": None} for source in self.signature["sources"]]
            and record.get("backbone") == self.signature["backbone"]
        )
        if not same and not overwrite:
            raise OptionError(
                "{path!r} was made of other pictures, with other options or another network; choose another folder, or "
                "pass {} to make it again",
                "overwrite=True",
                path=str(path),
            )
        return same

    def mark(self, record: Mapping[str, Any]) -> None:
        """Writes the record of the study, by which its folder is known."""
        with atomic(self.directory / MARKER, overwrite=True) as temporary:
            temporary.write_text(json.dumps(record, indent=2) + "\n", "utf-8")

    def summed_up(self, record: Mapping[str, Any], made: int, stopped: str | None, interrupted: bool) -> Study:
        """Writes the table and the sheets of the pictures that are there.

        Args:
            record: of the study.
            made, stopped, interrupted: see `Study`.
        """
        there = {cell: records.read(self.path(cell)) for cell in self.cells if self.path(cell).is_file()}
        _write_table(self.directory / TABLE, there)
        sheets = [self._write_sheet(name, there, record) for name in SHEETS]
        written = tuple(path for path in sheets if path is not None)
        return Study(self.directory, self.directory / TABLE, written, len(self.cells), made, stopped, interrupted)

    def _write_sheet(
        self, name: str, there: Mapping[Cell, Mapping[str, Any]], record: Mapping[str, Any]
    ) -> Path | None:
        """A contact sheet of the pictures that are there, with the record of the study; none where there are none."""
        own = [cell for cell in self.cells if cell.sheet == name]
        rows, columns = (list(dict.fromkeys(labels)) for labels in zip(*((c.row, c.column) for c in own), strict=True))
        places = {(rows.index(cell.row), columns.index(cell.column)): cell for cell in own if cell in there}
        if not places:
            return None
        shown = {place: images.load(self.path(cell)).pixels for place, cell in places.items()}
        captions = {
            place: "  ".join(f"{loss} {there[cell]['losses'][loss][-1]:.2f}" for loss in ("content", "style"))
            for place, cell in places.items()
        }
        path = self.directory / f"{name}.png"
        text = {records.KEYWORD: json.dumps({**record, "sheet": name})}
        images.save_png(path, pixels(sheet(SHEETS[name], rows, columns, shown, captions)), text=text, overwrite=True)
        return path


def _write_table(path: Path, there: Mapping[Cell, Mapping[str, Any]]) -> None:
    """One line a picture, from its record alone."""
    rows = []
    for cell, record in there.items():
        seen = record["seeing"][-1]
        row = {"sheet": cell.sheet, "row": cell.row, "column": cell.column, "picture": f"{PICTURES}/{cell.name}.png"}
        row |= {"iterations": record["iterations"], "strength": record["options"]["strength"]}
        row |= {name: column[-1] for name, column in record["losses"].items()}
        best = seen["classes"][0]
        row |= {"seen as": best["label"], "class": best["number"], "probability": best["probability"]}
        row |= {f"p({one['label']}, {one['number']})": one["probability"] for one in seen["sought"]}
        rows.append(row)
    names = list(dict.fromkeys(name for row in rows for name in row))
    with atomic(path, overwrite=True) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(rows)

"""A layer study: one photo and one painting under every style layer, every content layer, and several weights.

Two contact sheets: style layer by iterations, content layer by weight ratio. Each picture is a style transfer of its
own, whose record says how it is made again by itself.
"""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from eyecandy import images
from eyecandy._matplotlib import pixels
from eyecandy._version import __version__
from eyecandy.arguments import check_path
from eyecandy.art.core.sources import Source
from eyecandy.art.output import record as records
from eyecandy.art.output.sheets import sheet
from eyecandy.art.recipes.cells import Cell, cells_of, is_made, plan_of, signature_of
from eyecandy.art.recipes.options.study import StudyOptions
from eyecandy.art.recipes.series import Series, together
from eyecandy.art.recipes.sightings import Lookout
from eyecandy.art.recipes.studio import Bench, Viewing, region_sources
from eyecandy.art.recipes.style import painting_sources, style
from eyecandy.backbone.load import BackboneLike, given_or_default
from eyecandy.errors import EyecandyError
from eyecandy.files import atomic, refuse_inputs
from eyecandy.images import ImageLike
from eyecandy.images.alpha import opaque

MARKER = "study.json"
TABLE = "study.csv"
PICTURES = "pictures"
SHEETS = {
    "style-layers": "Style layer by iterations",
    "content-layers": "Content layer by style weight over content weight",
}
"""The contact sheets: name of the file, without its suffix, and title."""


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


def study(
    photo: ImageLike,
    painting: Any,
    directory: str | Path,
    *,
    backbone: BackboneLike | None = None,
    viewing: Viewing | None = None,
    overwrite: bool = False,
    signed: Mapping[str, Any] = MappingProxyType({}),
    **knobs: Any,
) -> Study:
    """Makes the contact sheets of a layer study; pictures that are there already are not made again.

    Args:
        photo: what the pictures show.
        painting: as for `style`.
        directory: where the study is written: sheets, study.csv, and the pictures with their records.
        backbone: the network that looks; the bundled one by default.
        viewing: who watches; steps are counted over all pictures that are made. It resumes nothing: the study itself
            goes on where it ended.
        overwrite: make pictures again that are there, but of another photo, painting, network or other options.
        signed: more for the records.
        knobs: the fields of `StudyOptions`.

    Raises:
        EyecandyError: an option that there is none of or out of range, an unknown layer, a picture that cannot be
            read, a directory that holds something else, or pictures made otherwise.

    >>> study("photo.jpg", "painting.jpg", "study", layers=["block1_conv1", "block4_conv3"])  # doctest: +SKIP
    """
    options = StudyOptions.of(knobs)
    net = given_or_default(backbone)
    viewing = Viewing() if viewing is None else viewing
    source, paintings = Source.of(photo, "photo"), painting_sources(painting)
    cells = cells_of(options, net)
    directory = check_path("directory", directory)
    _check_directory(directory)
    paths = {cell: directory / PICTURES / f"{cell.name}.png" for cell in cells}
    sources = [one.photo.path for one in (source, *paintings)]
    refuse_inputs(paths.values(), [path for path in sources if path is not None])
    signature = signature_of([source, *paintings, *region_sources(options)], net)
    missing = [cell for cell in cells if not is_made(paths[cell], cell, signature, overwrite)]
    if viewing.before is not None and missing:
        viewing.before(together([plan_of(cell, source, net) for cell in missing]))
    own = {"recipe": "study", "options": options.record(), **signature, "versions": {"eyecandy": __version__}, **signed}
    with atomic(directory / MARKER, overwrite=True) as temporary:
        temporary.write_text(json.dumps(own, indent=2) + "\n", "utf-8")

    lookout = Lookout(net, source.at(options.final_size(source.photo.size)))
    series = Series(viewing, [cell.knobs["iterations"] for cell in missing])
    count, stopped, interrupted = 0, None, False
    bench = Bench(apart=("iterations", "strength"))  # the pictures of a row differ in nothing else
    for number, cell in enumerate(missing):
        made = style(photo, painting, backbone=net, viewing=series.viewing(number), bench=bench, **cell.knobs)
        if made.interrupted:
            stopped, interrupted = f"interrupted after {count} of {len(missing)} pictures", True
            break
        last = {name: float(column[-1]) for name, column in made.history.items()}
        seen = lookout.look(opaque(made.image), made.record["iterations"], last)
        record = {**made.record, "seeing": [lookout.photo.record(), seen.record()], **signed}
        replace(made, record=record).save(paths[cell], overwrite=True)
        count += 1

    there = {cell: records.read(path) for cell, path in paths.items() if path.is_file()}
    _write_table(directory / TABLE, there)
    sheets = [_write_sheet(directory, name, cells, paths, there, own) for name in SHEETS]
    written = tuple(path for path in sheets if path is not None)
    return Study(directory, directory / TABLE, written, len(cells), count, stopped, interrupted)


def _check_directory(directory: Path) -> None:
    if not directory.exists():
        return
    if not directory.is_dir():
        raise EyecandyError(f"{str(directory)!r} is a file; expected the name of a folder")
    if not (directory / MARKER).is_file() and any(directory.iterdir()):
        raise EyecandyError(f"{str(directory)!r} holds something else than a study; choose another folder")


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


def _write_sheet(
    directory: Path,
    name: str,
    cells: Sequence[Cell],
    paths: Mapping[Cell, Path],
    there: Mapping[Cell, Mapping[str, Any]],
    record: Mapping[str, Any],
) -> Path | None:
    """A contact sheet of the pictures that are there, with the record of the study; none where there are none."""
    own = [cell for cell in cells if cell.sheet == name]
    rows, columns = (list(dict.fromkeys(labels)) for labels in zip(*((c.row, c.column) for c in own), strict=True))
    places = {(rows.index(cell.row), columns.index(cell.column)): cell for cell in own if cell in there}
    if not places:
        return None
    shown = {place: images.load(paths[cell]).pixels for place, cell in places.items()}
    captions = {
        place: "  ".join(f"{loss} {there[cell]['losses'][loss][-1]:.2f}" for loss in ("content", "style"))
        for place, cell in places.items()
    }
    path = directory / f"{name}.png"
    text = {records.KEYWORD: json.dumps({**record, "sheet": name})}
    images.save_png(path, pixels(sheet(SHEETS[name], rows, columns, shown, captions)), text=text, overwrite=True)
    return path

"""What was accepted, as a data set in any format of labels."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eyecandy._version import __version__
from eyecandy.arguments import options_of
from eyecandy.datasets.journal import Entry
from eyecandy.datasets.review.decisions import Item
from eyecandy.datasets.review.folder import Review, Sheet
from eyecandy.datasets.store import LocalStore
from eyecandy.datasets.tables import write_formats
from eyecandy.detection.export.folders import MARKER
from eyecandy.detection.export.formats import check_formats
from eyecandy.detection.export.labelled import Annotation, LabelledPhoto, run_lengths
from eyecandy.detection.export.labelling import Labelling
from eyecandy.detection.export.options import LabelOptions
from eyecandy.detection.find.masks import bounds
from eyecandy.files import atomic_directory

FOLDER = "reviewed"


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes:
        files: each format's main file.
        photos, objects: how many.
        left: photos that were left out, since something in them is undecided.
    """

    files: tuple[Path, ...]
    photos: int
    objects: int
    left: int


def export(review: Review, formats: Sequence[str] = ("coco",), **knobs: Any) -> Exported:
    """Writes the accepted objects of all photos that are decided into `reviewed/`, in the place of an older one.

    A photo of which all was rejected is a part of it, without objects: it says that there is nothing. What was renamed
    or added has a score of 1, since a person said so.

    Args:
        review: what was decided.
        formats: names of `FORMATS`.
        **knobs: of `LabelOptions`: by, segmentation, polygon_error.

    Raises:
        EyecandyError: there is no such format, a knob is out of its range, the folder was changed, or it cannot be
            written.
    """
    names, options = check_formats(formats), options_of(LabelOptions, None, knobs)
    standings = review.standings()
    done = [each.photo.key for each in standings if each.done]
    sheets = [review.sheet(key) for key in done]
    target = review.folder / FOLDER
    backbone = str(review.results.made.get("backbone", "eyecandy"))
    labelling = Labelling.of(_photos(review, sheets), backbone, options, review.results.root)
    with atomic_directory(target, overwrite=True, marker=MARKER) as fresh:
        store = LocalStore(fresh)
        files = write_formats(store, lambda: _photos(review, sheets), labelling, names)
        made = {"eyecandy": __version__, "reviewed": str(review.folder), "formats": list(names)}
        (fresh / MARKER).write_text(json.dumps(made) + "\n", "ascii")
    objects = sum(item.status == "accepted" for sheet in sheets for item in sheet.items)
    return Exported(tuple(target / name for name in files), len(sheets), objects, len(standings) - len(sheets))


def _photos(review: Review, sheets: Sequence[Sheet]) -> Iterator[LabelledPhoto]:
    for sheet in sheets:
        entry = review.results.entry(sheet.photo)
        accepted = [item for item in sheet.items if item.status == "accepted"]
        yield {
            "photo": entry["photo"],
            "width": entry["width"],
            "height": entry["height"],
            "notes": entry["notes"],
            "classes": entry["classes"],
            "annotations": [_annotation(review, sheet, item, number) for number, item in enumerate(accepted, start=1)],
        }


def _annotation(review: Review, sheet: Sheet, item: Item, number: int) -> Annotation:
    known: Entry = dict(item.found or _ADDED)
    known |= {"id": number, "image_id": 1, "mask": f"../{item.mask}"}
    if item.renamed or item.found is None:
        known |= {"word": item.name, "label": item.label, "category_id": _UNKNOWN}
        known |= {"score": 1.0, "probability": 1.0}
    if item.repainted or item.found is None:
        inside = review.results.inside(sheet.photo, item.mask, item.threshold)
        x0, y0, x1, y1 = bounds(inside, sheet.photo.size)
        known |= {"segmentation": run_lengths(inside), "area": int(inside.sum()), "threshold": item.threshold}
        known |= {"bbox": [x0, y0, x1 - x0, y1 - y0]}
    return known  # type: ignore[return-value]  # a line of the journal has all that an annotation has


_UNKNOWN = -1  # the number of a class that no network has
_ADDED: Entry = {"iscrowd": 0, "eigenmask": -1, "sign": 1, "explained_variance_ratio": 0.0, "top": []}
"""What stands where an object came from no eigen-mask."""

"""A result as a folder of files, written whole or not at all."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from eyecandy._tensorflow import keras, tf
from eyecandy._version import __version__
from eyecandy.detection.cutouts import cut_out, numbered
from eyecandy.detection.export.archive import write_masks
from eyecandy.detection.export.folders import MARKER
from eyecandy.detection.export.formats.coco import to_coco
from eyecandy.detection.result import Result
from eyecandy.files import atomic_directory
from eyecandy.images import save_png

FIGURE, EXPLAIN, MASKS, OBJECTS = "figure.png", "explain.png", "masks.npz", "objects.json"
_LONGEST_NAME = 60  # characters of a word in a file name; a character takes up to four of a file system's 255 bytes


def save(found: Result, directory: Path, *, overwrite: bool = False, explain: bool = False) -> None:
    """Writes a folder of results, see `write`.

    Raises:
        EyecandyError: as `eyecandy.files.atomic_directory`.
    """
    with atomic_directory(directory, overwrite=overwrite, marker=MARKER) as folder:
        write(found, folder, explain=explain)


def write(found: Result, folder: Path, *, explain: bool = False) -> None:
    """Writes the files of a result into an empty folder. The same result gives the same bytes.

    - figure.png: the photo, and each object on a neutral ground.
    - explain.png, if asked for: all class masks and eigen-masks.
    - dog-1.png and so on: each object on nothing, cropped to its box.
    - masks.npz: all masks as numbers, see `archive.write_masks`.
    - objects.json: the objects as a COCO data set, see `formats.coco.to_coco`; "cutout" names an object's picture.
    - eyecandy.json: how the result was made.
    """
    for name in FILES:
        if explain or name != EXPLAIN:
            write_file(found, folder / name)
    write_cutouts(found, folder)


def write_file(found: Result, path: Path, name: str | None = None) -> None:
    """Writes one file of a result and no other.

    Args:
        path: the file to make.
        name: which one, one of `FILES`; by default that of the path.
    """
    _WRITERS[name or path.name](found, path)


def write_cutouts(found: Result, folder: Path) -> list[Path]:
    """Writes each object's picture into a folder, best first; returns their paths."""
    paths = [folder / name for name in cutout_names(o.word for o in found.objects)]
    for path, item in zip(paths, found.objects, strict=True):
        save_png(path, cut_out(found.photo, item))
    return paths


def record(found: Result) -> dict[str, Any]:
    """How a result was made: versions, network, options, and how the photo was read."""
    return {
        "eyecandy": __version__,
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
        "backbone": found.backbone,
        "weights_sha256": found.weights_sha256,
        "photo": found.photo.name if found.photo.path is None else found.photo.path.name,
        "notes": list(found.photo.notes),
        "options": asdict(found.options),
    }


def cutout_names(words: Iterable[str]) -> list[str]:
    """Names for the pictures of objects, all different, without characters that a file system may refuse.

    >>> cutout_names(["dog", "oil rig", "dog"])
    ['dog-1.png', 'oil-rig-1.png', 'dog-2.png']
    """
    stems = [re.sub(r"[\W_]+", "-", word).strip("-")[:_LONGEST_NAME] or "object" for word in words]
    return [f"{stem}-{number}.png" for stem, number in zip(stems, numbered(stems), strict=True)]


def _write_figure(found: Result, path: Path) -> None:
    from eyecandy.detection.figures import figure as figures  # here, since they import matplotlib
    from eyecandy.detection.figures import sheet

    path.write_bytes(sheet.png(figures.figure(found)))


def _write_explanation(found: Result, path: Path) -> None:
    from eyecandy.detection.figures import figure as figures
    from eyecandy.detection.figures import sheet

    path.write_bytes(sheet.png(figures.explain_figure(found)))


def _write_objects(found: Result, path: Path) -> None:
    document = to_coco(found)
    names = cutout_names(o.word for o in found.objects)
    for entry, name in zip(document["annotations"], names, strict=True):
        entry["cutout"] = name
    _write_json(path, document)


def _write_json(path: Path, document: dict[str, Any]) -> None:
    # ASCII with escapes: the name of a photo may hold bytes that are no UTF-8
    path.write_text(json.dumps(document) + "\n", "ascii")


_WRITERS: Mapping[str, Callable[[Result, Path], None]] = {
    FIGURE: _write_figure,
    EXPLAIN: _write_explanation,
    MASKS: lambda found, path: write_masks(path, found),
    OBJECTS: _write_objects,
    MARKER: lambda found, path: _write_json(path, record(found)),
}
FILES = tuple(_WRITERS)
"""The files of a result that `write_file` makes one by one; the cut-outs are the others."""

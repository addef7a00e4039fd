"""Truth as lists of boxes, as the data sets of weakly supervised localisation come: each a line or a small file.

- the WSOL benchmark's own folders (Choe et al. 2020): `localization.txt`, lines of `path,x0,y0,x1,y1` in pixels, or,
  for OpenImages, of `path,mask,ignored`, masks that lie beside it; `image_sizes.txt` (`path,width,height`) and
  `class_labels.txt` (`path,class`) where they are there;
- CUB-200-2011's folder: `bounding_boxes.txt` (`number x y width height`) with `images.txt` (`number path`);
- ImageNet's: a folder of XML files, one a photo, or `LOC_val_solution.csv` (`ImageId,PredictionString`);
- OpenImages' boxes: a CSV with `ImageID,LabelName,XMin,XMax,YMin,YMax`, in shares of the photo.
"""

import csv
import xml.etree.ElementTree as xml
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from eyecandy.backbone.labels import Labels
from eyecandy.detection.faithfulness.truth.masks import read_mask
from eyecandy.detection.faithfulness.truth.names import classes_named
from eyecandy.detection.faithfulness.truth.objects import Box, TrueObject, Truth, bounds, other_size
from eyecandy.errors import EyecandyError

Listed = dict[str, list[tuple[str | None, tuple[float, ...]]]]
"""By the photo's name without its suffix: what each thing is called, and its box."""
Meanings = dict[str | None, frozenset[int] | None]
"""The classes that are right for each name; None where any is."""


def read_boxes(source: Path, labels: Labels) -> Truth | None:
    """The truth that a list of boxes tells; None where it is none of the kinds that the module names.

    Raises:
        EyecandyError: one of them, but it cannot be read.
    """
    try:
        if (source / "localization.txt").is_file():
            return _benchmark(source, labels)
        if (source / "bounding_boxes.txt").is_file():
            return _truth(source, _cub(source), {None: None})
        if source.is_dir() and any(source.glob("*.xml")):
            listed = _xml(source)
            return _truth(source, listed, _meanings(_names(listed), labels))
        if source.suffix.lower() == ".csv":
            return _csv(source, labels)
    except (OSError, UnicodeDecodeError, ValueError, KeyError, TypeError, xml.ParseError) as error:
        raise EyecandyError(f"the boxes in {str(source)!r} cannot be read: {error or type(error).__name__}") from error
    return None


def _truth(source: Path, listed: Listed, meant: Meanings, *, shares: bool = False) -> Truth:
    def of(photo: Path, size: tuple[int, int]) -> tuple[TrueObject, ...]:
        if photo.stem not in listed:
            raise EyecandyError(f"{str(source)!r} holds no box of {photo.name!r}")
        scale = (*size, *size) if shares else (1, 1, 1, 1)
        return tuple(
            TrueObject(name, meant[name], _box(x * side for x, side in zip(box, scale, strict=True)))
            for name, box in listed[photo.stem]
        )

    return Truth(
        source, of, names=tuple(sorted(str(name) for name, classes in meant.items() if classes == frozenset()))
    )


def _names(listed: Listed) -> set[str | None]:
    return {name for each in listed.values() for name, _ in each}


def _meanings(names: Iterable[str | None], labels: Labels) -> Meanings:
    """The classes of each name. Where the network knows none of the names, any class is right: the boxes alone count.

    Numbers are classes where there are as many as the network has.
    """
    given = [name for name in names if name is not None]
    if given and all(name.isdecimal() for name in given) and max(map(int, given)) + 1 == len(labels):
        found = {name: frozenset((int(name),)) for name in given}
    else:
        found = {name: classes_named(name, labels) for name in given}
    anything = not any(found.values())
    return {None: None, **{name: None if anything else classes for name, classes in found.items()}}


def _box(sides: Iterable[float]) -> Box:
    x0, y0, x1, y1 = sides
    return x0, y0, x1, y1


def _lines(path: Path, separator: str | None) -> Iterator[list[str]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip():
            yield line.strip().split(separator)


def _benchmark(source: Path, labels: Labels) -> Truth:
    named = {}
    if (source / "class_labels.txt").is_file():
        named = {Path(path).stem: number for path, number in _lines(source / "class_labels.txt", ",")}
    sizes = {}
    if (source / "image_sizes.txt").is_file():
        sizes = {Path(path).stem: (int(w), int(h)) for path, w, h in _lines(source / "image_sizes.txt", ",")}
    listed: Listed = defaultdict(list)
    masks: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for path, *rest in _lines(source / "localization.txt", ","):
        stem = Path(path).stem
        if len(rest) == 4:
            listed[stem].append((named.get(stem), tuple(map(float, rest))))
        else:
            mask, ignored = (*rest, "")[:2]
            masks[stem].append((mask, ignored))
    meant = _meanings(named.values(), labels)
    boxes = _truth(source, listed, meant)

    def of(photo: Path, size: tuple[int, int]) -> tuple[TrueObject, ...]:
        known = sizes.get(photo.stem, size)
        if known != size:
            raise other_size(f"{source}: {photo.name}", known, size)
        if photo.stem not in masks:
            return boxes.of(photo, size)
        name = named.get(photo.stem)
        inside = np.any([_sized(source / path, size) for path, _ in masks[photo.stem]], axis=0)
        ignored = [_sized(source / path, size) for path in {i for _, i in masks[photo.stem] if i not in ("", "None")}]
        found = [(inside, False), *((mask, True) for mask in ignored)]
        return tuple(TrueObject(name, meant[name], bounds(m), m, crowd=crowd) for m, crowd in found if m.any())

    return Truth(source, of, names=boxes.names)


def _sized(path: Path, size: tuple[int, int]) -> np.ndarray:
    mask = read_mask(path)
    if mask.shape != (size[1], size[0]):
        raise other_size(path, (mask.shape[1], mask.shape[0]), size)
    return mask


def _cub(source: Path) -> Listed:
    paths = dict(_lines(source / "images.txt", None))
    listed: Listed = defaultdict(list)
    for number, *sides in _lines(source / "bounding_boxes.txt", None):
        x, y, width, height = map(float, sides)
        listed[Path(paths[number]).stem].append((None, (x, y, x + width, y + height)))
    return listed


def _xml(source: Path) -> Listed:
    listed: Listed = defaultdict(list)
    for path in sorted(source.glob("*.xml")):
        for thing in xml.parse(path).iter("object"):
            x0, y0, x1, y1 = (float(thing.findtext(f"bndbox/{side}", "")) for side in ("xmin", "ymin", "xmax", "ymax"))
            listed[path.stem].append((thing.findtext("name"), (x0, y0, x1, y1)))
    return listed


def _csv(source: Path, labels: Labels) -> Truth | None:
    with source.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    listed: Listed = defaultdict(list)
    if rows and "PredictionString" in rows[0]:
        for row in rows:
            words = row["PredictionString"].split()
            for i in range(0, len(words) - 4, 5):
                listed[row["ImageId"]].append((words[i], tuple(map(float, words[i + 1 : i + 5]))))
        return _truth(source, listed, _meanings(_names(listed), labels))
    if rows and "XMin" in rows[0]:
        for row in rows:
            sides = tuple(float(row[key]) for key in ("XMin", "YMin", "XMax", "YMax"))
            listed[row["ImageID"]].append((row.get("LabelName"), sides))
        return _truth(source, listed, _meanings(_names(listed), labels), shares=True)
    return None

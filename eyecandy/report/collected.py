"""The gallery of a folder of results of a whole data set: it needs nothing else but the photos themselves."""

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np

from eyecandy.datasets.journal import entries, index
from eyecandy.datasets.store import LocalStore, Store
from eyecandy.datasets.tables import FAILURES
from eyecandy.detection.arrays import MaskStack, resize_mask
from eyecandy.detection.export.folders import MARKER
from eyecandy.detection.export.labelled import Annotation, LabelledPhoto, inside
from eyecandy.detection.options import DetectOptions
from eyecandy.detection.result import DetectedObject, Result, SeenClass
from eyecandy.errors import EyecandyError
from eyecandy.images import Photo, fit, load
from eyecandy.report.gallery import Gallery, gallery
from eyecandy.report.steps import BRIEF

_NO_MASKS = np.zeros((0, 1, 1), np.float32)


def collect(results: str | Path, path: str | Path, *, overwrite: bool = False) -> None:
    """Writes a gallery of what `detect_all` found, see `gallery`: masks and objects, but not the steps to them.

    Args:
        results: the folder of results.
        path: of the gallery's page; ends in .html.
        overwrite: replace an older gallery.

    Raises:
        EyecandyError: there are no results of many photos, or the gallery cannot be written.
    """
    with gallery(path, overwrite=overwrite) as made:
        fill(made, store_of(str(results)))


def store_of(results: str) -> Store:
    """The store at a path or an address."""
    if "://" in results:
        from eyecandy.datasets.ray import store_at

        return store_at(results)
    return LocalStore(Path(os.path.normpath(Path(results).absolute())))


def fill(made: Gallery, store: Store) -> None:
    """Adds all photos of a folder of results to a gallery, by their names; those that cannot be read are failures.

    Raises:
        EyecandyError: there are no results of many photos.
    """
    record = _record(store)
    root = Path(record["photos"])
    failures = []
    for entry in _photos(store):
        name = entry["photo"]
        try:
            found = _result(load(root / name), entry, record)
        except EyecandyError as error:
            failures.append((name, str(error)))
            continue
        made.add(found, name=name, steps=False)
    if store.holds(FAILURES):
        with store.read(FAILURES) as file:
            failures += [(each["photo"], each["error"]) for each in json.load(file) if not each.get("left_out")]
    made.failures = failures


def _photos(store: Store) -> Iterator[LabelledPhoto]:
    places = {name: place for name, place in index(store).items() if place.error is None}
    return (cast(LabelledPhoto, entry) for entry in entries(store, places))


def _record(store: Store) -> dict[str, Any]:
    record: Any = None
    if store.holds(MARKER):
        with store.read(MARKER) as file:
            record = json.load(file)
    if not isinstance(record, dict) or "layout" not in record:
        raise EyecandyError(f"{store.address!r} holds no results of many photos; make some with detect --to")
    return record


def _result(photo: Photo, entry: LabelledPhoto, record: dict[str, Any]) -> Result:
    """What is known of a photo, its masks at the size of a page."""
    return Result(
        photo=photo,
        classes=tuple(SeenClass(**seen) for seen in entry["classes"]),
        class_masks=MaskStack(_NO_MASKS, photo.size),
        eigenmasks=MaskStack(_NO_MASKS, photo.size),
        explained_variance_ratio=np.zeros(0),
        eigenparts=(),
        objects=tuple(_object(found, photo.size) for found in entry["annotations"]),
        backbone=record["backbone"],
        weights_sha256=record.get("weights_sha256"),
        options=replace(DetectOptions(), min_score=record["options"]["min_score"]),
    )


def _object(found: Annotation, size: tuple[int, int]) -> DetectedObject:
    x, y, width, height = found["bbox"]
    small = resize_mask(inside(found["segmentation"]).astype(np.float32), fit(size, BRIEF.photo))
    return DetectedObject(
        label=found["label"],
        class_index=found["category_id"],
        word=found["word"],
        probability=found["probability"],
        score=found["score"],
        box=(x, y, x + width, y + height),
        top=tuple(SeenClass(**seen) for seen in found["top"]),
        eigenmask=found["eigenmask"],
        sign=found["sign"],
        explained_variance_ratio=found["explained_variance_ratio"],
        threshold=0.5,
        size=size,
        small_saliency=small,
        small_mask=small,
    )

"""The results of all photos in one data set, in any format of labels, made of the journal."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, BinaryIO, cast

from eyecandy.datasets.journal import Place, entries
from eyecandy.datasets.store import Store
from eyecandy.detection.export.formats import FORMATS
from eyecandy.detection.export.labelled import LabelledPhoto
from eyecandy.detection.export.labelling import Labelling

FAILURES = "failures.json"


def write_tables(
    store: Store,
    places: dict[str, Place],
    labels: Callable[[Iterable[LabelledPhoto]], Labelling],
    formats: Sequence[str],
    unread: Iterable[tuple[str, str]] = (),
    left_out: Iterable[tuple[str, str]] = (),
) -> list[str]:
    """Writes the labels of all photos that went well in some formats, and `failures.json` of all that did not.

    That also names pictures of a kind that is not read (`unread`: name, reason), and with "left_out": true all other
    files that were left out.

    Photos come in the order of their names and are numbered from 1, so that the files are the same however often the
    work was stopped in between. One photo at a time is held in memory.

    Args:
        store: where the results lie.
        places: of the entries of all photos.
        labels: what tells from a first look through the photos what they have in common.
        formats: names of `FORMATS`.
        unread, left_out: see above.

    Returns:
        The name of each format's file to look at first.

    Raises:
        EyecandyError: it cannot be written.
    """
    failed = [(name, place.error) for name, place in places.items() if place.error]
    failures: list[dict[str, Any]] = [{"photo": name, "error": why} for name, why in sorted([*failed, *unread])]
    failures += [{"photo": name, "error": why, "left_out": True} for name, why in left_out]
    with store.replace(FAILURES) as file:
        file.write((json.dumps(failures, indent=1) + "\n").encode("ascii"))
    went_well = {name: place for name, place in places.items() if place.error is None}

    def photos() -> Iterator[LabelledPhoto]:
        return (cast(LabelledPhoto, entry) for entry in entries(store, went_well))

    labelling = labels(photos())
    written = []
    for name in formats:
        format = FORMATS[name]
        folder = Below(store, format.folder) if format.folder else store
        file_name = format.write(folder, photos(), labelling)
        written.append(f"{format.folder}/{file_name}" if format.folder else file_name)
    return written


class Below:
    """A folder below the results."""

    def __init__(self, store: Store, name: str) -> None:
        self._store, self._name = store, name
        self.local = None if store.local is None else store.local / name

    def replace(self, name: str) -> AbstractContextManager[BinaryIO]:
        return self._store.replace(f"{self._name}/{name}")

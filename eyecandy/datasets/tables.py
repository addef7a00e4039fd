"""The results of all photos in one data set, in any format of labels, made of the journal."""

import json
from collections.abc import Iterable
from typing import Any, cast

from eyecandy.datasets.journal import Place, entries
from eyecandy.datasets.store import Store
from eyecandy.detection.export.formats import FORMATS
from eyecandy.detection.export.labelled import LabelledPhoto

FAILURES = "failures.json"


def write_tables(
    store: Store,
    places: dict[str, Place],
    backbone: str,
    format: str,
    unread: Iterable[tuple[str, str]] = (),
    left_out: Iterable[tuple[str, str]] = (),
) -> str:
    """Writes the table of all photos that went well, and `failures.json` of all that did not.

    That also names pictures of a kind that is not read (`unread`: name, reason), and with "left_out": true all other
    files that were left out.

    Photos come in the order of their names and are numbered from 1, so that the table is the same however often the
    work was stopped in between. One photo at a time is held in memory.

    Returns:
        The name of the table's file.

    Raises:
        EyecandyError: it cannot be written.
    """
    failed = [(name, place.error) for name, place in places.items() if place.error]
    failures: list[dict[str, Any]] = [{"photo": name, "error": why} for name, why in sorted([*failed, *unread])]
    failures += [{"photo": name, "error": why, "left_out": True} for name, why in left_out]
    with store.replace(FAILURES) as file:
        file.write((json.dumps(failures, indent=1) + "\n").encode("ascii"))
    went_well = {name: place for name, place in places.items() if place.error is None}
    photos = (cast(LabelledPhoto, entry) for entry in entries(store, went_well))
    return FORMATS[format].write(store, photos, backbone)

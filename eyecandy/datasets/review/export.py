"""What was accepted, as a data set."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eyecandy._version import __version__
from eyecandy.datasets.journal import Entry
from eyecandy.datasets.review.decisions import Item
from eyecandy.datasets.review.folder import Review, Sheet
from eyecandy.datasets.store import LocalStore
from eyecandy.datasets.tables import Format, check_format, write_tables_of
from eyecandy.detection.export.coco import run_lengths
from eyecandy.detection.export.folders import MARKER
from eyecandy.detection.find.masks import bounds
from eyecandy.files import atomic_directory

FOLDER = "reviewed"


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes:
        table: the data set's main file.
        photos, objects: how many; `open`, how many photos were left out since something in them is undecided.
    """

    table: Path
    photos: int
    objects: int
    open: int

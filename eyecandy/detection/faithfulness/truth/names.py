"""What the names of true things mean to a network."""

import csv
import functools
import importlib.resources

from eyecandy.backbone import labels as tables
from eyecandy.backbone.labels import Labels
from eyecandy.errors import EyecandyError


def classes_named(name: str, labels: Labels) -> frozenset[int]:
    """The classes that a name finds: of that label or everyday word, or WordNet's number of ImageNet's; else none."""
    if name in _synsets() and labels.names == tables.imagenet().names:
        return frozenset((_synsets()[name],))
    if name.isdecimal():  # numbers count differently in each data set
        return frozenset()
    try:
        return frozenset(labels.find(name))
    except EyecandyError:
        return frozenset()


@functools.cache
def _synsets() -> dict[str, int]:
    table = importlib.resources.files(tables).joinpath("imagenet1k.tsv").read_text(encoding="utf-8")
    rows = csv.DictReader(table.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    return {row["wnid"]: int(row["index"]) for row in rows}

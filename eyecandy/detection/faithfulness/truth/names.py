"""What the names of true things mean to a network."""

from eyecandy.backbone.labels import Labels
from eyecandy.errors import EyecandyError


def classes_named(name: str, labels: Labels) -> frozenset[int]:
    """The classes that a name finds: of that label, everyday word or kind ("bird"), or WordNet's number; else none."""
    if name.isdecimal():  # numbers count differently in each data set
        return frozenset()
    try:
        return frozenset(labels.find_kind(name))
    except EyecandyError:
        return frozenset()

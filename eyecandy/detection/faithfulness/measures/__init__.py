"""Measures of how far masks are to be trusted, one file each. Importing it is instant."""

from collections.abc import Sequence

from eyecandy.detection.faithfulness.measure import Measure
from eyecandy.registry import Registry

MEASURES: Registry[Measure] = Registry(
    "measure",
    __name__,
    __path__,
    first=("insertion-deletion", "stability", "contrast", "randomisation", "road", "pointing"),
)


def chosen(names: Sequence[str] | None) -> list[str]:
    """The names, each once and in the order of the registry; all of them for None.

    Raises:
        EyecandyError: an unknown name; the message lists those that there are.
    """
    for name in names or ():
        MEASURES.check(name)
    return [name for name in MEASURES if names is None or name in names]

"""Every knob of `detect` with its default, and what the named ones may be called. Importing it is instant."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eyecandy.errors import EyecandyError

if TYPE_CHECKING:
    from eyecandy.backbone.model import Backbone, Reading

READINGS: tuple["Reading", ...] = ("places", "average")
SIGNALS = ("places", "gradient", "gradient-input", "smoothgrad")
DECOMPOSITIONS = ("pca", "nmf")
REFINEMENTS = ("grabcut", "none")

DEFAULT_SIGNAL = "places"
TOP = 20
MIN_SCORE = 0.5
SIZE, CLOSER_SIZE = 448, 672
"""Longest side at which the network looks by default, and at which it looks again when the photo is crowded."""


@dataclass(frozen=True)
class DetectOptions:
    """Every knob of `detect`, with its default; the command line derives from it.

    Attributes:
        top: how many classes are traced back to the pixels; the default means all of a network that has fewer.
        reading: how they are ranked: "places" (softmax at each place, then the maximum) or "average".
        signal: how a class is traced back: see `signals.SIGNALS`.
        decomposition: "pca" or "nmf".
        components: number of eigen-masks; None for as many as explain 95 % of the variance.
        refine: "grabcut", or "none" for the raw soft masks.
        size: longest side at which the network looks, in pixels; None for 448, or 672 where the photo is crowded.
            A photo is never enlarged.
        min_score: objects below it are dropped.

    Raises:
        EyecandyError: the first knob that is out of its range for any backbone.
    """

    top: int = TOP
    reading: "Reading" = "places"
    signal: str = DEFAULT_SIGNAL
    decomposition: str = "pca"
    components: int | None = None
    refine: str = "grabcut"
    size: int | None = None
    min_score: float = MIN_SCORE

    def __post_init__(self) -> None:
        if self.top < 1:
            raise EyecandyError(f"top must be at least 1, got {self.top}")
        if self.components is not None and not 1 <= self.components <= self.top:
            raise EyecandyError(f"components must be 1 to {self.top}, the value of top, got {self.components}")
        if self.size is not None and self.size < 1:
            raise EyecandyError(f"size must be at least 1 pixel, got {self.size}")
        if not 0 <= self.min_score < 1:
            raise EyecandyError(f"min_score must be at least 0 and below 1, got {self.min_score}")
        _one_of("reading", self.reading, READINGS)
        _one_of("signal", self.signal, SIGNALS)
        _one_of("decomposition", self.decomposition, DECOMPOSITIONS)
        _one_of("refinement", self.refine, REFINEMENTS)

    def check(self, backbone: "Backbone") -> None:
        """Raises EyecandyError for the first knob that is out of its range for this backbone."""
        if self.top > len(backbone.labels) and self.top != TOP:
            raise EyecandyError(
                f"top must be 1 to {len(backbone.labels)}, the classes of {backbone.name}, got {self.top}"
            )


def _one_of(what: str, value: str, names: Sequence[str]) -> None:
    if value not in names:
        raise EyecandyError(f"unknown {what} {value!r}; expected {', '.join(names[:-1])} or {names[-1]}")

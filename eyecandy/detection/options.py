"""Every knob of `detect` with its default, and what the named ones may be called. Importing it is instant."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from eyecandy.arguments import Hint, settle
from eyecandy.backbone.pooling import READINGS, Reading
from eyecandy.errors import OptionError

if TYPE_CHECKING:
    from eyecandy.backbone.model import Backbone

SIGNALS = ("features", "places", "gradient", "gradient-input", "smoothgrad")
DECOMPOSITIONS = ("pca", "varimax", "nmf", "none")
REFINEMENTS = ("grabcut", "none")

DEFAULT_SIGNAL = "features"
TOP = 20
MIN_SCORE = 0.5
SIZE = 448
"""Longest side of the middle one of the sizes at which the network looks by default,"""
CLOSER_SIZE = 672
"""where many things share the photo,"""
SHORT, LONGEST = 224, 4480
"""and in a panorama such that the shorter side is 224, the size of the pictures that networks learn from; at most this.
"""


def default_size(size: tuple[int, int]) -> int:
    """The longest side, in pixels, at which a photo of (width, height) is looked at where nothing else is said.

    >>> default_size((4000, 3000)), default_size((3000, 300))
    (448, 2240)
    """
    return max(SIZE, min(LONGEST, SHORT * max(size) // min(size)))


@dataclass(frozen=True)
class DetectOptions:
    """Every knob of `detect`, with its default; the command line derives from it.

    Raises:
        OptionError: the first knob that is out of its range for any backbone.
    """

    top: Annotated[int, "how many classes are traced back through the network, or all of a network that has fewer"] = (
        TOP
    )
    reading: Annotated[
        Reading, "how classes are ranked: by their best place (places), or by average", Hint(choices=READINGS)
    ] = "places"
    signal: Annotated[
        str, f"how a class is traced back: {', '.join(SIGNALS)}", Hint(metavar="NAME", choices=SIGNALS)
    ] = DEFAULT_SIGNAL
    decomposition: Annotated[
        str, "how eigen-masks are made: pca, varimax, nmf or none", Hint(choices=DECOMPOSITIONS)
    ] = "pca"
    components: Annotated[int | None, "how many eigen-masks; by default as many as explain 95 % of the variance"] = None
    refine: Annotated[str, "how masks are sharpened along edges: grabcut or none", Hint(choices=REFINEMENTS)] = (
        "grabcut"
    )
    size: Annotated[
        int | None,
        "longest side at which the network looks, never more than the photo's, and besides at 5/7 and 3/2 of it; by "
        "default 448, of a crowd 672, and of a panorama what makes its shorter side 224",
        Hint(metavar="PIXELS"),
    ] = None
    min_score: Annotated[float, "leave out objects that score less, from 0 to 1"] = MIN_SCORE

    def __post_init__(self) -> None:
        settle(self)
        if self.top < 1:
            raise OptionError("{} must be at least 1, got {got}", "top", got=self.top)
        if self.components is not None and not 1 <= self.components <= self.top:
            raise OptionError(
                "{} must be 1 to {top}, the value of {}, got {got}",
                "components",
                "top",
                top=self.top,
                got=self.components,
            )
        if self.size is not None and self.size < 1:
            raise OptionError("{} must be at least 1 pixel, got {got}", "size", got=self.size)
        if not 0 <= self.min_score < 1:
            raise OptionError("{} must be at least 0 and below 1, got {got}", "min_score", got=self.min_score)
        _one_of("reading", self.reading, READINGS)
        _one_of("signal", self.signal, SIGNALS)
        _one_of("decomposition", self.decomposition, DECOMPOSITIONS)
        _one_of("refine", self.refine, REFINEMENTS)

    def check(self, backbone: "Backbone") -> None:
        """Raises OptionError for the first knob that is out of its range for this backbone."""
        if self.top > len(backbone.labels) and self.top != TOP:
            raise OptionError(
                "{} must be 1 to {most}, the classes of {backbone}, got {got}",
                "top",
                most=len(backbone.labels),
                backbone=backbone.name,
                got=self.top,
            )


def _one_of(what: str, value: str, names: Sequence[str]) -> None:
    if value not in names:
        known = f"{', '.join(names[:-1])} or {names[-1]}"
        raise OptionError("unknown {} {got!r}; expected {known}", what, got=value, known=known)

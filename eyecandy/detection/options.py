"""Every knob of `detect` with its default, and what the named ones may be called. Importing it is instant."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from eyecandy.arguments import Hint, settle
from eyecandy.backbone.pooling import READINGS, Reading
from eyecandy.detection.find.decompositions import DECOMPOSITIONS
from eyecandy.detection.find.refinements import REFINEMENTS
from eyecandy.detection.find.signals import SIGNALS
from eyecandy.errors import OptionError
from eyecandy.registry import check_choice

if TYPE_CHECKING:
    from eyecandy.backbone.model import Backbone

TOP = 20
MIN_SCORE = 0.2


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
        str, f"how a class is traced back: {', '.join(SIGNALS)}", Hint(metavar="NAME", choices=tuple(SIGNALS))
    ] = SIGNALS.default
    decomposition: Annotated[
        str, f"how eigen-masks are made: {DECOMPOSITIONS.listed}", Hint(choices=tuple(DECOMPOSITIONS))
    ] = DECOMPOSITIONS.default
    components: Annotated[int | None, "how many eigen-masks; by default as many as explain 95 % of the variance"] = None
    refine: Annotated[
        str, f"how masks are sharpened along edges: {REFINEMENTS.listed}", Hint(choices=tuple(REFINEMENTS))
    ] = REFINEMENTS.default
    size: Annotated[
        int | None,
        "longest side at which the network looks, never more than the photo's, and besides at 5/7 and 3/2 of it; by "
        "default 448, of a crowd 672, and of a panorama what makes its shorter side 224",
        Hint(metavar="PIXELS"),
    ] = None
    min_score: Annotated[float, "leave out objects that score less, from 0 to 1"] = MIN_SCORE
    min_probability: Annotated[float, "leave out objects whose word is less probable, from 0 to 1"] = 0.0

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
        for name in ("min_score", "min_probability"):
            if not 0 <= getattr(self, name) < 1:
                raise OptionError("{} must be at least 0 and below 1, got {got}", name, got=getattr(self, name))
        check_choice("reading", self.reading, READINGS)
        for registry in (SIGNALS, DECOMPOSITIONS, REFINEMENTS):
            registry.check(getattr(self, registry.kind))

    @property
    def nothing(self) -> str:
        """What is said where no object is found."""
        sure = f" with a probability of {self.min_probability:.2f} or more" if self.min_probability else ""
        return f"nothing scores {self.min_score:.2f} or more{sure}"

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

"""Every knob of `detect` with its default, and what the named ones may be called. Importing it is instant."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from eyecandy.arguments import Hint, settle, told
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
    classes: Annotated[
        str | list[str] | None,
        "keep only objects of these: words, labels, class numbers, or kinds such as animal, joined by commas",
        Hint(metavar="NAME,..."),
    ] = None
    name_as: Annotated[
        str | list[str] | None,
        "call the objects that are of a kind, such as animal, by its name; several are joined by commas",
        Hint(metavar="KIND,..."),
    ] = None

    def __post_init__(self) -> None:
        settle(self)
        for name in ("classes", "name_as"):
            object.__setattr__(self, name, _joined(name, getattr(self, name)))
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
        what = "nothing" if self.classes is None else f"nothing of {self.classes}"
        return f"{what} scores {self.min_score:.2f} or more{sure}"

    def check(self, backbone: "Backbone") -> None:
        """Makes sure that all knobs mean something for this backbone.

        Raises:
            EyecandyError: for the first knob that is out of its range, or names a class that there is none of.
        """
        for name in names_in(self.classes) + names_in(self.name_as):
            backbone.labels.find_kind(name)
        if self.top > len(backbone.labels) and self.top != TOP:
            raise OptionError(
                "{} must be 1 to {most}, the classes of {backbone}, got {got}",
                "top",
                most=len(backbone.labels),
                backbone=backbone.name,
                got=self.top,
            )


def names_in(text: object) -> list[str]:
    """The names of a text that are joined by commas, as `classes` holds them; quotes keep a comma inside a name.

    >>> names_in('dog, motor vehicle, "drake, the bird"')
    ['dog', 'motor vehicle', 'drake, the bird']
    """
    return [] if text is None else [name.strip() for name in next(csv.reader([str(text)], skipinitialspace=True))]


def _joined(option: str, given: object) -> str | None:
    """Names as one text; given as such, or as a list of names, class numbers and found things."""
    if given is None:
        return None
    each: list[Any] = names_in(given) if isinstance(given, str) else [given]
    if isinstance(given, Iterable) and not isinstance(given, str) and not hasattr(given, "class_index"):
        each = list(given)
    names = [str(getattr(name, "class_index", name)).strip() for name in each]
    if not all(names) or not names:
        raise OptionError("{} must be names joined by commas, got {got}", option, got=told(given))
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(names)
    return line.getvalue()

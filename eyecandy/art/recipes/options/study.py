"""What a layer study can be told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated

from eyecandy.arguments import check_integer, check_number, told
from eyecandy.art.recipes.options.base import Options
from eyecandy.art.recipes.options.weighted import Weighted
from eyecandy.errors import OptionError

Numbers = str | Sequence[float]
""" "25,100" or (25, 100)."""


@dataclass(frozen=True, kw_only=True)
class StudyOptions(Options):
    """What a layer study can be told."""

    layers: Annotated[
        Weighted | None, "style layers, a row each; by default every layer, or of more than 20 a dozen, evenly"
    ] = None
    content_layers: Annotated[
        Weighted | None, "content layers, a row each; by default the first of each block, or five as deep"
    ] = None
    steps: Annotated[Numbers, "iterations, a column each of the style layers, such as 25,100"] = (25, 75, 200)
    ratios: Annotated[Numbers, "style weight over content weight, a column each of the content layers"] = (
        0.5,
        2,
        8,
        32,
    )
    strength: Annotated[float, "of the style layers: 0 keeps the photo, 1 gives it up for the painting"] = 0.5
    size: Annotated[int, "longest side of each picture in pixels"] = 256
    iterations: Annotated[int, "steps of each picture of the content layers"] = 200

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("strength", self.strength, most=1)
        for number in self.columns("steps"):
            check_integer("steps", int(number) if number.is_integer() else number, 1)
        for number in self.columns("ratios"):
            check_number("ratios", number, positive=True)

    def columns(self, name: str) -> list[float]:
        """The numbers of "steps" or "ratios", in the order given, each once.

        Raises:
            OptionError: one that is no number, or none at all.
        """
        given = getattr(self, name)
        try:
            several = given.split(",") if isinstance(given, str) else given if isinstance(given, Iterable) else [given]
            found = [float(part) for part in several]
        except (TypeError, ValueError) as error:
            raise OptionError("{} must be numbers, such as '25,100', got {got}", name, got=told(given)) from error
        if not found:
            raise OptionError("{} must be at least one number, such as '25,100', got none", name)
        return list(dict.fromkeys(found))

"""What a mirage can be told."""

from dataclasses import dataclass
from typing import Annotated

from eyecandy.arguments import check_integer, check_number
from eyecandy.art.recipes.options.base import Options
from eyecandy.art.recipes.options.weighted import Weighted
from eyecandy.errors import OptionError


@dataclass(frozen=True, kw_only=True)
class MirageOptions(Options):
    """What a mirage can be told."""

    class_weight: Annotated[float, "how strongly it is to be seen as the photo is"] = 1.0
    style_weight: Annotated[float, "how strongly the photo's details are held"] = 4.0
    spatial_weight: Annotated[float, "how strongly things stay where the photo has them; 0 for the pure mirage"] = 0.0
    spatial_layers: Annotated[Weighted | None, "layers that hold the places, NAME or NAME:0.7"] = None
    style_layers: Annotated[Weighted | None, "layers that hold the details, NAME or NAME:0.7"] = None
    watch: Annotated[int, "say what the picture is seen as every so many iterations"] = 25
    size: Annotated[int, "longest side of the picture in pixels"] = 384
    scales: Annotated[int, "sizes that the picture goes through, coarse to fine"] = 3
    iterations: Annotated[int, "steps in all"] = 750
    rate: Annotated[float, "step size"] = 0.03
    margin: Annotated[int, "how far the picture is reflected beyond its edge before the network looks, in pixels"] = 32

    def __post_init__(self) -> None:
        super().__post_init__()
        weights = ("class_weight", "style_weight", "spatial_weight")
        if sum(check_number(name, getattr(self, name)) for name in weights) == 0:
            raise OptionError("one of {}, {}, {} must be above 0, got 0 for all three", *weights)
        check_integer("watch", self.watch, 1)

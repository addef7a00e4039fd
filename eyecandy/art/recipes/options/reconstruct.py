"""What a reconstruction can be told."""

from dataclasses import dataclass
from typing import Annotated

from eyecandy.arguments import check_number, check_one_of
from eyecandy.art.recipes.options.base import Options
from eyecandy.art.recipes.options.weighted import Weighted
from eyecandy.errors import OptionError

KINDS = ("both", "content", "style")


@dataclass(frozen=True, kw_only=True)
class ReconstructOptions(Options):
    """What a reconstruction can be told."""

    layers: Annotated[
        Weighted | None,
        "layers to rebuild from, NAME, or NAME:0.7 to weigh it in styles; by default block1_conv1 to block5_conv1, or "
        "five as deep",
    ] = None
    layer: Annotated[str | None, "rebuild from this one layer alone"] = None
    kind: Annotated[str, "what to rebuild: both, content or style"] = "both"
    colour: Annotated[float, "how strongly the photo's colours are held"] = 0.25
    tv: Annotated[float, "how strongly neighbouring pixels are held together"] = 0.0
    size: Annotated[int, "longest side of each picture in pixels"] = 256
    iterations: Annotated[int, "steps a picture"] = 300
    rate: Annotated[float, "step size"] = 0.03
    # Little: where a shift takes the edge out of sight half of the time, it would grow a frame.
    jitter: Annotated[int, "largest random shift before the network looks, in pixels"] = 2

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("colour", self.colour)
        check_number("tv", self.tv)
        check_one_of("kind", self.kind, KINDS)
        if self.layer is not None and self.layers is not None:
            raise OptionError("{} and {} exclude each other; leave one out", "layer", "layers")

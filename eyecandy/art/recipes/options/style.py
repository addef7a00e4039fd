"""What a style transfer can be told, and presets of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any

from eyecandy.arguments import check_number, check_one_of
from eyecandy.art.recipes.options.base import Options
from eyecandy.art.recipes.options.weighted import Weighted

if TYPE_CHECKING:
    from eyecandy.backbone.architectures._vgg import Pooling

STARTS = ("content", "noise")
LOSSES = ("relative", "gatys")


@dataclass(frozen=True, kw_only=True)
class StyleOptions(Options):
    """What a style transfer can be told."""

    strength: Annotated[float, "0 keeps the photo, 1 gives it up for the painting"] = 0.5
    content_layers: Annotated[Weighted | None, "layers that hold the photo, NAME or NAME:0.7"] = None
    style_layers: Annotated[Weighted | None, "layers that hold the painting, NAME or NAME:0.7"] = None
    style_scale: Annotated[float, "the painting's longest side over the picture's: larger gives larger strokes"] = 1.0
    init: Annotated[Any, "what to begin with: content, noise, or a picture"] = "content"
    keep_colour: Annotated[bool, "take the colours from the photo, light and dark from the result"] = False
    tv: Annotated[float, "how strongly neighbouring pixels are held together"] = 0.0
    losses: Annotated[str, "how losses are counted: relative, or gatys for the paper's sums"] = "relative"
    iterations: Annotated[int, "steps in all"] = 350

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("strength", self.strength, most=1)
        check_number("style_scale", self.style_scale, positive=True)
        check_number("tv", self.tv)
        check_one_of("losses", self.losses, LOSSES)


@dataclass(frozen=True)
class Preset:
    """Options that belong together, and the backbone that they were made for (None: any)."""

    options: Mapping[str, Any]
    backbone: str | None = None
    pooling: "Pooling | None" = None


PRESETS = MappingProxyType(
    {
        "gatys": Preset(
            MappingProxyType(
                {
                    "canvas": "pixel",
                    "optimizer": "lbfgs",
                    "init": "noise",
                    "losses": "gatys",
                    "content_layers": "conv4_2",
                    "style_layers": ("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1"),
                    "scales": 1,
                    "iterations": 500,
                    "jitter": 0,
                    "margin": 0,
                }
            ),
            backbone="vgg19",
            pooling="average",
        ),
        "quick": Preset(MappingProxyType({"size": 384, "scales": 2, "iterations": 150})),
    }
)

"""What a dream can be told."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from eyecandy.arguments import check_integer, check_number
from eyecandy.art.core.depth import at_depth
from eyecandy.art.recipes.options.base import Options
from eyecandy.art.recipes.options.weighted import Weighted, layer_weights
from eyecandy.errors import OptionError

if TYPE_CHECKING:
    from eyecandy.backbone.model import Backbone

DEFAULT_LAYER, DEPTH = "block4_conv6", 0.65
"""What is excited; the second is its depth in a network that has no such layer."""
CLASS_LAYER, CLASS_DEPTH = "block5_conv2", 0.75
"""Beside a class, in a picture from noise: it makes forms where the class makes grain."""


@dataclass(frozen=True, kw_only=True)
class DreamOptions(Options):
    """What a dream can be told."""

    layers: Annotated[
        Weighted | None,
        "layers to excite, NAME or NAME:0.7; by default block4_conv6, or as deep a one, or what a class needs",
    ] = None
    channel: Annotated[int | None, "excite this one channel of each layer"] = None
    towards: Annotated[Any, "a class to dream of, by name, everyday word or number"] = None
    guide: Annotated[Any, "excite what the layers see in this picture"] = None
    colour: Annotated[float, "how strongly the photo's colours are held"] = 0.2
    tv: Annotated[float, "how strongly neighbouring pixels are held together"] = 0.0
    scales: Annotated[int, "octaves that the picture goes through, coarse to fine"] = 4
    iterations: Annotated[int, "steps in all"] = 160
    jitter: Annotated[int, "largest random shift before the network looks, in pixels"] = 16

    def __post_init__(self) -> None:
        super().__post_init__()
        # a class that was seen, or a found object, stands for its class
        object.__setattr__(self, "towards", getattr(self.towards, "class_index", self.towards))
        if getattr(self.towards, "size", None) == 0 or (isinstance(self.towards, list | tuple) and not self.towards):
            raise OptionError("{} names no class; give one or more, or leave it out", "towards")
        check_number("colour", self.colour)
        check_number("tv", self.tv)
        if self.channel is not None:
            check_integer("channel", self.channel, 0)
        if self.guide is not None and self.channel is not None:
            raise OptionError("{} and {} exclude each other; leave one out", "guide", "channel")

    def weights(self, backbone: "Backbone", *, from_noise: bool) -> dict[str, float]:
        """The layers to excite, by full name; none where a photo is dreamt towards a class, and by that alone."""
        wanted = self._default(backbone, from_noise) if self.layers is None else self.layers
        found = {} if wanted is None else layer_weights(wanted, backbone.layer_names)
        for name in found:
            if self.channel is not None and self.channel >= backbone.layer(name).channels:
                last = backbone.layer(name).channels - 1
                raise OptionError(
                    "{} must be 0 to {last} in {layer}, got {got}", "channel", last=last, layer=name, got=self.channel
                )
        return found

    def _default(self, backbone: "Backbone", from_noise: bool) -> str | None:
        towards = self.towards is not None and self.guide is None
        if towards and not from_noise:
            return None
        name, depth = (CLASS_LAYER, CLASS_DEPTH) if towards else (DEFAULT_LAYER, DEPTH)
        return name if name in backbone.layer_names else at_depth(backbone, depth)

"""Layers by their depth: what a recipe reads of a network that does not have the layers that the recipe was made with.

Only names, channels, strides and fields decide, so that every network has such layers, whatever its own are called.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from eyecandy.errors import EyecandyError

if TYPE_CHECKING:
    from eyecandy.backbone.layers import Layer
    from eyecandy.backbone.model import Backbone


def stages(layers: "Sequence[Layer]") -> list[str]:
    """The layers that see something new: of a convolution, its normalisation and its activation, only the last.

    Layers that see one pixel each, such as a rescaling, are left out.

    Args:
        layers: from pixels to head.

    Returns:
        Names, from pixels to head; of a network of nothing but pixelwise layers, all of them.
    """
    seeing = [layer for layer in layers if layer.receptive_field != 1] or layers
    runs = groupby(seeing, key=lambda layer: (layer.channels, layer.stride, layer.receptive_field))
    return [[layer.name for layer in run][-1] for _, run in runs]


def at_depth(backbone: "Backbone", share: float) -> str:
    """The stage at a share of the way from the first (0) to the last (1).

    Raises:
        EyecandyError: the network has no feature maps.
    """
    return spread(backbone, 1, (share, share))[0]


def spread(backbone: "Backbone", count: int, between: tuple[float, float]) -> tuple[str, ...]:
    """At most so many stages, evenly between two shares of the way from the first to the last, each once.

    Raises:
        EyecandyError: the network has no feature maps.
    """
    names = stages(backbone.layers)
    if not names:
        raise EyecandyError(f"{backbone.name} has no feature maps to paint with; choose a convolutional network")
    first, last = (share * (len(names) - 1) for share in between)
    steps = [first + (last - first) * number / max(count - 1, 1) for number in range(count)]
    return tuple(dict.fromkeys(names[int(step + 0.5)] for step in steps))


def has(backbone: "Backbone", names: Iterable[str]) -> bool:
    """Whether the network has all layers of these names."""
    return set(names) <= set(backbone.layer_names)

"""The details of pictures, as Gram matrices in which every place of a picture counts alike."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from eyecandy._tensorflow import tf
from eyecandy.art import losses, stream
from eyecandy.art.scales import Size
from eyecandy.art.sources import Source
from eyecandy.backbone.model import Backbone
from eyecandy.errors import EyecandyError
from eyecandy.images import fit


def mixed(
    net: Backbone, weights: Mapping[str, float], sources: Sequence[Source], size: Size, margin: int
) -> dict[str, tf.Tensor]:
    """Gram matrices of pictures, mixed in the proportion of the pictures' weights.

    Args:
        net: the network that looks.
        weights: of layers, by full name; the values do not matter here.
        sources: the pictures; each is brought to the longest side of `size`.
        size: (width, height) of the picture that is made.
        margin: of the picture that is made; where it has none, the network's own edge belongs to these as well.

    Returns:
        (C, C) by layer.

    Raises:
        EyecandyError: a picture is so narrow that the network does not see it at this size.
    """
    whole = sum(source.weight for source in sources)
    found: dict[str, tf.Tensor] = {}
    for source in sources:
        own = size if source.role == "photo" else fit(source.photo.size, max(size), enlarge=True)
        if min(own) < net.minimum:
            raise EyecandyError(
                f"the {source.role} is {own[0]} x {own[1]} pixels at this size, and {net.name} sees pictures from "
                f"{net.minimum} pixels a side up; raise the size"
            )
        pixels = mirrored(source.at(own)) if margin else source.at(own)
        for name, matrix in of(net, weights, pixels).items():
            share = matrix * (source.weight / whole)
            found[name] = found[name] + share if name in found else share
    return found


def of(net: Backbone, names: Iterable[str], pixels: np.ndarray, *, border: int = 0) -> dict[str, tf.Tensor]:
    """Gram matrices of a picture (H, W, 3) of any size, (C, C) by full layer name, without `border` pixels a side."""
    sums: dict[str, losses.Sums] = {}
    for maps in stream.maps(net, names, pixels, border=border):
        for name, features in maps.items():
            own = losses.products(features)
            sums[name] = (sums[name][0] + own[0], sums[name][1] + own[1]) if name in sums else own
    return {name: losses.mean(each) for name, each in sums.items()}


def colours(sources: Sequence[Source], size: Size) -> tuple[tf.Tensor, tf.Tensor]:
    """`losses.colour_statistics` of all the pictures' pixels together, each picture by its weight."""
    whole = sum(source.weight for source in sources)
    mean, second = tf.zeros(3), tf.zeros((3, 3))
    for source in sources:
        own, covariance = losses.colour_statistics(tf.constant(source.at(size)[None]))
        share = source.weight / whole
        mean += share * own
        second += share * (covariance + own[:, None] * own)
    return mean, second - mean[:, None] * mean


def mirrored(pixels: np.ndarray) -> np.ndarray:
    """A picture (H, W, 3) reflected by half its size on each side.

    Every place is then there four times: a narrower margin would count what lies near the edge more often.
    """
    height, width = pixels.shape[0] // 2, pixels.shape[1] // 2
    return np.pad(pixels, ((height, height), (width, width), (0, 0)), mode="reflect")

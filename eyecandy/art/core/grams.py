"""The details of pictures, as Gram matrices in which every place of a picture counts alike."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from eyecandy._tensorflow import tf
from eyecandy.art.core import losses, stream
from eyecandy.art.core.scales import Size
from eyecandy.art.core.sources import Source
from eyecandy.backbone.model import Backbone
from eyecandy.errors import OptionError
from eyecandy.images import fit


def mixed(
    net: Backbone,
    weights: Mapping[str, float],
    sources: Sequence[Source],
    size: Size,
    margin: int,
    *,
    means: bool = False,
) -> dict[str, tf.Tensor]:
    """Gram matrices of pictures, mixed in the proportion of the pictures' weights.

    Args:
        net: the network that looks.
        weights: of layers, by full name; the values do not matter here.
        sources: the pictures; each is brought to the longest side of `size`.
        size: (width, height) of the picture that is made.
        margin: of the picture that is made; where it has none, the network's own edge belongs to these as well.
        means: as of `of`.

    Returns:
        As `of`.

    Raises:
        EyecandyError: a picture is so narrow that the network does not see it at this size.
    """
    whole = sum(source.weight for source in sources)
    found: dict[str, tf.Tensor] = {}
    for source in sources:
        own = size if source.role == "photo" else fit(source.photo.size, max(size), enlarge=True)
        if min(own) < net.minimum:
            raise OptionError(
                "the {role} is {own[0]} x {own[1]} pixels at this size, and {net} sees pictures from {least} "
                "pixels a side up; raise {}",
                "size",
                role=source.role,
                own=own,
                net=net.name,
                least=net.minimum,
            )
        pixels = mirrored(source.at(own)) if margin else source.at(own)
        for name, matrix in of(net, weights, pixels, means=means).items():
            share = matrix * (source.weight / whole)
            found[name] = found[name] + share if name in found else share
    return found


def of(
    net: Backbone, names: Iterable[str], pixels: np.ndarray, *, border: int = 0, means: bool = False
) -> dict[str, tf.Tensor]:
    """Gram matrices of a picture.

    Args:
        names: full layer names.
        pixels: (H, W, 3) of any size.
        border: pixels a side that are left out.
        means: give those of the features beside a constant 1, which hold the features' means.

    Returns:
        (C, C) by layer, with means (C + 1, C + 1).
    """
    products = losses.products_and_means if means else losses.products
    sums: dict[str, losses.Sums] = {}
    for maps in stream.maps(net, names, pixels, border=border):
        for name, features in maps.items():
            own = products(features)
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

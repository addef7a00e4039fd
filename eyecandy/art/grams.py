"""The details of pictures, as Gram matrices in which every place of a picture counts alike."""

from collections.abc import Mapping, Sequence

from eyecandy._tensorflow import tf
from eyecandy.art import losses
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
    look = net.features(weights)
    found: dict[str, tf.Tensor] = {}
    for source in sources:
        own = size if source.role == "photo" else fit(source.photo.size, max(size), enlarge=True)
        if min(own) < net.minimum:
            raise EyecandyError(
                f"the {source.role} is {own[0]} x {own[1]} pixels at this size, and {net.name} sees pictures from "
                f"{net.minimum} pixels a side up; raise the size"
            )
        pixels = tf.constant(source.at(own)[None])
        for name, features in look(mirrored(pixels) if margin else pixels).items():
            share = losses.gram(features) * (source.weight / whole)
            found[name] = found[name] + share if name in found else share
    return found


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


def mirrored(images: tf.Tensor) -> tf.Tensor:
    """Pictures (N, H, W, 3) reflected by half their size on each side.

    Every place is then there four times: a narrower margin would count what lies near the edge more often.
    """
    height, width = images.shape[1] // 2, images.shape[2] // 2
    return tf.pad(images, [[0, 0], [height, height], [width, width], [0, 0]], mode="REFLECT")

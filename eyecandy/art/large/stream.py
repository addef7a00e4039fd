"""Feature maps of a picture of any size, a tile at a time, so that sums over its positions take no more memory; and the
Gram matrices of pictures, in which every position of a picture counts alike."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from eyecandy._tensorflow import tf
from eyecandy.art.core import losses
from eyecandy.art.core.evaluate import graph, inner
from eyecandy.art.core.guided import Guide, placed
from eyecandy.art.core.scales import Size
from eyecandy.art.core.sources import Source
from eyecandy.art.large.tiles import Grid, least
from eyecandy.backbone.layers import CLASS_MAP
from eyecandy.backbone.model import Backbone, Features
from eyecandy.errors import OptionError
from eyecandy.images import fit

_SIDE = 640  # pixels of a tile, beside its halo


def maps(
    backbone: Backbone, names: Iterable[str], pixels: np.ndarray, *, border: int = 0
) -> Iterator[dict[str, tf.Tensor]]:
    """The feature maps of a picture in pieces: each position comes once, and is seen as in the whole picture.

    Args:
        names: full layer names; "class_map" is the logits'.
        pixels: (H, W, 3) in 0..255.
        border: pixels a side whose positions are left out.

    Yields:
        (1, h, w, C) by name, the positions of one tile. A layer that sees the whole picture is given whole.
    """
    return (found for found, _ in _looks(backbone, names, pixels, border))


def _looks(
    backbone: Backbone, names: Iterable[str], pixels: np.ndarray, border: int, distances: np.ndarray | None = None
) -> Iterator[tuple[dict[str, tf.Tensor], dict[str, tf.Tensor]]]:
    """`maps`, each beside what a map (1, H, W, 1) holds at the same positions; nothing where there is none."""
    names = list(names)
    look, place = _graph(backbone, names), placed(backbone, names)
    strides = {name: (backbone.places if name == CLASS_MAP else backbone.layer(name)).stride for name in names}
    smallest, size = least(backbone, names), (pixels.shape[1], pixels.shape[0])

    def at(down: slice, across: slice) -> tuple[dict[str, tf.Tensor], dict[str, tf.Tensor]]:
        held = {} if distances is None else place(tf.constant(distances[:, down, across], tf.float32))
        return look(tf.constant(pixels[None, down, across], tf.float32)), held

    if smallest is None or max(size) <= smallest.side + _SIDE:
        seen = at(slice(None), slice(None))
        found, held = ({name: inner(each, border // strides[name]) for name, each in maps.items()} for maps in seen)
        yield found, held
        return
    grid = Grid.of(size, smallest.side + _SIDE, smallest.halo, smallest.step)
    counts = backbone.places_at(names, size)
    for tile in grid.tiles(0):
        windows = {name: tile.positions(strides[name], counts[name], border) for name in names}
        found, held = (
            {name: each[:, slice(*windows[name][:2]), slice(*windows[name][2:])] for name, each in maps.items()}
            for maps in at(*grid.part(tile))
        )
        yield found, held


def rows(backbone: Backbone, names: Iterable[str], pixels: np.ndarray) -> dict[str, tf.Tensor]:
    """The features of all positions of a picture (H, W, 3) in 0..255, (P, C) by full layer name, tile after tile."""
    found: dict[str, list[tf.Tensor]] = {}
    for seen in maps(backbone, names, pixels):
        for name, features in seen.items():
            found.setdefault(name, []).append(tf.reshape(features, (-1, features.shape[-1])))
    return {name: tf.concat(pieces, 0) for name, pieces in found.items()}


def logits(backbone: Backbone, pixels: np.ndarray) -> np.ndarray:
    """The logits (C,) of a picture (H, W, 3) in 0..255, as `Backbone.logits` gives them, in the memory of a tile."""
    sums: losses.Sums | None = None
    for seen in maps(backbone, [CLASS_MAP], pixels):
        own = losses.logits(seen[CLASS_MAP])
        sums = own if sums is None else (sums[0] + own[0], sums[1] + own[1])
    assert sums is not None
    return losses.mean(sums).numpy()


def mixed_grams(
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
        means: as of `grams`.

    Returns:
        As `grams`.

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
        for name, matrix in grams(net, weights, pixels, means=means).items():
            share = matrix * (source.weight / whole)
            found[name] = found[name] + share if name in found else share
    return found


def grams(
    net: Backbone,
    names: Iterable[str],
    pixels: np.ndarray,
    *,
    border: int = 0,
    means: bool = False,
    guide: Guide | None = None,
) -> dict[str, tf.Tensor]:
    """Gram matrices of a picture, or of a part of it.

    Args:
        names: full layer names.
        pixels: (H, W, 3) of any size.
        border: pixels a side that are left out.
        means: give those of the features beside a constant 1, which hold the features' means.
        guide: the part, of the picture's size.

    Returns:
        (C, C) by layer, with means (C + 1, C + 1).
    """
    names = list(names)
    products = losses.products_and_means if means else losses.products
    counting = {} if guide is None else guide.counting(names)
    sums: dict[str, losses.Sums] = {}
    for seen, distances in _looks(net, names, pixels, border, None if guide is None else guide.distances):
        for name, features in seen.items():
            own = products(features, counting[name](distances[name]) if counting else None)
            sums[name] = (sums[name][0] + own[0], sums[name][1] + own[1]) if name in sums else own
    return {name: (losses.mean_of_some if counting else losses.mean)(each) for name, each in sums.items()}


def mixed_colours(sources: Sequence[Source], size: Size) -> tuple[tf.Tensor, tf.Tensor]:
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

    Every position is then there four times: a narrower margin would count what lies near the edge more often.
    """
    height, width = pixels.shape[0] // 2, pixels.shape[1] // 2
    return np.pad(pixels, ((height, height), (width, width), (0, 0)), mode="reflect")


def _graph(backbone: Backbone, names: list[str]) -> Features:
    """`Backbone.features` as one graph for pictures of all sizes.

    Called layer by layer, it would hold every activation until the last is there; a graph holds none longer than it is
    asked for.
    """
    signature = tf.TensorSpec((1, None, None, 3))
    layers = [name for name in names if name != CLASS_MAP]
    return backbone.compiled(
        f"maps of {' '.join(names)}",
        lambda: graph(backbone.features(layers, class_map=CLASS_MAP in names), signature),
    )

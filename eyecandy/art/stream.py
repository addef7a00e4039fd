"""Feature maps of a picture of any size, a tile at a time, so that sums over its places take no more memory."""

from collections.abc import Iterable, Iterator

import numpy as np

from eyecandy._tensorflow import tf
from eyecandy.art.evaluate import inner
from eyecandy.art.tiles import Grid, least
from eyecandy.art.tilework import graph
from eyecandy.backbone.model import Backbone, Features

_SIDE = 640  # pixels of a tile, beside its halo


def maps(
    backbone: Backbone, names: Iterable[str], pixels: np.ndarray, *, border: int = 0
) -> Iterator[dict[str, tf.Tensor]]:
    """The feature maps of a picture in pieces: each place comes once, and is seen as in the whole picture.

    Args:
        names: full layer names.
        pixels: (H, W, 3) in 0..255.
        border: pixels a side whose places are left out.

    Yields:
        (1, h, w, C) by name, the places of one tile. A layer that sees the whole picture is given whole.
    """
    names = list(names)
    look = _graph(backbone, names)
    smallest, size = least(backbone, names), (pixels.shape[1], pixels.shape[0])
    if smallest is None or max(size) <= smallest.side + _SIDE:
        seen = look(tf.constant(pixels[None], tf.float32))
        yield {name: inner(features, border // backbone.layer(name).stride) for name, features in seen.items()}
        return
    grid = Grid.of(size, smallest.side + _SIDE, smallest.halo, smallest.step)
    width, height = grid.tile
    places = backbone.places_at(names, size)
    for tile in grid.tiles(0):
        y, x = tile.down.origin, tile.across.origin
        found = look(tf.constant(pixels[None, y : y + height, x : x + width], tf.float32))
        own = {}
        for name in names:
            stride = backbone.layer(name).stride
            top, bottom = tile.down.places(stride, places[name][0], border)
            left, right = tile.across.places(stride, places[name][1], border)
            own[name] = found[name][:, top:bottom, left:right]
        yield own


def _graph(backbone: Backbone, names: list[str]) -> Features:
    """`Backbone.features` as one graph for pictures of all sizes.

    Called layer by layer, it would hold every activation until the last is there; a graph holds none longer than it is
    asked for.
    """
    signature = tf.TensorSpec((1, None, None, 3))
    return backbone.compiled(f"maps of {' '.join(names)}", lambda: graph(backbone.features(names), signature))

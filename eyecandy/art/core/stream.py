"""Feature maps of a picture of any size, a tile at a time, so that sums over its places take no more memory."""

from collections.abc import Iterable, Iterator

import numpy as np

from eyecandy._tensorflow import tf
from eyecandy.art.core import losses
from eyecandy.art.core.evaluate import inner
from eyecandy.art.large.tiles import Grid, least
from eyecandy.art.large.tilework import graph
from eyecandy.backbone.layers import CLASS_MAP
from eyecandy.backbone.model import Backbone, Features

_SIDE = 640  # pixels of a tile, beside its halo


def maps(
    backbone: Backbone, names: Iterable[str], pixels: np.ndarray, *, border: int = 0
) -> Iterator[dict[str, tf.Tensor]]:
    """The feature maps of a picture in pieces: each place comes once, and is seen as in the whole picture.

    Args:
        names: full layer names; "class_map" is the logits'.
        pixels: (H, W, 3) in 0..255.
        border: pixels a side whose places are left out.

    Yields:
        (1, h, w, C) by name, the places of one tile. A layer that sees the whole picture is given whole.
    """
    names = list(names)
    look = _graph(backbone, names)
    strides = {name: (backbone.places if name == CLASS_MAP else backbone.layer(name)).stride for name in names}
    smallest, size = least(backbone, names), (pixels.shape[1], pixels.shape[0])
    if smallest is None or max(size) <= smallest.side + _SIDE:
        seen = look(tf.constant(pixels[None], tf.float32))
        yield {name: inner(features, border // strides[name]) for name, features in seen.items()}
        return
    grid = Grid.of(size, smallest.side + _SIDE, smallest.halo, smallest.step)
    width, height = grid.tile
    places = backbone.places_at(names, size)
    for tile in grid.tiles(0):
        y, x = tile.down.origin, tile.across.origin
        found = look(tf.constant(pixels[None, y : y + height, x : x + width], tf.float32))
        own = {}
        for name in names:
            top, bottom = tile.down.places(strides[name], places[name][0], border)
            left, right = tile.across.places(strides[name], places[name][1], border)
            own[name] = found[name][:, top:bottom, left:right]
        yield own


def rows(backbone: Backbone, names: Iterable[str], pixels: np.ndarray) -> dict[str, tf.Tensor]:
    """The features of all places of a picture (H, W, 3) in 0..255, (P, C) by full layer name, tile after tile."""
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

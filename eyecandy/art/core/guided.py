"""Regions as the layers of a network see them: how much each position counts for statistics of a region.

Source: L. Gatys, A. Ecker, M. Bethge, A. Hertzmann, E. Shechtman, "Controlling Perceptual Factors in Neural Style
Transfer" (CVPR 2017), guided Gram matrices. Which positions of a layer they are made of is said there by a map for each
layer; here one map of distances to the region's edge, which moves as the canvas does, serves all of them, and a layer
takes from it what suits how far its positions see.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial

import cv2
import numpy as np

from eyecandy._tensorflow import tf
from eyecandy.backbone.layers import Layer
from eyecandy.backbone.model import Backbone, Features

# Of what a position can see, most of what it goes by lies in the middle half (W. Luo et al., "Understanding the
# Effective Receptive Field", NIPS 2016): so far from the edge it counts by half.
_SEEN = 0.25
_DEEPEST = 0.4  # of how wide the region is there, for layers that see farther: a leg is painted with the body
_BEYOND = 1.0  # pixels beyond its edge, where a position's middle may lie that counts for a region
_LARGE = 1024  # pixels of the longest side
_WIDER = 1.4  # steps in which widths are found
_NEARBY = 16  # pixels: positions of coarse layers have their middle as far beyond a region that they see


@dataclass(frozen=True, eq=False)
class Guide:
    """A region, as the layers of a network are shown it.

    Attributes:
        distances: (1, H, W, 2) float16, in pixels: from the region's edge, positive inside; and how wide the region is
            about there, the radius of the largest disc in it that reaches so far. The picture's edge is none. An array,
            or of a film a variable that follows its frames.
        share: of the picture that lies inside.
        layers: of the network, by their full names.
    """

    distances: np.ndarray | tf.Tensor
    share: float
    layers: Mapping[str, Layer]

    @classmethod
    def of(cls, inside: np.ndarray, backbone: Backbone) -> "Guide":
        """Of a mask (H, W) of booleans, for the layers of a network."""
        far = float(max(inside.shape))
        edge = np.full(inside.shape, far if inside.all() else -far, np.float32)
        if inside.any() and not inside.all():
            edge = np.where(inside, _distances(inside) - 0.5, 0.5 - _distances(~inside))
        maps = np.stack([edge, widths(edge)], -1)[None].astype(np.float16)
        return cls(maps, float(inside.mean()), {layer.name: layer for layer in backbone.layers})

    def counting(self, names: Iterable[str]) -> dict[str, Callable[[tf.Tensor], tf.Tensor]]:
        """Functions from the distances at each position to how much it counts, by full layer name; see `counts`."""
        return {name: partial(counts, layer=self.layers[name]) for name in names}

    def padded(self, margin: int) -> "Guide":
        """Of the picture reflected outward by so many pixels a side."""
        edges = ((0, 0), (margin, margin), (margin, margin), (0, 0))
        return replace(self, distances=np.pad(self.distances, edges, mode="reflect"))


def counts(distances: tf.Tensor, layer: Layer) -> tf.Tensor:
    """How much positions count for a region, from 0 to 1: less where they see much of what lies beyond its edge.

    Args:
        distances: (..., 2) in the middle of each position, see `Guide`.
        layer: whose positions they are.

    Returns:
        (..., 1).
    """
    edge, width = distances[..., :1], distances[..., 1:]
    seen = 4 * layer.stride if layer.receptive_field is None else layer.receptive_field
    within = tf.minimum(_SEEN * seen, _DEEPEST * width)
    half = tf.maximum(within, layer.stride) / 2
    begin, end = tf.maximum(within - half, -_BEYOND), within + half
    ramp = tf.clip_by_value((edge - begin) / (end - begin), 0.0, 1.0)
    return ramp * ramp * (3 - 2 * ramp)


def widths(edge: np.ndarray) -> np.ndarray:
    """The radius of the largest disc within a region that reaches over each pixel, about; beyond the region, of those
    nearby.

    Args:
        edge: (H, W), distances from its edge, positive inside.
    """
    times = max(1, max(edge.shape) // _LARGE)
    if times > 1:  # of large pictures found in small: they are no more than about right
        small = cv2.resize(edge, (edge.shape[1] // times, edge.shape[0] // times), interpolation=cv2.INTER_AREA)
        return times * cv2.resize(widths(small / times), edge.shape[::-1], interpolation=cv2.INTER_LINEAR)
    found = np.maximum(edge, 0)
    radius = np.float32(1)
    while radius < edge.max():
        reached = _distances(edge < radius) <= radius + 1  # by discs of this radius
        found[reached & (edge > 0)] = np.maximum(found, radius)[reached & (edge > 0)]
        radius *= np.float32(_WIDER)
    nearby = cv2.dilate(found, np.ones((2 * _NEARBY + 1,) * 2, np.uint8))
    return cv2.blur(np.where(edge > 0, found, nearby), (_NEARBY // 2 + 1,) * 2)


def _distances(inside: np.ndarray) -> np.ndarray:
    """From each pixel that is in to the nearest that is not."""
    return cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, 5)


def placed(backbone: Backbone, names: Iterable[str]) -> Features:
    """A function from maps (1, H, W, K) to what they hold in the middle of what each position of some layers sees.

    Args:
        names: full layer names.
    """
    names = list(names)

    def at(maps: tf.Tensor) -> dict[str, tf.Tensor]:
        height, width = maps.shape[1:3]
        found = {}
        for name, places in backbone.places_at(names, (width, height)).items():
            layer = backbone.layer(name)
            down, across = (
                # Down to a whole pixel: rounded to even ones, half pixels would lie apart in different tiles.
                np.clip(np.floor(offset + layer.stride * np.arange(count)), 0, length - 1).astype(np.int32)
                for offset, count, length in zip(layer.offset, places, (height, width), strict=True)
            )
            found[name] = tf.gather(tf.gather(maps, down, axis=1), across, axis=2)
        return found

    return at

"""Random turns, zooms and crops: what a feature is to survive, so that it is a form and not a pattern of pixels.

Source: C. Olah, A. Mordvintsev, L. Schubert, "Feature Visualization" (Distill 2017), under "transformation
robustness"; the crops are those of T. Fel et al. (NeurIPS 2023). See `transforms` for what a transform is.
"""

import math
from dataclasses import dataclass

import numpy as np

from eyecandy._tensorflow import tf
from eyecandy.art.core.transforms import Transform, moved


@dataclass(frozen=True)
class Turn:
    """Turns pictures about their middle and zooms them, each draw as likely; beyond the edge they are mirrored.

    Attributes:
        degrees: how far at most, either way.
        zoom: how much at most, larger or smaller, as a share.
    """

    degrees: float
    zoom: float

    def __call__(self, image: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        height, width = image.shape[1:3]
        drawn = tf.random.stateless_uniform((2,), seed, -1.0, 1.0)
        angle, scale = math.radians(self.degrees) * drawn[0], 1 + self.zoom * drawn[1]
        cosine, sine = tf.cos(angle) / scale, tf.sin(angle) / scale
        x, y = (width - 1) / 2, (height - 1) / 2
        down = (sine, cosine, y - sine * x - cosine * y)
        across = (cosine, -sine, x - cosine * x + sine * y)
        return tf.raw_ops.ImageProjectiveTransformV3(
            images=image,
            transforms=tf.stack([*across, *down, 0.0, 0.0])[None],
            output_shape=(height, width),
            fill_value=0.0,
            interpolation="BILINEAR",
            fill_mode="REFLECT",
        )


@dataclass(frozen=True)
class Crops:
    """Square parts of each picture, at random places and of random sizes, each enlarged or shrunk to one side.

    Attributes:
        count: parts of each picture; those of one picture come together.
        low, high: their sides, as shares of the picture's.
        side: of what comes out, in pixels, at least.
        grain: standard deviation of white noise that is added, in grey levels: what is finer than it is of no use.
        share: of what comes out, as a share of the picture's, where that is more.
    """

    count: int
    low: float
    high: float
    side: int
    grain: float = 0.0
    share: float = 0.0

    def __call__(self, image: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        number = self.count * image.shape[0]
        share = self.low + (self.high - self.low) * tf.random.stateless_uniform((number, 1), seed)
        corner = tf.random.stateless_uniform((number, 2), seed + tf.constant([1, 0])) * (1 - share)
        of = tf.repeat(tf.range(image.shape[0]), self.count)
        side = max(self.side, round(self.share * image.shape[1]))
        parts = tf.image.crop_and_resize(image, tf.concat([corner, corner + share], 1), of, (side, side))
        return parts + tf.random.stateless_normal(tf.shape(parts), seed + tf.constant([2, 0]), stddev=self.grain)


@dataclass(frozen=True)
class UpTo:
    """One transform for pictures up to a size, and for larger ones, or those seen in tiles, one that only moves pixels.

    Attributes:
        side: the longest side, in pixels, up to which a picture is small.
        small, large: the transforms.
    """

    side: int
    small: Transform
    large: Transform

    def __call__(self, image: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        return (self.small if max(image.shape[1:3]) <= self.side else self.large)(image, seed)

    def positions(self, positions: np.ndarray, axis: int, seed: tf.Tensor) -> np.ndarray:
        return moved(self.large, positions, axis, seed)

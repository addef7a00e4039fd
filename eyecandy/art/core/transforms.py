"""What is done to the canvas before the network looks, drawn anew at every step.

A transform is a function of pictures (1, H, W, 3) and a seed, two int32 numbers; the same seed gives the same draw.
Jitter and the like keep a picture from fitting the network's grid: what a dream shows must survive a small shift.
For the exact reproduction of a paper, pass none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from eyecandy._tensorflow import tf


class Transform(Protocol):
    """From pictures (1, H, W, 3) and a seed (2,) int32 to pictures."""

    def __call__(self, image: tf.Tensor, seed: tf.Tensor) -> tf.Tensor: ...


@runtime_checkable
class Move(Transform, Protocol):
    """A transform that only moves pixels, rows and columns each for themselves: a tile can be seen without the rest."""

    def places(self, places: np.ndarray, axis: int, seed: tf.Tensor) -> np.ndarray:
        """Where along an axis each row or column of what comes out is taken from.

        Args:
            places: (n,) where those of what goes in are taken from.
            axis: 0 down, 1 across.
            seed: as for the picture.
        """


@dataclass(frozen=True)
class Pad:
    """See `pad`."""

    margin: int

    def __call__(self, image: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        return reflected(image, self.margin)

    def places(self, places: np.ndarray, axis: int, seed: tf.Tensor) -> np.ndarray:
        return np.pad(places, self.margin, mode="reflect")


@dataclass(frozen=True)
class Crop:
    """See `crop`."""

    margin: int

    def __call__(self, image: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        inside = slice(self.margin, -self.margin or None)
        return image[:, inside, inside]

    def places(self, places: np.ndarray, axis: int, seed: tf.Tensor) -> np.ndarray:
        return places[self.margin : -self.margin or None]


@dataclass(frozen=True)
class Jitter:
    """See `jitter`."""

    reach: int

    def __call__(self, image: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        down, right = tf.unstack(self._shift(seed))
        shifted = tf.slice(reflected(image, self.reach), tf.stack([0, down, right, 0]), tf.shape(image))
        return tf.ensure_shape(shifted, image.shape)

    def places(self, places: np.ndarray, axis: int, seed: tf.Tensor) -> np.ndarray:
        first = int(self._shift(seed)[axis])
        return np.pad(places, self.reach, mode="reflect")[first : first + len(places)]

    def _shift(self, seed: tf.Tensor) -> tf.Tensor:
        return tf.random.stateless_uniform((2,), seed, 0, 2 * self.reach + 1, tf.int32)


@dataclass(frozen=True)
class Composed:
    """See `compose`."""

    transforms: tuple[Transform, ...]

    def __call__(self, image: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        for number, transform in enumerate(self.transforms):
            image = transform(image, _own(seed, number))
        return image


@dataclass(frozen=True)
class ComposedMove(Composed):
    """Of transforms that are all moves."""

    transforms: tuple[Move, ...]

    def places(self, places: np.ndarray, axis: int, seed: tf.Tensor) -> np.ndarray:
        for number, move in enumerate(self.transforms):
            places = move.places(places, axis, _own(seed, number))
        return places


def pad(margin: int) -> Move:
    """Reflects the picture outward by `margin` pixels a side, so that its edge is not the network's edge."""
    return Pad(margin)


def crop(margin: int) -> Move:
    """Takes `margin` pixels off each side: what `pad` gave."""
    return Crop(margin)


def jitter(reach: int) -> Move:
    """Shifts the picture by up to `reach` pixels either way, each shift as likely; what leaves on one side comes in
    reflected on the other."""
    return Jitter(reach)


def random_scale(low: float, high: float) -> Transform:
    """Zooms about the middle by a factor between `low` and `high`, each as likely, at the same size in pixels.

    Zoomed out (a factor below 1), the picture goes on reflected.
    """

    def apply(image: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        height, width = image.shape[1:3]
        factor = tf.random.stateless_uniform((), seed, low, high)
        margin = 0 if low >= 1 else int(max(height, width) * (1 / low - 1) / 2) + 1
        margin = min(margin, height - 1, width - 1)
        inside = tf.constant([height, width], tf.float32) / (factor * [height + 2 * margin, width + 2 * margin])
        corner = tf.concat([(1 - inside) / 2, (1 + inside) / 2], 0)[None]
        return tf.image.crop_and_resize(reflected(image, margin), corner, [0], (height, width))

    return apply


def compose(transforms: Sequence[Transform]) -> Transform:
    """One after another, each with a draw of its own. Of moves it is a `Move`."""
    moves = tuple(transform for transform in transforms if isinstance(transform, Move))
    return ComposedMove(moves) if len(moves) == len(transforms) else Composed(tuple(transforms))


def _own(seed: tf.Tensor, number: int) -> tf.Tensor:
    """The seed of one of several transforms."""
    return seed + tf.constant([0, number], tf.int32)


def reflected(image: tf.Tensor, margin: int) -> tf.Tensor:
    """Pictures (N, H, W, 3) that go on beyond their edge, mirrored, by `margin` pixels a side, less than H and W."""
    if margin == 0:
        return image
    return tf.pad(image, [[0, 0], [margin, margin], [margin, margin], [0, 0]], mode="REFLECT")

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
from eyecandy.errors import EyecandyError


class Transform(Protocol):
    """From pictures (1, H, W, 3) and a seed (2,) int32 to pictures."""

    def __call__(self, image: tf.Tensor, seed: tf.Tensor) -> tf.Tensor: ...


@runtime_checkable
class Move(Transform, Protocol):
    """A transform that only moves pixels, rows and columns each for themselves: a tile can be seen without the rest."""

    def positions(self, positions: np.ndarray, axis: int, seed: tf.Tensor) -> np.ndarray:
        """Where along an axis each row or column of what comes out is taken from.

        Args:
            positions: (n,) where those of what goes in are taken from.
            axis: 0 down, 1 across.
            seed: as for the picture.
        """


@dataclass(frozen=True)
class Pad:
    """See `pad`."""

    margin: int

    def __call__(self, image: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        return reflected(image, self.margin)

    def positions(self, positions: np.ndarray, axis: int, seed: tf.Tensor) -> np.ndarray:
        return np.pad(positions, self.margin, mode="reflect")


@dataclass(frozen=True)
class Jitter:
    """See `jitter`."""

    reach: int

    def __call__(self, image: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        down, right = tf.unstack(self._shift(seed))
        shifted = tf.slice(reflected(image, self.reach), tf.stack([0, down, right, 0]), tf.shape(image))
        return tf.ensure_shape(shifted, image.shape)

    def positions(self, positions: np.ndarray, axis: int, seed: tf.Tensor) -> np.ndarray:
        first = int(self._shift(seed)[axis])
        return np.pad(positions, self.reach, mode="reflect")[first : first + len(positions)]

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

    def positions(self, positions: np.ndarray, axis: int, seed: tf.Tensor) -> np.ndarray:
        for number, transform in enumerate(self.transforms):
            positions = moved(transform, positions, axis, _own(seed, number))
        return positions


def pad(margin: int) -> Transform:
    """Reflects the picture outward by `margin` pixels a side, so that its edge is not the network's edge."""
    return Pad(margin)


def jitter(reach: int) -> Transform:
    """Shifts the picture by up to `reach` pixels either way, each shift as likely; what leaves on one side comes in
    reflected on the other."""
    return Jitter(reach)


def compose(transforms: Sequence[Transform]) -> Transform:
    """One after another, each with a draw of its own."""
    return Composed(tuple(transforms))


def moved(transform: Transform, positions: np.ndarray, axis: int, seed: tf.Tensor) -> np.ndarray:
    """`Move.positions` of a transform; an EyecandyError if it has none."""
    if not isinstance(transform, Move):
        raise EyecandyError(
            "a transform does not say where its pixels come from, so no tile can be seen through it; "
            'expected one of `transforms`, or tile="off"'
        )
    return transform.positions(positions, axis, seed)


def _own(seed: tf.Tensor, number: int) -> tf.Tensor:
    """The seed of one of several transforms."""
    return seed + tf.constant([0, number], tf.int32)


def reflected(image: tf.Tensor, margin: int) -> tf.Tensor:
    """Pictures (N, H, W, 3) that go on beyond their edge, mirrored, by `margin` pixels a side, less than H and W."""
    if margin == 0:
        return image
    return tf.pad(image, [[0, 0], [margin, margin], [margin, margin], [0, 0]], mode="REFLECT")

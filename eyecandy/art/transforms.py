"""What is done to the canvas before the network looks, drawn anew at every step.

A transform is a function of pictures (1, H, W, 3) and a seed, two int32 numbers; the same seed gives the same draw.
Jitter and the like keep a picture from fitting the network's grid: what a dream shows must survive a small shift.
For the exact reproduction of a paper, pass none.
"""

from collections.abc import Sequence
from typing import Protocol

from eyecandy._tensorflow import tf


class Transform(Protocol):
    """From pictures (1, H, W, 3) and a seed (2,) int32 to pictures."""

    def __call__(self, image: tf.Tensor, seed: tf.Tensor) -> tf.Tensor: ...


def pad(margin: int) -> Transform:
    """Reflects the picture outward by `margin` pixels a side, so that its edge is not the network's edge."""

    def apply(image: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        return reflected(image, margin)

    return apply


def crop(margin: int) -> Transform:
    """Takes `margin` pixels off each side: what `pad` gave."""

    def apply(image: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        return image[:, margin:-margin, margin:-margin] if margin else image

    return apply


def jitter(reach: int) -> Transform:
    """Shifts the picture by up to `reach` pixels either way, each shift as likely; what leaves on one side comes in
    reflected on the other."""

    def apply(image: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        shape = tf.shape(image)
        padded = reflected(image, reach)
        down, right = tf.unstack(tf.random.stateless_uniform((2,), seed, 0, 2 * reach + 1, tf.int32))
        shifted = tf.slice(padded, tf.stack([0, down, right, 0]), shape)
        return tf.ensure_shape(shifted, image.shape)

    return apply


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
    """One after another, each with a draw of its own."""

    def apply(image: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        for number, transform in enumerate(transforms):
            image = transform(image, seed + tf.constant([0, number], tf.int32))
        return image

    return apply


def reflected(image: tf.Tensor, margin: int) -> tf.Tensor:
    """Pictures (N, H, W, 3) that go on beyond their edge, mirrored, by `margin` pixels a side, less than H and W."""
    if margin == 0:
        return image
    return tf.pad(image, [[0, 0], [margin, margin], [margin, margin], [0, 0]], mode="REFLECT")

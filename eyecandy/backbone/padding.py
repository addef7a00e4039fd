"""Feature maps made large enough for a kernel that was a dense layer once."""

from typing import Any

from eyecandy._tensorflow import keras, tf


class PadTo(keras.layers.Layer):
    """Pads (N, h, w, C) with zeros, evenly on both sides, to at least `height` x `width`; larger maps stay as they are.

    Zeros after a ReLU say "nothing seen there", as the zero padding of the convolutions before does.
    """

    def __init__(self, height: int, width: int, *, name: str) -> None:
        super().__init__(name=name)
        self.height = height
        self.width = width

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, "height": self.height, "width": self.width}

    def call(self, features: tf.Tensor) -> tf.Tensor:
        shape = tf.shape(features)
        missing = tf.maximum([self.height, self.width] - shape[1:3], 0)
        before = missing // 2
        after = missing - before
        none = tf.zeros([2], tf.int32)
        paddings = tf.stack([none, [before[0], after[0]], [before[1], after[1]], none])
        return tf.ensure_shape(tf.pad(features, paddings), (None, None, None, features.shape[-1]))

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        samples, height, width, channels = input_shape
        return (
            samples,
            None if height is None else max(height, self.height),
            None if width is None else max(width, self.width),
            channels,
        )

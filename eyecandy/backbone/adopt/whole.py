"""A classifier that takes pictures of one size only: brought to that size, each is classified as a whole.

A vision transformer has a number for each of its patches and so knows one grid of them; what it says of a picture is
said of no position in it. So there are probabilities and gradients for the pixels, but no class map and no feature
maps.
"""

from typing import Any

from eyecandy._tensorflow import keras, tf
from eyecandy.backbone.adopt.copies import Copies
from eyecandy.backbone.adopt.ends import Ends
from eyecandy.backbone.graph import Graph


class ToSize(keras.layers.Layer):
    """Pictures (N, H, W, 3) brought to one size, smoothly: (N, height, width, 3)."""

    of_pixels = True

    def __init__(self, height: int, width: int, **options: Any) -> None:
        super().__init__(**{"dtype": "float32", **options})
        self.height = height
        self.width = width

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "height": self.height, "width": self.width}

    def call(self, images: tf.Tensor) -> tf.Tensor:
        size = (self.height, self.width)
        same = tf.reduce_all(tf.equal(tf.shape(images)[1:3], size))
        resized = tf.cond(same, lambda: images, lambda: tf.image.resize(images, size, antialias=True))
        return tf.ensure_shape(resized, (None, *size, 3))

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return input_shape[0], self.height, self.width, 3


def whole_model(ends: Ends, logits: Graph, *, borrow: bool) -> keras.Model:
    """A graph from (N, H, W, 3) RGB in 0..255 of any size to (N, 1, 1, C) logits.

    Raises:
        EyecandyError: a layer that can neither be copied nor called.
    """
    image = keras.Input((None, None, 3), name="image")
    copies = Copies(reserved=("image", "preprocessing", "grey", "to_size", "logits"), borrow=borrow)
    classes = copies.run(logits, ends.enter(ToSize(*ends.size, name="to_size")(image)))
    mean = keras.layers.Reshape((-1, logits.output.shape[-1]), dtype="float32")(classes)
    classes = keras.layers.GlobalAveragePooling1D(dtype="float32")(mean)
    last = keras.layers.Reshape((1, 1, logits.output.shape[-1]), dtype="float32", name="logits")(classes)
    return keras.Model(image, last, name=ends.model.name)

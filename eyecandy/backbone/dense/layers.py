"""Layers that undo strides: one map as several in the batch, each moved by other positions, and back to one map.

A layer of stride 2 looks at every second position. Shown the map four times, moved by 0 or 1 down and across, it looks
at every position, and whatever follows sees four ordinary maps: fragments (Giusti et al., "Fast image scanning with
deep max-pooling convolutional neural networks", arXiv:1302.1700). Stitched together at the end they are what dilated
convolutions ("à trous": Chen et al., DeepLab, arXiv:1412.7062) compute without a stride, product by product, but each
layer stays what it is: no kernel with holes, which few processors are fast at, and no kind of layer that would need a
dilated twin.
"""

from dataclasses import dataclass

from eyecandy._tensorflow import keras, tf
from eyecandy.backbone.layers import Pair


@dataclass(frozen=True)
class Split:
    """How a map is split.

    Attributes:
        parts: fragments down and across.
        own: which of them is the map as it is, unmoved.
        step: positions from fragment to fragment.
    """

    parts: Pair
    own: Pair
    step: Pair = (1, 1)

    @property
    def before(self) -> Pair:
        """Positions that the first fragment begins above and left of the map."""
        return self.own[0] * self.step[0], self.own[1] * self.step[1]

    @property
    def beyond(self) -> Pair:
        """Positions that fragments begin above and left of the map, or end below and right of it, together."""
        return (self.parts[0] - 1) * self.step[0], (self.parts[1] - 1) * self.step[1]


class Fragments(keras.Operation):
    """(N, h, w, C) to (N * parts, h, w, C), those of one picture side by side, row by row.

    Args:
        split: how.
        edge: beyond the map lies its mirror image, as a pooling needs it, instead of the zeros of a convolution.
    """

    def __init__(self, split: Split, *, edge: bool) -> None:
        super().__init__()
        self.split = split
        self.mode = "SYMMETRIC" if edge else "CONSTANT"

    def compute_output_spec(self, features: keras.KerasTensor) -> keras.KerasTensor:
        return keras.KerasTensor((None, *features.shape[1:]), features.dtype)

    def call(self, features: tf.Tensor) -> tf.Tensor:
        (top, left), (rows, columns) = self.split.before, self.split.beyond
        padded = tf.pad(features, [[0, 0], [top, rows - top], [left, columns - left], [0, 0]], self.mode)
        shape = tf.shape(features)
        height, width = shape[1], shape[2]
        (down, across), (y_step, x_step) = self.split.parts, self.split.step
        starts = [(i * y_step, j * x_step) for i in range(down) for j in range(across)]
        pieces = [padded[:, y : y + height, x : x + width] for y, x in starts]
        return tf.reshape(tf.stack(pieces, 1), (-1, height, width, features.shape[-1]))


class Stitched(keras.Operation):
    """What became of fragments, as one map again: (N * parts, h, w, C) to (N, h * parts down, w * parts across, C)."""

    def __init__(self, parts: Pair) -> None:
        super().__init__()
        self.parts = parts

    def compute_output_spec(self, features: keras.KerasTensor) -> keras.KerasTensor:
        return keras.KerasTensor((None, None, None, features.shape[-1]), features.dtype)

    def call(self, features: tf.Tensor) -> tf.Tensor:
        (down, across), shape, channels = self.parts, tf.shape(features), features.shape[-1]
        height, width = shape[1], shape[2]
        apart = tf.reshape(features, (-1, down, across, height, width, channels))
        together = tf.transpose(apart, (0, 3, 1, 4, 2, 5))
        return tf.reshape(together, (-1, height * down, width * across, channels))


class Apart(keras.Operation):
    """One map as fragments, each with every few of its positions; what `Stitched` undoes."""

    def __init__(self, parts: Pair) -> None:
        super().__init__()
        self.parts = parts

    def compute_output_spec(self, features: keras.KerasTensor) -> keras.KerasTensor:
        return keras.KerasTensor((None, None, None, features.shape[-1]), features.dtype)

    def call(self, features: tf.Tensor) -> tf.Tensor:
        (down, across), shape, channels = self.parts, tf.shape(features), features.shape[-1]
        height, width = shape[1] // down, shape[2] // across
        together = tf.reshape(features, (-1, height, down, width, across, channels))
        apart = tf.transpose(together, (0, 2, 4, 1, 3, 5))
        return tf.reshape(apart, (-1, height, width, channels))


class Margins(keras.Operation):
    """A map with the zeros about it that a convolution needs to look at every position instead of every few.

    The positions are those of `Fragments` and the convolution's stride, in the same order.

    Args:
        layer: the convolution, which has a stride.
        own: as in `Split`, of as many parts as the stride.
    """

    def __init__(self, layer: keras.layers.Layer, own: Pair) -> None:
        super().__init__()
        self.layer = layer
        self.own = own

    def compute_output_spec(self, features: keras.KerasTensor) -> keras.KerasTensor:
        return keras.KerasTensor((None, None, None, features.shape[-1]), features.dtype)

    def call(self, features: tf.Tensor) -> tf.Tensor:
        sides = tf.shape(features)[1:3]
        (top, bottom), (left, right) = (self._margins(axis, sides[axis]) for axis in range(2))
        kept = sides + tf.minimum(tf.stack([bottom, right]), 0)
        zeros = [[0, 0], [top, tf.maximum(bottom, 0)], [left, tf.maximum(right, 0)], [0, 0]]
        return tf.pad(features[:, : kept[0], : kept[1]], zeros)

    def _margins(self, axis: int, side: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Zeros before and behind; less than none where the stride leaves out what is last."""
        kernel, stride = self.layer.kernel_size[axis], self.layer.strides[axis]
        if self.layer.padding == "same":
            positions = -(-side // stride)
            before = self.own[axis] + tf.maximum((positions - 1) * stride + kernel - side, 0) // 2
        else:
            positions = (side - kernel) // stride + 1
            before = tf.constant(self.own[axis])
        return before, positions * stride + kernel - 1 - side - before


class Unstrided(keras.Operation):
    """A convolution that looks at every position and pads nothing.

    Args:
        layer: a Conv2D or DepthwiseConv2D, whose weights are used as they are.
    """

    strides = (1, 1)
    padding = "valid"

    def __init__(self, layer: keras.layers.Layer) -> None:
        super().__init__()
        self.layer = layer
        self.depthwise = isinstance(layer, keras.layers.DepthwiseConv2D)
        self.activation = layer.activation

    @property
    def kernel(self) -> tf.Tensor:
        """The layer's own."""
        return self.layer.kernel

    def compute_output_spec(self, features: keras.KerasTensor) -> keras.KerasTensor:
        channels = self.layer.compute_output_shape(features.shape)[-1]
        return keras.KerasTensor((None, None, None, channels), self.layer.compute_dtype)

    def call(self, features: tf.Tensor) -> tf.Tensor:
        number = self.layer.compute_dtype
        convolve = tf.nn.depthwise_conv2d if self.depthwise else tf.nn.conv2d
        seen = convolve(tf.cast(features, number), tf.cast(self.kernel, number), (1, 1, 1, 1), "VALID")
        if self.layer.use_bias:
            seen = tf.nn.bias_add(seen, tf.cast(self.layer.bias, number))
        return self.activation(seen)

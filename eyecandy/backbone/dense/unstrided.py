"""A convolution that has a stride, looking at every place all the same."""

from eyecandy._tensorflow import keras, tf
from eyecandy.backbone.layers import Pair


class Margins(keras.Operation):
    """A map with the zeros about it that a convolution needs to look at every place instead of every few.

    The places are those of `Fragments` and the convolution's stride, in the same order.

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
            places = -(-side // stride)
            before = self.own[axis] + tf.maximum((places - 1) * stride + kernel - side, 0) // 2
        else:
            places = (side - kernel) // stride + 1
            before = tf.constant(self.own[axis])
        return before, places * stride + kernel - 1 - side - before


class Unstrided(keras.Operation):
    """A convolution that looks at every place and pads nothing.

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

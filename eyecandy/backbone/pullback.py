"""Back through a network with many slopes at once: reverse mode, with the picture looked at only once.

K slopes at the output share every activation, which lie at the one picture. TensorFlow's own Jacobian copies what it
needs of these K times, and takes some operations slope by slope; here a convolution takes the K slopes as a batch,
and an activation function is one product with its derivative. What is neither goes TensorFlow's way.
"""

from collections.abc import Callable, Sequence
from typing import Any

from eyecandy._tensorflow import keras, tf
from eyecandy.backbone.graph import Graph, Step

Slopes = Sequence[tf.Tensor]
Pull = Callable[[Slopes], Slopes]
"""From slopes at what a step gives, each (K, ...), to those at its inputs."""

_CURVES = ("linear", "relu", "relu6", "silu", "hard_silu", "sigmoid", "hard_sigmoid", "tanh", "gelu", "elu")
_POINTWISE = (keras.layers.ReLU, keras.layers.LeakyReLU, keras.layers.Rescaling, keras.layers.BatchNormalization)


@tf.autograph.experimental.do_not_convert  # nothing here branches on a tensor, and converting takes seconds
def pull_back(graph: Graph, image: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
    """A network's output, and its vector-Jacobian products.

    Args:
        graph: of the network.
        image: (1, H, W, 3).

    Returns:
        The output, (1, ...), and a function from K slopes at it, (K, ...), to those at the picture, (K, H, W, 3).
    """
    ways: list[tuple[Step, list[keras.KerasTensor], Pull]] = []

    def call(step: Step, *args: Any, **kwargs: Any) -> Any:
        inputs = _inputs(step, args, kwargs)
        output, pull = _link(step.operation)(step.operation, list(inputs.values()), args, kwargs)
        ways.append((step, list(inputs), pull))
        return output

    @tf.autograph.experimental.do_not_convert
    def back(slopes: tf.Tensor) -> tf.Tensor:
        found: dict[int, tf.Tensor] = {id(graph.output): slopes}
        count = tf.shape(slopes)[:1]
        for step, inputs, pull in reversed(ways):
            at_outputs = [found.pop(id(output), None) for output in keras.tree.flatten(step.output)]
            if all(each is None for each in at_outputs):
                continue
            for tensor, own in zip(inputs, pull(at_outputs), strict=True):
                found[id(tensor)] = own if id(tensor) not in found else found[id(tensor)] + own
        return found.get(id(graph.input), tf.zeros(tf.concat([count, tf.shape(image)[1:]], 0)))

    return graph.walk(image, call), back


def _inputs(step: Step, args: Any, kwargs: Any) -> dict[keras.KerasTensor, tf.Tensor]:
    """What a step is called with, by the tensors of the graph; a tensor that comes twice stands here once."""
    symbols, values = (keras.tree.flatten(each) for each in ((step.args, dict(step.kwargs)), (args, kwargs)))
    pairs = zip(symbols, values, strict=True)
    return {symbol: value for symbol, value in pairs if isinstance(symbol, keras.KerasTensor)}


def _link(operation: keras.Operation) -> Callable[..., tuple[Any, Pull]]:
    if type(operation) in _POINTWISE or _is_curve(operation):
        return _pointwise
    if _is_convolution(operation):
        return _convolution
    return _any


def _is_curve(operation: keras.Operation) -> bool:
    return type(operation) is keras.layers.Activation and operation.activation.__name__ in _CURVES


def _is_convolution(operation: keras.Operation) -> bool:
    """Whether it is a convolution that TensorFlow takes back on every device, and as plain as Keras' own."""
    return (
        type(operation) in (keras.layers.Conv2D, keras.layers.DepthwiseConv2D)
        and operation.data_format == "channels_last"
        and getattr(operation, "groups", 1) == 1
        and tuple(operation.dilation_rate) == (1, 1)
        and operation.activation in (keras.activations.linear, keras.activations.relu)
    )


def _pointwise(operation: keras.Operation, inputs: list[tf.Tensor], args: Any, kwargs: Any) -> tuple[tf.Tensor, Pull]:
    """Each value for itself: the slopes times one derivative."""
    (features,) = inputs
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(features)
        output = operation(*args, **kwargs)
    derivative = tape.gradient(output, features)
    return output, lambda slopes: [tf.cast(slopes[0], derivative.dtype) * derivative]


def _convolution(operation: keras.Operation, inputs: list[tf.Tensor], args: Any, kwargs: Any) -> tuple[tf.Tensor, Pull]:
    """The K slopes as a batch."""
    (features,) = inputs
    output = operation(*args, **kwargs)
    kernel = tf.cast(operation.kernel, output.dtype)
    strides, padding = (1, *operation.strides, 1), operation.padding.upper()
    depthwise = type(operation) is keras.layers.DepthwiseConv2D

    def pull(slopes: Slopes) -> Slopes:
        at_output = tf.cast(slopes[0], output.dtype)
        if operation.activation is keras.activations.relu:
            at_output *= tf.cast(output > 0, output.dtype)
        sizes = tf.concat([tf.shape(at_output)[:1], tf.shape(features)[1:]], 0)
        if depthwise:
            return [tf.nn.depthwise_conv2d_backprop_input(sizes, kernel, at_output, strides, padding)]
        return [tf.nn.conv2d_transpose(at_output, kernel, sizes, strides, padding)]

    return output, pull


def _any(operation: keras.Operation, inputs: list[tf.Tensor], args: Any, kwargs: Any) -> tuple[Any, Pull]:
    with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
        tape.watch(inputs)
        output = operation(*args, **kwargs)
    outputs = keras.tree.flatten(output)

    def pull(slopes: Slopes) -> Slopes:
        known = next(each for each in slopes if each is not None)
        count = tf.shape(known)[:1]
        whole = [
            tf.zeros(tf.concat([count, tf.shape(y)[1:]], 0), y.dtype) if slope is None else tf.cast(slope, y.dtype)
            for slope, y in zip(slopes, outputs, strict=True)
        ]

        def one(each: list[tf.Tensor]) -> list[tf.Tensor]:
            slope = [tensor[None] for tensor in each]
            return tape.gradient(outputs, inputs, slope, unconnected_gradients="zero")

        return [tensor[:, 0] for tensor in tf.vectorized_map(one, whole)]

    return output, pull

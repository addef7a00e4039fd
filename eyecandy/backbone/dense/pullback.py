"""Back through a network with many gradients at once: reverse mode, with the picture looked at only once.

K gradients at the output share every activation, which lie at the one picture. TensorFlow's own Jacobian copies what it
needs of these K times, and takes some operations gradient by gradient; here a convolution takes the K gradients as a
batch, and an activation function is one product with its derivative. What is neither goes TensorFlow's way.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

from eyecandy._tensorflow import keras, tf
from eyecandy.backbone.dense.layers import Apart, Fragments, Margins, Stitched, Unstrided
from eyecandy.backbone.graph import Graph, Node

Gradients = Sequence[tf.Tensor]
Pull = Callable[[Gradients], Gradients]
"""From gradients at what a step gives, each (K * N, ...) for a batch of N, to those at its inputs."""

_CURVES = ("linear", "relu", "relu6", "silu", "hard_silu", "sigmoid", "hard_sigmoid", "tanh", "gelu", "elu")
# Linear, and the same for each picture of a batch.
_LINEAR = (Fragments, Stitched, Apart, Margins, keras.layers.ZeroPadding2D)
_POINTWISE = (keras.layers.ReLU, keras.layers.LeakyReLU, keras.layers.Rescaling, keras.layers.BatchNormalization)


class Back(Protocol):
    """The way from gradients at a network's output to those at a tensor in it.

    Args:
        gradients: K for each of N pictures, (K * N, h, w, C), the pictures side by side.
        classes: where each of the K has gradients at one of the C channels only: their K numbers, and (K * N, h, w, 1)
            gradients. The same as zeros at all other channels, without computing with them.

    Returns:
        (K * N, ...) at the tensor.
    """

    def __call__(self, gradients: tf.Tensor, classes: tf.Tensor | None = None) -> tf.Tensor: ...


class PulledBack(NamedTuple):
    """A network's output, the tensor that it is pulled back to, and the way there."""

    output: tf.Tensor
    features: tf.Tensor
    back: Back


@tf.autograph.experimental.do_not_convert  # nothing here branches on a tensor, and converting takes seconds
def pull_back(graph: Graph, image: tf.Tensor, to: keras.KerasTensor | None = None) -> PulledBack:
    """A network's output, and its vector-Jacobian products.

    Args:
        graph: of the network.
        image: (N, H, W, 3).
        to: the tensor of the graph whose gradients are wanted; by default the picture's.
    """
    to = graph.input if to is None else to
    behind = {id(to)}
    ways: list[tuple[Node, list[keras.KerasTensor], Pull]] = []

    def call(node: Node, *args: Any, **kwargs: Any) -> Any:
        inputs = {x: value for x, value in _inputs(node, args, kwargs).items() if id(x) in behind}
        if not inputs:
            return node.operation(*args, **kwargs)
        output, pull = _link(node.operation)(node.operation, list(inputs.values()), args, kwargs)
        ways.append((node, list(inputs), pull))
        behind.update(id(x) for x in keras.tree.flatten(node.output))
        return output

    values = graph.values(image, call)
    features, output = values[id(to)], values[id(graph.output)]

    @tf.autograph.experimental.do_not_convert
    def back(gradients: tf.Tensor, classes: tf.Tensor | None = None) -> tf.Tensor:
        count = tf.shape(gradients)[:1]
        at, left = graph.output, list(ways)
        if classes is not None:
            channels = tf.repeat(classes, count[0] // tf.size(classes))
            at, gradients = _narrow(at, left, gradients, channels)
        found: dict[int, tf.Tensor] = {id(at): gradients}
        for node, inputs, pull in reversed(left):
            at_outputs = [found.pop(id(output), None) for output in keras.tree.flatten(node.output)]
            if all(each is None for each in at_outputs):
                continue
            for tensor, own in zip(inputs, pull(at_outputs), strict=True):
                found[id(tensor)] = own if id(tensor) not in found else found[id(tensor)] + own
        times = count // tf.shape(output)[:1] * tf.shape(features)[:1]
        return found.get(id(to), tf.zeros(tf.concat([times, tf.shape(features)[1:]], 0)))

    return PulledBack(output, features, back)


def _narrow(
    at: keras.KerasTensor,
    ways: list[tuple[Node, list[keras.KerasTensor], Pull]],
    gradients: tf.Tensor,
    channels: tf.Tensor,
) -> tuple[keras.KerasTensor, tf.Tensor]:
    """Gradients at one channel each, (K, h, w, 1), taken through the last steps as far as nothing else is needed: the
    tensor come to, and the gradients at all channels of it. The steps are taken from the end of `ways`."""
    size = at.shape[-1]
    while ways and ways[-1][0].output is at:
        node = ways[-1][0]
        operation = node.operation
        if type(operation) is Stitched:
            gradients = Apart(operation.parts)(gradients)
            channels = tf.repeat(channels, operation.parts[0] * operation.parts[1])
        elif _is_pointwise_convolution(operation):
            weights = tf.gather(tf.transpose(operation.kernel[0, 0]), channels)
            ways.pop()
            number = operation.compute_dtype
            return node.source, tf.cast(gradients, number) * tf.cast(weights, number)[:, None, None]
        elif not (type(operation) is keras.layers.Activation and operation.activation is keras.activations.linear):
            break
        ways.pop()
        at = node.source
    return at, gradients * tf.one_hot(channels, size, dtype=gradients.dtype)[:, None, None]


@tf.autograph.experimental.do_not_convert
def pull_back_whole(model: keras.Model, image: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
    """As `pull_back`, all of a model as one operation: what has few steps that are known here is sooner traced so."""
    output, pull = _any(model, [image], (image,), {"training": False})
    return output, lambda gradients: pull([gradients])[0]


def _is_pointwise_convolution(operation: keras.Operation) -> bool:
    return (
        type(operation) is keras.layers.Conv2D
        and _is_convolution(operation)
        and (*operation.kernel_size, *operation.strides) == (1, 1, 1, 1)
        and operation.activation is keras.activations.linear
    )


def _inputs(node: Node, args: Any, kwargs: Any) -> dict[keras.KerasTensor, tf.Tensor]:
    """What a step is called with, by the tensors of the graph; a tensor that comes twice stands here once."""
    symbols, values = (keras.tree.flatten(each) for each in ((node.args, dict(node.kwargs)), (args, kwargs)))
    pairs = zip(symbols, values, strict=True)
    return {symbol: value for symbol, value in pairs if isinstance(symbol, keras.KerasTensor)}


def _link(operation: keras.Operation) -> Callable[..., tuple[Any, Pull]]:
    if type(operation) in _POINTWISE or _is_curve(operation):
        return _pointwise
    if _is_convolution(operation):
        return _convolution
    return _linear if type(operation) in _LINEAR else _any


def _is_curve(operation: keras.Operation) -> bool:
    return type(operation) is keras.layers.Activation and operation.activation.__name__ in _CURVES


def _is_convolution(operation: keras.Operation) -> bool:
    """Whether it is a convolution that TensorFlow takes back on every device, and as plain as Keras' own."""
    if type(operation) is Unstrided:
        return _is_convolution(operation.layer)
    return (
        type(operation) in (keras.layers.Conv2D, keras.layers.DepthwiseConv2D)
        and operation.data_format == "channels_last"
        and getattr(operation, "groups", 1) == 1
        and tuple(operation.dilation_rate) == (1, 1)
        and operation.activation in (keras.activations.linear, keras.activations.relu)
    )


def _pointwise(operation: keras.Operation, inputs: list[tf.Tensor], args: Any, kwargs: Any) -> tuple[tf.Tensor, Pull]:
    """Each value for itself: the gradients times one derivative."""
    (features,) = inputs
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(features)
        output = operation(*args, **kwargs)
    derivative = tape.gradient(output, features)
    return output, lambda gradients: [_times(tf.cast(gradients[0], derivative.dtype), derivative)]


def _times(gradients: tf.Tensor, each: tf.Tensor) -> tf.Tensor:
    """K gradients for each of N pictures, (K * N, ...), times (N, ...)."""
    if each.shape[0] == 1:
        return gradients * each
    shape = tf.shape(each)
    return tf.reshape(tf.reshape(gradients, tf.concat([[-1], shape], 0)) * each, tf.concat([[-1], shape[1:]], 0))


def _convolution(operation: keras.Operation, inputs: list[tf.Tensor], args: Any, kwargs: Any) -> tuple[tf.Tensor, Pull]:
    """The K gradients as a batch."""
    (features,) = inputs
    output = operation(*args, **kwargs)
    kernel = tf.cast(operation.kernel, output.dtype)
    strides, padding = (1, *operation.strides, 1), operation.padding.upper()
    depthwise = isinstance(getattr(operation, "layer", operation), keras.layers.DepthwiseConv2D)

    def pull(gradients: Gradients) -> Gradients:
        at_output = tf.cast(gradients[0], output.dtype)
        if operation.activation is keras.activations.relu:
            at_output = _times(at_output, tf.cast(output > 0, output.dtype))
        sizes = tf.concat([tf.shape(at_output)[:1], tf.shape(features)[1:]], 0)
        if depthwise:
            return [tf.nn.depthwise_conv2d_backprop_input(sizes, kernel, at_output, strides, padding)]
        return [tf.nn.conv2d_transpose(at_output, kernel, sizes, strides, padding)]

    return output, pull


def _linear(operation: keras.Operation, inputs: list[tf.Tensor], args: Any, kwargs: Any) -> tuple[tf.Tensor, Pull]:
    """What comes back does not depend on what went in, so the gradients go as a batch the operation's own way."""
    (features,) = inputs
    output = operation(*args, **kwargs)

    def pull(gradients: Gradients) -> Gradients:
        at_output = tf.cast(gradients[0], output.dtype)
        times = tf.shape(at_output)[:1] // tf.shape(output)[:1] * tf.shape(features)[:1]
        nothing = tf.zeros(tf.concat([times, tf.shape(features)[1:]], 0), features.dtype)
        nothing = tf.ensure_shape(nothing, [None, *features.shape[1:]])
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(nothing)
            seen = operation(nothing)
        return [tape.gradient(seen, nothing, at_output)]

    return output, pull


def _any(operation: keras.Operation, inputs: list[tf.Tensor], args: Any, kwargs: Any) -> tuple[Any, Pull]:
    with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
        tape.watch(inputs)
        output = operation(*args, **kwargs)
    outputs = keras.tree.flatten(output)

    def pull(gradients: Gradients) -> Gradients:
        given, y = next((each, y) for each, y in zip(gradients, outputs, strict=True) if each is not None)
        count = tf.shape(given)[:1] // tf.shape(y)[:1]

        def whole(gradient: tf.Tensor | None, y: tf.Tensor) -> tf.Tensor:
            shape = tf.concat([count, tf.shape(y)], 0)
            return tf.zeros(shape, y.dtype) if gradient is None else tf.reshape(tf.cast(gradient, y.dtype), shape)

        def one(each: list[tf.Tensor]) -> list[tf.Tensor]:
            return tape.gradient(outputs, inputs, each, unconnected_gradients="zero")

        found = tf.vectorized_map(one, [whole(gradient, y) for gradient, y in zip(gradients, outputs, strict=True)])
        return [tf.reshape(x, tf.concat([[-1], tf.shape(x)[2:]], 0)) for x in found]

    return output, pull

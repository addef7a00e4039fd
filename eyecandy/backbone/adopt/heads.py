"""From the features of a classifier to its class map: logits at every position, whose mean is the classifier's logits.

Four kinds of classifier, in the order they are looked for:

- it ends in logits at every position already;
- global average pooling, then nothing that bends: a dense layer of the mean is the mean of the same layer applied at
  each position (Zhou et al., "Learning Deep Features for Discriminative Localization", CVPR 2016);
- flattening, then dense layers, as in VGG: the first is a convolution of the feature map's own size without padding,
  the others 1x1;
- anything else: through the gradients of the logits with respect to the last feature map (`GradientMap`).
"""

from dataclasses import replace

import numpy as np

from eyecandy._tensorflow import keras
from eyecandy.backbone.adopt.copies import Copies
from eyecandy.backbone.adopt.gradient_map import GradientMap
from eyecandy.backbone.graph import Graph, Node
from eyecandy.backbone.padding import PadTo
from eyecandy.errors import EyecandyError

_layers = keras.layers
_BLOCK = 1024  # inputs of a dense layer that are tried at once
_ACTIVATIONS = (_layers.Activation, _layers.ReLU, _layers.LeakyReLU, _layers.ELU)
# What does nothing outside training.
_IDLE = (
    _layers.Dropout,
    _layers.AlphaDropout,
    _layers.SpatialDropout2D,
    _layers.GaussianDropout,
    _layers.GaussianNoise,
    _layers.ActivityRegularization,
    _layers.Identity,
)


def class_map(graph: Graph, image: keras.KerasTensor, copies: Copies) -> keras.KerasTensor:
    """The class map of a classifier up to its logits, for pictures of any size.

    Args:
        graph: the classifier, from (N, H, W, 3) to (N, C) or (N, h, w, C) logits.
        image: the new input, preprocessed, (N, None, None, 3).
        copies: makes the new layers.

    Returns:
        (N, h, w, C).

    Raises:
        EyecandyError: the classifier has no feature map, or a layer that fixes the picture's size.
    """
    if len(graph.output.shape) == 4:
        return copies.run(graph, image)
    if not any(_slides(node) for node in graph.nodes):
        raise EyecandyError(f"model {graph.name!r} has no convolution, so its classes have no place in the picture")
    chain = _chain(graph)
    if chain and _is_average(chain[0]) and all(_is_affine(node) for node in chain[1:]):
        features = copies.run(graph.up_to(chain[0].source), image)
        return _at_each_place(chain[1:], features, copies)
    flattened = _flattened(graph, chain)
    if flattened is not None:
        features = copies.run(graph.up_to(chain[flattened].source), image)
        return _at_each_window(chain[flattened:], features, copies)
    return _through_gradients(graph, image, copies)


def _chain(graph: Graph) -> list[Node]:
    """The last steps, each of which takes what the one before it gives, from a global average pooling on if any."""
    chain: list[Node] = []
    tensor = graph.output
    while (node := graph.producer(tensor)) is not None and len(node.inputs) == 1:
        chain.insert(0, node)
        if _is_average(node):
            break
        tensor = node.source
    return chain


def _is_average(node: Node) -> bool:
    return isinstance(node.operation, _layers.GlobalAveragePooling2D)


def _is_linear(node: Node) -> bool:
    activation = node.changes.get("activation", getattr(node.operation, "activation", None))
    return activation in (None, "linear", keras.activations.linear)


def _is_reshape(node: Node) -> bool:
    return isinstance(node.operation, _layers.Flatten | _layers.Reshape)


def _is_affine(node: Node) -> bool:
    """Whether a step after the pooling could as well be taken before it."""
    operation = node.operation
    if _is_reshape(node):  # of (C,) to (1, 1, C) or back: one position stays one position
        return node.source.shape[-1] == node.output.shape[-1]
    if isinstance(operation, _layers.Conv2D):
        return operation.kernel_size == (1, 1) and operation.strides == (1, 1) and _is_linear(node)
    kinds = (_layers.Dense, _layers.BatchNormalization, _layers.Activation)
    return isinstance(operation, _IDLE) or (isinstance(operation, kinds) and _is_linear(node))


def _is_at_a_place(node: Node) -> bool:
    """Whether a step after the flattening treats the features of each window alone, and so can stay as it is."""
    kinds = (_layers.Dense, _layers.BatchNormalization, _layers.LayerNormalization, *_ACTIVATIONS)
    return isinstance(node.operation, (*_IDLE, *kinds))


def _at_each_place(nodes: list[Node], x: keras.KerasTensor, copies: Copies) -> keras.KerasTensor:
    for node in nodes:
        if isinstance(node.operation, _layers.Dense):
            x = _convolution(node, x, (1, 1), copies)
        elif isinstance(node.operation, _layers.BatchNormalization | _layers.LayerNormalization):
            x = copies.call(replace(node, changes={**node.changes, "axis": -1}), x)
        elif not _is_reshape(node) and not isinstance(node.operation, _IDLE):
            x = copies.call(node, x)
    return x


def _flattened(graph: Graph, chain: list[Node]) -> int | None:
    """Where in the chain a feature map is flattened for dense layers that can be convolutions; None where nowhere."""
    for i, node in enumerate(chain):
        if not _is_reshape(node) or len(node.source.shape) != 4 or len(node.output.shape) != 2:
            continue
        rest = chain[i + 1 :]
        trunk = graph.up_to(node.source)
        if not all(_is_at_a_place(later) for later in rest) or not any(_slides(earlier) for earlier in trunk.nodes):
            continue
        dense = next((j for j, later in enumerate(rest) if isinstance(later.operation, _layers.Dense)), None)
        height, width = node.source.shape[1:3]
        if dense is None and (height, width) != (1, 1):
            continue
        # Before the first dense layer each feature of each position would have numbers of its own.
        if not all(isinstance(later.operation, (*_IDLE, *_ACTIVATIONS)) for later in rest[:dense]):
            continue
        # One position because of a global pooling stays one position at any size, and says nothing of where.
        if (height, width) != (1, 1) or trunk.shape_at(None, None)[1:3] != (1, 1):
            return i
    return None


def _slides(node: Node) -> bool:
    """Whether a step looks at more than one position: a convolution, a pooling, perhaps a layer of the user's own."""
    own = isinstance(node.operation, keras.layers.Layer) and not type(node.operation).__module__.startswith("keras.")
    return own or hasattr(node.operation, "kernel_size") or hasattr(node.operation, "pool_size")


def _at_each_window(nodes: list[Node], x: keras.KerasTensor, copies: Copies) -> keras.KerasTensor:
    """Dense layers behind a flattening, the first of `nodes`, as convolutions."""
    window = nodes[0].source.shape[1:3]
    dense = next((i for i, node in enumerate(nodes) if isinstance(node.operation, _layers.Dense)), None)
    if dense is None:
        return _at_each_place(nodes[1:], x, copies)
    x = _at_each_place(nodes[1:dense], x, copies)
    if window != (1, 1):
        x = PadTo(*window, name=copies.name("window_padding"))(x)
    x = _convolution(nodes[dense], x, window, copies)
    return _at_each_place(nodes[dense + 1 :], x, copies)


def _convolution(node: Node, x: keras.KerasTensor, window: tuple[int, int], copies: Copies) -> keras.KerasTensor:
    """A dense layer as a convolution."""
    dense = node.operation
    layer = _layers.Conv2D(
        dense.units,
        window,
        activation=node.changes.get("activation", dense.activation),
        use_bias=dense.use_bias,
        kernel_initializer="zeros",
        dtype=dense.dtype_policy if getattr(dense, "quantization_mode", None) is None else "float32",
        name=copies.name(dense.name),
    )
    x = layer(x)
    bias = [np.asarray(dense.bias)] if dense.use_bias else []
    layer.set_weights([_kernel(dense).reshape(*window, -1, dense.units), *bias])
    return x


def _kernel(dense: keras.layers.Dense) -> np.ndarray:
    """(inputs, units) by which a dense layer multiplies, with what tuning by low ranks has added to it."""
    if getattr(dense, "quantization_mode", None) is None:
        return np.asarray(keras.ops.convert_to_numpy(dense.kernel), np.float32)
    # There are several ways to pack a quantised kernel. What it does to single ones tells them all.
    inputs = dense.input_spec.axes[-1]
    before, dense.activation = dense.activation, keras.activations.linear
    try:
        at_rest = np.asarray(dense(np.zeros((1, inputs), np.float32)), np.float32)
        blocks = [
            np.asarray(dense(np.eye(min(_BLOCK, inputs - i), inputs, i, dtype=np.float32)), np.float32) - at_rest
            for i in range(0, inputs, _BLOCK)
        ]
    finally:
        dense.activation = before
    return np.concatenate(blocks)


def _through_gradients(graph: Graph, image: keras.KerasTensor, copies: Copies) -> keras.KerasTensor:
    features, tail = _cut(graph)
    pool = None
    readers = [node for node in tail.nodes if any(x is features for x in node.inputs)]
    if len(readers) == 1 and isinstance(
        readers[0].operation, _layers.GlobalAveragePooling2D | _layers.GlobalMaxPooling2D
    ):
        pool = type(readers[0].operation)(keepdims=readers[0].operation.keepdims)
        tail = Graph(graph.name, readers[0].output, tail.nodes, tail.output).up_to(tail.output)
        tail = replace(tail, nodes=tuple(node for node in tail.nodes if node is not readers[0]))
    trunk = copies.run(graph.up_to(features), image)
    shape = (None, None, features.shape[-1]) if pool is None else tail.input.shape[1:]
    head_input = keras.Input(shape, dtype=features.dtype, name=copies.name("head_input"))
    head = keras.Model(head_input, copies.run(tail, head_input), name=copies.name("head"))
    return GradientMap(head, pool, name=copies.name("class_map"))(trunk)


def _cut(graph: Graph) -> tuple[keras.KerasTensor, Graph]:
    """The last feature map that everything behind it is computed from, and the steps behind it."""
    for i in reversed(range(len(graph.nodes))):
        output = graph.nodes[i].output
        if not isinstance(output, keras.KerasTensor) or len(output.shape) != 4 or output.shape[1:3] == (1, 1):
            continue
        tail = Graph(graph.name, output, graph.nodes[i + 1 :], graph.output)
        known = {id(output)} | {id(x) for node in tail.nodes for x in keras.tree.flatten(node.output)}
        if all(id(x) in known for node in tail.nodes for x in node.inputs):
            return output, tail
    raise EyecandyError(
        f"model {graph.name!r} has no feature map (N, h, w, channels) from which all classes are computed, "
        "so they have no place in the picture; expected a convolutional classifier"
    )

"""The tail of a classifier: what it does to its logits at the end, found from its steps and from what they compute.

A step is judged by what it makes of numbers, not by its name: softmax is spelled as a layer, an operation, the name of
an activation, a function or a Lambda, and may be followed by what changes nothing (a cast, Dropout, a reshape).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

import numpy as np

from eyecandy._tensorflow import keras, tf
from eyecandy.backbone.adopt.copies import of_keras
from eyecandy.backbone.graph import Graph, Node
from eyecandy.backbone.scores import Head, sigmoid, softmax

_layers = keras.layers
_LARGEST = 1 << 16  # classes that are tried
_ROWS = (1.0, 3.0, 30.0)  # standard deviations of numbers that are tried: the last shows where a clip begins
_STEPS = 12  # in which a softmax may be written out
_CLOSE, _CLOSE_HALF = 2e-4, 4e-3

End = Literal["softmax", "log_softmax", "sigmoid", "log_sigmoid", "linear", "bent"]
_KINDS: dict[str, Head] = {
    "softmax": "softmax",
    "log_softmax": "softmax",
    "sigmoid": "sigmoid",
    "log_sigmoid": "sigmoid",
}
# Of these each position stays a position and numbers are added up, so that logits stay logits.
_SUMS = (_layers.GlobalAveragePooling2D, _layers.AveragePooling2D, _layers.Average, _layers.Add, _layers.Subtract)
_MOVES = (_layers.GlobalMaxPooling2D, _layers.MaxPooling2D, _layers.Flatten, _layers.Reshape, _layers.Permute)
_SCALES = (_layers.BatchNormalization, _layers.Rescaling, _layers.ZeroPadding2D, _layers.Cropping2D)
_SUM_NAMES = ("Add", "Subtract", "Mean", "Average", "Reshape", "Squeeze")
_SCALE_NAMES = ("Multiply", "Divide", "TrueDivide", "Negative")
_WEIGHED = (_layers.Dense, _layers.EinsumDense, _layers.Conv2D, _layers.SeparableConv2D, _layers.Conv1D)


@dataclass(frozen=True, eq=False)
class Tail:
    """How a classifier ends.

    Attributes:
        graph: the classifier up to its logits; all of it where its end is not known or cannot be taken off.
        given: what it gives: "logits", "softmax" or "sigmoid"; None where its steps do not tell.
        stripped: whether softmax or sigmoid has been taken off, so that `graph` ends in logits.
        last: the step that the answer comes from, for a message.
        bent: whether that is a known function that is none of these, so that its values cannot be logits either.
    """

    graph: Graph
    given: Head | None
    stripped: bool
    last: Node
    bent: bool = False

    @property
    def name(self) -> str:
        """How a message calls the end."""
        operation = self.last.operation
        activation = getattr(operation, "activation", None)
        kind = getattr(activation, "__name__", None) if self.bent or self.given != "logits" else None
        return f"{kind or type(operation).__name__} (layer {operation.name!r})"


def tail(graph: Graph) -> Tail | None:
    """How a classifier ends; None of a model without steps."""
    tensor = graph.output
    while (node := graph.producer(tensor)) is not None:
        if not _is_alone(node):
            break
        end = _tried([node], node.source, node.output)
        if end == "bent" and _adds_up(graph, node):
            return Tail(graph.up_to(node.output), "logits", False, node)
        if end == "bent" and (several := _several(graph, node)) is not None:
            return _ended(graph, node, *several)
        if end != "linear":
            return _ended(graph, node, end, node.source)
        tensor = node.source
    if node is None:
        return None if graph.producer(graph.output) is None else _unknown(graph, graph.nodes[-1])
    activation = node.changes.get("activation", getattr(node.operation, "activation", None))
    if isinstance(node.operation, _WEIGHED) and callable(activation):
        end = _tried_function(activation, int(node.output.shape[-1] or 2))
        if end != "linear":
            linear = replace(node, changes={**node.changes, "activation": "linear"})
            strips = of_keras(node.operation)
            changed = replace(graph, nodes=tuple(linear if each is node else each for each in graph.nodes))
            return _ended(changed if strips else graph, node, end, node.output if strips else None)
    if _adds_up(graph, node):
        return Tail(graph.up_to(node.output), "logits", False, node)
    several = _several(graph, node)
    if several is not None:
        return _ended(graph, node, *several)
    pooled = _pooled(graph, node)
    return Tail(graph, pooled, False, node) if pooled else _unknown(graph, node)


def _unknown(graph: Graph, node: Node) -> Tail:
    return Tail(graph, None, False, node)


def _ended(graph: Graph, node: Node, end: End, logits: keras.KerasTensor | None) -> Tail:
    if end not in _KINDS:
        return Tail(graph, None, False, node, bent=True)
    if logits is None:
        return Tail(graph, _KINDS[end], False, node)
    return Tail(graph.up_to(logits), _KINDS[end], True, node)


def _pooled(graph: Graph, node: Node) -> Head | None:
    """Softmax or sigmoid of a map whose positions are pooled at the end: what it gives stays what it is."""
    pooling = isinstance(node.operation, _layers.GlobalAveragePooling2D | _layers.GlobalMaxPooling2D)
    if not pooling:
        return None
    before = tail(graph.up_to(node.source))
    if before is None or before.given not in ("softmax", "sigmoid"):
        return None
    mixes = isinstance(node.operation, _layers.GlobalMaxPooling2D) and before.given == "softmax"
    return None if mixes else before.given


def _adds_up(graph: Graph, node: Node | None) -> bool:
    """Whether a step gives sums of features that nothing has bent, or moves and scales such sums."""
    if node is None:
        return False
    operation = node.operation
    if isinstance(operation, _WEIGHED):
        activation = node.changes.get("activation", getattr(operation, "activation", None))
        return not callable(activation) or _tried_function(activation, int(node.output.shape[-1] or 2)) == "linear"
    names = _SUM_NAMES + _SCALE_NAMES if len(node.inputs) == 1 else _SUM_NAMES
    ways = isinstance(operation, _SUMS + _MOVES + _SCALES) or (
        of_keras(operation) and type(operation).__name__ in names
    )
    if not ways and not (_is_alone(node) and _tried([node], node.source, node.output) == "linear"):
        return False
    return bool(node.inputs) and all(_adds_up(graph, graph.producer(x)) for x in node.inputs)


def _is_alone(node: Node) -> bool:
    """Whether a step is a function without weights of one tensor, which gives as many numbers again."""
    if len(node.inputs) != 1 or len(node.outputs) != 1 or getattr(node.operation, "weights", None):
        return False
    return _as_many(node.source, node.output)


def _as_many(source: keras.KerasTensor, output: keras.KerasTensor) -> bool:
    """Whether a tensor has the positions and numbers of another."""
    before, after = source.shape[1:], output.shape[1:]
    if before == after:
        return bool(before) and before[-1] is not None
    # Of shapes that are not the same only those of one position: what was a map must not lose its positions.
    sizes = [[side for side in shape if side != 1] for shape in (before, after)]
    return None not in (*sizes[0], *sizes[1]) and sizes[0] == sizes[1] and len(sizes[0]) <= 1


def _several(graph: Graph, last: Node) -> tuple[End, keras.KerasTensor] | None:
    """A softmax or sigmoid that is written out in several steps, exp(x) / sum(exp(x)) or log(softmax(x)), and its x."""
    open_: dict[int, keras.KerasTensor] = {id(last.output): last.output}
    taken: list[Node] = []
    for node in reversed(graph.nodes):
        if not any(id(output) in open_ for output in node.outputs):
            continue
        if len(node.outputs) != 1 or getattr(node.operation, "weights", None) or len(taken) == _STEPS:
            return None
        taken.insert(0, node)
        del open_[id(node.output)]
        open_.update((id(x), x) for x in node.inputs)
        if len(open_) == 1:
            (source,) = open_.values()
            if _as_many(source, last.output) and (end := _tried(taken, source, last.output)) in _KINDS:
                return end, source
    return None


def _tried(nodes: Sequence[Node], source: keras.KerasTensor, output: keras.KerasTensor) -> End:
    """What steps between two tensors make of numbers."""
    same = source.shape[1:] == output.shape[1:]
    whole = [side or 2 for side in source.shape[1:]]
    shapes = [whole]
    if same and len(whole) > 1:  # of a map a few positions tell as much, unless a step takes one size only
        shapes.insert(0, [*(min(side, 2) for side in whole[:-1]), whole[-1]])
    half = bool({source.dtype, output.dtype} & {"float16", "bfloat16"})
    end: End = "bent"
    for shape in shapes:
        count = int(np.prod(shape))
        end = _judged(partial(_run, nodes, source, output, shape), count, shape[-1] if same else count, half)
        if end != "bent":
            break
    return end


def _run(
    nodes: Sequence[Node], source: keras.KerasTensor, output: keras.KerasTensor, shape: Sequence[int], x: np.ndarray
) -> Any:
    values = {id(source): tf.cast(tf.reshape(x, (-1, *shape)), source.dtype)}

    def replaced(argument: Any) -> Any:
        return values[id(argument)] if isinstance(argument, keras.KerasTensor) else argument

    for node in nodes:
        args, kwargs = keras.tree.map_structure(replaced, (node.args, dict(node.kwargs)))
        values[id(node.output)] = node.operation(*args, **kwargs)
    return values[id(output)]


def _tried_function(function: Callable[[Any], Any], channels: int) -> End:
    if function is keras.activations.linear:
        return "linear"
    return _judged(lambda x: function(tf.constant(x)), channels, channels, False)


def _judged(run: Callable[[np.ndarray], Any], count: int, channels: int, half: bool) -> End:
    if count > _LARGEST * 16 or channels > _LARGEST:
        return "bent"
    random = np.random.default_rng(0)
    tried = np.stack([random.normal(0, scale, count) for scale in _ROWS]).astype(np.float32)
    if half:
        tried = np.asarray(tf.cast(tf.cast(tried, tf.bfloat16), tf.float32))  # what either half holds exactly
    try:
        given = np.asarray(tf.cast(run(tried), tf.float32)).reshape(tried.shape)
    except Exception:  # whatever an activation of the user's own runs into: it is not one of these
        return "bent"
    wide = tried.astype(np.float64).reshape(len(_ROWS), -1, channels)
    seen = given.reshape(wide.shape)
    close = partial(np.allclose, rtol=_CLOSE_HALF if half else _CLOSE, atol=_CLOSE_HALF if half else 1e-6)
    if close(seen, wide):
        return "linear"
    with np.errstate(divide="ignore"):
        candidates: tuple[tuple[End, np.ndarray], ...] = (
            ("softmax", softmax(wide)),
            ("sigmoid", sigmoid(wide)),
            ("log_softmax", wide - wide.max(-1, keepdims=True) - np.log(_sums(wide))),
            ("log_sigmoid", -np.logaddexp(0, -wide)),
        )
    return next((end for end, expected in candidates if close(seen, expected)), "bent")


def _sums(values: np.ndarray) -> np.ndarray:
    """The sums of the exponentials, of values less their maximum."""
    return np.exp(values - values.max(-1, keepdims=True)).sum(-1, keepdims=True)

"""The logits of a classifier, two or more, and what they mean; whatever it gives itself."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from eyecandy._tensorflow import keras
from eyecandy.backbone.adopt.tail import Tail, tail
from eyecandy.backbone.graph import Graph, Node
from eyecandy.backbone.scores import Head, Scores
from eyecandy.errors import EyecandyError, OptionError

_LEAST = 1e-12  # a probability below which float32 says nothing
_LEAST_HALF = 1e-4
_SURE = 1e-4  # and 1 less it: between these a sigmoid score tells its logit
_WHOLE = 1e-2  # so near to 1 probabilities add up


class LogOdds(keras.layers.Layer):
    """Probabilities (..., C) as logits: their logarithms, or, where each class has its own, their log-odds.

    Args:
        scores: "softmax" or "sigmoid".
    """

    def __init__(self, scores: Scores, **options: Any) -> None:
        super().__init__(**{"dtype": "float32", **options})
        self.scores: Scores = scores

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "scores": self.scores}

    def call(self, values: Any) -> Any:
        values = keras.ops.cast(values, "float32")
        if self.scores == "softmax":
            return keras.ops.log(keras.ops.maximum(values, _LEAST))
        inside = keras.ops.clip(values, 1e-6, 1 - 1e-6)
        return keras.ops.log(inside) - keras.ops.log(1 - inside)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return input_shape


@dataclass(frozen=True, eq=False)
class Logits:
    """A classifier that ends in logits.

    Attributes:
        graph: from (N, H, W, c) to (N, C) or (N, h, w, C) logits of at least two classes.
        scores: what they mean.
        given: what the classifier itself gives.
        single: whether that is one number, for the second of two classes.
    """

    graph: Graph
    scores: Scores
    given: Head
    single: bool

    def differ(self, expected: np.ndarray, received: np.ndarray, half: bool = False) -> tuple[float, float]:
        """How far two answers lie apart at most, in logits or logarithms, and how large these are.

        Args:
            expected: of the classifier itself, (N, ...).
            received: logits of the same picture, (N, ...) in the same order.
            half: whether the classifier computes in half precision.
        """
        theirs = np.asarray(expected, np.float64).reshape(len(expected), -1)
        ours = np.asarray(received, np.float64)
        ours = (ours[..., 1] - ours[..., 0] if self.single else ours).reshape(len(received), -1)
        if theirs.shape != ours.shape:
            return np.inf, 1.0
        if self.given == "sigmoid":
            theirs, ours = (np.clip(x, -_odds(1 - _SURE), _odds(1 - _SURE)) for x in (self._as_odds(theirs), ours))
        elif self.given == "softmax":
            # As logarithms, or all of a thousand unlikely classes would look alike.
            count = received.shape[-1]
            theirs, ours = theirs.reshape(-1, count), ours.reshape(-1, count)
            ours = ours - ours.max(-1, keepdims=True)
            ours = ours - np.log(np.exp(ours).sum(-1, keepdims=True))
            least = np.log(_LEAST_HALF if half else _LEAST)
            theirs, ours = np.maximum(_logarithms(theirs), least), np.maximum(ours, least)
        return float(np.abs(theirs - ours).max()), max(1.0, float(np.abs(theirs).max()))

    def _as_odds(self, values: np.ndarray) -> np.ndarray:
        return _odds(np.clip(np.exp(values) if values.max() <= 0 else values, _SURE / 2, 1 - _SURE / 2))


def _odds(values: Any) -> Any:
    return np.log(values) - np.log1p(-np.asarray(values))


def _logarithms(values: np.ndarray) -> np.ndarray:
    """Of probabilities; below 0 they are logarithms already."""
    return values if values.max() <= 0 else np.log(np.maximum(values, _LEAST))


def to_logits(graph: Graph, head: Head | None, seen: np.ndarray) -> Logits:
    """A classifier as one that ends in logits.

    Args:
        graph: the classifier.
        head: what it gives, where the user says so.
        seen: (P, ...) what it gives for a few pictures, which has to agree.

    Raises:
        EyecandyError: what it gives cannot be told, is something else than was said, or is no set of classes.
    """
    found = tail(graph)
    if found is None:
        raise EyecandyError(f"model {graph.name!r} has no layers")
    _check_classes(graph, found)
    given = _given(graph, found, head, seen)
    ended = found.graph
    if given != "logits" and not found.stripped:
        ended = _then(ended, LogOdds(given, name="log_odds"))
    shape = ended.output.shape
    if len(shape) not in (2, 4) or (len(shape) == 4 and _one_place(ended)):
        ended = _then(ended, keras.layers.Flatten(name="classes"))
    single = ended.output.shape[-1] == 1
    if single:
        if given == "softmax":
            raise EyecandyError(
                f"model {graph.name!r} gives a softmax over one class, which is always 1; expected softmax over at "
                "least 2 classes, or sigmoid"
            )
        halves = keras.layers.Dense(2, use_bias=False, name="two_classes")
        halves.build(ended.output.shape)
        halves.set_weights([np.array([[-0.5, 0.5]], np.float32)])
        ended = _then(ended, halves)
    alone = "sigmoid" in (given, head) and not single
    return Logits(ended, "sigmoid" if alone else "softmax", given, single)


def _then(graph: Graph, layer: keras.layers.Layer) -> Graph:
    output = layer.compute_output_spec(graph.output)
    return replace(graph, nodes=(*graph.nodes, Node(layer, (graph.output,), {}, output)), output=output)


def _one_place(graph: Graph) -> bool:
    """Whether a map has one position, and of a larger picture too."""
    if graph.output.shape[1:3] != (1, 1):
        return False
    try:
        return graph.shape_at(None, None)[1:3] == (1, 1)
    except EyecandyError:
        return True


def _check_classes(graph: Graph, found: Tail) -> None:
    given, ending = graph.output.shape, found.graph.output.shape
    # Of classes in one position any shape will do: they are flattened.
    flat = all(side == 1 for side in ending[1:-1]) or len(ending) in (2, 4)
    if len(ending) < 2 or not flat or ending[-1] is None:
        raise EyecandyError(
            f"model {graph.name!r} gives {tuple(given)}; expected classes, (None, C) or (None, h, w, C)"
        )


def _given(graph: Graph, found: Tail, head: Head | None, seen: np.ndarray) -> Head:
    """What the classifier gives, by its steps, its values, and what the user says; refused where these disagree."""
    name, flat = graph.name, np.asarray(seen, np.float64).reshape(len(seen), -1)
    count = found.graph.output.shape[-1]
    sums = _add_up(seen, count)
    inside = bool(((flat >= -_WHOLE) & (flat <= 1 + _WHOLE)).all())
    told = f"its values on test pictures lie between {flat.min():.3g} and {flat.max():.3g}"
    if found.given in ("softmax", "sigmoid"):
        if head not in (None, found.given):
            raise OptionError(
                "{} is {head!r}, but model {name!r} ends in {end} and gives {given}; leave it out",
                "head",
                head=head,
                name=name,
                end=found.name,
                given=found.given,
            )
        return found.given
    if head in ("softmax", "sigmoid") and found.given is None:
        if inside and (sums or head == "sigmoid"):
            return head
        raise _asked(f"model {name!r} does not give {head}: {told}")
    if head is not None:
        return "logits"
    if found.given == "logits":
        if count == 1:
            raise OptionError(
                "model {name!r} gives 1 number for a picture, and nothing says that it is a class; expected a "
                "classifier of at least 2 classes, or of 2 with one sigmoid: if its training took the sigmoid of this "
                "number, say so with {} sigmoid",
                "head",
                name=name,
            )
        if inside and sums:
            raise _asked(
                f"model {name!r} ends in {found.name} as logits do, but its values add up to 1 as probabilities do"
            )
        return "logits"
    if not found.bent and count > 1 and (_are_logarithms(flat, count) or (flat.min() < 0 and np.abs(flat).max() > 1)):
        return "logits"
    looks = ", and add up to 1" if sums and inside else ""
    raise _asked(f"model {name!r} ends in {found.name}, which is not known: {told}{looks}")


def _asked(problem: str) -> OptionError:
    return OptionError("{problem}; say with {} what it gives: logits, softmax or sigmoid", "head", problem=problem)


def _add_up(seen: np.ndarray, count: int) -> bool:
    values = np.asarray(seen, np.float64)
    return values.size % count == 0 and bool(np.abs(values.reshape(-1, count).sum(-1) - 1).max() <= _WHOLE)


def _are_logarithms(flat: np.ndarray, count: int) -> bool:
    """Whether values are logarithms of probabilities."""
    return flat.max() <= 0 and flat.size % count == 0 and _add_up(np.exp(flat), count)

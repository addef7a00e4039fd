"""A Keras model as a flat list of nodes, whatever it is nested in.

Nothing of the user's model is changed: the list is read off without calling a layer.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from eyecandy._tensorflow import keras, tf
from eyecandy.backbone.keras_internals import run_through
from eyecandy.errors import EyecandyError

_NOISE = re.compile(r"\x1b\[[0-9;]*m|\{\{.*?\}\}")  # Keras prints in bold, TensorFlow names nodes
_LONGEST = 240  # characters of another library's message


@dataclass(frozen=True, eq=False)
class Node:
    """One call of one operation.

    Attributes:
        operation: a layer, or an operation between layers such as `x + y`.
        args, kwargs: as it was called, with the tensors of this list in their places.
        output: what it gives.
        changes: what its copy is to have otherwise, by the names in its configuration.
    """

    operation: keras.Operation
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    output: Any
    changes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def inputs(self) -> list[keras.KerasTensor]:
        """The tensors among the arguments."""
        return _tensors((self.args, dict(self.kwargs)))

    @property
    def outputs(self) -> list[keras.KerasTensor]:
        """The tensors that it gives."""
        return _tensors(self.output)

    @property
    def source(self) -> keras.KerasTensor:
        """The first tensor among the arguments, for most operations the only one."""
        return self.inputs[0]


@dataclass(frozen=True, eq=False)
class Graph:
    """A model from one picture to one tensor: the nodes in the order they can be called."""

    name: str
    input: keras.KerasTensor
    nodes: tuple[Node, ...]
    output: keras.KerasTensor

    def producer(self, tensor: keras.KerasTensor) -> Node | None:
        """The node that gives a tensor; None for the input."""
        return next((node for node in self.nodes if any(tensor is x for x in node.outputs)), None)

    def up_to(self, *tensors: keras.KerasTensor) -> "Graph":
        """The same model, ending in the last of `tensors`, without the nodes that none of them needs."""
        needed = {id(tensor) for tensor in tensors}
        nodes = []
        for node in reversed(self.nodes):
            if any(id(output) in needed for output in node.outputs):
                needed.update(id(x) for x in node.inputs)
                nodes.append(node)
        return Graph(self.name, self.input, tuple(reversed(nodes)), tensors[-1])

    def walk(self, image: keras.KerasTensor, call: Callable[..., Any]) -> keras.KerasTensor:
        """The output for another input, each node called as `call(node, *args, **kwargs)`."""
        return self.values(image, call)[id(self.output)]

    def values(self, image: Any, call: Callable[..., Any]) -> dict[int, Any]:
        """All that `walk` comes by, by the ids of the tensors that it stands for."""
        tensors = {id(self.input): image}

        def replaced(x: Any) -> Any:
            return tensors[id(x)] if isinstance(x, keras.KerasTensor) else x

        for node in self.nodes:
            args, kwargs = keras.tree.map_structure(replaced, (node.args, dict(node.kwargs)))
            output = call(node, *args, **kwargs)
            for old, new in zip(keras.tree.flatten(node.output), keras.tree.flatten(output), strict=True):
                tensors[id(old)] = new
        return tensors

    def shape_at(self, height: int | None, width: int | None) -> tuple[int | None, ...]:
        """The output's shape for one picture of a size; None for any.

        Raises:
            EyecandyError: a layer does not take what it gets, or would give an empty map. (TensorFlow with oneDNN
                raises nothing there: an empty convolution gives what it was given.)
        """

        def specification(node: Node, *args: Any, **kwargs: Any) -> Any:
            try:
                output = node.operation.compute_output_spec(*args, **kwargs)
            except (ValueError, TypeError, AttributeError, tf.errors.OpError) as error:
                raise refused(node.operation, error) from error
            if any(0 in x.shape for x in _tensors(output)):
                raise refused(node.operation, ValueError(f"nothing is left of {width}x{height} pixels there"))
            return output

        image = keras.KerasTensor((1, height, width, self.input.shape[-1]), self.input.dtype)
        return self.walk(image, specification).shape


def trace(model: keras.Model, number: int = 0) -> Graph:
    """The nodes of a Functional or Sequential model of one input, with those of models nested in it.

    Args:
        model: it.
        number: which of its outputs is meant, as they are flattened.

    Raises:
        EyecandyError: a model written as a class, whose nodes cannot be known.
    """
    nodes: list[Node] = []

    def record(operation: keras.Operation, *args: Any, **kwargs: Any) -> Any:
        inputs = args[0] if args else next(iter(kwargs.values()))
        if is_augmentation(operation) or _keeps_size(operation, inputs):
            return inputs
        if isinstance(operation, keras.Model):
            return run_through(functional(operation), inputs, record)
        changes: dict[str, Any] = {}
        while isinstance(operation, keras.layers.SpectralNormalization):
            # Outside training it is the layer inside it, by another name.
            changes["name"], operation = changes.get("name", operation.name), operation.layer
        # Everything here looks at pictures and learns nothing, whatever the call said when it was recorded.
        kwargs.pop("training", None)
        if takes_training(operation):
            kwargs["training"] = False
        output = operation.compute_output_spec(*args, **kwargs)
        nodes.append(Node(operation, args, kwargs, output, changes))
        return output

    flat = functional(model)
    (image,) = flat.inputs
    outputs = keras.tree.flatten(run_through(flat, image, record))
    output = outputs[number]
    return Graph(model.name, image, tuple(nodes), output).up_to(output)


def takes_training(operation: keras.Operation) -> bool:
    """Whether its call is told if the network learns."""
    return "training" in getattr(operation, "call_signature_parameters", ())


def is_augmentation(operation: keras.Operation) -> bool:
    """Whether it is one of Keras' layers that change pictures while a network learns, and only then."""
    name = type(operation).__name__
    random = (name.startswith("Rand") and name != "RandomCrop") or name in ("AugMix", "CutMix", "MixUp")
    return random and isinstance(operation, keras.layers.Layer) and type(operation).__module__.startswith("keras.")


def _keeps_size(operation: keras.Operation, inputs: Any) -> bool:
    """Whether it brings pictures to the size that they have, as where a network of one size begins with Resizing."""
    if not isinstance(operation, keras.layers.Resizing | keras.layers.CenterCrop):
        return False
    output = operation.compute_output_spec(inputs)
    return None not in output.shape[1:] and (output.shape[1:], output.dtype) == (inputs.shape[1:], inputs.dtype)


def functional(model: keras.Model) -> keras.Model:
    """The model as a Functional one.

    Raises:
        EyecandyError: it is written as a class, or has not been built.
    """
    if isinstance(model, keras.Sequential):
        if not model.built:
            raise EyecandyError(f"model {model.name!r} has no input shape yet; begin it with a keras.Input((h, w, 3))")
        return keras.Model(model.inputs, model.outputs)
    if not isinstance(model, keras.Function):
        kind = type(model).__name__
        raise EyecandyError(
            f"model {model.name!r} is written as a class ({kind}), so its layers cannot be followed one by one; "
            "expected a Functional or Sequential model, also inside another"
        )
    return model


def refused(operation: keras.Operation, error: Exception) -> EyecandyError:
    """The one line for a layer that stands in the way of pictures of any size."""
    return EyecandyError(
        f"layer {operation.name!r} ({type(operation).__name__}) does not work on pictures of any size, "
        f"which a backbone must: {gist(error)}"
    )


def gist(error: Exception) -> str:
    """The line of a Keras error that says something."""
    text = _NOISE.sub("", str(error)).rpartition("Exception encountered: ")[2]
    lines = [line.strip() for line in text.splitlines()]
    telling = [line for line in lines if line and not line.startswith("Exception encountered when calling")]
    line = telling[0] if telling else type(error).__name__
    return line if len(line) <= _LONGEST else line[: _LONGEST - 3] + "..."


def _tensors(structure: Any) -> list[keras.KerasTensor]:
    return [x for x in keras.tree.flatten(structure) if isinstance(x, keras.KerasTensor)]

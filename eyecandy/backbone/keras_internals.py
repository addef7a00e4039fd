"""All that eyecandy asks of Keras by names that are Keras' own and promised to nobody; tests say when they move."""

from collections.abc import Callable
from typing import Any, NamedTuple

from eyecandy._tensorflow import keras


def run_through(model: keras.Model, inputs: Any, call: Callable[..., Any]) -> Any:
    """The outputs of a Functional model for some inputs, each of its calls made as `call(operation, *args, **kwargs)`.

    Keras runs nested models with this method, and keras.models.clone_model is made of it. clone_model itself would
    leave each nested model's layers with two graphs.
    """
    return model._run_through_graph(inputs, operation_fn=lambda operation: operation, call_fn=call)


def producer(tensor: keras.KerasTensor) -> keras.Operation:
    """The layer or operation whose call gave a tensor."""
    return tensor._keras_history.operation


def sources(tensor: keras.KerasTensor) -> list[keras.KerasTensor]:
    """The tensors that went into the call that gave a tensor."""
    operation, call, _ = tensor._keras_history
    return list(operation._inbound_nodes[call].input_tensors)


class Call(NamedTuple):
    """One call of an operation."""

    inputs: list[keras.KerasTensor]
    outputs: list[keras.KerasTensor]


def calls(operation: keras.Operation) -> list[Call]:
    """All calls of a layer or operation that a graph has recorded."""
    return [Call(list(node.input_tensors), list(node.output_tensors)) for node in operation._inbound_nodes]


def layers_inside(layer: keras.layers.Layer) -> list[keras.layers.Layer]:
    """A layer, and all layers inside it."""
    return list(layer._flatten_layers())


def has_variables(layer: keras.layers.Layer) -> bool:
    """Whether a layer itself, and not one inside it, keeps variables."""
    return bool(layer._trainable_variables or layer._non_trainable_variables)

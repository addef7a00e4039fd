"""New layers after those of a user's model: the same configuration and the same state.

Shared layers would carry a second graph about, and would be frozen when the backbone is; so each call of a layer gets
a copy of its own, which also gives every depth that a layer is used at a name. What cannot be copied, a Lambda or a
layer without a configuration, is called where it lies: it comes from the caller's own process, not from a file.
"""

import hashlib
from collections.abc import Iterable
from typing import Any

import numpy as np

from eyecandy._tensorflow import keras, tf
from eyecandy.backbone.graph import Node, refused, takes_training
from eyecandy.backbone.keras_internals import has_variables, layers_inside

_LORA = ("lora_rank", "lora_alpha")  # of a configuration: what is saved of such a layer has its low ranks merged in


class Copies:
    """Copies of a graph's operations, under names that are unique.

    Args:
        reserved: names that are taken already.
        borrow: call every layer that is not Keras' own where it lies, because its state cannot be known.
    """

    def __init__(self, reserved: Iterable[str] = (), *, borrow: bool = False) -> None:
        self._names = set(reserved)
        self._borrow = borrow

    def name(self, wanted: str) -> str:
        """`wanted`, or the first of wanted_1, wanted_2, ... that is free; layers of nested models may share names."""
        name, number = wanted, 0
        while name in self._names:
            number += 1
            name = f"{wanted}_{number}"
        self._names.add(name)
        return name

    def call(self, node: Node, *args: Any, **kwargs: Any) -> Any:
        """A copy of a step's operation, applied to new tensors.

        Raises:
            EyecandyError: the operation does not take the tensors, or can neither be copied nor be borrowed.
        """
        original = node.operation
        if isinstance(original, keras.layers.Reshape) and None in args[0].shape[1:] and -1 not in original.target_shape:
            raise refused(original, ValueError(f"it makes {original.target_shape} of every picture"))
        wanted = node.changes.get("name", original.name)
        own = not of_keras(original) and self._borrow and not node.changes
        copy = None if own or isinstance(original, keras.layers.Lambda) else self._copy(node, wanted)
        if copy is None:
            copy = Borrowed(original, name=self.name(wanted))
        if takes_training(copy):
            kwargs = {**kwargs, "training": False}
        try:
            output = copy(*args, **kwargs)
            if isinstance(original, keras.layers.Layer) and not isinstance(copy, Borrowed):
                give_state(original, copy)
        except Exception as error:  # whatever a layer of the user's own runs into
            raise refused(original, error) from error
        return output

    def run(self, graph: Any, image: keras.KerasTensor) -> keras.KerasTensor:
        """The graph's output for another input, through copies of its layers."""
        return graph.walk(image, self.call)

    def _copy(self, node: Node, wanted: str) -> keras.Operation | None:
        """An operation of the same configuration; None where there is none to be had."""
        original = node.operation
        names = set(self._names)
        try:
            config = {**original.get_config(), **node.changes}
            if getattr(original, "lora_enabled", False):
                config = {key: value for key, value in config.items() if key not in _LORA}
            if "name" in config:  # not every operation between layers has one of its own
                config["name"] = self.name(wanted)
            return type(original).from_config(config)
        except Exception as error:  # a configuration is the user's own code
            if set(node.changes) - {"name"}:
                raise refused(original, error) from error
            self._names = names
            return None


def of_keras(operation: keras.Operation) -> bool:
    """Whether an operation is one of Keras' own, so that what it keeps is known."""
    return type(operation).__module__.partition(".")[0] == "keras"


def give_state(original: keras.layers.Layer, copy: keras.layers.Layer) -> None:
    """Gives a built layer all that another one of its configuration keeps: weights, also of layers inside it, and the
    arrays that it computed of them once, as an adapted Normalization does.

    Raises:
        ValueError, TypeError, ...: the two are not built alike.
    """
    pairs = list(zip(layers_inside(original), layers_inside(copy), strict=True))
    for theirs, ours in pairs:
        if has_variables(theirs):
            store: dict[str, Any] = {}
            theirs.save_own_variables(store)
            ours.load_own_variables({key: np.asarray(value) for key, value in store.items()})
        for key, value in vars(theirs).items():
            if isinstance(value, np.ndarray | tf.Tensor):
                setattr(ours, key, value)


class Borrowed(keras.layers.Layer):
    """A layer or operation of the caller's own model, called where it lies and left as it is.

    Args:
        operation: it. Its weights are not this layer's.
        name: of this layer.
    """

    borrowed = True
    """Nothing is known of what it looks at."""

    def __init__(self, operation: keras.Operation, *, name: str) -> None:
        super().__init__(name=name)
        # Out of sight of Keras, which would freeze its weights with the backbone's.
        self._held = lambda: operation
        self.trainable = False

    @property
    def operation(self) -> keras.Operation:
        """What is called."""
        return self._held()

    def call(self, *args: Any, training: bool = False, **kwargs: Any) -> Any:
        operation = self.operation
        if takes_training(operation):
            kwargs = {**kwargs, "training": training}
        return operation(*args, **kwargs)

    def compute_output_spec(self, *args: Any, training: bool = False, **kwargs: Any) -> Any:
        return self.operation.compute_output_spec(*args, **kwargs)

    def get_config(self) -> dict[str, Any]:
        """What tells it from another one; no layer can be made of it."""
        operation = self.operation
        code = getattr(getattr(operation, "function", None), "__code__", None)
        plain = {key: value for key, value in vars(operation).items() if isinstance(value, bool | int | float | str)}
        digest = hashlib.sha256(code.co_code + repr(code.co_consts).encode() if code is not None else b"")
        for weight in getattr(operation, "weights", []):
            digest.update(np.ascontiguousarray(weight).tobytes())
        kept = {key: value for key, value in plain.items() if not key.startswith("_")}
        return {"name": self.name, "operation": type(operation).__name__, "kept": kept, "sha256": digest.hexdigest()}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Borrowed":
        raise NotImplementedError(
            f"layer {config.get('name')!r} was called where it lay and is not in its configuration"
        )

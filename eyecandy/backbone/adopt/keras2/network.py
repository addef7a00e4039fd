"""A whole Functional or Sequential model of Keras 2, rebuilt from its configuration as a model of Keras 3."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eyecandy._tensorflow import keras
from eyecandy.backbone.adopt.keras2 import layers
from eyecandy.backbone.keras_internals import producer, sources
from eyecandy.errors import EyecandyError

_MODELS = ("Functional", "Model", "Sequential")
_Key = tuple[str, int, int]  # a tensor: the layer that gives it, the number of its call, the number of the tensor


@dataclass(frozen=True, eq=False)
class Part:
    """One layer, or a model and what it consists of.

    Attributes:
        name, kind: its name and class in Keras 2.
        trainable: whether it was, which decides in what order some files hold weights.
        layer: the Keras 3 layer; None for a model, and for what has no weights.
        parts: a model's layers in order, its inputs too.
    """

    name: str
    kind: str
    trainable: bool
    layer: keras.layers.Layer | None
    parts: tuple["Part", ...] = ()

    def leaves(self) -> Iterator["Part"]:
        """The layers with weights, in order, whatever they are nested in."""
        if self.layer is not None and self.layer.weights:
            yield self
        for part in self.parts:
            yield from part.leaves()


def rebuild(kind: str, config: Any, *, fallback: Sequence[int | None] | None = None) -> tuple[keras.Model, Part]:
    """A model from its configuration in Keras 2, without its weights.

    Args:
        kind: "Functional" ("Model" in old files) or "Sequential".
        config: what its `get_config` gave, perhaps through JSON.
        fallback: the shape of its input, where the configuration does not say.

    Raises:
        EyecandyError: a layer that cannot be translated, or one of the user's own; the message says which.
        KeyError, ValueError, TypeError, ...: the configuration is damaged.
    """
    if kind not in _MODELS:
        raise EyecandyError(f"it is written as a class ({kind}); expected a Functional or Sequential model")
    # Keras 2 before 2.2.3 gave a Sequential's layers as a bare list.
    config = {"layers": config} if isinstance(config, list) else config
    build = _sequential if kind == "Sequential" else _functional
    return build(config, fallback)


def _shape(config: Mapping[str, Any]) -> list[int | None] | None:
    shape = config.get("batch_input_shape", config.get("batch_shape"))
    return shape.get("items") if isinstance(shape, Mapping) else shape


def _first_shape(record: Mapping[str, Any]) -> Any:
    """The shape that the first layer takes, which may lie in models that are nested there."""
    config = record["config"]
    inner = config if isinstance(config, list) else config.get("layers", ())
    if record["class_name"] not in _MODELS:
        return _shape(config)
    inputs = (layer for layer in inner if layer["class_name"] == "InputLayer")
    return _first_shape(next(inputs, inner[0]))


class _Names:
    """Names that Keras 3 takes: no slashes, none twice in a model."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def new(self, wanted: str) -> str:
        name = plain = wanted.replace("/", "_") or "layer"
        number = 0
        while name in self._taken:
            number += 1
            name = f"{plain}_{number}"
        self._taken.add(name)
        return name


def _made(record: Mapping[str, Any], names: _Names, fallback: Any = None) -> tuple[Callable[..., Any], Part]:
    """A layer or nested model by its record; the part's layer may get its weights at the first call."""
    kind, config = str(record["class_name"]), record["config"]
    name = str(config.get("name", record.get("name", kind.lower()))) if isinstance(config, Mapping) else kind.lower()
    if kind in _MODELS:
        model, part = rebuild(kind, config, fallback=fallback)
        model.name = names.new(name)
        return model, part
    call = layers.translate(kind, config, names.new(name))
    layer = call if isinstance(call, keras.layers.Layer) else None
    return call, Part(name, kind, bool(config.get("trainable", True)), layer)


def _input(config: Mapping[str, Any], fallback: Any, name: str) -> keras.KerasTensor:
    shape = _shape(config) or fallback
    if shape is None:
        raise EyecandyError("it has no input shape yet; expected one that has been built")
    return keras.Input(tuple(shape)[1:], dtype=config.get("dtype") or "float32", name=name)


def _sequential(config: Mapping[str, Any], fallback: Any) -> tuple[keras.Model, Part]:
    records = config["layers"]
    names = _Names()
    given = records[0]["class_name"] == "InputLayer"
    built = config.get("build_input_shape")
    shape = _first_shape(records[0]) or fallback or (built.get("items") if isinstance(built, Mapping) else built)
    first = {"batch_input_shape": shape, "dtype": records[0]["config"].get("dtype") if given else None}
    x = image = _input(first, None, names.new(f"{config.get('name', 'sequential')}_input"))
    parts = []
    for record in records[1:] if given else records:
        call, part = _made(record, names, x.shape)
        x = call(x)
        parts.append(part)
    model = keras.Model(image, x)
    if "name" in config:
        model.name = str(config["name"]).replace("/", "_")
    return model, Part(
        str(config.get("name", "")), "Sequential", bool(config.get("trainable", True)), None, tuple(parts)
    )


def _functional(config: Mapping[str, Any], fallback: Any) -> tuple[keras.Model, Part]:
    names = _Names()
    tensors: dict[_Key, Any] = {}
    parts: list[Part] = []
    calls: dict[str, Callable[..., Any]] = {}
    waiting: list[tuple[str, int, Any]] = []
    shifts = _first_calls(config["layers"], [config["output_layers"]])
    for record in config["layers"]:
        key, nodes = str(record.get("name", record["config"].get("name"))), record.get("inbound_nodes", ())
        if record["class_name"] == "InputLayer":
            tensors[key, 0, 0] = _input(record["config"], fallback, names.new(key))
            parts.append(Part(key, "InputLayer", True, None))
            continue
        calls[key], part = _made(record, names)
        parts.append(part)
        waiting += [(key, number + shifts.get(key, 0), node) for number, node in enumerate(nodes)]
    while waiting:
        later = []
        for key, number, node in waiting:
            if all(source in tensors for source in _sources(node)):
                args, kwargs = _arguments(node, tensors)
                for index, output in enumerate(keras.tree.flatten(calls[key](*args, **kwargs))):
                    tensors[key, number, index] = output
            else:
                later.append((key, number, node))
        if len(later) == len(waiting):
            raise EyecandyError(f"the input of layer {later[0][0]!r} is missing")
        waiting = later
    _name_operations(tensors.values(), names)
    inputs = [tensors[source] for source in _sources(config["input_layers"])]
    outputs = [tensors[source] for source in _sources(config["output_layers"])]
    model = keras.Model(inputs, outputs[0] if len(outputs) == 1 else outputs)
    if "name" in config:
        model.name = str(config["name"]).replace("/", "_")
    return model, Part(
        str(config.get("name", "")), "Functional", bool(config.get("trainable", True)), None, tuple(parts)
    )


def _name_operations(tensors: Iterable[Any], names: _Names) -> None:
    """Renames what Keras named itself, such as the multiplication in `2 * x`, where a layer has that name."""
    waiting, seen = list(tensors), set()
    while waiting:
        tensor = waiting.pop()
        operation = producer(tensor)
        if id(operation) in seen or isinstance(operation, keras.layers.Layer):
            continue
        seen.add(id(operation))
        operation.name = names.new(operation.name)
        waiting += sources(tensor)


def _is_tensor(value: Any) -> bool:
    """Whether a part of a record stands for a tensor: [layer, call, tensor], perhaps with the call's arguments."""
    return (
        isinstance(value, list | tuple)
        and len(value) in (3, 4)
        and isinstance(value[0], str)
        and isinstance(value[1], int)
        and (isinstance(value[2], int) or value[0] == "_CONSTANT_VALUE")
    )


def _sources(value: Any) -> Iterator[_Key]:
    """The tensors that a part of a record stands for."""
    if _is_tensor(value):
        if value[0] != "_CONSTANT_VALUE":
            yield value[0], value[1], value[2]
        value = value[3:]
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for item in value:
            yield from _sources(item)


def _filled(value: Any, tensors: Mapping[_Key, Any]) -> Any:
    """A part of a record with tensors in their places."""
    if _is_tensor(value):
        return value[2] if value[0] == "_CONSTANT_VALUE" else tensors[value[0], value[1], value[2]]
    if isinstance(value, Mapping):
        return {key: _filled(item, tensors) for key, item in value.items()}
    return [_filled(item, tensors) for item in value] if isinstance(value, list | tuple) else value


def _arguments(node: Any, tensors: Mapping[_Key, Any]) -> tuple[list[Any], dict[str, Any]]:
    """How a call was made. Every tensor of the first argument is recorded with the other arguments behind it."""
    kwargs: Mapping[str, Any] = {}
    first = node
    while isinstance(first, list | tuple) and not _is_tensor(first):
        first = next(iter(first))
    if len(first) == 4:
        kwargs = first[3] or {}
    value = _filled(node, tensors)
    while isinstance(value, list) and len(value) == 1:
        value = value[0]
    given = {key: _filled(item, tensors) for key, item in kwargs.items() if key not in ("training", "mask")}
    return [value], given


def _first_calls(records: Any, outputs: Any) -> dict[str, int]:
    """What the first call of each nested model is numbered: 1 in most, since building it was its call 0."""
    used: dict[str, int] = {}
    for name, number, _ in _sources([[record.get("inbound_nodes", ()) for record in records], outputs]):
        used[name] = min(number, used.get(name, number))
    return {
        str(record.get("name")): used.get(str(record.get("name")), 0)
        for record in records
        if record["class_name"] in _MODELS
    }

"""One layer of Keras 2 as the Keras 3 layer that computes the same, made from its configuration alone."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from eyecandy._tensorflow import keras
from eyecandy.backbone.adopt.keras2 import functions
from eyecandy.errors import EyecandyError

_layers = keras.layers

# Layers that do nothing outside training. (RandomCrop cuts there too.)
_AUGMENTATIONS = (
    "RandomFlip",
    "RandomRotation",
    "RandomZoom",
    "RandomContrast",
    "RandomTranslation",
    "RandomBrightness",
    "RandomHeight",
    "RandomWidth",
)
# What says nothing of what a trained layer computes outside training, beside initializers and the like.
_INERT = (
    "activity_regularizer",
    "batch_input_shape",
    "build_input_shape",
    "dynamic",
    "fused",
    "input_dim",
    "input_length",
    "interpolation_order",
    "ragged",
    "rng_type",
    "sparse",
    "time_major",
    "trainable",
    "implementation",
    "noise_shape",
    "seed",
)
_INERT_ENDS = ("_initializer", "_regularizer", "_constraint")
_HARMLESS: Mapping[str, tuple[Any, ...]] = {
    "groups": (1,),
    "renorm": (False,),
    "virtual_batch_size": (None,),
    "keepdims": (False,),
}
# Named otherwise in Keras 3.
_RENAMED = {("LeakyReLU", "alpha"): "negative_slope"}
_ACTIVATIONS = (
    "elu",
    "exponential",
    "gelu",
    "leaky_relu",
    "linear",
    "log_softmax",
    "mish",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "softsign",
    "swish",
    "tanh",
)


@keras.saving.register_keras_serializable("eyecandy")
def hard_sigmoid(x: Any) -> Any:
    """Keras 2's: 0.2 x + 0.5 within 0..1. Keras 3's of that name has the slope 1 / 6."""
    return keras.ops.clip(0.2 * x + 0.5, 0.0, 1.0)


def translate(kind: str, config: Mapping[str, Any], name: str) -> Callable[..., Any]:
    """A layer for its kind and configuration in Keras 2.

    Args:
        kind: its class, such as "Conv2D".
        config: what its `get_config` gave, perhaps through JSON.
        name: what it is to be called.

    Returns:
        The new layer, or a function of Keras tensors where operations do the same.

    Raises:
        EyecandyError: Keras 3 has nothing that computes the same, or the file would bring code of its own.
    """
    if kind == "Lambda":
        raise EyecandyError(f"layer {name!r} is a Lambda: code inside a file, which is never run")
    kind = kind.rpartition(">")[2]  # "Custom>CustomScaleLayer"
    if kind == "TFOpLambda":
        return functions.operation(str(config["function"]))
    if kind == "SlicingOpLambda":
        raise EyecandyError(f"layer {name!r} cuts a part out of a tensor, which eyecandy cannot translate")
    if kind in _AUGMENTATIONS:
        return _layers.Identity(name=name)
    if kind == "CustomScaleLayer":  # of InceptionResNetV2
        scale = float(config["scale"])
        return lambda inputs: keras.ops.add(inputs[0], keras.ops.multiply(inputs[1], scale))
    if kind == "LayerScale":  # of ConvNeXt: a number for each channel
        return _layers.DepthwiseConv2D(1, use_bias=False, name=name)
    made: Any = getattr(_layers, kind, None)
    known = inspect.isclass(made) and issubclass(made, _layers.Layer)
    if not known or issubclass(made, _layers.Wrapper | _layers.TFSMLayer):
        raise EyecandyError(f"layer {name!r} is a {kind}, which Keras 3 does not have")
    return made(**_arguments(kind, made, config), name=name)


def _arguments(kind: str, made: Any, config: Mapping[str, Any]) -> dict[str, Any]:
    known = set(inspect.signature(made).parameters) - {"name", "kwargs", "args"}
    arguments: dict[str, Any] = {}
    for key, value in config.items():
        key = _RENAMED.get((kind, key), key)
        if key in ("name", *_INERT) or key.endswith(_INERT_ENDS):
            continue
        if key == "dtype":
            arguments[key] = _policy(value)
        elif key.endswith("activation"):
            arguments[key] = activation(value)
        elif key in known:
            arguments[key] = _plain(value)
        elif value not in _HARMLESS.get(key, (None,)):
            raise EyecandyError(f"a {kind} of Keras 3 has no {key} ({value!r})")
    axis = arguments.get("axis")
    if isinstance(axis, list) and len(axis) == 1:
        (arguments["axis"],) = axis
    return arguments


def activation(value: Any) -> Any:
    """An activation by its record in Keras 2: a name, or a dictionary that names a function or a layer.

    Raises:
        EyecandyError: it is none of Keras's own.
    """
    if value is None or callable(value):  # a live model may hold the function itself
        return value if value is None else activation(getattr(value, "__name__", str(value)))
    if isinstance(value, Mapping):
        inner = value.get("config")
        if isinstance(inner, str):
            return activation(inner)
        kind = value.get("class_name")
        if not isinstance(kind, str) or not isinstance(inner, Mapping) or kind.startswith("_"):
            raise EyecandyError("an activation is a function of the user's own")
        return translate(kind, inner, str(inner.get("name", "activation")))
    if value == "hard_sigmoid":
        return hard_sigmoid
    if value not in _ACTIVATIONS:
        raise EyecandyError(f"the activation {value!r} is none of Keras's own")
    return value


def _policy(value: Any) -> str:
    """The name of a policy of numbers: "float32", "mixed_float16"."""
    if isinstance(value, Mapping):
        value = value.get("config", {}).get("name", "float32")
    return str(value)


def _plain(value: Any) -> Any:
    """What JSON and NumPy wrap, as lists and numbers."""
    if isinstance(value, Mapping):
        if value.get("class_name") in ("__tuple__", "TensorShape"):
            return _plain(value.get("items"))
        inner = value.get("config", value)
        if value.get("class_name") in ("__numpy__", "__tensor__") and "value" in inner:
            return _plain(inner["value"])
        if value.get("type") == "ndarray":
            return _plain(value.get("value"))
        raise EyecandyError(f"its configuration holds a {value.get('class_name', 'dictionary')}, not a number")
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.tolist() if hasattr(value, "tolist") else value

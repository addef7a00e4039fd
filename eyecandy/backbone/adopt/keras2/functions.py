"""TensorFlow functions between the layers of a Keras 2 model (`x + 3`, `tf.nn.relu(x)`), as Keras 3 operations."""

from collections.abc import Callable, Mapping
from typing import Any

from eyecandy._tensorflow import keras
from eyecandy.errors import EyecandyError

_ops = keras.ops


def _concatenate(values: Any, axis: int = -1) -> Any:
    return keras.layers.Concatenate(axis=axis)(list(values))


def _reduction(operation: Callable[..., Any]) -> Callable[..., Any]:
    def reduce(x: Any, axis: Any = None, keepdims: bool | None = False) -> Any:
        axes = tuple(axis) if isinstance(axis, list) else axis
        return operation(x, axis=axes, keepdims=bool(keepdims))

    return reduce


def _resize(*_: Any, **__: Any) -> Any:
    raise EyecandyError("it brings every picture to one size, so places cannot be followed back to pixels")


def _same(x: Any, **_: Any) -> Any:
    return x


# By the names that Keras 2 records: the public TensorFlow name without "tf.".
_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "__operators__.add": lambda x, y: _ops.add(x, y),
    "math.add": lambda x, y: _ops.add(x, y),
    "math.subtract": lambda x, y: _ops.subtract(x, y),
    "math.multiply": lambda x, y: _ops.multiply(x, y),
    "math.divide": lambda x, y: _ops.divide(x, y),
    "math.truediv": lambda x, y: _ops.divide(x, y),
    "math.maximum": lambda x, y: _ops.maximum(x, y),
    "math.minimum": lambda x, y: _ops.minimum(x, y),
    "math.pow": lambda x, y: _ops.power(x, y),
    "math.negative": lambda x: _ops.negative(x),
    "math.square": lambda x: _ops.square(x),
    "math.sqrt": lambda x: _ops.sqrt(x),
    "math.rsqrt": lambda x: _ops.rsqrt(x),
    "math.exp": lambda x: _ops.exp(x),
    "math.log": lambda x: _ops.log(x),
    "math.abs": lambda x: _ops.abs(x),
    "math.sigmoid": lambda x: _ops.sigmoid(x),
    "math.tanh": lambda x: _ops.tanh(x),
    "math.reduce_mean": _reduction(_ops.mean),
    "math.reduce_sum": _reduction(_ops.sum),
    "math.reduce_max": _reduction(_ops.max),
    "math.l2_normalize": lambda x, axis=-1, epsilon=1e-12: _ops.multiply(
        x, _ops.rsqrt(_ops.maximum(_ops.sum(_ops.square(x), axis=axis, keepdims=True), epsilon))
    ),
    "nn.relu": lambda x: _ops.relu(x),
    "nn.relu6": lambda x: _ops.relu6(x),
    "nn.silu": lambda x: _ops.silu(x),
    "nn.elu": lambda x: _ops.elu(x),
    "nn.selu": lambda x: _ops.selu(x),
    "nn.gelu": lambda x, approximate=False: _ops.gelu(x, approximate=approximate),
    "nn.leaky_relu": lambda x, alpha=0.2: _ops.leaky_relu(x, negative_slope=alpha),
    "nn.softmax": lambda x, axis=-1: _ops.softmax(x, axis=-1 if axis is None else axis),
    "nn.softplus": lambda x: _ops.softplus(x),
    "clip_by_value": lambda x, clip_value_min, clip_value_max: _ops.clip(x, clip_value_min, clip_value_max),
    "cast": lambda x, dtype: _ops.cast(x, dtype),
    "concat": _concatenate,
    "reshape": lambda x, shape: _ops.reshape(x, tuple(shape)),
    "transpose": lambda x, perm=None: _ops.transpose(x, axes=perm),
    "expand_dims": lambda x, axis: _ops.expand_dims(x, axis),
    "squeeze": lambda x, axis=None: _ops.squeeze(x, axis),
    "identity": _same,
    "stop_gradient": _same,
    "convert_to_tensor": _same,
    "image.resize": _resize,
    "image.resize_with_pad": _resize,
    "image.resize_with_crop_or_pad": _resize,
}
_FUNCTIONS = {
    **_FUNCTIONS,
    "compat.v1.nn.softmax": _FUNCTIONS["nn.softmax"],
    "compat.v1.transpose": _FUNCTIONS["transpose"],
    "math.l2_normalize": _FUNCTIONS["math.l2_normalize"],
    "nn.sigmoid": _FUNCTIONS["math.sigmoid"],
    "nn.swish": _FUNCTIONS["nn.silu"],
    "nn.tanh": _FUNCTIONS["math.tanh"],
}
_FIRST = ("x", "tensor", "input", "inputs", "features", "logits", "values", "value", "input_tensor", "t")


def operation(name: str) -> Callable[..., Any]:
    """The Keras 3 operation for a TensorFlow function, by the name that Keras 2 records, such as "math.multiply".

    It takes the same arguments. None means that an argument was left out.

    Raises:
        EyecandyError: there is none for it.
    """
    function = _FUNCTIONS.get(name)
    if function is None:
        raise EyecandyError(f"the TensorFlow function tf.{name} is not one of those that eyecandy can translate")

    def call(*args: Any, **kwargs: Any) -> Any:
        given = {key: value for key, value in kwargs.items() if value is not None and key != "name"}
        if not args:
            first = next((key for key in _FIRST if key in given), None)
            args = () if first is None else (given.pop(first),)
        return function(*args, **given)

    return call

"""The numbers that a backbone computes with: float32, or bfloat16 where that is faster.

In bfloat16 the layers compute with 8 significant bits and the range of float32. Weights stay float32, and so do
pixels, preprocessing, and whatever is computed from features.
"""

import time
from typing import Literal, get_args

from eyecandy._tensorflow import keras, tf
from eyecandy.backbone.ends import Grey
from eyecandy.backbone.preprocessing import Preprocessing
from eyecandy.backbone.whole import ToSize

Precision = Literal["float32", "bfloat16"]
Choice = Literal["float32", "bfloat16", "auto"]
CHOICES: tuple[str, ...] = get_args(Choice)

_PIXELS = (keras.layers.InputLayer, keras.layers.Rescaling, keras.layers.Normalization, Preprocessing, Grey, ToSize)
_SIDE, _CHANNELS = 112, 128  # of the trial's feature map
_WORTH = 1.2  # how much faster bfloat16 must be, so that a machine always chooses the same


def set_precision(model: keras.Model, choice: Choice) -> Precision:
    """Makes the layers of a backbone's own graph compute in float32 or bfloat16.

    Args:
        model: changed in place; nothing that was compiled of it before is.
        choice: "auto" takes bfloat16 where it is clearly faster, by a short trial.

    Returns:
        What the layers compute in now.
    """
    if choice == "auto":
        choice = _faster(model)
    policy = keras.DTypePolicy("float32" if choice == "float32" else "mixed_bfloat16")
    for layer in model.layers:
        if not isinstance(layer, _PIXELS) and layer.dtype_policy.name in ("float32", "mixed_bfloat16"):
            layer.dtype_policy = policy
    return choice


def wide(tensor: tf.Tensor) -> tf.Tensor:
    """As float32."""
    return tf.cast(tensor, tf.float32)


def _faster(model: keras.Model) -> Precision:
    """The precision in which a look and its way back take less time.

    Only dense convolutions gain by bfloat16; depthwise ones lose more than the others gain. Whether this machine has
    fast bfloat16 is found by trying one convolution of VGG's second block, both ways.
    """
    if any(isinstance(layer, keras.layers.DepthwiseConv2D) for layer in model.layers):
        return "float32"
    seconds = {precision: _seconds(tf.as_dtype(precision)) for precision in get_args(Precision)}
    return "bfloat16" if seconds["float32"] > _WORTH * seconds["bfloat16"] else "float32"


def _seconds(number: tf.DType) -> float:
    """Of the fastest of some convolutions and their gradients."""
    features = tf.random.stateless_normal((1, _SIDE, _SIDE, _CHANNELS), (0, 0), dtype=number)
    kernel = tf.random.stateless_normal((3, 3, _CHANNELS, _CHANNELS), (0, 1), dtype=number)
    best = float("inf")
    for _ in range(5):
        began = time.perf_counter()
        seen = tf.nn.conv2d(features, kernel, 1, "SAME")
        tf.reduce_sum(tf.nn.conv2d_transpose(seen, kernel, features.shape, 1, "SAME")).numpy()
        best = min(best, time.perf_counter() - began)
    return best

"""The numbers that a backbone computes with: float32, or bfloat16 where that is faster.

In bfloat16 the layers compute with 8 significant bits and the range of float32. Weights stay float32, and so do
pixels, preprocessing, and whatever is computed from features.
"""

from pathlib import Path
from typing import Literal, get_args

from eyecandy._tensorflow import keras, tf

Precision = Literal["float32", "bfloat16"]
Choice = Literal["float32", "bfloat16", "auto"]
CHOICES: tuple[str, ...] = get_args(Choice)

_PIXELS = (keras.layers.InputLayer, keras.layers.Rescaling, keras.layers.Normalization)
_FLAGS = frozenset(("amx_bf16", "avx512_bf16"))  # of x86; oneDNN multiplies by these
_CAPABLE = (8, 0)  # NVIDIA's Ampere


def set_precision(model: keras.Model, choice: Choice) -> Precision:
    """Makes the layers of a backbone's own graph compute in float32 or bfloat16.

    Args:
        model: changed in place; nothing that was compiled of it before is.
        choice: "auto" takes bfloat16 where the network and the machine gain by it, the same every time.

    Returns:
        What the layers compute in now.
    """
    if choice == "auto":
        choice = _faster(model)
    policy = keras.DTypePolicy("float32" if choice == "float32" else "mixed_bfloat16")
    for layer in model.layers:
        of_pixels = isinstance(layer, _PIXELS) or getattr(layer, "of_pixels", False)
        if not of_pixels and layer.dtype_policy.name in ("float32", "mixed_bfloat16"):
            layer.dtype_policy = policy
    return choice


def wide(tensor: tf.Tensor) -> tf.Tensor:
    """As float32."""
    return tf.cast(tensor, tf.float32)


def _faster(model: keras.Model) -> Precision:
    """The precision in which a look and its way back take less time, by what the machine is said to have.

    Only dense convolutions gain by bfloat16; depthwise ones lose more than the others gain. A trial of the two would
    now and then choose otherwise on a machine that is busy, and one seed would give two pictures.
    """
    if any(isinstance(layer, keras.layers.DepthwiseConv2D) for layer in model.layers):
        return "float32"
    return "bfloat16" if has_bfloat16() else "float32"


def has_bfloat16(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether the GPU that networks run on, or else the processor, multiplies bfloat16 numbers itself.

    A processor says so on Linux alone; elsewhere it counts as not.

    Args:
        cpuinfo: where Linux tells of its processors.
    """
    gpus = tf.config.get_visible_devices("GPU")
    if gpus:
        capability = tf.config.experimental.get_device_details(gpus[0]).get("compute_capability", (0, 0))
        return tuple(capability) >= _CAPABLE
    try:
        lines = cpuinfo.read_text("utf-8", "replace").splitlines()
    except OSError:
        return False
    flags = next((line.partition(":")[2].split() for line in lines if line.startswith("flags")), [])
    return not _FLAGS.isdisjoint(flags)

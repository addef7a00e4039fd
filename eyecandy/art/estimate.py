"""What a picture will take, told before the first step: memory and time.

Both follow from the network's graph. Memory: every activation between the pixels and the deepest layer is kept for the
way back. Time: every multiplication is done three times, once forward and twice back, at the pace that this machine
shows in a short trial, and activations are moved about.
"""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from eyecandy._tensorflow import keras, tf
from eyecandy.art.objectives import Objective, energy
from eyecandy.art.scales import Scale, Size
from eyecandy.backbone.model import Backbone
from eyecandy.errors import EyecandyError

# Measured with the bundled network and with VGG16, at 256 to 1024 pixels, styles and dreams.
_BASE_BYTES = 0.73e9  # TensorFlow, and the program's own; the network's weights come on top
_COMPILING = 1.5  # seconds a scale
_COPIES = 1.15  # peak memory beyond the base, over the bytes of all activations
_PASSES = 3.0
_MOVED = 0.15e-9  # seconds a byte of activations
_TRIED = 256  # pixels at which activations are counted; they grow with the area
_TRIAL = 1024  # rows of the matrix product that shows the machine's pace


@dataclass(frozen=True)
class Plan:
    """What is about to be done.

    Attributes:
        backbone: the network's name.
        device: "CPU" or "GPU", as TensorFlow chooses.
        scales: sizes and iterations, coarse to fine.
        memory: bytes at the peak, all in all.
        seconds: all steps, and compiling one for each scale.
    """

    backbone: str
    device: str
    scales: tuple[Scale, ...]
    memory: float
    seconds: float


def plan(backbone: Backbone, objective: Objective, scales: Sequence[Scale], *, margin: int = 0) -> Plan:
    """Memory and time of a picture.

    Args:
        objective: the layers it reads decide how deep the network is run.
        scales: coarse to fine.
        margin: pixels that the picture is padded with a side.

    Raises:
        EyecandyError: the picture needs more memory than the machine has; the message says the largest that fits.
    """
    activations, products = _per_pixel(backbone, objective)
    places = [(scale.size[0] + 2 * margin) * (scale.size[1] + 2 * margin) for scale in scales]
    base = _BASE_BYTES + 4 * backbone.model.count_params()
    memory = base + _COPIES * activations * max(places)
    seconds = _COMPILING * len(scales) + sum(
        scale.iterations * area * (_PASSES * products / _pace() + _MOVED * activations)
        for scale, area in zip(scales, places, strict=True)
    )
    available = physical_memory()
    if available is not None and memory > available:
        raise _too_large(scales[-1].size, base, memory, available)
    device = "GPU" if tf.config.list_physical_devices("GPU") else "CPU"
    return Plan(backbone.name, device, tuple(scales), memory, seconds)


def check(backbone: Backbone, scales: Sequence[Scale], *, margin: int = 0) -> None:
    """Refuses what not even the first layer has memory for, before anything is made at that size.

    Raises:
        EyecandyError: as `plan`.
    """
    plan(backbone, energy({backbone.layer_names[0]: 1.0}), scales, margin=margin)


def physical_memory() -> float | None:
    """Bytes of main memory; None where the system does not say."""
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf
        return None


def _per_pixel(backbone: Backbone, objective: Objective) -> tuple[float, float]:
    """Bytes of activations, and multiplications of the way forward, for each pixel of the picture."""
    outputs = [backbone.model.get_layer(name).output for name in objective.layers]
    if objective.class_map:
        outputs.append(backbone.model.output)
    if not outputs:
        return 0.0, 0.0
    model = keras.Model(backbone.model.input, outputs)
    tensors = [tensor for layer in model.layers for node in layer._inbound_nodes for tensor in node.output_tensors]
    traced = keras.Model(backbone.model.input, {str(number): tensor for number, tensor in enumerate(tensors)})
    shapes = traced.compute_output_spec(keras.KerasTensor((1, _TRIED, _TRIED, 3)))
    bytes_, products = 0.0, 0.0
    for number, tensor in enumerate(tensors):
        shape = shapes[str(number)].shape
        count = float(tf.TensorShape(shape).num_elements())
        bytes_ += 4 * count
        layer = tensor._keras_history.operation
        if isinstance(layer, keras.layers.Conv2D | keras.layers.DepthwiseConv2D):
            products += float(tf.TensorShape(layer.kernel.shape).num_elements()) * count / shape[-1]
    return bytes_ / _TRIED**2, products / _TRIED**2


@cache
def _pace() -> float:
    """Multiplications a second of this machine, in a matrix product."""
    matrix = tf.random.stateless_uniform((_TRIAL, _TRIAL), (0, 0))
    best = float("inf")
    for _ in range(4):
        began = time.perf_counter()
        tf.matmul(matrix, matrix).numpy()
        best = min(best, time.perf_counter() - began)
    return _TRIAL**3 / best


def _too_large(size: Size, base: float, memory: float, available: float) -> EyecandyError:
    share = max(available - base, 0) / (memory - base)
    fits = int(max(size) * share**0.5) // 32 * 32
    return EyecandyError(
        f"a picture of {size[0]} x {size[1]} takes about {memory / 1e9:.1f} GB of memory and this machine has "
        f"{available / 1e9:.1f} GB; the largest size that fits is about {fits}"
    )

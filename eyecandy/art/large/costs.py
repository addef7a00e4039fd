"""What a network's graph costs a picture: activations, multiplications, layers and maps, and this machine's pace."""

import time
from collections.abc import Iterable
from functools import cache

from eyecandy._tensorflow import keras, tf
from eyecandy.art.core.objectives import Objective
from eyecandy.backbone.keras_internals import calls, producer
from eyecandy.backbone.model import Backbone

_TRIED = 256  # pixels at which activations are counted; they grow with the area
_TRIAL = 1024  # rows of the matrix product that shows the machine's pace


def _outputs(backbone: Backbone, objective: Objective) -> list[keras.KerasTensor]:
    """All maps that an objective reads."""
    outputs = [backbone.model.get_layer(name).output for name in objective.layers]
    return [*outputs, backbone.model.output] if objective.class_map else outputs


def per_pixel(backbone: Backbone, objective: Objective) -> tuple[float, float]:
    """Bytes of activations, and multiplications of the way forward, for each pixel of the picture."""
    outputs = _outputs(backbone, objective)
    if not outputs:
        return 0.0, 0.0
    model = keras.Model(backbone.model.input, outputs)
    tensors = [tensor for layer in model.layers for call in calls(layer) for tensor in call.outputs]
    traced = keras.Model(backbone.model.input, {str(number): tensor for number, tensor in enumerate(tensors)})
    shapes = traced.compute_output_spec(keras.KerasTensor((1, _TRIED, _TRIED, 3)))
    each = tf.as_dtype(backbone.precision).size
    bytes_, products = 0.0, 0.0
    for number, tensor in enumerate(tensors):
        shape = shapes[str(number)].shape
        count = float(tf.TensorShape(shape).num_elements())
        bytes_ += each * count
        layer = producer(tensor)
        if isinstance(layer, keras.layers.Conv2D | keras.layers.DepthwiseConv2D):
            products += float(tf.TensorShape(layer.kernel.shape).num_elements()) * count / shape[-1]
    return bytes_ / _TRIED**2, products / _TRIED**2


def look(backbone: Backbone, names: Iterable[str]) -> float:
    """Bytes, for each pixel of a picture, of a look that is not taken back: what the largest layer reads and gives."""
    outputs = [backbone.model.get_layer(name).output for name in names]
    model = keras.Model(backbone.model.input, outputs)
    made = [call for layer in model.layers for call in calls(layer)]
    tensors = {id(each): each for call in made for each in (*call.inputs, *call.outputs)}
    traced = keras.Model(backbone.model.input, {str(number): tensor for number, tensor in tensors.items()})
    shapes = traced.compute_output_spec(keras.KerasTensor((1, _TRIED, _TRIED, 3)))
    each = tf.as_dtype(backbone.precision).size
    sizes = {number: each * tf.TensorShape(shapes[str(number)].shape).num_elements() for number in tensors}
    held = (sum(sizes[id(one)] for one in (*call.inputs, *call.outputs)) for call in made)
    return float(max(held)) / _TRIED**2


def network(backbone: Backbone, objective: Objective) -> tuple[int, int]:
    """Layers and weights of the part of the network that an objective has run."""
    outputs = _outputs(backbone, objective)
    if not outputs:
        return 0, 0
    model = keras.Model(backbone.model.input, outputs)
    return len(model.layers), model.count_params()


def read(backbone: Backbone, objective: Objective) -> float:
    """Bytes of the maps that all terms read, for each pixel of the picture."""
    maps = [name for _, term in objective.terms for name in term.layers]
    sizes = {name: backbone.model.get_layer(name).output.shape[-1] / backbone.layer(name).stride ** 2 for name in maps}
    return 4.0 * sum(sizes[name] for name in maps)


def compared(backbone: Backbone, objective: Objective) -> tuple[float, float]:
    """Multiplications for each pixel of the picture and each place of another one that it is compared with, and how
    many such places there are for each pixel of the canvas."""
    terms = [(backbone.layer(name), share) for _, term in objective.terms for name, share in term.compared.items()]
    products = sum(layer.channels / layer.stride**2 for layer, _ in terms)
    return products, max((share for _, share in terms), default=0.0)


@cache
def pace(precision: str) -> float:
    """Multiplications a second of this machine, in a matrix product."""
    matrix = tf.cast(tf.random.stateless_uniform((_TRIAL, _TRIAL), (0, 0)), precision)
    best = float("inf")
    for _ in range(4):
        began = time.perf_counter()
        tf.matmul(matrix, matrix).numpy()
        best = min(best, time.perf_counter() - began)
    return _TRIAL**3 / best

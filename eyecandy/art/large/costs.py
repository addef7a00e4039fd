"""What a picture costs, by the network's graph: memory, and seconds at this machine's pace.

Memory: every activation between the pixels and the deepest layer is kept for the way back; what terms compare comes on
top. Time: every multiplication is done twice, once forward and once back, since weights get no gradient, at the pace
that this machine shows in a short trial; activations are moved about and maps read. Beside that a step takes as long as
its canvas has pixels, and what is the same at every size: each layer's start, and its weights laid out anew for the way
back.
"""

import math
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from eyecandy._tensorflow import keras, tf
from eyecandy.art.core.losses import PRODUCTS_AT_ONCE
from eyecandy.art.core.objectives import GUIDE_POSITIONS, Objective
from eyecandy.art.core.scales import Scale
from eyecandy.art.large.tiles import Grid, least
from eyecandy.backbone.keras_internals import Call, calls, producer
from eyecandy.backbone.model import Backbone

_TRIED = 256  # pixels at which activations are counted; they grow with the area
_TRIAL = 1024  # rows of the matrix product that shows the machine's pace
# Seconds, measured with the bundled network on two processors, each recipe at 128, 256 and 512 pixels.
_COMPILING, _COMPILING_LAYER = 0.3, 13e-3  # a scale; and each layer of the network, traced and optimised
_MEANWHILE = 0.5  # of the time to compile a later scale: the steps of the one before leave so much room
_STEP, _STEP_LAYER, _STEP_WEIGHT = 0.5e-3, 80e-6, 2.6e-9  # a step; each layer in it; each weight of the network
_CANVAS = 70e-9  # a step and pixel: transform of the spectrum, edges, the optimizer
_PASSES = 2.0
_MOVED = 55e-12  # a byte of activations
_READ = 0.75e-9  # a byte of a feature map that a term reads: its sums, and their way back


class GraphCost(NamedTuple):
    """The part of a network that an objective has run.

    Attributes:
        activations: bytes for each pixel of the picture.
        products: multiplications of the way forward, likewise.
        layers, weights: how many there are.
    """

    activations: float
    products: float
    layers: int
    weights: int


@dataclass(frozen=True)
class MemoryCost:
    """What an objective takes, in bytes.

    Attributes:
        activations: for each pixel that is looked at.
        mirrored: for each pixel of a picture that is looked at as a whole before the first step, if any.
        held: by terms besides, whatever the size.
    """

    activations: float
    mirrored: float
    held: float


def network(backbone: Backbone, objective: Objective) -> GraphCost:
    """What runs of the network for an objective."""
    outputs = [backbone.model.get_layer(name).output for name in objective.layers]
    outputs += [backbone.model.output] if objective.class_map else []
    if not outputs:
        return GraphCost(0.0, 0.0, 0, 0)
    model, found, shapes = _traced(backbone, outputs)
    each = tf.as_dtype(backbone.precision).size
    bytes_, products = 0.0, 0.0
    for tensor in (tensor for call in found for tensor in call.outputs):
        shape = shapes[id(tensor)]
        bytes_ += each * math.prod(shape)
        layer = producer(tensor)
        if isinstance(layer, keras.layers.Conv2D | keras.layers.DepthwiseConv2D):
            products += float(math.prod(layer.kernel.shape)) * math.prod(shape) / shape[-1]
    return GraphCost(bytes_ / _TRIED**2, products / _TRIED**2, len(model.layers), model.count_params())


def look(backbone: Backbone, names: Iterable[str]) -> float:
    """Bytes, for each pixel of a picture, of a look that is not taken back: what the largest layer reads and gives."""
    _, found, shapes = _traced(backbone, [backbone.model.get_layer(name).output for name in names])
    each = tf.as_dtype(backbone.precision).size
    tensors = ((*call.inputs, *call.outputs) for call in found)
    return max(sum(each * float(math.prod(shapes[id(one)])) for one in own) for own in tensors) / _TRIED**2


def _traced(backbone: Backbone, outputs: list[Any]) -> tuple[keras.Model, list[Call], dict[int, tuple[int, ...]]]:
    """The part of a network that leads to some outputs, its calls, and the shapes of their tensors, by their id."""
    model = keras.Model(backbone.model.input, outputs)
    found = [call for layer in model.layers for call in calls(layer)]
    tensors = {id(each): each for call in found for each in (*call.inputs, *call.outputs)}
    traced = keras.Model(backbone.model.input, {str(number): tensor for number, tensor in tensors.items()})
    shapes = traced.compute_output_spec(keras.KerasTensor((1, _TRIED, _TRIED, 3)))
    return model, found, {number: tuple(shapes[str(number)].shape) for number in tensors}


def read(backbone: Backbone, objective: Objective) -> float:
    """Bytes of the maps that all terms read, for each pixel of the picture."""
    maps = [name for _, term in objective.terms for name in term.layers]
    sizes = {name: backbone.model.get_layer(name).output.shape[-1] / backbone.layer(name).stride ** 2 for name in maps}
    return 4.0 * sum(sizes[name] for name in maps)


def compared(backbone: Backbone, objective: Objective) -> tuple[float, float]:
    """Multiplications for each pixel of the picture and each position of another one that it is compared with, and how
    many such positions there are for each pixel of the canvas."""
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


def memory(backbone: Backbone, objective: Objective) -> MemoryCost:
    """What an objective takes."""
    activations = network(backbone, objective).activations
    layers = [layer for _, term in objective.terms for layer in map(backbone.layer, term.compared)]
    # The nearest position of the other picture for each position, and the product with it.
    activations += sum(2 * 4 * layer.channels / layer.stride**2 for layer in layers)
    held = sum(4.0 * layer.channels * GUIDE_POSITIONS for layer in layers)
    # Where a layer sees the whole picture, no picture can be looked at in tiles.
    whole = [term for _, term in objective.terms if term.mirrored and least(backbone, term.layers) is None]
    mirrored = max((look(backbone, term.layers) for term in whole), default=0.0)
    return MemoryCost(activations, mirrored, held + (2 * 4.0 * PRODUCTS_AT_ONCE if layers else 0.0))


def seconds(
    backbone: Backbone, objective: Objective, scales: Sequence[Scale], margin: int, grids: Sequence[Grid | None]
) -> float:
    """All steps, and what is compiled for them.

    Args:
        scales: coarse to fine.
        margin: pixels that the picture is padded with a side.
        grids: the tiles of each scale; None where it is seen whole.
    """
    # Target images are looked at in each step as well, once and not back.
    seen = ((weight, term) for weight, term in objective.terms if term.target_image is not None and not term.placed)
    still = Objective(tuple(seen))
    own, targets = (network(backbone, each) for each in (objective, still))
    products_each, positions = compared(backbone, objective)
    looked = (_PASSES * own.products + targets.products) / pace(backbone.precision)
    looked += _MOVED * (own.activations + targets.activations / _PASSES) + _READ * read(backbone, objective)
    compiled = _COMPILING + _COMPILING_LAYER * (own.layers + targets.layers)
    a_step = _STEP + _STEP_LAYER * (own.layers + targets.layers / _PASSES) + _STEP_WEIGHT * own.weights
    found = compiled * (1 + _MEANWHILE * (len(scales) - 1))
    for scale, grid in zip(scales, grids, strict=True):
        width, height = scale.size
        pixels = (width + 2 * margin) * (height + 2 * margin)
        tiles, tile = _looks(grid) if grid is not None else (1.0, pixels)
        found += scale.iterations * (a_step * tiles + _CANVAS * pixels + looked * tile * tiles)
        nearest = products_each * min(positions * width * height, GUIDE_POSITIONS)
        found += scale.iterations * nearest * tile * tiles / pace(backbone.precision)
    return found


def _looks(grid: Grid) -> tuple[float, int]:
    """How often a network looks at tiles in a step, there and back, and at how many pixels each, with their halos."""
    count = sum(1 for _ in grid.tiles(0))
    # All but the last in a first pass, there, and all of them there and back.
    return count + (count - 1) / _PASSES, grid.area

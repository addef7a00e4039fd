"""What a picture will take, told before the first step: memory and time.

Both follow from the network's graph. Memory: every activation between the pixels and the deepest layer is kept for the
way back. Time: every multiplication is done twice, once forward and once back, since weights get no gradient, at the
pace that this machine shows in a short trial; activations are moved about and maps read. Beside that a step takes as
long as its canvas has pixels, and what is the same at every size: each layer's start, and its weights laid out anew
for the way back.
"""

import math
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from eyecandy._tensorflow import keras, tf
from eyecandy.art.objectives import Objective, energy
from eyecandy.art.options.base import SMALLEST
from eyecandy.art.scales import Scale, Size
from eyecandy.art.tiles import Grid, largest, least
from eyecandy.backbone.model import Backbone
from eyecandy.errors import EyecandyError

# Measured with the bundled network and with VGG16, at 256 to 1024 pixels, styles and dreams.
_BASE_BYTES = 0.88e9  # TensorFlow, and the program's own; the network's weights come on top
# Bytes a pixel of a picture in tiles: canvas, gradient, the optimizer's memory, the photos.
_HELD = 145.0
_COMFORT = 0.75  # of the machine's memory: more, and a picture is cut into tiles
# Seconds, measured with the bundled network on two processors, each recipe at 128, 256 and 512 pixels.
_COMPILING, _COMPILING_LAYER = 0.3, 13e-3  # a scale; and each layer of the network, traced and optimised
_BESIDE = 0.5  # of the time to compile a later scale: the steps of the one before leave so much room
_STEP, _STEP_LAYER, _STEP_WEIGHT = 0.5e-3, 80e-6, 2.6e-9  # a step; each layer in it; each weight of the network
_CANVAS = 70e-9  # a step and pixel: transform of the spectrum, edges, the optimizer
_COPIES = 1.15  # peak memory beyond the base, over the bytes of all activations
_COPIES_OF_TILE = 0.75  # the same of a tile, where the pictures of terms are not looked at along with it
_PASSES = 2.0
_MOVED = 55e-12  # a byte of activations
_READ = 0.75e-9  # a byte of a feature map that a term reads: its sums, and their way back
_TRIED = 256  # pixels at which activations are counted; they grow with the area
_TRIAL = 1024  # rows of the matrix product that shows the machine's pace


@dataclass(frozen=True)
class Plan:
    """What is about to be done.

    Attributes:
        backbone: the network's name.
        precision: what it computes in.
        device: "CPU" or "GPU", as TensorFlow chooses.
        scales: sizes and iterations, coarse to fine.
        tile: (width, height) of the last scale's tiles in pixels; None if it is seen whole.
        memory: bytes at the peak, all in all.
        seconds: all steps, and compiling one for each scale, of which a part is done while steps are taken.
    """

    backbone: str
    precision: str
    device: str
    scales: tuple[Scale, ...]
    tile: Size | None
    memory: float
    seconds: float


@dataclass(frozen=True)
class Estimate:
    """What pictures take, whole or in tiles.

    Args:
        backbone: the network that looks.
        margin: pixels that the picture is padded with a side.
        tile: "auto": whole while it fits into the memory, else in the largest tiles that fit; "off": always whole; or
            the side of a tile in pixels, with its halo.
        memory: bytes that may be used; None for as much as the machine has, and three quarters of it before a picture
            is cut into tiles.
    """

    backbone: Backbone
    margin: int = 0
    tile: str | int = "auto"
    memory: float | None = None

    def plan(self, objective: Objective, scales: Sequence[Scale]) -> Plan:
        """Memory and time of a picture.

        Args:
            objective: the layers it reads decide how deep the network is run.
            scales: coarse to fine.

        Raises:
            EyecandyError: as `side`.
        """
        activations, _ = _per_pixel(self.backbone, objective)
        # the finest first: what is refused says what the whole picture takes, not what one scale does
        sides = [self.side(objective, scale.size) for scale in reversed(scales)][::-1]
        grids = [self.grid(objective, scale.size, side) for scale, side in zip(scales, sides, strict=True)]
        memory = max(self._bytes(activations, scale.size, grid) for scale, grid in zip(scales, grids, strict=True))
        seconds = self._seconds(objective, scales, grids)
        tile = None if grids[-1] is None else grids[-1].tile
        device = "GPU" if tf.config.list_physical_devices("GPU") else "CPU"
        return Plan(self.backbone.name, self.backbone.precision, device, tuple(scales), tile, memory, seconds)

    def check(self, scales: Sequence[Scale]) -> None:
        """Refuses what not even the first layer has memory for, before anything is made at that size.

        Raises:
            EyecandyError: as `side`.
        """
        self.plan(energy({self.backbone.layer_names[0]: 1.0}), scales)

    def side(self, objective: Objective, size: Size) -> int | Size | None:
        """The side, or width and height, of the tiles that a picture is to be seen in; None if whole.

        Raises:
            EyecandyError: the picture takes more memory than there is, however small the tiles; the message says the
                least memory that it takes, and the largest picture that fits.
        """
        activations, _ = _per_pixel(self.backbone, objective)
        allowed = physical_memory() if self.memory is None else self.memory
        comfortable = None if allowed is None else (_COMFORT if self.memory is None else 1) * allowed
        padded = self._padded(size)
        demanded = least(self.backbone, objective.maps)
        wanted: int | Size | None
        if isinstance(self.tile, int):
            wanted = None if max(padded) <= self.tile else self.tile
            if wanted is not None and demanded is not None:
                Grid.of(padded, wanted, demanded.halo, demanded.step)  # refuses a tile that is too small
        else:
            whole = self._bytes(activations, size, None)
            if comfortable is None or whole <= comfortable:
                return None
            if self.tile == "off" or demanded is None:
                if allowed is not None and whole > allowed:
                    raise self._too_large(
                        size, whole, allowed, lambda side: self._bytes(activations, (side, side), None)
                    )
                return None
            room = comfortable - self._base - _HELD * padded[0] * padded[1]
            wanted = largest(padded, room / (_COPIES_OF_TILE * max(activations, 1.0)), demanded)
        taken = self._bytes(activations, size, self.grid(objective, size, wanted))
        if allowed is not None and taken > allowed:
            raise self._too_large(
                size,
                taken,
                allowed,
                lambda side: self._bytes(activations, (side, side), self.grid(objective, (side, side), wanted)),
                "even in the smallest tiles " if self.tile == "auto" and wanted is not None else "",
            )
        return wanted

    def _padded(self, size: Size) -> Size:
        """As the network sees a picture."""
        return size[0] + 2 * self.margin, size[1] + 2 * self.margin

    def grid(self, objective: Objective, size: Size, side: int | Size | None) -> Grid | None:
        """The tiles of a picture, for the sides that they may have at most; None if it is seen whole.

        Sides that are too small are taken as the smallest possible: who makes the tiles refuses them.
        """
        demanded = None if side is None else least(self.backbone, objective.maps)
        if side is None or demanded is None:
            return None
        width, height = (side, side) if isinstance(side, int) else side
        sides = max(width, demanded.side), max(height, demanded.side)
        return Grid.of(self._padded(size), sides, demanded.halo, demanded.step)

    def _bytes(self, activations: float, size: Size, grid: Grid | None) -> float:
        """Memory at the peak, for so many bytes of activations a pixel."""
        width, height = self._padded(size)
        if grid is None:
            return self._base + _COPIES * activations * width * height
        return self._base + _HELD * width * height + _COPIES_OF_TILE * activations * grid.area

    @property
    def _base(self) -> float:
        """Memory that a picture of no size takes."""
        return _BASE_BYTES + 4 * self.backbone.model.count_params()

    def _seconds(self, objective: Objective, scales: Sequence[Scale], grids: Sequence[Grid | None]) -> float:
        """All steps, and what is compiled for them."""
        # The pictures of terms that have one of their own are looked at in each step as well, once and not back.
        still = Objective(tuple((weight, term) for weight, term in objective.terms if term.beside is not None))
        (activations, products), (beside, beside_products) = (
            _per_pixel(self.backbone, each) for each in (objective, still)
        )
        (layers, weights), (beside_layers, _) = (_network(self.backbone, each) for each in (objective, still))
        looked = (_PASSES * products + beside_products) / _pace(self.backbone.precision)
        looked += _MOVED * (activations + beside / _PASSES) + _READ * _read(self.backbone, objective)
        compiled = _COMPILING + _COMPILING_LAYER * (layers + beside_layers)
        a_step = _STEP + _STEP_LAYER * (layers + beside_layers / _PASSES) + _STEP_WEIGHT * weights
        seconds = compiled * (1 + _BESIDE * (len(scales) - 1))
        for scale, grid in zip(scales, grids, strict=True):
            pixels = math.prod(self._padded(scale.size))
            tiles, tile = _looks(grid) if grid is not None else (1.0, pixels)
            seconds += scale.iterations * (a_step * tiles + _CANVAS * pixels + looked * tile * tiles)
        return seconds

    def _too_large(
        self, size: Size, taken: float, allowed: float, of: Callable[[int], float], seen: str = ""
    ) -> EyecandyError:
        fits = next((side for side in range(max(size) // 32 * 32, SMALLEST - 1, -32) if of(side) <= allowed), None)
        whose = "this machine has" if self.memory is None else "--memory allows"
        advice = (
            f"the largest size that fits is about {fits}"
            if fits is not None
            else f"no size fits, since the network takes {_gigabytes(self._base)} before its first pixel"
        )
        return EyecandyError(
            f"{seen}a picture of {size[0]} x {size[1]} takes about {_gigabytes(taken)} of memory and {whose} "
            f"{allowed / 1e9:.1f} GB; {advice}"
        )


def _looks(grid: Grid) -> tuple[float, int]:
    """How often a network looks at tiles in a step, there and back, and at how many pixels each, with their halos."""
    count = sum(1 for _ in grid.tiles(0))
    # All but the last in a first pass, there, and all of them there and back.
    return count + (count - 1) / _PASSES, grid.area


def _gigabytes(needed: float) -> str:
    """Bytes that are needed, rounded up: who gives as much as is told has enough."""
    return f"{math.ceil(needed / 1e8) / 10:.1f} GB"


def physical_memory() -> float | None:
    """Bytes of main memory; None where the system does not say."""
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf
        return None


def _outputs(backbone: Backbone, objective: Objective) -> list[keras.KerasTensor]:
    """All maps that an objective reads."""
    outputs = [backbone.model.get_layer(name).output for name in objective.layers]
    return [*outputs, backbone.model.output] if objective.class_map else outputs


def _per_pixel(backbone: Backbone, objective: Objective) -> tuple[float, float]:
    """Bytes of activations, and multiplications of the way forward, for each pixel of the picture."""
    outputs = _outputs(backbone, objective)
    if not outputs:
        return 0.0, 0.0
    model = keras.Model(backbone.model.input, outputs)
    tensors = [tensor for layer in model.layers for node in layer._inbound_nodes for tensor in node.output_tensors]
    traced = keras.Model(backbone.model.input, {str(number): tensor for number, tensor in enumerate(tensors)})
    shapes = traced.compute_output_spec(keras.KerasTensor((1, _TRIED, _TRIED, 3)))
    each = tf.as_dtype(backbone.precision).size
    bytes_, products = 0.0, 0.0
    for number, tensor in enumerate(tensors):
        shape = shapes[str(number)].shape
        count = float(tf.TensorShape(shape).num_elements())
        bytes_ += each * count
        layer = tensor._keras_history.operation
        if isinstance(layer, keras.layers.Conv2D | keras.layers.DepthwiseConv2D):
            products += float(tf.TensorShape(layer.kernel.shape).num_elements()) * count / shape[-1]
    return bytes_ / _TRIED**2, products / _TRIED**2


def _network(backbone: Backbone, objective: Objective) -> tuple[int, int]:
    """Layers and weights of the part of the network that an objective has run."""
    outputs = _outputs(backbone, objective)
    if not outputs:
        return 0, 0
    model = keras.Model(backbone.model.input, outputs)
    return len(model.layers), model.count_params()


def _read(backbone: Backbone, objective: Objective) -> float:
    """Bytes of the maps that all terms read, for each pixel of the picture."""
    maps = [name for _, term in objective.terms for name in term.layers]
    sizes = {name: backbone.model.get_layer(name).output.shape[-1] / backbone.layer(name).stride ** 2 for name in maps}
    return 4.0 * sum(sizes[name] for name in maps)


@cache
def _pace(precision: str) -> float:
    """Multiplications a second of this machine, in a matrix product."""
    matrix = tf.cast(tf.random.stateless_uniform((_TRIAL, _TRIAL), (0, 0)), precision)
    best = float("inf")
    for _ in range(4):
        began = time.perf_counter()
        tf.matmul(matrix, matrix).numpy()
        best = min(best, time.perf_counter() - began)
    return _TRIAL**3 / best

"""What a picture will take, told before the first step: memory and time; and whether it is seen whole or in tiles.

On a GPU the memory is its own, and main memory holds the large arrays of a picture in tiles.
"""

import math
from bisect import bisect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from eyecandy.art.core.canvas import Canvas
from eyecandy.art.core.evaluate import Evaluator, WholeEvaluator
from eyecandy.art.core.objectives import Objective, energy
from eyecandy.art.core.optimizers import Rule
from eyecandy.art.core.scales import SMALLEST, Scale, Size
from eyecandy.art.core.transforms import Transform
from eyecandy.art.large import costs
from eyecandy.art.large.tiles import Grid, largest, least
from eyecandy.backbone.memory import Memory, gpu_memory, main_memory
from eyecandy.backbone.model import Backbone
from eyecandy.errors import EyecandyError, OptionError

# Measured with the bundled network and with VGG16, at 256 to 1024 pixels, styles and dreams.
_BASE_BYTES = 0.88e9  # TensorFlow, and the program's own; the network's weights come on top
# Bytes a pixel of a picture in tiles: canvas, gradient, the optimizer's memory, the photos.
_HELD = 145.0
_COMFORT = 0.75  # of the memory that there is: more, and a picture is cut into tiles
_COPIES = 1.15  # peak memory beyond the base, over the bytes of all activations
_COPIES_OF_TILE = 0.75  # the same of a tile, where the target images are not looked at along with it
_LARGEST = 1 << 20  # pixels; a size that fits is not sought beyond
_TOLD = "--memory allows"
_WORKERS_OWN = 640  # pixels of a tile that a cluster's worker gets, beside its halo


@dataclass(frozen=True)
class Plan:
    """What is about to be done.

    Attributes:
        backbone: the network's name.
        precision: what it computes in.
        device: "CPU" or "GPU", as TensorFlow chooses.
        scales: sizes and iterations, coarse to fine.
        tile: (width, height) of the last scale's tiles in pixels; None if it is seen whole.
        memory: bytes at the peak, all in all, where the network runs: main memory, or a GPU's own.
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
class Need:
    """What is needed of some memory: bytes, and the share of it up to which that is comfortable."""

    bytes: float
    memory: Memory
    share: float

    @property
    def there(self) -> bool:
        return self.bytes <= self.memory.bytes

    @property
    def comfort(self) -> float:
        return self.share * self.memory.bytes

    @property
    def comfortable(self) -> bool:
        return self.bytes <= self.comfort


@dataclass(frozen=True)
class Planner:
    """What pictures take, whole or in tiles.

    Args:
        backbone: the network that looks.
        margin: pixels that the picture is padded with a side.
        tile: "auto": whole while it fits into the memory, else in the largest tiles that fit; "off": always whole; or
            the side of a tile in pixels, with its halo.
        memory: bytes that may be used where the network runs; None for as much as there is, and three quarters of it
            before a picture is cut into tiles.
        engine: who computes tiles: "local", this process, or "ray", a cluster. Memory and time are this machine's.
        address: of the cluster; None starts one on this machine.
    """

    backbone: Backbone
    margin: int = 0
    tile: str | int = "auto"
    memory: float | None = None
    engine: str = "local"
    address: str | None = None

    def plan(self, objective: Objective, scales: Sequence[Scale]) -> Plan:
        """Memory and time of a picture.

        Args:
            objective: the layers it reads decide how deep the network is run.
            scales: coarse to fine.

        Raises:
            EyecandyError: as `side`.
        """
        # the finest first: what is refused says what the whole picture takes, not what one scale does
        sides = [self.side(objective, scale.size) for scale in reversed(scales)][::-1]
        grids = [self.grid(objective, scale.size, side) for scale, side in zip(scales, sides, strict=True)]
        cost = costs.memory(self.backbone, objective)
        memory = max(self._needs(cost, scale.size, grid)[-1].bytes for scale, grid in zip(scales, grids, strict=True))
        seconds = costs.seconds(self.backbone, objective, scales, self.margin, grids)
        shared = self.grid(objective, scales[-1].size, self._shared(objective, scales[-1].size, sides[-1]))
        tile = None if shared is None else shared.tile
        device = "CPU" if self._gpu is None else "GPU"
        return Plan(self.backbone.name, self.backbone.precision, device, tuple(scales), tile, memory, seconds)

    def seen_whole(self, objective: Objective, size: Size) -> bool:
        """Whether a picture is seen whole; an EyecandyError as of `side`."""
        return self._shared(objective, size, self.side(objective, size)) is None

    def evaluator(
        self, canvas: Canvas, objective: Objective, transform: Transform | None, seed: int, rule: Rule | None
    ) -> Evaluator:
        """What gives losses and gradient at one size, and takes the steps: all at once, or in tiles.

        Raises:
            EyecandyError: as `side`, or no cluster answers at the address.
        """
        if self.engine == "ray":
            self._workers.knock()
        parts = self.backbone, canvas, objective, transform, seed, rule
        side = self._shared(objective, canvas.size, self.side(objective, canvas.size))
        if side is None:
            return WholeEvaluator(*parts)
        from eyecandy.art.large.tiled import TiledEvaluator  # here: few pictures are so large

        if self.engine == "local":
            return TiledEvaluator(*parts, side=side)
        return TiledEvaluator(*parts, side=side, executor=self._workers.executor)

    def close(self) -> None:
        """Ends the workers of a cluster, and the cluster if it was started here."""
        if "_workers" in self.__dict__:
            self._workers.close()

    @cached_property
    def _workers(self) -> Any:
        from eyecandy.art.large.ray import TileWorkers  # here: it takes Ray

        return TileWorkers(self.backbone, self.address)

    def _shared(self, objective: Objective, size: Size, side: int | Size | None) -> int | Size | None:
        """The tiles' sides, with a cluster: where these are left open, few enough pixels for one processor's memory.

        Raises:
            EyecandyError: a layer sees the whole picture at every position.
        """
        if self.engine == "local" or self.tile != "auto":
            return side
        demanded = least(self.backbone, objective.maps)
        if demanded is None:
            raise OptionError(
                "a layer of {net} sees the whole picture at every place, so there are no tiles for a cluster; leave "
                "out {}, or choose other layers",
                'engine="ray"',
                net=self.backbone.name,
            )
        most = demanded.side + _WORKERS_OWN
        if side is None:
            return most if max(size) > most else None
        return min(side, most) if isinstance(side, int) else (min(side[0], most), min(side[1], most))

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
        cost, padded = costs.memory(self.backbone, objective), self._padded(size)
        demanded = least(self.backbone, objective.maps)
        wanted: int | Size | None
        if isinstance(self.tile, int):
            wanted = None if max(padded) <= self.tile else self.tile
            if wanted is not None and demanded is not None:
                Grid.of(padded, wanted, demanded.halo, demanded.step)  # refuses a tile that is too small
        else:
            needs = self._needs(cost, size, None)
            if all(need.comfortable for need in needs):
                return None
            if self.tile == "off" or demanded is None:
                self._refuse(size, needs, lambda side: self._needs(cost, (side, side), None))
                return None
            room = needs[-1].comfort - self._tiles_apart(padded) - cost.held
            wanted = largest(padded, room / (_COPIES_OF_TILE * max(cost.activations, 1.0)), demanded)
        self._refuse(
            size,
            self._needs(cost, size, self.grid(objective, size, wanted)),
            lambda side: self._needs(cost, (side, side), self.grid(objective, (side, side), wanted)),
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

    def _needs(self, cost: costs.MemoryCost, size: Size, grid: Grid | None) -> "list[Need]":
        """Memory at the peak: main memory where networks run on the processor, else main memory and the GPU's."""
        width, height = self._padded(size)
        if grid is None:
            # Pictures that are reflected to twice their sides are looked at before the first step, and not taken back.
            looked = _COPIES * width * height * max(cost.activations, 4 * cost.mirrored)
            large = 0.0
        else:
            looked, large = _COPIES_OF_TILE * cost.activations * grid.area, _HELD * width * height
        looked += cost.held
        if self._gpu is None:
            return [Need(self._base + large + looked, self._main, self._share)]
        return [Need(_BASE_BYTES + large, main_memory(), _COMFORT), Need(self._base + looked, self._gpu, self._share)]

    @cached_property
    def _gpu(self) -> Memory | None:
        found = gpu_memory()
        return found if found is None or self.memory is None else Memory(self.memory, _TOLD)

    @cached_property
    def _main(self) -> Memory:
        return main_memory() if self.memory is None else Memory(self.memory, _TOLD)

    @property
    def _share(self) -> float:
        """Of the memory where the network runs, how much is taken before a picture is cut into tiles."""
        return _COMFORT if self.memory is None else 1.0

    @property
    def _base(self) -> float:
        """Memory that a picture of no size takes where the network runs."""
        # What a GPU's libraries take for themselves is no part of what TensorFlow says it may take there.
        return (_BASE_BYTES if self._gpu is None else 0.0) + 4 * self.backbone.model.count_params()

    def _tiles_apart(self, padded: Size) -> float:
        """Memory that a picture in tiles takes where the network runs, but for what is looked at."""
        return self._base + (_HELD * padded[0] * padded[1] if self._gpu is None else 0.0)

    def _refuse(self, size: Size, needs: "list[Need]", of: "Callable[[int], list[Need]]", seen: str = "") -> None:
        """Raises an EyecandyError where more is needed than there is; `of` gives what a square picture needs."""
        short = next((need for need in needs if not need.there), None)
        if short is None:
            return
        sides = range(SMALLEST, min(max(size), _LARGEST) + 1, 32)
        fitting = bisect(sides, False, key=lambda side: not all(need.there for need in of(side)))
        fits = sides[fitting - 1] if fitting else None
        advice = (
            f"the largest size that fits is about {fits}"
            if fits is not None
            else f"no size fits, since the network takes {_gigabytes(self._base)} before its first pixel"
        )
        raise EyecandyError(
            f"{seen}a picture of {size[0]} x {size[1]} takes about {_gigabytes(short.bytes)} of memory and "
            f"{short.memory.whose} {short.memory.bytes / 1e9:.1f} GB; {advice}"
        )


def _gigabytes(needed: float) -> str:
    """Bytes that are needed, rounded up: who gives as much as is told has enough."""
    return f"{math.ceil(needed / 1e8) / 10:.1f} GB"

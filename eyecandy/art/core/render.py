"""The one render loop: from coarse to fine, step by step, with listeners, and never without a good picture.

One step is compiled for each size, that of the next size in a thread while this one's run. Runs of steps stay inside
the graph: Python looks in about twice a second, at the iterations that a listener asked for, and at the end.
"""

import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from eyecandy.art.core import canvas as canvases
from eyecandy.art.core import optimizers
from eyecandy.art.core.ahead import Ahead
from eyecandy.art.core.bands import bands
from eyecandy.art.core.descent import Descent, Look
from eyecandy.art.core.evaluate import Evaluator, Whole
from eyecandy.art.core.objectives import Objective
from eyecandy.art.core.scales import Scale, Size
from eyecandy.art.core.stage import Large, Stage
from eyecandy.art.core.transforms import Transform, compose
from eyecandy.art.large.tiled import Tiled
from eyecandy.art.large.tilework import LocalExecutor
from eyecandy.art.recipes.options import OPTIMIZERS, check_one_of
from eyecandy.backbone.model import Backbone

if TYPE_CHECKING:
    from eyecandy.art.large.ray import RayTiles  # takes Ray


@dataclass(frozen=True)
class Step:
    """How far a picture is, for listeners.

    Attributes:
        scale, scales: this scale's number from 1, and how many there are.
        size: (width, height) of the picture now.
        iteration, iterations: done so far, and in all.
        loss: the weighted sum that is made smaller, at the latest step.
        losses: each term's own loss, without its weight.
        seconds_per_step: at this scale.
        seconds_left: to the end of the last scale.
        image: makes the picture as it stands, (H, W, 3) uint8.
        alpha: how opaque it will be, (h, w) uint8 at the final size; None where all of it is.
    """

    scale: int
    scales: int
    size: Size
    iteration: int
    iterations: int
    loss: float
    losses: Mapping[str, float]
    seconds_per_step: float
    seconds_left: float
    image: Callable[[], np.ndarray]
    alpha: np.ndarray | None = None


Listener = Callable[[Step], None]


@dataclass(frozen=True, eq=False)
class Rendering:
    """What the loop gives.

    Attributes:
        picture: (H, W, 3) float32 in 0..255, at the last scale's size.
        history: by name of the loss, and "loss" for the weighted sum: one number an iteration done.
        iterations: how many were done.
        stopped: why it ended before the last iteration; None if it did not.
        interrupted: whether it was Ctrl-C that ended it.
    """

    picture: np.ndarray
    history: Mapping[str, np.ndarray]
    iterations: int
    stopped: str | None = None
    interrupted: bool = False


class Renderer:
    """Takes pictures down an objective. What is compiled for a size is kept for the next picture of that size.

    Args:
        backbone: the network that looks.
        objective: gives the objective for a size; asked once a size.
        canvas: "fourier" or "pixel", or what makes one of a size.
        optimizer: "adam", "gradient" or "lbfgs". L-BFGS needs one and the same function at every look, so its
            transforms are drawn once a scale.
        rate: the step size, in units of the canvas's parameters.
        settle: the last share of each scale's iterations, in which the step size falls to a tenth, so that what the
            jitter shakes comes to rest.
        transforms: applied to the canvas before the network looks.
        seed: decides every draw.
        side: gives the side, or width and height, of the tiles that a picture of some size is to be seen in, or None
            for whole; without it, every picture is seen whole.
        ray: has tiles computed by a cluster; without it they are computed here. Its workers end with the renderer.
    """

    def __init__(
        self,
        backbone: Backbone,
        objective: Callable[[Size], Objective],
        *,
        canvas: str | Callable[[Size], canvases.Canvas] = "fourier",
        optimizer: str = "adam",
        rate: float = 0.05,
        settle: float = 0.3,
        transforms: Sequence[Transform] = (),
        seed: int = 0,
        side: Callable[[Objective, Size], int | Size | None] | None = None,
        ray: "RayTiles | None" = None,
    ) -> None:
        self.backbone = backbone
        self.objective = objective
        self.canvas = canvas
        self.optimizer = check_one_of("optimizer", optimizer, OPTIMIZERS)
        self.rate = rate
        self.settle = settle
        self.transform = compose(transforms) if transforms else None
        self.seed = seed
        self.side = side
        self.ray = ray
        if ray is not None:
            weakref.finalize(self, ray.close)
        self._stages: Ahead[Size, Stage] = Ahead()

    def stage(self, size: Size) -> Stage:
        """The canvas and the compiled step for a size."""
        return self._stages.get(size, self._made)

    def prepare(self, size: Size, objective: Objective) -> None:
        """Begins to compile the step for a size that comes next.

        Tiles are left to their turn: what is compiled for them is small, and their memory is counted to the byte.

        Args:
            objective: of any size.
        """
        if self.ray is None and (self.side is None or self.side(objective, size) is None):
            self._stages.begin(size, self._compiled)

    def _made(self, size: Size) -> Stage:
        canvas, objective = canvases.make(self.canvas, size), self.objective(size)
        side = None if self.side is None else self.side(objective, size)
        if self.ray is not None:
            side = self.ray.side(objective, size, side)
        parts = self.backbone, canvas, objective, self.transform, self.seed
        executor = LocalExecutor if self.ray is None else self.ray.executor
        evaluator: Evaluator = Whole(*parts) if side is None else Tiled(*parts, side=side, executor=executor)
        rule = optimizers.RULES.get(self.optimizer, optimizers.Gradient())
        return Stage(canvas, objective, evaluator, rule)

    def _compiled(self, size: Size) -> Stage:
        stage = self._made(size)
        self.compile(stage)
        return stage

    def compile(self, stage: Stage) -> None:
        """Traces what a descent at this stage calls, and has TensorFlow optimise it."""
        if self.optimizer == "lbfgs":
            _ = stage.evaluate
        else:
            stage.warm()

    def turn(self, objective: Callable[[Size], Objective]) -> None:
        """Takes up another objective of the same terms with the same targets, but other weights; what is compiled
        stays."""
        self.objective = objective
        self._stages.forget_coming()
        for size, stage in self._stages.items():
            stage.evaluator.weigh(objective(size).weights)

    def render(
        self,
        scales: Sequence[Scale],
        start: Callable[[Size], np.ndarray],
        *,
        photo: Callable[[Size], np.ndarray] | None = None,
        first: int = 0,
        draw: int = 0,
        listeners: Sequence[Listener] = (),
        every: int | None = None,
    ) -> Rendering:
        """Makes one picture.

        Args:
            scales: coarse to fine.
            start: gives the picture to begin with, (H, W, 3) in 0..255, at the first scale's size.
            photo: the photo that `start` shows, at any size: see `canvas.enlarged`.
            first: how many iterations are done already; `start` is then asked for the scale where they end.
            draw: the number of the first random draw; pictures of one animation take different ones.
            listeners: called with a frozen `Step` about twice a second, at the last iteration, and
            every: at least at each multiple of this many iterations.

        A loss that is not finite halves the step and goes on from the last good picture; when the next try fails too,
        the loop stops. Ctrl-C stops it as well. Either way the last good picture is what is returned.
        """
        return _Run(self, scales, photo, draw, tuple(listeners), every).go(start, first)


class _Run:
    """One picture on its way."""

    def __init__(
        self,
        renderer: Renderer,
        scales: Sequence[Scale],
        photo: Callable[[Size], np.ndarray] | None,
        draw: int,
        listeners: tuple[Listener, ...],
        every: int | None,
    ) -> None:
        self.renderer = renderer
        self.scales = [scale for scale in scales if scale.iterations > 0]
        self.total = sum(scale.iterations for scale in self.scales)
        self.photo = photo
        self.draw = draw
        self.listeners = listeners
        self.every = every
        self.names: tuple[str, ...] = ()
        self.rows: list[np.ndarray] = []
        self.iteration = 0
        self.picture: Callable[[], np.ndarray] | None = None

    def go(self, start: Callable[[Size], np.ndarray], first: int) -> Rendering:
        stopped, interrupted = None, False
        scales = list(self._remaining(first))
        self.iteration = first
        size = scales[0][1].size
        self.picture = partial(_itself, start(size))  # held here alone: it is large, and soon replaced
        try:
            for number, scale, skipped in scales:
                before, size = size, scale.size
                stopped = self._scale(number, scale, skipped, before)
                if stopped is not None:
                    break
        except KeyboardInterrupt:
            stopped, interrupted = f"interrupted after {self.iteration} of {self.total} iterations", True
        picture = self._resized(size, self.scales[-1].size)
        history = np.concatenate(self.rows) if self.rows else np.zeros((0, 1 + len(self.names)), np.float32)
        columns = dict(zip(("loss", *self.names), history.T, strict=True))
        return Rendering(picture, columns, self.iteration, stopped, interrupted)

    def _remaining(self, first: int) -> Iterator[tuple[int, Scale, int]]:
        """Number, scale, and iterations of it that are done, of each scale that is not complete."""
        for number, scale in enumerate(self.scales, start=1):
            if first < scale.iterations:
                yield number, scale, max(first, 0)
            first -= scale.iterations

    def _resized(self, size: Size, wanted: Size) -> np.ndarray:
        assert self.picture is not None
        picture = self.picture()
        if size == wanted:
            return picture
        before, after = (None, None) if self.photo is None else (self.photo(size), self.photo(wanted))
        return canvases.enlarged(picture, wanted, before, after)

    def _scale(self, number: int, scale: Scale, skipped: int, before: Size) -> str | None:
        """All iterations of one scale, after those at the size before; the reason if they had to stop."""
        stage = self.renderer.stage(scale.size)
        self.names = stage.names
        end = self.iteration + scale.iterations - skipped

        def tell(look: Look) -> None:
            self.rows.append(look.losses)
            self.iteration += len(look.losses)
            self._keep(stage, look.parameters)
            if len(look.losses):
                self._tell(number, scale, look)

        if number < len(self.scales):
            self.renderer.compile(stage)
            self.renderer.prepare(self.scales[number].size, stage.objective)
        draw = self.draw + self.iteration
        descent = Descent(stage, self._rates(scale), skipped, draw, self._until_due, tell)
        descend = descent.lbfgs if self.renderer.optimizer == "lbfgs" else descent.steps
        if descend(self._begun(stage, self._resized(before, scale.size))):
            self.iteration = end
            return None
        return f"the loss is not finite at iteration {self.iteration + 1} of {self.total}, nor at half the step"

    def _begun(self, stage: Stage, begin: np.ndarray) -> np.ndarray:
        """The parameters that show a picture."""
        parameters = stage.canvas.parameters(begin)
        self._keep(stage, parameters)
        return parameters

    def _rates(self, scale: Scale) -> np.ndarray:
        """The step size of each iteration."""
        left = 1 - np.arange(scale.iterations) / scale.iterations
        return self.renderer.rate * np.clip(left / max(self.renderer.settle, 1e-9), 0.1, 1)

    def _until_due(self) -> int:
        return self.total if self.every is None else self.every - self.iteration % self.every

    def _keep(self, stage: Stage, parameters: Large) -> None:
        self.picture = lambda: stage.picture(parameters)

    def _tell(self, number: int, scale: Scale, look: Look) -> None:
        if not self.listeners:
            return
        assert self.picture is not None
        picture = self.picture
        pixels = scale.size[0] * scale.size[1]
        later = sum(s.iterations * s.size[0] * s.size[1] for s in self.scales[number:]) / pixels
        latest = look.losses[-1]
        step = Step(
            scale=number,
            scales=len(self.scales),
            size=scale.size,
            iteration=self.iteration,
            iterations=self.total,
            loss=float(latest[0]),
            losses={name: float(value) for name, value in zip(self.names, latest[1:], strict=True)},
            seconds_per_step=look.seconds,
            seconds_left=look.seconds * (look.left + later),
            image=lambda: to_uint8(picture()),
        )
        for listener in self.listeners:
            listener(step)


def _itself(picture: np.ndarray) -> np.ndarray:
    return picture


def to_uint8(picture: np.ndarray) -> np.ndarray:
    """(H, W, 3) in 0..255 as uint8, rounded."""
    found = np.empty(picture.shape, np.uint8)
    for rows in bands(len(picture), picture[0].size):
        found[rows] = np.clip(np.rint(picture[rows]), 0, 255)
    return found

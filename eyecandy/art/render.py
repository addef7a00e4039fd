"""The one render loop: from coarse to fine, step by step, with listeners, and never without a good picture.

One step is compiled for each size, and runs of steps stay inside the graph: Python looks in about twice a second, at
the iterations that a listener asked for, and at the end.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from eyecandy._tensorflow import tf
from eyecandy.art import canvas as canvases
from eyecandy.art import optimizers
from eyecandy.art.evaluate import Evaluator, Whole
from eyecandy.art.objectives import Objective
from eyecandy.art.options import OPTIMIZERS, check_one_of
from eyecandy.art.scales import Scale, Size
from eyecandy.art.stage import Stage
from eyecandy.art.tiled import Tiled
from eyecandy.art.transforms import Transform, compose
from eyecandy.backbone.model import Backbone

_LOOK_IN = 0.5  # seconds between two looks at a running graph


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
        canvas: "fourier" or "pixel".
        optimizer: "adam", "gradient" or "lbfgs". L-BFGS needs one and the same function at every look, so its
            transforms are drawn once a scale.
        rate: the step size, in units of the canvas's parameters.
        settle: the last share of each scale's iterations, in which the step size falls to a tenth, so that what the
            jitter shakes comes to rest.
        transforms: applied to the canvas before the network looks.
        seed: decides every draw.
        side: gives the side of the tiles that a picture of some size is to be seen in, or None for whole; without it,
            every picture is seen whole.
    """

    def __init__(
        self,
        backbone: Backbone,
        objective: Callable[[Size], Objective],
        *,
        canvas: str = "fourier",
        optimizer: str = "adam",
        rate: float = 0.05,
        settle: float = 0.3,
        transforms: Sequence[Transform] = (),
        seed: int = 0,
        side: Callable[[Objective, Size], int | None] | None = None,
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
        self._stages: dict[Size, Stage] = {}

    def stage(self, size: Size) -> Stage:
        """The canvas and the compiled step for a size."""
        if size not in self._stages:
            canvas, objective = canvases.make(self.canvas, size), self.objective(size)
            side = None if self.side is None else self.side(objective, size)
            parts = self.backbone, canvas, objective, self.transform, self.seed
            evaluator: Evaluator = Whole(*parts) if side is None else Tiled(*parts, side=side)
            rule = optimizers.RULES.get(self.optimizer, optimizers.Gradient())
            self._stages[size] = Stage(canvas, objective, evaluator, rule)
        return self._stages[size]

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
        pixels = start(size)
        self.picture = lambda: pixels
        try:
            for number, scale, skipped in scales:
                begin = self._resized(size, scale.size)
                size = scale.size
                stopped = self._scale(number, scale, skipped, begin)
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

    def _scale(self, number: int, scale: Scale, skipped: int, begin: np.ndarray) -> str | None:
        """All steps of one scale; the reason if it had to stop."""
        stage = self.renderer.stage(scale.size)
        self.names = stage.names
        parameters = stage.canvas.parameters(begin)
        self._keep(stage, parameters)
        if self.renderer.optimizer == "lbfgs":
            return _lbfgs(self, stage, number, scale, skipped, parameters)
        return self._steps(stage, number, scale, skipped, parameters)

    def _steps(self, stage: Stage, number: int, scale: Scale, skipped: int, parameters: tf.Tensor) -> str | None:
        rates = self._rates(scale)
        memory = stage.rule.start(parameters)
        good, good_memory = parameters, memory
        done, failures, factor, pace = skipped, 0, 1.0, _Pace()
        while done < scale.iterations:
            count = min(scale.iterations - done, self._until_due(), pace.steps())
            steps = factor * rates[done : done + count]
            began = time.perf_counter()
            parameters, memory, good, good_memory, taken, history = self._go_on(
                stage, parameters, memory, good, good_memory, done - skipped, steps
            )
            pace.took(time.perf_counter() - began, max(taken, 1))
            self.rows.append(history)
            done += taken
            self.iteration += taken
            if taken > (1 if failures else 0):  # the first loss after a failure is that of the good picture again
                failures = 0
            if taken < count:
                failures, factor = failures + 1, factor / 2
                parameters, memory = good, good_memory
            elif done == scale.iterations:  # the last step is looked at too; where it went wrong, the one before stands
                _, _, good, *_ = self._go_on(stage, parameters, memory, good, good_memory, done - skipped, np.zeros(1))
            self._keep(stage, good)
            if failures == 2:
                return f"the loss is not finite at iteration {self.iteration + 1} of {self.total}, nor at half the step"
            if taken:
                self._tell(number, scale, pace, scale.iterations - done)
        return None

    def _go_on(self, stage: Stage, *state: Any) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, int, np.ndarray]:
        """A run of the graph, and of its history what is finite."""
        *tensors, done, rates = state
        *after, taken, history = stage.run(
            *tensors,
            tf.constant(done),
            tf.constant(len(rates)),
            tf.constant(self.draw + self.iteration),
            tf.constant(rates, tf.float32),
        )
        parameters, memory, good, good_memory = after
        return parameters, memory, good, good_memory, int(taken), history.numpy()[: int(taken)]

    def _rates(self, scale: Scale) -> np.ndarray:
        """The step size of each iteration."""
        left = 1 - np.arange(scale.iterations) / scale.iterations
        return self.renderer.rate * np.clip(left / max(self.renderer.settle, 1e-9), 0.1, 1)

    def _until_due(self) -> int:
        return self.total if self.every is None else self.every - self.iteration % self.every

    def _keep(self, stage: Stage, parameters: tf.Tensor) -> None:
        self.picture = lambda: stage.picture(parameters)

    def _tell(self, number: int, scale: Scale, pace: "_Pace", left_here: int) -> None:
        if not self.listeners:
            return
        assert self.picture is not None
        picture = self.picture
        pixels = scale.size[0] * scale.size[1]
        later = sum(s.iterations * s.size[0] * s.size[1] for s in self.scales[number:]) / pixels
        latest = self.rows[-1][-1]
        step = Step(
            scale=number,
            scales=len(self.scales),
            size=scale.size,
            iteration=self.iteration,
            iterations=self.total,
            loss=float(latest[0]),
            losses={name: float(value) for name, value in zip(self.names, latest[1:], strict=True)},
            seconds_per_step=pace.seconds,
            seconds_left=pace.seconds * (left_here + later),
            image=lambda: to_uint8(picture()),
        )
        for listener in self.listeners:
            listener(step)


class _Pace:
    """Seconds a step, without the first one, which compiles."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._runs = 0

    def steps(self) -> int:
        """How many fit between two looks."""
        return 1 if self._runs < 2 else max(1, round(_LOOK_IN / max(self.seconds, 1e-6)))

    def took(self, seconds: float, steps: int) -> None:
        self._runs += 1
        self.seconds = seconds / steps


class _NotFiniteError(Exception):
    pass


def _lbfgs(run: _Run, stage: Stage, number: int, scale: Scale, skipped: int, parameters: tf.Tensor) -> str | None:
    """The iterations of one scale by SciPy's L-BFGS, under the same rules as the steps of `_Run`."""
    draw = tf.constant(run.draw + run.iteration)
    good, first_step, failures, pace = parameters.numpy(), run.renderer.rate, 0, _Pace()
    done, latest, began = skipped, np.zeros(0), time.perf_counter()

    def evaluate(values: np.ndarray) -> tuple[float, np.ndarray]:
        nonlocal latest
        losses, gradient = (tensor.numpy() for tensor in stage.evaluate(tf.constant(values), draw))
        if not (np.isfinite(losses[0]) and np.isfinite(gradient).all()):
            raise _NotFiniteError
        latest = losses
        return float(losses[0]), gradient

    def after(values: np.ndarray) -> None:
        nonlocal good, done, failures, began
        good, failures = values, 0
        done += 1
        run.iteration += 1
        run.rows.append(latest[None])
        run._keep(stage, tf.constant(values))
        now = time.perf_counter()
        pace.took(now - began, 1)
        began = now
        run._tell(number, scale, pace, scale.iterations - done)

    while done < scale.iterations:
        before = done
        try:
            optimizers.lbfgs(
                evaluate,
                good,
                iterations=scale.iterations - done,
                first_step=first_step,
                bounds=stage.canvas.bounds,
                after=after,
            )
        except _NotFiniteError:
            failures += 1
            first_step /= 2
            if failures == 2:
                return f"the loss is not finite at iteration {run.iteration + 1} of {run.total}, nor at half the step"
        else:
            if done == before:  # no descent from here: this scale is as good as it gets
                run.iteration += scale.iterations - done
                return None
    return None


def to_uint8(picture: np.ndarray) -> np.ndarray:
    """(H, W, 3) in 0..255 as uint8, rounded."""
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)

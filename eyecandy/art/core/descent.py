"""One picture on its way down an objective, from coarse to fine, with listeners.

A number that is not finite never gets into the picture. Such a loss halves the step, and the descent goes on from the
last good picture; when the next try fails too, it ends.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from eyecandy.art.core import canvas as canvases
from eyecandy.art.core import optimizers
from eyecandy.art.core.canvas import to_uint8
from eyecandy.art.core.evaluate import Evaluator
from eyecandy.art.core.optimizers import Parameters, State
from eyecandy.art.core.scales import Scale, Size

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


class Descent:
    """One picture.

    Args:
        scales: coarse to fine, each with iterations to do.
        evaluator_of: gives the evaluator of the scale of a number, from 0, when its turn comes.
        rates_of: gives the step size of each iteration of a scale.
        lbfgs: whether SciPy's L-BFGS takes the steps, and not the evaluator's own rule.
        photo, draw, listeners, every: see `Renderer.render`.
    """

    def __init__(
        self,
        scales: Sequence[Scale],
        evaluator_of: Callable[[int], Evaluator],
        rates_of: Callable[[Scale], np.ndarray],
        *,
        lbfgs: bool,
        photo: Callable[[Size], np.ndarray] | None,
        draw: int,
        listeners: Sequence[Listener],
        every: int | None,
    ) -> None:
        self.scales = scales
        self.total = sum(scale.iterations for scale in scales)
        self.evaluator_of = evaluator_of
        self.rates_of = rates_of
        self.descend = self._lbfgs if lbfgs else self._steps
        self.photo = photo
        self.draw = draw
        self.listeners = tuple(listeners)
        self.every = every
        self.names: tuple[str, ...] = ()
        self.rows: list[np.ndarray] = []
        self.iteration = 0
        self.picture: Callable[[], np.ndarray] | None = None

    def go(self, start: Callable[[Size], np.ndarray], first: int) -> Rendering:
        """Makes the picture, of which so many iterations are done."""
        stopped, interrupted = None, False
        self.iteration = first
        left = list(self._left(first))
        self.picture = partial(_itself, start(self.scales[left[0][0]].size))  # held here alone: it is soon replaced
        try:
            for number, begin in left:
                if not self._scale(number, begin):
                    at = f"iteration {self.iteration + 1} of {self.total}"
                    stopped = f"the loss is not finite at {at}, nor at half the step"
                    break
                self.iteration = begin + self.scales[number].iterations
        except KeyboardInterrupt:
            stopped, interrupted = f"interrupted after {self.iteration} of {self.total} iterations", True
        picture = self._resized(self.scales[-1].size)
        history = np.concatenate(self.rows) if self.rows else np.zeros((0, 1 + len(self.names)), np.float32)
        columns = dict(zip(("loss", *self.names), history.T, strict=True))
        return Rendering(picture, columns, self.iteration, stopped, interrupted)

    def _left(self, first: int) -> Iterator[tuple[int, int]]:
        """Number, and iterations before it, of each scale that is not complete."""
        begin = 0
        for number, scale in enumerate(self.scales):
            if first < begin + scale.iterations:
                yield number, begin
            begin += scale.iterations

    def _resized(self, size: Size) -> np.ndarray:
        assert self.picture is not None
        picture = self.picture()
        before = picture.shape[1], picture.shape[0]
        if before == size:
            return picture
        photos = (None, None) if self.photo is None else (self.photo(before), self.photo(size))
        return canvases.enlarged(picture, size, *photos)

    def _scale(self, number: int, begin: int) -> bool:
        """The iterations of one scale that are left, after those before; whether they went on to the end."""
        scale = self.scales[number]
        evaluator = self.evaluator_of(number)
        self.names = evaluator.objective.names
        held = [evaluator.canvas.parameters(self._resized(scale.size))]
        self.picture = partial(evaluator.picture, held[0])

        def tell(parameters: Parameters, losses: np.ndarray, seconds: float) -> None:
            self.rows.append(losses)
            self.iteration += len(losses)
            self.picture = partial(evaluator.picture, parameters)
            if len(losses):
                self._tell(number, begin, losses[-1], seconds)

        return self.descend(evaluator, held, begin, self.rates_of(scale), tell)

    def _steps(self, evaluator: Evaluator, held: list[np.ndarray], begin: int, rates: np.ndarray, tell: "Tell") -> bool:
        """Runs of the evaluator's own steps; whether they went on to the end.

        Args:
            held: the parameters to begin with, taken out of the list: they are large, and soon replaced.
        """
        state = evaluator.begin(held.pop())
        failures, since, factor, pace = 0, 0, 1.0, _Pace()
        while (done := self.iteration - begin) < len(rates):
            count = min(len(rates) - done, self._until_due(), pace.steps())
            began = time.perf_counter()
            own = factor * rates[done : done + count]
            state, losses = evaluator.run(state, done, self.draw + self.iteration, own)
            taken = len(losses)
            pace.took(time.perf_counter() - began, max(taken, 1))
            since += taken
            if since > 1:  # the first loss after a failure is that of the good picture again
                failures = 0
            if taken < count:
                failures, since, factor = failures + 1, 0, factor / 2
                state = State(state.good, state.good_moments, state.good, state.good_moments)
            elif done + taken == len(rates):  # the last step is evaluated too; where it is wrong, the one before stands
                state, _ = evaluator.run(state, len(rates), self.draw + begin + len(rates), np.zeros(1))
            tell(state.good, losses, pace.seconds)
            if failures == 2:
                return False
        return True

    def _lbfgs(self, evaluator: Evaluator, held: list[np.ndarray], begin: int, rates: np.ndarray, tell: "Tell") -> bool:
        """SciPy's L-BFGS; whether it went on to the end, or to where nothing leads further down."""
        draw, first_step, good = self.draw + self.iteration, float(rates[0]), held.pop()
        failures, pace, latest, began = 0, _Pace(), np.zeros(0), time.perf_counter()

        def evaluate(values: np.ndarray) -> tuple[float, np.ndarray]:
            nonlocal latest
            losses, gradient = evaluator.evaluate(values, draw)
            if not (np.isfinite(losses[0]) and np.isfinite(gradient).all()):
                raise _NotFiniteError
            latest = losses
            return float(losses[0]), gradient

        def after(values: np.ndarray) -> None:
            nonlocal good, failures, began
            good, failures, before = values, 0, began
            began = time.perf_counter()
            pace.took(began - before, 1)
            tell(values, latest[None], pace.seconds)

        while (left := begin + len(rates) - self.iteration) > 0:
            before, bounds = self.iteration, evaluator.canvas.bounds
            try:
                optimizers.lbfgs(evaluate, good, iterations=left, first_step=first_step, bounds=bounds, after=after)
            except _NotFiniteError:
                failures += 1
                first_step /= 2
                if failures == 2:
                    return False
            else:
                if self.iteration == before:  # no descent from here: this scale is as good as it gets
                    return True
        return True

    def _until_due(self) -> int:
        return self.total if self.every is None else self.every - self.iteration % self.every

    def _tell(self, number: int, begin: int, losses: np.ndarray, seconds: float) -> None:
        assert self.picture is not None
        scale, picture = self.scales[number], self.picture
        pixels = scale.size[0] * scale.size[1]
        later = sum(s.iterations * s.size[0] * s.size[1] for s in self.scales[number + 1 :]) / pixels
        step = Step(
            scale=number + 1,
            scales=len(self.scales),
            size=scale.size,
            iteration=self.iteration,
            iterations=self.total,
            loss=float(losses[0]),
            losses={name: float(value) for name, value in zip(self.names, losses[1:], strict=True)},
            seconds_per_step=seconds,
            seconds_left=seconds * (begin + scale.iterations - self.iteration + later),
            image=lambda: to_uint8(picture()),
        )
        for listener in self.listeners:
            listener(step)


Tell = Callable[[Parameters, np.ndarray, float], None]
"""Takes the parameters of the last good picture, the losses (n, 1 + terms) since the last look, and seconds a step."""


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


def _itself(picture: np.ndarray) -> np.ndarray:
    return picture

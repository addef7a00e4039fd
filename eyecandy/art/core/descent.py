"""One scale's way down: its iterations, and the rule that a number that is not finite never gets into the picture.

A loss that is not finite halves the step, and the descent goes on from the last good picture; when the next try fails
too, it ends.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from eyecandy._tensorflow import tf
from eyecandy.art.core import optimizers
from eyecandy.art.core.stage import Large, Stage, State, Steps

_LOOK_IN = 0.5  # seconds between two looks at a running graph


@dataclass(frozen=True, eq=False)
class Look:
    """What there is to tell when Python looks in.

    Attributes:
        parameters: of the last good picture.
        losses: (iterations since the last look, 1 + terms); none of them if the first was not finite.
        left: iterations of this scale still to be done.
        seconds: a step.
    """

    parameters: Large
    losses: np.ndarray
    left: int
    seconds: float


@dataclass(frozen=True, eq=False)
class Descent:
    """The iterations at one size.

    Attributes:
        stage: of that size.
        rates: (iterations,) the step size of each.
        first: how many are done already.
        draw: the number of the next random draw.
        due: how many iterations may be done before the next look.
        tell: called at each look.
    """

    stage: Stage
    rates: np.ndarray
    first: int
    draw: int
    due: Callable[[], int]
    tell: Callable[[Look], None]

    def steps(self, parameters: np.ndarray) -> bool:
        """Runs of the stage's own steps, from parameters on; whether they went on to the end."""
        state = self.stage.begin(parameters)
        del parameters  # large, and soon replaced
        done, failures, factor, pace = self.first, 0, 1.0, _Pace()
        while done < len(self.rates):
            count = min(len(self.rates) - done, self.due(), pace.steps())
            began = time.perf_counter()
            state, losses = self._go_on(state, done, factor * self.rates[done : done + count])
            taken = len(losses)
            pace.took(time.perf_counter() - began, max(taken, 1))
            done += taken
            if taken > (1 if failures else 0):  # the first loss after a failure is that of the good picture again
                failures = 0
            if taken < count:
                failures, factor = failures + 1, factor / 2
                state = State(state.good, state.good_memory, state.good, state.good_memory)
            elif done == len(self.rates):  # the last step is looked at too; where it went wrong, the one before stands
                state, _ = self._go_on(state, done, np.zeros(1))
            self.tell(Look(state.good, losses, len(self.rates) - done, pace.seconds))
            if failures == 2:
                return False
        return True

    def lbfgs(self, parameters: np.ndarray) -> bool:
        """SciPy's L-BFGS, from parameters on; whether it went on to the end, or to where nothing leads further down."""
        draw = tf.constant(self.draw)
        good, first_step, failures, pace = parameters, float(self.rates[0]), 0, _Pace()
        done, latest, began = self.first, np.zeros(0), time.perf_counter()

        def evaluate(values: np.ndarray) -> tuple[float, np.ndarray]:
            nonlocal latest
            losses, gradient = (tensor.numpy() for tensor in self.stage.evaluate(tf.constant(values), draw))
            if not (np.isfinite(losses[0]) and np.isfinite(gradient).all()):
                raise _NotFiniteError
            latest = losses
            return float(losses[0]), gradient

        def after(values: np.ndarray) -> None:
            nonlocal good, done, failures, began
            good, failures = values, 0
            done += 1
            now = time.perf_counter()
            pace.took(now - began, 1)
            began = now
            self.tell(Look(values, latest[None], len(self.rates) - done, pace.seconds))

        while done < len(self.rates):
            before, left, bounds = done, len(self.rates) - done, self.stage.canvas.bounds
            try:
                optimizers.lbfgs(evaluate, good, iterations=left, first_step=first_step, bounds=bounds, after=after)
            except _NotFiniteError:
                failures += 1
                first_step /= 2
                if failures == 2:
                    return False
            else:
                if done == before:  # no descent from here: this scale is as good as it gets
                    return True
        return True

    def _go_on(self, state: State, done: int, rates: np.ndarray) -> tuple[State, np.ndarray]:
        """A run of steps, and of its losses those that are finite."""
        draw = self.draw + done - self.first
        steps = Steps(tf.constant(done), tf.constant(len(rates)), tf.constant(draw), tf.constant(rates, tf.float32))
        state, taken, losses = self.stage.run(state, steps)
        return state, losses.numpy()[: int(taken)]


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

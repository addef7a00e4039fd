"""One size of a picture, ready to be worked on: canvas, objective, and steps compiled into one graph."""

from collections.abc import Callable
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from eyecandy._tensorflow import tf
from eyecandy.art.core.bands import bands, each
from eyecandy.art.core.canvas import Canvas
from eyecandy.art.core.evaluate import Evaluator, Outside
from eyecandy.art.core.objectives import Objective
from eyecandy.art.core.optimizers import Rule, Step

Large = Any
"""What is as large as the picture: a tensor where steps are a part of a graph, else an array that Python can free."""


class State(NamedTuple):
    """What a run of steps begins with and leaves.

    Attributes:
        parameters: of the canvas.
        memory: the step rule's.
        good, good_memory: the latest ones whose loss is known to be finite.
    """

    parameters: Large
    memory: Large
    good: Large
    good_memory: Large


class Steps(NamedTuple):
    """A run of steps, as int32 and float32 tensors.

    Attributes:
        done: steps taken at this scale before, for Adam's count.
        count: how many to take.
        draw: the number of the first step's draw.
        rates: (count,) the step size of each.
    """

    done: tf.Tensor
    count: tf.Tensor
    draw: tf.Tensor
    rates: tf.Tensor


class Stage:
    """One size: its canvas, what gives losses and gradient there, and the run of steps.

    Attributes:
        names: of the objective's terms.
    """

    def __init__(self, canvas: Canvas, objective: Objective, evaluator: Evaluator, rule: Rule) -> None:
        self.canvas = canvas
        self.objective = objective
        self.names = objective.names
        self.evaluator = evaluator
        self.rule = rule

    # Traced once, here, and not by calling a tf.function: that one would warn of retracing at every new photo.
    @cached_property
    def run(self) -> Callable[[State, Steps], tuple[State, tf.Tensor, tf.Tensor]]:
        """Takes steps, fewer than told if a loss is not finite.

        Gives the state after them, how many losses were finite, and the losses (count or fewer, 1 + terms).
        """
        if not self.evaluator.in_graph:
            return self._run_outside
        shape = self.canvas.shape
        tensors = tf.TensorSpec(shape), tf.TensorSpec(self._memory_shape)
        number, rates = tf.TensorSpec((), tf.int32), tf.TensorSpec((None,), tf.float32)
        specs = State(*tensors, *tensors), Steps(number, number, number, rates)
        return tf.function(self._run, autograph=False).get_concrete_function(*specs)

    def warm(self) -> None:
        """Compiles `run`, by taking no step with it."""
        if self.evaluator.in_graph:
            nothing, number = tf.zeros(self.canvas.shape), tf.constant(0)
            memory = self.rule.start(nothing)
            self.run(State(nothing, memory, nothing, memory), Steps(number, number, number, tf.zeros(0)))

    @cached_property
    def evaluate(self) -> Callable[..., tuple[tf.Tensor, tf.Tensor]]:
        if not self.evaluator.in_graph:
            return self.evaluator
        specs = tf.TensorSpec(self.canvas.shape), tf.TensorSpec((), tf.int32)
        return tf.function(self.evaluator, autograph=False).get_concrete_function(*specs)

    def begin(self, parameters: np.ndarray) -> State:
        """Before the first step."""
        if self.evaluator.in_graph:
            now = tf.constant(parameters)
            memory = self.rule.start(now)
            return State(now, memory, now, memory)
        memory = np.zeros(self._memory_shape, np.float32)
        return State(parameters, memory, parameters, memory)

    def picture(self, parameters: Large) -> np.ndarray:
        """(H, W, 3) float32 in 0..255; of several, one beneath another."""
        if isinstance(parameters, np.ndarray):
            return self.canvas.picture(parameters)[0]
        return self.canvas.image(parameters).numpy().reshape(*self.canvas.size[::-1], 3)

    @cached_property
    def _memory_shape(self) -> tuple[int, ...]:
        start = tf.function(self.rule.start, autograph=False)
        return tuple(start.get_concrete_function(tf.TensorSpec(self.canvas.shape)).structured_outputs.shape)

    def _stepped(
        self, parameters: tf.Tensor, memory: tf.Tensor, gradient: tf.Tensor, iteration: tf.Tensor, rate: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        change, memory = self.rule.change(gradient, memory, iteration)
        now = parameters - rate * change
        return now if self.canvas.bounds is None else tf.clip_by_value(now, *self.canvas.bounds), memory

    def _run_outside(self, state: State, steps: Steps) -> tuple[State, tf.Tensor, tf.Tensor]:
        """As `_run`, for an evaluator that is no part of a graph."""
        assert isinstance(self.evaluator, Outside)
        history: list[np.ndarray] = []
        taken = 0
        while taken == len(history) < int(steps.count):
            losses, gradient = self.evaluator.arrays(state.parameters, int(steps.draw) + taken)
            history.append(losses)
            length = _root_mean_square(gradient)
            if np.isfinite(losses[0]) and np.isfinite(length):
                step = Step(int(steps.done) + taken, float(steps.rates[taken]), length, self.canvas.bounds)
                state = self._advanced(state, gradient, step)
                taken += 1
            del gradient  # as large as the picture, and of no use to the next look
        return state, tf.constant(taken), tf.stack(history)

    def _advanced(self, state: State, gradient: np.ndarray, step: Step) -> State:
        """After one more step; the memory of the good state before is written over, its parameters may be on show."""
        now = np.empty_like(state.parameters)
        memory = state.good_memory if state.good_memory is not state.memory else np.empty_like(state.memory)
        flat = [large.reshape(-1) for large in (now, state.parameters, gradient)]
        remembered = [large.reshape(-1, now.size) if large.ndim else large for large in (memory, state.memory)]

        def advance(band: slice) -> None:
            own, before, slopes = (large[band] for large in flat)
            own_memory, memory_before = (large[..., band] if large.ndim else large for large in remembered)
            own[...] = before
            own_memory[...] = memory_before
            self.rule.advance(own, own_memory, slopes, step)

        each(advance, bands(now.size))
        return State(now, memory, state.parameters, state.memory)

    def _run(self, state: State, steps: Steps) -> tuple[State, tf.Tensor, tf.Tensor]:
        history = tf.TensorArray(tf.float32, size=steps.count, element_shape=(1 + len(self.names),))

        def step(i: tf.Tensor, ok: tf.Tensor, state: State, history: tf.TensorArray) -> Any:
            now, memory, good, good_memory = state
            losses, gradient = self.evaluator(now, steps.draw + i)
            ok = tf.math.is_finite(losses[0]) & tf.reduce_all(tf.math.is_finite(gradient))
            good, good_memory = tf.where(ok, now, good), tf.where(ok, memory, good_memory)
            now, memory = self._stepped(now, memory, gradient, steps.done + i, steps.rates[i])
            state = State(now, memory, good, good_memory)
            return i + tf.cast(ok, tf.int32), ok, state, history.write(i, losses)

        taken, _, state, history = tf.while_loop(
            lambda i, ok, *_: ok & (i < steps.count),
            step,
            (tf.constant(0), tf.constant(True), state, history),
            parallel_iterations=1,
        )
        return state, taken, history.stack()


def _root_mean_square(gradient: np.ndarray) -> float:
    """Of all its numbers; not finite if one of them is not."""
    flat = gradient.reshape(-1)
    squares = (np.square(flat[band], dtype=np.float64).sum() for band in bands(flat.size))
    return float(np.sqrt(sum(squares) / flat.size))

"""How parameters are changed: Adam and plain normalised steps inside the graph, L-BFGS through SciPy.

A step rule holds no state of its own: what it remembers is a tensor that goes in and comes out, so that the render
loop can put back an earlier moment. What is too large for that goes through `advance`, in place and a band at a time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import scipy.optimize

from eyecandy._tensorflow import tf

_TINY = 1e-8


class Rule(Protocol):
    """A step rule inside the graph."""

    def start(self, parameters: tf.Tensor) -> tf.Tensor:
        """What is remembered before the first step."""

    def change(self, gradient: tf.Tensor, memory: tf.Tensor, iteration: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """What to subtract, for a rate of 1, and what is remembered; iterations count from 0."""

    def advance(self, parameters: np.ndarray, memory: np.ndarray, gradient: np.ndarray, step: "Step") -> None:
        """A step as by `change`, written over what goes in, all but the gradient.

        Args:
            parameters: (n,), all of them or some in a row.
            memory: (..., n), the same of what `start` gave; of a rule that remembers nothing, a single number.
            gradient: (n,), likewise.
            step: which.
        """


@dataclass(frozen=True)
class Step:
    """What a rule has to know of a step.

    Attributes:
        iteration: counted from 0.
        rate: the step size.
        length: root mean square of the whole gradient.
        bounds: of every parameter.
    """

    iteration: int
    rate: float
    length: float
    bounds: tuple[float, float] | None

    def take(self, parameters: np.ndarray, change: np.ndarray) -> None:
        """Subtracts a change for a rate of 1; both are written over."""
        change *= self.rate
        parameters -= change
        if self.bounds is not None:
            np.clip(parameters, *self.bounds, out=parameters)


@dataclass(frozen=True)
class Adam:
    """D. Kingma, J. Ba, "Adam: A Method for Stochastic Optimization" (ICLR 2015)."""

    first: float = 0.9
    second: float = 0.999

    def start(self, parameters: tf.Tensor) -> tf.Tensor:
        return tf.zeros((2, *parameters.shape))

    def change(self, gradient: tf.Tensor, memory: tf.Tensor, iteration: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        mean = self.first * memory[0] + (1 - self.first) * gradient
        square = self.second * memory[1] + (1 - self.second) * tf.square(gradient)
        count = tf.cast(iteration + 1, tf.float32)
        scaled_mean, scaled_square = mean / (1 - self.first**count), square / (1 - self.second**count)
        return scaled_mean / (tf.sqrt(scaled_square) + _TINY), tf.stack([mean, square])

    def advance(self, parameters: np.ndarray, memory: np.ndarray, gradient: np.ndarray, step: Step) -> None:
        mean, square = memory
        mean *= self.first
        mean += (1 - self.first) * gradient
        square *= self.second
        square += (1 - self.second) * np.square(gradient)
        scaled = square / (1 - self.second ** (step.iteration + 1))
        np.sqrt(scaled, out=scaled)
        scaled += _TINY
        np.divide(mean, scaled, out=scaled)
        scaled /= 1 - self.first ** (step.iteration + 1)
        step.take(parameters, scaled)


@dataclass(frozen=True)
class Gradient:
    """The gradient over its root mean square: every step moves the parameters equally far."""

    def start(self, parameters: tf.Tensor) -> tf.Tensor:
        return tf.zeros(())

    def change(self, gradient: tf.Tensor, memory: tf.Tensor, iteration: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return gradient / (
            tf.math.reduce_euclidean_norm(gradient) / gradient.shape.num_elements() ** 0.5 + 1e-30
        ), memory

    def advance(self, parameters: np.ndarray, memory: np.ndarray, gradient: np.ndarray, step: Step) -> None:
        step.take(parameters, gradient / (step.length + 1e-30))


RULES: dict[str, Rule] = {"adam": Adam(), "gradient": Gradient()}


def lbfgs(
    evaluate: Callable[[np.ndarray], tuple[float, np.ndarray]],
    parameters: np.ndarray,
    *,
    iterations: int,
    first_step: float,
    bounds: tuple[float, float] | None,
    after: Callable[[np.ndarray], None],
) -> np.ndarray:
    """SciPy's L-BFGS-B.

    Args:
        evaluate: loss and gradient of float32 parameters, in their shape.
        parameters: where to begin.
        iterations: how many at most.
        first_step: how far, as the root mean square of the parameters' change, the very first try may go.
        bounds: of every parameter.
        after: called with the parameters after each iteration.

    Returns:
        The last parameters.
    """
    shape, count = parameters.shape, parameters.size
    # SciPy's first try is of length 1 over all variables: in these units that is `first_step` a parameter.
    unit = first_step * count**0.5

    def loss(variables: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = evaluate((variables * unit).reshape(shape).astype(np.float32))
        return value, gradient.reshape(-1).astype(np.float64) * unit

    result = scipy.optimize.minimize(
        loss,
        parameters.reshape(-1).astype(np.float64) / unit,
        jac=True,
        method="L-BFGS-B",
        bounds=None if bounds is None else scipy.optimize.Bounds(bounds[0] / unit, bounds[1] / unit),
        callback=lambda variables: after((variables * unit).reshape(shape).astype(np.float32)),
        options={"maxiter": iterations, "maxfun": 20 * iterations, "maxcor": 20, "ftol": 0.0, "gtol": 0.0},
    )
    return (result.x * unit).reshape(shape).astype(np.float32)

"""How parameters are changed: Adam and plain normalised steps in TensorFlow, L-BFGS through SciPy.

A step rule holds no state of its own: what it remembers goes in and comes out, so that the render loop can put back an
earlier moment. It takes each number for itself, so that large arrays can be stepped a piece at a time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
import scipy.optimize

from eyecandy._tensorflow import tf

_TINY = 1e-8

Parameters = Any
"""As large as the picture: a tensor where a picture is seen whole, else an array, which Python frees."""


class State(NamedTuple):
    """What a run of steps begins with and leaves.

    Attributes:
        parameters: of the canvas.
        moments: what the step rule remembers of each.
        good, good_moments: the latest ones whose loss is known to be finite.
    """

    parameters: Parameters
    moments: Parameters
    good: Parameters
    good_moments: Parameters


class Rule(Protocol):
    """A step rule."""

    @property
    def moments(self) -> int:
        """How many numbers it remembers of each parameter, at first zeros."""

    def change(
        self, gradient: tf.Tensor, moments: tf.Tensor, iteration: tf.Tensor, length: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """What to subtract, for a rate of 1, and what is remembered.

        Args:
            gradient: of all parameters, or of some.
            moments: (moments, ...) of the same.
            iteration: counted from 0.
            length: root mean square of the whole gradient.
        """


@dataclass(frozen=True)
class Adam:
    """D. Kingma, J. Ba, "Adam: A Method for Stochastic Optimization" (ICLR 2015)."""

    first: float = 0.9
    second: float = 0.999
    moments: int = 2

    def change(
        self, gradient: tf.Tensor, moments: tf.Tensor, iteration: tf.Tensor, length: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        mean = self.first * moments[0] + (1 - self.first) * gradient
        square = self.second * moments[1] + (1 - self.second) * tf.square(gradient)
        count = tf.cast(iteration + 1, tf.float32)
        scaled_mean, scaled_square = mean / (1 - self.first**count), square / (1 - self.second**count)
        return scaled_mean / (tf.sqrt(scaled_square) + _TINY), tf.stack([mean, square])


@dataclass(frozen=True)
class Gradient:
    """The gradient over its root mean square: every step moves the parameters equally far."""

    moments: int = 0

    def change(
        self, gradient: tf.Tensor, moments: tf.Tensor, iteration: tf.Tensor, length: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        return gradient / (length + 1e-30), moments


RULES: dict[str, Rule] = {"adam": Adam(), "gradient": Gradient()}
OPTIMIZERS = (*RULES, "lbfgs")


def stepped(
    rule: Rule,
    bounds: tuple[float, float] | None,
    parameters: tf.Tensor,
    moments: tf.Tensor,
    gradient: tf.Tensor,
    iteration: tf.Tensor,
    rate: tf.Tensor,
    length: tf.Tensor,
) -> tuple[tf.Tensor, tf.Tensor]:
    """Parameters and moments after a step; `bounds` hold every parameter, and the others are as for `Rule.change`."""
    change, moments = rule.change(gradient, moments, iteration, length)
    now = parameters - rate * change
    return now if bounds is None else tf.clip_by_value(now, *bounds), moments


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

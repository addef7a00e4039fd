"""One size of a picture, ready to be worked on: canvas, objective, and steps compiled into one graph."""

from collections.abc import Callable
from functools import cached_property, partial
from typing import Any

import numpy as np

from eyecandy._tensorflow import tf
from eyecandy.art.canvas import Canvas
from eyecandy.art.objectives import Objective, Seen
from eyecandy.art.optimizers import Rule
from eyecandy.art.transforms import Transform
from eyecandy.backbone.model import Backbone, Features


class Stage:
    """One size: its canvas, its objective, and the compiled run of steps.

    Attributes:
        names: of the objective's terms.
    """

    def __init__(
        self,
        backbone: Backbone,
        canvas: Canvas,
        objective: Objective,
        rule: Rule,
        transform: Transform | None,
        seed: int,
    ) -> None:
        self.canvas = canvas
        self.objective = objective
        self.names = objective.names
        self.look: Features = _blind
        if objective.layers or objective.class_map:
            self.look = backbone.features(objective.layers, class_map=objective.class_map)
        self.rule = rule
        self.transform = transform
        self.seed = seed

    # Traced once, here, and not by calling a tf.function: that one would warn of retracing at every new photo.
    @cached_property
    def run(self) -> Callable[..., tuple[tf.Tensor, ...]]:
        shape = self.canvas.shape
        tensors = [tf.TensorSpec(shape), tf.TensorSpec(self.rule.start(tf.zeros(shape)).shape)]
        number, rates = tf.TensorSpec((), tf.int32), tf.TensorSpec((None,), tf.float32)
        specs = [*tensors, *tensors, number, number, number, rates]
        return tf.function(self._run, autograph=False).get_concrete_function(*specs)

    @cached_property
    def evaluate(self) -> Callable[..., tuple[tf.Tensor, tf.Tensor]]:
        specs = tf.TensorSpec(self.canvas.shape), tf.TensorSpec((), tf.int32)
        return tf.function(self._evaluate, autograph=False).get_concrete_function(*specs)

    def picture(self, parameters: tf.Tensor) -> np.ndarray:
        """(H, W, 3) float32 in 0..255."""
        return self.canvas.image(parameters)[0].numpy()

    def _evaluate(self, parameters: tf.Tensor, draw: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """All losses, the weighted sum first, and its gradient."""
        seed = tf.stack([self.seed, draw * 64])
        transform = None if self.transform is None else partial(self.transform, seed=seed)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(parameters)
            image = self.canvas.image(parameters)
            seen = dict(self.look(image if transform is None else transform(image)))
            losses = self.objective.losses(Seen(image, seen, seen.pop("class_map", None), transform))
            total = losses[0]
        return losses, tape.gradient(total, parameters)

    def _run(
        self,
        parameters: tf.Tensor,
        memory: tf.Tensor,
        good: tf.Tensor,
        good_memory: tf.Tensor,
        done: tf.Tensor,
        count: tf.Tensor,
        draw: tf.Tensor,
        rates: tf.Tensor,
    ) -> tuple[tf.Tensor, ...]:
        """Up to `count` steps, fewer if a loss is not finite.

        Args:
            parameters, memory: where the run begins.
            good, good_memory: the latest before them whose loss was finite.
            done: steps taken at this scale before, for Adam's count.
            count: how many to take.
            draw: the number of the first step's draw.
            rates: the step size of each.

        Returns:
            parameters and memory after the last step; the latest ones whose loss was finite; how many of the losses
            were; their history (count, 1 + terms).
        """
        history = tf.TensorArray(tf.float32, size=count, element_shape=(1 + len(self.names),))

        def step(i: tf.Tensor, ok: tf.Tensor, now: Any, memory: Any, good: Any, good_memory: Any, history: Any) -> Any:
            losses, gradient = self._evaluate(now, draw + i)
            ok = tf.math.is_finite(losses[0]) & tf.reduce_all(tf.math.is_finite(gradient))
            good, good_memory = tf.where(ok, now, good), tf.where(ok, memory, good_memory)
            change, memory = self.rule.change(gradient, memory, done + i)
            now = now - rates[i] * change
            if self.canvas.bounds is not None:
                now = tf.clip_by_value(now, *self.canvas.bounds)
            return i + tf.cast(ok, tf.int32), ok, now, memory, good, good_memory, history.write(i, losses)

        taken, _, now, memory, good, good_memory, history = tf.while_loop(
            lambda i, ok, *_: ok & (i < count),
            step,
            (tf.constant(0), tf.constant(True), parameters, memory, good, good_memory, history),
            parallel_iterations=1,
        )
        return now, memory, good, good_memory, taken, history.stack()


def _blind(image: tf.Tensor) -> dict[str, tf.Tensor]:
    """What is seen where no term asks the network."""
    return {}

"""Losses and gradient of the pictures of one size, and steps down them: the evaluator for pictures seen whole.

Runs of steps stay inside the graph.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from eyecandy._tensorflow import tf
from eyecandy.art.core.canvas import Canvas
from eyecandy.art.core.guided import placed
from eyecandy.art.core.objectives import Objective, Seen, Sums, Term
from eyecandy.art.core.optimizers import Parameters, Rule, State, stepped
from eyecandy.art.core.transforms import Transform
from eyecandy.backbone.layers import CLASS_MAP
from eyecandy.backbone.model import Backbone, Features

Selection = Callable[[str, Term, tf.Tensor], tf.Tensor]
Targets = Mapping[int, Mapping[str, tf.Tensor]]
"""Feature maps of the pictures of terms that have one of their own, by the term's number and the layer's name."""
Graph = Any  # what tf.function traces to


class Evaluator(Protocol):
    """One size of a picture, ready to be worked on.

    Attributes:
        canvas: of that size.
        objective: likewise.
    """

    canvas: Canvas
    objective: Objective

    def evaluate(self, parameters: np.ndarray, draw: int) -> tuple[np.ndarray, np.ndarray]:
        """All losses (1 + terms,), the weighted sum first, and its gradient in the parameters' shape.

        Args:
            parameters: of the canvas.
            draw: the number of the random draw.
        """

    def begin(self, parameters: np.ndarray) -> State:
        """Before the first step."""

    def run(self, state: State, done: int, draw: int, rates: np.ndarray) -> tuple[State, np.ndarray]:
        """Takes steps, fewer than told if a loss is not finite.

        Args:
            state: where to begin.
            done: steps taken at this scale before, for Adam's count.
            draw: the number of the first step's draw.
            rates: the step size of each.

        Returns:
            The state after them, and the losses that were finite, (steps, 1 + terms).
        """

    def picture(self, parameters: Parameters) -> np.ndarray:
        """What parameters show, (H, W, 3) float32 in 0..255; of several pictures, one beneath another."""

    def weigh(self, weights: Sequence[float]) -> None:
        """Gives the terms other weights; what is compiled stays."""

    def compile(self) -> None:
        """Compiles what the next calls need, as far as that can be done ahead."""


class Evaluators(Protocol):
    """Chooses how pictures are evaluated, whole or otherwise."""

    def seen_whole(self, objective: Objective, size: tuple[int, int]) -> bool:
        """Whether a picture of (width, height) is: then its steps may be compiled while others are taken."""

    def evaluator(
        self, canvas: Canvas, objective: Objective, transform: Transform | None, seed: int, rule: Rule | None
    ) -> Evaluator:
        """The evaluator of one size."""

    def close(self) -> None:
        """Lets go of what evaluators share."""


class WholePictures:
    """Every picture is seen whole."""

    def __init__(self, backbone: Backbone) -> None:
        self.backbone = backbone

    def seen_whole(self, objective: Objective, size: tuple[int, int]) -> bool:
        return True

    def evaluator(
        self, canvas: Canvas, objective: Objective, transform: Transform | None, seed: int, rule: Rule | None
    ) -> Evaluator:
        return WholeEvaluator(self.backbone, canvas, objective, transform, seed, rule)

    def close(self) -> None:
        pass


class FeatureExtractor:
    """What an objective asks a network for.

    Attributes:
        objective: what asks.
        terms: of the objective.
        strides: pixels a position, by the name of each feature map that a term reads; `CLASS_MAP` is one of them.
        features: gives the feature maps of the canvas.
        target_extractors: give those of the pictures of terms that have one of their own, by the term's number.
    """

    def __init__(self, backbone: Backbone, objective: Objective) -> None:
        self.objective = objective
        self.terms = [term for _, term in objective.terms]
        self.strides = {name: backbone.layer(name).stride for name in objective.layers}
        if objective.class_map:
            self.strides[CLASS_MAP] = backbone.stride
        self.features: Features = _blind
        if self.strides:
            self.features = backbone.features(objective.layers, class_map=objective.class_map)
        self.target_extractors = {
            number: placed(backbone, term.layers) if term.placed else backbone.features(term.layers)
            for number, term in enumerate(self.terms)
            if term.looks and term.target_image is not None
        }

    @property
    def windows(self) -> list[tuple[str, int, int]]:
        """Name, border and stride of each map that a term reads: of these, a tile must know which positions it owns."""
        asked: dict[tuple[str, int], int] = {}
        for term in self.terms:
            if term.looks:
                for name in [*term.layers, CLASS_MAP] if term.class_map else term.layers:
                    asked[name, term.border] = self.strides[name]
        return [(name, border, stride) for (name, border), stride in asked.items()]

    def target_features(self, pictures: Sequence[tf.Tensor], own: Selection) -> Targets:
        """What `sums` takes as targets.

        Args:
            pictures: of the terms that have one of their own, in the order of `target_extractors`.
            own: as for `sums`.
        """
        return {
            number: {name: own(name, self.terms[number], features) for name, features in features_of(picture).items()}
            for (number, features_of), picture in zip(self.target_extractors.items(), pictures, strict=True)
        }

    def sums(self, seen: Mapping[str, tf.Tensor], targets: Targets, own: Selection) -> list[Sums]:
        """The sums of each term that asks the network.

        Args:
            seen: what `features` gave.
            targets: what `target_features` gave.
            own: of a map's name, a term and a feature map, the positions that count.
        """
        found = []
        for number, term in enumerate(self.terms):
            if term.looks:
                features = {name: own(name, term, seen[name]) for name in term.layers}
                class_map = own(CLASS_MAP, term, seen[CLASS_MAP]) if term.class_map else None
                found.append(term.sums(Seen(features, class_map, targets.get(number, {}))))
        return found


class WholeEvaluator:
    """The whole picture at once, inside the graph.

    Args:
        backbone: the network that looks.
        canvas: what is shown to it.
        objective: what it is asked.
        transform: applied to the canvas before it looks.
        seed: decides every draw.
        rule: takes the steps; None where only `evaluate` is called.
    """

    def __init__(
        self,
        backbone: Backbone,
        canvas: Canvas,
        objective: Objective,
        transform: Transform | None,
        seed: int,
        rule: Rule | None = None,
    ) -> None:
        self.canvas = canvas
        self.weights = [tf.Variable(weight, dtype=tf.float32) for weight in objective.weights]
        self.objective = objective.weighed(self.weights)
        self.transform = transform
        self.seed = seed
        self.rule = rule
        self.extractor = FeatureExtractor(backbone, objective)

    def evaluate(self, parameters: np.ndarray, draw: int) -> tuple[np.ndarray, np.ndarray]:
        losses, gradient = self._gradient_graph(tf.constant(parameters), tf.constant(draw))
        return losses.numpy(), gradient.numpy()

    def begin(self, parameters: np.ndarray) -> State:
        now = tf.constant(parameters)
        moments = tf.zeros(self._moments_spec.shape)
        return State(now, moments, now, moments)

    def run(self, state: State, done: int, draw: int, rates: np.ndarray) -> tuple[State, np.ndarray]:
        state, taken, losses = self._run_graph(
            state, tf.constant(done), tf.constant(draw), tf.constant(rates, tf.float32)
        )
        return state, losses.numpy()[: int(taken)]

    def picture(self, parameters: Parameters) -> np.ndarray:
        return self.canvas.image(tf.convert_to_tensor(parameters)).numpy().reshape(*self.canvas.size[::-1], 3)

    def weigh(self, weights: Sequence[float]) -> None:
        for variable, weight in zip(self.weights, weights, strict=True):
            variable.assign(weight)

    def compile(self) -> None:
        if self.rule is None:
            _ = self._gradient_graph
        else:  # by taking no step: TensorFlow optimises a graph when it is first run
            self.run(self.begin(np.zeros(self.canvas.shape, np.float32)), 0, 0, np.zeros(0))

    @cached_property
    def _gradient_graph(self) -> Graph:
        return graph(self._gradient, tf.TensorSpec(self.canvas.shape), tf.TensorSpec((), tf.int32))

    @cached_property
    def _run_graph(self) -> Graph:
        tensors = tf.TensorSpec(self.canvas.shape), self._moments_spec
        number = tf.TensorSpec((), tf.int32)
        return graph(self._run, State(*tensors, *tensors), number, number, tf.TensorSpec((None,)))

    @property
    def _moments_spec(self) -> tf.TensorSpec:
        assert self.rule is not None
        return tf.TensorSpec((self.rule.moments, *self.canvas.shape))

    def _run(
        self, state: State, done: tf.Tensor, draw: tf.Tensor, rates: tf.Tensor
    ) -> tuple[State, tf.Tensor, tf.Tensor]:
        assert self.rule is not None
        rule, count = self.rule, tf.size(rates)
        history = tf.TensorArray(tf.float32, size=count, element_shape=(1 + len(self.weights),))

        def step(i: tf.Tensor, ok: tf.Tensor, state: State, history: tf.TensorArray) -> Any:
            now, moments, good, good_moments = state
            losses, gradient = self._gradient(now, draw + i)
            ok = tf.math.is_finite(losses[0]) & tf.reduce_all(tf.math.is_finite(gradient))
            good, good_moments = tf.where(ok, now, good), tf.where(ok, moments, good_moments)
            length = tf.math.reduce_euclidean_norm(gradient) / gradient.shape.num_elements() ** 0.5
            now, moments = stepped(rule, self.canvas.bounds, now, moments, gradient, done + i, rates[i], length)
            state = State(now, moments, good, good_moments)
            return i + tf.cast(ok, tf.int32), ok, state, history.write(i, losses)

        taken, _, state, history = tf.while_loop(
            lambda i, ok, *_: ok & (i < count),
            step,
            (tf.constant(0), tf.constant(True), state, history),
            parallel_iterations=1,
        )
        return state, taken, history.stack()

    def _gradient(self, parameters: tf.Tensor, draw: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        seed = draw_seed(self.seed, draw)
        targets = self._still if self.transform is None and not self._moves else self._targets(self.transform, seed)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(parameters)
            image = self.canvas.image(parameters)
            seen = self.extractor.features(image if self.transform is None else self.transform(image, seed))
            looking = iter(self.extractor.sums(seen, targets, self._own))
            losses = self.objective.losses(
                [
                    next(looking) if term.looks else term.sums(Seen(image=image, target_image=term.target_image))
                    for term in self.extractor.terms
                ]
            )
            total = losses[0]
        # some operations of canvases give gradients of no known shape
        return losses, tf.ensure_shape(tape.gradient(total, parameters), parameters.shape)

    def _targets(self, transform: Transform | None, seed: tf.Tensor) -> Targets:
        pictures = self._pictures()
        seen = pictures if transform is None else [transform(picture, seed) for picture in pictures]
        return self.extractor.target_features(seen, self._own)

    @property
    def _moves(self) -> bool:
        """Whether a picture of a term may change."""
        terms = self.extractor.terms
        return any(isinstance(terms[number].target_image, tf.Variable) for number in self.extractor.target_extractors)

    @cached_property
    def _still(self) -> Targets:
        with tf.init_scope():  # once, and not a part of the graph
            return self.extractor.target_features(self._pictures(), self._own)

    def _pictures(self) -> list[tf.Tensor]:
        """Of the terms that have one of their own."""
        terms = self.extractor.terms
        return [tf.cast(terms[number].target_image, tf.float32) for number in self.extractor.target_extractors]

    def _own(self, name: str, term: Term, features: tf.Tensor) -> tf.Tensor:
        return inner(features, term.border // self.extractor.strides[name])


def graph(function: Callable[..., Any], *signature: Any) -> Graph:
    """A function as one graph, traced now: a tf.function would warn of retracing at every new photo."""
    return tf.function(function, autograph=False).get_concrete_function(*signature)


def inner(features: tf.Tensor, positions: int) -> tf.Tensor:
    """Feature maps (N, h, w, C) without so many positions a side."""
    return features[:, positions:-positions, positions:-positions] if positions else features


def draw_seed(seed: int, draw: tf.Tensor) -> tf.Tensor:
    """The seed of a step's random draws; each of up to 64 transforms takes the next."""
    return tf.stack([seed, draw * 64])


def _blind(image: tf.Tensor) -> dict[str, tf.Tensor]:
    """What is seen where no term asks the network."""
    return {}

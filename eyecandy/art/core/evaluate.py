"""Losses and gradient of a canvas, all at once: the evaluator for pictures that fit into memory."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Protocol, runtime_checkable

import numpy as np

from eyecandy._tensorflow import tf
from eyecandy.art.core.canvas import Canvas
from eyecandy.art.core.objectives import Objective, Seen, Sums, Term
from eyecandy.art.core.transforms import Transform
from eyecandy.backbone.layers import CLASS_MAP
from eyecandy.backbone.model import Backbone, Features

Own = Callable[[str, Term, tf.Tensor], tf.Tensor]
Targets = Mapping[int, Mapping[str, tf.Tensor]]
"""Feature maps of the pictures of terms that have one of their own, by the term's number and the layer's name."""


class Evaluator(Protocol):
    """What a stage asks for losses and their gradient.

    Attributes:
        in_graph: whether it can be a part of a TensorFlow graph.
    """

    in_graph: bool

    def __call__(self, parameters: tf.Tensor, draw: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """All losses (1 + terms,), the weighted sum first, and its gradient in the parameters' shape.

        Args:
            parameters: of the canvas.
            draw: the number of the random draw.
        """

    def weigh(self, weights: Sequence[float]) -> None:
        """Gives the terms other weights; what is compiled stays."""


@runtime_checkable
class Outside(Evaluator, Protocol):
    """One that is no part of a graph."""

    def arrays(self, parameters: np.ndarray, draw: int) -> tuple[np.ndarray, np.ndarray]:
        """Losses and gradient of arrays; neither is kept."""


class Eye:
    """What an objective asks a network for.

    Attributes:
        objective: what asks.
        terms: of the objective.
        strides: pixels a place, by the name of each feature map that a term reads; `CLASS_MAP` is one of them.
        look: gives the feature maps of the canvas.
        targets: gives those of the pictures of terms that have one of their own, by the term's number.
    """

    def __init__(self, backbone: Backbone, objective: Objective) -> None:
        self.objective = objective
        self.terms = [term for _, term in objective.terms]
        self.strides = {name: backbone.layer(name).stride for name in objective.layers}
        if objective.class_map:
            self.strides[CLASS_MAP] = backbone.stride
        self.look: Features = _blind
        if self.strides:
            self.look = backbone.features(objective.layers, class_map=objective.class_map)
        self.targets = {
            number: backbone.features(term.layers)
            for number, term in enumerate(self.terms)
            if term.looks and term.beside is not None
        }

    @property
    def windows(self) -> list[tuple[str, int, int]]:
        """Name, border and stride of each map that a term reads: of these, a tile must know which places it owns."""
        asked: dict[tuple[str, int], int] = {}
        for term in self.terms:
            if term.looks:
                for name in [*term.layers, CLASS_MAP] if term.class_map else term.layers:
                    asked[name, term.border] = self.strides[name]
        return [(name, border, stride) for (name, border), stride in asked.items()]

    def beside(self, pictures: Sequence[tf.Tensor], own: Own) -> Targets:
        """What `sums` takes as targets.

        Args:
            pictures: of the terms that have one of their own, in the order of `targets`.
            own: as for `sums`.
        """
        return {
            number: {name: own(name, self.terms[number], features) for name, features in look(picture).items()}
            for (number, look), picture in zip(self.targets.items(), pictures, strict=True)
        }

    def sums(self, seen: Mapping[str, tf.Tensor], targets: Targets, own: Own) -> list[Sums]:
        """The sums of each term that asks the network.

        Args:
            seen: what `look` gave.
            targets: what `beside` gave.
            own: of a map's name, a term and a feature map, the places that count.
        """
        found = []
        for number, term in enumerate(self.terms):
            if term.looks:
                features = {name: own(name, term, seen[name]) for name in term.layers}
                class_map = own(CLASS_MAP, term, seen[CLASS_MAP]) if term.class_map else None
                found.append(term.sums(Seen(features, class_map, targets.get(number, {}))))
        return found


class Whole:
    """The whole picture at once, inside the graph."""

    in_graph = True

    def __init__(
        self, backbone: Backbone, canvas: Canvas, objective: Objective, transform: Transform | None, seed: int
    ) -> None:
        self.canvas = canvas
        self.weights = [tf.Variable(weight, dtype=tf.float32) for weight in objective.weights]
        self.objective = objective.weighed(self.weights)
        self.transform = transform
        self.seed = seed
        self.eye = Eye(backbone, objective)

    def __call__(self, parameters: tf.Tensor, draw: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        seed = draw_seed(self.seed, draw)
        parameters = tf.convert_to_tensor(parameters)
        targets = self._still if self.transform is None else self._targets(self.transform, seed)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(parameters)
            image = self.canvas.image(parameters)
            seen = self.eye.look(image if self.transform is None else self.transform(image, seed))
            looking = iter(self.eye.sums(seen, targets, self._own))
            losses = self.objective.losses(
                [
                    next(looking) if term.looks else term.sums(Seen(image=image, beside=term.beside))
                    for term in self.eye.terms
                ]
            )
            total = losses[0]
        return losses, tape.gradient(total, parameters)

    def weigh(self, weights: Sequence[float]) -> None:
        for variable, weight in zip(self.weights, weights, strict=True):
            variable.assign(weight)

    def _targets(self, transform: Transform, seed: tf.Tensor) -> Targets:
        return self.eye.beside([transform(picture, seed) for picture in self._pictures()], self._own)

    @cached_property
    def _still(self) -> Targets:
        with tf.init_scope():  # once, and not a part of the graph
            return self.eye.beside(self._pictures(), self._own)

    def _pictures(self) -> list[tf.Tensor]:
        """Of the terms that have one of their own."""
        return [tf.cast(self.eye.terms[number].beside, tf.float32) for number in self.eye.targets]

    def _own(self, name: str, term: Term, features: tf.Tensor) -> tf.Tensor:
        return inner(features, term.border // self.eye.strides[name])


def inner(features: tf.Tensor, places: int) -> tf.Tensor:
    """Feature maps (N, h, w, C) without so many places a side."""
    return features[:, places:-places, places:-places] if places else features


def draw_seed(seed: int, draw: tf.Tensor) -> tf.Tensor:
    """The seed of a step's random draws; each of up to 64 transforms takes the next."""
    return tf.stack([seed, draw * 64])


def _blind(image: tf.Tensor) -> dict[str, tf.Tensor]:
    """What is seen where no term asks the network."""
    return {}

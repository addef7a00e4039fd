"""Objectives: from what the network sees to one number that is made smaller, with `+` and `*`.

    objective = content(photo, look, {"block3_conv2": 1}) + 25 * style(grams, {"block1_conv1": 1})

Each function below gives an objective of one term; the term holds its target and calls a pure function of `losses`.
Weights of layers are shares: they are divided by their sum, so a term is a mean over its layers.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from eyecandy._tensorflow import tf
from eyecandy.art import losses
from eyecandy.backbone.model import Features
from eyecandy.errors import EyecandyError

Weights = Mapping[str, float]


@dataclass(frozen=True)
class Seen:
    """What a term may look at.

    Attributes:
        image: the canvas as it is, (1, H, W, 3) in 0..255.
        features: feature maps (1, h, w, C) of the transformed canvas, by full layer name.
        class_map: logits at every place (1, h, w, C) of the transformed canvas; None unless a term needs it.
        transform: does to another picture what was done to the canvas; None where nothing was.
    """

    image: tf.Tensor
    features: Mapping[str, tf.Tensor]
    class_map: tf.Tensor | None = None
    transform: Callable[[tf.Tensor], tf.Tensor] | None = None


@dataclass(frozen=True)
class Term:
    """One loss with a name: the layers it reads, whether it reads the class map, and its function of `Seen`."""

    name: str
    loss: Callable[[Seen], tf.Tensor]
    layers: tuple[str, ...] = ()
    class_map: bool = False


@dataclass(frozen=True)
class Objective:
    """A weighted sum of terms. Smaller is better."""

    terms: tuple[tuple[float, Term], ...]

    def __add__(self, other: "Objective") -> "Objective":
        return Objective(self.terms + other.terms)

    def __mul__(self, weight: float) -> "Objective":
        return Objective(tuple((weight * own, term) for own, term in self.terms))

    __rmul__ = __mul__

    @property
    def names(self) -> tuple[str, ...]:
        """The terms' names; one that comes again carries a number."""
        names: list[str] = []
        for _, term in self.terms:
            count = sum(other.name == term.name for _, other in self.terms[: len(names)])
            names.append(term.name if count == 0 else f"{term.name} {count + 1}")
        return tuple(names)

    @property
    def layers(self) -> tuple[str, ...]:
        """Every layer that a term reads, each once."""
        return tuple(dict.fromkeys(layer for _, term in self.terms for layer in term.layers))

    @property
    def class_map(self) -> bool:
        """Whether a term reads the class map."""
        return any(term.class_map for _, term in self.terms)

    def losses(self, seen: Seen) -> tf.Tensor:
        """(1 + terms,): the weighted sum, then each term's own loss without its weight, in the order of `names`."""
        each = [term.loss(seen) for _, term in self.terms]
        total = tf.add_n([weight * loss for (weight, _), loss in zip(self.terms, each, strict=True)])
        return tf.stack([total, *each])


def content(
    photo: tf.Tensor,
    look: Features,
    weights: Weights,
    *,
    distance: Callable[[tf.Tensor, tf.Tensor], tf.Tensor] = losses.relative_rms,
) -> Objective:
    """Keep a photo's feature maps, place by place.

    Where the canvas is shifted before the network looks, the photo is shifted along: against a photo that stands still,
    one place off, even the photo itself would score 0.9.

    Args:
        photo: (1, H, W, 3) in 0..255, at the canvas's size.
        look: the backbone's function from pictures to (at least) the layers weighed.
        weights: by full layer name.
        distance: of a feature map from its target; `losses.gatys_content` is another.
    """
    still = look(photo)

    def loss(seen: Seen) -> tf.Tensor:
        targets = still if seen.transform is None else look(tf.stop_gradient(seen.transform(photo)))
        return _mean({name: distance(seen.features[name], targets[name]) for name in weights}, weights)

    return _one("content", loss, tuple(weights))


def style(
    targets: Mapping[str, tf.Tensor],
    weights: Weights,
    *,
    distance: Callable[[tf.Tensor, tf.Tensor], tf.Tensor] = losses.relative_l1,
) -> Objective:
    """Take on Gram matrices (C, C), as `losses.gram` gives them. `distance` may be `losses.gatys_style`."""

    def loss(seen: Seen) -> tf.Tensor:
        return _mean({name: distance(losses.gram(seen.features[name]), targets[name]) for name in weights}, weights)

    return _one("style", loss, tuple(weights))


def energy(weights: Weights, *, channel: int | None = None) -> Objective:
    """Excite layers, or one channel of each: a dream."""

    def loss(seen: Seen) -> tf.Tensor:
        chosen = seen.features if channel is None else {n: f[..., channel, None] for n, f in seen.features.items()}
        return _mean({name: losses.log_energy(chosen[name]) for name in weights}, weights)

    return _one("energy", loss, tuple(weights))


def guide(targets: Mapping[str, tf.Tensor], weights: Weights) -> Objective:
    """Excite what layers saw in a guide picture, (P, C) rows of its features."""

    def loss(seen: Seen) -> tf.Tensor:
        return _mean({name: losses.guided(seen.features[name], targets[name]) for name in weights}, weights)

    return _one("guide", loss, tuple(weights))


def climb(classes: Sequence[int]) -> Objective:
    """Look like one of some classes at every place."""
    indices = tf.constant(list(classes), tf.int32)
    return _one("class", lambda seen: losses.class_evidence(seen.class_map, indices), class_map=True)


def match_classes(target: np.ndarray | tf.Tensor, *, form: Literal["logits", "softmax"] = "logits") -> Objective:
    """Be seen as what gave the target logits (C,), averaged over places."""
    distance = {"logits": losses.logit_distance, "softmax": losses.softmax_distance}[form]
    logits = tf.convert_to_tensor(target, tf.float32)
    return _one("class", lambda seen: distance(seen.class_map, logits), class_map=True)


def smoothness() -> Objective:
    """Little difference between neighbouring pixels (total variation)."""
    return _one("tv", lambda seen: losses.total_variation(seen.image))


def colours(mean: tf.Tensor, covariance: tf.Tensor) -> Objective:
    """Take on the colours of a picture, given as `losses.colour_statistics`."""
    return _one("colour", lambda seen: losses.colour_distance(seen.image, mean, covariance))


def _one(
    name: str, loss: Callable[[Seen], tf.Tensor], layers: tuple[str, ...] = (), class_map: bool = False
) -> Objective:
    return Objective(((1.0, Term(name, loss, layers, class_map)),))


def _mean(values: Mapping[str, tf.Tensor], weights: Weights) -> tf.Tensor:
    """The weighted mean over layers."""
    whole = sum(weights.values())
    if whole <= 0:
        raise EyecandyError(f"the weights of the layers must sum to more than 0, got {dict(weights)}")
    return tf.add_n([values[name] * (weight / whole) for name, weight in weights.items()])

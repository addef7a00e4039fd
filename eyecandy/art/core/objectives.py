"""Objectives: from what the network sees to one number that is made smaller, with `+` and `*`.

    objective = content(photo, look, {"block3_conv2": 1}) + 25 * style(grams, {"block1_conv1": 1})

Each function below gives an objective of one term; the term holds its target and is made of a pure loss of `losses`.
Weights of layers are shares: they are divided by their sum, so a term is a mean over its layers.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from eyecandy._tensorflow import tf
from eyecandy.art.core import losses
from eyecandy.art.core.guided import Guide
from eyecandy.art.core.losses import Loss
from eyecandy.backbone.layers import CLASS_MAP
from eyecandy.errors import EyecandyError

Weights = Mapping[str, float]
GUIDE_POSITIONS = 1 << 14
"""At most so many positions of a guide are compared with, evenly chosen among all."""
Sums = Any
"""Tensors in any nesting of lists and tuples."""


@dataclass(frozen=True)
class Seen:
    """What a term may look at: the picture, or one tile of it.

    Attributes:
        features: feature maps (1, h, w, C) of the transformed canvas, by full layer name.
        class_map: logits at every position (1, h, w, C) of the transformed canvas; None unless a term needs it.
        target_features: those of the term's own picture, if it has one, under the same transform.
        image: for a term that does not ask the network: the canvas as it is, (1, H, W, 3) in 0..255, or some rows.
        target_image: for such a term: the same rows of its own picture.
        below: for such a term: the row beneath, (1, 1, W, 3), or none, (1, 0, W, 3); None of the whole picture.
    """

    features: Mapping[str, tf.Tensor] = field(default_factory=dict)
    class_map: tf.Tensor | None = None
    target_features: Mapping[str, tf.Tensor] | None = None
    image: tf.Tensor | None = None
    target_image: tf.Tensor | None = None
    below: tf.Tensor | None = None


@dataclass(frozen=True)
class Term:
    """One loss with a name, in two halves: sums over positions, which add up over tiles, and a function of the sums.

    Attributes:
        sums: tensors, each a sum over the positions of what is seen.
        loss: from the sums of all the picture to one number; by default they are that number.
        layers: what it reads of `Seen.features`.
        class_map: whether it reads `Seen.class_map`.
        border: pixels a side of the transformed canvas whose positions are not shown to it.
        target_image: a picture (1, H, W, 3) that is to be seen along with the canvas, under the same transform.
        placed: `target_image` is no picture but a map (1, H, W, K), and the network is not shown it: the term sees what
            it holds at each layer's positions.
        rows: of a term that does not ask the network: it is shown a multiple of so many rows of the canvas, but for the
            last.
        compared: with how many positions of another picture it compares each one of a map, by the layer's name, where
            it does: for each pixel of the canvas, and at most `GUIDE_POSITIONS`.
        mirrored: whether its targets are of pictures that were reflected to twice their sides, see `stream.mirrored`.
    """

    name: str
    sums: Callable[[Seen], Sums]
    loss: Callable[[Sums], tf.Tensor] = lambda sums: sums
    layers: tuple[str, ...] = ()
    class_map: bool = False
    border: int = 0
    target_image: tf.Tensor | None = None
    placed: bool = False
    rows: int = 1
    compared: Mapping[str, float] = field(default_factory=dict)
    mirrored: bool = False

    @property
    def looks(self) -> bool:
        """Whether it asks the network; if not, it reads the canvas itself."""
        return bool(self.layers) or self.class_map


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
    def weights(self) -> tuple[float, ...]:
        """Of the terms."""
        return tuple(weight for weight, _ in self.terms)

    def weighed(self, weights: Sequence[Any]) -> "Objective":
        """The same terms with other weights: numbers, or variables that a graph reads anew at every run."""
        return Objective(tuple((weight, term) for weight, (_, term) in zip(weights, self.terms, strict=True)))

    @property
    def layers(self) -> tuple[str, ...]:
        """Every layer that a term reads, each once."""
        return tuple(dict.fromkeys(layer for _, term in self.terms for layer in term.layers))

    @property
    def class_map(self) -> bool:
        """Whether a term reads the class map."""
        return any(term.class_map for _, term in self.terms)

    @property
    def maps(self) -> tuple[str, ...]:
        """`layers`, and "class_map" if a term reads that."""
        return (*self.layers, CLASS_MAP) if self.class_map else self.layers

    def losses(self, sums: Sequence[Sums]) -> tf.Tensor:
        """(1 + terms,): the weighted sum, then each term's own loss without its weight, in the order of `names`.

        Args:
            sums: of each term.
        """
        each = [term.loss(own) for (_, term), own in zip(self.terms, sums, strict=True)]
        total = tf.add_n([weight * loss for (weight, _), loss in zip(self.terms, each, strict=True)])
        return tf.stack([total, *each])


def content(photo: tf.Tensor, weights: Weights, *, distance: Loss = losses.relative_rms) -> Objective:
    """Keep a photo's feature maps, position by position.

    Where the canvas is shifted before the network looks, the photo is shifted along: against a photo that stands still,
    one position off, even the photo itself would score 0.9.

    Args:
        photo: (1, H, W, 3) in 0..255, uint8 or float32, at the canvas's size.
        weights: by full layer name.
        distance: of a feature map from its target; `losses.gatys_content` is another.
    """

    def sums(seen: Seen) -> list[Sums]:
        assert seen.target_features is not None
        return [distance.sums(seen.features[name], seen.target_features[name]) for name in weights]

    def loss(sums: Sequence[Sums]) -> tf.Tensor:
        return _mean(map(distance.value, sums), weights)

    return _one(Term("content", sums, loss, tuple(weights), target_image=photo))


def style(
    targets: Mapping[str, tf.Tensor],
    weights: Weights,
    *,
    distance: Callable[[tf.Tensor, tf.Tensor], tf.Tensor] = losses.relative_l1,
    means: bool = False,
    border: int = 0,
    guide: Guide | None = None,
    name: str = "style",
) -> Objective:
    """Take on Gram matrices (C, C), as `losses.gram` gives them.

    Args:
        targets: by full layer name; with means, (C + 1, C + 1) of the features beside a constant 1.
        weights: by full layer name.
        distance: `losses.gatys_style` is another.
        means: whether the features' means count as well, see `losses.with_means`.
        border: pixels a side that do not count, where the canvas is reflected outward before the network looks. They
            are those of the canvas's edge once more: what counts twice is changed first, and a picture made from
            noise would grow a frame.
        guide: the region in which they are taken on, and there alone; without it, everywhere.
        name: of the term.
    """
    sums = losses.products_and_means if means else losses.products
    mean_of = losses.mean if guide is None else losses.mean_of_some
    apart = losses.with_means(distance) if means else distance

    def loss(sums: Sequence[Sums]) -> tf.Tensor:
        return _mean((apart(mean_of(own), targets[layer]) for layer, own in zip(weights, sums, strict=True)), weights)

    mirrored = means and border > 0  # as `stream.mixed_grams` does where the canvas is reflected
    term = Term(name, _each(sums, weights), loss, tuple(weights), border=border, mirrored=mirrored)
    if guide is None:
        return _one(term)
    counting = guide.counting(weights)

    def within(seen: Seen) -> list[Sums]:
        assert seen.target_features is not None
        return [sums(seen.features[layer], counts(seen.target_features[layer])) for layer, counts in counting.items()]

    distances = guide.distances if tf.is_tensor(guide.distances) else tf.constant(guide.distances)
    return _one(replace(term, sums=within, target_image=distances, placed=True))


def energy(weights: Weights, *, channel: int | None = None, border: int = 0) -> Objective:
    """Excite layers, or one channel of each: a dream. For the border see `style`."""

    def squares(features: tf.Tensor) -> Sums:
        return losses.energy(features if channel is None else features[..., channel, None])

    def loss(sums: Sequence[Sums]) -> tf.Tensor:
        return _mean(map(losses.log_energy.value, sums), weights)

    return _one(Term("energy", _each(squares, weights), loss, tuple(weights), border=border))


def guide(
    targets: Mapping[str, tf.Tensor], weights: Weights, *, border: int = 0, pixels: int | None = None
) -> Objective:
    """Excite what layers saw in a guide picture.

    Args:
        targets: (P, C) rows of its features, by full layer name; of more than `GUIDE_POSITIONS`, so many, evenly.
        weights: by full layer name.
        border: see `style`.
        pixels: of the canvas, so that memory and time can be told of other sizes.
    """
    compared = {} if pixels is None else {name: int(rows.shape[0]) / pixels for name, rows in targets.items()}
    targets = {name: _thinned(rows) for name, rows in targets.items()}

    def sums(seen: Seen) -> list[Sums]:
        return [losses.best_products(seen.features[name], targets[name]) for name in weights]

    def loss(sums: Sequence[Sums]) -> tf.Tensor:
        return _mean(map(losses.guided.value, sums), weights)

    return _one(Term("guide", sums, loss, tuple(weights), border=border, compared=compared))


def _thinned(rows: tf.Tensor) -> tf.Tensor:
    count = int(rows.shape[0])
    return rows if count <= GUIDE_POSITIONS else tf.gather(rows, np.linspace(0, count - 1, GUIDE_POSITIONS).astype(int))


def climb(classes: Sequence[int], *, border: int = 0) -> Objective:
    """Look like one of some classes at every position. For the border see `style`."""
    indices = tf.constant(list(classes), tf.int32)
    loss = losses.class_evidence
    evidence = Term("class", lambda seen: loss.sums(seen.class_map, indices), loss.value, class_map=True, border=border)
    return _one(evidence)


def match_classes(
    target: np.ndarray | tf.Tensor,
    *,
    distance: Callable[[tf.Tensor, tf.Tensor], tf.Tensor] = losses.logit_distance,
    border: int = 0,
) -> Objective:
    """Be seen as what gave the target logits (C,), averaged over positions.

    Args:
        target: (C,) logits.
        distance: of the logits from the target; `losses.softmax_distance` is another.
        border: pixels a side that do not count, see `style`.
    """
    wanted = target if isinstance(target, tf.Variable) else tf.convert_to_tensor(target, tf.float32)

    def loss(sums: Sums) -> tf.Tensor:
        return distance(losses.mean(sums), tf.convert_to_tensor(wanted))

    return _one(Term("class", lambda seen: losses.logits(seen.class_map), loss, class_map=True, border=border))


def smoothness() -> Objective:
    """Little difference between neighbouring pixels (total variation)."""
    loss = losses.total_variation
    return _one(Term("tv", lambda seen: loss.sums(seen.image, seen.below), loss.value))


def _one(term: Term) -> Objective:
    return Objective(((1.0, term),))


def _each(sums: Callable[[tf.Tensor], Sums], names: Iterable[str]) -> Callable[[Seen], list[Sums]]:
    """The sums of each layer's features."""
    return lambda seen: [sums(seen.features[name]) for name in names]


def _mean(values: Iterable[tf.Tensor], weights: Weights) -> tf.Tensor:
    """The weighted mean over layers; the values come in the order of the weights."""
    whole = sum(weights.values())
    if whole <= 0:
        raise EyecandyError(f"the weights of the layers must sum to more than 0, got {dict(weights)}")
    return tf.add_n([value * (weight / whole) for value, weight in zip(values, weights.values(), strict=True)])

"""From formulas to the objective of a batch of pictures, for one network.

Sources: C. Olah, A. Mordvintsev, L. Schubert, "Feature Visualization" (Distill 2017), for channels, neurons,
directions, classes, and the variety of a batch.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from eyecandy._tensorflow import tf
from eyecandy.art.core import formula, losses, objectives
from eyecandy.art.core.depth import stages
from eyecandy.art.core.formula import Aim, Channel, Class, Direction, Formula, Layer, Neuron, Own, Smoothness
from eyecandy.art.core.maco import natural_noise
from eyecandy.art.core.objectives import Objective, Seen, Sums, Term
from eyecandy.backbone.model import Backbone
from eyecandy.errors import EyecandyError

ROUGHNESS_UNIT = 100.0
"""So that a smoothness of 0.1 takes grain away, and one of 1 most of what is fine."""
_NOISE_SIDE = 224  # pixels, of the noise that layers are measured with


def excite(
    formulas: Sequence[Formula], net: Backbone, *, border: int = 0, count: int = 1, smooth: float = 0.0
) -> Objective:
    """The objective of a batch: what it asks is made smaller, so that what the formulas ask is made larger.

    Args:
        formulas: one for all pictures, or one for each, in their order.
        net: the network that looks.
        border: pixels a side that do not count, see `objectives.style`.
        count: pictures in the batch.
        smooth: how much the smoothness of each counts, see `formula.smoothness`.

    Raises:
        EyecandyError: an unknown layer, channel or class, a direction of another length, smoothness that is added
            instead of subtracted, nothing to excite, or a variety where there is one picture.
    """
    several = len(formulas) > 1
    summands = [
        _of_picture(each, number, len(formulas)) if several else each
        for number, wanted in enumerate(formulas)
        for each in _bound(wanted, net, border, 1 if several else count)
    ]
    return sum(summands[1:], summands[0]) + _smooth(smooth * len(formulas))


def unit(net: Backbone, layer: str) -> float:
    """How strong a layer's channels are in noise with the spectrum of photos, as a root mean square."""
    return float(np.sqrt(np.mean(np.square(_in_noise(net, layer))))) or 1.0


def offset(net: Backbone, layer: str) -> np.ndarray:
    """(C,) the means of a layer's channels in noise with the spectrum of photos: what it says where nothing is."""
    return _in_noise(net, layer).mean((0, 1, 2))


def _in_noise(net: Backbone, layer: str) -> np.ndarray:
    def looked() -> Callable[[], np.ndarray]:
        noise = natural_noise((max(_NOISE_SIDE, net.minimum),) * 2, 0)
        maps = net.features([layer])(tf.constant(noise[None]))[layer].numpy()
        return lambda: maps

    return net.compiled(f"{layer} in noise", looked)()


def _bound(wanted: Formula, net: Backbone, border: int, count: int) -> list[Objective]:
    if not any(weight and not isinstance(aim, Smoothness) for weight, aim in wanted.parts):
        raise EyecandyError(f"there is nothing to show in {str(wanted)!r}; add such as art.channel('block4_conv6', 17)")
    found = [_objective(weight, aim, net, border) for weight, aim in wanted.parts]
    if wanted.variety:
        if count < 2:
            raise EyecandyError("pictures that are to differ come in a batch; give a count of at least 2")
        found.append(wanted.variety * _variety(_deepest(wanted, net), count, border))
    return found


def _objective(weight: float, aim: Aim, net: Backbone, border: int) -> Objective:
    match aim:
        case Layer(layer):
            return weight * _named(str(aim), objectives.energy({net.layer(layer).name: 1.0}, border=border))
        case Channel(layer, number):
            name = _checked(net, layer, number)
            return weight * _mean(str(aim), name, lambda maps: maps[..., number], unit(net, name), border)
        case Neuron(layer, number, position):
            name = _checked(net, layer, number)
            at = _at(position)
            return weight * _mean(str(aim), name, lambda maps: at(maps[..., number]), unit(net, name), border)
        case Direction(layer, _, vector):
            known = net.layer(layer)
            if len(vector) != known.channels:
                raise EyecandyError(
                    f"{str(aim)!r} has {len(vector)} numbers, and {known.name} has {known.channels} channels; "
                    "give one number for each"
                )
            along = tf.constant(np.asarray(vector) / np.linalg.norm(vector), tf.float32)
            own = _mean(str(aim), known.name, lambda maps: tf.linalg.matvec(maps, along), unit(net, known.name), border)
            return weight * own
        case Class():
            return weight * _named(str(aim), objectives.climb(net.find_class(aim.asked), border=border))
        case Smoothness():
            if weight > 0:
                raise EyecandyError(
                    f"smoothness is the price of roughness and is subtracted, got + {weight:g} of it; "
                    f"write - {weight:g}*smoothness"
                )
            return _smooth(-weight)
        case Own():
            if aim.term is None:
                raise EyecandyError(
                    f"{aim.name!r} is an objective of somebody's own, which no record holds; render it in Python"
                )
            return Objective(((weight, aim.term),))


def directions(layer: str, vectors: np.ndarray, net: Backbone, *, smooth: float = 0.0, border: int = 0) -> Objective:
    """Excites a direction of its own in each picture of a batch.

    Args:
        layer: full name.
        vectors: (count, C), one for each picture; zeros for nothing.
        smooth: how much smoothness counts, see `formula.smoothness`.
        border: see `excite`.
    """
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    along = tf.constant(vectors / np.maximum(lengths, 1e-12), tf.float32)

    def sums(seen: Seen) -> Sums:
        maps = seen.features[layer]
        own = tf.repeat(along, maps.shape[0] // len(vectors), axis=0)
        return losses.total(tf.einsum("nhwc,nc->nhw", maps, own))

    size = unit(net, layer)
    own = Objective(((1.0, Term(layer, sums, lambda own: -losses.mean(own) / size, (layer,), border=border)),))
    return own + _smooth(smooth)


def _smooth(weight: float) -> Objective:
    if weight == 0:
        return Objective(())
    return weight * ROUGHNESS_UNIT * _named(str(Smoothness()), objectives.smoothness())


def _mean(name: str, layer: str, read: Callable[[tf.Tensor], tf.Tensor], size: float, border: int) -> Objective:
    """-mean over pictures and places of what is read of a layer's maps (N, h, w, C), in units of its size."""

    def sums(seen: Seen) -> Sums:
        return losses.total(read(seen.features[layer]))

    return Objective(((1.0, Term(name, sums, lambda own: -losses.mean(own) / size, (layer,), border=border)),))


def _at(position: formula.Position) -> Callable[[tf.Tensor], tf.Tensor]:
    """Of maps (N, h, w), the place at a position (x, y) in shares of the picture."""

    def at(maps: tf.Tensor) -> tf.Tensor:
        height, width = maps.shape[1:3]
        return maps[:, min(int(position[1] * height), height - 1), min(int(position[0] * width), width - 1)]

    return at


def _variety(layer: str, count: int, border: int) -> Objective:
    """How alike the Gram matrices of a batch's pictures are: the mean cosine of any two, 1 for the same."""

    def sums(seen: Seen) -> Sums:
        maps = seen.features[layer]
        channels = maps.shape[-1]
        flat = tf.reshape(maps, (count, -1, channels))  # the crops of a picture come together
        return tf.reshape(tf.matmul(flat, flat, transpose_a=True), (count, channels * channels))

    def loss(grams: Any) -> tf.Tensor:
        length = tf.math.l2_normalize(grams, -1, 1e-8)
        alike = tf.matmul(length, length, transpose_b=True)
        return (tf.reduce_sum(alike) - tf.linalg.trace(alike)) / (count * (count - 1))

    return Objective(((1.0, Term("alike", sums, loss, (layer,), border=border)),))


def _deepest(wanted: Formula, net: Backbone) -> str:
    """The deepest layer that a formula reads; for a class, the one before the last."""
    names = [net.layer(aim.layer).name for aim in wanted.aims if isinstance(aim, Layer | Channel | Neuron | Direction)]
    if names:
        return max(names, key=net.layer_names.index)
    return stages(net.layers)[-2:][0]


def _of_picture(wanted: Objective, number: int, count: int) -> Objective:
    """An objective that is shown one picture of a batch."""

    def only(maps: tf.Tensor | None) -> tf.Tensor | None:
        if maps is None:
            return None
        each = maps.shape[0] // count  # the crops of a picture come together
        return maps[number * each : (number + 1) * each]

    def shown(sums: Callable[[Seen], Sums]) -> Callable[[Seen], Sums]:
        def own(seen: Seen) -> Sums:
            features: Mapping[str, Any] = {name: only(maps) for name, maps in seen.features.items()}
            return sums(replace(seen, features=features, class_map=only(seen.class_map), image=only(seen.image)))

        return own

    return Objective(tuple((weight, replace(term, sums=shown(term.sums))) for weight, term in wanted.terms))


def _named(name: str, wanted: Objective) -> Objective:
    return Objective(tuple((weight, replace(term, name=name)) for weight, term in wanted.terms))


def _checked(net: Backbone, layer: str, number: int) -> str:
    """The full name of a layer that has a channel of this number."""
    known = net.layer(layer)
    if number >= known.channels:
        raise EyecandyError(
            f"channel {number} does not exist: {known.name} has {known.channels} channels, 0 to {known.channels - 1}"
        )
    return known.name

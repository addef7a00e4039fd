"""Losses as pure functions of feature maps: what the terms of an objective compute, and what the tests check.

A feature map is (N, h, w, C). Every loss is a function of sums over positions, so that a picture can be streamed
through in tiles: the sums of all tiles add up to those of the picture. Losses are made smaller, everywhere. Apart from
Gatys' own forms each is relative to its target, so that a weight means the same for every layer and size.
"""

from collections.abc import Callable
from dataclasses import dataclass

from eyecandy._tensorflow import tf

_TINY = 1e-8
PRODUCTS_AT_ONCE = 1 << 24  # of positions with those of a guide: 64 MB
_LEAST_SPREAD = 6 / 255  # of a photo's colours in any direction, as a share of 255

Sums = tuple[tf.Tensor, ...]


@dataclass(frozen=True)
class Loss:
    """A loss in two halves; called as a function it is both.

    Attributes:
        sums: from feature maps to sums over positions.
        value: from the sums to one number.
    """

    sums: Callable[..., Sums]
    value: Callable[[Sums], tf.Tensor]

    def __call__(self, *maps: tf.Tensor) -> tf.Tensor:
        return self.value(self.sums(*maps))


def _count(x: tf.Tensor, axes: slice = slice(None)) -> tf.Tensor:
    """How many entries a tensor has along some axes."""
    return tf.cast(tf.reduce_prod(tf.shape(x)[axes]), x.dtype)


def products(features: tf.Tensor, counting: tf.Tensor | None = None) -> Sums:
    """Outer products of the features of each position, summed, (C, C), and the number of positions.

    Args:
        features: (N, h, w, C).
        counting: how much each position counts, (N, h, w, 1); without it, all count 1.
    """
    flat = tf.reshape(features, (-1, tf.shape(features)[-1]))
    if counting is None:
        return tf.matmul(flat, flat, transpose_a=True), _count(flat, slice(1))
    shares = tf.reshape(counting, (-1, 1))
    return tf.matmul(shares * flat, flat, transpose_a=True), tf.reduce_sum(shares)


def products_and_means(features: tf.Tensor, counting: tf.Tensor | None = None) -> Sums:
    """`products` of the features beside a constant 1, (C + 1, C + 1): the last row and column sum the features up."""
    return products(tf.pad(features, [[0, 0], [0, 0], [0, 0], [0, 1]], constant_values=1), counting)


def mean(sums: Sums) -> tf.Tensor:
    """A sum over positions, divided by their number."""
    return sums[0] / sums[1]


def mean_of_some(sums: Sums) -> tf.Tensor:
    """A sum over positions, divided by how much they count; 0 where none does."""
    return sums[0] / tf.maximum(sums[1], _TINY)


def total(x: tf.Tensor) -> Sums:
    """All entries, summed, and their number."""
    return tf.reduce_sum(x), _count(x)


gram = Loss(products, mean)
"""The Gram matrix as a mean over positions: (C, C) from (N, h, w, C).

Source: L. Gatys, A. Ecker, M. Bethge, "Image Style Transfer Using Convolutional Neural Networks" (CVPR 2016),
equation 3, divided by the number of positions.
"""


def relative_l1(value: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
    """sum |value - target| / sum |target|: 0 for equals, 1 for a value of zero."""
    return tf.reduce_sum(tf.abs(value - target)) / (tf.reduce_sum(tf.abs(target)) + _TINY)


def with_means(
    distance: Callable[[tf.Tensor, tf.Tensor], tf.Tensor],
) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    """From a distance of Gram matrices (C, C) to one of the (C + 1, C + 1) that hold the features' means as well.

    A Gram matrix does not tell features from their opposites. Where a network's layers are linear, so that features
    have either sign, a patch of the opposite is seen as well as the thing itself: among brown fur, blue grain. The
    means are compared in units of the features' own root mean squares.
    """

    def both(value: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
        shift = tf.reduce_sum(tf.abs(value[:-1, -1] - target[:-1, -1]))
        unit = tf.reduce_sum(tf.sqrt(tf.linalg.diag_part(target)[:-1]))
        return distance(value[:-1, :-1], target[:-1, :-1]) + shift / (unit + _TINY)

    return both


def squares(value: tf.Tensor, target: tf.Tensor) -> Sums:
    """The squares of value - target, and of the target, summed."""
    return tf.reduce_sum(tf.square(value - target)), tf.reduce_sum(tf.square(target))


def _rms_ratio(sums: Sums) -> tf.Tensor:
    # The root has no gradient at zero; there it is to be zero and not NaN.
    return tf.sqrt(sums[0] / (sums[1] + _TINY) + _TINY) - _TINY**0.5


relative_rms = Loss(squares, _rms_ratio)
"""Root mean square of value - target over that of the target: 0 for equals, 1 for a value of zero."""


def joint_moments(value: tf.Tensor, target: tf.Tensor) -> Sums:
    """Of each channel of two maps (N, h, w, C): value, its square, their product, target, its square, each summed over
    positions, and the number of positions."""
    over = (0, 1, 2)
    each = (value, tf.square(value), value * target, target, tf.square(target))
    return *(tf.reduce_sum(one, over) for one in each), _count(value[..., 0])


def _uncorrelated(sums: Sums) -> tf.Tensor:
    value, value_square, product, target, target_square, count = sums
    own, wanted = value / count, target / count
    spread = tf.nn.relu(target_square / count - tf.square(wanted))
    variance = tf.nn.relu(value_square / count - tf.square(own))
    # Channels that hardly vary in the target are nearly noise: each counts by how much it does.
    tiny = 1e-3 * tf.reduce_mean(spread) + _TINY
    correlation = (product / count - own * wanted) / tf.sqrt((variance + tiny) * (spread + tiny))
    share = tf.sqrt(spread)
    return 1 - tf.reduce_sum(share * correlation) / (tf.reduce_sum(share) + _TINY)


correlation = Loss(joint_moments, _uncorrelated)
"""1 less the correlation of each channel with its target over positions, by the target's spread: 0 for equals, 1 for
what has nothing to do with it. What only scales or shifts a channel, as a change of style does, does not count."""


def energy(features: tf.Tensor) -> Sums:
    """The squares of a feature map, summed over positions and channels, and their number."""
    return tf.reduce_sum(tf.square(features)), _count(features)


log_energy = Loss(energy, lambda sums: -0.5 * tf.math.log(mean(sums) + _TINY))
"""-log of the root mean square: falls by one when the activations grow e-fold, whatever their unit.

Its gradient has the direction of the L2 magnitude's (A. Mordvintsev et al., "Inceptionism", 2015), for a sum of
layers in equal proportions.
"""


def best_products(features: tf.Tensor, guide: tf.Tensor) -> Sums:
    """The largest product of each position with one of the guide, summed over positions, over the guide's mean square
    length, and the number of positions.

    Args:
        features: (1, h, w, C).
        guide: (P, C), the features of a guide picture, one row a position.
    """
    flat = tf.reshape(features, (-1, features.shape[-1]))
    length = tf.reduce_mean(tf.reduce_sum(tf.square(guide), -1)) + _TINY
    best = tf.reduce_sum(flat * tf.gather(guide, _best_rows(tf.stop_gradient(flat), guide)), -1)
    return tf.reduce_sum(best) / length, _count(best)


def _best_rows(flat: tf.Tensor, guide: tf.Tensor) -> tf.Tensor:
    """For each of P rows (P, C), the number of the row of a guide (Q, C) with which its product is the largest.

    Some rows at a time, since all products of a large picture and a large guide would fill any memory.
    """
    count = tf.shape(flat)[0]
    rows = tf.clip_by_value(PRODUCTS_AT_ONCE // tf.shape(guide)[0], 1, tf.maximum(count, 1))
    pieces = -(-count // rows)
    padded = tf.reshape(tf.pad(flat, [[0, pieces * rows - count], [0, 0]]), (pieces, rows, flat.shape[-1]))
    found = tf.map_fn(
        lambda piece: tf.argmax(tf.matmul(piece, guide, transpose_b=True), -1, tf.int32),
        padded,
        fn_output_signature=tf.TensorSpec((None,), tf.int32),
        parallel_iterations=1,
    )
    return tf.reshape(found, (-1,))[:count]


guided = Loss(best_products, lambda sums: -mean(sums))
"""-mean over positions of the largest product with a position of the guide, see `best_products`.

Source: the guided dreams of google/deepdream, 2015.
"""


def evidence(class_map: tf.Tensor, classes: tf.Tensor) -> Sums:
    """The log of the summed exponentials of some classes' logits, summed over positions, and the number of positions.

    Args:
        class_map: (N, h, w, C) logits.
        classes: K class indices.
    """
    each = tf.reduce_logsumexp(tf.gather(class_map, classes, axis=-1), -1)
    return tf.reduce_sum(each), _count(each)


class_evidence = Loss(evidence, lambda sums: -mean(sums))
"""-log of the summed exponentials of some classes' logits, averaged over positions, in nats, see `evidence`.

The logit and not the probability: that stops pulling as soon as the network is sure.
"""


def logits(class_map: tf.Tensor) -> Sums:
    """The logits (C,), summed over positions, and the number of positions."""
    return tf.reduce_sum(class_map, (0, 1, 2)), _count(class_map, slice(3))


def logit_distance(own: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
    """`relative_rms` of logits (C,) against target logits, both less their mean.

    A constant added to all logits changes no probability, and does not count here.
    """
    return relative_rms(own - tf.reduce_mean(own), target - tf.reduce_mean(target))


def softmax_distance(own: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
    """Kullback-Leibler divergence, in nats, of the classes of logits (C,) from those of the target logits."""
    log_p, log_target = tf.nn.log_softmax(own), tf.nn.log_softmax(target)
    return tf.reduce_sum(tf.exp(log_target) * (log_target - log_p))


def sigmoid_distance(own: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
    """Kullback-Leibler divergence, in nats, summed over classes (C,) that each have a probability of their own."""
    wanted = tf.nn.sigmoid(target)
    yes, no = (tf.math.log_sigmoid(sign * target) - tf.math.log_sigmoid(sign * own) for sign in (1.0, -1.0))
    return tf.reduce_sum(wanted * yes + (1 - wanted) * no)


def differences(image: tf.Tensor, below: tf.Tensor | None = None) -> Sums:
    """Absolute differences of neighbours across, summed, their number, and the same for down.

    Args:
        image: (N, H, W, 3).
        below: the row beneath it, (N, 1, W, 3), where the picture goes on there, or no row, (N, 0, W, 3).
    """
    reaching = image if below is None else tf.concat([image, below], 1)
    across, down = tf.abs(image[:, :, 1:] - image[:, :, :-1]), tf.abs(reaching[:, 1:] - reaching[:, :-1])
    return tf.reduce_sum(across), _count(across), tf.reduce_sum(down), _count(down)


total_variation = Loss(differences, lambda sums: (mean(sums[:2]) + mean(sums[2:])) / 255)
"""Mean absolute difference of neighbours, across plus down, of (N, H, W, 3) in 0..255, as a share of 255."""


def moments(image: tf.Tensor) -> Sums:
    """The colours (3,) of (N, H, W, 3) in 0..255 as shares of 255, less a half, their products (3, 3), both summed, and
    the number of pixels."""
    share = image / 255 - 0.5  # nearer to the mean, so that less is lost when its square is taken off
    second, count = products(share)
    return tf.reduce_sum(share, (0, 1, 2)), second, count


def _spread(sums: Sums) -> tuple[tf.Tensor, tf.Tensor]:
    first, second, count = sums
    middle = first / count
    return middle + 0.5, second / count - middle[:, None] * middle


def colour_statistics(image: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Mean (3,) and covariance (3, 3) of the colours of (N, H, W, 3) in 0..255, both in units of 255."""
    return _spread(moments(image))


def colour_distance(mean: tf.Tensor, covariance: tf.Tensor) -> Loss:
    """Squared distance of a picture's mean colours plus `relative_l1` of the covariances."""

    def value(sums: Sums) -> tf.Tensor:
        own_mean, own_covariance = _spread(sums)
        return tf.reduce_sum(tf.square(own_mean - mean)) + relative_l1(own_covariance, covariance)

    return Loss(moments, value)


def colour_deviation(mean: tf.Tensor, covariance: tf.Tensor) -> Loss:
    """As `colour_distance`, in units of the photo's own spread in each direction of colour.

    Most of a photo's spread is light and dark. Told in grey levels, a few spots of a colour that the photo has none of
    hardly count; in these units they do.
    """
    # The coordinates in which the covariance, and a little more for what has none, is the identity.
    lengths, directions = tf.linalg.eigh(covariance + _LEAST_SPREAD**2 * tf.eye(3, dtype=covariance.dtype))
    units = directions / tf.sqrt(lengths)

    def value(sums: Sums) -> tf.Tensor:
        own_mean, own_covariance = _spread(sums)
        apart = tf.linalg.matvec(units, own_mean - mean, transpose_a=True)
        change = tf.matmul(units, tf.matmul(own_covariance - covariance, units), transpose_a=True)
        return (tf.reduce_sum(tf.square(apart)) + tf.reduce_sum(tf.abs(change))) / 3

    return Loss(moments, value)


gatys_content = Loss(squares, lambda sums: 0.5 * sums[0])
"""1/2 sum (F - P)^2, equation 1 of Gatys et al. 2016, as it stands."""


def gatys_style(gram_matrix: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
    """1 / (4 N^2 M^2) sum (G - A)^2, equation 4 of Gatys et al. 2016, as it stands for pictures of one size.

    The paper's Gram matrices are sums over the M positions, those of `gram` are means: G = M g and A = M a, so that M
    falls out, and paintings of another size count alike.

    Args:
        gram_matrix, target: (N, N), as `gram` gives them.
    """
    channels = tf.cast(tf.shape(gram_matrix)[-1], gram_matrix.dtype)
    return tf.reduce_sum(tf.square(gram_matrix - target)) / (4 * channels**2)

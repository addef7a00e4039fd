"""Losses as pure functions of feature maps: what the terms of an objective compute, and what the tests check.

A feature map is (N, h, w, C). Every loss is a sum or mean over places, or a function of such means, so that a picture
could be streamed through in tiles. Losses are made smaller, everywhere. Apart from Gatys' own forms each is
relative to its target, so that a weight means the same for every layer and size.
"""

from eyecandy._tensorflow import tf

_TINY = 1e-8


def gram(features: tf.Tensor) -> tf.Tensor:
    """The Gram matrix as a mean over places: (C, C) from (N, h, w, C).

    Source: L. Gatys, A. Ecker, M. Bethge, "Image Style Transfer Using Convolutional Neural Networks" (CVPR 2016),
    equation 3, divided by the number of places.
    """
    flat = tf.reshape(features, (-1, tf.shape(features)[-1]))
    return tf.matmul(flat, flat, transpose_a=True) / tf.cast(tf.shape(flat)[0], flat.dtype)


def relative_l1(value: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
    """sum |value - target| / sum |target|: 0 for equals, 1 for a value of zero."""
    return tf.reduce_sum(tf.abs(value - target)) / (tf.reduce_sum(tf.abs(target)) + _TINY)


def relative_rms(value: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
    """Root mean square of value - target over that of the target: 0 for equals, 1 for a value of zero.

    At zero the root has no slope; there the gradient is zero and not NaN.
    """
    squares = tf.reduce_mean(tf.square(value - target)) / (tf.reduce_mean(tf.square(target)) + _TINY)
    return tf.sqrt(squares + _TINY) - _TINY**0.5


def mean_energy(features: tf.Tensor) -> tf.Tensor:
    """Mean square of a feature map over places and channels."""
    return tf.reduce_mean(tf.square(features))


def log_energy(features: tf.Tensor) -> tf.Tensor:
    """-log of the root mean square: falls by one when the activations grow e-fold, whatever their unit.

    Its gradient has the direction of the L2 magnitude's (A. Mordvintsev et al., "Inceptionism", 2015), for a sum of
    layers in equal proportions.
    """
    return -0.5 * tf.math.log(mean_energy(features) + _TINY)


def guided(features: tf.Tensor, guide: tf.Tensor) -> tf.Tensor:
    """-mean over places of the largest product with a place of the guide, over the guide's mean square length.

    Args:
        features: (1, h, w, C).
        guide: (P, C), the features of a guide picture, one row a place.

    Source: the guided dreams of google/deepdream, 2015.
    """
    flat = tf.reshape(features, (-1, tf.shape(features)[-1]))
    products = tf.matmul(flat, guide, transpose_b=True)
    length = tf.reduce_mean(tf.reduce_sum(tf.square(guide), -1)) + _TINY
    return -tf.reduce_mean(tf.reduce_max(products, -1)) / length


def class_evidence(class_map: tf.Tensor, classes: tf.Tensor) -> tf.Tensor:
    """-log of the summed exponentials of some classes' logits, averaged over places, in nats.

    The logit and not the probability: that stops pulling as soon as the network is sure.

    Args:
        class_map: (N, h, w, C) logits.
        classes: K class indices.
    """
    return -tf.reduce_mean(tf.reduce_logsumexp(tf.gather(class_map, classes, axis=-1), -1))


def logit_distance(class_map: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
    """`relative_rms` of the logits averaged over places against target logits (C,), both less their mean.

    A constant added to all logits changes no probability, and does not count here.
    """
    logits = tf.reduce_mean(class_map, (0, 1, 2))
    return relative_rms(logits - tf.reduce_mean(logits), target - tf.reduce_mean(target))


def softmax_distance(class_map: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
    """Kullback-Leibler divergence, in nats, of the classes from those of the target logits (C,)."""
    log_p = tf.nn.log_softmax(tf.reduce_mean(class_map, (0, 1, 2)))
    log_target = tf.nn.log_softmax(target)
    return tf.reduce_sum(tf.exp(log_target) * (log_target - log_p))


def total_variation(image: tf.Tensor) -> tf.Tensor:
    """Mean absolute difference of neighbours, across plus down, of (N, H, W, 3) in 0..255, as a share of 255."""
    across = tf.reduce_mean(tf.abs(image[:, :, 1:] - image[:, :, :-1]))
    down = tf.reduce_mean(tf.abs(image[:, 1:] - image[:, :-1]))
    return (across + down) / 255


def colour_statistics(image: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Mean (3,) and covariance (3, 3) of the colours of (N, H, W, 3) in 0..255, both in units of 255."""
    flat = tf.reshape(image, (-1, 3)) / 255
    mean = tf.reduce_mean(flat, 0)
    return mean, gram(flat - mean)


def colour_distance(image: tf.Tensor, mean: tf.Tensor, covariance: tf.Tensor) -> tf.Tensor:
    """Squared distance of the mean colours plus `relative_l1` of the covariances."""
    own_mean, own_covariance = colour_statistics(image)
    return tf.reduce_sum(tf.square(own_mean - mean)) + relative_l1(own_covariance, covariance)


def gatys_content(features: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
    """1/2 sum (F - P)^2, equation 1 of Gatys et al. 2016, as it stands."""
    return 0.5 * tf.reduce_sum(tf.square(features - target))


def gatys_style(gram_matrix: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
    """1 / (4 N^2 M^2) sum (G - A)^2, equation 4 of Gatys et al. 2016, as it stands for pictures of one size.

    The paper's Gram matrices are sums over the M places, those of `gram` are means: G = M g and A = M a, so that M
    falls out, and paintings of another size count alike.

    Args:
        gram_matrix, target: (N, N), as `gram` gives them.
    """
    channels = tf.cast(tf.shape(gram_matrix)[-1], gram_matrix.dtype)
    return tf.reduce_sum(tf.square(gram_matrix - target)) / (4 * channels**2)

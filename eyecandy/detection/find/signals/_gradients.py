"""The gradients that signals are made of: of the input, and of one's own logit alone."""

from eyecandy._tensorflow import tf
from eyecandy.backbone.model import Backbone


def input_gradient(backbone: Backbone, image: tf.Tensor, classes: tf.Tensor) -> tf.Tensor:
    """d mean logit / d pixel, (K, H, W, 3)."""
    logits, back = backbone.pull_back(image)
    share = tf.ones_like(logits[..., :1]) / tf.cast(tf.reduce_prod(tf.shape(logits)[1:3]), logits.dtype)
    return back(share * only(classes, logits))


def only(classes: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """(K, 1, 1, C): of all logits of a position, each class's own."""
    return tf.one_hot(classes, tf.shape(logits)[-1])[:, None, None]


def class_probabilities(logits: tf.Tensor, classes: tf.Tensor, backbone: Backbone) -> tf.Tensor:
    """(K, h, w, 1) the probability of each class at each position of a class map (1, h, w, C)."""
    likely = tf.nn.sigmoid(logits) if backbone.scores == "sigmoid" else tf.nn.softmax(logits)
    return tf.transpose(tf.gather(likely, classes, axis=-1), (3, 1, 2, 0))

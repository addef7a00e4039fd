"""The absolute gradient of the mean logit."""

from eyecandy._tensorflow import tf
from eyecandy.backbone.model import Backbone
from eyecandy.detection.find.signals import Signal
from eyecandy.detection.find.signals._gradients import input_gradient


def _gradient(backbone: Backbone, image: tf.Tensor, classes: tf.Tensor) -> tf.Tensor:
    """The naive reading: absolute gradient of the mean logit (Simonyan et al., arXiv:1312.6034)."""
    return tf.reduce_sum(tf.abs(input_gradient(backbone, image, classes)), -1)


SIGNAL = Signal(_gradient)

"""Gradient times input."""

from eyecandy._tensorflow import tf
from eyecandy.backbone.model import Backbone
from eyecandy.detection.find.signals import Signal
from eyecandy.detection.find.signals._gradients import input_gradient


def _gradient_input(backbone: Backbone, image: tf.Tensor, classes: tf.Tensor) -> tf.Tensor:
    """Gradient times input, its positive part (Shrikumar et al., arXiv:1605.01713); grey 127 counts as no input."""
    return tf.nn.relu(tf.reduce_sum(input_gradient(backbone, image, classes) * (image - 127), -1))


SIGNAL = Signal(_gradient_input)

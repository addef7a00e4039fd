"""The softmax at each position, times the gradient at the pixels."""

from eyecandy._tensorflow import tf
from eyecandy.backbone.model import Backbone
from eyecandy.detection.find.signals import Signal
from eyecandy.detection.find.signals._gradients import class_probabilities, only


def _places(backbone: Backbone, image: tf.Tensor, classes: tf.Tensor) -> tf.Tensor:
    """Where each position's own softmax lets a class speak, at the sharpness of the pixel gradient.

    p * |d/dx sum_positions stop(p) * logit|, p the softmax of the class map at each position, upsampled. A position
    that belongs to another object has p near 0 and sends nothing: that is what tells neighbours apart. (Where classes
    do not compete, p is the sigmoid of the class.)
    """
    logits, back = backbone.pull_back(image)
    p = class_probabilities(logits, classes, backbone)
    gradient = tf.reduce_sum(tf.abs(back(p * only(classes, logits))), -1)
    return tf.image.resize(p, tf.shape(image)[1:3])[..., 0] * gradient


SIGNAL = Signal(_places, of_positions=True)

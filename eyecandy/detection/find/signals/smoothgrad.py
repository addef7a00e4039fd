"""The gradient averaged over noisy copies of the picture."""

from eyecandy._tensorflow import tf
from eyecandy.backbone.model import Backbone
from eyecandy.detection.find.signals import Signal
from eyecandy.detection.find.signals._gradients import input_gradient

SAMPLES = 8
NOISE = 0.15  # of the picture's range, as in the paper


def _smoothgrad(backbone: Backbone, image: tf.Tensor, classes: tf.Tensor) -> tf.Tensor:
    """The gradient averaged over noisy copies of the picture (Smilkov et al., arXiv:1706.03825); the seed is fixed."""
    total = tf.zeros((tf.size(classes), tf.shape(image)[1], tf.shape(image)[2]))
    for seed in tf.range(SAMPLES):
        noise = tf.random.stateless_normal(tf.shape(image), (seed, 0), stddev=NOISE * 255)
        total += tf.reduce_sum(tf.abs(input_gradient(backbone, image + noise, classes)), -1)
    return total / SAMPLES


SIGNAL = Signal(_smoothgrad)

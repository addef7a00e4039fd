"""Class signals: what a class says to the pixels, one file each. Importing it is instant."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eyecandy import _moved
from eyecandy.registry import Registry

if TYPE_CHECKING:
    from eyecandy._tensorflow import tf
    from eyecandy.backbone.model import Backbone


@dataclass(frozen=True)
class Signal:
    """A way to trace classes back through a network.

    Attributes:
        maps: from a backbone, a picture (1, H, W, 3) in 0..255 and K class indices to (K, h, w) maps, not negative, of
            the picture's size or of `middle_layer`'s, in TensorFlow operations and one batched backward pass.
        of_positions: it asks what each spatial position of the class map says, so the network must have some.
    """

    maps: "Callable[[Backbone, tf.Tensor, tf.Tensor], tf.Tensor]"
    of_positions: bool = False


SIGNALS: Registry[Signal] = Registry("signal", __name__, __path__, first=("features", "places"))


def middle_layer(backbone: "Backbone") -> str:
    """The last layer whose stride is at most half of the class map's: fine, and with classes in sight."""
    fine = [layer.name for layer in backbone.layers if layer.stride <= max(1, backbone.stride // 2)]
    return fine[-1] if fine else backbone.layer_names[0]


__getattr__ = _moved.attribute(__name__)

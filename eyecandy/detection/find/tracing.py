"""Classes traced back through a network: one map a class, all from one batched backward pass."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from eyecandy._tensorflow import tf
from eyecandy.backbone.model import Backbone
from eyecandy.detection.arrays import resize_masks
from eyecandy.detection.find.signals import SIGNALS, middle_layer
from eyecandy.detection.find.views import resample

# Above this, the classes go through in several batches: the activations of the backward pass are what fills memory.
_PIXELS_AT_ONCE = 10 * 448 * 448


def class_signals(
    backbone: Backbone,
    pixels: np.ndarray,
    classes: Sequence[int] | np.ndarray,
    *,
    signal: str = SIGNALS.default,
    cells: tuple[int, int] | None = None,
) -> np.ndarray:
    """One signal a class.

    Args:
        backbone: the network.
        pixels: (H, W, 3), RGB in 0..255, each side at least the backbone's minimum.
        classes: K class indices.
        signal: a name of `SIGNALS`.
        cells: (columns, rows) of the grid that they are wanted on; by default the pixels given.

    Returns:
        (K, rows, columns) float32, not negative; `normalise` makes masks of them.
    """
    size = cells or (pixels.shape[1], pixels.shape[0])
    function = _compiled(backbone, SIGNALS.check(signal))
    if len(classes) == 0:
        return np.zeros((0, size[1], size[0]), np.float32)
    image = tf.convert_to_tensor(pixels[None], tf.float32)
    at_once = max(1, _PIXELS_AT_ONCE // (pixels.shape[0] * pixels.shape[1]))
    batches = [
        function(image, tf.constant(classes[i : i + at_once], tf.int32)).numpy()
        for i in range(0, len(classes), at_once)
    ]
    maps = np.concatenate(batches)
    if maps.shape[1:] == pixels.shape[:2]:
        return resize_masks(maps, size)
    layer = backbone.layer(middle_layer(backbone))
    placed = resample(maps.transpose(1, 2, 0), layer, (pixels.shape[1], pixels.shape[0]), size)
    return np.ascontiguousarray(placed.transpose(2, 0, 1))


def _compiled(backbone: Backbone, name: str) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    def build() -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
        # Open sizes and an open number of classes: one trace serves every photo.
        signature = [tf.TensorSpec([1, None, None, 3], tf.float32), tf.TensorSpec([None], tf.int32)]
        # Or a plain function, as version 0.1 took them.
        maps: Any = getattr(SIGNALS[name], "maps", SIGNALS[name])
        return tf.function(lambda image, classes: maps(backbone, image, classes), input_signature=signature)

    return backbone.compiled(f"signal {name}", build)

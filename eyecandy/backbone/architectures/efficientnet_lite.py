"""EfficientNet-Lite0, the bundled network, as one flat Keras graph from pixels to class map.

Source: M. Tan, Q. Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks" (ICML 2019), in its
Lite variant: ReLU6 for swish and no squeeze-and-excitation. Batch normalisation is folded into the convolutions, so
every convolution has a bias and nothing else stands between it and its activation.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import keras
import numpy as np

CLASS_MAP = "class_map"
HEAD_CHANNELS = 1280
STEM_CHANNELS = 32


@dataclass(frozen=True)
class Block:
    """One inverted residual block (Sandler et al. 2018): expand 1x1, depthwise, project 1x1."""

    name: str
    kernel: int
    stride: int
    expand: int
    in_channels: int
    out_channels: int

    @property
    def residual(self) -> bool:
        return self.stride == 1 and self.in_channels == self.out_channels


# (repeats, kernel, stride, expand, in, out) of the paper's table, and the names of the blocks that they unroll to:
# five blocks by stride, as in VGG. block1_conv1 is the stem and block5_conv6 the head.
_STAGES = (
    (1, 3, 1, 1, 32, 16, ("block1_conv2",)),
    (2, 3, 2, 6, 16, 24, ("block2_conv1", "block2_conv2")),
    (2, 5, 2, 6, 24, 40, ("block3_conv1", "block3_conv2")),
    (3, 3, 2, 6, 40, 80, ("block4_conv1", "block4_conv2", "block4_conv3")),
    (3, 5, 1, 6, 80, 112, ("block4_conv4", "block4_conv5", "block4_conv6")),
    (4, 5, 2, 6, 112, 192, ("block5_conv1", "block5_conv2", "block5_conv3", "block5_conv4")),
    (1, 3, 1, 6, 192, 320, ("block5_conv5",)),
)
STEM, HEAD = "block1_conv1", "block5_conv6"


def blocks() -> Iterator[Block]:
    """The sixteen residual blocks in order."""
    for repeats, kernel, stride, expand, in_channels, out_channels, names in _STAGES:
        for i in range(repeats):
            first = i == 0
            yield Block(
                names[i],
                kernel,
                stride if first else 1,
                expand,
                in_channels if first else out_channels,
                out_channels,
            )


LAYERS = (STEM, *(block.name for block in blocks()), HEAD)


def build() -> keras.Model:
    """The network with unset weights.

    Returns:
        A model from (N, H, W, 3) RGB in 0..255 to (N, ceil(H / 32), ceil(W / 32), 1000) logits at every place.
        Each name of `LAYERS` is the Keras layer whose output is that tap: for the residual blocks the linear sum
        that the next block reads.
    """
    layers = keras.layers
    image = keras.Input((None, None, 3), name="image")
    x = layers.Rescaling(1 / 128, offset=-127 / 128, name="preprocessing")(image)
    x = layers.Conv2D(STEM_CHANNELS, 3, 2, padding="same", name=f"{STEM}_linear")(x)
    x = layers.ReLU(6, name=STEM)(x)
    for block in blocks():
        x = _inverted_residual(x, block)
    x = layers.Conv2D(HEAD_CHANNELS, 1, name=f"{HEAD}_linear")(x)
    x = layers.ReLU(6, name=HEAD)(x)
    class_map = layers.Conv2D(1000, 1, name=CLASS_MAP)(x)
    return keras.Model(image, class_map, name="efficientnet-lite0")


def _inverted_residual(x: keras.KerasTensor, block: Block) -> keras.KerasTensor:
    layers, name = keras.layers, block.name
    shortcut = x
    if block.expand != 1:
        x = layers.Conv2D(block.in_channels * block.expand, 1, name=f"{name}_expand")(x)
        x = layers.ReLU(6, name=f"{name}_expand_relu")(x)
    x = layers.DepthwiseConv2D(block.kernel, block.stride, padding="same", name=f"{name}_depthwise")(x)
    x = layers.ReLU(6, name=f"{name}_depthwise_relu")(x)
    # The tap carries the block's name: the sum where there is one, the projection otherwise.
    project = f"{name}_project" if block.residual else name
    x = layers.Conv2D(block.out_channels, 1, name=project)(x)
    return layers.Add(name=name)([shortcut, x]) if block.residual else x


def set_weights(model: keras.Model, arrays: dict[str, np.ndarray]) -> None:
    """Put arrays named `layer/kernel` and `layer/bias` into the model's layers.

    Raises:
        KeyError: a layer of the network has no array.
        ValueError: an array has another shape than its layer.
    """
    for layer in model.layers:
        if layer.weights:
            layer.set_weights([arrays[f"{layer.name}/kernel"], arrays[f"{layer.name}/bias"]])

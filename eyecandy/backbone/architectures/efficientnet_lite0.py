"""EfficientNet-Lite0, the bundled network, as one flat Keras graph from pixels to class map.

Source: M. Tan, Q. Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks" (ICML 2019), in its
Lite variant: ReLU6 for swish and no squeeze-and-excitation. Batch normalisation is folded into the convolutions, so
every convolution has a bias and nothing else stands between it and its activation.
"""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eyecandy.backbone.architectures import Architecture
from eyecandy.backbone.weights.files import LocalFile
from eyecandy.errors import EyecandyError

if TYPE_CHECKING:
    import keras

NAME = "efficientnet-lite0"
BUNDLED = LocalFile(
    Path(__file__).parents[1] / "weights" / "efficientnet_lite0.npz",
    "8313f4c7fb8fe87777093e410946e34d263b22a59e44d1b536aae7c30f0a97a3",
)
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


class EfficientNetLite0(Architecture):
    """A tap of a residual block is the linear sum that the next block reads."""

    @property
    def layers(self) -> tuple[str, ...]:
        return LAYERS

    def build(self, pooling: str | None = None) -> "keras.Model":
        """The network with unset weights.

        Returns:
            A model from (N, H, W, 3) RGB in 0..255 to (N, ceil(H / 32), ceil(W / 32), 1000) logits.
        """
        from eyecandy._tensorflow import keras

        layers = keras.layers
        image = keras.Input((None, None, 3), name="image")
        x = layers.Rescaling(1 / 128, offset=-127 / 128, name="preprocessing")(image)
        x = layers.Conv2D(STEM_CHANNELS, 3, 2, padding="same", name=f"{STEM}_linear")(x)
        x = layers.ReLU(6, name=STEM)(x)
        for block in blocks():
            x = _inverted_residual(x, block, layers)
        x = layers.Conv2D(HEAD_CHANNELS, 1, name=f"{HEAD}_linear")(x)
        x = layers.ReLU(6, name=HEAD)(x)
        class_map = layers.Conv2D(self.classes, 1, name=CLASS_MAP)(x)
        return keras.Model(image, class_map, name=self.name)

    def fill(self, model: "keras.Model", path: Path) -> None:
        """Puts the arrays of an .npz file, `layer/kernel` and `layer/bias`, into the model's layers.

        Raises:
            EyecandyError: the file is no such file, or lacks an array, or has one of another shape.
        """
        import numpy as np

        if not zipfile.is_zipfile(path):
            raise EyecandyError(f"weight file {path} does not exist, is damaged or no .npz file; {self.name} needs one")
        try:
            with np.load(path) as stored:
                arrays = {name: stored[name].astype(np.float32) for name in stored}
            for layer in model.layers:
                if layer.weights:
                    layer.set_weights([arrays[f"{layer.name}/kernel"], arrays[f"{layer.name}/bias"]])
        except (OSError, EOFError, KeyError, ValueError, AttributeError, TypeError, zipfile.BadZipFile) as error:
            raise EyecandyError(
                f"{path} holds no weights of {self.name} ({str(error).splitlines()[0]}); expected an .npz file of the "
                f"bundled one's layout, {self.weights.path.name}"
            ) from error


def _inverted_residual(x: "keras.KerasTensor", block: Block, layers: Any) -> "keras.KerasTensor":
    name = block.name
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


ARCHITECTURE = EfficientNetLite0(NAME, BUNDLED)

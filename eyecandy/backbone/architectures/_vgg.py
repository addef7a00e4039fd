"""VGG16 and VGG19, made fully convolutional, as one flat Keras graph from pixels to class map.

Source: K. Simonyan, A. Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition" (ICLR 2015).
The dense layers are the convolutions they have always been: fc1 a 7x7 kernel without padding, fc2 and predictions
1x1 (section 3.2 of the paper). On 224x224 pixels there is one position, and its logits are the classifier's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from eyecandy.backbone.architectures import Architecture

if TYPE_CHECKING:
    import keras

    from eyecandy.backbone.preprocessing import Mode

Pooling = Literal["max", "average"]

FC1_SIDE = 7  # the side of the feature map that fc1 sees at 224x224
KERNELS = "weights_tf_dim_ordering_tf_kernels.h5"
APPLICATIONS = "https://storage.googleapis.com/tensorflow/keras-applications"


@dataclass(frozen=True)
class Vgg(Architecture):
    """One network of the family: how many convolutions each block has, and how wide they are."""

    convolutions: tuple[int, ...] = ()
    channels: tuple[int, ...] = (64, 128, 256, 512, 512)
    hidden: int = 4096
    preprocessing: "Mode | Literal['places365']" = "caffe"
    poolings: tuple[str, ...] = get_args(Pooling)

    def blocks(self) -> Iterator[tuple[int, int, list[str]]]:
        """Number, width and layer names of each block."""
        for i, (count, channels) in enumerate(zip(self.convolutions, self.channels, strict=True), start=1):
            yield i, channels, [f"block{i}_conv{j}" for j in range(1, count + 1)]

    @property
    def layers(self) -> tuple[str, ...]:
        """The taps, each after its ReLU."""
        return (*(name for _, _, names in self.blocks() for name in names), "fc1", "fc2")

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The kernel's shape (h, w, in, out) of every convolution."""
        shapes: dict[str, tuple[int, ...]] = {}
        width = 3
        for _, channels, names in self.blocks():
            for name in names:
                shapes[name] = (3, 3, width, channels)
                width = channels
        shapes["fc1"] = (FC1_SIDE, FC1_SIDE, width, self.hidden)
        shapes["fc2"] = (1, 1, self.hidden, self.hidden)
        shapes["predictions"] = (1, 1, self.hidden, self.classes)
        return shapes

    def build(self, pooling: str | None = None) -> "keras.Model":
        """The network with weights of zero.

        Args:
            pooling: "max", or "average", which swaps the max-pools, for smoother gradients in art (Gatys et al. 2016,
                section 2); the classes are then less sure, since the weights were trained with max-pools.

        Returns:
            A model from (N, H, W, 3) RGB in 0..255 to (N, h, w, classes) logits at every position of the fc1 window,
            stride 32. A feature map smaller than that window, from pictures below 224 pixels, is padded with zeros.
        """
        from eyecandy._tensorflow import keras
        from eyecandy.backbone.padding import PadTo
        from eyecandy.backbone.preprocessing import MODES, PLACES365, Preprocessing

        layers = keras.layers
        pool = {"max": layers.MaxPooling2D, "average": layers.AveragePooling2D}[pooling or self.poolings[0]]
        shapes = self.shapes()

        def convolution(x: "keras.KerasTensor", name: str, activation: str | None = "relu") -> "keras.KerasTensor":
            side, _, _, channels = shapes[name]
            padding = "same" if side == 3 else "valid"
            # Zeros, since real weights follow: random numbers for the 103 million of fc1 alone take seconds.
            layer = layers.Conv2D(
                channels, side, padding=padding, activation=activation, kernel_initializer="zeros", name=name
            )
            return layer(x)

        recipe = PLACES365 if self.preprocessing == "places365" else MODES[self.preprocessing]
        image = keras.Input((None, None, 3), name="image")
        x = Preprocessing(recipe)(image)
        for number, _, names in self.blocks():
            for name in names:
                x = convolution(x, name)
            x = pool(2, name=f"block{number}_pool")(x)
        x = PadTo(FC1_SIDE, FC1_SIDE, name="fc1_padding")(x)
        x = convolution(x, "fc1")
        x = convolution(x, "fc2")
        return keras.Model(image, convolution(x, "predictions", None), name=self.name)

    def fill(self, model: "keras.Model", path: Path) -> None:
        """Fills the model from a Keras weight file: the classic layout of Keras Applications, or `.weights.h5`.

        Raises:
            EyecandyError: the file is missing or damaged, lacks a layer, or holds another shape.
        """
        from eyecandy.backbone.weights import hdf5

        for name, kernel, bias in hdf5.read(path, self.shapes()):
            model.get_layer(name).set_weights([kernel, bias])

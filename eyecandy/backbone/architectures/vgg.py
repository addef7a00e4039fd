"""VGG16 and VGG19, made fully convolutional, as one flat Keras graph from pixels to class map.

Source: K. Simonyan, A. Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition" (ICLR 2015).
The dense layers are the convolutions they have always been: fc1 a 7x7 kernel without padding, fc2 and predictions
1x1 (section 3.2 of the paper). On 224x224 pixels there is one place, and its logits are the classifier's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from eyecandy._tensorflow import keras
from eyecandy.backbone.architectures.padding import PadTo
from eyecandy.backbone.preprocessing import MODES, PLACES365, Preprocessing, Recipe
from eyecandy.backbone.weights import hdf5

Pooling = Literal["max", "average"]

FC1_SIDE = 7  # the side of the feature map that fc1 sees at 224x224


@dataclass(frozen=True)
class Architecture:
    """One network of the family: how many convolutions each block has, and how wide they are."""

    name: str
    convolutions: tuple[int, ...]
    channels: tuple[int, ...] = (64, 128, 256, 512, 512)
    hidden: int = 4096
    classes: int = 1000
    preprocessing: Recipe = MODES["caffe"]

    def blocks(self) -> Iterator[tuple[int, int, list[str]]]:
        """Number, width and layer names of each block."""
        for i, (count, channels) in enumerate(zip(self.convolutions, self.channels, strict=True), start=1):
            yield i, channels, [f"block{i}_conv{j}" for j in range(1, count + 1)]

    @property
    def layers(self) -> tuple[str, ...]:
        """The taps, each after its ReLU."""
        return (*(name for _, _, names in self.blocks() for name in names), "fc1", "fc2")

    def shapes(self) -> dict[str, hdf5.Shape]:
        """The kernel's shape (h, w, in, out) of every convolution."""
        shapes: dict[str, hdf5.Shape] = {}
        width = 3
        for _, channels, names in self.blocks():
            for name in names:
                shapes[name] = (3, 3, width, channels)
                width = channels
        shapes["fc1"] = (FC1_SIDE, FC1_SIDE, width, self.hidden)
        shapes["fc2"] = (1, 1, self.hidden, self.hidden)
        shapes["predictions"] = (1, 1, self.hidden, self.classes)
        return shapes


VGG16 = Architecture("vgg16", (2, 2, 3, 3, 3))
VGG19 = Architecture("vgg19", (2, 2, 4, 4, 4))
VGG16_PLACES365 = Architecture("vgg16-places365", (2, 2, 3, 3, 3), classes=365, preprocessing=PLACES365)
ARCHITECTURES = {architecture.name: architecture for architecture in (VGG16, VGG19, VGG16_PLACES365)}


def build(architecture: Architecture, *, pooling: Pooling = "max") -> keras.Model:
    """The network with weights of zero.

    Args:
        architecture: which one.
        pooling: "average" swaps the max-pools, for smoother gradients in art (Gatys et al. 2016, section 2); the
            classes are then less sure, since the weights were trained with max-pools.

    Returns:
        A model from (N, H, W, 3) RGB in 0..255 to (N, h, w, classes) logits at every place of the fc1 window, stride
        32. A feature map smaller than that window, from pictures below 224 pixels, is padded with zeros.
    """
    layers = keras.layers
    pool = {"max": layers.MaxPooling2D, "average": layers.AveragePooling2D}[pooling]
    shapes = architecture.shapes()

    def convolution(x: keras.KerasTensor, name: str, activation: str | None = "relu") -> keras.KerasTensor:
        side, _, _, channels = shapes[name]
        padding = "same" if side == 3 else "valid"
        # Zeros, since real weights follow: random numbers for the 103 million of fc1 alone take seconds.
        layer = layers.Conv2D(
            channels, side, padding=padding, activation=activation, kernel_initializer="zeros", name=name
        )
        return layer(x)

    image = keras.Input((None, None, 3), name="image")
    x = Preprocessing(architecture.preprocessing)(image)
    for number, _, names in architecture.blocks():
        for name in names:
            x = convolution(x, name)
        x = pool(2, name=f"block{number}_pool")(x)
    x = PadTo(FC1_SIDE, FC1_SIDE, name="fc1_padding")(x)
    x = convolution(x, "fc1")
    x = convolution(x, "fc2")
    return keras.Model(image, convolution(x, "predictions", None), name=architecture.name)


def set_weights(model: keras.Model, architecture: Architecture, path: Path) -> None:
    """Fill the model from a Keras weight file: the classic layout of Keras Applications, or `.weights.h5`.

    Raises:
        EyecandyError: the file is missing or damaged, lacks a layer, or holds another shape.
    """
    for name, kernel, bias in hdf5.read(path, architecture.shapes()):
        model.get_layer(name).set_weights([kernel, bias])

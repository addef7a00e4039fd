"""Every family of Keras Applications, and models as tutorials make them, say in eyecandy what they say by themselves.

The families' own code builds them, with fewer blocks and channels where it lets one: the kinds of layer and of joint
tell them apart. Four networks have no smaller members and take a minute together; EYECANDY_ALL_FAMILIES=1 tests
them too.
"""

import importlib
import os
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from keras_models import CLASSES, L, Tensor, bias, picture, trunk

from eyecandy import load_backbone
from eyecandy._tensorflow import keras
from eyecandy.backbone.preprocessing import MODES, Preprocessing

pytestmark = pytest.mark.usefixtures("seeded_keras")
Model = keras.Model
SIDE = 64


def family(module: str, name: str, /, **options: Any) -> Model:
    """A network of a family of Keras Applications, by the function that all its members are made with."""
    make = getattr(importlib.import_module(f"keras.src.applications.{module}"), name)
    return make(**{"weights": None, "input_shape": (SIDE, SIDE, 3), "classes": CLASSES, **options})


def residual(version: int) -> Model:
    blocks = getattr(importlib.import_module("keras.src.applications.resnet"), f"stack_residual_blocks_v{version}")

    def stack(x: Tensor) -> Tensor:
        return blocks(blocks(x, 8, 2, stride1=1 if version == 1 else 2, name="conv2"), 16, 2, name="conv3")

    return family("resnet", "ResNet", stack_fn=stack, preact=version == 2, use_bias=True)


def efficient(module: str, name: str, /, **options: Any) -> Model:
    return family(module, name, **options, width_coefficient=0.25, depth_coefficient=0.1, default_size=SIDE)


APPLICATIONS: dict[str, tuple[Callable[[], Model], str]] = {
    "VGG": (lambda: family("vgg16", "VGG16", input_shape=(32, 32, 3)), "caffe"),
    "ResNet": (lambda: residual(1), "caffe"),
    "ResNetV2": (lambda: residual(2), "tf"),
    "MobileNet": (lambda: family("mobilenet", "MobileNet", alpha=0.25), "tf"),
    "MobileNetV3": (lambda: family("mobilenet_v3", "MobileNetV3Small", minimalistic=True), "none"),
    "DenseNet": (lambda: family("densenet", "DenseNet", blocks=[2, 1, 1, 1]), "torch"),
    "EfficientNet": (lambda: efficient("efficientnet", "EfficientNet"), "none"),
    "EfficientNetV2": (lambda: efficient("efficientnet_v2", "EfficientNetV2", name="efficientnetv2-b0"), "none"),
    "ConvNeXt": (lambda: family("convnext", "ConvNeXt", depths=[1, 1, 1, 1], projection_dims=[8, 8, 16, 16]), "none"),
}


LARGE: dict[str, tuple[Callable[[], Model], str]] = {
    "Xception": (lambda: family("xception", "Xception", input_shape=(71, 71, 3)), "tf"),
    "InceptionV3": (lambda: family("inception_v3", "InceptionV3", input_shape=(96, 96, 3)), "tf"),
    "InceptionResNetV2": (lambda: family("inception_resnet_v2", "InceptionResNetV2", input_shape=(96, 96, 3)), "tf"),
    "NASNet": (lambda: family("nasnet", "NASNetMobile"), "tf"),
}


def base() -> Model:
    return family("mobilenet_v2", "MobileNetV2", alpha=0.35, include_top=False)


def transfer() -> Model:
    """As the tutorial on transfer learning has it."""
    image = keras.Input((SIDE, SIDE, 3))
    x = keras.Sequential([L.RandomFlip("horizontal"), L.RandomRotation(0.2)])(image)
    x = base()(L.Rescaling(1 / 127.5, offset=-1)(x), training=False)
    return Model(image, bias(1, activation="sigmoid")(L.Dropout(0.2)(L.GlobalAveragePooling2D()(x))))


def halves() -> Model:
    """As the guide to mixed precision has it."""
    keras.mixed_precision.set_global_policy("mixed_float16")
    try:
        image = keras.Input((SIDE, SIDE, 3))
        x = bias(CLASSES)(L.GlobalAveragePooling2D()(trunk(image)))
        return Model(image, L.Activation("softmax", dtype="float32")(x))
    finally:
        keras.mixed_precision.set_global_policy("float32")


def named() -> Model:
    image = keras.Input((SIDE, SIDE, 3), name="image")
    pooled = L.GlobalAveragePooling2D()(trunk(image))
    return Model({"image": image}, {"classes": bias(CLASSES, activation="softmax")(pooled), "embedding": pooled})


def digits() -> Model:
    """As the first tutorial has it, of grey pictures."""
    x = image = keras.Input((28, 28, 1))
    for filters in (8, 16):
        x = L.MaxPooling2D(2)(L.Conv2D(filters, 3, activation="relu")(x))
    return Model(image, bias(10, activation="softmax")(L.Dropout(0.5)(L.Flatten()(x))))


OWN: dict[str, tuple[Callable[[], Model], str]] = {
    "MobileNetV2, transferred": (transfer, "none"),
    "mixed_float16": (halves, "none"),
    "dict": (named, "none"),
    "digits": (digits, "unit"),
}


def with_statistics(model: Model) -> Model:
    """Its normalisations away from where they begin, as training leaves them."""
    random = np.random.default_rng(0)
    for layer in model._flatten_layers(include_self=False):
        if isinstance(layer, L.BatchNormalization):
            layer.set_weights([w + random.uniform(0.05, 0.3, w.shape).astype(w.dtype) for w in layer.get_weights()])
        if isinstance(layer, L.Normalization) and layer.get_weights():
            shape = layer.get_weights()[0].shape
            mean, variance = np.full(shape, 0.45, np.float32), np.full(shape, 0.05, np.float32)
            layer.set_weights([mean, variance, np.array(1)])
            layer.finalize_state()
    return model


def said(model: Model, image: np.ndarray, mode: str) -> np.ndarray:
    """(1, C) what a model says of a picture (1, H, W, 3), one number as two."""
    grey = model.inputs[0].shape[-1] == 1
    x = np.asarray(Preprocessing(MODES[mode])(image))  # type: ignore[index]
    x = x[..., :1] if grey else x
    given = model({"image": x} if isinstance(model.input, dict) else x, training=False)
    classes = np.asarray(given["classes"] if isinstance(given, dict) else given)
    return np.concatenate([1 - classes, classes], -1) if classes.shape[-1] == 1 else classes


def own_picture(model: Model) -> np.ndarray:
    """A picture of the model's own size; of one channel, three times."""
    height, width, channels = model.inputs[0].shape[1:]
    image = np.rint(picture(height, width))
    return image if channels == 3 else np.repeat(image[..., :1], 3, -1)


@pytest.mark.parametrize("name", [*APPLICATIONS, *OWN])
def test_a_network_says_what_it_says_by_itself(name: str) -> None:
    make, mode = {**APPLICATIONS, **OWN}[name]
    model = with_statistics(make())
    backbone = load_backbone(model, preprocessing=mode)  # type: ignore[arg-type]
    image = own_picture(model)
    tolerance = 1e-2 if name == "mixed_float16" else 1e-4
    np.testing.assert_allclose(backbone.probabilities(image, "average"), said(model, image, mode), atol=tolerance)
    assert backbone.whole is None
    assert len(backbone.layers) > 1


@pytest.mark.skipif("EYECANDY_ALL_FAMILIES" not in os.environ, reason="a minute: set EYECANDY_ALL_FAMILIES")
@pytest.mark.parametrize("name", LARGE)
def test_a_large_network_says_what_it_says_by_itself(name: str) -> None:
    make, mode = LARGE[name]
    model = with_statistics(make())
    backbone = load_backbone(model, preprocessing=mode)  # type: ignore[arg-type]
    image = own_picture(model)
    np.testing.assert_allclose(backbone.probabilities(image, "average"), said(model, image, mode), atol=1e-4)
    # Its joints fit at sizes only that are halved five times.
    assert (backbone.whole is not None) == (name == "NASNet")

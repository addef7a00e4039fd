"""Networks of one picture size, vision transformers among them: classes and gradients, and no places."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from conftest import Run
from keras_models import CLASSES, SIDE, L, Tensor, average, bias, model_of, picture

import eyecandy
from eyecandy import images, load_backbone, saliency
from eyecandy._tensorflow import keras, tf
from eyecandy.backbone.model import Backbone
from eyecandy.errors import EyecandyError

pytestmark = pytest.mark.usefixtures("seeded_keras")


class Positions(L.Layer):
    """Patches with a number for each place, learned by heart."""

    def build(self, shape: Any) -> None:
        self.table = self.add_weight(shape=shape[1:], initializer="random_normal")

    def call(self, x: Tensor) -> Tensor:
        return x + self.table


def transformer(activation: str | None = "softmax") -> keras.Model:
    image = keras.Input((SIDE, SIDE, 3))
    x = L.Conv2D(12, 8, strides=8, bias_initializer="random_normal")(L.Rescaling(1 / 255)(image))
    x = Positions()(L.Reshape((25, 12))(x))
    normal = L.LayerNormalization()(x)
    x = x + L.MultiHeadAttention(2, 6, dropout=0.1)(normal, normal)
    x = x + bias(12)(bias(24, activation="gelu")(L.LayerNormalization()(x)))
    return keras.Model(image, bias(CLASSES, activation=activation)(L.GlobalAveragePooling1D()(x)), name="vit")


def perceptron() -> keras.Model:
    image = keras.Input((SIDE, SIDE, 3))
    return keras.Model(image, bias(CLASSES)(bias(6, activation="relu")(L.Flatten()(L.Rescaling(1 / 255)(image)))))


def recurrent() -> keras.Model:
    return model_of(lambda x: bias(CLASSES)(L.LSTM(4)(L.Reshape((100, 8), name="fold")(x))))


def added_constant() -> keras.Model:
    offsets = np.random.default_rng(0).normal(size=(10, 10, 8)).astype(np.float32)
    return model_of(lambda x: average(x + offsets))


def resizing() -> keras.Model:
    return model_of(lambda x: average(L.Resizing(8, 8, name="resize")(x)))


def channels_first() -> keras.Model:
    return model_of(
        lambda x: bias(CLASSES)(
            L.GlobalAveragePooling2D(data_format="channels_first", name="pool")(L.Permute((3, 1, 2))(x))
        )
    )


@pytest.fixture(scope="module")
def open_vit() -> tuple[keras.Model, Backbone]:
    """A transformer that ends in logits, and what eyecandy makes of it."""
    keras.utils.set_random_seed(7)
    model = transformer(activation=None)
    return model, load_backbone(model)


@pytest.fixture(scope="module")
def vit(open_vit: tuple[keras.Model, Backbone]) -> Backbone:
    return open_vit[1]


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (transformer, "layer 'reshape' (Reshape) does not work on pictures of any size"),
        (perceptron, "has no convolution"),
        (recurrent, "layer 'fold' (Reshape) does not work on pictures of any size"),
        (added_constant, "(Add) does not work on pictures of any size"),
        (channels_first, "layer 'pool' (GlobalAveragePooling2D) takes its channels before its places"),
        (resizing, "layer 'resize' (Resizing) brings every picture to one size"),
    ],
)
def test_a_network_of_one_size_says_what_it_says_by_itself(make: Callable[[], keras.Model], reason: str) -> None:
    keras.backend.clear_session()
    model = make()
    backbone = load_backbone(model)
    assert backbone.whole is not None
    assert reason in backbone.whole.reason
    assert backbone.whole.size == (SIDE, SIDE)
    expected = np.asarray(model(picture(), training=False))
    found = backbone.probabilities(picture())
    if abs(expected.sum() - 1) > 1e-4:
        expected = tf.nn.softmax(expected)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_pictures_of_other_sizes_are_brought_to_its_own(vit: Backbone) -> None:
    small, large = (
        cv2.resize(picture(6, 6)[0], (side, side), interpolation=cv2.INTER_CUBIC)[None] for side in (SIDE, 160)
    )
    np.testing.assert_allclose(vit.probabilities(large), vit.probabilities(small), atol=0.01)
    assert vit.class_map(picture(60, 100)).shape == (1, 1, 1, CLASSES)


@pytest.mark.parametrize("signal", [None, "gradient-input", "smoothgrad"])
def test_gradients_reach_the_pixels(open_vit: tuple[keras.Model, Backbone], signal: str | None) -> None:
    model, backbone = open_vit
    pixels = np.rint(picture())[0].astype(np.uint8)
    found = saliency(pixels, [2], backbone=backbone, signal=signal)[0]
    image = tf.constant(pixels[None], tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(image)
        logit = model(image, training=False)[0, 2]
    slopes = tape.gradient(logit, image)[0].numpy()
    expected = (
        np.maximum((slopes * (pixels - 127.0)).sum(-1), 0) if signal == "gradient-input" else np.abs(slopes).sum(-1)
    )
    assert np.corrcoef(found.ravel(), expected.ravel())[0, 1] > (0.5 if signal == "smoothgrad" else 0.95)


@pytest.mark.parametrize(
    ("call", "what"),
    [
        (lambda photo, net: eyecandy.detect(photo, backbone=net), "detect"),
        (lambda photo, net: saliency(photo, [1], backbone=net, signal="places"), "signal 'places'"),
        (lambda photo, net: eyecandy.dream(photo, backbone=net), "painting or looking at layers"),
        (lambda photo, net: eyecandy.style(photo, photo, backbone=net), "painting or looking at layers"),
        (lambda photo, net: eyecandy.mirage(photo, backbone=net), "painting or looking at layers"),
        (lambda photo, net: net.dense(8), "looking at places"),
        (lambda photo, net: net.layer("conv"), "painting or looking at layers"),
    ],
)
def test_what_needs_places_is_refused_in_one_line(vit: Backbone, call: Callable[..., Any], what: str) -> None:
    with pytest.raises(EyecandyError) as error:
        call(np.rint(picture())[0].astype(np.uint8), vit)
    assert f"{what} is not possible with vit, which takes pictures of 40x40 only" in str(error.value)
    assert "possible are classify, and saliency with signal gradient" in str(error.value)
    assert "\n" not in str(error.value)


def test_classify_takes_it_and_detect_says_why_not(command: Callable[..., Run], tmp_path: Path) -> None:
    perceptron().save(tmp_path / "whole.keras")
    images.save(tmp_path / "photo.png", np.rint(picture())[0].astype(np.uint8))
    network = ("--backbone", tmp_path / "whole.keras")
    ran = command("classify", tmp_path / "photo.png", *network)
    assert ran.code == 0
    assert "class 3" in ran.out
    for refused in (("detect", tmp_path / "photo.png"), ("layers",)):
        ran = command(*refused, *network)
        assert ran.code == 2
        assert "is not possible with whole, which takes pictures of 40x40 only" in " ".join(ran.err.split())

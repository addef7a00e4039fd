"""What the layers of a user's model keep comes along, wherever they keep it, and what the model takes is taken."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from keras_models import CLASSES, SIDE, Adapted, L, Secret, average, bias, model_of, picture, through, trunk

from eyecandy import load_backbone
from eyecandy._tensorflow import keras, tf
from eyecandy.errors import EyecandyError

pytestmark = pytest.mark.usefixtures("seeded_keras")


def adapted() -> keras.Model:
    normal = L.Normalization()
    normal.adapt(np.random.default_rng(0).uniform(0, 90, (4, 8, 8, 3)).astype(np.float32))
    image = keras.Input((SIDE, SIDE, 3))
    return keras.Model(image, average(L.Conv2D(4, 3, activation="relu", name="conv")(normal(image))))


def not_taken_over() -> keras.Model:
    model = adapted()
    normal = model.layers[1]
    # Until finalize_state it goes on by the statistics that it had before.
    normal.set_weights([2 * weight for weight in normal.get_weights()])
    return model


def told_later() -> keras.Model:
    layer = Adapted()
    model = through(lambda: layer)
    layer.adapt(3.0)
    return model


def tuned() -> keras.Model:
    model = model_of(lambda x: average(L.Conv2D(8, 3, name="tuned")(x)))
    for layer in (model.get_layer("tuned"), model.layers[-1]):
        layer.enable_lora(2)
        layer.lora_kernel_b.assign(np.random.default_rng(1).normal(size=layer.lora_kernel_b.shape))
    return model


COPIED: dict[str, Callable[[], keras.Model]] = {
    "adapted": adapted,
    "not taken over": not_taken_over,
    "told later": told_later,
    "low ranks": tuned,
    "lambda": lambda: through(lambda: L.Lambda(lambda x: 2 * x + 1)),
    "no configuration": lambda: through(lambda: Secret(2.0, name="secret")),
    "spectral": lambda: through(lambda: L.SpectralNormalization(L.Conv2D(8, 3), name="spectral")),
    "augmented": lambda: keras.Sequential(
        [keras.Input((SIDE, SIDE, 3)), L.RandomFlip(), L.RandomRotation(0.2), L.RandomContrast(0.3), model_of(average)]
    ),
}


@pytest.mark.parametrize("make", COPIED.values(), ids=COPIED)
def test_a_copy_says_what_the_model_says(make: Callable[[], keras.Model]) -> None:
    model = make()
    backbone = load_backbone(model)
    assert backbone.whole is None
    expected = model(picture(), training=False)
    np.testing.assert_allclose(backbone.logits(picture()), expected, rtol=1e-4, atol=1e-4)
    # and on the way that gradients take
    class_map = tf.function(lambda image: backbone.pull_back(image)[0])(tf.constant(picture()))
    np.testing.assert_allclose(tf.reduce_mean(class_map, (1, 2)), expected, rtol=1e-4, atol=1e-4)


def test_a_layer_that_is_called_where_it_lies_is_not_frozen() -> None:
    secret = Secret(2.0, name="secret")
    model = through(lambda: secret)
    backbone = load_backbone(model)
    assert "secret" in backbone.layer_names
    assert backbone.layer("secret").receptive_field is None  # who knows what it looks at
    assert secret.trainable
    assert len(secret._inbound_nodes) == 1
    held = backbone.model.get_layer("secret").get_config()
    assert held != load_backbone(through(lambda: Secret(3.0, name="secret"))).model.get_layer("secret").get_config()


@pytest.mark.parametrize("mode", ["int8", "int4"])
@pytest.mark.filterwarnings("ignore:Layer .* does not have a `quantize` method")
def test_a_quantised_head_is_read_by_what_it_does(mode: str) -> None:
    model = model_of(lambda x: bias(CLASSES, activation="softmax")(L.GlobalAveragePooling2D()(x)))
    model.quantize(mode)
    found = load_backbone(model).probabilities(picture(), "average")
    np.testing.assert_allclose(found, model(picture()), atol=0.01)


@pytest.mark.parametrize("number", ["uint8", "int32", "float16"])
def test_pictures_are_given_in_the_models_own_numbers(number: str) -> None:
    image = keras.Input((SIDE, SIDE, 3), dtype=number)
    model = keras.Model(image, average(trunk(image)))
    whole = np.rint(picture())
    found = load_backbone(model).logits(whole)
    np.testing.assert_allclose(found, model(whole.astype(number)), rtol=2e-3, atol=2e-3)


def test_fractions_are_nothing_for_a_model_of_whole_numbers() -> None:
    image = keras.Input((SIDE, SIDE, 3), dtype="uint8")
    with pytest.raises(EyecandyError, match="preprocessing='unit' gives fractions, but model 'bytes' takes uint8"):
        load_backbone(keras.Model(image, average(trunk(image)), name="bytes"), preprocessing="unit")


@pytest.mark.parametrize(("mode", "scale"), [("none", 1.0), ("unit", 255.0)])
def test_a_grey_network_sees_luma(mode: Any, scale: float) -> None:
    image = keras.Input((28, 28, 1))
    x = L.MaxPooling2D()(L.Conv2D(4, 3, activation="relu")(L.Rescaling(scale / 255)(image)))
    model = keras.Model(
        image, bias(10, activation="softmax")(bias(8, activation="relu")(L.Flatten()(x))), name="digits"
    )
    backbone = load_backbone(model, preprocessing=mode)
    colours = np.rint(picture(28, 28))
    luma = colours @ np.array([[0.299], [0.587], [0.114]], np.float32)
    np.testing.assert_allclose(backbone.probabilities(colours, "average"), model(luma / scale), rtol=1e-3)
    assert backbone.class_map(picture(28, 32)).shape == (1, 1, 3, 10)


def test_a_preprocessing_of_three_channels_is_nothing_for_one() -> None:
    model = keras.Sequential([keras.Input((28, 28, 1)), L.Conv2D(4, 3), L.Flatten(), L.Dense(3)], name="digits")
    with pytest.raises(EyecandyError, match="preprocessing='caffe' has numbers for three channels"):
        load_backbone(model, preprocessing="caffe")


def test_a_resizing_to_the_size_that_pictures_have_does_not_hold_a_network_to_it() -> None:
    resize = keras.Sequential([keras.Input((SIDE, SIDE, 3)), L.Resizing(SIDE, SIDE), L.CenterCrop(SIDE, SIDE)])
    image = keras.Input((SIDE, SIDE, 3))
    model = keras.Model(image, average(trunk(resize(image))))
    backbone = load_backbone(model)
    assert backbone.whole is None and backbone.layers
    np.testing.assert_allclose(backbone.logits(picture()), model(picture(), training=False), rtol=1e-3, atol=1e-5)
    assert backbone.class_map(picture(2 * SIDE, 3 * SIDE)).shape[1:3] != (1, 1)

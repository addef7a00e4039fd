"""The class map of any head: it averages to the model's own logits, or their softmax is taken off."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from keras_models import BENT, CLASSES, EXACT, SIDE, L, Tensor, average, bias, maximum, model_of, picture

from eyecandy import load_backbone
from eyecandy._tensorflow import keras, tf

pytestmark = pytest.mark.usefixtures("seeded_keras")


@pytest.mark.parametrize("head", [*EXACT, *BENT], ids=lambda head: head.__name__)
@pytest.mark.parametrize("height", [SIDE, 56])
def test_the_class_map_averages_to_the_models_own_logits(head: Callable[[Tensor], Tensor], height: int) -> None:
    model = model_of(head, side=None)
    backbone = load_backbone(model)
    image = picture(height, 64, 2)
    found = backbone.class_map(image)
    assert found.shape == (2, height // 4, 16, CLASSES)
    np.testing.assert_allclose(found.mean((1, 2)), model(image), rtol=1e-4, atol=1e-4)
    assert found.std((1, 2)).min() > 1e-3  # places differ


def test_a_dense_layer_behind_an_average_is_applied_at_each_place() -> None:
    model = model_of(average)
    image = picture()
    features = keras.Model(model.input, model.get_layer("second").output)(image)
    kernel, offset = model.layers[-1].get_weights()
    np.testing.assert_allclose(load_backbone(model).class_map(image), features @ kernel + offset, rtol=1e-4, atol=1e-4)


def test_gradients_give_the_same_map_where_both_ways_exist() -> None:
    # A perceptron whose hidden layer does nothing: its slopes are the dense layer's kernel everywhere.
    def hidden(x: Tensor) -> Tensor:
        identity = bias(8, activation="relu", kernel_initializer="identity", bias_initializer="zeros")
        return bias(CLASSES)(identity(L.GlobalAveragePooling2D()(x)))

    model = model_of(hidden)
    image = picture()
    features = keras.Model(model.input, model.get_layer("second").output)(image).numpy()
    kernel, offset = model.layers[-1].get_weights()
    np.testing.assert_allclose(load_backbone(model).class_map(image), features @ kernel + offset, rtol=1e-4, atol=1e-4)


def test_behind_a_maximum_only_the_place_that_gave_it_counts() -> None:
    model = model_of(maximum)
    image = picture()
    features = keras.Model(model.input, model.get_layer("second").output)(image).numpy()
    kernel, offset = model.layers[-1].get_weights()
    largest = features.max((1, 2), keepdims=True)
    given = np.where(features == largest, features, 0)
    given = np.divide(given, (features == largest).sum((1, 2), keepdims=True))
    np.testing.assert_allclose(
        load_backbone(model).class_map(image),
        features[0, ..., 0].size * (given @ kernel) + offset,
        rtol=1e-4,
        atol=1e-4,
    )


@pytest.mark.parametrize("head", [average, *BENT], ids=lambda head: head.__name__)
def test_the_averaged_map_has_the_gradient_of_the_logits(head: Callable[[Tensor], Tensor]) -> None:
    model = model_of(head)
    backbone = load_backbone(model)

    @tf.function
    def jacobians(image: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(image)
            averaged = tf.reduce_mean(backbone.model(image), (1, 2))
            logits = model(image)
        return tape.jacobian(averaged, image), tape.jacobian(logits, image)

    found, expected = jacobians(tf.constant(picture()))
    largest = np.abs(expected).max()
    assert largest > 0
    np.testing.assert_allclose(found / largest, expected / largest, rtol=1e-3, atol=1e-4)


def test_dense_layers_behind_a_flattening_slide_over_a_larger_picture() -> None:
    image = keras.Input((20, 24, 3))
    # Without padding and stride, a window of the feature map is what the model sees of a crop.
    x = L.Conv2D(5, 3, activation="relu", name="conv")(L.Rescaling(1 / 255)(image))
    x = L.Dropout(0.5)(L.Flatten()(L.Activation("relu")(x)))
    x = bias(9, activation="relu", name="hidden")(x)
    x = L.BatchNormalization(moving_mean_initializer="random_normal")(x)
    model = keras.Model(image, bias(CLASSES, name="classes")(L.Dropout(0.5)(x)))
    backbone = load_backbone(model)
    large = picture(40, 44)
    found = backbone.class_map(large)
    assert found.shape == (1, 21, 21, CLASSES)
    for row, column in [(0, 0), (20, 20), (7, 13)]:
        crop = large[:, row : row + 20, column : column + 24]
        np.testing.assert_allclose(found[0, row, column], model(crop)[0], rtol=1e-4, atol=1e-4)
    assert "hidden" in backbone.layer_names
    assert "classes" not in backbone.layer_names


def test_a_model_that_ends_in_a_map_keeps_it() -> None:
    model = model_of(lambda x: L.Conv2D(CLASSES, 1, activation="softmax", name="classes")(x), side=None)
    image = picture(48, 56)
    found = load_backbone(model).class_map(image)
    assert found.shape == (1, 12, 14, CLASSES)
    np.testing.assert_allclose(tf.nn.softmax(found), model(image), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "end",
    [
        L.Softmax,
        lambda: L.Activation("softmax"),
        lambda: L.Activation("log_softmax"),
        lambda: keras.ops.softmax,
        lambda: keras.ops.log_softmax,
    ],
)
def test_a_softmax_at_the_end_is_stripped(end: Callable[[], Any]) -> None:
    model = model_of(lambda x: end()(average(x)))
    dense = next(layer for layer in model.layers if isinstance(layer, L.Dense))
    plain = keras.Model(model.input, dense.output)
    image = picture()
    np.testing.assert_allclose(load_backbone(model).logits(image), plain(image), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("activation", ["softmax", "log_softmax"])
def test_a_softmax_inside_the_last_layer_is_stripped(activation: str) -> None:
    model = model_of(lambda x: bias(CLASSES, activation=activation)(L.GlobalAveragePooling2D()(x)))
    image = picture()
    pooled = keras.Model(model.input, model.layers[-2].output)(image)
    kernel, offset = model.layers[-1].get_weights()
    np.testing.assert_allclose(load_backbone(model).logits(image), pooled @ kernel + offset, rtol=1e-4, atol=1e-4)

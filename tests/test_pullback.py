"""Many slopes back through a network at once, against TensorFlow's own Jacobian."""

from collections.abc import Callable

import keras
import numpy as np
import pytest
import tensorflow as tf

from eyecandy.backbone.labels import generic
from eyecandy.backbone.model import Backbone

L = keras.layers
Body = Callable[[keras.KerasTensor], keras.KerasTensor]


def depthwise(x: keras.KerasTensor) -> keras.KerasTensor:
    x = L.Activation("silu")(L.Conv2D(6, 3, 2, padding="same")(x))
    x = L.ReLU(6)(L.DepthwiseConv2D(5, 2, padding="same")(x))
    return L.DepthwiseConv2D(3, padding="valid", activation="relu", depth_multiplier=2)(x)


def shortcuts(x: keras.KerasTensor) -> keras.KerasTensor:
    x = L.Conv2D(6, 3, activation="relu")(x)
    y = L.Conv2D(6, 1, activation="tanh")(x)
    return L.Concatenate()([L.Add()([x, y]), x + x, 2 * y])


def gates(x: keras.KerasTensor) -> keras.KerasTensor:
    x = L.LeakyReLU()(L.BatchNormalization()(L.Conv2D(8, 3, use_bias=False)(x)))
    gate = L.Conv2D(8, 1, activation="sigmoid")(L.GlobalAveragePooling2D(keepdims=True)(x))
    return L.Multiply()([x, gate])


def rare(x: keras.KerasTensor) -> keras.KerasTensor:
    left, right = keras.ops.split(L.Conv2D(8, 3, dilation_rate=2)(x), 2, axis=-1)
    return L.MaxPooling2D(2)(L.Conv2D(8, 3, groups=2, activation="gelu")(L.Concatenate()([right, left])))


def padded(x: keras.KerasTensor) -> keras.KerasTensor:
    x = L.MaxPooling2D(3, 2)(L.ZeroPadding2D(((0, 1), (2, 1)))(x))
    return L.DepthwiseConv2D(3, 2, activation="relu")(L.ZeroPadding2D(1)(x))


def one_half_unused(x: keras.KerasTensor) -> keras.KerasTensor:
    left, _ = keras.ops.split(L.Conv2D(8, 3)(x), 2, axis=-1)
    return L.Activation("softmax")(left)


def blind(x: keras.KerasTensor) -> keras.KerasTensor:
    return L.Lambda(tf.stop_gradient)(L.Conv2D(4, 3)(x))


def network(body: Body) -> Backbone:
    keras.utils.set_random_seed(3)
    image = keras.Input((None, None, 3))
    model = keras.Model(image, L.Conv2D(7, 1)(body(L.Rescaling(1 / 64, offset=-1)(image))))
    for layer in model.layers:
        if isinstance(layer, L.BatchNormalization):
            layer.set_weights([np.linspace(0.5, 2, len(w)).astype(np.float32) for w in layer.get_weights()])
    return Backbone(model, name="tiny", taps=[], labels=generic(7))


@pytest.mark.parametrize("body", [depthwise, shortcuts, gates, rare, padded, one_half_unused, blind])
@pytest.mark.parametrize("size", [(32, 40), (37, 33)])
def test_it_is_the_jacobian_applied_to_each_slope(body: Body, size: tuple[int, int]) -> None:
    backbone = network(body)
    random = np.random.default_rng(0)
    image = tf.constant(random.uniform(0, 255, (1, *size, 3)), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(image)
        expected = backbone.model(image)
    jacobian = tape.jacobian(expected, image, unconnected_gradients="zero").numpy()[0, ..., 0, :, :, :]

    class_map, back = backbone.pull_back(image)
    slopes = random.normal(size=(5, *class_map.shape[1:])).astype(np.float32)

    np.testing.assert_allclose(class_map, expected, rtol=1e-5, atol=1e-6)
    wanted = np.einsum("khwc,hwcyxr->kyxr", slopes, jacobian)
    np.testing.assert_allclose(back(tf.constant(slopes)), wanted, rtol=1e-4, atol=1e-5 * max(np.abs(wanted).max(), 1))


def test_one_class_each_is_zeros_at_the_others() -> None:
    backbone = network(shortcuts)
    image = tf.constant(np.random.default_rng(0).uniform(0, 255, (1, 32, 40, 3)), tf.float32)
    class_map, back = backbone.pull_back(image)
    slopes = np.random.default_rng(1).normal(size=(3, *class_map.shape[1:3], 1)).astype(np.float32)
    classes = tf.constant([6, 0, 6])
    expected = back(slopes * tf.one_hot(classes, 7)[:, None, None])
    np.testing.assert_allclose(back(tf.constant(slopes), classes), expected, rtol=1e-4, atol=1e-5)


def test_inside_a_graph_of_open_sizes() -> None:
    backbone = network(depthwise)

    @tf.function(input_signature=[tf.TensorSpec((1, None, None, 3)), tf.TensorSpec((None,))])
    def spread(image: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
        class_map, back = backbone.pull_back(image)
        return back(weights[:, None, None, None] * tf.ones_like(class_map))

    for side, count in ((32, 2), (45, 3)):
        slopes = spread(tf.random.stateless_uniform((1, side, side, 3), (0, 0)) * 255, tf.range(1.0, count + 1))
        assert slopes.shape == (count, side, side, 3)
        assert np.abs(slopes).max() > 0
        np.testing.assert_allclose(slopes[1], 2 * slopes[0], rtol=1e-5)

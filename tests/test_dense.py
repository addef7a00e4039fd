"""A network looked through at more places than it has by itself."""

from collections.abc import Callable

import keras_models
import numpy as np
import pytest

from eyecandy import load_backbone
from eyecandy._tensorflow import keras, tf
from eyecandy.backbone.dense.dense import Dense
from eyecandy.backbone.labels import generic
from eyecandy.backbone.model import Backbone
from eyecandy.backbone.padding import PadTo
from eyecandy.errors import EyecandyError

L = keras.layers
Tensor = keras.KerasTensor
Body = Callable[[Tensor], Tensor]


def vgg(x: Tensor) -> Tensor:
    for filters in (6, 8, 10):
        x = L.MaxPooling2D(2)(L.Conv2D(filters, 3, padding="same", activation="relu")(x))
    return L.Conv2D(8, 3, activation="relu")(PadTo(3, 3, name="padding")(x))


def residual(x: Tensor) -> Tensor:
    x = L.Conv2D(8, 7, 2, activation="relu")(L.ZeroPadding2D(3)(x))
    x = L.MaxPooling2D(3, 2)(L.ZeroPadding2D(1)(x))
    for filters in (8, 10):
        y = L.BatchNormalization()(L.Conv2D(6, 1, 2, use_bias=False)(x))
        y = L.Conv2D(filters, 3, padding="same")(L.ReLU()(y))
        x = L.ReLU()(L.Add()([L.Conv2D(filters, 1, 2)(x), y]))
    return x


def separable(x: Tensor) -> Tensor:
    for filters in (6, 8, 10):
        y = L.SeparableConv2D(filters, 3, padding="same")(L.ReLU()(x))
        x = L.Conv2D(filters, 1, 2, padding="same")(x) + L.MaxPooling2D(3, 2, padding="same")(y)
    return L.SeparableConv2D(8, 3, 2, padding="same")(x)


def gated(x: Tensor) -> Tensor:
    x = L.Activation("silu")(L.Conv2D(6, 3, 2, padding="same")(x))
    for kernel in (3, 5):
        x = L.Conv2D(12, 1, activation="relu6")(x)
        x = L.DepthwiseConv2D(kernel, 2)(L.ZeroPadding2D(((kernel // 2 - 1, kernel // 2),) * 2)(x))
        gate = L.Reshape((1, 1, 12))(L.GlobalAveragePooling2D()(x))
        x = L.Conv2D(8, 1)(L.Multiply()([x, L.Conv2D(12, 1, activation="hard_sigmoid")(gate)]))
    return x


def inception(x: Tensor) -> Tensor:
    for filters in (6, 8):
        left = L.Conv2D(filters, 3, 2, activation="relu")(x)
        right = L.Conv2D(4, 3, 2, activation="relu")(L.Conv2D(4, 3, padding="same", groups=1)(L.Conv2D(4, 1)(x)))
        x = L.Concatenate()([left, right, L.MaxPooling2D(3, 2)(x)])
    return x


def average(x: Tensor) -> Tensor:
    x = L.AveragePooling2D(3, 2, padding="same")(L.Conv2D(6, 3)(x))
    x = L.AveragePooling2D(2)(L.Conv2D(8, 2, padding="same", activation="relu")(x))
    return L.Conv2D(8, 4, 3, padding="same", groups=2)(x)


def patches(x: Tensor) -> Tensor:
    x = L.LayerNormalization()(L.Conv2D(8, 4, 4)(x))
    y = L.Dense(8, activation="gelu")(L.DepthwiseConv2D(7, padding="same")(x))
    return L.Conv2D(10, 2, 2)(x + y)


def oblong(x: Tensor) -> Tensor:
    x = L.Conv2D(6, (5, 3), (4, 2), padding="same", activation="relu")(x)
    return L.MaxPooling2D((1, 2))(L.Conv2D(8, 3, 2)(x))


class Halve(L.Layer):
    """A layer that only its writer knows."""

    def call(self, x: tf.Tensor) -> tf.Tensor:
        return x[:, ::2, ::2]


def unknown(x: Tensor) -> Tensor:
    return L.Conv2D(6, 3, padding="same")(Halve()(L.Conv2D(6, 3, 2, padding="same", activation="relu")(x)))


def enlarged(x: Tensor) -> Tensor:
    x = L.UpSampling2D(2, name="larger")(L.MaxPooling2D(2)(L.Conv2D(6, 3, 2, padding="same", activation="relu")(x)))
    return L.MaxPooling2D(2)(L.Conv2D(6, 3, padding="same")(x))


BODIES = {
    vgg: 8,
    residual: 16,
    separable: 16,
    gated: 8,
    inception: 4,
    average: 12,
    patches: 8,
    oblong: 8,
    unknown: 4,
    enlarged: 4,
}
GLOBAL = (gated,)
"""Each place of these sees something of the whole picture."""


def network(body: Body, *, linear: bool = False) -> Backbone:
    keras.utils.set_random_seed(3)
    image = keras.Input((None, None, 3))
    x = image if linear else L.Rescaling(1 / 64, offset=-1)(image)
    x = L.Activation("linear", name="tap")(L.Conv2D(5, 3, padding="same")(x))
    model = keras.Model(image, L.Conv2D(7, 1, bias_initializer="random_normal")(body(x)))
    for layer in model.layers:
        if isinstance(layer, L.BatchNormalization):
            layer.set_weights([np.linspace(0.5, 2, len(w)).astype(np.float32) for w in layer.get_weights()])
    return Backbone(model, name="tiny", taps=["tap"], labels=generic(7))


def noise(*size: int, number: int = 1) -> np.ndarray:
    return np.random.default_rng(0).uniform(0, 255, (number, *size, 3)).astype(np.float32)


def own(dense: Dense, name: str = "class_map") -> tuple[slice, ...]:
    (down, across), (y, x) = dense.own[name]
    return slice(None), slice(y, None, down), slice(x, None, across)


def assert_same(actual: tf.Tensor | np.ndarray, expected: tf.Tensor | np.ndarray, tolerance: float = 1e-5) -> None:
    largest = np.abs(expected).max()
    assert np.isfinite(largest) and largest > 0
    np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance * largest)


def divisors(stride: int) -> list[int]:
    return [d for d in range(1, stride + 1) if stride % d == 0]


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("size", [(64, 96), (75, 50)])
def test_its_own_places_are_among_them(body: Body, size: tuple[int, int]) -> None:
    net = network(body)
    images = noise(*size, number=2)
    plain = net.class_map(images)
    assert net.stride == BODIES[body]
    for stride in divisors(net.stride):
        if body is enlarged and stride < 4:
            continue
        dense = net.dense(stride, ["tap"])
        seen = dense(images)
        down, across = dense.own["class_map"][0]
        assert seen["class_map"].shape == (2, plain.shape[1] * down, plain.shape[2] * across, 7)
        assert_same(seen["class_map"].numpy()[own(dense)], plain)
        assert_same(seen["tap"], net.features(["tap"])(tf.constant(images))["tap"])
        assert dense.layers["class_map"].stride <= stride
        assert net.stride == dense.layers["class_map"].stride * across


@pytest.mark.parametrize("body", [body for body in BODIES if body not in (*GLOBAL, oblong, enlarged)])
def test_between_them_it_sees_what_it_sees_of_the_picture_moved(body: Body) -> None:
    net = network(body)
    every, side = net.stride, net.stride * (320 // net.stride)
    image = noise(side, side)
    for stride in divisors(every)[-3:-1]:
        dense = net.dense(stride)
        (seen,) = dense(image)["class_map"].numpy()
        stride = dense.layers["class_map"].stride
        times = every // stride
        (y, x), i = dense.own["class_map"][1], 160 // every
        for down, across in ((0, 1), (1, 0), (times - 1, 1)):
            # Moved, and a place smaller, so that its sides are such as strides divide.
            top, left = down * stride, across * stride
            moved = image[:, top : side - every + top, left : side - every + left]
            place = seen[y + down + times * i, x + across + times * i]
            assert_same(place, net.class_map(moved)[0, i, i])


@pytest.mark.parametrize("stride", [32, 16, 8])
def test_the_bundled_network(net: Backbone, stride: int) -> None:
    images = noise(64, 96)
    dense = net.dense(stride, ["conv4_6", "conv2_1"])
    seen = dense(images)
    assert_same(seen["class_map"].numpy()[own(dense)], net.class_map(images))
    expected = net.features(["block4_conv6", "block2_conv1"])(tf.constant(images))
    for name, features in expected.items():
        assert_same(seen[name].numpy()[own(dense, name)], features)
    assert seen["block2_conv1"].shape == expected["block2_conv1"].shape
    # Of a 3x3 or 5x5 convolution with stride 2, place 0 sees 0..2 or -1..3, and -1..1 or -2..2 without.
    assert dense.layers["class_map"].offset == (stride - 1, stride - 1)
    assert net.places.offset == (31, 31)
    assert seen["class_map"].shape[1:3] == (64 // stride, 96 // stride)


def test_a_head_that_bends_reads_each_set_of_places_by_itself() -> None:
    net = load_backbone(keras_models.model_of(keras_models.perceptron, side=None))
    image = noise(48, 64)
    dense = net.dense(2)
    seen = dense(image)["class_map"].numpy()
    assert_same(seen[own(dense)], net.class_map(image))
    assert seen.shape[1:3] == (24, 32)


def test_in_bfloat16(tiny_net: Backbone) -> None:
    net = load_backbone(tiny_net.model, precision="bfloat16")
    image = noise(64, 96)
    dense = net.dense(8)
    seen = dense(image)["class_map"]
    assert seen.dtype == tf.float32
    assert_same(seen.numpy()[own(dense)], net.class_map(image), 0.02)


def test_one_trace_serves_every_size(tiny_net: Backbone) -> None:
    net = load_backbone(tiny_net.model)
    dense = net.dense(8)
    assert net.dense(8) is dense
    for number, height, width in ((1, 64, 96), (3, 50, 41)):
        images = noise(height, width, number=number)
        assert_same(dense(images)["class_map"].numpy()[own(dense)], net.class_map(images))
    assert dense._run.experimental_get_tracing_count() == 1


@pytest.mark.parametrize("body", [b for b in BODIES if b is not oblong])
def test_slopes_at_a_layer(body: Body) -> None:
    net = network(body)
    image = tf.constant(noise(64, 80))
    rest = keras.Model(net.model.get_layer("tap").output, net.model.output)
    strides = {vgg: [8, 4], enlarged: [4]}.get(body, divisors(net.stride)[-2:-1])
    for stride in strides:
        dense = net.dense(stride, ["tap"])
        class_map, features, back = dense.pull_back(image, "tap")
        assert_same(class_map, dense(image)["class_map"])
        assert_same(features, dense(image)["tap"])
        slopes = np.random.default_rng(1).normal(size=(3, *class_map.shape[1:])).astype(np.float32)
        at_layer = back(tf.constant(slopes))
        assert_same(
            dense.pull_back(image).back(tf.constant(slopes)), gradients(dense, "class_map", image, slopes), 1e-4
        )
        # By the chain rule on to the pixels.
        assert_same(gradients(dense, "tap", image, at_layer), gradients(dense, "class_map", image, slopes), 1e-4)
        if stride == net.stride:
            plain = gradients(lambda x: {"class_map": rest(x)}, "class_map", features, slopes)
            assert_same(at_layer, plain, 1e-4)


def gradients(
    run: Callable[[tf.Tensor], dict[str, tf.Tensor]], name: str, x: tf.Tensor, slopes: np.ndarray | tf.Tensor
) -> np.ndarray:
    """By TensorFlow, of each of K slopes; as a graph, in which the kernels' gradients, which nobody asks for, are left
    out."""

    def gradient(x: tf.Tensor, slope: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(x)
            seen = run(x)[name]
        return tape.gradient(seen, x, slope)

    compiled = tf.function(gradient).get_concrete_function(x, tf.constant(slopes[:1]))
    return np.concatenate([compiled(x, tf.constant(slope[None])) for slope in slopes])


@pytest.mark.parametrize("body", [residual, gated])
def test_slopes_of_several_pictures_at_one_class_each(body: Body) -> None:
    net = network(body)
    images = tf.constant(noise(64, 80, number=2))
    dense = net.dense(net.stride // 2, ["tap"])
    classes = tf.constant([4, 0, 6])

    @tf.function(input_signature=[tf.TensorSpec((None, None, None, 3)), tf.TensorSpec((None, None, None, 1))])
    def narrow(images: tf.Tensor, slopes: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return dense.pull_back(images, "tap").back(slopes, classes), dense.pull_back(images).back(slopes, classes)

    class_map, _, back = dense.pull_back(images, "tap")
    slopes = np.random.default_rng(1).normal(size=(6, *class_map.shape[1:3], 1)).astype(np.float32)
    at_layer, at_pixels = narrow(images, tf.constant(slopes))

    only = tf.one_hot(tf.repeat(classes, 2), 7)[:, None, None]
    assert_same(at_layer, back(slopes * only), 1e-4)
    for k in range(6):
        image, slope = images[k % 2][None], (slopes * only)[k][None]
        assert_same(at_pixels[k], gradients(dense, "class_map", image, slope)[0], 1e-4)


def test_slopes_at_a_layer_whose_stride_is_undone(net: Backbone) -> None:
    image = tf.constant(noise(64, 96))
    dense = net.dense(16, ["block5_conv1", "block4_conv3"])
    class_map, features, back = dense.pull_back(image, "relu5_1")
    slopes = np.random.default_rng(1).normal(size=(2, *class_map.shape[1:])).astype(np.float32)
    assert_same(features, dense(image)["block5_conv1"])
    expected = dense.pull_back(image, "block4_conv3").back(tf.constant(slopes))
    here = tf.constant(back(tf.constant(slopes)))
    # Both on to the pixels.
    there = gradients(dense, "block5_conv1", image, here)
    assert_same(there, gradients(dense, "block4_conv3", image, expected), 1e-4)
    with pytest.raises(EyecandyError, match="unknown layer 'block3_conv1'; nearest is"):
        dense.pull_back(image, "block3_conv1")


LINEAR = {
    "same": lambda x: L.Conv2D(2, 3, 2, padding="same")(L.Conv2D(2, 5, 2, padding="same")(x)),
    "odd and even": lambda x: L.Conv2D(2, 2, 2, padding="same")(L.Conv2D(2, 7, 2, padding="same")(x)),
    "valid": lambda x: L.DepthwiseConv2D(4, 2)(L.Conv2D(2, 5, 3)(x)),
    "padded": lambda x: L.DepthwiseConv2D(5, 2)(L.ZeroPadding2D(((1, 2), (2, 1)))(x)),
    "pools": lambda x: L.Conv2D(2, 3)(L.AveragePooling2D(3, 2, padding="same")(L.AveragePooling2D(2)(x))),
    "dilated": lambda x: L.Conv2D(2, 2, 2)(L.Conv2D(2, 3, padding="same", dilation_rate=3)(x)),
    "oblong": lambda x: L.AveragePooling2D(2)(L.Conv2D(2, (7, 3), (4, 2), padding="same")(x)),
}


@pytest.mark.parametrize("kind", LINEAR)
def test_the_pixel_of_a_place_is_the_middle_of_what_it_sees(kind: str) -> None:
    net = network(LINEAR[kind], linear=True)
    net.model.set_weights([np.ones_like(weights) for weights in net.model.get_weights()])
    image = tf.zeros((1, 96, 96, 3))
    for stride in divisors(net.stride):
        dense = net.dense(stride, ["tap"])
        layer = dense.layers["class_map"]
        class_map, _, back = dense.pull_back(image)
        y, x = class_map.shape[1] // 2, class_map.shape[2] // 2 - 1
        slopes = np.zeros((1, *class_map.shape[1:]), np.float32)
        slopes[0, y, x] = 1
        weights = back(tf.constant(slopes)).numpy()[0].sum(-1)
        across = (weights.sum(0) * np.arange(96)).sum() / weights.sum()
        assert across == pytest.approx(layer.stride * x + layer.offset[1], abs=1e-3)
        if kind != "oblong":  # a stride is told across
            down = (weights.sum(1) * np.arange(96)).sum() / weights.sum()
            assert down == pytest.approx(layer.stride * y + layer.offset[0], abs=1e-3)


def skipped(x: Tensor) -> Tensor:
    smaller = L.MaxPooling2D(2)(L.Conv2D(4, 3, 2, padding="same")(x))
    return L.Conv2D(4, 3, 4)(L.Concatenate()([x, L.UpSampling2D(4, name="larger")(smaller)]))


def tokens(x: Tensor) -> Tensor:
    x = L.Reshape((-1, 4))(L.Conv2D(4, 8, 8)(x))
    return L.Lambda(lambda y: tf.reshape(y, (tf.shape(y)[0], 8, -1, 4)), name="again")(x)


def thirds(x: Tensor) -> Tensor:
    return L.Lambda(lambda y: tf.image.resize(y, tf.shape(y)[1:3] * 2 // 3), name="smaller")(L.Conv2D(4, 3, 4)(x))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (skipped, r"layer 'larger' \(UpSampling2D\) makes maps larger again behind strides that would be undone"),
        (tokens, r"layer 'again' \(Lambda\) makes a map of what has no places"),
        (thirds, r"layer 'smaller' \(Lambda\) makes 170 places of 256, which is no whole stride"),
    ],
)
def test_what_stands_in_the_way_is_told_in_one_line(body: Body, message: str) -> None:
    with pytest.raises(EyecandyError, match=message) as error:
        network(body).dense(2)
    assert "\n" not in str(error.value)


def test_a_stride_is_positive(net: Backbone) -> None:
    with pytest.raises(EyecandyError, match="stride must be a whole number of at least 1, got 0"):
        net.dense(0)

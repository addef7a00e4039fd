"""Layer names, strides and receptive fields."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer import Typer
from typer.testing import CliRunner

from eyecandy._tensorflow import keras, tf
from eyecandy.backbone import layers
from eyecandy.backbone.graph import trace
from eyecandy.backbone.load import layers_of
from eyecandy.cli.commands.layers import layers as layers_command
from eyecandy.errors import EyecandyError

NAMES = ("block1_conv1", "block4_conv3", "block5_conv1")


@pytest.mark.parametrize(
    "alias", ["block4_conv3", "conv4_3", "relu4_3", "Conv4_3", "relu_4_3", "conv4_conv3", " conv4_3 "]
)
def test_aliases(alias: str) -> None:
    assert layers.resolve(alias, NAMES) == "block4_conv3"


@pytest.mark.parametrize("unknown", ["block4_conv33", "conv4_9", "4_3", ""])
def test_an_unknown_layer_lists_the_valid_ones(unknown: str) -> None:
    with pytest.raises(EyecandyError, match="block1_conv1, block4_conv3, block5_conv1") as error:
        layers.resolve(unknown, NAMES)
    assert "\n" not in str(error.value)


def test_an_unknown_layer_names_the_nearest() -> None:
    with pytest.raises(EyecandyError, match="nearest is 'block4_conv3'"):
        layers.resolve("blok4_conv3", NAMES)


def test_several_layers_keep_their_order_and_come_once() -> None:
    assert layers.resolve_all(["conv5_1", "block1_conv1", "relu5_1"], NAMES) == ("block5_conv1", "block1_conv1")


def test_vgg16_fields() -> None:
    # r_n = r_(n-1) + (k - 1) * stride: two more pixels a 3x3 convolution, one more a pool, times the stride so far.
    expected = {
        "block1_conv1": (64, 1, 3),
        "block1_conv2": (64, 1, 5),
        "block2_conv1": (128, 2, 10),
        "block2_conv2": (128, 2, 14),
        "block3_conv1": (256, 4, 24),
        "block3_conv3": (256, 4, 40),
        "block4_conv1": (512, 8, 60),
        "block4_conv3": (512, 8, 92),
        "block5_conv1": (512, 16, 132),
        "block5_conv3": (512, 16, 196),
        "fc1": (4096, 32, 404),
        "fc2": (4096, 32, 404),
    }
    found = {layer.name: (layer.channels, layer.stride, layer.receptive_field) for layer in layers_of("vgg16")}
    assert len(found) == 15
    assert {name: found[name] for name in expected} == expected


def test_vgg19_fields() -> None:
    found = {layer.name: (layer.stride, layer.receptive_field) for layer in layers_of("vgg19")}
    assert len(found) == 18
    assert found["block3_conv4"] == (4, 48)
    assert found["block4_conv4"] == (8, 116)
    assert found["block5_conv4"] == (16, 252)


def test_the_bundled_network_has_the_layers_of_its_blocks() -> None:
    found = layers_of()
    strides = {"block1": 2, "block2": 4, "block3": 8, "block4": 16, "block5": 32}
    counts = {"block1": 2, "block2": 2, "block3": 2, "block4": 6, "block5": 6}
    names = [f"{block}_conv{i}" for block, count in counts.items() for i in range(1, count + 1)]
    assert [layer.name for layer in found] == names
    assert [layer.stride for layer in found] == [strides[name[:6]] for name in names]
    channels = [layer.channels for layer in found]
    assert channels == [32, 16, 24, 24, 40, 40, 80, 80, 80, 112, 112, 112, 192, 192, 192, 192, 320, 1280]
    field, stride, fields = 3, 2, [3]
    kernels = [(3, 1), (3, 2), (3, 1), (5, 2), (5, 1), (3, 2), (3, 1), (3, 1), (5, 1), (5, 1), (5, 1)]
    for kernel, step in [*kernels, (5, 2), (5, 1), (5, 1), (5, 1), (3, 1), (1, 1)]:
        field, stride = field + (kernel - 1) * stride, stride * step
        fields.append(field)
    assert [layer.receptive_field for layer in found] == fields


shape_of_a_convolution = st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(1, 2))


@settings(max_examples=15, deadline=None)
@given(st.lists(shape_of_a_convolution, min_size=1, max_size=4))
def test_a_receptive_field_is_what_a_gradient_reaches(shapes: list[tuple[int, int, int]]) -> None:
    image = keras.Input((None, None, 3))
    x = image
    for i, (kernel, stride, dilation) in enumerate(shapes):
        if i % 2:
            x = keras.layers.AveragePooling2D(kernel, stride)(x)
        else:
            stride = 1 if dilation > 1 else stride  # Keras has not both
            # Ones, so that no gradient is cancelled.
            x = keras.layers.Conv2D(2, kernel, stride, dilation_rate=dilation, kernel_initializer="ones")(x)
    model = keras.Model(image, keras.layers.Activation("linear", name="tap")(x))
    (found,) = layers.describe(trace(model), ["tap"])

    @tf.function  # as a graph, in which the gradients of the kernels, which nobody asks for, are left out
    def gradient(column: tf.Tensor) -> tf.Tensor:
        pixels = tf.zeros((1, 300, 300, 3))
        with tf.GradientTape() as tape:
            tape.watch(pixels)
            place = model(pixels)[0, 0, column, 0]
        return tape.gradient(place, pixels)

    reached = [np.flatnonzero(gradient(tf.constant(i)).numpy().any((0, 1, 3))) for i in (0, 1)]
    first, second = reached
    assert first[-1] - first[0] + 1 == found.receptive_field
    assert second[0] - first[0] == found.stride == layers.describe(trace(model), [layers.CLASS_MAP])[0].stride
    assert found.stride - second[0] <= found.reach and second[-1] - found.stride <= found.reach


@settings(max_examples=15, deadline=None)
@given(st.lists(shape_of_a_convolution, min_size=1, max_size=4), st.integers(150, 170))
def test_no_place_sees_farther_than_its_reach(shapes: list[tuple[int, int, int]], side: int) -> None:
    image = x = keras.Input((None, None, 3))
    for kernel, stride, dilation in shapes:
        stride = 1 if dilation > 1 else stride
        x = keras.layers.Conv2D(2, kernel, stride, "same", dilation_rate=dilation, kernel_initializer="ones")(x)
    model = keras.Model(image, keras.layers.Activation("linear", name="tap")(x))
    (found,) = layers.describe(trace(model), ["tap"])

    def gradient(pixels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(pixels)
            seen = model(pixels)
            place = seen[0, 0, tf.shape(seen)[2] // 2, 0]
        return tape.gradient(place, pixels), tf.shape(seen)[2] // 2

    pixels = tf.zeros((1, side, side, 3))
    back, column = tf.function(gradient).get_concrete_function(pixels)(pixels)
    reached = np.flatnonzero(back.numpy().any((0, 1, 3)))
    own = int(column) * found.stride
    assert own - reached[0] <= found.reach and reached[-1] - own <= found.reach


def test_the_widest_path_counts() -> None:
    image = keras.Input((None, None, 3))
    narrow = keras.layers.Conv2D(2, 1)(image)
    wide = keras.layers.Conv2D(2, 7, padding="same")(image)
    model = keras.Model(image, keras.layers.Add(name="sum")([narrow, wide]))
    assert layers.describe(trace(model), ["sum"]) == (layers.Layer("sum", 2, 1, 7, 3, (0, 0)),)


@pytest.mark.parametrize("kernel", [(7, 1), (1, 7)])
def test_a_kernel_that_is_not_square_reaches_as_far_as_its_longer_side(kernel: tuple[int, int]) -> None:
    image = keras.Input((None, None, 3))
    x = keras.layers.Conv2D(2, 3, padding="same", kernel_initializer="ones")(image)
    model = keras.Model(image, keras.layers.Conv2D(2, kernel, padding="same", name="tap", kernel_initializer="ones")(x))
    (found,) = layers.describe(trace(model), ["tap"])
    pixels = np.zeros((1, 21, 21, 3), np.float32)
    pixels[0, 10, 10] = 1
    down, across = (np.flatnonzero(model(pixels).numpy().any((0, axis, 3))) for axis in (2, 1))
    assert found.receptive_field == max(len(down), len(across)) == 9
    assert found.reach == max(10 - down[0], 10 - across[0]) == 4


def test_strides_that_differ_leave_no_reach_to_cut_tiles_by() -> None:
    image = keras.Input((None, None, 3))
    model = keras.Model(image, keras.layers.Conv2D(2, 3, (2, 1), padding="same", name="tap")(image))
    (found,) = layers.describe(trace(model), ["tap"])
    assert (found.stride, found.receptive_field, found.reach) == (1, 3, None)


def test_a_layer_that_mixes_all_places_sees_the_whole_picture() -> None:
    image = keras.Input((None, None, 3))
    x = keras.layers.Conv2D(4, 3, padding="same")(image)
    grouped = keras.layers.GroupNormalization(2, name="grouped")(x)
    gate = keras.ops.mean(x, axis=(1, 2), keepdims=True)
    model = keras.Model(image, [grouped, keras.layers.Multiply(name="gated")([x, gate])])
    for number, name in enumerate(("grouped", "gated")):
        assert layers.describe(trace(model, number), [name])[0].reach is None


def test_squeeze_and_excitation_sees_the_whole_picture() -> None:
    image = keras.Input((None, None, 3))
    x = keras.layers.Conv2D(2, 3, 2)(image)
    gate = keras.layers.GlobalAveragePooling2D(keepdims=True)(x)
    model = keras.Model(image, keras.layers.Multiply(name="gated")([x, gate]))
    assert layers.describe(trace(model), ["gated"]) == (layers.Layer("gated", 2, 2, None, None, (1, 1)),)


class Halve(keras.layers.Layer):
    """A layer that only its writer knows."""

    def call(self, x: tf.Tensor) -> tf.Tensor:
        return x[:, ::2, ::2]


def test_the_stride_of_an_unknown_layer_is_tried_out() -> None:
    image = keras.Input((None, None, 3))
    model = keras.Model(image, Halve(name="halved")(keras.layers.Conv2D(2, 3, 2)(image)))
    assert layers.describe(trace(model), ["halved"]) == (layers.Layer("halved", 2, 4, None, None, (2, 2)),)


def run(*arguments: str) -> str:
    app = Typer()
    app.command()(layers_command)
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_the_command_prints_a_row_a_layer() -> None:
    (row,) = [line for line in run("--backbone", "vgg16").splitlines() if "block5_conv3" in line]
    assert [cell.strip() for cell in row.strip("│ ").split("│")] == ["block5_conv3", "512", "16", "196"]


def test_the_command_prints_json() -> None:
    rows = json.loads(run("--json"))
    sees = {"stride": 2, "receptive_field": 3, "reach": 2, "offset": [1.0, 1.0]}
    assert rows[0] == {"name": "block1_conv1", "channels": 32, **sees}
    assert len(rows) == 18

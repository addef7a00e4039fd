"""Any Keras classifier as a backbone."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eyecandy import load_backbone
from eyecandy._tensorflow import keras, tf
from eyecandy.backbone.labels import Labels
from eyecandy.backbone.preprocessing import MODES, Preprocessing
from eyecandy.errors import EyecandyError

L = keras.layers
Tensor = Any
SIDE = 40
CLASSES = 4


@pytest.fixture(autouse=True)
def seeded() -> None:
    keras.utils.set_random_seed(7)


def picture(height: int = SIDE, width: int = SIDE, number: int = 1) -> np.ndarray:
    return np.random.default_rng(3).uniform(0, 255, (number, height, width, 3)).astype(np.float32)


def trunk(x: Tensor) -> Tensor:
    """Four pixels a place; batch normalisation away from where a new layer begins."""
    x = L.Rescaling(1 / 255)(x)
    x = L.Conv2D(6, 3, 2, padding="same", activation="relu", name="first")(x)
    x = L.BatchNormalization(
        beta_initializer="random_normal",
        gamma_initializer="random_uniform",
        moving_mean_initializer="random_normal",
        name="norm",
    )(x)
    return L.Conv2D(8, 3, 2, padding="same", activation="relu", name="second")(x)


def model_of(head: Callable[[Tensor], Tensor], *, side: int | None = SIDE, name: str = "mine") -> keras.Model:
    image = keras.Input((side, side, 3))
    return keras.Model(image, head(trunk(image)), name=name)


def bias(units: int, **options: Any) -> keras.layers.Dense:
    return L.Dense(units, **{"bias_initializer": "random_normal", **options})


def average(x: Tensor) -> Tensor:
    return bias(CLASSES)(L.GlobalAveragePooling2D()(x))


# Heads that cannot be applied place by place.
def maximum(x: Tensor) -> Tensor:
    return bias(CLASSES)(L.GlobalMaxPooling2D()(x))


def perceptron(x: Tensor) -> Tensor:
    x = bias(16, activation="relu")(L.GlobalAveragePooling2D()(x))
    return bias(CLASSES)(L.LayerNormalization()(x))


def mobile(x: Tensor) -> Tensor:
    x = L.GlobalAveragePooling2D(keepdims=True)(x)
    x = L.Conv2D(16, 1, activation="hard_swish", bias_initializer="random_normal")(x)
    return L.Flatten()(L.Conv2D(CLASSES, 1, bias_initializer="random_normal")(x))


def both(x: Tensor) -> Tensor:
    x = L.Concatenate()([L.GlobalAveragePooling2D()(x), L.GlobalMaxPooling2D()(x)])
    return bias(CLASSES)(x)


def operation(x: Tensor) -> Tensor:
    return bias(CLASSES)(keras.ops.max(x, axis=(1, 2)))


def sequence(x: Tensor) -> Tensor:
    x = L.Reshape((-1, 8))(x)
    return bias(CLASSES)(L.GlobalAveragePooling1D()(L.LayerNormalization()(x)))


BENT = [maximum, perceptron, mobile, both, operation, sequence]


# Heads that can.
def bare(x: Tensor) -> Tensor:
    return L.GlobalAveragePooling2D()(L.Conv2D(CLASSES, 1)(x))


def normalised(x: Tensor) -> Tensor:
    x = L.GlobalAveragePooling2D()(x)
    x = L.BatchNormalization(moving_mean_initializer="random_normal", beta_initializer="random_normal")(x)
    return bias(CLASSES)(L.Dropout(0.5)(x))


def reshaped(x: Tensor) -> Tensor:
    x = L.Reshape((1, 1, 8))(L.GlobalAveragePooling2D()(x))
    return L.Reshape((CLASSES,))(L.Conv2D(CLASSES, 1, bias_initializer="random_normal")(x))


EXACT = [average, bare, normalised, reshaped]


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


def nested() -> keras.Model:
    inner = keras.Sequential(
        [keras.Input((SIDE, SIDE, 3)), L.Rescaling(1 / 255), L.Conv2D(4, 3, name="conv")], name="inner"
    )
    side = keras.Input((SIDE - 2, SIDE - 2, 4))
    residual = keras.Model(side, side + L.Conv2D(4, 3, padding="same", name="conv")(side), name="residual")
    image = keras.Input((SIDE, SIDE, 3))
    x = residual(inner(image, training=False))
    x = L.Conv2D(5, 3, name="conv", activation="relu")(x)
    head = keras.Sequential(
        [keras.Input((SIDE - 4, SIDE - 4, 5)), L.GlobalAveragePooling2D(), bias(CLASSES), L.Softmax()]
    )
    return keras.Model(image, head(x))


def test_nested_models_are_flattened() -> None:
    model = nested()
    backbone = load_backbone(model)
    assert not any(isinstance(layer, keras.Model) for layer in backbone.model.layers)
    assert backbone.layer_names[1:] == ("conv", "conv_1", "conv_2")  # the first is Rescaling, which Keras numbers
    image = picture()
    np.testing.assert_allclose(tf.nn.softmax(backbone.logits(image)), model(image), rtol=1e-4, atol=1e-5)


def test_features_are_the_models_own() -> None:
    model = nested()
    backbone = load_backbone(model)
    image = picture()
    found = backbone.features(["conv", "conv_1"], class_map=True)(tf.constant(image))
    inner = model.get_layer("inner")(image)
    np.testing.assert_allclose(found["conv"], inner, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(
        found["conv_1"], model.get_layer("residual").get_layer("conv")(inner), rtol=1e-4, atol=1e-5
    )
    np.testing.assert_allclose(found["class_map"], backbone.class_map(image), rtol=1e-4, atol=1e-4)


def test_a_layer_that_is_used_twice_keeps_one_set_of_weights() -> None:
    image = keras.Input((SIDE, SIDE, 3))
    shared = L.Conv2D(3, 3, padding="same", name="shared")
    model = keras.Model(image, average(shared(shared(L.Rescaling(1 / 255)(image)))))
    backbone = load_backbone(model)
    assert len(backbone.model.weights) == len(model.weights)
    np.testing.assert_allclose(backbone.logits(picture()), model(picture()), rtol=1e-4, atol=1e-4)


def test_the_users_model_stays_as_it_is() -> None:
    model = nested()
    leaves = list(model._flatten_layers(include_self=False))
    image = picture()
    before = model(image).numpy()
    calls = [len(layer._inbound_nodes) for layer in leaves]
    weights = [w.numpy() for w in model.weights]
    backbone = load_backbone(model)
    assert model.trainable
    assert all(layer.trainable for layer in leaves)
    assert [len(layer._inbound_nodes) for layer in leaves] == calls
    assert not {id(w) for w in backbone.model.weights} & {id(w) for w in model.weights}
    for mine, theirs in zip(weights, model.weights, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    np.testing.assert_array_equal(model(image), before)


def test_a_keras_application_inside_a_model_of_ones_own() -> None:
    base = keras.applications.MobileNetV2((96, 96, 3), alpha=0.35, include_top=False, weights=None, pooling="avg")
    x = image = keras.Input((96, 96, 3))
    model = keras.Model(image, bias(CLASSES, activation="softmax")(base(x)))
    backbone = load_backbone(model, preprocessing="tf")
    assert backbone.stride == 32
    assert backbone.layer("block_3_depthwise").stride == 8
    image = picture(96, 96)
    expected = model(keras.applications.mobilenet_v2.preprocess_input(image.copy()))
    np.testing.assert_allclose(tf.nn.softmax(backbone.logits(image)), expected, rtol=1e-3)
    assert backbone.class_map(picture(128, 200)).shape == (1, 4, 6, CLASSES)


@pytest.mark.parametrize("mode", ["caffe", "tf", "torch"])
def test_preprocessing_is_that_of_keras_applications(mode: Any) -> None:
    image = picture()
    expected = keras.applications.imagenet_utils.preprocess_input(image.copy(), mode=mode)
    np.testing.assert_allclose(Preprocessing(MODES[mode])(image), expected, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("mode", ["caffe", "tf", "torch", "unit", "none"])
def test_preprocessing_stands_before_the_model(mode: Any) -> None:
    model = model_of(average)
    image = picture()
    np.testing.assert_allclose(
        load_backbone(model, preprocessing=mode).logits(image),
        model(np.asarray(Preprocessing(MODES[mode])(image))),
        rtol=1e-4,
        atol=1e-4,
    )


def test_preprocessing_by_255() -> None:
    np.testing.assert_allclose(Preprocessing(MODES["unit"])(np.full((1, 1, 1, 3), 255.0)), 1)


def test_an_unknown_preprocessing_is_refused() -> None:
    with pytest.raises(
        EyecandyError, match="unknown preprocessing 'bgr'; expected one of caffe, tf, torch, unit, none"
    ):
        load_backbone(model_of(average), preprocessing="bgr")  # type: ignore[arg-type]


def test_mixed_precision_gives_float32() -> None:
    keras.mixed_precision.set_global_policy("mixed_float16")
    try:
        model = model_of(lambda x: L.Activation("softmax", dtype="float32")(average(x)))
    finally:
        keras.mixed_precision.set_global_policy("float32")
    backbone = load_backbone(model)
    found = backbone.class_map(picture())
    assert found.dtype == np.float32
    np.testing.assert_allclose(tf.nn.softmax(found.mean((1, 2))), model(picture()), atol=2e-2)


def test_a_network_that_needs_larger_pictures_says_so() -> None:
    x = image = keras.Input((None, None, 3))
    for i in range(5):
        x = L.Conv2D(4, 3, 2, activation="relu", name=f"conv_{i}")(x)
    backbone = load_backbone(keras.Model(image, average(x), name="deep"))
    assert backbone.minimum == 64  # 63 -> 31 -> 15 -> 7 -> 3 -> 1
    with pytest.raises(EyecandyError, match="deep sees pictures from 64x64 pixels up, got 63x100"):
        backbone.class_map(picture(100, 63))
    assert np.isfinite(backbone.class_map(picture(64, 64))).all()


class Doubled(L.Layer):
    """A layer that only its writer knows."""

    def call(self, x: Tensor) -> Tensor:
        return 2 * x


@keras.saving.register_keras_serializable("tests")
class Secret(L.Layer):
    def __init__(self, factor: Any, **options: Any) -> None:
        super().__init__(**options)
        self.factor = factor

    def call(self, x: Tensor) -> Tensor:
        return self.factor * x

    def get_config(self) -> dict[str, Any]:
        raise NotImplementedError("no configuration")


class Written(keras.Model):
    def __init__(self) -> None:
        super().__init__(name="written")
        self.conv = L.Conv2D(3, 3)

    def call(self, x: Tensor) -> Tensor:
        return self.conv(x)


def through(layer: Callable[[], Any]) -> keras.Model:
    return model_of(lambda x: average(layer()(x)))


def two_inputs() -> keras.Model:
    image, number = keras.Input((SIDE, SIDE, 3)), keras.Input((2,))
    return keras.Model([image, number], bias(CLASSES)(L.Concatenate()([average(trunk(image)), number])), name="two")


def two_outputs() -> keras.Model:
    image = keras.Input((SIDE, SIDE, 3))
    x = trunk(image)
    return keras.Model(image, [average(x), maximum(x)], name="two")


def of_input(shape: tuple[int, ...], *layers: Any) -> keras.Model:
    return keras.Sequential([keras.Input(shape), *layers], name="plain")


def written() -> keras.Model:
    model = Written()
    model(picture())
    return model


def nested_written() -> keras.Model:
    image = keras.Input((SIDE, SIDE, 3))
    return keras.Model(image, average(Written()(image)))


def added_constant() -> keras.Model:
    offsets = np.random.default_rng(0).normal(size=(10, 10, 8)).astype(np.float32)
    return model_of(lambda x: average(x + offsets), name="positional")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: of_input((SIDE, SIDE, 1), L.Conv2D(2, 3), L.Flatten(), L.Dense(3)), "takes (None, 40, 40, 1);"),
        (lambda: of_input((30,), L.Dense(3)), "takes (None, 30); expected RGB pictures"),
        (lambda: model_of(lambda x: L.Dense(1)(L.Flatten()(x))), "gives 1 number for a picture; expected a classifier"),
        (lambda: model_of(lambda x: L.Reshape((-1, 8))(x)), "expected classes, (None, C) or (None, h, w, C)"),
        (two_inputs, "model 'two' has 2 inputs and 1 outputs; expected one picture"),
        (two_outputs, "model 'two' has 1 inputs and 2 outputs"),
        (written, "model 'written' is written as a class (Written)"),
        (nested_written, "model 'written' is written as a class (Written)"),
        (lambda: keras.Sequential([L.Conv2D(2, 3)], name="unbuilt"), "model 'unbuilt' has no input shape yet"),
        (lambda: of_input((8, 8, 3), L.Rescaling(0.1), L.Flatten(), L.Dense(3)), "model 'plain' has no convolution"),
        (lambda: model_of(lambda x: L.Activation("sigmoid")(average(x))), "model 'mine' ends in sigmoid (layer"),
        (lambda: model_of(lambda x: L.ReLU(name="last")(average(x))), "model 'mine' ends in ReLU (layer 'last')"),
        (lambda: model_of(lambda x: bias(3, activation="tanh", name="end")(L.Flatten()(x))), "ends in tanh (layer"),
        (lambda: model_of(lambda x: keras.ops.sigmoid(average(x))), "model 'mine' ends in Sigmoid"),
        (lambda: of_input((SIDE, SIDE, 3), L.Resizing(32, 32, name="resize"), L.Conv2D(3, 3)), "layer 'resize'"),
        (lambda: model_of(lambda x: average(L.Reshape((5, 20, 8), name="fold")(x))), "layer 'fold' (Reshape)"),
        (lambda: model_of(lambda x: bias(3)(L.LSTM(4)(L.Reshape((100, 8), name="fold")(x)))), "layer 'fold' (Reshape)"),
        (lambda: through(lambda: Secret(2.0, name="secret")), "layer 'secret' (Secret)"),
        (added_constant, "(Add) does not work on pictures of any size"),
    ],
    ids=lambda value: value.replace(" ", "-")[:40] if isinstance(value, str) else "",
)  # fmt: skip
def test_what_cannot_be_a_backbone_is_refused_by_name(make: Callable[[], keras.Model], words: str) -> None:
    with pytest.raises(EyecandyError) as error:
        load_backbone(make())
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_a_layer_of_ones_own_is_no_obstacle() -> None:
    model = through(lambda: Doubled(name="doubled"))
    backbone = load_backbone(model)
    np.testing.assert_allclose(backbone.logits(picture()), model(picture()), rtol=1e-4, atol=1e-4)
    assert backbone.layer("doubled").stride == 4


@pytest.mark.parametrize("name", ["net.keras", "net.h5"])
def test_a_saved_model(name: str, tmp_path: Path) -> None:
    model = nested() if name.endswith("keras") else model_of(average)
    model.save(tmp_path / name)
    backbone = load_backbone(tmp_path / name)
    assert backbone.name == "net"
    assert len(backbone.weights_sha256 or "") == 64
    expected = load_backbone(model).class_map(picture())
    np.testing.assert_allclose(backbone.class_map(picture()), expected, rtol=1e-4, atol=1e-4)


def refusal(path: Path, **arguments: Any) -> str:
    with pytest.raises(EyecandyError) as error:
        load_backbone(path, **arguments)
    assert "\n" not in str(error.value)
    assert str(path) in str(error.value)
    return str(error.value)


def test_a_missing_model_file(tmp_path: Path) -> None:
    assert "does not exist" in refusal(tmp_path / "none.keras")


@pytest.mark.parametrize("name", ["net.keras", "net.h5"])
@pytest.mark.parametrize("share", [0, 0.5, 0.99])
def test_a_damaged_model_file(name: str, share: float, tmp_path: Path) -> None:
    path = tmp_path / name
    model_of(average).save(path)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    refusal(path)


def test_a_zip_that_is_no_model(tmp_path: Path) -> None:
    path = tmp_path / "net.keras"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("config.json", json.dumps({"hello": "world"}))
    assert "cannot be loaded as a Keras model" in refusal(path)


def test_weights_without_a_model(tmp_path: Path) -> None:
    path = tmp_path / "net.weights.h5"
    model_of(average).save_weights(path)
    assert "holds weights only" in refusal(path)


def test_another_kind_of_file(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(b"?")
    assert "expected a name ending in .keras, .h5, .hdf5" in refusal(path)


def test_a_folder(tmp_path: Path) -> None:
    assert "is a folder; expected a Keras model file" in refusal(tmp_path)


def test_a_saved_layer_of_ones_own_is_named(tmp_path: Path) -> None:
    path = tmp_path / "net.keras"
    through(lambda: Doubled(name="doubled")).save(path)
    # As in another program, where the class has not been defined.
    with zipfile.ZipFile(path) as file:
        contents = {name: file.read(name) for name in file.namelist()}
    contents["config.json"] = contents["config.json"].replace(__name__.encode(), b"elsewhere")
    with zipfile.ZipFile(path, "w") as file:
        for name, content in contents.items():
            file.writestr(name, content)
    message = refusal(path)
    assert "Doubled" in message
    assert "custom_objects" in message


def test_code_in_a_file_is_not_run(tmp_path: Path) -> None:
    path = tmp_path / "net.keras"
    through(lambda: L.Lambda(lambda x: x * 2, output_shape=(10, 10, 8))).save(path)
    assert "lambda" in refusal(path).lower()


def test_labels_without_a_file_are_numbers() -> None:
    backbone = load_backbone(model_of(average))
    assert backbone.labels.names == ("class 0", "class 1", "class 2", "class 3")
    assert backbone.find_class("class 2") == [2]


def test_a_thousand_classes_are_imagenets() -> None:
    backbone = load_backbone(model_of(lambda x: L.Dense(1000)(L.GlobalAveragePooling2D()(x))))
    assert backbone.labels.names[0] == "tench"


def test_labels_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "labels.txt"
    path.write_text("oak\nash\nelm\nyew\n")
    backbone = load_backbone(model_of(average), labels=path)
    assert backbone.find_class("elm") == [2]


def test_labels_of_another_number_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "labels.txt"
    path.write_text("oak\nash\n")
    with pytest.raises(EyecandyError, match="has 2 labels; the network has 4 classes"):
        load_backbone(model_of(average), labels=path)
    with pytest.raises(EyecandyError, match="has 4 classes, but 1 labels were given"):
        load_backbone(model_of(average), labels=Labels(("oak",), ("oak",)))


@pytest.mark.parametrize("argument", ["weights", "pooling"])
def test_arguments_of_named_backbones_have_no_effect_and_are_refused(argument: str) -> None:
    with pytest.raises(EyecandyError, match=f"{argument}='max' has no effect on a keras.Model"):
        load_backbone(model_of(average), **{argument: "max"})

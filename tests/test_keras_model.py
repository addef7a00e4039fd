"""Any Keras classifier as a backbone: its layers, its weights, what it expects of a picture."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from keras_models import SIDE, Doubled, L, average, model_of, nested, picture, through

from eyecandy import load_backbone
from eyecandy._tensorflow import keras, tf
from eyecandy.backbone.labels import Labels
from eyecandy.backbone.preprocessing import MODES, Preprocessing
from eyecandy.errors import EyecandyError

pytestmark = pytest.mark.usefixtures("seeded_keras")


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


def test_a_layer_that_is_used_at_two_depths_is_a_layer_at_each() -> None:
    image = keras.Input((SIDE, SIDE, 3))
    shared, pool = L.Conv2D(3, 3, padding="same", activation="relu", name="shared"), L.MaxPooling2D(name="pool")
    x = pool(shared(L.Rescaling(1 / 255)(image)))
    model = keras.Model(image, average(pool(shared(L.BatchNormalization(name="between")(x)))))
    backbone = load_backbone(model)
    np.testing.assert_allclose(backbone.logits(picture()), model(picture()), rtol=1e-4, atol=1e-4)
    names = ["shared", "pool", "shared_1", "pool_1"]
    assert [backbone.layer(name).stride for name in names] == [1, 2, 2, 4]
    seen = backbone.features(names)(tf.constant(picture()))
    second = model.get_layer("shared")(model.get_layer("between")(seen["pool"]))
    np.testing.assert_allclose(seen["shared_1"], second, rtol=1e-4, atol=1e-5)
    assert backbone.dense(1, names).layers["pool_1"].stride == 1


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


def test_a_layer_of_ones_own_is_no_obstacle() -> None:
    model = through(lambda: Doubled(name="doubled"))
    backbone = load_backbone(model)
    np.testing.assert_allclose(backbone.logits(picture()), model(picture()), rtol=1e-4, atol=1e-4)
    assert backbone.layer("doubled").stride == 4


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

"""Models of Keras 2: their files, folders and the models themselves, each giving what it gave there."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eyecandy import load_backbone
from eyecandy.errors import EyecandyError

keras2 = pytest.importorskip("tf_keras")
L = keras2.layers
SIDE, CLASSES = 32, 3


def picture() -> np.ndarray:
    return np.random.default_rng(3).uniform(0, 255, (1, SIDE, SIDE, 3)).astype(np.float32)


def shaken(model: Any) -> Any:
    """With weights that no new layer has; variances stay above 0."""
    rng = np.random.default_rng(1)
    model.set_weights([np.asarray(rng.uniform(0.2, 0.9, w.shape)).astype(w.dtype) for w in model.get_weights()])
    return model


def graph() -> Any:
    """Names with slashes, functions of TensorFlow between layers, and Keras 2's own hard sigmoid."""
    import tensorflow as tf

    image = keras2.Input((SIDE, SIDE, 3))
    x = L.Normalization(mean=[100.0, 110.0, 120.0], variance=[50.0**2] * 3)(image)
    x = L.Conv2D(4, 3, strides=2, activation="hard_sigmoid", name="stem/conv")(L.ZeroPadding2D(((0, 1), (0, 1)))(x))
    x = L.BatchNormalization(name="stem/norm")(x)
    y = L.DepthwiseConv2D(3, padding="same", name="multiply")(x)
    x = tf.nn.relu6(y + 3.0) * (1 / 6) * x
    x = L.LeakyReLU(0.3)(tf.concat([x, 1.0 - y], axis=-1))
    x = L.GlobalAveragePooling2D()(x)
    return keras2.Model(image, L.Dense(CLASSES, activation="softmax")(x), name="graph")


def chain() -> Any:
    """Augmentation and adapted statistics in a Sequential, whose input shape its first layer holds."""
    keras2.utils.set_random_seed(0)
    seen = L.Normalization()
    seen.adapt(picture())
    convolution = L.SeparableConv2D(5, 3, activation="relu")
    layers = [L.RandomFlip(input_shape=(SIDE, SIDE, 3)), seen, convolution, L.Dropout(0.5), L.GlobalAveragePooling2D()]
    return keras2.Sequential([*layers, L.Dense(CLASSES), L.Softmax()], name="chain")


def nested() -> Any:
    """Models in a model, as Teachable Machine makes them; frozen layers, since files order their weights otherwise."""
    image = keras2.Input((SIDE, SIDE, 3))
    x = L.BatchNormalization()(L.Conv2D(4, 3, 2)(image))
    base = keras2.Model(image, L.ReLU(6.0)(L.BatchNormalization()(L.Conv2D(4, 3)(x))))
    for layer in base.layers[:3]:
        layer.trainable = False
    features = keras2.Sequential([keras2.Sequential([base, L.GlobalAveragePooling2D()])])
    head = keras2.Sequential([L.Dense(6, activation="relu"), L.Dense(CLASSES, activation="softmax", use_bias=False)])
    return keras2.Sequential([features, head], name="nested")


def opened(model: Any, kind: str, folder: Path) -> Any:
    if kind == "live":
        return load_backbone(model)
    path = folder / f"net{kind}"
    model.save(path, **({} if kind else {"save_format": "tf"}))
    return load_backbone(path)


@pytest.mark.parametrize("kind", ["live", ".h5", ".keras", ""], ids=["live", "h5", "keras", "folder"])
@pytest.mark.parametrize("make", [graph, chain, nested])
def test_it_gives_what_it_gave_in_keras_2(make: Callable[[], Any], kind: str, tmp_path: Path) -> None:
    model = make() if make is chain else shaken(make())
    expected = np.asarray(model(picture(), training=False))
    received = opened(model, kind, tmp_path).probabilities(picture(), "average")
    np.testing.assert_allclose(received, expected, atol=1e-4)
    assert np.ptp(expected) > 0.02  # or any model would do


def teachable(folder: Path, name: str = "keras_model.h5") -> Any:
    model = shaken(nested())
    model.save(folder / name, **({} if name.endswith(".h5") else {"save_format": "tf"}))
    (folder / "labels.txt").write_text("0 cat\n1 dog\n2 Class 3\n")
    return model


@pytest.mark.parametrize("name", ["keras_model.h5", "model.savedmodel"])
def test_an_export_of_teachable_machine_opens_as_its_folder_with_its_labels(name: str, tmp_path: Path) -> None:
    model = teachable(tmp_path, name)
    backbone = load_backbone(tmp_path)
    assert backbone.labels.names == ("cat", "dog", "Class 3")
    # It was trained on pixels from -1 to 1.
    expected = np.asarray(model(picture() / 127.5 - 1, training=False))
    np.testing.assert_allclose(backbone.probabilities(picture(), "average"), expected, atol=1e-4)


def test_an_export_is_known_under_the_name_that_a_browser_gave_it(tmp_path: Path) -> None:
    model = teachable(tmp_path)
    (tmp_path / "keras_model.h5").rename(tmp_path / "Keras_Model (1).h5")
    (tmp_path / "._keras_model.h5").write_bytes(b"\0\5\x16\7")  # as archives made on macOS have them
    expected = np.asarray(model(picture() / 127.5 - 1, training=False))
    np.testing.assert_allclose(load_backbone(tmp_path).probabilities(picture(), "average"), expected, atol=1e-4)
    archive = tmp_path / "converted_keras.zip"
    archive.write_bytes(b"PK")
    with pytest.raises(EyecandyError, match="is an archive; unpack it and give the folder"):
        load_backbone(archive)


def test_what_is_said_goes_before_what_lies_in_the_folder(tmp_path: Path) -> None:
    model = teachable(tmp_path)
    (tmp_path / "own.txt").write_text("a\nb\nc\n")
    backbone = load_backbone(tmp_path, labels=tmp_path / "own.txt", preprocessing="none")
    assert backbone.labels.names == ("a", "b", "c")
    expected = np.asarray(model(picture(), training=False))
    np.testing.assert_allclose(backbone.probabilities(picture(), "average"), expected, atol=1e-4)


def test_labels_of_another_number_are_refused(tmp_path: Path) -> None:
    teachable(tmp_path)
    (tmp_path / "labels.txt").write_text("0 cat\n1 dog\n")
    with pytest.raises(EyecandyError, match="has 2 labels; the network has 3 classes"):
        load_backbone(tmp_path)


def test_a_folder_of_several_models_is_asked_about(tmp_path: Path) -> None:
    for name in ("a.h5", "b.keras"):
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(EyecandyError, match=r"holds several models \(a.h5, b.keras\); name one of them"):
        load_backbone(tmp_path)


def test_code_in_an_h5_file_is_not_run(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    image = keras2.Input((SIDE, SIDE, 3))
    code = L.Lambda(lambda x, path=str(ran): x * float(bool(open(path, "w"))), name="evil")  # noqa: SIM115, PTH123
    keras2.Model(image, L.Dense(2)(L.GlobalAveragePooling2D()(code(L.Conv2D(2, 3)(image))))).save(tmp_path / "net.h5")
    ran.unlink()
    with pytest.raises(EyecandyError, match=r"carries code in a Lambda layer \(evil\), which is never run"):
        load_backbone(tmp_path / "net.h5")
    assert not ran.exists()


@keras2.saving.register_keras_serializable("tests")
class Doubled(L.Layer):
    def call(self, x: Any) -> Any:
        return 2 * x


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (lambda: Doubled(name="own"), "layer 'own' is a Doubled, which Keras 3 does not have"),
        (lambda: L.Lambda(lambda x: x, name="code"), "layer 'code' is a Lambda"),
        (lambda: L.Conv2D(2, 3, activation=lambda x: 2 * x), "an activation is a function of the user's own"),
        (lambda: lambda x: x[:, 1:], "cuts a part out of a tensor"),
    ],
    ids=["own", "lambda", "activation", "slice"],
)
def test_what_cannot_be_translated_is_said(layer: Callable[[], Any], words: str) -> None:
    image = keras2.Input((SIDE, SIDE, 3))
    model = keras2.Model(image, L.Dense(2)(L.GlobalAveragePooling2D()(layer()(L.Conv2D(2, 3)(image)))), name="mine")
    with pytest.raises(EyecandyError) as error:
        load_backbone(model)
    assert words in str(error.value)
    assert "'mine' of Keras 2" in str(error.value)
    assert "\n" not in str(error.value)


def test_missing_weights_are_said(tmp_path: Path) -> None:
    import h5py

    chain().save(tmp_path / "net.h5")
    with h5py.File(tmp_path / "net.h5", "r+") as file:
        del file["model_weights"]["dense" if "dense" in file["model_weights"] else sorted(file["model_weights"])[0]]
    with pytest.raises(EyecandyError, match=r"the weights of layer '\w+' are missing"):
        load_backbone(tmp_path / "net.h5")

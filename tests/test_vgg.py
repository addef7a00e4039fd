"""VGG16, VGG19 and VGG16-Places365 as fully convolutional networks."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from eyecandy import load_backbone
from eyecandy._tensorflow import keras, tf
from eyecandy.backbone.architectures import ARCHITECTURES
from eyecandy.backbone.architectures._vgg import Vgg
from eyecandy.backbone.model import Backbone
from eyecandy.backbone.weights import hdf5
from eyecandy.errors import EyecandyError

CLASSES = 1000
FULL = {name: each for name, each in ARCHITECTURES.items() if isinstance(each, Vgg)}


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """The networks of the family with fewer channels, since 138 million numbers test nothing more."""
    for name, full in FULL.items():
        monkeypatch.setitem(ARCHITECTURES, name, dataclasses.replace(full, channels=(3, 4, 4, 5, 6), hidden=8))


def classifier(name: str) -> keras.Model:
    """The classifier as Keras Applications builds it, for 224x224, up to its logits, with seeded random weights."""
    architecture = ARCHITECTURES[name]
    layers = keras.layers
    x = image = keras.Input((224, 224, 3))
    for number, channels, names in architecture.blocks():
        for layer in names:
            x = layers.Conv2D(channels, 3, padding="same", activation="relu", name=layer)(x)
        x = layers.MaxPooling2D(2, name=f"block{number}_pool")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(architecture.hidden, activation="relu", name="fc1")(x)
    x = layers.Dense(architecture.hidden, activation="relu", name="fc2")(x)
    model = keras.Model(image, layers.Dense(architecture.classes, name="predictions")(x))
    randomise(model)
    return model


def randomise(model: keras.Model) -> None:
    rng = np.random.default_rng(0)
    for layer in model.layers:
        if layer.weights:
            shape = layer.weights[0].shape
            # He et al. 2015: the signal keeps its size through the layers; then logits as small as trained networks'.
            kernel = (rng.random(shape, np.float32) - 0.5) * np.sqrt(24 / np.prod(shape[:-1]), dtype=np.float32)
            if layer.name == "predictions":
                kernel /= 64
            layer.set_weights([kernel, rng.uniform(-1, 1, shape[-1]).astype(np.float32)])


def write_classic(model: keras.Model, path: Path, suffix: str = ":0") -> Path:
    """The layout of Keras 1 and 2, in which Keras Applications and the Places365 release are written."""
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [layer.name.encode() for layer in model.layers]
        for layer in model.layers:
            group = file.create_group(layer.name)
            names = [f"{layer.name}/{weight.name}{suffix}" for weight in layer.weights]
            group.attrs["weight_names"] = [name.encode() for name in names]
            for name, value in zip(names, layer.get_weights(), strict=True):
                group.create_dataset(name, data=value)
    return path


def write_keras3(model: keras.Model, path: Path) -> Path:
    path = path.with_name("x.weights.h5")
    model.save_weights(path)
    return path


def write_whole(model: keras.Model, path: Path) -> Path:
    model.save(path)
    return path


def picture(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(1).uniform(0, 255, (1, height, width, 3)).astype(np.float32)


def caffe(image: np.ndarray) -> np.ndarray:
    return keras.applications.imagenet_utils.preprocess_input(image.copy(), mode="caffe")


@pytest.mark.parametrize("write", [write_classic, write_keras3, write_whole])
@pytest.mark.parametrize("name", ["vgg16", "vgg19"])
def test_logits_at_224_are_the_classifiers_own(
    name: str, write: Callable[[keras.Model, Path], Path], tmp_path: Path
) -> None:
    model = classifier(name)
    image = picture(224, 224)
    backbone = load_backbone(name, weights=write(model, tmp_path / "x.h5"))
    assert backbone.class_map(image).shape == (1, 1, 1, CLASSES)
    np.testing.assert_allclose(backbone.logits(image), model(caffe(image)), rtol=1e-4, atol=1e-4)
    assert len(backbone.weights_sha256 or "") == 64


def test_logits_of_the_full_size_are_keras_applications_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(ARCHITECTURES, "vgg16", FULL["vgg16"])
    # Keras draws 138 million random numbers for a new model, in 7 seconds; they are replaced anyway.
    with monkeypatch.context() as patch:
        patch.setattr(
            keras.initializers.GlorotUniform, "__call__", lambda self, shape, dtype=None: tf.zeros(shape, dtype)
        )
        model = keras.applications.VGG16(weights=None, classifier_activation=None)
    randomise(model)
    path = tmp_path / "vgg16.weights.h5"
    model.save_weights(path)
    image = picture(224, 224)
    expected = np.asarray(model(caffe(image)))
    del model
    backbone = load_backbone("vgg16", weights=path)
    path.unlink()
    np.testing.assert_allclose(backbone.logits(image), expected, rtol=1e-4, atol=1e-4)


@pytest.fixture
def backbone(tmp_path: Path) -> Backbone:
    return load_backbone("vgg16", weights=write_classic(classifier("vgg16"), tmp_path / "x.h5"))


def head(backbone: Backbone, windows: np.ndarray) -> np.ndarray:
    """The three dense layers on (n, 7, 7, c) windows of the last pool."""
    x = windows.reshape(len(windows), -1)
    for name in ("fc1", "fc2", "predictions"):
        kernel, bias = backbone.model.get_layer(name).get_weights()
        x = x @ kernel.reshape(-1, kernel.shape[-1]) + bias
        x = x if name == "predictions" else np.maximum(x, 0)
    return x


def last_pool(backbone: Backbone, image: np.ndarray) -> np.ndarray:
    features = backbone.features(["conv5_3"])(tf.constant(image))["block5_conv3"]
    return tf.nn.max_pool2d(features, 2, 2, "VALID").numpy()[0]


def test_each_place_of_a_large_picture_is_the_classifier_on_its_window(backbone: Backbone) -> None:
    image = picture(300, 350)
    pool = last_pool(backbone, image)
    assert pool.shape[:2] == (9, 10)
    found = backbone.class_map(image)
    assert found.shape == (1, 3, 4, CLASSES)
    windows = np.stack([pool[i : i + 7, j : j + 7] for i in range(3) for j in range(4)])
    np.testing.assert_allclose(found.reshape(12, CLASSES), head(backbone, windows), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("height", "width"), [(32, 32), (33, 100), (64, 400), (223, 223)])
def test_a_small_picture_is_padded_to_the_window_with_zeros(backbone: Backbone, height: int, width: int) -> None:
    image = picture(height, width)
    pool = last_pool(backbone, image)
    missing = [max(7 - side, 0) for side in pool.shape[:2]]
    padded = np.pad(pool, [(missing[0] // 2, -(-missing[0] // 2)), (missing[1] // 2, -(-missing[1] // 2)), (0, 0)])
    columns = padded.shape[1] - 6
    windows = np.stack([padded[:7, j : j + 7] for j in range(columns)])
    found = backbone.class_map(image)
    assert found.shape == (1, 1, columns, CLASSES)
    np.testing.assert_allclose(found[0, 0], head(backbone, windows), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("pooling", "pool"), [("max", tf.nn.max_pool2d), ("average", tf.nn.avg_pool2d)])
def test_pooling_is_swapped(pooling: str, pool: Callable[..., tf.Tensor], tmp_path: Path) -> None:
    path = write_classic(classifier("vgg16"), tmp_path / "x.h5")
    backbone = load_backbone("vgg16", weights=path, pooling=pooling)
    features = backbone.features(["conv1_2", "conv2_1"])(tf.constant(picture(48, 48)))
    kernel, bias = backbone.model.get_layer("block2_conv1").get_weights()
    expected = tf.nn.relu(tf.nn.conv2d(pool(features["block1_conv2"], 2, 2, "VALID"), kernel, 1, "SAME") + bias)
    np.testing.assert_allclose(features["block2_conv1"], expected, rtol=1e-4, atol=1e-4)


def test_the_layers_end_with_the_dense_ones(backbone: Backbone) -> None:
    assert backbone.layer_names[-3:] == ("block5_conv3", "fc1", "fc2")
    assert backbone.stride == 32


@pytest.mark.parametrize(
    ("architecture", "count"),
    [(FULL["vgg16"], 138_357_544), (FULL["vgg19"], 143_667_240), (FULL["vgg16-places365"], 135_755_949)],
    ids=lambda value: getattr(value, "name", None),
)
def test_the_number_of_parameters_is_the_published_one(architecture: Vgg, count: int) -> None:
    assert sum(np.prod(shape) + shape[-1] for shape in architecture.shapes().values()) == count


def places_list(path: Path) -> Path:
    lines = [f"/p/place_{i} {i}" for i in range(365)]
    lines[171] = "/h/harbor 171"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


@pytest.fixture
def places365(tmp_path: Path) -> Backbone:
    path = write_classic(classifier("vgg16-places365"), tmp_path / "places.h5")
    return load_backbone("vgg16-places365", weights=path, labels=places_list(tmp_path / "categories.txt"))


def test_places365_from_a_file_of_its_layout(places365: Backbone) -> None:
    image = picture(224, 224)
    prepared = image[..., ::-1] - np.array([104.006, 116.669, 122.679], np.float32)
    expected = classifier("vgg16-places365")(prepared)
    np.testing.assert_allclose(places365.logits(image), expected, rtol=1e-4, atol=1e-4)


def test_places365_labels_are_shown_as_in_its_list(places365: Backbone) -> None:
    assert len(places365.labels) == 365
    assert places365.labels.names[171] == "/h/harbor 171"
    assert places365.find_class("harbor") == [171]


def test_a_picture_of_the_mean_colour_is_zero_to_places365(places365: Backbone) -> None:
    mean = np.broadcast_to(np.array([122.679, 116.669, 104.006], np.float32), (1, 40, 40, 3))
    found = places365.features(["conv1_1"])(tf.constant(mean))["block1_conv1"]
    bias = places365.model.get_layer("block1_conv1").get_weights()[1]
    np.testing.assert_allclose(found, np.broadcast_to(np.maximum(bias, 0), found.shape), atol=1e-5)


def refusal(path: Path, name: str = "vgg16") -> str:
    with pytest.raises(EyecandyError) as error:
        load_backbone(name, weights=path)
    assert "\n" not in str(error.value)
    assert str(path) in str(error.value)
    return str(error.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert "does not exist" in refusal(tmp_path / "none.h5")


def test_a_file_that_is_no_hdf5_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.h5"
    path.write_bytes(b"<html>not found</html>" * 100)
    assert "damaged or no HDF5 file" in refusal(path)


@pytest.mark.parametrize("share", [0.3, 0.9, 0.999])
def test_a_truncated_file_is_refused(share: float, tmp_path: Path) -> None:
    path = write_classic(classifier("vgg16"), tmp_path / "x.h5")
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    assert "damaged" in refusal(path)


def test_a_file_without_the_head_is_refused(tmp_path: Path) -> None:
    path = write_classic(classifier("vgg16"), tmp_path / "x.h5")
    with h5py.File(path, "a") as file:
        for name in ("fc1", "fc2", "predictions"):
            del file[name]
    assert "no layer 'fc1' (a 'notop' file has no classes" in refusal(path)


def test_the_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    path = write_classic(classifier("vgg16"), tmp_path / "x.h5")
    assert "no layer 'block3_conv4'" in refusal(path, "vgg19")


def test_a_layer_of_another_shape_is_refused_with_both_shapes(tmp_path: Path) -> None:
    path = write_classic(classifier("vgg16"), tmp_path / "x.h5")
    with h5py.File(path, "a") as file:
        del file["fc2/fc2/kernel:0"]
        file["fc2/fc2/kernel:0"] = np.zeros((8, 9), np.float32)
    message = refusal(path)
    assert "layer 'fc2': expected kernel (1, 1, 8, 8) or (8, 8) and bias (8,), got (8, 9) and (8,)" in message


def test_a_check_reads_nothing_but_the_layout(tmp_path: Path) -> None:
    path = write_classic(classifier("vgg16"), tmp_path / "x.h5")
    hdf5.check(path, ARCHITECTURES["vgg16"].shapes())


def test_an_unknown_pooling_is_refused() -> None:
    with pytest.raises(EyecandyError, match="unknown pooling 'median'; expected one of max, average"):
        load_backbone("vgg16", pooling="median")


def test_preprocessing_has_no_effect_and_is_refused() -> None:
    with pytest.raises(EyecandyError, match="preprocessing='tf' has no effect on vgg16"):
        load_backbone("vgg16", preprocessing="tf")

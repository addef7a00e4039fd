"""The backbone: features, class map, logits and probabilities, on the bundled network."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eyecandy import detect, images, load_backbone, saliency
from eyecandy._tensorflow import keras, tf
from eyecandy.backbone.architectures.efficientnet_lite0 import BUNDLED, EfficientNetLite0
from eyecandy.backbone.labels import generic
from eyecandy.backbone.model import Backbone
from eyecandy.backbone.scores import probabilities_of
from eyecandy.errors import EyecandyError

SAMPLES = Path(__file__).parent.parent / "samples"


@pytest.fixture(scope="module")
def backbone(net: Backbone) -> Backbone:
    return net


def picture(height: int, width: int, number: int = 1) -> np.ndarray:
    return np.random.default_rng(height * 1000 + width).uniform(0, 255, (number, height, width, 3)).astype(np.float32)


def sample(name: str) -> np.ndarray:
    photo = images.load(SAMPLES / name)
    return images.resize(photo.pixels, images.fit(photo.size, 448))[None].astype(np.float32)


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("chelsea.jpg", "Egyptian cat"),
        ("coffee.jpg", "espresso"),
        ("china.jpg", "palace"),
        ("flower.jpg", "daisy"),
        ("zebra_and_elephant.jpg", "zebra"),
        ("brick.jpg", "maze"),
    ],
)
def test_the_bundled_network_knows_what_is_on_the_samples(backbone: Backbone, name: str, label: str) -> None:
    best = backbone.probabilities(sample(name)).argmax(1)
    assert [backbone.labels.names[index] for index in best] == [label]


def test_two_animals_are_both_seen_at_their_best_places(backbone: Backbone) -> None:
    (probabilities,) = backbone.probabilities(sample("zebra_and_elephant.jpg"))
    two = {backbone.labels.names[index] for index in probabilities.argsort()[-2:]}
    assert two == {"zebra", "African elephant"}
    assert np.sort(probabilities)[-2] > 0.9


@settings(max_examples=10, deadline=None)
@given(height=st.integers(32, 150), width=st.integers(32, 150))
def test_any_size_from_32_pixels_has_a_place_every_32(backbone: Backbone, height: int, width: int) -> None:
    class_map = backbone.class_map(picture(height, width))
    assert class_map.shape == (1, -(-height // 32), -(-width // 32), 1000)
    assert np.isfinite(class_map).all()


def test_each_picture_of_a_batch_is_seen_alone(backbone: Backbone) -> None:
    batch = picture(64, 96, 3)
    one_by_one = np.concatenate([backbone.class_map(image[None]) for image in batch])
    np.testing.assert_allclose(backbone.class_map(batch), one_by_one, rtol=1e-3, atol=1e-3)


def test_a_layer_sees_the_same_wherever_it_is(backbone: Backbone) -> None:
    early, later = np.full((2, 1, 160, 160, 3), 100, np.float32)
    early[:, 32:64, 32:64] = later[:, 64:96, 96:128] = 250
    features = backbone.features(["conv2_2"])
    first, second = (features(tf.constant(image))["block2_conv2"] for image in (early, later))
    # Places of 4 pixels, around the square; none of them reaches to the border with its field of 19 pixels.
    np.testing.assert_allclose(first[:, 6:18, 6:18], second[:, 14:26, 22:34], atol=1e-4)


def test_logits_are_the_map_averaged_over_places(backbone: Backbone) -> None:
    image = picture(70, 130)
    np.testing.assert_allclose(backbone.logits(image), backbone.class_map(image).mean((1, 2)), rtol=1e-6)


def test_two_loads_give_the_same_bytes(backbone: Backbone) -> None:
    image = picture(64, 64)
    assert load_backbone().class_map(image).tobytes() == backbone.class_map(image).tobytes()


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
def test_numbers_of_any_kind(backbone: Backbone, dtype: Any) -> None:
    image = picture(64, 64).round()
    np.testing.assert_array_equal(backbone.class_map(image.astype(dtype)), backbone.class_map(image))


def test_one_trace_serves_every_size() -> None:
    backbone = load_backbone()
    for height, width, number in [(64, 64, 1), (64, 96, 1), (100, 33, 2), (200, 150, 1), (64, 64, 3)]:
        backbone.class_map(picture(height, width, number))
    assert backbone._class_map.experimental_get_tracing_count() == 1


def test_the_network_of_calls_that_name_none_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    photo = picture(64, 96)[0].astype(np.uint8)
    first = detect(photo)

    def never(*_: object, **__: object) -> keras.Model:
        raise AssertionError("made again")

    monkeypatch.setattr(EfficientNetLite0, "build", never)
    assert [c.probability for c in detect(photo).classes] == [c.probability for c in first.classes]
    assert saliency(photo, [first.classes[0].class_index]).shape == (1, 64, 96)
    with pytest.raises(AssertionError, match="made again"):
        load_backbone()  # who asks for one gets one of his own


def test_features_come_under_their_full_names_in_the_order_asked_for(backbone: Backbone) -> None:
    found = backbone.features(["relu3_1", "block1_conv2", "conv3_1"])(tf.constant(picture(64, 96)))
    assert {name: tuple(value.shape) for name, value in found.items()} == {
        "block3_conv1": (1, 8, 12, 40),
        "block1_conv2": (1, 32, 48, 16),
    }
    assert next(iter(found)) == "block3_conv1"


def test_the_class_map_comes_with_the_features(backbone: Backbone) -> None:
    image = picture(64, 96)
    found = backbone.features(["conv5_6"], class_map=True)(tf.constant(image))
    np.testing.assert_allclose(found["class_map"], backbone.class_map(image), rtol=1e-4, atol=1e-4)
    kernel, bias = backbone.model.get_layer("class_map").get_weights()
    np.testing.assert_allclose(
        found["class_map"], found["block5_conv6"].numpy() @ kernel[0, 0] + bias, rtol=1e-3, atol=1e-3
    )


def test_a_tap_of_a_residual_block_is_the_sum_that_the_next_block_reads(backbone: Backbone) -> None:
    found = backbone.features(["block2_conv1", "block2_conv2"])(tf.constant(picture(64, 96)))
    assert (found["block2_conv2"].numpy() < 0).any()  # linear: no ReLU6 behind it
    own = keras.Model(backbone.model.input, backbone.model.get_layer("block2_conv2_project").output)
    np.testing.assert_allclose(
        found["block2_conv2"], found["block2_conv1"] + own(picture(64, 96)), rtol=1e-4, atol=1e-4
    )


def test_only_the_part_up_to_the_deepest_layer_is_computed(backbone: Backbone) -> None:
    image = tf.constant(picture(64, 64))
    names = {operation.name for operation in backbone.features(["conv2_1", "conv1_1"]).operations}
    assert "block2_conv1" in names
    assert not any(name.startswith(("block2_conv2", "block3", "block4", "block5", "class_map")) for name in names)
    assert backbone.features(["conv1_1", "conv2_1"])(image).keys() == {"block1_conv1", "block2_conv1"}


def test_features_pass_gradients_inside_a_graph(backbone: Backbone) -> None:
    features = backbone.features(["conv4_1"])

    @tf.function
    def gradient(image: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(image)
            energy = tf.reduce_mean(features(image)["block4_conv1"] ** 2)
        return tape.gradient(energy, image)

    image = tf.constant(picture(64, 64))
    slope = gradient(image)
    step = 20 * slope / tf.norm(slope)
    before, after = (tf.reduce_mean(features(x)["block4_conv1"] ** 2) for x in (image, image + step))
    np.testing.assert_allclose(after - before, tf.reduce_sum(slope * step), rtol=0.3)


def test_nothing_of_a_backbone_is_trained(backbone: Backbone) -> None:
    assert backbone.model.trainable_variables == []


def test_an_unknown_layer_is_refused(backbone: Backbone) -> None:
    with pytest.raises(EyecandyError, match="nearest is 'block4_conv3'"):
        backbone.features(["blok4_conv3"])
    with pytest.raises(EyecandyError, match="unknown layer"):
        backbone.layer("conv9_1")


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((64, 64, 3), r"expected pictures of shape \(N, H, W, 3\), got \(64, 64, 3\)"),
        ((1, 64, 64, 4), r"got \(1, 64, 64, 4\)"),
        ((1, 31, 64, 3), "sees pictures from 32x32 pixels up, got 64x31; enlarge the picture"),
        ((1, 1, 1, 3), "got 1x1"),
    ],
)
def test_pictures_of_another_shape_are_refused(backbone: Backbone, shape: tuple[int, ...], words: str) -> None:
    for reading in (backbone.class_map, backbone.logits, backbone.probabilities):
        with pytest.raises(EyecandyError, match=words):
            reading(np.zeros(shape, np.float32))


def test_the_two_readings_in_closed_form() -> None:
    # Two places, two classes: softmax of (0, log 3) is (1/4, 3/4).
    class_map = np.log(np.array([[[[1, 3], [9, 1]]]], np.float32))
    np.testing.assert_allclose(probabilities_of(class_map, "places"), [[0.9, 0.75]], rtol=1e-6)
    # Averaged logits: (log 9 + 0) / 2 and (0 + log 3) / 2, so 3 : sqrt 3.
    np.testing.assert_allclose(
        probabilities_of(class_map, "average"), [[3 / (3 + 3**0.5), 3**0.5 / (3 + 3**0.5)]], rtol=1e-6
    )


@settings(max_examples=50)
@given(st.integers(0, 10_000), st.floats(-1e4, 1e4))
def test_probabilities_do_not_change_with_a_constant_nor_overflow(seed: int, constant: float) -> None:
    class_map = np.random.default_rng(seed).normal(0, 50, (2, 3, 4, 5))
    for reading in ("places", "average"):
        found = probabilities_of(class_map, reading)
        assert ((found >= 0) & (found <= 1)).all()
        np.testing.assert_allclose(found, probabilities_of(class_map + constant, reading), rtol=1e-6, atol=1e-9)


def test_an_unknown_reading_is_refused() -> None:
    with pytest.raises(EyecandyError, match="unknown reading 'median'; expected 'places' or 'average'"):
        probabilities_of(np.zeros((1, 1, 1, 2)), "median")  # type: ignore[arg-type]


def test_classes_are_found_by_number_label_and_word(backbone: Backbone) -> None:
    assert backbone.find_class(285) == [285]
    assert backbone.find_class("Egyptian cat") == [285]
    assert {281, 282, 285} <= set(backbone.find_class("cat"))


def test_labels_of_another_number_are_refused() -> None:
    with pytest.raises(EyecandyError, match="has 1000 classes, but 999 labels were given"):
        load_backbone(labels=generic(999))


def test_the_weights_are_recorded(backbone: Backbone) -> None:
    assert backbone.weights_sha256 == BUNDLED.sha256
    assert repr(backbone) == "Backbone('efficientnet-lite0', 18 layers, 1000 classes)"
    assert (backbone.stride, backbone.minimum) == (32, 32)


def test_a_weight_file_of_ones_own(backbone: Backbone, tmp_path: Path) -> None:
    with np.load(BUNDLED.path) as stored:
        arrays = dict(stored)
    arrays["class_map/bias"] = arrays["class_map/bias"] + np.float16(2)
    path = tmp_path / "own.npz"
    np.savez(path, **arrays)
    own = load_backbone("efficientnet-lite0", weights=path)
    image = picture(64, 64)
    np.testing.assert_allclose(own.class_map(image), backbone.class_map(image) + 2, atol=0.01)
    assert own.weights_sha256 != backbone.weights_sha256


def refusal(path: Path) -> str:
    with pytest.raises(EyecandyError) as error:
        load_backbone("efficientnet-lite0", weights=path)
    assert "\n" not in str(error.value)
    assert str(path) in str(error.value)
    return str(error.value)


def test_a_weight_file_that_is_missing_or_no_npz(tmp_path: Path) -> None:
    assert "does not exist" in refusal(tmp_path / "none.npz")
    (tmp_path / "text.npz").write_text("hello")
    assert "no .npz file" in refusal(tmp_path / "text.npz")


def test_a_truncated_weight_file(tmp_path: Path) -> None:
    path = tmp_path / "half.npz"
    path.write_bytes(BUNDLED.path.read_bytes()[:5_000_000])
    assert "damaged" in refusal(path)


def test_a_weight_file_with_one_wrong_byte(tmp_path: Path) -> None:
    path = tmp_path / "flipped.npz"
    data = bytearray(BUNDLED.path.read_bytes())
    data[5_000_000] ^= 1
    path.write_bytes(data)
    assert "holds no weights of efficientnet-lite0" in refusal(path)


def test_a_weight_file_that_lacks_a_layer(tmp_path: Path) -> None:
    with np.load(BUNDLED.path) as stored:
        arrays = dict(stored)
    del arrays["block3_conv1_expand/kernel"]
    np.savez(tmp_path / "part.npz", **arrays)
    assert "block3_conv1_expand/kernel" in refusal(tmp_path / "part.npz")


def test_a_weight_file_of_another_shape(tmp_path: Path) -> None:
    with np.load(BUNDLED.path) as stored:
        arrays = dict(stored)
    arrays["class_map/kernel"] = arrays["class_map/kernel"][..., :10]
    np.savez(tmp_path / "small.npz", **arrays)
    refusal(tmp_path / "small.npz")


def test_a_renamed_copy_is_as_good(backbone: Backbone, tmp_path: Path) -> None:
    path = Path(shutil.copy(BUNDLED.path, tmp_path / "the network – neu.npz"))
    copy = load_backbone("efficientnet-lite0", weights=path)
    assert copy.weights_sha256 == backbone.weights_sha256


def test_an_unknown_backbone_names_the_nearest() -> None:
    with pytest.raises(EyecandyError, match="unknown backbone 'vg16'; nearest is 'vgg16'; expected one of"):
        load_backbone("vg16")


@pytest.mark.parametrize("argument", ["pooling", "preprocessing"])
def test_arguments_without_an_effect_are_refused(argument: str) -> None:
    with pytest.raises(EyecandyError, match=f"{argument}='tf' has no effect on efficientnet-lite0; leave it out"):
        load_backbone("efficientnet-lite0", **{argument: "tf"})

"""Networks on their way to other processes."""

import numpy as np
import pytest

from eyecandy import load_backbone
from eyecandy._tensorflow import keras
from eyecandy.backbone.labels import generic
from eyecandy.backbone.packed import PackedBackbone
from eyecandy.errors import EyecandyError


@pytest.mark.parametrize("head", ["hidden layer", "flat"])
def test_a_network_arrives_as_it_was_sent(head: str) -> None:
    """Also with the layers that eyecandy adds: preprocessing, and what makes such heads a class map."""
    layers = keras.layers
    image = keras.Input((32, 32, 3) if head == "flat" else (None, None, 3))
    x = layers.Conv2D(8, 3, 4, "same", activation="relu")(image)
    x = layers.Flatten()(x) if head == "flat" else layers.Dense(16, "relu")(layers.GlobalAveragePooling2D()(x))
    sent = load_backbone(keras.Model(image, layers.Dense(5)(x), name="own"), preprocessing="caffe")
    got = PackedBackbone.of(sent).open()
    assert (got.identity, got.layer_names) == (sent.identity, sent.layer_names)
    assert (got.labels, got.minimum) == (sent.labels, sent.minimum)
    for size in ((1, 96, 128, 3), (1, 32, 40, 3)):
        pixels = np.random.default_rng(0).uniform(0, 255, size).astype(np.float32)
        np.testing.assert_array_equal(got.class_map(pixels), sent.class_map(pixels))


def test_the_bundled_network_keeps_labels_and_precision_and_sends_no_weights() -> None:
    labels = generic(1000)
    packed = PackedBackbone.of(load_backbone(labels=labels, precision="bfloat16"))
    assert packed.file is None
    got = packed.open()
    assert got.labels == labels and got.precision == "bfloat16"


def small(channels: int, units: int, activation: str, *, code: bool = False) -> keras.Model:
    layers = keras.layers
    image = keras.Input((None, None, channels))
    x = layers.Conv2D(8, 3, 4, "same", activation="relu")(image)
    if code:
        x = layers.Lambda(lambda value: 2 * value, name="twice")(x)
    return keras.Model(image, layers.Dense(units, activation)(layers.GlobalAveragePooling2D()(x)), name="own")


@pytest.mark.parametrize(
    ("channels", "units", "activation"), [(3, 4, "sigmoid"), (3, 1, "sigmoid"), (1, 4, "softmax"), (3, 4, "softmax")]
)
def test_it_says_there_what_it_says_here(channels: int, units: int, activation: str) -> None:
    sent = load_backbone(small(channels, units, activation))
    got = PackedBackbone.of(sent).open()
    assert (got.scores, got.identity) == (sent.scores, sent.identity)
    assert sent.scores == ("sigmoid" if activation == "sigmoid" and units > 1 else "softmax")
    pixels = np.random.default_rng(0).uniform(0, 255, (1, 64, 64, 3)).astype(np.float32)
    np.testing.assert_array_equal(got.probabilities(pixels), sent.probabilities(pixels))


def test_code_of_the_callers_own_process_is_not_sent() -> None:
    with pytest.raises(EyecandyError, match=r"layer 'twice' of own .* cannot be sent to another process; .*local"):
        PackedBackbone.of(load_backbone(small(3, 4, "softmax", code=True)))

"""Results are taken up, made again and trusted only with the network and the pictures that they were made with."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rectangles import painted

import eyecandy
from eyecandy import images
from eyecandy._tensorflow import keras
from eyecandy.art.output import record
from eyecandy.art.output.painting import Viewing
from eyecandy.art.recipes.again import again
from eyecandy.backbone.identity import differences
from eyecandy.backbone.labels import generic
from eyecandy.backbone.model import Backbone
from eyecandy.errors import EyecandyError

FEW: dict[str, Any] = {"size": 64, "scales": 1, "iterations": 4, "margin": 8, "layers": "conv2d"}


def model(seed: int = 0, activation: str = "relu") -> keras.Model:
    image = keras.Input((None, None, 3))
    start = keras.initializers.HeNormal(seed)
    x = keras.layers.Conv2D(6, 5, 4, "same", activation=activation, kernel_initializer=start, name="conv2d")(image)
    x = keras.layers.GlobalAveragePooling2D()(x)
    dense = keras.layers.Dense(3, kernel_initializer=keras.initializers.HeNormal(1))
    return keras.Model(image, dense(x), name="mine")


@pytest.fixture(scope="module")
def mine() -> Backbone:
    return eyecandy.load_backbone(model())


OTHERS: dict[str, Callable[[], Backbone]] = {
    "weights": lambda: eyecandy.load_backbone(model(seed=3)),
    "layers": lambda: eyecandy.load_backbone(model(activation="elu")),
    "labels": lambda: eyecandy.load_backbone(model(), labels=["a", "b", "c"]),
    "preprocessing": lambda: eyecandy.load_backbone(model(), preprocessing="unit"),
    "precision": lambda: eyecandy.load_backbone(model(), precision="bfloat16"),
}


@pytest.fixture(scope="module", params=OTHERS)
def other(request: pytest.FixtureRequest) -> Backbone:
    return OTHERS[request.param]()


def test_the_same_model_opened_twice_is_the_same_network(mine: Backbone) -> None:
    assert eyecandy.load_backbone(model()).identity == mine.identity
    assert differences(mine.identity, mine.identity) == []


def test_pooling_is_a_part_of_it(mine: Backbone) -> None:
    taps, labels = mine.layer_names, generic(3)
    one, two = (Backbone(mine.model, name="x", taps=taps, labels=labels, opened={"pooling": p}) for p in ("max", "a"))
    assert differences(one.identity, two.identity) == ["pooling max, and not a"]


@pytest.fixture(scope="module")
def begun(mine: Backbone) -> record.Artwork:
    """A dream that was interrupted."""

    def press(step: object) -> None:
        raise KeyboardInterrupt

    return eyecandy.dream(painted(), backbone=mine, viewing=Viewing(listeners=[press], every=1), **FEW)


def test_no_other_network_goes_on_with_a_picture(other: Backbone, begun: record.Artwork) -> None:
    assert begun.interrupted
    with pytest.raises(EyecandyError, match=r"made with another network, weights or precision than mine .*, and not "):
        eyecandy.dream(painted(), backbone=other, viewing=Viewing(resume=begun), **FEW)


def test_no_other_network_makes_a_picture_again(other: Backbone, begun: record.Artwork) -> None:
    with pytest.raises(EyecandyError, match="give the network of the record"):
        again(begun.record, other)


def test_no_other_network_adds_to_results(mine: Backbone, other: Backbone, tmp_path: Path) -> None:
    images.save(tmp_path / "a.png", painted())
    eyecandy.detect_all(tmp_path / "a.png", tmp_path / "out", backbone=mine, top=3, size=64)
    with pytest.raises(EyecandyError, match="holds results made differently"):
        eyecandy.detect_all(tmp_path / "a.png", tmp_path / "out", backbone=other, top=3, size=64)


def test_no_other_network_is_asked_for_trust(mine: Backbone, other: Backbone) -> None:
    found = eyecandy.detect(painted(), backbone=mine, top=3, size=64)
    with pytest.raises(EyecandyError, match="pass the backbone that was used"):
        found.trust(other)


def test_a_record_of_an_earlier_version_says_less(mine: Backbone, begun: record.Artwork, tmp_path: Path) -> None:
    images.save(tmp_path / "photo.png", painted())
    made = eyecandy.dream(tmp_path / "photo.png", backbone=mine, **FEW)
    told = {name: mine.identity[name] for name in ("name", "weights_sha256", "precision")}
    once_more = again({**made.record, "backbone": told}, mine)
    np.testing.assert_array_equal(once_more.image, made.image)


def test_a_mask_that_has_changed_is_another_input(mine: Backbone, tmp_path: Path) -> None:
    photo, mask = tmp_path / "photo.png", tmp_path / "mask.png"
    images.save(photo, painted())
    half = np.zeros((256, 400), np.uint8)
    half[:, :200] = 255
    images.save(mask, half)

    def stop(step: object) -> None:
        raise KeyboardInterrupt

    knobs = {**FEW, "backbone": mine, "region": str(mask)}
    begun = eyecandy.dream(photo, viewing=Viewing(listeners=[stop], every=1), **knobs)
    images.save(mask, 255 - half, overwrite=True)
    with pytest.raises(EyecandyError, match="made of other pictures"):
        eyecandy.dream(photo, viewing=Viewing(resume=begun), **knobs)
    with pytest.raises(EyecandyError, match=r"mask\.png' is not the picture that it was"):
        again(begun.record, mine)


def test_a_mask_without_a_file_is_not_made_again(mine: Backbone, tmp_path: Path) -> None:
    images.save(tmp_path / "photo.png", painted())
    made = eyecandy.dream(tmp_path / "photo.png", region=np.ones((256, 400), bool), backbone=mine, **FEW)
    with pytest.raises(EyecandyError, match="the region of the picture came from no file"):
        again(made.record, mine)

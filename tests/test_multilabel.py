"""Networks that name everything in a picture: a probability for each class, and one sigmoid for two classes."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from conftest import Run

from eyecandy import detect, dream, images, load_backbone, saliency
from eyecandy._tensorflow import keras
from eyecandy.backbone.labels import Labels
from eyecandy.backbone.model import Backbone

SHARP = 4.0
LIKELY = 1 / (1 + np.exp(-SHARP))  # a pure colour


def colour_scores(units: int, *, end: str = "sigmoid") -> keras.Model:
    """Sees red, and green and blue where there are three units, each by itself: the logit of a place's mean channel is
    -4 at 0, 0 at grey and 4 at 255."""
    image = keras.Input((None, None, 3))
    x = keras.layers.AveragePooling2D(16, padding="same")(keras.layers.Rescaling(1 / 127.5, -1)(image))
    x = keras.layers.Conv2D(units, 1, use_bias=False, name="channels")(x)
    model = keras.Model(image, keras.layers.Activation(end)(keras.layers.GlobalAveragePooling2D()(x)), name="scores")
    model.get_layer("channels").set_weights([SHARP * np.eye(3, units, dtype=np.float32)[None, None]])
    return model


COLOURS = ("red", "green", "blue")


@pytest.fixture(scope="module")
def scores() -> Backbone:
    return load_backbone(colour_scores(3), labels=Labels(COLOURS, COLOURS))


@pytest.fixture(scope="module")
def reds() -> Backbone:
    return load_backbone(colour_scores(1), labels=Labels(("other", "red"), ("other", "red")))


@pytest.fixture(scope="module")
def scene() -> np.ndarray:
    """On black, a yellow square, which is red and green, and a blue one."""
    pixels = np.zeros((256, 384, 3), np.uint8)
    pixels[48:176, 32:160] = (255, 255, 0)
    pixels[96:224, 224:352] = (0, 0, 255)
    return pixels


def overlap(first: np.ndarray, second: np.ndarray) -> float:
    return float((first & second).sum() / (first | second).sum())


def test_each_class_has_a_probability_of_its_own(scores: Backbone, scene: np.ndarray) -> None:
    images = scene[None].astype(np.float32)
    np.testing.assert_allclose(scores.probabilities(images)[0], [LIKELY] * 3, rtol=1e-4)
    share = (scene / 255).mean((0, 1))
    np.testing.assert_allclose(
        scores.probabilities(images, "average")[0], 1 / (1 + np.exp(-SHARP * (2 * share - 1))), rtol=1e-3
    )


def test_things_of_classes_that_do_not_compete_share_their_pixels(scores: Backbone, scene: np.ndarray) -> None:
    found = detect(scene, backbone=scores)
    things = {thing.word: thing for thing in found.objects}
    assert sorted(things) == ["blue", "green", "red"]
    yellow, blue = (scene == (255, 255, 0)).all(-1), (scene == (0, 0, 255)).all(-1)
    for word, true in (("red", yellow), ("green", yellow), ("blue", blue)):
        assert overlap(things[word].mask >= 0.5, true) > 0.9
    # Both are certain, which probabilities of classes that compete could not be; and blue is not there.
    top = {seen.label: seen.probability for seen in things["red"].top}
    assert top["red"] > 0.95
    assert top["green"] > 0.95
    assert top["blue"] < 0.05
    assert things["green"].probability > 0.95


def test_what_is_at_chance_is_no_thing(scores: Backbone) -> None:
    # Grey with a pattern: every logit is about 0, every probability a half.
    pattern = np.random.default_rng(0).integers(97, 158, (256, 256, 3), np.uint8)
    assert not detect(pattern, backbone=scores).objects


def test_one_sigmoid_finds_its_class_and_what_is_not(reds: Backbone, scene: np.ndarray) -> None:
    red = next(thing for thing in detect(scene, backbone=reds).objects if thing.word == "red")
    assert overlap(red.mask >= 0.5, (scene == (255, 255, 0)).all(-1)) > 0.9
    black = np.zeros((1, 64, 64, 3), np.float32)
    np.testing.assert_allclose(reds.probabilities(black)[0], [LIKELY, 1 - LIKELY], rtol=1e-3)


def test_saliency_lies_where_the_class_is(scores: Backbone, reds: Backbone, scene: np.ndarray) -> None:
    yellow, blue = (scene == (255, 255, 0)).all(-1), (scene == (0, 0, 255)).all(-1)
    for net, classes in ((scores, [0, 1, 2]), (reds, [1])):
        for mask, true in zip(saliency(scene, classes, backbone=net), (yellow, yellow, blue), strict=False):
            assert mask[true].mean() > 5 * mask[~true].mean()


def test_trust_puts_the_mask_before_others(scores: Backbone, scene: np.ndarray) -> None:
    tried = detect(scene, backbone=scores).trust(scores, measure=["insertion-deletion"])
    assert tried.objects
    for each in (item.curves for item in tried.objects):
        assert each.believed
        assert each.insertion["mask"].probabilities[-1] == pytest.approx(LIKELY, rel=1e-3)
        assert each.deletion["mask"].probabilities[-1] == pytest.approx(0.5, abs=0.01)  # grey, where all are at chance


@pytest.mark.parametrize(("name", "wanted", "channel"), [("scores", "green", 1), ("reds", "red", 0)])
def test_a_dream_towards_a_class_is_seen_as_it(
    name: str, wanted: str, channel: int, request: pytest.FixtureRequest
) -> None:
    net = request.getfixturevalue(name)
    grey = np.full((64, 64, 3), 90, np.uint8)
    made = dream(grey, backbone=net, towards=wanted, colour=0, canvas="pixel", scales=1, iterations=15).image
    index = net.find_class(wanted)[0]
    before, after = (net.probabilities(p[None].astype(np.float32), "average")[0, index] for p in (grey, made))
    assert after > before + 0.3
    gained = made.mean((0, 1)) - 90
    assert gained[channel] > 50
    assert np.abs(np.delete(gained, channel)).max() < 1


def test_classify_says_how_probable_each_is(command: Callable[..., Run], tmp_path: Path, scene: np.ndarray) -> None:
    colour_scores(3).save(tmp_path / "scores.keras")
    (tmp_path / "labels.txt").write_text("\n".join(COLOURS))
    images.save(tmp_path / "scene.png", scene)
    ran = command(
        "classify", tmp_path / "scene.png", "--backbone", tmp_path / "scores.keras", "--labels",
        tmp_path / "labels.txt", "--top", "3", "--json",
    )  # fmt: skip
    assert ran.code == 0
    places = {seen["word"]: seen["probability"] for seen in json.loads(ran.out)["results"][0]["places"]}
    assert places == pytest.approx(dict.fromkeys(COLOURS, LIKELY), rel=1e-3)


def test_a_head_that_is_told_reaches_the_network(
    command: Callable[..., Run], tmp_path: Path, scene: np.ndarray
) -> None:
    colour_scores(3, end="linear").save(tmp_path / "logits.keras")
    images.save(tmp_path / "scene.png", scene)
    sums = []
    for head in ([], ["--head", "sigmoid"]):
        ran = command("classify", tmp_path / "scene.png", "--backbone", tmp_path / "logits.keras", *head, "--json")
        sums.append(sum(seen["probability"] for seen in json.loads(ran.out)["results"][0]["average"]))
    assert sums[0] == pytest.approx(1, abs=1e-4)
    assert abs(sums[1] - 1) > 0.1

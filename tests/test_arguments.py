"""Arguments by what they mean: whatever kind a backbone, a class, a mask or a number comes in."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rectangles import RED, inside, painted

import eyecandy
from eyecandy import images
from eyecandy._tensorflow import tf
from eyecandy.arguments import check_integer, check_number, check_path
from eyecandy.art.core.options import Options
from eyecandy.art.core.weighted import layer_weights
from eyecandy.art.output.masks import mask_of
from eyecandy.art.output.region import region
from eyecandy.art.recipes.style import StyleOptions, painting_sources
from eyecandy.backbone.architectures import DEFAULT
from eyecandy.backbone.labels import generic, imagenet, labels_of
from eyecandy.backbone.load import given_or_default
from eyecandy.backbone.model import Backbone
from eyecandy.detection.find.tracing import class_signals
from eyecandy.detection.options import DetectOptions
from eyecandy.errors import EyecandyError


def one_line(call: Callable[[], object], *says: str) -> None:
    with pytest.raises(EyecandyError) as error:
        call()
    assert "\n" not in str(error.value)
    for words in says:
        assert words in str(error.value)


def test_whatever_stands_for_a_backbone(tiny_net: Backbone, tmp_path: Path) -> None:
    path = tmp_path / "mine.keras"
    tiny_net.model.save(path)
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    expected = eyecandy.saliency(pixels, 3, backbone=tiny_net)
    for given in (str(path), tiny_net.model):
        np.testing.assert_allclose(eyecandy.saliency(pixels, 3, backbone=given), expected, atol=1e-5)
    assert given_or_default(tiny_net) is eyecandy.load_backbone(tiny_net) is tiny_net
    assert given_or_default(path).name == "mine"
    assert given_or_default(None) is given_or_default("efficientnet-lite0")  # opened once


@pytest.mark.parametrize("wrong", [5, 2.5, ["efficientnet-lite0"], b"vgg16", np.zeros(3), {}])
def test_what_is_no_backbone(wrong: Any) -> None:
    one_line(lambda: eyecandy.load_backbone(wrong), "expected a backbone", DEFAULT, "got ")
    one_line(lambda: eyecandy.detect(painted(), backbone=wrong), "expected a backbone")


def test_an_open_backbone_is_not_opened_otherwise(tiny_net: Backbone) -> None:
    one_line(lambda: eyecandy.load_backbone(tiny_net, labels=["a", "b"]), "has no effect on a Backbone")
    one_line(lambda: eyecandy.load_backbone(tiny_net, precision="bfloat16"), "has no effect on a Backbone")


@pytest.mark.parametrize(
    "given",
    [
        ["oak", "elm"],
        ("oak", "elm"),
        np.array(["oak", "elm"]),
        {0: "oak", 1: "elm"},
        {"oak": 0, "elm": 1},
        {"1": "elm", "0": "oak"},
        {np.int64(1): "elm", np.int64(0): "oak"},
        (name for name in ("oak", "elm")),
    ],
)
def test_labels_in_any_form(given: Any) -> None:
    assert labels_of(given).names == ("oak", "elm")


@pytest.mark.parametrize("wrong", [3, [1, 2], ["oak", None], {1: "oak", 2: "elm"}, {"oak": "elm"}, ["oak", " "]])
def test_what_is_no_label(wrong: Any) -> None:
    one_line(lambda: labels_of(wrong), "label")


def test_labels_of_another_number(tiny_net: Backbone) -> None:
    one_line(lambda: eyecandy.load_backbone(tiny_net.model, labels=["cat", "dog"]), "24 classes, but 2 labels")


def test_classes_by_number_label_and_word(tiny_net: Backbone) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (64, 64, 3), np.uint8)
    numbers = eyecandy.saliency(pixels, [6, 7], backbone=tiny_net)
    for given in (["breed 6", "breed 7"], np.array([6, 7]), ("BREED 6", np.int64(7)), tf.constant([6, 7])):
        np.testing.assert_array_equal(eyecandy.saliency(pixels, given, backbone=tiny_net), numbers)
    for given in (6, np.int32(6), "breed 6", "6", tf.constant(6), ["breed 6"]):
        np.testing.assert_allclose(eyecandy.saliency(pixels, given, backbone=tiny_net), numbers[:1], atol=1e-5)
    (word,) = eyecandy.saliency(pixels, "kind 3", backbone=tiny_net)  # both breeds of it, each as strong as it is
    both = class_signals(tiny_net, pixels, [6, 7], signal="places").sum(0)
    np.testing.assert_allclose(word, both / both.max(), atol=1e-5)
    assert tiny_net.find_class(["kind 3", 1]) == [1, 6, 7]


def test_a_seen_class_and_a_found_thing_stand_for_their_class(found: eyecandy.Detection) -> None:
    labels = imagenet()
    assert labels.find_each(found.classes[0]) == [[found.classes[0].class_index]]
    assert labels.find_each(list(found.objects)) == [[thing.class_index] for thing in found.objects]


@pytest.mark.parametrize("wrong", [2.5, None, True, b"cat", [None], [[1]]])
def test_what_is_no_class(wrong: Any, tiny_net: Backbone) -> None:
    one_line(lambda: eyecandy.saliency(painted(), wrong, backbone=tiny_net), "expected a class", "0 to 23")


@pytest.mark.parametrize("number", [96, np.int64(96), np.uint8(96), np.array(96), tf.constant(96)])
def test_whole_numbers_are_one(number: Any) -> None:
    options = Options(size=number)
    assert type(options.size) is int and options == Options(size=96)
    assert DetectOptions(size=number) == DetectOptions(size=96)
    assert Options(tile=number).tile_side == 96


@pytest.mark.parametrize("number", [0.5, np.float32(0.5), np.float64(0.5), np.array(0.5), tf.constant(0.5)])
def test_numbers_are_one(number: Any) -> None:
    assert StyleOptions(strength=number).record() == StyleOptions(strength=0.5).record()
    assert type(DetectOptions(min_score=number).min_score) is float
    assert Options(draft=np.bool_(True)).draft is True
    assert Options(canvas=np.str_("pixel")).record()["canvas"] == "pixel"


@pytest.mark.parametrize(
    ("knobs", "says"),
    [
        ({"top": "5"}, "top must be a whole number, got '5'"),
        ({"size": 300.5}, "size must be a whole number, got 300.5"),
        ({"top": True}, "top must be a whole number, got True"),
        ({"size": [300]}, "size must be a whole number, got [300]"),
        ({"min_score": "high"}, "min_score must be a number, got 'high'"),
        ({"min_score": np.zeros(3)}, "min_score must be a number, got ndarray of shape (3,)"),
        ({"size": np.float64(300)}, "size must be a whole number, got 300.0"),
        ({"components": 2.0}, "components must be a whole number, got 2.0"),
        ({"refine": None}, "refine must be text, got None"),
        ({"signal": ["features"]}, "signal must be text"),
        ({"tops": 5}, "unknown option 'tops'; nearest is 'top'"),
        ({"options": 5}, "options must be DetectOptions, got 5"),
        ({"options": {"top": "5"}}, "top must be a whole number"),
    ],
)
def test_a_knob_of_another_kind(knobs: dict[str, Any], says: str, tiny_net: Backbone) -> None:
    one_line(lambda: eyecandy.detect(painted(), backbone=tiny_net, **knobs), says)


@pytest.mark.parametrize(
    "knobs",
    [
        {"size": "96"},
        {"draft": "yes"},
        {"strength": None},
        {"style_layers": 5},
        {"style_layers": [None]},
        {"memory": 6},
        {"tile": 0.5},
        {"losses": 1.5},
        {"canvas": 3},
        {"engine": None},
        {"region": 7},
        {"region": {}},
        {"address": 5},
    ],
)
def test_an_option_of_a_painting_of_another_kind(knobs: dict[str, Any], tiny_net: Backbone) -> None:
    one_line(lambda: eyecandy.style(painted(), painted(), backbone=tiny_net, **knobs), "got ")


def test_other_arguments_of_another_kind(tiny_net: Backbone, tmp_path: Path) -> None:
    one_line(lambda: eyecandy.use_device(0), "unknown device 0")
    one_line(lambda: eyecandy.load_backbone(weights=5), "weights must be a path, got 5")
    one_line(lambda: eyecandy.load_backbone(precision=16), "unknown precision 16")
    one_line(lambda: eyecandy.detect_all(5, tmp_path, backbone=tiny_net), "photos must be a path")
    one_line(lambda: eyecandy.detect_all(tmp_path, 5, backbone=tiny_net), "to must be a path")
    one_line(lambda: eyecandy.saliency(painted(), 0, backbone=tiny_net, size="x"), "size must be")
    one_line(lambda: eyecandy.style(painted(), painted(), preset=[], backbone=tiny_net), "unknown preset []")
    one_line(lambda: eyecandy.style(painted(), [("a.jpg", "b.jpg")], backbone=tiny_net), "weight of a painting")
    assert check_path("to", os.fspath(tmp_path)) == tmp_path
    assert check_integer("n", np.uint8(3), 3, 3) == 3 and check_number("x", 1) == 1.0
    one_line(lambda: check_path("to", "a\0b"), "must be a path")


def test_layers_by_name_or_as_they_are(tiny_net: Backbone) -> None:
    name, layer = tiny_net.layer_names[1], tiny_net.layers[1]
    assert tiny_net.layer(layer) is tiny_net.layer(name) is layer
    pixels = np.zeros((1, 64, 64, 3), np.uint8)
    assert list(tiny_net.features(name)(tf.constant(pixels, tf.float32))) == [name]
    assert layer_weights([layer], tiny_net.layer_names) == layer_weights({layer: 1}, tiny_net.layer_names) == {name: 1}
    one_line(lambda: tiny_net.layer(5), "expected the name of a layer, got 5")
    one_line(lambda: tiny_net.features([5]), "expected the name of a layer, got 5")
    one_line(lambda: tiny_net.class_map("photo.jpg"), "expected pictures of shape (N, H, W, 3), got 'photo.jpg'")


def test_a_dream_of_any_class_that_is_meant(tiny_net: Backbone) -> None:
    few = {"size": 64, "scales": 1, "iterations": 1, "margin": 8, "backbone": tiny_net}
    made = {
        str(towards): eyecandy.dream(painted(), towards=towards, **few).image
        for towards in ("kind 3", ["breed 6", "breed 7"], np.array([6, 7]), 6)
    }
    both, breeds, numbers, one = made.values()
    np.testing.assert_array_equal(both, breeds)
    np.testing.assert_array_equal(both, numbers)
    assert (both != one).any()
    one_line(lambda: eyecandy.dream(painted(), towards=0.5, **few), "expected a class", "got 0.5")
    one_line(lambda: eyecandy.dream(painted(), towards=[], **few), "towards names no class")
    one_line(lambda: eyecandy.dream(painted(), **few | {"size": 10**9}), "of memory", "the largest size that fits")


def test_paintings_with_weights(tmp_path: Path) -> None:
    images.save(tmp_path / "a.png", painted())
    path = tmp_path / "a.png"
    for given in ((path, 0.5), [(path, np.float32(0.5))], {str(path): 0.5}, f"{path}:0.5", [f"{path}:0.5"]):
        assert [(source.photo.path, source.weight) for source in painting_sources(given)] == [(path, 0.5)]


HALF = np.arange(400)[None].repeat(256, 0) < 200


@pytest.mark.parametrize(
    "mask",
    [
        HALF,
        HALF[..., None],
        HALF.astype(np.uint8),
        255 * HALF.astype(np.uint8),
        HALF.astype(np.int64),
        HALF.astype(np.float32),
        0.7 * HALF,
        tf.constant(HALF),
        200.0 * HALF.astype(np.uint8) > 100,
    ],
)
def test_masks_of_any_kind_of_number(mask: Any, tiny_net: Backbone) -> None:
    np.testing.assert_array_equal(mask_of(mask), HALF)
    found = region(images.load(painted()), mask, tiny_net)
    assert found[128, 100] == 1 and not found[:, 200:].any()


@pytest.mark.parametrize(
    "wrong", [255.0 * HALF, -1 * HALF, np.full((4, 4), np.nan), np.zeros((2, 3, 4, 4)), np.zeros((0, 4)), HALF.ravel()]
)
def test_numbers_that_are_no_mask(wrong: np.ndarray) -> None:
    one_line(lambda: mask_of(wrong), "expected a mask", "got ")


def test_found_things_are_regions(colour_net: Backbone) -> None:
    photo = images.load(painted())
    things = eyecandy.detect(photo.pixels, backbone=colour_net, top=8).objects
    red = next(thing for thing in things if thing.label == "red")
    found = region(photo, red, colour_net)
    truth = inside(RED, photo.size)
    assert found[~(red.mask >= 0.5)].max() == 0 and (found > 0)[truth].mean() > 0.9
    both = region(photo, list(things), colour_net)
    assert (both > 0).sum() > 1.5 * (found > 0).sum()
    for box in (RED, np.array(RED), [float(side) for side in RED]):
        np.testing.assert_array_equal(region(photo, box, colour_net) > 0, truth)


def test_the_record_knows_a_region_by_its_hash(tiny_net: Backbone) -> None:
    few = {"size": 64, "scales": 1, "iterations": 1, "margin": 8, "backbone": tiny_net}
    one, same, other = (
        eyecandy.dream(painted(), region=mask, **few).record for mask in (HALF, HALF.astype(np.float32), ~HALF)
    )
    masks = [[source for source in record["sources"] if source["role"] == "region"] for record in (one, same, other)]
    assert masks[0] == masks[1] != masks[2] and masks[0][0]["path"] is None
    assert one["options"]["region"]["sha256"] != other["options"]["region"]["sha256"]
    word = eyecandy.dream(painted(), region="0,0,100,100", **few).record
    assert [source["role"] for source in word["sources"]] == ["photo"]


def test_a_photo_that_was_read_is_taken_as_it_is(tiny_net: Backbone) -> None:
    photo = images.load(painted())
    assert images.load(photo) is photo
    assert eyecandy.detect(photo, backbone=tiny_net, size=64).photo is photo


def test_generic_labels_stay_as_they_are() -> None:
    labels = generic(3)
    assert labels_of(labels) is labels

"""Mirages end to end, small, by what they are for."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eyecandy import images
from eyecandy._tensorflow import tf
from eyecandy.art.core import losses
from eyecandy.art.core.render import Step
from eyecandy.art.core.sources import Source
from eyecandy.art.large import stream
from eyecandy.art.output import record
from eyecandy.art.output.painting import Viewing
from eyecandy.art.output.predictions import Prediction, Predictor, best, figure
from eyecandy.art.recipes.mirage import mirage
from eyecandy.backbone.model import Backbone
from eyecandy.errors import EyecandyError

SAMPLES = Path(__file__).parent.parent / "samples"
CAT, CHINA, MOSAIC = SAMPLES / "chelsea.jpg", SAMPLES / "china.jpg", SAMPLES / "style_mosaic.jpg"
SMALL: dict[str, Any] = {"size": 64, "scales": 1, "margin": 0, "jitter": 3, "rate": 0.05}


@pytest.fixture(scope="module")
def told() -> list[Prediction]:
    return []


@pytest.fixture(scope="module")
def made(net: Backbone, told: list[Prediction]) -> record.Artwork:
    return mirage(CAT, backbone=net, tell=told.append, watch=50, **SMALL, iterations=160)


def probabilities(net: Backbone, pixels: np.ndarray) -> np.ndarray:
    return net.probabilities(pixels[None].astype(np.float32), "average")[0]


def test_the_photos_top_class_is_the_pictures(net: Backbone, made: record.Artwork) -> None:
    photo = images.resize(images.load(CAT).pixels, (64, 43))
    assert made.image.shape == photo.shape
    assert best(probabilities(net, made.image), 1) == best(probabilities(net, photo), 1)
    assert abs(np.corrcoef(made.image.ravel(), photo.ravel())[0, 1]) < 0.6  # what is where is its own


def test_every_loss_falls(made: record.Artwork) -> None:
    assert set(made.history) == {"loss", "class", "style", "colour"}
    for name, column in made.history.items():
        assert column[-10:].mean() < 0.9 * column[:3].mean(), name


def test_what_is_seen_is_told_and_recorded(net: Backbone, made: record.Artwork, told: list[Prediction]) -> None:
    photo = images.resize(images.load(CAT).pixels, (64, 43))
    expected = probabilities(net, photo)
    assert [sighting.iteration for sighting in told] == [0, 50, 100, 150, 160]
    assert [seen.number for seen in told[0].classes] == best(expected, 5)
    np.testing.assert_allclose([seen.probability for seen in told[0].classes], np.sort(expected)[::-1][:5], rtol=1e-5)
    assert told[0].classes[0].label == net.labels.names[told[0].classes[0].number]
    assert made.record["seeing"] == [sighting.record() for sighting in told]
    last = made.record["seeing"][-1]
    final = probabilities(net, made.image)
    for one in last["sought"]:
        assert one["probability"] == pytest.approx(float(final[one["number"]]), rel=1e-4)
    assert last["losses"]["style"] == pytest.approx(float(made.history["style"][-1]), rel=1e-4)


def test_the_plot_shows_the_history(made: record.Artwork) -> None:
    axes = figure(made.record).axes[0]
    curves = [line for line in axes.lines if len(line.get_xdata()) == 4]
    grown = made.record["seeing"][1:]
    assert len(curves) == 5
    for index, curve in enumerate(curves):
        np.testing.assert_array_equal(curve.get_xdata(), [50, 100, 150, 160])
        np.testing.assert_allclose(curve.get_ydata(), [s["sought"][index]["probability"] for s in grown])
    with pytest.raises(EyecandyError, match="no classes over iterations"):
        figure({"recipe": "style"})


def test_a_spatial_weight_keeps_places(net: Backbone) -> None:
    photo = images.resize(images.load(CHINA).pixels, (64, 43))
    free, held = (
        mirage(CHINA, backbone=net, spatial_weight=w, spatial_layers="conv2_1", **SMALL, iterations=40) for w in (0, 40)
    )
    alike = [np.corrcoef(one.image.ravel(), photo.ravel())[0, 1] for one in (free, held)]
    assert alike[1] > 0.8
    assert alike[1] > alike[0] + 0.2
    assert "spatial" in held.history
    assert "spatial" not in free.history


def test_paintings_lend_details(net: Backbone) -> None:
    look = net.features(["block2_conv1"])
    target = losses.gram(look(tf.constant(Source.of(MOSAIC, "painting").at((64, 48))[None]))["block2_conv1"])

    def distance(pixels: np.ndarray) -> float:
        seen = look(tf.constant(pixels[None], tf.float32))["block2_conv1"]
        return float(losses.relative_l1(losses.gram(seen), target))

    knobs = {**SMALL, "iterations": 60, "backbone": net, "class_weight": 0}
    own, lent = mirage(CAT, **knobs), mirage(CAT, paintings=[(MOSAIC, 9)], **knobs)
    assert distance(lent.image) < 0.7 * distance(own.image)
    assert [source["role"] for source in lent.record["sources"]] == ["photo", "painting"]


def test_an_interrupted_mirage_keeps_its_history(net: Backbone) -> None:
    def impatient(step: Step) -> None:
        if step.iteration == 6:
            raise KeyboardInterrupt

    knobs = {**SMALL, "iterations": 12, "watch": 2, "backbone": net}
    half = mirage(CAT, viewing=Viewing(listeners=[impatient], every=3), **knobs)
    assert half.interrupted
    whole = mirage(CAT, viewing=Viewing(resume=half), **knobs)
    assert [seen["iteration"] for seen in whole.record["seeing"]] == [0, 2, 4, 6, 8, 10, 12]


def test_grams_are_mixed_and_count_every_place_alike(net: Backbone) -> None:
    cat, mosaic = Source.of(CAT, "photo", 1.0), Source.of(MOSAIC, "painting", 3.0)
    alone = [stream.mixed_grams(net, {"block1_conv1": 1}, [one], (64, 48), 16)["block1_conv1"] for one in (cat, mosaic)]
    both = stream.mixed_grams(net, {"block1_conv1": 1}, [cat, mosaic], (64, 48), 16)["block1_conv1"]
    np.testing.assert_allclose(both, 0.25 * alone[0] + 0.75 * alone[1], rtol=1e-4, atol=1e-5)
    mean, covariance = stream.mixed_colours([cat, mosaic], (64, 48))
    sampled = np.concatenate([one.at((64, 48)).reshape(-1, 3) for one in (cat, mosaic, mosaic, mosaic)]) / 255
    np.testing.assert_allclose(mean, sampled.mean(0), rtol=1e-4)
    np.testing.assert_allclose(covariance, np.cov(sampled.T, bias=True), rtol=1e-3, atol=1e-5)
    values = np.random.default_rng(0).normal(size=(40, 60, 3)).astype(np.float32)
    mirrored = stream.mirrored(values)
    assert mirrored.shape == (80, 120, 3)
    np.testing.assert_array_equal(mirrored[20:-20, 30:-30], values)
    np.testing.assert_array_equal(mirrored[19, 30:-30], values[1])
    ramp = np.broadcast_to(np.arange(60, dtype=np.float32)[None, :, None], (40, 60, 3))
    assert stream.mirrored(ramp).mean() == pytest.approx(ramp.mean(), abs=0.51)


def test_a_lookout_follows_the_photos_classes(net: Backbone) -> None:
    cat, china = (Source.of(path, "photo").at((96, 64)) for path in (CAT, CHINA))
    lookout = Predictor(net, cat, top=3)
    seen = lookout.look(china, 7, {"loss": 1.5})
    assert [one.number for one in seen.sought] == [one.number for one in lookout.photo.classes]
    assert seen.classes[0].number == best(probabilities(net, china), 1)[0]
    assert seen.sought[0].probability < lookout.photo.sought[0].probability
    assert replace(seen, iteration=8).record()["losses"] == {"loss": 1.5}


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"class_weight": 0, "style_weight": 0}, "must be above 0, got 0 for all three"),
        ({"spatial_weight": -1}, "spatial_weight must be a number of at least 0, got -1"),
        ({"style_weight": float("nan")}, "style_weight must be a number of at least 0, got nan"),
        ({"watch": 0}, "watch must be a whole number of at least 1, got 0"),
        ({"spatial_weight": 1, "spatial_layers": "conv9_9"}, "unknown layer 'conv9_9'"),
        ({"paintings": []}, "at least one painting with a weight above 0"),
        ({"spatial_wieght": 1}, "nearest is 'spatial_weight'"),
    ],
)
def test_bad_options_are_one_clear_line(net: Backbone, knobs: dict[str, Any], message: str) -> None:
    with pytest.raises(EyecandyError) as info:
        mirage(CAT, backbone=net, **{"size": 64, **knobs})
    assert message in str(info.value)
    assert "\n" not in str(info.value)

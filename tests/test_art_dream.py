"""Dreams end to end, small, by what they are for."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eyecandy import images
from eyecandy._tensorflow import tf
from eyecandy.art.core import losses
from eyecandy.art.core.canvas import noise
from eyecandy.art.core.sources import Source
from eyecandy.art.recipes.dream import NOISE, dream, zoom
from eyecandy.backbone.model import Backbone
from eyecandy.errors import EyecandyError

SAMPLES = Path(__file__).parent.parent / "samples"
CHINA = SAMPLES / "china.jpg"
SMALL = {"size": 64, "scales": 1, "iterations": 12, "margin": 8}


def energy(net: Backbone, pixels: np.ndarray, layer: str) -> float:
    return float(losses.mean(losses.energy(net.features([layer])(tf.constant(pixels[None], tf.float32))[layer])))


def test_a_dream_from_noise_raises_the_energy_tenfold(net: Backbone) -> None:
    made = dream(backbone=net, layers="conv5_5", **{**SMALL, "iterations": 120})
    start = noise((64, 64), 0, contrast=NOISE)
    assert made.image.shape == (64, 64, 3)
    assert energy(net, made.image, "block5_conv5") > 10 * energy(net, start, "block5_conv5")


def test_a_dream_of_a_photo_raises_the_energy_and_keeps_the_photo(net: Backbone) -> None:
    made = dream(CHINA, backbone=net, layers={"block4_conv3": 1}, **{**SMALL, "iterations": 80})
    photo = images.resize(images.load(CHINA).pixels, (64, 43))
    assert made.image.shape == photo.shape
    assert energy(net, made.image, "block4_conv3") > 1.7 * energy(net, photo, "block4_conv3")
    assert np.corrcoef(made.image.ravel(), photo.ravel())[0, 1] > 0.5


def test_a_dream_towards_a_class_is_seen_as_it(net: Backbone) -> None:
    made = dream(CHINA, backbone=net, towards="tabby", **{**SMALL, "iterations": 40, "jitter": 4})
    assert net.labels.names[net.logits(made.image[None].astype(np.float32))[0].argmax()] == "tabby"
    assert set(made.history) == {"loss", "class", "colour", "tv"}


def test_a_guide_leads_the_features(net: Backbone) -> None:
    made = dream(CHINA, backbone=net, layers="block4_conv1", guide=SAMPLES / "flower.jpg", **SMALL)
    assert made.history["guide"][-1] < made.history["guide"][0] - 0.1
    assert [source["role"] for source in made.record["sources"]] == ["photo", "guide"]


def test_a_channel_alone_is_excited(net: Backbone) -> None:
    made = dream(backbone=net, layers="block3_conv1", channel=5, **SMALL)
    look = net.features(["block3_conv1"])
    seen = look(tf.constant(made.image[None], tf.float32))["block3_conv1"]
    energies = tf.reduce_mean(tf.square(seen), (0, 1, 2)).numpy()
    assert energies.argmax() == 5


def test_a_dream_has_no_frame(net: Backbone) -> None:
    made = dream(backbone=net, layers="block1_conv2", size=96, scales=1, iterations=30).image.astype(float)
    away = np.abs(made - made.mean((0, 1)))
    middle = np.zeros((96, 96), bool)
    middle[12:-12, 12:-12] = True
    assert away[~middle].mean() == pytest.approx(away[middle].mean(), rel=0.25)


def test_zoom_falls_into_the_middle(net: Backbone) -> None:
    knobs = {**SMALL, "iterations": 1, "layers": "block2_conv1", "colour": 0}
    frames = list(zoom(CHINA, frames=3, factor=1.5, steps=8, rate=0.1, backbone=net, **knobs))
    assert [frame.shape for frame in frames] == [(43, 64, 3)] * 3
    for before, after in pairwise(frames):
        grown = images.resize(before[7:36, 11:53], (64, 43))
        assert np.corrcoef(grown.astype(float).ravel(), after.ravel())[0, 1] > 0.8
        # it is dreamt on, and not only enlarged
        assert energy(net, after, "block2_conv1") > 1.2 * energy(net, grown, "block2_conv1")
    with pytest.raises(EyecandyError, match="factor must be above 1"):
        next(zoom(CHINA, frames=2, factor=1.0, backbone=net))
    with pytest.raises(EyecandyError, match="frames must be a whole number of at least 1, got 0"):
        next(zoom(CHINA, frames=0, backbone=net))


FALL: dict[str, Any] = {"size": 64, "scales": 1, "margin": 8, "jitter": 2, "factor": 2.0, "frames": 3}


def test_a_fall_holds_the_colours_of_where_it_has_come_to(tiny_net: Backbone) -> None:
    photo = np.empty((96, 96, 3), np.uint8)
    photo[:] = 40, 60, 200
    photo[30:66, 30:66] = 200, 60, 40
    photo = np.clip(photo + np.random.default_rng(0).normal(0, 12, photo.shape), 0, 255).astype(np.uint8)
    knobs = {**FALL, "iterations": 2, "steps": 40, "layers": tiny_net.layer_names[1], "colour": 5}
    last = list(zoom(photo, backbone=tiny_net, **knobs))[-1]
    red, _, blue = last.reshape(-1, 3).mean(0)
    assert red > 185 and blue < 60  # four times as near, all is red


def test_a_fall_paints_its_region_alone(tiny_net: Backbone) -> None:
    photo = images.resize(images.load(CHINA).pixels, (96, 64))
    mask = np.zeros((64, 96), bool)
    mask[:, 40:] = True
    knobs = {**FALL, "iterations": 2, "steps": 8, "rate": 0.1, "layers": tiny_net.layer_names[1], "region": mask}
    for number, frame in enumerate(zoom(photo, backbone=tiny_net, **knobs)):
        there = Source.of(photo, "photo").middle((64, 43), 2.0**number)
        edge = round((40 / 96 - 0.5) * 2**number * 64 + 32)  # where the region begins by now
        assert np.abs(frame[:, : edge - 1] - there[:, : edge - 1]).max(initial=0) <= 1
        assert np.abs(frame[:, edge + 4 :] - there[:, edge + 4 :]).mean() > 3
    with pytest.raises(EyecandyError, match="a region is a part of a photo"):
        next(zoom(backbone=tiny_net, **{**knobs, "frames": 1}))


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"layer": "x"}, "unknown option 'layer'; nearest is 'layers'"),
        ({"layers": "block4_conv9"}, "unknown layer 'block4_conv9'; nearest is"),
        ({"layers": "block4_conv3:-1"}, "weight of 'block4_conv3' must be a number of at least 0, got -1.0"),
        ({"layers": {"block4_conv3": float("nan")}}, "must be a number of at least 0, got nan"),
        ({"layers": {"block4_conv3": 0}}, "at least one name with a weight above 0"),
        ({"layers": []}, "at least one name with a weight above 0"),
        ({"layers": "block4_conv3:x"}, "weight in 'block4_conv3:x' is no number"),
        ({"channel": 5000}, "channel must be 0 to 111 in block4_conv6, got 5000"),
        ({"towards": "tabbi"}, "no class is called 'tabbi'; nearest"),
        ({"iterations": 0}, "iterations must be a whole number of at least 1, got 0"),
        ({"size": 63}, "size must be a whole number of at least 64, got 63"),
        ({"size": 100.5}, "size must be a whole number, got 100.5"),
        ({"rate": 0}, "rate must be a number above 0, got 0"),
        ({"optimizer": "sgd"}, "unknown optimizer 'sgd'; expected one of adam, gradient, lbfgs"),
        ({"canvas": "oil"}, "unknown canvas 'oil'"),
        ({"seed": -1}, "seed must be a whole number of at least 0"),
        ({"region": "cat"}, "a region is a part of a photo"),
    ],
)
def test_bad_options_of_a_dream_are_one_clear_line(net: Backbone, knobs: dict[str, Any], message: str) -> None:
    with pytest.raises(EyecandyError) as info:
        dream(backbone=net, **{"size": 64, **knobs})
    assert message in str(info.value)
    assert "\n" not in str(info.value)

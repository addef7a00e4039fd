"""Every loss of every recipe falls, on the bundled network and on one that is built as VGG is."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eyecandy._tensorflow import keras
from eyecandy.art.output.record import Artwork
from eyecandy.art.recipes.dream import dream
from eyecandy.art.recipes.mirage import mirage
from eyecandy.art.recipes.reconstruct import reconstruct
from eyecandy.art.recipes.style import style
from eyecandy.backbone.architectures.vgg16 import ARCHITECTURE as VGG16
from eyecandy.backbone.labels import generic
from eyecandy.backbone.model import Backbone

SAMPLES = Path(__file__).parent.parent / "samples"
CAT, FLOW = SAMPLES / "chelsea.jpg", SAMPLES / "style_flow.jpg"
SMALL: dict[str, Any] = {"size": 64, "scales": 1, "margin": 8, "jitter": 2, "iterations": 40}
NARROW = replace(VGG16, name="narrow-vgg", channels=(8, 12, 16, 24, 24), hidden=32, classes=20)


@pytest.fixture(scope="module")
def narrow() -> Backbone:
    """VGG16 as it is built, but narrow, with seeded random weights and 20 classes."""
    model = NARROW.build()
    for number, layer in enumerate(model.layers):
        if layer.weights:
            kernel, bias = layer.get_weights()
            layer.set_weights([keras.initializers.HeNormal(number)(kernel.shape).numpy(), bias])
    return Backbone(model, name=NARROW.name, taps=NARROW.layers, labels=generic(NARROW.classes))


@pytest.fixture(params=["bundled", "narrow VGG"])
def network(request: pytest.FixtureRequest) -> Backbone:
    return request.getfixturevalue("net" if request.param == "bundled" else "narrow")


def falls(made: Artwork, *names: str) -> None:
    """Each of the losses named is lower in the last steps than in the first ones, and so is their weighted sum.

    Several steps at either end, since each looks at the picture under a shift of its own.
    """
    for name in ("loss", *names):
        column = made.history[name]
        assert column[-5:].mean() < column[:3].mean(), f"{name}: {column[:3]} ... {column[-5:]}"


def test_dreams(network: Backbone) -> None:
    falls(dream(CAT, backbone=network, layers="block4_conv3", **SMALL), "energy")
    falls(dream(CAT, backbone=network, layers=["block2_conv1", "block3_conv2:0.5"], **SMALL), "energy")
    falls(dream(CAT, backbone=network, towards=3, **SMALL), "class")
    falls(dream(CAT, backbone=network, layers="block3_conv1", guide=FLOW, **SMALL), "guide")


def test_dreams_of_noise(network: Backbone) -> None:
    falls(dream(backbone=network, layers="block4_conv1", **SMALL), "energy")
    falls(dream(backbone=network, layers="block3_conv1", channel=5, **SMALL), "energy")


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
def test_style_from_noise(network: Backbone, optimizer: str) -> None:
    made = style(CAT, FLOW, backbone=network, init="noise", strength=0.5, optimizer=optimizer, tv=0.1, **SMALL)
    falls(made, "content", "style")


def test_style_from_the_photo(network: Backbone) -> None:
    """The content begins at zero there, so that it is only held; it goes where nothing holds it."""
    held, loose = (style(CAT, FLOW, backbone=network, strength=strength, **SMALL) for strength in (0.5, 1.0))
    falls(held, "style")
    assert held.history["content"][-5:].mean() < 0.8 * loose.history["content"][-5:].mean()


def test_the_paper(network: Backbone) -> None:
    """On its side of the content: what its ratio does depends on the scale of a network's activations."""
    made = style(CAT, FLOW, preset="gatys", backbone=network, strength=0, size=64, iterations=30)
    falls(made, "content", "style")


def test_mirage(network: Backbone) -> None:
    """At rest: at this size one shift more or less decides what a random network sees."""
    still = {**SMALL, "jitter": 0}
    falls(mirage(CAT, backbone=network, **still), "class", "style", "colour")
    falls(mirage(CAT, backbone=network, spatial_weight=4, **still), "style", "spatial")


def test_reconstruct(network: Backbone) -> None:
    made = reconstruct(CAT, backbone=network, **{**SMALL, "iterations": 12})
    assert len(made.record["errors"]) == 10
    for name, column in made.history.items():
        if name.endswith("colour"):  # it begins at the photo's mean colour, from where it may only go away
            continue
        assert np.mean(column[-3:]) < np.mean(column[:2]), name

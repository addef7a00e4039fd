"""What recipes read by default of networks that name their layers as they like."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import eyecandy
from eyecandy._tensorflow import keras
from eyecandy.art.core import depth
from eyecandy.art.recipes.study import StudyOptions, cells_of
from eyecandy.backbone.model import Backbone

L = keras.layers
SAMPLES = Path(__file__).parent.parent / "samples"
CAT, FLOW = SAMPLES / "chelsea.jpg", SAMPLES / "style_flow.jpg"
FEW: dict[str, Any] = {"size": 64, "scales": 1, "iterations": 8, "margin": 8, "jitter": 2}


def two_convolutions() -> keras.Model:
    head = [L.GlobalAveragePooling2D(), L.Dense(3, activation="softmax")]
    body = [L.Conv2D(8, 3, activation="relu"), L.MaxPooling2D(), L.Conv2D(16, 3, activation="relu")]
    return keras.Sequential([keras.Input((96, 96, 3)), *body, *head], name="two")


def residual() -> keras.Model:
    """Rescaled, with normalisations and activations as layers of their own, and a sum."""
    image = keras.Input((64, 64, 3))
    x = L.Rescaling(1 / 127.5, -1, name="scaled")(image)
    for number, width in enumerate((8, 12)):
        x = L.Conv2D(width, 3, 2, padding="same", use_bias=False, name=f"stem{number}")(x)
        x = L.ReLU(name=f"relu{number}")(L.BatchNormalization(name=f"norm{number}")(x))
    y = L.Conv2D(12, 3, padding="same", name="side")(x)
    x = L.Add(name="sum")([x, y])
    x = L.ReLU(name="end")(x)
    return keras.Model(image, L.Dense(4)(L.GlobalAveragePooling2D()(x)), name="residual")


def gated() -> keras.Model:
    """With a gate that sees the whole picture, as in EfficientNet."""
    image = keras.Input((None, None, 3))
    x = L.Conv2D(8, 3, 2, padding="same", activation="swish", name="stem")(L.Rescaling(1 / 255)(image))
    gate = L.Conv2D(8, 1, activation="sigmoid", name="gate")(L.GlobalAveragePooling2D(keepdims=True)(x))
    x = L.Conv2D(12, 3, 2, padding="same", name="last")(L.Multiply(name="gated")([x, gate]))
    return keras.Model(image, L.Dense(4)(L.GlobalAveragePooling2D()(x)), name="gated")


MODELS = {"two": two_convolutions, "residual": residual, "gated": gated}


@pytest.fixture(scope="module")
def opened() -> dict[str, Backbone]:
    keras.utils.set_random_seed(5)
    return {name: eyecandy.load_backbone(build()) for name, build in MODELS.items()}


def test_a_stage_is_a_convolution_with_all_that_is_done_to_it(opened: dict[str, Backbone]) -> None:
    assert depth.stages(opened["residual"].layers) == ["relu0", "relu1", "end"]
    assert depth.stages(opened["gated"].layers) == ["stem", "gated", "last"]
    assert len(depth.stages(opened["two"].layers)) == 3  # the pooling sees more than the convolution before it


def test_stages_are_taken_evenly(opened: dict[str, Backbone]) -> None:
    net = opened["residual"]
    assert [depth.at_depth(net, share) for share in (0, 0.2, 0.5, 0.8, 1)] == ["relu0", "relu0", "relu1", "end", "end"]
    assert depth.spread(net, 2, (0, 1)) == ("relu0", "end")
    assert depth.spread(net, 5, (0, 1)) == ("relu0", "relu1", "end")


def test_the_bundled_network_and_vgg_keep_their_own(net: Backbone) -> None:
    study = cells_of(StudyOptions(), net)
    assert [cell.row for cell in study if cell.sheet == "style-layers"][::3] == list(net.layer_names)
    content = [cell.row for cell in study if cell.sheet == "content-layers"][::4]
    assert content == [f"block{number}_conv1" for number in range(1, 6)]


@pytest.mark.parametrize("name", MODELS)
def test_a_dream_and_a_style_have_layers_without_being_told(name: str, opened: dict[str, Backbone]) -> None:
    dreamt = eyecandy.dream(CAT, backbone=opened[name], colour=0, rate=0.2, **FEW).history["energy"]
    assert dreamt[-1] < dreamt[0]  # it is minus the logarithm
    styled = eyecandy.style(CAT, FLOW, backbone=opened[name], strength=0.9, **FEW).history["style"]
    assert styled[-1] < styled[0]


def test_other_recipes_have_layers_without_being_told(opened: dict[str, Backbone], tmp_path: Path) -> None:
    net, few = opened["gated"], {**FEW, "iterations": 1}
    rebuilt = eyecandy.reconstruct(CAT, backbone=net, kind="content", **few)
    assert list(rebuilt.record["errors"]) == [f"content {layer}" for layer in ("stem", "gated", "last")]
    seen = eyecandy.mirage(CAT, backbone=net, spatial_weight=1, **few)
    assert set(seen.history) == {"loss", "class", "style", "colour", "spatial"}
    noise = eyecandy.dream(backbone=net, towards=1, form="parts", **few)
    assert {"energy", "class"} <= set(noise.history)
    made = eyecandy.study(CAT, FLOW, tmp_path / "study", backbone=net, steps=(1,), ratios=(2,), **few)
    assert made.cells == len(net.layers) + 3
    assert all(sheet.is_file() for sheet in made.sheets)


def test_a_deep_network_has_a_dozen_rows(opened: dict[str, Backbone]) -> None:
    image = x = keras.Input((None, None, 3))
    for width in range(2, 26):
        x = L.Conv2D(width, 1 if width == 2 else 3, padding="same", name=f"layer{width}")(x)
    deep = eyecandy.load_backbone(keras.Model(image, L.Dense(3)(L.GlobalAveragePooling2D()(x))))
    rows = list(dict.fromkeys(cell.row for cell in cells_of(StudyOptions(), deep) if cell.sheet == "style-layers"))
    assert len(rows) == 12 and rows[0] == "layer3" and rows[-1] == "layer25"
    assert np.ptp(np.diff([int(row[5:]) for row in rows])) <= 1

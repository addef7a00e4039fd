"""Reconstructions end to end, small, by what they are for, and the contact sheets that show them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eyecandy import images
from eyecandy._matplotlib import pixels
from eyecandy.art.core.render import Step
from eyecandy.art.core.sources import Source
from eyecandy.art.large import plan as plans
from eyecandy.art.output.painting import Viewing
from eyecandy.art.output.record import Artwork
from eyecandy.art.output.sheets import sheet
from eyecandy.art.recipes.reconstruct import reconstruct, relative_error
from eyecandy.backbone.model import Backbone
from eyecandy.errors import EyecandyError

SAMPLES = Path(__file__).parent.parent / "samples"
CAT = SAMPLES / "chelsea.jpg"
LAYERS = ["block1_conv1", "block4_conv1"]
SMALL: dict[str, Any] = {"size": 64, "scales": 1, "margin": 8, "jitter": 4}


@pytest.fixture(scope="module")
def events() -> list[object]:
    return []


@pytest.fixture(scope="module")
def made(net: Backbone, events: list[object]) -> Any:
    viewing = Viewing(before=events.append, listeners=[events.append], every=20)
    return reconstruct(CAT, backbone=net, layers=LAYERS, viewing=viewing, **SMALL, iterations=80)


def test_low_layers_keep_what_high_ones_lose(made: Artwork) -> None:
    errors = made.record["errors"]
    assert list(errors) == [f"{kind} {layer}" for kind in ("content", "style") for layer in LAYERS]
    assert errors["content block1_conv1"] < 0.5 * errors["content block4_conv1"]
    assert errors["content block1_conv1"] < 0.2
    photo = images.resize(images.load(CAT).pixels, (64, 43)).astype(float)
    assert made.pictures is not None
    away = {cell: np.abs(one.image - photo).mean() for cell, one in made.pictures.items()}
    assert away["content", LAYERS[0]] < 0.5 * away["content", LAYERS[1]]
    assert away["content", LAYERS[0]] < 0.5 * away["style", LAYERS[0]]  # a style has lost its places


@pytest.mark.parametrize("photo", ["chelsea", "coffee"])
def test_the_first_layer_keeps_every_pixel(net: Backbone, photo: str) -> None:
    path = SAMPLES / f"{photo}.jpg"
    knobs = {**SMALL, "layer": LAYERS[0], "kind": "content", "iterations": 150}
    made = reconstruct(path, backbone=net, **knobs).image
    away = made - images.resize(images.load(path).pixels, (made.shape[1], made.shape[0])).astype(float)
    assert 10 * np.log10(255**2 / np.square(away).mean()) > 30


def test_every_loss_falls(made: Artwork) -> None:
    assert len(made.history) == 4 * 3 - 1  # a first layer is rebuilt without the colours
    for name, column in made.history.items():
        assert len(column) == 80
        assert column[-5:].mean() < 0.7 * column[0], name


def test_the_figure_shows_the_pictures(made: Artwork) -> None:
    assert made.pictures is not None
    for one in made.pictures.values():
        height, width = one.image.shape[:2]
        windows = np.lib.stride_tricks.sliding_window_view(made.image, (height, width, 3))[:, :, 0]
        corners = (windows[:, :, 0, 0] == one.image[0, 0]).all(-1) & (windows[:, :, -1, -1] == one.image[-1, -1]).all(
            -1
        )
        assert any(np.array_equal(windows[y, x], one.image) for y, x in np.argwhere(corners))


def test_steps_are_counted_over_all_pictures(events: list[object]) -> None:
    plan, steps = events[0], [event for event in events[1:] if isinstance(event, Step)]
    assert isinstance(plan, plans.Plan)
    assert len(plan.scales) == 4
    assert len(steps) == len(events) - 1
    assert {step.iterations for step in steps} == {320}
    counted = [step.iteration for step in steps]
    assert counted == sorted(counted)
    assert set(range(20, 321, 20)) <= set(counted)


def test_a_single_layer_is_a_picture(net: Backbone, tmp_path: Path) -> None:
    one = reconstruct(CAT, backbone=net, layer="conv2_1", kind="content", **SMALL, iterations=8)
    assert one.image.shape == (43, 64, 3)
    assert list(one.record["errors"]) == ["content block2_conv1"]
    one.save(tmp_path / "one.png")
    np.testing.assert_array_equal(images.load(tmp_path / "one.png").pixels, one.image)


def test_the_relative_error_of_the_photo_is_zero(net: Backbone) -> None:
    source = Source.of(CAT, "photo")
    same = source.at((96, 64)).astype(np.uint8)
    for kind in ("content", "style"):
        assert relative_error(net, same, source, kind, LAYERS) == pytest.approx(0, abs=1e-3)
        assert relative_error(net, np.full_like(same, 128), source, kind, LAYERS) > 0.5


def test_control_c_keeps_the_pictures_that_are_made(net: Backbone) -> None:
    def impatient(step: Step) -> None:
        if step.iteration == 6:
            raise KeyboardInterrupt

    viewing = Viewing(listeners=[impatient], every=2)
    made = reconstruct(CAT, backbone=net, layers=LAYERS, viewing=viewing, **SMALL, iterations=4)
    assert isinstance(made, Artwork) and made.pictures is not None
    assert made.interrupted
    assert made.stopped is not None
    assert made.stopped.startswith("content block4_conv1: interrupted after 2 of 4")
    assert made.pictures is not None
    assert list(made.pictures) == [("content", layer) for layer in LAYERS]


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"layers": ["block1_conv9"]}, "unknown layer 'block1_conv9'"),
        ({"layers": []}, "at least one name"),
        ({"layer": "conv1_1", "layers": ["conv1_1"]}, "layer and layers exclude each other"),
        ({"kind": "colour"}, "unknown kind 'colour'; expected one of both, content, style"),
        ({"colour": -1}, "colour must be a number of at least 0, got -1"),
    ],
)
def test_bad_options_are_one_clear_line(net: Backbone, knobs: dict[str, Any], message: str) -> None:
    with pytest.raises(EyecandyError) as info:
        reconstruct(CAT, backbone=net, **{"size": 64, **knobs})
    assert message in str(info.value)
    assert "\n" not in str(info.value)


def test_a_sheet_shows_pictures_pixel_for_pixel() -> None:
    draw = np.random.default_rng(0)
    cells = {place: draw.integers(0, 256, (40, 60, 3), np.uint8) for place in ((0, 0), (0, 2), (1, 1))}
    shown = pixels(sheet("Title $1", ["one", "two"], ["a", "b", "c"], cells, {(0, 0): "error 0.5"}))
    for cell in cells.values():
        windows = np.lib.stride_tricks.sliding_window_view(shown, (40, 60, 3))[:, :, 0]
        corners = (windows[:, :, 0, 0] == cell[0, 0]).all(-1) & (windows[:, :, -1, -1] == cell[-1, -1]).all(-1)
        assert any(np.array_equal(windows[y, x], cell) for y, x in np.argwhere(corners))

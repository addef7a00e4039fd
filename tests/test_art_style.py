"""Style transfers end to end, small, by what they are for."""

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eyecandy import images
from eyecandy._tensorflow import tf
from eyecandy.art.core import losses
from eyecandy.art.output import record
from eyecandy.art.output.colour import FINISHES
from eyecandy.art.recipes.style import PAINTED, PRESETS, STYLE_LAYERS, StyleOptions, strength_of, style, style_share
from eyecandy.backbone.model import Backbone
from eyecandy.errors import EyecandyError

SAMPLES = Path(__file__).parent.parent / "samples"
CAT, CHINA = SAMPLES / "chelsea.jpg", SAMPLES / "china.jpg"
FLOW, MOSAIC = SAMPLES / "style_flow.jpg", SAMPLES / "style_mosaic.jpg"
SMALL = {"size": 64, "scales": 1, "iterations": 12, "margin": 8}


def gram_distance(net: Backbone, pixels: np.ndarray, painting: Path) -> float:
    """Mean relative distance over the style layers."""
    look = net.features(STYLE_LAYERS)
    other = images.load(painting)
    size = images.fit(other.size, max(pixels.shape))
    target = look(tf.constant(images.resize(other.pixels, size)[None], tf.float32))
    own = look(tf.constant(pixels[None], tf.float32))
    return float(np.mean([losses.relative_l1(losses.gram(own[n]), losses.gram(target[n])) for n in STYLE_LAYERS]))


def content_error(net: Backbone, pixels: np.ndarray, photo: Path) -> float:
    look = net.features(["block3_conv2"])
    target = images.resize(images.load(photo).pixels, (pixels.shape[1], pixels.shape[0]))
    features = [look(tf.constant(p[None], tf.float32))["block3_conv2"] for p in (pixels, target)]
    return float(losses.relative_rms(*features))


@pytest.fixture(scope="module")
def styled(net: Backbone) -> Any:
    return style(CAT, FLOW, backbone=net, **{**SMALL, "size": 96, "iterations": 120})


def test_style_halves_the_gram_distance_and_keeps_the_content(net: Backbone, styled: record.Artwork) -> None:
    photo = images.resize(images.load(CAT).pixels, (96, 64))
    assert gram_distance(net, styled.image, FLOW) < 0.5 * gram_distance(net, photo, FLOW)
    empty = np.broadcast_to(photo.mean((0, 1)).astype(np.uint8), photo.shape)
    painting = images.resize(images.load(FLOW).pixels, (96, 64))
    for without in (empty, painting):
        assert content_error(net, styled.image, CAT) < 0.75 * content_error(net, without, CAT)
    assert content_error(net, styled.image, CAT) < 0.9 * content_error(net, styled.image[::-1], CAT)


def test_strength_trades_content_for_style(net: Backbone) -> None:
    weak, strong = (
        style(CAT, FLOW, backbone=net, strength=strength, **{**SMALL, "iterations": 60}).image for strength in (0, 1)
    )
    assert gram_distance(net, strong, FLOW) < gram_distance(net, weak, FLOW)
    assert content_error(net, strong, CAT) > content_error(net, weak, CAT)
    assert [style_share(s) for s in (0, 0.5, 1)] == [0, pytest.approx(0.75), 1]
    assert [style_share(s, "correlated") for s in (0, 0.2, PAINTED, 1)] == [0, *[pytest.approx(2.6 / 3.6)] * 2, 1]
    assert style_share(0.5, "gatys") == pytest.approx(1000 / 1001)
    for ratio in (0.1, 2, 25, 400):
        share = style_share(strength_of(ratio))
        assert share / (1 - share) == pytest.approx(ratio)


def test_paintings_are_mixed_by_their_weights(net: Backbone) -> None:
    flow, mosaic = (
        style(CAT, [f"{FLOW}:{a}", (MOSAIC, b)], backbone=net, **{**SMALL, "iterations": 50}).image
        for a, b in ((1, 0.1), (0.1, 1))
    )
    assert gram_distance(net, flow, FLOW) < gram_distance(net, mosaic, FLOW)
    assert gram_distance(net, mosaic, MOSAIC) < gram_distance(net, flow, MOSAIC)


@pytest.mark.parametrize("way", ["luminance", "full", "histogram"])
def test_colours_may_stay_the_photos(net: Backbone, way: str) -> None:
    photo = images.resize(images.load(CAT).pixels, (64, 43)).astype(float)
    made, painted = (
        style(CAT, FLOW, backbone=net, keep_colour=kept, **SMALL).image.astype(float) for kept in (way, "none")
    )
    # as bright and as contrasty as the photo is, in each colour
    np.testing.assert_allclose(made.mean((0, 1)), photo.mean((0, 1)), atol=8)
    np.testing.assert_allclose(made.std((0, 1)), photo.std((0, 1)), atol=12)
    assert np.abs(made - photo).mean() < np.abs(painted - photo).mean()


def test_luminance_keeps_colours_and_brightness_in_place() -> None:
    grey = np.repeat(np.arange(0, 240, 16, dtype=np.uint8)[None, :, None], 3, 2)
    np.testing.assert_allclose(FINISHES["chroma"](grey, grey[:, ::-1]), grey, atol=1)
    np.testing.assert_allclose(FINISHES["luminance"](grey // 3, grey), grey, atol=3)
    assert FINISHES["full"](np.full_like(grey, 9), grey).mean() == pytest.approx(grey.mean(), abs=2)


def test_true_and_false_stand_for_luminance_and_none() -> None:
    assert StyleOptions(keep_colour=True).keep_colour == "luminance"
    assert StyleOptions(keep_colour=False).keep_colour == "none"
    with pytest.raises(EyecandyError, match="expected one of none, luminance, full, histogram"):
        StyleOptions(keep_colour="exact")


def test_a_grey_painting_leaves_no_colour(net: Backbone) -> None:
    grey = np.repeat(images.load(FLOW).pixels.mean(-1, keepdims=True), 3, -1).astype(np.uint8)
    made = style(SAMPLES / "macaw.jpg", grey, backbone=net, **SMALL).image.astype(float)
    assert np.ptp(made, -1).mean() < 12


def test_each_strength_is_farther_from_the_photo(net: Backbone) -> None:
    photo = images.resize(images.load(CAT).pixels, (64, 43)).astype(float)
    away = [
        np.abs(style(CAT, FLOW, backbone=net, strength=strength, **SMALL).image - photo).mean()
        for strength in (0, 0.15, 0.3, 0.6)
    ]
    assert away[0] == 0
    assert all(after > 1.15 * before for before, after in itertools.pairwise(away))


def test_init_may_be_noise_or_a_picture(net: Backbone) -> None:
    few = {**SMALL, "iterations": 1, "rate": 1e-6, "canvas": "pixel"}
    noise = style(CAT, FLOW, backbone=net, init="noise", **few).image
    given = style(CAT, FLOW, backbone=net, init=CHINA, **few)
    assert noise.std() == pytest.approx(20, abs=1)
    np.testing.assert_allclose(given.image, images.resize(images.load(CHINA).pixels, (64, 43)), atol=1)
    assert given.record["sources"][-1]["role"] == "init"


def test_the_gatys_preset_is_the_paper(net: Backbone) -> None:
    preset = PRESETS["gatys"]
    assert (preset.backbone, preset.pooling) == ("vgg19", "average")
    made = style(CAT, FLOW, preset="gatys", backbone=net, size=64, iterations=30)
    options = made.record["options"]
    assert options["optimizer"] == "lbfgs"
    assert options["style_layers"] == ["conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1"]
    assert options["jitter"] == 0
    assert made.history["loss"][-1] < 0.5 * made.history["loss"][0]


def test_a_painting_of_another_shape_is_welcome(net: Backbone) -> None:
    strip = np.ascontiguousarray(images.load(MOSAIC).pixels[:60])
    made = style(CAT, strip, backbone=net, **{**SMALL, "style_scale": 12.0, "margin": 0})
    assert made.history["style"][-1] < made.history["style"][0]


@pytest.mark.parametrize(
    ("paintings", "knobs", "message"),
    [
        ([], {}, "expected a painting, or region="),
        ([f"{FLOW}:0"], {}, "expected at least one painting with a weight above 0"),
        (["missing.jpg"], {}, "'missing.jpg' does not exist"),
        (FLOW, {"strength": 1.5}, "strength must be a number of at least 0 and at most 1, got 1.5"),
        (FLOW, {"style_scale": 0}, "style_scale must be a number above 0"),
        (FLOW, {"style_scale": 0.1}, "raise size or style_scale"),
        (FLOW, {"preset": "klimt"}, "unknown preset 'klimt'; expected one of gatys, quick"),
        (FLOW, {"losses": "l3"}, "unknown losses 'l3'"),
        (FLOW, {"init": "missing.png"}, "'missing.png' does not exist"),
    ],
)
def test_bad_options_of_a_style_are_one_clear_line(
    net: Backbone, paintings: Any, knobs: dict[str, Any], message: str
) -> None:
    with pytest.raises(EyecandyError) as info:
        style(CAT, paintings, backbone=net, **{"size": 64, **knobs})
    assert message in str(info.value)
    assert "\n" not in str(info.value)

"""Dream and style end to end, small, each by what it is for."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from eyecandy import images
from eyecandy._tensorflow import keras, tf
from eyecandy.art import estimate, losses, objectives, record
from eyecandy.art.canvas import noise
from eyecandy.art.dream import NOISE, DreamOptions, dream, zoom
from eyecandy.art.options import Options, layer_weights, weights
from eyecandy.art.region import blend, feathered, region
from eyecandy.art.render import Scale, Step
from eyecandy.art.studio import Viewing
from eyecandy.art.style import PRESETS, STYLE_LAYERS, strength_of, style, style_share, with_colours
from eyecandy.backbone.labels import generic
from eyecandy.backbone.load import load_backbone
from eyecandy.backbone.model import Backbone
from eyecandy.errors import EyecandyError

SAMPLES = Path(__file__).parent.parent / "samples"
CAT, CHINA = SAMPLES / "chelsea.jpg", SAMPLES / "china.jpg"
FLOW, MOSAIC = SAMPLES / "style_flow.jpg", SAMPLES / "style_mosaic.jpg"
SMALL = {"size": 64, "scales": 1, "iterations": 12, "margin": 8}


@pytest.fixture(scope="module")
def net() -> Backbone:
    return load_backbone()


def energy(net: Backbone, pixels: np.ndarray, layer: str) -> float:
    return float(losses.mean_energy(net.features([layer])(tf.constant(pixels[None], tf.float32))[layer]))


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


# --- dream


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
    made = dream(CHINA, backbone=net, towards="tabby", **{**SMALL, "iterations": 40})
    assert net.labels.names[net.logits(made.image[None].astype(np.float32))[0].argmax()] == "tabby"
    assert set(made.history) == {"loss", "class", "colour"}


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


def test_zoom_falls_into_the_middle(net: Backbone) -> None:
    frames = list(zoom(CHINA, frames=3, factor=1.5, steps=1, backbone=net, rate=1e-6, **{**SMALL, "iterations": 1}))
    assert [frame.shape for frame in frames] == [(43, 64, 3)] * 3
    middle = frames[0][7:36, 11:53]
    grown = images.resize(middle, (64, 43)).astype(float)
    assert np.corrcoef(grown.ravel(), frames[1].ravel())[0, 1] > 0.97
    with pytest.raises(EyecandyError, match="factor must be above 1"):
        next(zoom(CHINA, frames=2, factor=1.0, backbone=net))
    with pytest.raises(EyecandyError, match="frames must be a whole number of at least 1, got 0"):
        next(zoom(CHINA, frames=0, backbone=net))


# --- style


@pytest.fixture(scope="module")
def styled(net: Backbone) -> Any:
    return style(CAT, FLOW, backbone=net, **{**SMALL, "size": 96, "iterations": 120})


def test_style_halves_the_gram_distance_and_keeps_the_content(net: Backbone, styled: record.Artwork) -> None:
    photo = images.resize(images.load(CAT).pixels, (96, 64))
    assert gram_distance(net, styled.image, FLOW) < 0.5 * gram_distance(net, photo, FLOW)
    assert content_error(net, styled.image, CAT) < 1.3
    assert content_error(net, styled.image, CAT) < 0.9 * content_error(net, styled.image[::-1], CAT)


def test_strength_trades_content_for_style(net: Backbone) -> None:
    weak, strong = (
        style(CAT, FLOW, backbone=net, strength=strength, **{**SMALL, "iterations": 60}).image for strength in (0, 1)
    )
    assert gram_distance(net, strong, FLOW) < gram_distance(net, weak, FLOW)
    assert content_error(net, strong, CAT) > content_error(net, weak, CAT)
    assert [style_share(s) for s in (0, 0.5, 1)] == [0, pytest.approx(0.75), 1]
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


def test_keep_colour_takes_the_photos_colours(net: Backbone) -> None:
    made = style(CAT, FLOW, backbone=net, keep_colour=True, **SMALL).image
    photo = images.resize(images.load(CAT).pixels, (64, 43))
    light = style(CAT, FLOW, backbone=net, **SMALL).image
    np.testing.assert_array_equal(made, with_colours(light, photo))
    grey = np.repeat(np.arange(0, 240, 16, dtype=np.uint8)[None, :, None], 3, 2)
    np.testing.assert_allclose(with_colours(grey, grey[:, ::-1]), grey, atol=1)


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


# --- what all recipes have


def test_outside_the_region_the_photo_stays(net: Backbone) -> None:
    made = style(CAT, FLOW, backbone=net, region="0,0,225,300", **SMALL).image
    photo = images.resize(images.load(CAT).pixels, (64, 43))
    np.testing.assert_array_equal(made[:, 33:], photo[:, 33:])
    assert np.abs(made[:, :20].astype(int) - photo[:, :20]).mean() > 5


def test_the_detector_supplies_the_mask_of_a_word(net: Backbone, monkeypatch: pytest.MonkeyPatch) -> None:
    photo = images.load(CAT)
    mask = np.zeros(photo.pixels.shape[:2], np.float32)
    mask[50:200, 100:300] = 0.9
    cat = SimpleNamespace(word="cat", label="tabby", mask=mask, threshold=0.5)
    found = SimpleNamespace(detect=lambda pixels, backbone: SimpleNamespace(objects=[cat]))
    monkeypatch.setitem(sys.modules, "eyecandy.detection.detect", found)
    inside, outside = region(photo, "cat", net), region(photo, "not Tabby", net)
    assert inside[125, 200] == 1
    assert inside[mask == 0].max() == 0
    assert outside[mask > 0].max() == 0
    assert outside[0, 0] == 1
    with pytest.raises(EyecandyError, match="no 'dog' is found in the picture; found: cat"):
        region(photo, "dog", net)


def test_masks_are_scaled_and_feathered(net: Backbone, tmp_path: Path) -> None:
    half = np.zeros((10, 20), np.uint8)
    half[:, :10] = 255
    images.save(tmp_path / "mask.png", half)
    photo = images.load(CAT)
    for spec in (str(tmp_path / "mask.png"), half, half > 0):
        mask = region(photo, spec, net)
        assert mask.shape == photo.pixels.shape[:2]
        assert mask[:, 240:].max() == 0
        assert mask[150, 100] == 1
        assert np.all(np.diff(mask[150, 190:230]) <= 0)
    assert feathered(np.ones((5, 5), bool)).min() == 1
    with pytest.raises(EyecandyError, match="holds no pixel"):
        region(photo, "9000,9000,9001,9001", net)


def test_blend_is_exact_at_both_ends() -> None:
    a, b = np.full((4, 6, 3), 7, np.uint8), np.full((4, 6, 3), 250, np.uint8)
    np.testing.assert_array_equal(blend(a, b, np.zeros((4, 6), np.float32)), a)
    np.testing.assert_array_equal(blend(a, b, np.ones((2, 3), np.float32)), b)
    np.testing.assert_array_equal(blend(a, b, np.full((4, 6), 1 / 3, np.float32)), 88)


def test_same_seed_same_bytes_and_the_record_says_how(net: Backbone, tmp_path: Path) -> None:
    knobs = {**SMALL, "scales": 2, "size": 128, "seed": 5}
    for name in ("a.png", "b.png"):
        dream(CHINA, backbone=net, layers="block2_conv2:0.5", **knobs).save(tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    told = record.read(tmp_path / "a.png")
    assert told == json.loads((tmp_path / "a.json").read_text())
    assert told["recipe"] == "dream"
    assert told["options"]["seed"] == 5
    assert told["options"]["layers"] == "block2_conv2:0.5"
    assert told["backbone"] == {
        "name": net.name,
        "weights_sha256": net.weights_sha256,
        "precision": "float32",
    }
    assert told["sources"][0]["path"] == str(CHINA)
    assert len(told["losses"]["energy"]) == told["iterations"] == 12
    options = DreamOptions.of(told["options"])
    assert options.record() == told["options"]


def test_saving_is_all_or_nothing(styled: record.Artwork, tmp_path: Path) -> None:
    (tmp_path / "out.json").write_text("mine")
    with pytest.raises(EyecandyError, match=r"out\.json' exists already"):
        styled.save(tmp_path / "out.png")
    assert [path.name for path in tmp_path.iterdir()] == ["out.json"]
    (tmp_path / "taken.png").write_text("mine")
    with pytest.raises(EyecandyError, match=r"taken\.png' exists already"):
        styled.save(tmp_path / "taken.png")
    assert not (tmp_path / "taken.json").exists()
    styled.save(tmp_path / "out.jpg", overwrite=True)
    assert record.read(tmp_path / "out.jpg")["recipe"] == "style"
    np.testing.assert_array_equal(record.load(tmp_path / "out.jpg").history["loss"].shape, (120,))
    with pytest.raises(EyecandyError, match="carries no record"):
        record.read(CAT)


def test_an_interrupted_picture_is_taken_up(net: Backbone, tmp_path: Path) -> None:
    def impatient(step: Step) -> None:
        if step.iteration == 6:
            raise KeyboardInterrupt

    half = style(CAT, FLOW, backbone=net, viewing=Viewing(listeners=[impatient], every=3), **SMALL)
    assert half.interrupted
    half.save(tmp_path / "half.png")
    loaded = record.load(tmp_path / "half.png")
    whole = style(CAT, FLOW, backbone=net, viewing=Viewing(resume=loaded), **SMALL)
    assert whole.stopped is None
    assert len(whole.history["loss"]) == 6
    assert whole.record["iterations"] == 12
    assert whole.history["loss"][-1] < half.history["loss"][-1]
    with pytest.raises(EyecandyError, match="nothing left to do"):
        style(CAT, FLOW, backbone=net, viewing=Viewing(resume=whole), **SMALL)
    with pytest.raises(EyecandyError, match="with other options"):
        style(CAT, FLOW, backbone=net, viewing=Viewing(resume=loaded), **{**SMALL, "seed": 1})


CTRL_C = """
import sys, eyecandy.art.dream as d, eyecandy.art.studio as s
watch = s.Viewing(listeners=[lambda step: print("step", step.iteration, flush=True)], every=5)
made = d.dream(size=64, iterations=100000, viewing=watch)
made.save(sys.argv[1])
print(made.stopped, flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process")
def test_control_c_in_a_real_process_keeps_a_readable_picture(tmp_path: Path) -> None:
    path = tmp_path / "kept.png"
    with subprocess.Popen([sys.executable, "-c", CTRL_C, str(path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("step") and int(line.split()[1]) >= 20:
                break
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
    assert process.returncode == 0
    assert "interrupted after" in rest
    assert images.load(path).size == (64, 64)


def test_the_plan_comes_before_the_first_step(net: Backbone) -> None:
    events: list[object] = []
    viewing = Viewing(before=events.append, listeners=[events.append], every=1)
    dream(CHINA, backbone=net, viewing=viewing, **SMALL)
    plan = events[0]
    assert isinstance(plan, estimate.Plan)
    assert plan.scales == (Scale((64, 43), 12),)
    assert all(isinstance(event, Step) for event in events[1:])


def test_activations_are_counted_by_hand() -> None:
    keras.utils.set_random_seed(0)
    image = keras.Input((None, None, 3))
    x = keras.layers.Conv2D(4, 3, 2, padding="same", name="block1_conv1")(image)
    x = keras.layers.Conv2D(10, 1, padding="same", name="block2_conv1")(x)
    model = keras.Model(image, keras.layers.Conv2D(5, 1, name="class_map")(x))
    tiny = Backbone(model, name="tiny", taps=("block1_conv1", "block2_conv1"), labels=generic(5))
    first, second = (
        estimate._per_pixel(tiny, objectives.energy({name: 1})) for name in ("block1_conv1", "block2_conv1")
    )
    assert first == (4 * (3 + 4 / 4), 3 * 3 * 3 * 4 / 4)
    assert second == (4 * (3 + 4 / 4 + 10 / 4), 3 * 3 * 3 * 4 / 4 + 4 * 10 / 4)


def test_a_size_beyond_memory_says_the_largest_that_fits(net: Backbone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(estimate, "physical_memory", lambda: 2e9)
    objective = objectives.energy({"block4_conv3": 1})
    with pytest.raises(EyecandyError, match=r"machine has 2\.0 GB; the largest size that fits is about (\d+)") as info:
        estimate.Estimate(net).plan(objective, [Scale((4000, 4000), 10)])
    fits = int(str(info.value).rsplit(" ", 1)[1])
    assert estimate.Estimate(net).plan(objective, [Scale((fits, fits), 10)]).memory <= 2e9


# --- options


def test_weights_in_every_spelling() -> None:
    assert weights("a") == weights(["a"]) == weights({"a": 1}) == {"a": 1.0}
    assert weights(["a:0.7", "b"]) == {"a": 0.7, "b": 1.0}
    assert layer_weights(["conv4_3:0.25", "block4_conv3:0.5"], ["block4_conv3"]) == {"block4_conv3": 0.75}


def test_schedule_spends_every_iteration_and_ends_at_the_size() -> None:
    scales = Options(scales=3, iterations=100).schedule((512, 340), ratio=2, smallest=100, fine_share=0.5)
    assert [scale.size for scale in scales] == [(256, 170), (512, 340)]  # 85 is below the smallest
    assert [scale.iterations for scale in scales] == [67, 33]


def test_draft_is_half_the_size() -> None:
    assert Options(size=300, draft=True).final_size((600, 400)) == (150, 100)
    assert Options(size=300).final_size((30, 20)) == (300, 200)


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
        ({"channel": 5000}, "block4_conv6 has channels 0 to 111, got channel 5000"),
        ({"towards": "tabbi"}, "no class is called 'tabbi'; nearest"),
        ({"iterations": 0}, "iterations must be a whole number of at least 1, got 0"),
        ({"size": 63}, "size must be a whole number of at least 64, got 63"),
        ({"size": 100.5}, "size must be a whole number of at least 64, got 100.5"),
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


@pytest.mark.parametrize(
    ("paintings", "knobs", "message"),
    [
        ([], {}, "expected at least one painting with a weight above 0"),
        ([f"{FLOW}:0"], {}, "expected at least one painting with a weight above 0"),
        (["missing.jpg"], {}, "'missing.jpg' does not exist"),
        (FLOW, {"strength": 1.5}, "strength must be a number of at least 0 and at most 1, got 1.5"),
        (FLOW, {"style_scale": 0}, "style_scale must be a number above 0"),
        (FLOW, {"style_scale": 0.1}, "raise the size or the style scale"),
        (FLOW, {"preset": "klimt"}, "unknown preset 'klimt'; the presets are gatys, quick"),
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


def test_a_painting_of_another_shape_is_welcome(net: Backbone) -> None:
    strip = np.ascontiguousarray(images.load(MOSAIC).pixels[:60])
    made = style(CAT, strip, backbone=net, **{**SMALL, "style_scale": 12.0, "margin": 0})
    assert made.history["style"][-1] < made.history["style"][0]

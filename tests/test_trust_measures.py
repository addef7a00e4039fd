"""The measures of trust beside insertion and deletion: closed forms, and photos seen by a network done by hand."""

from dataclasses import replace

import numpy as np
import pytest
from trust_pictures import BOX, OTHER, SIZE, inside, painted

from eyecandy import detect
from eyecandy.backbone.model import Backbone
from eyecandy.detection.detect import Detection
from eyecandy.detection.faithfulness.measures import MEASURES
from eyecandy.detection.faithfulness.measures.randomisation import rank_correlation, shuffled, stages
from eyecandy.detection.faithfulness.measures.road import NOISE, harmonic, linear, noisy_linear
from eyecandy.detection.faithfulness.measures.stability import CHANGES
from eyecandy.detection.faithfulness.measures.wsol import LEVELS, levels_of, max_box_acc, overlaps, pxap
from eyecandy.detection.faithfulness.quantus import arrays
from eyecandy.detection.faithfulness.summary import interval
from eyecandy.errors import EyecandyError


@pytest.fixture(scope="module")
def red(colour_net: Backbone) -> Detection:
    return detect(painted(BOX), backbone=colour_net)


@pytest.fixture(scope="module")
def wrong(red: Detection) -> Detection:
    """The same with its masks in the opposite corner."""
    (item,) = red.objects
    turned = replace(item, small_mask=item.small_mask[::-1, ::-1], small_saliency=item.small_saliency[::-1, ::-1])
    return replace(red, objects=(turned,))


def value(found: Detection, net: Backbone, name: str) -> float:
    (item,) = found.trust(net, measure=[name]).objects
    return next(iter(item.readings[name].values.values()))


@pytest.mark.parametrize("name", ["stability", "road"])
def test_a_right_mask_is_told_from_a_wrong_one(
    red: Detection, wrong: Detection, colour_net: Backbone, name: str
) -> None:
    assert value(red, colour_net, name) > 0.5 > 0.2 > value(wrong, colour_net, name)


def test_the_same_seed_the_same_numbers(red: Detection, colour_net: Backbone) -> None:
    names = ["stability", "contrast", "randomisation", "road"]
    one, again, other = (red.trust(colour_net, measure=names, seed=seed).objects[0] for seed in (0, 0, 1))
    assert one.as_dict() == again.as_dict() and set(one.readings) == set(names)
    assert other.readings["randomisation"].details != one.readings["randomisation"].details
    for reading in one.readings.values():
        assert "the red" in reading.sentence and all(-1 <= v <= 1 for v in reading.values.values())


def test_changes_of_the_photo(colour_net: Backbone) -> None:
    pixels, random = painted(BOX), np.random.default_rng(0)
    np.testing.assert_array_equal(CHANGES["flip"](pixels, random), pixels[:, ::-1])
    assert 0 < np.abs(CHANGES["jpeg"](pixels, random).astype(int) - pixels).mean() < 4
    noise = CHANGES["noise"](np.full((100, 100, 3), 127, np.uint8), random).astype(int) - 127
    assert noise.std() == pytest.approx(5, rel=0.05) and abs(noise.mean()) < 0.2


def test_another_class_has_another_mask(red: Detection, colour_net: Backbone) -> None:
    (item,) = red.trust(colour_net, measure=["contrast"]).objects
    reading = item.readings["contrast"]
    drawn = reading.details["iou"]
    assert len(drawn) == 3 and "red" not in drawn
    assert reading.values["contrast"] == pytest.approx(1 - np.mean(list(drawn.values())), abs=1e-4)
    share = (red.objects[0].mask >= 0.5).mean()
    assert reading.details["chance"] == pytest.approx(share / (2 - share), abs=0.01)


# Randomised layers


def test_rank_correlation() -> None:
    x = np.random.default_rng(0).random((5, 7))
    assert rank_correlation(x, x**3) == pytest.approx(1) and rank_correlation(x, -x) == pytest.approx(-1)
    assert rank_correlation(x, np.ones_like(x)) == 0


def test_layers_are_shuffled_from_the_last(tiny_net: Backbone, colour_net: Backbone, red: Detection) -> None:
    weights = np.arange(24.0).reshape(2, 3, 4)
    turned = shuffled(weights, np.random.default_rng(0))
    assert turned.shape == weights.shape and (np.sort(turned.ravel()) == weights.ravel()).all()
    assert (turned != weights).any()
    parts = stages(tiny_net.model)
    names = [layer.name for part in parts for layer in part]
    with_weights = [layer.name for layer in tiny_net.model.layers if layer.weights]
    assert names == with_weights[::-1] and len(parts[0]) == 1
    before = [w.copy() for w in colour_net.model.get_weights()]
    value(red, colour_net, "randomisation")
    for one, other in zip(before, colour_net.model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


# ROAD


def test_a_missing_pixel_is_the_mean_of_its_neighbours() -> None:
    pixels = np.random.default_rng(0).random((3, 3, 3)) * 255
    missing = np.zeros((3, 3), bool)
    missing[1, 1] = True
    beside = pixels[[0, 1, 1, 2], [1, 0, 2, 1]].sum(0) / 6
    across = pixels[[0, 0, 2, 2], [0, 2, 0, 2]].sum(0) / 12
    np.testing.assert_allclose(harmonic(pixels, missing), [beside + across])
    corner = np.zeros((3, 3), bool)
    corner[0, 0] = True  # three neighbours are all there are
    expected = (2 * pixels[0, 1] + 2 * pixels[1, 0] + pixels[1, 1]) / 5
    np.testing.assert_allclose(harmonic(pixels, corner), [expected])


def test_what_is_known_stays_and_a_ramp_goes_on() -> None:
    ramp = np.repeat(np.linspace(0, 255, 40)[None, :, None], 30, 0) * np.ones(3)
    missing = inside(BOX)[:30, :40] * 0 == 1
    missing[10:20, 10:30] = True
    np.testing.assert_allclose(harmonic(ramp, missing), ramp[missing], atol=1e-6)
    filled = noisy_linear(ramp, missing, np.random.default_rng(0))
    np.testing.assert_allclose(filled[~missing], ramp[~missing], rtol=1e-6)
    assert (filled[missing] - ramp[missing]).std() == pytest.approx(NOISE, rel=0.1)
    coarse = linear(ramp, missing, np.random.default_rng(0))
    assert np.abs(coarse[missing] - ramp[missing]).mean() < 3 * NOISE
    everything = linear(ramp, np.ones((30, 40), bool) & (np.arange(40) > 0), np.random.default_rng(0))
    assert np.abs(everything).mean() < 2 * NOISE  # all that is known is the black edge


# The WSOL benchmark


def test_boxes_of_a_map_at_every_threshold() -> None:
    scores = np.zeros((20, 40))
    scores[4:12, 5:15] = 0.8
    scores[5:15, 25:35] = 0.4
    found = overlaps(levels_of(scores), [(5, 4, 15, 12)])
    assert found[0] == pytest.approx(80 / 800) and found[500] == 1 and found[900] == 0
    assert found[300] == 1  # each piece has a box of its own
    assert overlaps(levels_of(scores), [(25, 5, 35, 10)])[300] == pytest.approx(0.5)
    assert overlaps(levels_of(scores), [(25, 5, 35, 10)])[500] == 0


def test_max_box_accuracy_takes_one_threshold_for_all() -> None:
    low, high = np.zeros(LEVELS), np.zeros(LEVELS)
    low[100], high[900] = 1.0, 0.6
    low[900] = 0.4
    found = max_box_acc([low, high])
    assert found == {0.3: 1.0, 0.5: 0.5, 0.7: 0.5}


def test_pixel_average_precision() -> None:
    right, wrong = np.zeros(LEVELS, int), np.zeros(LEVELS, int)
    right[800], wrong[200] = 10, 30
    assert pxap(right, wrong) == 1
    assert pxap(wrong, right) == pytest.approx(30 / 40)
    wrong[800], wrong[200] = 10, 0
    assert pxap(right, wrong) == pytest.approx(0.5)


# The rest


def test_an_interval_is_that_of_photos() -> None:
    assert interval([[0.5, 0.5], [0.5]], 0) == (0.5, 0.5)
    low, high = interval([[float(i % 2)] for i in range(100)], 0)
    assert low == pytest.approx(0.5 - 1.96 * 0.05, abs=0.02) and high == pytest.approx(0.5 + 1.96 * 0.05, abs=0.02)
    # a photo counts once, however many objects it holds: those in it say the same
    low, high = interval([[float(i % 2)] * 9 for i in range(100)], 0)
    assert high - low == pytest.approx(4 * 0.05, abs=0.03)
    assert interval([[1.0], []], 3) == (None, None)  # one photo says nothing of others


def test_arrays_for_quantus(red: Detection, colour_net: Backbone) -> None:
    batch = red.trust(colour_net, measure=["contrast"]).to_quantus()
    width, height = SIZE
    assert {name: (x.shape, str(x.dtype)) for name, x in batch.items()} == {
        "x_batch": ((1, 3, height, width), "float32"),
        "y_batch": ((1,), "int64"),
        "a_batch": ((1, 1, height, width), "float32"),
        "s_batch": ((1, 1, height, width), "uint8"),
    }
    np.testing.assert_array_equal(batch["x_batch"][0], painted(BOX).transpose(2, 0, 1))
    np.testing.assert_array_equal(batch["s_batch"][0, 0], red.objects[0].mask >= 0.5)
    assert batch["y_batch"].tolist() == [red.objects[0].class_index] and batch["a_batch"].max() == pytest.approx(1)
    last = arrays(red, channels_first=False)
    np.testing.assert_array_equal(last["x_batch"][0], painted(BOX))
    two = arrays(detect(painted(BOX, OTHER), backbone=colour_net), longest=144)
    assert two["a_batch"].shape == (2, 1, height // 2, width // 2)


def test_names_of_measures(red: Detection, colour_net: Backbone) -> None:
    assert list(MEASURES)[:6] == ["insertion-deletion", "stability", "contrast", "randomisation", "road", "pointing"]
    with pytest.raises(EyecandyError, match="unknown measure 'roads'; expected insertion-deletion, stability"):
        red.trust(colour_net, measure=["roads"])
    with pytest.raises(EyecandyError, match="the measure 'pointing' needs what is really there"):
        red.trust(colour_net, measure=["pointing"])
    for name in MEASURES:
        assert MEASURES[name].name == name and all(MEASURES[name].rows.values())

"""Insertion and deletion curves, on photos that a network worked out by hand looks at."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image
from trust_pictures import BOX, OTHER, painted

from eyecandy import detect, images
from eyecandy.backbone.model import Backbone
from eyecandy.detection.detect import Detection
from eyecandy.detection.faithfulness.curves import CENTRE, MASK, RANDOM
from eyecandy.detection.faithfulness.measures.insertion_deletion import STEPS, blur
from eyecandy.detection.faithfulness.trust import Trust
from eyecandy.errors import EyecandyError

CURVES = "insertion-deletion"


def trust(found: Detection, net: Backbone) -> Trust:
    return found.trust(net, measure=[CURVES])


@pytest.fixture(scope="module")
def red(colour_net: Backbone) -> Detection:
    return detect(painted(BOX), backbone=colour_net)


def moved(found: Detection, x: int, y: int) -> Detection:
    """The same with the mask somewhere else, x and y pixels of the photo further."""
    (item,) = found.objects
    mask, saliency = (
        np.roll(m, (y * m.shape[0] // found.photo.size[1], x * m.shape[1] // found.photo.size[0]), (0, 1))
        for m in (item.small_mask, item.small_saliency)
    )
    return replace(found, objects=(replace(item, small_mask=mask, small_saliency=saliency),))


def test_the_curves_of_a_rectangle(red: Detection, colour_net: Backbone) -> None:
    """Red is certain to 1 / (1 + 3 e^-8 + ...) until its last pixels go, and as soon as one whole place is there."""
    curves = trust(red, colour_net).objects[0].curves
    certain = 1 / (1 + 3 * np.exp(-8) + 3 * np.exp(-16))
    share = 96 * 64 / (288 * 224)
    deletion, insertion = curves.deletion[MASK], curves.insertion[MASK]
    assert len(deletion.shares) == STEPS + 1 and deletion.shares[[0, -1]].tolist() == [0, 1]
    assert deletion.probabilities[0] == insertion.probabilities[-1] == pytest.approx(certain, abs=1e-4)
    gone = deletion.shares > 1.05 * share
    np.testing.assert_allclose(deletion.probabilities[gone], 1 / 8, atol=2e-3)  # grey is at chance
    assert (deletion.probabilities[deletion.shares < 0.5 * share] > 0.9).all()
    np.testing.assert_allclose(insertion.probabilities[insertion.shares > share], certain, atol=1e-3)
    for order in (RANDOM, CENTRE):
        assert curves.deletion[order].area > deletion.area + 0.1
        assert curves.insertion[order].area < insertion.area
        assert curves.deletion[order].probabilities[[0, -1]] == pytest.approx([certain, 1 / 8], abs=2e-3)
    assert curves.believed and "What the network calls the red is under this mask" in curves.sentence


def test_the_area_is_that_under_the_curve(red: Detection, colour_net: Backbone) -> None:
    curve = trust(red, colour_net).objects[0].curves.deletion[MASK]
    by_hand = sum(
        (b - a) * (p + q) / 2
        for a, b, p, q in zip(
            curve.shares, curve.shares[1:], curve.probabilities, curve.probabilities[1:], strict=False
        )
    )
    assert curve.area == pytest.approx(by_hand) and 0 < curve.area < 1


def test_a_mask_in_the_wrong_place_is_not_believed(red: Detection, colour_net: Backbone) -> None:
    wrong, right = (trust(each, colour_net).objects[0].curves for each in (moved(red, 140, 110), red))
    assert right.lead > 0.1 > 0 > wrong.lead and not wrong.believed
    assert "is not under this mask" in wrong.sentence


def test_a_mask_in_the_middle_is_like_the_blob(colour_net: Backbone) -> None:
    found = detect(painted((96, 72, 192, 152)), backbone=colour_net)
    curves = trust(found, colour_net).objects[0].curves
    assert abs(curves.lead) < 0.1 and not curves.believed and "a blob in the middle" in curves.sentence


def test_others_of_the_same_word_do_not_speak(colour_net: Backbone) -> None:
    """Each of two red boxes goes when its own pixels go, though the other is still in the photo."""
    found = detect(painted(BOX, OTHER), backbone=colour_net)
    result = trust(found, colour_net)
    assert [item.name for item in result.objects] == ["red 1", "red 2"]
    for item in result.objects:
        assert item.curves.deletion[MASK].probabilities[-4:].max() < 0.2 and item.curves.believed


def test_the_blur_and_the_network(red: Detection, colour_net: Backbone, tiny_net: Backbone) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (64, 96, 3), np.uint8)
    np.testing.assert_array_equal(blur(pixels), cv2.GaussianBlur(pixels, (0, 0), 0.06 * 96))
    with pytest.raises(EyecandyError, match="found with colours, got tiny; pass the backbone that was used"):
        red.trust(tiny_net)
    with pytest.raises(EyecandyError, match="found with colours, got efficientnet-lite0"):
        red.trust()


def test_the_figure_shows_the_curves(red: Detection, colour_net: Backbone) -> None:
    result = trust(red, colour_net)
    figure, curves = result.figure(), result.objects[0].curves
    picture, insertion, deletion, bars = figure.axes
    assert curves.sentence.split(":")[0] in figure.texts[0].get_text()
    assert len(picture.images) == 1
    for axes, each in ((insertion, curves.insertion), (deletion, curves.deletion)):
        for line, order in zip(axes.lines, (MASK, CENTRE, RANDOM), strict=True):
            np.testing.assert_array_equal(line.get_ydata(), each[order].probabilities)
    values = [patch.get_width() for patch in bars.patches]
    assert values == list(curves.values.values()) == [curves.worth(MASK), curves.lead]
    assert result._repr_png_().startswith(b"\x89PNG")
    nothing = trust(detect(painted(), backbone=colour_net), colour_net)
    assert nothing.objects == () and "no object found" in nothing.figure().texts[0].get_text()


def test_the_command(command: Callable[..., Any], colour_model: list[str], tmp_path: Path) -> None:
    photo = tmp_path / "red.png"
    Image.fromarray(painted(BOX)).save(photo)
    run = command("trust", photo, *colour_model, "--measure", CURVES)
    assert run.code == 0
    title, head, worth, ahead, place = run.out.splitlines()
    assert title.strip() == "red" and head.split() == ["measure", "value", "what", "it", "says"]
    assert "What the network calls the red is under this mask: insertion less deletion is " in worth
    assert place == f"figure: {tmp_path / 'red.trust.png'}"
    assert images.load(tmp_path / "red.trust.png").size[0] == 1500
    assert "exists already" in command("trust", photo, *colour_model).err
    run = command("trust", photo, *colour_model, "--measure", CURVES, "--json")
    (item,) = json.loads(run.out)["objects"]
    curves = item[CURVES]
    assert curves["believed"] and curves["sentence"] in worth and f"{curves['ahead']:.2f}" in ahead
    assert len(curves["insertion"]["mask"]["shares"]) == STEPS + 1
    assert "ends in .png" in command("trust", photo, "--output", "a.jpg").err
    assert "does not exist" in command("trust", tmp_path / "gone.jpg").err


def test_an_older_figure_is_refused_before_anything_is_looked_at(
    command: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo, older = tmp_path / "red.png", tmp_path / "red.trust.png"
    Image.fromarray(painted(BOX)).save(photo)
    older.write_bytes(b"mine")
    monkeypatch.setattr("eyecandy.detection.detect.look", lambda *_: pytest.fail("it was looked at"))
    run = command("trust", photo)
    assert (run.code, run.out) == (2, "")
    assert run.err == f"eyecandy: {str(older)!r} exists already; pass --overwrite or choose another output\n"
    assert older.read_bytes() == b"mine" and len(list(tmp_path.iterdir())) == 2


def test_a_dog_and_a_cat(found: Detection, net: Backbone) -> None:
    assert [item.curves.believed for item in trust(found, net).objects] == [True, True]

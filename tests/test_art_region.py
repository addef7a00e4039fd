"""Regions: which part of a photo is painted."""

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from eyecandy import images
from eyecandy.art.output.region import blend, feathered, region
from eyecandy.art.recipes.style import style
from eyecandy.backbone.model import Backbone
from eyecandy.errors import EyecandyError

SAMPLES = Path(__file__).parent.parent / "samples"
CAT, FLOW = SAMPLES / "chelsea.jpg", SAMPLES / "style_flow.jpg"
SMALL = {"size": 64, "scales": 1, "iterations": 12, "margin": 8}


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
    half = np.zeros((20, 30), np.uint8)
    half[:, :15] = 255
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

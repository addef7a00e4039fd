"""`saliency`: the map of each class that is asked for, at the picture's own size."""

from pathlib import Path

import numpy as np
import pytest
from rectangles import painted

from eyecandy import images, saliency
from eyecandy.backbone.model import Backbone
from eyecandy.errors import EyecandyError


def test_saliency_lies_on_its_class(net: Backbone, samples: Path) -> None:
    """A cat beside a cup: nine tenths of each class's signal are in its own half."""
    cat, cup = (images.resize(images.load(samples / name).pixels, (224, 224)) for name in ("chelsea.jpg", "coffee.jpg"))
    masks = saliency(np.concatenate([cat, cup], 1), [967, 285], backbone=net)
    assert masks.shape == (2, 224, 448) and masks.dtype == np.float32
    assert masks.min() >= 0 and masks.max() <= 1
    np.testing.assert_allclose(masks.max((1, 2)), 1, atol=1e-6)  # seen at its own size
    espresso, tabby = masks
    assert espresso[:, 224:].sum() > 0.9 * espresso.sum()
    assert tabby[:, :224].sum() > 0.9 * tabby.sum()


@pytest.mark.parametrize("size", [(57, 101), (300, 40), (1400, 900)])
def test_saliency_comes_at_the_pictures_own_size(tiny_net: Backbone, size: tuple[int, int]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), np.uint8)
    masks = saliency(pixels, [3, 14, 5], backbone=tiny_net, size=96)
    assert masks.shape == (3, size[1], size[0])
    assert masks.min() >= 0 and 0.3 < masks.max() <= 1
    (alone,) = saliency(pixels, [14], backbone=tiny_net, size=96)
    np.testing.assert_allclose(masks[1], alone, atol=1e-3)


def test_saliency_takes_any_signal_and_gives_the_same_bytes_twice(tiny_net: Backbone) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (64, 96, 3), np.uint8)
    found = [saliency(pixels, [1], backbone=tiny_net, signal=name) for name in ("places", "gradient")]
    assert np.abs(found[0] - found[1]).max() > 0.2
    assert saliency(pixels, [1], backbone=tiny_net).tobytes() == found[0].tobytes()


@pytest.mark.parametrize("wrong", [-1, 24, 1000])
def test_saliency_of_a_class_that_does_not_exist(tiny_net: Backbone, wrong: int) -> None:
    with pytest.raises(EyecandyError, match=f"class number {wrong} does not exist; give one from 0 to 23"):
        saliency(painted(), [0, wrong], backbone=tiny_net)


def test_saliency_by_an_unknown_signal(tiny_net: Backbone) -> None:
    with pytest.raises(EyecandyError, match="unknown signal 'attention'"):
        saliency(painted(), [0], backbone=tiny_net, signal="attention")


def test_saliency_of_no_class_at_all(tiny_net: Backbone) -> None:
    assert saliency(painted(), [], backbone=tiny_net).shape == (0, 256, 400)

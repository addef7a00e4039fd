"""The knobs of `detect`: each turns something, and each has its range."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from rectangles import BLUE, RED, inside, overlap, painted, same
from sklearn.decomposition import NMF
from sklearn.exceptions import ConvergenceWarning

from eyecandy import detect, images
from eyecandy.backbone.model import Backbone
from eyecandy.detection.detect import Detection, DetectOptions
from eyecandy.errors import EyecandyError


def test_without_refinement_the_masks_are_the_soft_ones_cut_at_a_half(colour_net: Backbone) -> None:
    raw = detect(painted(), backbone=colour_net, top=8, refine="none")
    sharp = detect(painted(), backbone=colour_net, top=8)
    assert len(raw.objects) == len(sharp.objects) == 2
    for one, other in zip(raw.objects, sharp.objects, strict=True):
        assert one.threshold == other.threshold == 0.5 and one.word == other.word
        np.testing.assert_array_equal(one.saliency, other.saliency)
        truth = inside(RED if one.label == "red" else BLUE, (400, 256))
        assert 0.6 < overlap(one.mask >= 0.5, truth) < overlap(other.mask >= 0.5, truth)


def test_each_knob_turns_something(tiny_net: Backbone, samples: Path) -> None:
    pixels = images.resize(images.load(samples / "style_mosaic.jpg").pixels, (160, 128))

    def found(**knobs: Any) -> Detection:
        return detect(pixels, backbone=tiny_net, refine="none", **knobs)

    plain = found()
    assert len(plain.classes) == len(plain.class_masks) == 12  # one of each word
    few = found(top=5)
    assert few.classes == plain.classes[:5]
    np.testing.assert_allclose(few.class_masks, plain.class_masks[:5], atol=1e-3)
    assert len(found(components=3).eigenmasks) == 3
    nmf = found(decomposition="nmf", components=3)
    assert np.asarray(nmf.eigenmasks).min() >= 0 > np.asarray(plain.eigenmasks).min()
    for name in ("nmf", "none"):
        other = found(decomposition=name, components=3)
        assert other.classes == plain.classes
        assert np.abs(np.asarray(other.eigenmasks) - np.asarray(found(components=3).eigenmasks)).max() > 0.1, name
    for signal in ("places", "gradient", "gradient-input", "smoothgrad"):
        other = found(signal=signal)
        assert other.classes == plain.classes
        assert np.abs(np.asarray(other.class_masks) - np.asarray(plain.class_masks)).max() > 0.1, signal
    average = found(reading="average")
    assert {c.probability for c in average.classes} != {c.probability for c in plain.classes}


def test_the_size_is_that_of_the_view_in_the_middle(net: Backbone, dog_and_cat: Path) -> None:
    small, large = (detect(dog_and_cat, backbone=net, size=size) for size in (160, 448))
    assert small.options.size == 160
    assert small.class_masks.small.shape[1] < large.class_masks.small.shape[1]
    assert [o.box for o in small.objects] != [o.box for o in large.objects]


def test_one_class_alone_finds_its_object(colour_net: Backbone) -> None:
    """One mask has no variance; it stands for itself."""
    pixels = painted()
    pixels[BLUE[1] : BLUE[3], BLUE[0] : BLUE[2]] = 127
    found = detect(pixels, backbone=colour_net, top=1)
    assert [c.label for c in found.classes] == ["red"]
    (only,) = found.objects
    np.testing.assert_allclose(only.box, RED, atol=2)
    assert (only.label, only.eigenmask, only.sign, only.explained_variance_ratio) == ("red", 0, 1, 1.0)
    assert len(found.eigenmasks) == 1 and found.figure() is not None


def test_the_default_takes_all_classes_of_a_network_that_has_fewer(colour_net: Backbone) -> None:
    found = detect(painted(), backbone=colour_net)
    same(found, detect(painted(), backbone=colour_net, top=8))
    assert len(found.classes) == 8
    with pytest.raises(EyecandyError, match="top must be 1 to 8, the classes of colours, got 9"):
        detect(painted(), backbone=colour_net, top=9)


def test_the_command_takes_all_classes_too(
    command: Callable[..., Any], colour_model: list[str], tmp_path: Path
) -> None:
    Image.fromarray(painted()).save(tmp_path / "painted.png")
    options = colour_model[: colour_model.index("--top")]
    run = command("detect", tmp_path / "painted.png", *options, "--output", tmp_path / "out")
    assert run.code == 0 and (tmp_path / "out" / "red-1.png").is_file()


def test_nmf_that_stops_early_says_nothing(tiny_net: Backbone, monkeypatch: pytest.MonkeyPatch) -> None:
    def short(*given: Any, **options: Any) -> NMF:
        return NMF(*given, **(options | {"max_iter": 2}))

    pixels = np.random.default_rng(3).integers(0, 256, (96, 96, 3), np.uint8)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ConvergenceWarning):
            short(4, tol=1e-3).fit(pixels[..., 0])
        monkeypatch.setattr("eyecandy.detection.find.decompositions.nmf.NMF", short)
        assert len(detect(pixels, backbone=tiny_net, decomposition="nmf", components=6).eigenmasks) == 6


def test_options_and_single_knobs_go_together(tiny_net: Backbone) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    found = detect(pixels, backbone=tiny_net, options=DetectOptions(top=7, refine="none"), top=4)
    assert found.options == DetectOptions(top=4, refine="none")
    assert len(found.classes) == 4


@pytest.mark.parametrize(
    ("knobs", "says"),
    [
        ({"top": 0}, "top must be at least 1, got 0"),
        ({"top": 25}, "top must be 1 to 24, the classes of tiny, got 25"),
        ({"components": 21}, "components must be 1 to 20, the value of top, got 21"),
        ({"components": 0}, "components must be 1 to 20"),
        ({"size": 0}, "size must be at least 1 pixel, got 0"),
        ({"size": 31}, "size must be at least 32 pixels for tiny, got 31"),
        ({"min_score": 1.0}, "min_score must be at least 0 and below 1, got 1.0"),
        ({"min_score": -0.1}, "min_score must be at least 0"),
        ({"min_score": float("nan")}, "min_score must be at least 0"),
        (
            {"signal": "grad"},
            "unknown signal 'grad'; expected features, places, gradient, gradient-input or smoothgrad",
        ),
        ({"decomposition": "ica"}, "unknown decomposition 'ica'; expected pca, varimax, nmf or none"),
        ({"refine": "crf"}, "unknown refine 'crf'; expected grabcut or none"),
        ({"reading": "best"}, "unknown reading 'best'; expected places or average"),
    ],
)
def test_a_knob_out_of_its_range(tiny_net: Backbone, knobs: dict[str, Any], says: str) -> None:
    with pytest.raises(EyecandyError) as error:
        detect(painted(), backbone=tiny_net, **knobs)
    assert says in str(error.value) and "\n" not in str(error.value)


def test_a_knob_that_does_not_exist(tiny_net: Backbone) -> None:
    with pytest.raises(EyecandyError, match="unknown option 'bigness'; the options are top, "):
        detect(painted(), backbone=tiny_net, bigness=3)

"""The eigen-masks drive the detection: with others in their place, or none, other objects are found."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eyecandy.backbone.model import Backbone
from eyecandy.detection import detect as detection
from eyecandy.detection.arrays import resize_masks
from eyecandy.detection.detect import Detection, Look, finish, look, traced
from eyecandy.detection.find.eigenmasks import EigenMasks
from eyecandy.detection.options import DetectOptions
from eyecandy.images import Photo, load

NAMES = ("dog_and_cat", "shepherd_and_kitten", "zebra_and_elephant", "hens")
TWO = ("dog_and_cat", "shepherd_and_kitten")
Seen = dict[str, tuple[Photo, Look, np.ndarray, Detection]]
Replacing = Callable[[EigenMasks], EigenMasks]


@pytest.fixture(scope="module")
def seen(net: Backbone, samples: Path) -> Seen:
    """Each photo, the first look at it, its class signals and its objects."""
    held = {}
    for name in NAMES:
        photo, options = load(samples / f"{name}.jpg"), DetectOptions()
        first = look(photo, net, options)
        signals = traced(first, net, options)
        held[name] = photo, first, signals, finish(photo, first, signals, net, options)
    return held


@pytest.fixture
def found_with(
    seen: Seen, net: Backbone, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str, Replacing | None], Detection]:
    """What is found in a photo when its eigen-masks are replaced, and all else stays; or when a knob is turned."""
    real = detection.decompose

    def find(name: str, replaced: Replacing | None = None, **knobs: Any) -> Detection:
        photo, first, signals, _ = seen[name]

        def decompose(*given: Any, **options: Any) -> EigenMasks:
            made = real(*given, **options)
            return replaced(made) if replaced else made

        monkeypatch.setattr(detection, "decompose", decompose)
        return finish(photo, first, signals, net, DetectOptions(**knobs))

    return find


def same_objects(one: Detection, other: Detection) -> bool:
    """The same things, with the same pixels."""
    return [(o.word, o.small_mask.tobytes()) for o in one.objects] == [
        (o.word, o.small_mask.tobytes()) for o in other.objects
    ]


def nothing(eigen: EigenMasks) -> EigenMasks:
    return EigenMasks(eigen.components[:0], eigen.explained_variance_ratio[:0], eigen.amplitudes[:0])


def noise(eigen: EigenMasks) -> EigenMasks:
    values = np.random.default_rng(0).normal(size=eigen.components.shape).astype(np.float32)
    values /= np.abs(values).max((1, 2), keepdims=True)
    return EigenMasks(values, eigen.explained_variance_ratio, eigen.amplitudes)


def upside_down(eigen: EigenMasks) -> EigenMasks:
    return EigenMasks(
        np.ascontiguousarray(eigen.components[:, ::-1, ::-1]), eigen.explained_variance_ratio, eigen.amplitudes
    )


def others(eigen: EigenMasks) -> Replacing:
    def instead(own: EigenMasks) -> EigenMasks:
        height, width = own.components.shape[1:]
        return EigenMasks(
            resize_masks(eigen.components, (width, height)), eigen.explained_variance_ratio, eigen.amplitudes
        )

    return instead


@pytest.mark.parametrize("name", NAMES)
def test_with_its_own_eigenmasks_the_same_is_found_again(seen: Seen, found_with: Any, name: str) -> None:
    """So whatever differs below is due to what replaces them."""
    again = found_with(name, lambda eigen: eigen)
    assert again.objects and same_objects(again, seen[name][3])


@pytest.mark.parametrize("name", NAMES)
def test_without_eigenmasks_nothing_is_found(found_with: Any, name: str) -> None:
    found = found_with(name, nothing)
    assert found.objects == () and found.eigenparts == ()


@pytest.mark.parametrize("replaced", [noise, upside_down])
@pytest.mark.parametrize("name", NAMES)
def test_noise_and_eigenmasks_turned_over_find_other_objects(
    seen: Seen, found_with: Any, name: str, replaced: Replacing
) -> None:
    assert not same_objects(found_with(name, replaced), seen[name][3])


@pytest.mark.parametrize("name", NAMES)
def test_the_eigenmasks_of_another_photo_find_other_objects(seen: Seen, found_with: Any, name: str) -> None:
    other = seen[NAMES[(NAMES.index(name) + 1) % len(NAMES)]][3]
    amplitudes = np.ones(len(other.explained_variance_ratio))
    theirs = EigenMasks(other.eigenmasks.small, other.explained_variance_ratio, amplitudes)
    assert not same_objects(found_with(name, others(theirs)), seen[name][3])


@pytest.mark.parametrize("name", TWO)
def test_one_side_alone_finds_only_what_lies_on_it(seen: Seen, found_with: Any, name: str) -> None:
    """The parts of the dog taken out of the eigen-masks: the cat is left."""
    found = seen[name][3]
    became = {part.word for part in found.eigenparts if part.fate == "object"}

    def without_dog(eigen: EigenMasks) -> EigenMasks:
        cat = next(part for part in found.eigenparts if part.word == "cat" and part.fate != "faint")
        return EigenMasks(cat.small_mask[None], eigen.explained_variance_ratio[:1], np.ones(1))

    assert became == {item.word for item in found.objects} == {"dog", "cat"}
    assert {item.word for item in found_with(name, without_dog).objects} == {"cat"}


@pytest.mark.parametrize("knobs", [{"decomposition": "none"}, {"components": 1}])
@pytest.mark.parametrize("name", TWO)
def test_class_masks_as_they_are_and_a_single_component_find_other_pixels(
    seen: Seen, found_with: Any, name: str, knobs: dict[str, Any]
) -> None:
    """Where two things are easily told apart by any class mask (a zebra, an elephant) these make no difference."""
    assert not same_objects(found_with(name, **knobs), seen[name][3])

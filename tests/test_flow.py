"""Optical flow on motion that is known: photos that slide and grow, things that move before them, and cuts."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from eyecandy.clips import flow, is_cut, warp
from eyecandy.images import load

SIZE = 240, 160


def view(photo: np.ndarray, x: float, y: float, scale: float = 1.0) -> np.ndarray:
    """What a camera at a place of a photo sees: pixel (u, v) is (scale u + x, scale v + y) of the photo."""
    matrix = np.array([[scale, 0, x], [0, scale, y]], np.float32)
    return cv2.warpAffine(photo, matrix, SIZE, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)


@pytest.fixture(scope="module")
def photos(samples: Path) -> dict[str, np.ndarray]:
    return {
        name: cv2.resize(load(samples / f"{name}.jpg").pixels, (360, 260), interpolation=cv2.INTER_AREA)
        for name in ("macaw", "koala", "china", "hens")
    }


def test_flow_finds_how_the_camera_moved(photos: dict[str, np.ndarray]) -> None:
    before, after = view(photos["hens"], 40, 30), view(photos["hens"], 46, 33)
    found = flow(before, after)
    inner = found.back[10:-10, 10:-10]
    assert np.abs(inner - (6, 3)).mean() < 0.3  # what is here now was farther right and down in the frame before
    assert found.known[:-6, :-8].mean() > 0.95
    assert found.known[:, -5:].mean() < 0.2  # it came in from outside
    apart = np.abs(warp(before, found.back).astype(float) - after)
    assert apart[found.known].mean() < 2
    near, far = view(photos["koala"], 40, 30), view(photos["koala"], 45, 33, 0.96)
    assert np.abs(warp(near, flow(near, far).back).astype(float) - far)[8:-8, 8:-8].mean() < 2.5


def test_what_a_moving_thing_uncovers_is_not_known(photos: dict[str, np.ndarray]) -> None:
    ground, thing = view(photos["china"], 40, 30), view(photos["macaw"], 100, 60)[40:110, 60:130]
    before, after = ground.copy(), ground.copy()
    before[50:120, 80:150] = thing
    after[50:120, 92:162] = thing
    found = flow(before, after)
    uncovered = np.zeros(found.known.shape, bool)
    uncovered[54:116, 82:90] = True
    assert found.known[uncovered].mean() < 0.25
    assert found.known[60:110, 104:150].mean() > 0.9
    assert np.abs(found.back[60:110, 104:150] - (-12, 0)).mean() < 0.5


def test_another_scene_is_a_cut_and_a_fast_camera_is_none(photos: dict[str, np.ndarray]) -> None:
    names = list(photos)
    for name, other in zip(names, [*names[1:], names[0]], strict=True):
        here, there, cut = view(photos[name], 20, 20), view(photos[name], 50, 40), view(photos[other], 20, 20)
        assert not is_cut(here, there, flow(here, there))
        assert is_cut(here, cut, flow(here, cut))


def test_masks_and_labels_are_carried_along() -> None:
    back = np.zeros((40, 60, 2), np.float32)
    back[..., 0] = -5
    mask = np.zeros((40, 60), bool)
    mask[10:20, 10:20] = True
    moved = warp(mask, back)
    assert moved.dtype == bool
    np.testing.assert_array_equal(np.argwhere(moved).min(0), (10, 15))
    labels = np.where(mask, 7, 0).astype(np.uint8)
    np.testing.assert_array_equal(np.unique(warp(labels, back + 0.4, nearest=True)), (0, 7))

"""Pictures that are enlarged again and again keep their detail."""

import cv2
import numpy as np

from eyecandy.art.core.canvas import noise
from eyecandy.art.core.spectrum import restored, rings
from eyecandy.art.recipes.dream import _drift, _middle


def sharpness(picture: np.ndarray) -> float:
    return float(cv2.Laplacian(picture.mean(-1).astype(np.float64), cv2.CV_64F).var())


def textured() -> np.ndarray:
    picture: np.ndarray = cv2.GaussianBlur(noise((96, 64), 0, contrast=60), (0, 0), 0.8)
    return picture


def test_rings_of_waves_lie_where_their_frequencies_are() -> None:
    x = np.arange(64)
    for cycles in (4, 16, 28):  # half cycles over 64 pixels, so a share of cycles / 32 of the finest
        wave = np.broadcast_to(127.5 + 50 * np.cos(np.pi * 2 * cycles * (x + 0.5) / 64)[None, :, None], (64, 64, 3))
        assert rings(wave - 127.5).argmax() == cycles * 2 * 32 // 64


def test_what_was_softened_gets_its_detail_back_and_keeps_its_forms() -> None:
    picture = textured()
    soft = cv2.GaussianBlur(picture, (0, 0), 0.6)
    mended = restored(soft, rings(picture), most=4)
    assert sharpness(soft) < 0.6 * sharpness(picture)
    assert 0.9 < sharpness(mended) / sharpness(picture) < 1.1
    before, after = (cv2.GaussianBlur(each, (0, 0), 8) for each in (soft, mended))
    assert np.abs(before - after).max() < 2
    assert sharpness(restored(soft, rings(picture), most=1.1)) < 1.25 * sharpness(soft)


def test_a_fall_stays_as_sharp_as_it_begins_and_leaves_no_cross() -> None:
    picture = begun = textured()
    plain = picture
    for number in range(1, 25):
        plain = _middle(plain, 1.03)
        picture = restored(_middle(picture, 1.03, _drift(number - 1), _drift(number)), rings(begun), most=1.5)
    assert sharpness(plain) < 0.5 * sharpness(begun)
    assert 0.7 < sharpness(picture) / sharpness(begun) < 1.3
    fine = np.abs(np.diff(picture.mean(-1), 2, axis=1)).mean(0)
    assert fine.max() < 3 * np.median(fine)  # no column is finer than all others

"""Soft masks sharpened along the edges of pictures whose shapes are known."""

import threading

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eyecandy.detection.find.refine import refine, without_holes, without_specks


def disc(size: tuple[int, int], centre: tuple[int, int], radius: float) -> np.ndarray:
    y, x = np.mgrid[: size[0], : size[1]]
    return (y - centre[0]) ** 2 + (x - centre[1]) ** 2 <= radius**2


def picture_of(inside: np.ndarray, seed: int = 0) -> np.ndarray:
    """Bright where inside, dark elsewhere, with grain."""
    grain = np.random.default_rng(seed).integers(-12, 13, (*inside.shape, 3))
    return (np.where(inside[..., None], (220, 200, 190), (40, 50, 60)) + grain).astype(np.uint8)


def soft_of(inside: np.ndarray, sigma: float) -> np.ndarray:
    soft = cv2.GaussianBlur(inside.astype(np.float32), (0, 0), sigma)
    return soft / soft.max()


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    return float((a & b).sum() / (a | b).sum())


@settings(max_examples=10, deadline=None)
@given(
    radius=st.integers(25, 45),
    shift=st.tuples(st.integers(-2, 2), st.integers(-2, 2)),
    sigma=st.floats(4, 9),
    seed=st.integers(0, 9),
)
def test_a_sloppy_mask_of_a_disc_becomes_the_disc(radius: int, shift: tuple[int, int], sigma: float, seed: int) -> None:
    size, centre = (130, 170), (65, 80)
    truth = disc(size, centre, radius)
    soft = soft_of(disc(size, (centre[0] + shift[0], centre[1] + shift[1]), 0.8 * radius), sigma)
    assert overlap(soft >= 0.4, truth) < 0.9  # sloppy it is
    mask = refine(picture_of(truth, seed), soft)
    assert mask is not None
    assert mask.dtype == np.float32 and mask.shape == size and mask.min() >= 0 and mask.max() <= 1
    assert overlap(mask >= 0.5, truth) > 0.95


def test_an_eye_belongs_to_the_object_and_a_glint_beside_it_does_not() -> None:
    size = (160, 200)
    truth = disc(size, (80, 90), 45)
    eye, glint = disc(size, (80, 125), 5), disc(size, (80, 145), 3)
    mask = refine(picture_of((truth & ~eye) | glint), soft_of(disc(size, (80, 90), 38), 14))
    assert mask is not None
    assert mask[eye].min() > 0.95
    assert mask[disc(size, (80, 145), 2)].max() < 0.05


def test_the_edge_is_feathered_by_a_pixel() -> None:
    truth = disc((160, 200), (80, 100), 45)
    mask = refine(picture_of(truth), soft_of(truth, 8))
    assert mask is not None
    # A row through the centre: full inside, empty outside, and a few values between, falling.
    edge = mask[80, 138:153]
    assert (np.diff(edge) <= 1e-6).all()
    assert edge[0] == pytest.approx(1, abs=1e-3) and edge[-1] == pytest.approx(0, abs=1e-3)
    assert 2 <= ((edge > 0.05) & (edge < 0.95)).sum() <= 4


def test_an_object_that_the_mask_misses_is_left_out() -> None:
    one, other = disc((200, 300), (100, 70), 40), disc((200, 300), (100, 230), 40)
    mask = refine(picture_of(one | other), soft_of(one, 8))
    assert mask is not None
    assert overlap(mask >= 0.5, one) > 0.95
    assert mask[other].max() < 0.5


def test_an_object_at_the_border_stays_at_the_border() -> None:
    truth = disc((150, 200), (0, 0), 80)
    mask = refine(picture_of(truth), soft_of(disc((150, 200), (0, 0), 72), 8))
    assert mask is not None
    assert overlap(mask >= 0.5, truth) > 0.95
    assert mask[0, 0] == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("value", [0.0, 0.05, 0.5])
def test_a_mask_without_a_sure_place_is_not_refined(value: float) -> None:
    assert refine(picture_of(disc((80, 90), (40, 45), 20)), np.full((80, 90), value, np.float32)) is None


def test_a_mask_of_the_whole_picture_is_not_refined() -> None:
    assert refine(picture_of(disc((80, 90), (40, 45), 20)), np.ones((80, 90), np.float32)) is None


@pytest.mark.parametrize("number", [1, 2, 4])
def test_a_few_sure_pixels_are_an_object_or_none(number: int) -> None:
    """Never a mask that is nowhere at least 0.5."""
    soft = np.zeros((60, 70), np.float32)
    soft[30, 35 : 35 + number] = 1
    mask = refine(picture_of(soft > 0), soft)
    assert mask is None or mask.max() >= 0.5


@pytest.mark.parametrize("level", [0, 127, 255])
def test_a_flat_picture_has_no_edges_to_follow(level: int) -> None:
    soft = soft_of(disc((120, 160), (60, 80), 30), 8)
    assert refine(np.full((120, 160, 3), level, np.uint8), soft) is None


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**16), height=st.integers(16, 70), width=st.integers(16, 70))
def test_a_picture_of_noise_breaks_nothing(seed: int, height: int, width: int) -> None:
    rng = np.random.default_rng(seed)
    soft = cv2.GaussianBlur(rng.random((height, width)).astype(np.float32) ** 8, (0, 0), 3)
    soft /= soft.max()
    mask = refine(rng.integers(0, 256, (height, width, 3), np.uint8), soft)
    if mask is not None:
        inside = mask >= 0.5
        assert inside.any() and not inside.all()
        assert soft[inside].sum() >= 0.25 * soft.sum()


def test_the_same_whatever_the_generator_did_before_and_in_any_thread() -> None:
    truth = disc((120, 150), (60, 70), 35)
    # Grain as strong as the contrast, so that the start of the colour models matters.
    rng = np.random.default_rng(4)
    pixels = np.clip(np.where(truth[..., None], 150, 110) + rng.normal(0, 40, (120, 150, 3)), 0, 255).astype(np.uint8)
    soft = soft_of(disc((120, 150), (64, 74), 30), 8)
    found = []

    def once(seed: int) -> None:
        cv2.setRNGSeed(seed)
        found.append(refine(pixels, soft))

    once(1)
    once(99)
    threads = [threading.Thread(target=once, args=(seed,)) for seed in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 5 and found[0] is not None
    for other in found[1:]:
        np.testing.assert_array_equal(found[0], other)


def test_the_pictures_are_left_as_they_were() -> None:
    truth = disc((100, 120), (50, 60), 30)
    pixels, soft = picture_of(truth), soft_of(truth, 6)
    before = pixels.copy(), soft.copy()
    pixels.flags.writeable = soft.flags.writeable = False
    assert refine(pixels, soft) is not None
    np.testing.assert_array_equal(pixels, before[0])
    np.testing.assert_array_equal(soft, before[1])


def test_specks_go_and_large_parts_stay() -> None:
    inside = np.zeros((60, 80), bool)
    inside[5:25, 5:25] = True  # 400
    inside[40:50, 40:50] = True  # 100: a quarter of it
    inside[2:4, 70:75] = True  # 10
    expected = inside.copy()
    expected[2:4, 70:75] = False
    np.testing.assert_array_equal(without_specks(inside), expected)
    np.testing.assert_array_equal(without_specks(expected), expected)


def test_a_mask_of_one_part_or_none_has_no_specks() -> None:
    one = disc((20, 20), (10, 10), 2)
    np.testing.assert_array_equal(without_specks(one), one)
    assert not without_specks(np.zeros((5, 5), bool)).any()


def test_small_holes_are_filled_and_large_ones_stay() -> None:
    inside = np.zeros((60, 80), bool)
    inside[5:55, 5:75] = True  # 3500
    whole = inside.copy()
    inside[10:13, 10:13] = False  # an eye
    inside[20:45, 30:55] = False  # the gap between two arms
    expected = inside.copy()
    expected[10:13, 10:13] = True
    np.testing.assert_array_equal(without_holes(inside), expected)
    np.testing.assert_array_equal(without_holes(whole), whole)


def test_a_bay_that_is_open_to_the_outside_is_no_hole() -> None:
    inside = np.zeros((30, 40), bool)
    inside[5:25, 5:35] = True
    inside[5:8, 20:22] = False
    np.testing.assert_array_equal(without_holes(inside), inside)
    np.testing.assert_array_equal(without_holes(np.zeros((3, 3), bool)), np.zeros((3, 3), bool))

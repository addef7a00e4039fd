"""Soft masks cut along the edges of pictures whose shapes are known."""

import threading

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eyecandy.detection.find.masks import halved, tidy, without_holes, without_specks
from eyecandy.detection.find.refinements.grabcut import grabcut
from eyecandy.detection.find.refinements.none import halves


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


# Where a spread mask is cut


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 999), scale=st.floats(1e-3, 1e3), shift=st.floats(-5, 5))
def test_thing_and_ground_part_at_a_half(seed: int, scale: float, shift: float) -> None:
    """Two levels with grain, wherever they lie: Otsu's threshold is between them."""
    rng = np.random.default_rng(seed)
    truth = disc((30, 40), (14, 18), rng.integers(6, 12))
    spread = scale * (truth + 0.1 * rng.normal(size=truth.shape)) + shift
    found = halved(spread)
    assert found.shape == truth.shape and found.min() == 0 and found.max() == 1
    assert ((found > 0.5) == truth).mean() > 0.98
    order = np.argsort(spread.ravel())
    assert (np.diff(found.ravel()[order]) >= 0).all()  # only scaled: what was higher is not lower


def test_it_is_otsus_threshold_that_lies_at_a_half() -> None:
    spread = np.concatenate([np.linspace(0, 0.3, 300), np.linspace(0.62, 1, 100)]).reshape(20, 20)
    low, high = np.percentile(spread, (5, 99))
    scaled = np.clip((spread - low) / (high - low), 0, 1)
    between = []  # the variance between the two sides of each threshold
    values = np.unique(np.rint(255 * scaled))
    for value in values[:-1]:
        side = np.rint(255 * scaled) <= value
        between.append(side.mean() * (~side).mean() * (scaled[side].mean() - scaled[~side].mean()) ** 2)
    expected = np.rint(255 * scaled) > values[int(np.argmax(between))]
    np.testing.assert_array_equal(halved(spread) > 0.5, expected)


def test_a_flat_mask_is_nowhere_a_thing() -> None:
    found = halved(np.full((8, 9), 0.7))
    assert np.isfinite(found).all() and found.max() < 0.5


# Along edges


@settings(max_examples=10, deadline=None)
@given(
    radius=st.integers(25, 45),
    shift=st.tuples(st.integers(-2, 2), st.integers(-2, 2)),
    sigma=st.floats(7, 9),
    seed=st.integers(0, 9),
)
def test_a_sloppy_mask_of_a_disc_becomes_the_disc(radius: int, shift: tuple[int, int], sigma: float, seed: int) -> None:
    size, centre = (130, 170), (65, 80)
    truth = disc(size, centre, radius)
    soft = soft_of(disc(size, (centre[0] + shift[0], centre[1] + shift[1]), radius), sigma)
    (sloppy,), (sharp,) = (way(picture_of(truth, seed), soft[None]) for way in (halves, grabcut))
    assert sharp.dtype == bool and sharp.shape == size
    assert overlap(sloppy, truth) < overlap(sharp, truth) and overlap(sharp, truth) > 0.97


def test_an_eye_belongs_to_the_object_and_a_glint_beside_it_does_not() -> None:
    size = (160, 200)
    truth = disc(size, (80, 90), 45)
    eye, glint = disc(size, (80, 105), 4), disc(size, (80, 160), 3)
    (found,) = grabcut(picture_of((truth & ~eye) | glint), soft_of(disc(size, (80, 90), 44), 8)[None])
    found = tidy(found)
    assert found[eye].all() and not found[glint].any()
    assert overlap(found, truth) > 0.97


def test_an_object_that_the_mask_misses_is_left_out() -> None:
    one, other = disc((200, 300), (100, 70), 40), disc((200, 300), (100, 230), 40)
    (found,) = grabcut(picture_of(one | other), soft_of(one, 8)[None])
    assert overlap(found, one) > 0.97 and not found[other].any()


def test_an_object_at_the_border_stays_at_the_border() -> None:
    truth = disc((150, 200), (0, 0), 80)
    (found,) = grabcut(picture_of(truth), soft_of(disc((150, 200), (0, 0), 79), 8)[None])
    assert overlap(found, truth) > 0.97 and found[0, 0]


@pytest.mark.parametrize("way", [grabcut, halves])
@pytest.mark.parametrize("seed", range(4))
def test_no_pixel_is_in_two_things(way: object, seed: int) -> None:
    """Masks that overlap, on a picture in which nothing parts them."""
    rng = np.random.default_rng(seed)
    size = (90, 120)
    soft = np.stack([soft_of(disc(size, (45, 30 + 20 * k), 26), 6) * rng.uniform(0.7, 1) for k in range(4)])
    pixels = rng.integers(0, 256, (*size, 3), np.uint8)
    found = way(pixels, soft.astype(np.float32))  # type: ignore[operator]
    assert found.shape == (4, *size) and found.dtype == bool
    assert found.sum(0).max() == 1
    assert found.any()


def test_neighbours_share_out_along_the_edge_between_them() -> None:
    size = (100, 160)
    left = np.zeros(size, bool)
    left[20:80, 20:78] = True
    right = np.zeros(size, bool)
    right[20:80, 78:140] = True
    pixels = np.full((*size, 3), 127, np.uint8)
    pixels[left], pixels[right] = (220, 40, 30), (30, 60, 220)
    soft = np.stack([soft_of(left, 7), soft_of(right, 7)])
    for found, truth in zip(grabcut(pixels, soft), (left, right), strict=True):
        assert overlap(found, truth) > 0.97


def test_cut_at_a_half_whatever_the_picture_shows() -> None:
    soft = np.random.default_rng(0).random((1, 20, 30)).astype(np.float32)
    (found,) = halves(np.zeros((20, 30, 3), np.uint8), soft)
    np.testing.assert_array_equal(found, soft[0] > 0.5)


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_a_mask_with_one_side_only_is_cut_at_a_half(value: float) -> None:
    """GrabCut has no colours of the other side to go by."""
    (found,) = grabcut(picture_of(disc((80, 90), (40, 45), 20)), np.full((1, 80, 90), value, np.float32))
    assert (found == (value > 0.5)).all()


@pytest.mark.parametrize("number", [1, 2, 4])
def test_a_few_pixels_break_nothing(number: int) -> None:
    soft = np.zeros((1, 60, 70), np.float32)
    soft[0, 30, 35 : 35 + number] = 1
    (found,) = grabcut(picture_of(soft[0] > 0), soft)
    assert found[soft[0] > 0].all() and found.sum() <= 2 * number


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**16), height=st.integers(16, 70), width=st.integers(16, 70))
def test_a_picture_of_noise_breaks_nothing(seed: int, height: int, width: int) -> None:
    rng = np.random.default_rng(seed)
    soft = cv2.GaussianBlur(rng.random((height, width)).astype(np.float32) ** 8, (0, 0), 3)
    soft /= soft.max()
    (found,) = grabcut(rng.integers(0, 256, (height, width, 3), np.uint8), soft[None])
    assert found[soft > 0.85].all() and not found[soft < 0.25].any()


def test_the_same_whatever_the_generator_did_before_and_in_any_thread() -> None:
    truth = disc((120, 150), (60, 70), 35)
    # Grain as strong as the contrast, so that the start of the colour models matters.
    rng = np.random.default_rng(4)
    pixels = np.clip(np.where(truth[..., None], 150, 110) + rng.normal(0, 40, (120, 150, 3)), 0, 255).astype(np.uint8)
    soft = soft_of(disc((120, 150), (64, 74), 30), 8)[None]
    found = []

    def once(seed: int) -> None:
        cv2.setRNGSeed(seed)
        found.append(grabcut(pixels, soft))

    once(1)
    once(99)
    threads = [threading.Thread(target=once, args=(seed,)) for seed in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 5 and found[0].any()
    for other in found[1:]:
        np.testing.assert_array_equal(found[0], other)


def test_the_pictures_are_left_as_they_were() -> None:
    truth = disc((100, 120), (50, 60), 30)
    pixels, soft = picture_of(truth), soft_of(truth, 6)[None]
    before = pixels.copy(), soft.copy()
    pixels.flags.writeable = soft.flags.writeable = False
    assert grabcut(pixels, soft).any()
    np.testing.assert_array_equal(pixels, before[0])
    np.testing.assert_array_equal(soft, before[1])


# Specks and holes


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

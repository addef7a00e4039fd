"""The size that fits, and pixels at another size."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import UPRIGHT, close

from eyecandy.errors import EyecandyError
from eyecandy.images import fit, resize

sides = st.integers(1, 20_000)


@given(st.tuples(sides, sides), st.integers(1, 4000), st.integers(1, 64), st.booleans())
def test_fit_is_the_nearest_multiple_of_the_exact_size(size, longest, multiple, enlarge):
    scale = Fraction(longest, max(size))
    if not enlarge:
        scale = min(scale, Fraction(1))
    for side, fitted in zip(size, fit(size, longest, multiple, enlarge), strict=True):
        assert fitted % multiple == 0
        assert fitted == multiple or abs(fitted - side * scale) <= Fraction(multiple, 2)
        assert fitted >= multiple


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (((4000, 3000), 448), (448, 336)),
        (((3000, 4000), 448, 32), (352, 448)),  # 336 lies between 320 and 352: halves go up
        (((100, 50), 448), (100, 50)),
        (((100, 50), 448, 1, True), (448, 224)),
        (((1, 4000), 448, 32), (32, 448)),
        (((12000, 1), 448), (448, 1)),
    ],
)
def test_fit_examples(arguments, expected):
    assert fit(*arguments) == expected


@pytest.mark.parametrize("arguments", [((0, 5), 448), ((5, 5), 0), ((5, 5), 5, 0)])
def test_fit_refuses_what_is_below_one(arguments):
    with pytest.raises(EyecandyError, match="at least 1"):
        fit(*arguments)


def test_shrinking_leaves_no_aliases():
    columns = np.arange(1024)
    stripes = np.where(columns % 2 == 0, 255, 0).astype(np.uint8)  # the finest pattern there is
    for factor in (2, 3.2, 7):
        small = resize(np.tile(stripes, (64, 1)), (round(1024 / factor), 32))
        close(small[:, 4:-4], np.full_like(small[:, 4:-4], 127), 8)


def test_resizing_keeps_a_ramp_a_ramp_and_flat_flat():
    ramp = np.tile(np.linspace(20, 220, 200), (50, 1)).round().astype(np.uint8)
    for width in (50, 100, 400):
        centres = (np.arange(width) + 0.5) * 200 / width - 0.5
        resized = resize(ramp, (width, 50))
        close(resized[:, width // 20 : -width // 20], np.round(20 + centres / 199 * 200)[width // 20 : -width // 20])
    flat = resize(np.full((33, 57, 3), (9, 130, 250), np.uint8), (640, 11))
    assert flat.shape == (11, 640, 3)
    assert (flat == (9, 130, 250)).all()


def test_transparent_pixels_lend_no_colour_when_resized():
    pixels = np.zeros((8, 8, 4), np.uint8)
    pixels[:, :4] = (255, 255, 255, 255)
    pixels[:, 4:] = (255, 0, 0, 0)
    small = resize(pixels, (3, 3))
    seen = small[small[:, :, 3] > 0]
    assert len(seen) > 0
    close(seen[:, :3], np.full((len(seen), 3), 255), 2)


def test_resize_refuses_other_arrays_and_sizes():
    with pytest.raises(EyecandyError, match="float64"):
        resize(np.zeros((4, 4)), (2, 2))
    with pytest.raises(EyecandyError, match="0 x 2"):
        resize(UPRIGHT, (0, 2))

"""Masks as arrays."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from eyecandy.detection.arrays import MaskStack, normalise, resize_mask, resize_masks

SMALL = arrays.array_shapes(min_dims=3, max_dims=3, max_side=6)
VALUES = st.just(0.0) | st.floats(2.0**-20, 2.0**20, width=32)


@settings(max_examples=50, deadline=None)
@given(masks=arrays.arrays(np.float32, SMALL, elements=VALUES))
def test_each_mask_reaches_one_or_is_empty(masks: np.ndarray) -> None:
    before = masks.copy()
    found = normalise(masks)
    assert found.dtype == np.float32 and found.shape == masks.shape
    for mask, normal in zip(masks, found, strict=True):
        if mask.any():
            assert normal.max() == 1
            np.testing.assert_allclose(normal.astype(np.float64) * mask.max(), mask, rtol=1e-5)
        else:
            assert not normal.any()
    np.testing.assert_array_equal(masks, before)


def test_one_empty_mask_among_others_stays_empty() -> None:
    masks = np.zeros((3, 4, 5), np.float32)
    masks[0, 1, 2], masks[2] = 4, 0.5
    masks[2, 0, 0] = 2
    found = normalise(masks)
    assert found[0].sum() == 1 and found[0, 1, 2] == 1
    assert not found[1].any()
    assert found[2, 0, 0] == 1 and found[2, 3, 4] == 0.25


def test_one_mask_without_a_stack() -> None:
    np.testing.assert_array_equal(normalise(np.array([[1.0, 4.0]])), [[0.25, 1.0]])


def test_integers_become_shares_and_do_not_wrap() -> None:
    found = normalise(np.array([[[0, 100, 200]]], np.uint8))
    np.testing.assert_array_equal(found, [[[0, 0.5, 1]]])
    assert found.dtype == np.float32


def test_a_mask_shrunk_by_a_whole_factor_is_averaged() -> None:
    mask = np.random.default_rng(0).random((12, 20)).astype(np.float32)
    expected = mask.reshape(4, 3, 5, 4).mean((1, 3))
    np.testing.assert_allclose(resize_mask(mask, (5, 4)), expected, rtol=1e-5)


def test_a_mask_enlarged_is_interpolated_between_the_centres_of_its_cells() -> None:
    ramp = np.tile(np.arange(4, dtype=np.float32), (3, 1))
    found = resize_mask(ramp, (16, 3))
    expected = np.clip((np.arange(16) + 0.5) / 4 - 0.5, 0, 3)
    np.testing.assert_allclose(found, np.tile(expected, (3, 1)), atol=1e-5)


@settings(max_examples=50, deadline=None)
@given(
    masks=arrays.arrays(np.float32, SMALL, elements=st.floats(0, 1, width=32)),
    width=st.integers(1, 15),
    height=st.integers(1, 15),
)
def test_a_stack_gives_what_resizing_all_at_once_gives(masks: np.ndarray, width: int, height: int) -> None:
    eager = resize_masks(masks, (width, height))
    stack = MaskStack(masks, (width, height))
    assert stack.shape == eager.shape == (len(masks), height, width)
    assert stack.ndim == eager.ndim and stack.dtype == eager.dtype and len(stack) == len(eager)
    np.testing.assert_array_equal(np.asarray(stack), eager)
    np.testing.assert_array_equal(list(stack), eager)
    np.testing.assert_array_equal(np.stack([stack[i] for i in range(len(stack))]), eager)
    np.testing.assert_array_equal(stack[-1], eager[-1])
    np.testing.assert_array_equal(np.asarray(stack[1:]), eager[1:])
    assert eager.min() >= masks.min() - 1e-6 and eager.max() <= masks.max() + 1e-6


def test_a_stack_is_signed_where_its_masks_are() -> None:
    stack = MaskStack(np.array([[[-1.0, 1.0]]], np.float32), (8, 2))
    assert stack[0][0, 0] == -1 and stack[0][1, 7] == 1
    assert np.asarray(stack, np.float64).dtype == np.float64


def test_an_array_made_of_a_stack_is_its_own() -> None:
    small = np.zeros((1, 2, 2), np.float32)
    np.array(MaskStack(small, (2, 2)))[:] = 7
    assert not small.any()


def test_a_stack_ends_where_its_masks_end() -> None:
    stack = MaskStack(np.zeros((2, 2, 2), np.float32), (4, 4))
    with pytest.raises(IndexError):
        stack[2]
    assert "(2, 4, 4)" in repr(stack)


@pytest.mark.parametrize("give", [lambda s: s[0], lambda s: next(iter(s)), np.asarray, lambda s: s[:1].small])
def test_what_a_stack_gives_cannot_change_it(give: Callable[[MaskStack], np.ndarray]) -> None:
    stack = MaskStack(np.zeros((1, 2, 2), np.float32), (2, 2))  # of the photo's own size: nothing is copied
    with pytest.raises(ValueError, match="read-only"):
        give(stack)[0, 0] = 7
    assert not np.asarray(stack).any()

"""Eigen-masks of synthetic class masks, whose components are known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eyecandy.detection.find.eigenmasks import VARIANCE, EigenMasks, decompose
from eyecandy.errors import EyecandyError

LEFT, RIGHT, TOP = np.s_[2:10, 1:7], np.s_[2:10, 9:15], np.s_[0:2, 4:12]  # in cells of 8 pixels
GRID = (12, 16)


def shape(place: tuple[slice, slice]) -> np.ndarray:
    mask = np.zeros(GRID, np.float32)
    mask[place] = 1
    return mask


def masks_of(*cells: np.ndarray) -> np.ndarray:
    return np.kron(np.stack(cells), np.ones((8, 8), np.float32))


def two_shapes(grain: float = 0.0) -> np.ndarray:
    """Ten class masks of two disjoint shapes, each class a little different."""
    rng = np.random.default_rng(0)
    cells = [shape(LEFT) + grain * rng.random(GRID) for _ in range(5)]
    cells += [shape(RIGHT) + grain * rng.random(GRID) for _ in range(5)]
    return masks_of(*(cell.astype(np.float32) for cell in cells))


def test_the_first_component_separates_two_shapes_by_sign() -> None:
    found = decompose(two_shapes(grain=0.05))
    first = found.components[0]
    assert first.shape == GRID  # a cell is 8 x 8 pixels
    assert np.abs(first).max() == 1
    inner_left, inner_right = first[4:8, 3:5], first[4:8, 11:13]
    assert (np.sign(inner_left) == np.sign(inner_left[0, 0])).all()
    assert (np.sign(inner_right) == -np.sign(inner_left[0, 0])).all()
    assert min(np.abs(inner_left).min(), np.abs(inner_right).min()) > 0.8
    assert found.explained_variance_ratio[0] > 0.9


def test_two_families_of_equal_masks_are_one_component_and_its_closed_form() -> None:
    """Of five masks a and five b, the one direction is a - b, and it explains everything."""
    found = decompose(two_shapes())
    assert len(found.components) == 1
    assert found.explained_variance_ratio == pytest.approx([1.0])
    first = found.components[0]
    assert first[5, 3] == -first[5, 12]
    np.testing.assert_allclose(first, -first[:, ::-1], atol=1e-5)  # the two shapes are mirror images
    np.testing.assert_allclose(np.abs(first[4:8, 3:5]), 1, atol=0.01)
    assert np.abs(first[:, 7:9]).max() < 0.25  # the blur's overlap, and nothing else, between them


def test_the_parts_are_the_two_shapes() -> None:
    parts = list(decompose(two_shapes()).parts())
    assert {(index, sign) for index, sign, _ in parts} == {(0, 1), (0, -1)}
    for _, _, part in parts:
        assert part.min() == 0 and part.max() == 1
    on_left = [part[LEFT].sum() / part.sum() for _, _, part in parts]
    assert max(on_left) > 0.75 and min(on_left) < 0.01  # the rest is the blur's margin
    (_, plus, positive), (_, minus, negative) = parts
    assert not (positive * negative).any()
    component = decompose(two_shapes()).components[0]
    np.testing.assert_allclose(plus * positive + minus * negative, component, atol=1e-6)


def test_an_empty_part_is_no_part() -> None:
    component = np.array([[[0.0, 0.5, 1.0]], [[-1.0, 0.0, 0.0]]], np.float32)
    parts = list(EigenMasks(component, np.array([0.7, 0.3])).parts())
    assert [(index, sign) for index, sign, _ in parts] == [(0, 1), (1, -1)]
    np.testing.assert_array_equal(parts[0][2], [[0, 0.5, 1]])
    np.testing.assert_array_equal(parts[1][2], [[1, 0, 0]])


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000), number=st.integers(2, 12))
def test_variance_falls_sums_to_one_and_components_are_orthogonal(seed: int, number: int) -> None:
    masks = np.random.default_rng(seed).random((number, 64, 80)).astype(np.float32)
    found = decompose(masks, components=number)
    ratio = found.explained_variance_ratio
    # N centred samples have N - 1 directions.
    assert len(ratio) == len(found.components) == number - 1
    assert ratio.sum() == pytest.approx(1, abs=1e-5)
    assert (np.diff(ratio) <= 0).all()
    flat = found.components.reshape(len(ratio), -1)
    flat = flat / np.linalg.norm(flat, axis=1, keepdims=True)
    np.testing.assert_allclose(flat @ flat.T, np.eye(len(ratio)), atol=1e-3)
    np.testing.assert_allclose(np.abs(found.components).max((1, 2)), 1, rtol=1e-6)


@pytest.mark.parametrize("components", [1, 2, 5])
@pytest.mark.parametrize("decomposition", ["pca", "nmf"])
def test_a_fixed_number_of_components(decomposition: str, components: int) -> None:
    masks = np.random.default_rng(1).random((8, 96, 96)).astype(np.float32)
    found = decompose(masks, components=components, decomposition=decomposition)
    assert len(found.components) == len(found.explained_variance_ratio) == components


def test_a_smaller_number_gives_the_first_of_the_larger() -> None:
    masks = np.random.default_rng(1).random((8, 96, 96)).astype(np.float32)
    few, many = decompose(masks, components=2), decompose(masks, components=6)
    np.testing.assert_array_equal(few.components, many.components[:2])
    np.testing.assert_array_equal(few.explained_variance_ratio, many.explained_variance_ratio[:2])


@pytest.mark.parametrize("seed", range(4))
def test_by_default_as_few_as_explain_95_percent(seed: int) -> None:
    rng = np.random.default_rng(seed)
    strengths = rng.random((14, 3)) * [1.0, 0.5, 0.1]
    cells = np.tensordot(strengths, np.stack([shape(LEFT), shape(RIGHT), shape(TOP)]), 1)
    masks = masks_of(*(cells + 0.02 * rng.random(cells.shape)).astype(np.float32))
    everything = decompose(masks, components=14).explained_variance_ratio
    kept = len(decompose(masks).components)
    assert everything[:kept].sum() >= VARIANCE > everything[: kept - 1].sum()
    assert 1 <= kept < len(everything)


@pytest.mark.parametrize("decomposition", ["pca", "nmf"])
@pytest.mark.parametrize("value", [0.0, 0.3, 1.0])
def test_equal_masks_have_no_eigenmasks(decomposition: str, value: float) -> None:
    mask = value * np.random.default_rng(2).random((64, 48)).astype(np.float32)
    for equal in (np.full((6, 64, 48), value, np.float32), np.stack([mask] * 7)):
        found = decompose(equal, decomposition=decomposition)
        assert found.components.shape == (0, 8, 6) and found.explained_variance_ratio.shape == (0,)
        assert list(found.parts()) == []


@pytest.mark.parametrize("decomposition", ["pca", "nmf"])
def test_one_mask_is_its_own_component(decomposition: str) -> None:
    found = decompose(masks_of(shape(LEFT)), decomposition=decomposition)
    ((index, sign, part),) = found.parts()
    assert (index, sign, found.explained_variance_ratio.tolist()) == (0, 1, [1.0])
    assert part[LEFT].min() > 0.3 and part[4:8, 3:5].min() > 0.9 and part[:, 9:].max() < 0.01
    empty = decompose(np.zeros((1, 64, 48), np.float32), decomposition=decomposition)
    assert empty.components.shape == (0, 8, 6) and list(empty.parts()) == []


def test_nmf_finds_each_shape_as_a_part_of_its_own() -> None:
    found = decompose(two_shapes(grain=0.02), decomposition="nmf", components=2)
    assert found.components.min() >= 0
    assert all(sign == 1 for _, sign, _ in found.parts())
    shares = [[component[place].sum() / component.sum() for component in found.components] for place in (LEFT, RIGHT)]
    # Each component is one shape: the rest of its sum is the margin of the blur, and the grain.
    assert sorted(int(np.argmax(share)) for share in shares) == [0, 1]
    assert min(max(share) for share in shares) > 0.65 and max(min(share) for share in shares) < 0.1


def test_nmf_variance_falls_and_stays_within_the_whole_for_disjoint_parts() -> None:
    cells = [shape(LEFT)] * 5 + [shape(RIGHT)] * 3 + [shape(RIGHT) + shape(LEFT)]
    found = decompose(masks_of(*cells), decomposition="nmf", components=2)
    ratio = found.explained_variance_ratio
    assert ratio[0] >= ratio[1] > 0
    assert ratio.sum() == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("decomposition", ["pca", "nmf"])
def test_two_runs_give_the_same_bytes(decomposition: str) -> None:
    masks = np.random.default_rng(5).random((9, 64, 64)).astype(np.float32)
    first, second = (decompose(masks, decomposition=decomposition) for _ in range(2))
    assert first.components.tobytes() == second.components.tobytes()
    assert first.explained_variance_ratio.tobytes() == second.explained_variance_ratio.tobytes()


def test_masks_smaller_than_a_cell_and_of_odd_sizes() -> None:
    rng = np.random.default_rng(0)
    # In one cell, masks that each reach 1 are equal.
    assert decompose(rng.random((4, 5, 6), np.float32)).components.shape == (0, 1, 1)
    assert decompose(rng.random((4, 37, 61), np.float32), components=2).components.shape == (2, 4, 7)


@pytest.mark.parametrize("components", [0, -1, 5])
def test_a_number_of_components_out_of_range(components: int) -> None:
    with pytest.raises(EyecandyError, match=f"components must be 1 to 4, .*, got {components}"):
        decompose(np.zeros((4, 16, 16), np.float32), components=components)


def test_an_unknown_decomposition() -> None:
    with pytest.raises(EyecandyError, match="'ica'; the decompositions are pca, nmf"):
        decompose(np.zeros((4, 16, 16), np.float32), decomposition="ica")

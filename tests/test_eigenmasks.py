"""Eigen-masks of synthetic class masks, whose components are known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eyecandy.detection.find.decompositions import DECOMPOSITIONS
from eyecandy.detection.find.decompositions.pca import CROWD_MOST, CROWD_VARIANCE, MOST, VARIANCE
from eyecandy.detection.find.decompositions.varimax import rotation
from eyecandy.detection.find.eigenmasks import FAINT, EigenMasks, class_masks, decompose
from eyecandy.errors import EyecandyError

GRID = (24, 32)
TURNED = ("pca", "varimax", "nmf")


def disc(row: int, column: int, radius: float) -> np.ndarray:
    y, x = np.mgrid[: GRID[0], : GRID[1]]
    return ((y - row) ** 2 + (x - column) ** 2 <= radius**2).astype(np.float32)


LEFT, RIGHT, TOP = disc(13, 8, 5), disc(13, 23, 5), disc(2, 16, 2)


def two_discs(grain: float = 0.0, left: int = 5, right: int = 5) -> np.ndarray:
    """Ten class masks of two disjoint discs, each class a little different."""
    rng = np.random.default_rng(0)
    masks = [LEFT + grain * rng.random(GRID) for _ in range(left)]
    masks += [RIGHT + grain * rng.random(GRID) for _ in range(right)]
    return np.stack(masks).astype(np.float32)


# Two discs in each way


def test_pca_of_two_equal_families_is_their_difference_and_their_sum() -> None:
    """Of five masks a and five b: a - b, and a + b which is nearly all of the rest."""
    found = decompose(two_discs(), components=2)
    first, second = found.components
    first = first * np.sign(first[13, 8])
    np.testing.assert_allclose(first, LEFT - RIGHT, atol=1e-5)
    assert np.ptp(second[(LEFT + RIGHT) > 0]) == pytest.approx(0, abs=1e-5)
    # With share s of the cells in each disc: variances 2 s / 2 (of a - b) and 2 s (1 - 2 s) / 2 (of a + b).
    share = LEFT.mean()
    expected = np.array([1, 1 - 2 * share])
    np.testing.assert_allclose(found.explained_variance_ratio, expected / expected.sum(), rtol=1e-4)


@pytest.mark.parametrize("decomposition", ["varimax", "nmf"])
def test_each_disc_is_a_component_of_its_own(decomposition: str) -> None:
    found = decompose(two_discs(grain=0.02, right=3), decomposition=decomposition, components=2)
    assert len(found.components) == 2
    for component, mine, other in zip(found.components, (LEFT, RIGHT), (RIGHT, LEFT), strict=True):
        assert component[mine > 0].min() > 0.9
        ground = component[(mine + other) == 0]
        assert np.abs(component[other > 0].mean() - ground.mean()) < 0.1  # the other disc is ground to it


def test_varimax_separates_what_pca_mixes() -> None:
    def mixed(decomposition: str) -> list[float]:
        """How much of each component is the disc that it has less of."""
        found = decompose(two_discs(grain=0.02), decomposition=decomposition, components=2)
        means = [
            [abs(c[d > 0].mean() - c[(LEFT + RIGHT) == 0].mean()) for d in (LEFT, RIGHT)] for c in found.components
        ]
        return [min(pair) / max(pair) for pair in means]

    assert max(mixed("varimax")) < 0.1 < 0.5 < min(mixed("pca"))


def test_none_gives_the_masks_as_they_are_the_most_varied_first() -> None:
    masks = np.stack([0.5 * LEFT, RIGHT, 0.2 * TOP])
    found = decompose(masks, decomposition="none")
    np.testing.assert_allclose(found.components, np.stack([RIGHT, LEFT, TOP]), atol=1e-6)
    np.testing.assert_allclose(found.amplitudes, [1, 0.5, 0.2])
    variances = masks.reshape(3, -1).var(1)
    np.testing.assert_allclose(found.explained_variance_ratio, np.sort(variances)[::-1] / variances.sum(), rtol=1e-6)


def test_a_mask_counts_by_its_size() -> None:
    """What is a tenth as strong is no more than a hundredth of the variance."""
    found = decompose(np.stack([LEFT, LEFT, 0.1 * RIGHT, 0.1 * RIGHT]), components=2)
    assert found.explained_variance_ratio[0] > 0.98
    assert np.abs(found.components[0])[RIGHT > 0].max() < 0.2


# Parts


@pytest.mark.parametrize("decomposition", DECOMPOSITIONS)
def test_the_parts_lie_on_the_two_discs(decomposition: str) -> None:
    parts = list(decompose(two_discs(grain=0.02), decomposition=decomposition).parts())
    on = {name: [p for p in parts if p.mask[disc_ > 0].mean() > 0.7] for name, disc_ in (("l", LEFT), ("r", RIGHT))}
    assert on["l"] and on["r"]
    for part in parts:
        assert part.mask.shape == GRID and part.mask.min() == 0 and part.mask.max() == 1
        assert part.sign in (1, -1) and 0 < part.strength <= 1 and part.faint == (part.strength <= FAINT)
    assert max(part.strength for part in parts) == 1


def test_both_sides_of_a_component_are_parts() -> None:
    found = decompose(two_discs(), components=1)
    plus, minus = found.parts()
    assert (plus.component, plus.sign, minus.component, minus.sign) == (0, 1, 0, -1)
    np.testing.assert_allclose(
        sorted([plus.mask.tolist(), minus.mask.tolist()]), sorted([LEFT.tolist(), RIGHT.tolist()])
    )
    assert not (plus.mask * minus.mask).any()


def test_a_part_is_what_lies_above_the_median() -> None:
    component = np.array([[0.2, 0.2, 0.2, 0.6, 1.0], [0.2, 0.2, 0.2, 0.2, 0.1]], np.float32)
    (part,) = EigenMasks(component[None], np.ones(1), np.ones(1)).parts()
    np.testing.assert_allclose(part.mask, [[0, 0, 0, 0.5, 1], [0, 0, 0, 0, 0]], atol=1e-6)
    assert part[:2] == (0, 1)


def test_a_median_below_nothing_is_no_floor() -> None:
    """The other side of a component whose ground is negative is measured from 0, not from below."""
    component = np.array([[-0.5, -0.5, -0.5, 1.0, -1.0]], np.float32)
    plus, minus = EigenMasks(component[None], np.ones(1), np.ones(1)).parts()
    np.testing.assert_allclose(plus.mask, [[0, 0, 0, 1, 0]])
    np.testing.assert_allclose(minus.mask, [[0, 0, 0, 0, 1]])
    assert (plus.strength, minus.strength) == (1, pytest.approx(0.5))


def test_a_faint_part_is_known_as_one() -> None:
    components = np.stack([LEFT - 0.5 * RIGHT, TOP - 0.05 * LEFT])
    found = EigenMasks(components, np.array([0.9, 0.1]), np.array([1.0, 0.3]))
    assert [(p.component, p.sign, round(p.strength, 3), p.faint) for p in found.parts()] == [
        (0, 1, 1, False),
        (0, -1, 0.5, False),
        (1, 1, 0.3, False),
        (1, -1, 0.015, True),
    ]


# How many


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000), number=st.integers(2, 12))
def test_variance_falls_sums_to_one_and_components_are_orthogonal(seed: int, number: int) -> None:
    masks = np.random.default_rng(seed).random((number, 24, 30)).astype(np.float32)
    found = decompose(masks, components=number)
    ratio = found.explained_variance_ratio
    assert len(ratio) == len(found.components) == number
    assert ratio.sum() == pytest.approx(1, abs=1e-5)
    assert (np.diff(ratio) <= 0).all()
    flat = found.components.reshape(number, -1)
    np.testing.assert_allclose(flat.mean(1), 0, atol=1e-5)
    flat = flat / np.linalg.norm(flat, axis=1, keepdims=True)
    np.testing.assert_allclose(flat @ flat.T, np.eye(number), atol=1e-3)
    np.testing.assert_allclose(np.abs(found.components).max((1, 2)), 1, rtol=1e-6)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000), number=st.integers(3, 10), count=st.integers(2, 5))
def test_varimax_explains_what_pca_explains(seed: int, number: int, count: int) -> None:
    """A turn moves variance from one component to another, and loses none."""
    masks = np.random.default_rng(seed).random((number, 24, 30)).astype(np.float32)
    count = min(count, number)
    plain, turned = (decompose(masks, components=count, decomposition=name) for name in ("pca", "varimax"))
    assert turned.explained_variance_ratio.sum() == pytest.approx(plain.explained_variance_ratio.sum(), rel=1e-6)
    assert (np.diff(turned.explained_variance_ratio) <= 1e-12).all()
    assert turned.explained_variance_ratio[0] <= plain.explained_variance_ratio[0] + 1e-9


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 1000), classes=st.integers(2, 20), count=st.integers(1, 6))
def test_a_rotation_is_orthogonal_and_makes_loadings_no_more_middling(seed: int, classes: int, count: int) -> None:
    loadings = np.random.default_rng(seed).normal(size=(classes, count))
    turn = rotation(loadings)
    np.testing.assert_allclose(turn @ turn.T, np.eye(count), atol=1e-8)

    def spread(values: np.ndarray) -> float:
        return float((values**2).var(0).sum())

    assert spread(loadings @ turn) >= spread(loadings) - 1e-6


def test_a_rotation_undoes_a_rotation() -> None:
    simple = np.zeros((10, 2))
    simple[:5, 0], simple[5:, 1] = 1, 0.8
    angle = 0.6
    away = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    back = np.abs(simple @ away @ rotation(simple @ away))
    np.testing.assert_allclose(back[:, np.argsort(-back.max(0))], simple, atol=3e-3)


@pytest.mark.parametrize("components", [1, 2, 5])
@pytest.mark.parametrize("decomposition", DECOMPOSITIONS)
def test_a_fixed_number_of_components(decomposition: str, components: int) -> None:
    masks = np.random.default_rng(1).random((8, 24, 24)).astype(np.float32)
    found = decompose(masks, components=components, decomposition=decomposition)
    assert len(found.components) == len(found.explained_variance_ratio) == len(found.amplitudes) == components


@pytest.mark.parametrize("decomposition", ["pca", "none"])
def test_a_smaller_number_gives_the_first_of_the_larger(decomposition: str) -> None:
    masks = np.random.default_rng(1).random((8, 24, 24)).astype(np.float32)
    few, many = (decompose(masks, components=n, decomposition=decomposition) for n in (2, 6))
    np.testing.assert_array_equal(few.components, many.components[:2])
    np.testing.assert_array_equal(few.explained_variance_ratio, many.explained_variance_ratio[:2])


@pytest.mark.parametrize("seed", range(4))
def test_by_default_as_few_as_explain_95_percent(seed: int) -> None:
    rng = np.random.default_rng(seed)
    strengths = rng.random((14, 3)) * [1.0, 0.5, 0.1]
    masks = np.tensordot(strengths, np.stack([LEFT, RIGHT, TOP]), 1)
    masks = (masks + 0.02 * rng.random(masks.shape)).astype(np.float32)
    everything = decompose(masks, components=14).explained_variance_ratio
    kept = len(decompose(masks).components)
    assert everything[:kept].sum() >= VARIANCE > everything[: kept - 1].sum()
    assert 1 <= kept < len(everything)


def test_by_default_never_many() -> None:
    masks = np.random.default_rng(0).random((20, 24, 24)).astype(np.float32)  # none is like another
    assert len(decompose(masks).components) == MOST
    assert len(decompose(masks, components=20).components) == 20


def test_in_a_crowd_each_thing_has_a_component() -> None:
    masks = np.zeros((12, 24, 24), np.float32)
    for i in range(12):  # each class in its own corner, none of much variance
        masks[i, 6 * (i // 4) : 6 * (i // 4) + 6, 6 * (i % 4) : 6 * (i % 4) + 6] = 1 - 0.02 * i
    assert len(decompose(masks).components) == MOST
    kept = decompose(masks, crowded=True)
    assert MOST < len(kept.components) <= CROWD_MOST and kept.explained_variance_ratio.sum() >= CROWD_VARIANCE
    assert len(decompose(masks, crowded=True, components=3).components) == 3


# Nothing, one, and what is refused


@pytest.mark.parametrize("decomposition", DECOMPOSITIONS)
@pytest.mark.parametrize("value", [0.0, 0.3, 1.0])
def test_flat_masks_have_no_eigenmasks(decomposition: str, value: float) -> None:
    found = decompose(np.full((6, *GRID), value, np.float32), decomposition=decomposition)
    assert found.components.shape == (0, *GRID) and found.explained_variance_ratio.shape == (0,)
    assert list(found.parts()) == []


@pytest.mark.parametrize("decomposition", TURNED)
def test_equal_masks_are_one_component(decomposition: str) -> None:
    found = decompose(np.stack([LEFT] * 7), decomposition=decomposition)
    assert found.explained_variance_ratio == pytest.approx([1.0])
    assert max(p.mask[LEFT > 0].min() for p in found.parts()) > 0.99


@pytest.mark.parametrize("decomposition", DECOMPOSITIONS)
def test_one_mask_is_its_own_component(decomposition: str) -> None:
    found = decompose(LEFT[None], decomposition=decomposition)
    (part,) = found.parts()
    assert (part.component, part.sign, part.strength, found.explained_variance_ratio.tolist()) == (0, 1, 1, [1.0])
    np.testing.assert_array_equal(part.mask, LEFT)


def test_nmf_parts_only_add_up() -> None:
    found = decompose(two_discs(grain=0.02), decomposition="nmf")
    assert found.components.min() >= 0
    assert all(part.sign == 1 for part in found.parts())


@pytest.mark.parametrize("decomposition", DECOMPOSITIONS)
def test_two_runs_give_the_same_bytes(decomposition: str) -> None:
    masks = np.random.default_rng(5).random((9, 24, 24)).astype(np.float32)
    first, second = (decompose(masks, decomposition=decomposition) for _ in range(2))
    assert first.components.tobytes() == second.components.tobytes()
    assert first.explained_variance_ratio.tobytes() == second.explained_variance_ratio.tobytes()


@pytest.mark.parametrize("components", [0, -1, 5])
def test_a_number_of_components_out_of_range(components: int) -> None:
    with pytest.raises(EyecandyError, match=f"components must be 1 to 4, .*, got {components}"):
        decompose(np.zeros((4, 16, 16), np.float32), components=components)


def test_an_unknown_decomposition() -> None:
    with pytest.raises(EyecandyError, match="unknown decomposition 'ica'; expected pca, varimax, nmf or none"):
        decompose(np.zeros((4, 16, 16), np.float32), decomposition="ica")


# Class masks


def test_class_masks_reach_one_and_are_smooth() -> None:
    signals = np.random.default_rng(0).random((3, *GRID)).astype(np.float32)
    signals[1] *= 100
    signals[2] = 0
    found = class_masks(signals)
    assert found.shape == signals.shape and found.min() >= 0
    np.testing.assert_allclose(found.max((1, 2)), [1, 1, 0], rtol=1e-6)
    for mask, signal in zip(found[:2], signals, strict=False):
        assert np.abs(np.diff(mask)).max() < 0.2 * np.abs(np.diff(signal / signal.max())).max()
    assert class_masks(signals[:0]).shape == (0, *GRID)

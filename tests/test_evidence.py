"""Evidence and the claims that explain a photo, on class maps made by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from eyecandy.detection.find.evidence import evidence, explain, pooled_profile

CLASSES = 20
GRID = (12, 16)
LEFT, RIGHT = np.s_[3:9, 1:7], np.s_[3:9, 9:15]


def even(row: np.ndarray, grid: tuple[int, int] = (4, 5)) -> np.ndarray:
    """The same logits at every place, so that the blur between places does nothing."""
    return np.tile(np.asarray(row, np.float32), (*grid, 1))


def ground() -> np.ndarray:
    return np.zeros((*GRID, CLASSES), np.float32)


# How far a class's logits stand out where it is: p = e^12 / (e^12 + 19) = 0.9999.
SURE = 12.0


@pytest.mark.parametrize("level", [0, -50, 300])
def test_a_place_that_says_nothing_has_no_evidence(level: float) -> None:
    np.testing.assert_allclose(evidence(even(np.full(7, level))), 0, atol=1e-6)


def test_a_place_that_is_certain_has_all_the_evidence_there_is() -> None:
    row = np.zeros(9)
    row[4] = 80
    found = evidence(even(row))
    np.testing.assert_allclose(found[..., 4], 1, atol=1e-6)
    assert not np.delete(found, 4, -1).any()


@settings(deadline=None)
@given(row=arrays.arrays(np.float64, st.integers(2, 12), elements=st.floats(-30, 30)))
def test_evidence_is_the_share_of_the_nats_that_a_name_takes(row: np.ndarray) -> None:
    p = np.exp(row - row.max())
    p /= p.sum()
    expected = np.maximum(0, 1 + np.log(np.maximum(p, 1e-300)) / np.log(len(row)))
    found = evidence(even(row))[1, 2]
    np.testing.assert_allclose(found, expected, atol=1e-4)
    assert found.min() >= 0 and found.max() <= 1 + 1e-6
    order = np.argsort(row)
    assert (np.diff(found[order]) >= -1e-6).all()  # a likelier class never has less


@pytest.mark.parametrize(("p", "expected"), [(1 / 20, 0.0), (1 / np.sqrt(20), 0.5), (1.0, 1.0), (0.01, 0.0)])
def test_evidence_of_known_probabilities(p: float, expected: float) -> None:
    row = np.log(np.full(20, max(1e-30, (1 - p) / 19)))
    row[3] = np.log(p)
    assert evidence(even(row))[0, 0, 3] == pytest.approx(expected, abs=1e-5)


def test_a_class_map_is_left_as_it_was() -> None:
    class_map = np.random.default_rng(0).normal(0, 3, (5, 6, 7)).astype(np.float32)
    before = class_map.copy()
    evidence(class_map)
    explain(class_map, range(7), 0.5)
    np.testing.assert_array_equal(class_map, before)


def test_two_objects_side_by_side_are_two_claims_each_with_its_own_places() -> None:
    class_map = ground()
    class_map[LEFT][..., 3] = class_map[RIGHT][..., 11] = SURE
    claims = {claim.label: claim for claim in explain(class_map, range(CLASSES), 5)}
    assert set(claims) == {3, 11}
    for claim, place in ((claims[3], LEFT), (claims[11], RIGHT)):
        assert (claim.territory[place] > 0).all()
        # The blur of one place carries over the border, and nothing beyond three places.
        assert claim.territory[place].sum() > 0.6 * claim.territory.sum()
        assert claim.gain[place].sum() > 0.6 * claim.gain.sum()
        assert claim.profile.argmax() == claim.label
    assert not (claims[3].territory[:, 8:]).any() and not (claims[11].territory[:, :8]).any()
    assert claims[3].worth == pytest.approx(claims[11].worth, rel=0.01)


@pytest.mark.parametrize("share", [0.6, 0.55, 0.75])
def test_two_names_for_one_object_are_one_claim(share: float) -> None:
    class_map = ground()
    class_map[LEFT][..., 5] = SURE + np.log(share)
    class_map[LEFT][..., 6] = SURE + np.log(1 - share)
    (claim,) = explain(class_map, range(CLASSES), 5)
    assert claim.label == 5
    assert (claim.territory[LEFT] > 0).all()
    # Nobody is left to contest it: all of its evidence is gain.
    np.testing.assert_array_equal(claim.gain, evidence(class_map)[..., 5])


def test_an_object_whose_names_change_over_it_is_named_by_the_whole() -> None:
    """A few places prefer the second name; the object as a whole is the first."""
    class_map = ground()
    class_map[LEFT][..., 5] = SURE
    class_map[3:5, 1:7, 6] = SURE + 0.4
    (claim,) = explain(class_map, range(CLASSES), 8)
    assert claim.label == 5


@pytest.mark.parametrize("seed", range(5))
def test_noise_is_nothing(seed: int) -> None:
    class_map = np.random.default_rng(seed).normal(0, 1, (14, 14, 50)).astype(np.float32)
    assert explain(class_map, range(50), 10) == []


def test_a_flat_photo_and_no_labels_are_nothing() -> None:
    assert explain(ground(), range(CLASSES), 1) == []
    certain = ground()
    certain[..., 2] = SURE
    assert explain(certain, [], 1) == []


def test_only_the_labels_given_take_part() -> None:
    class_map = ground()
    class_map[LEFT][..., 3] = class_map[RIGHT][..., 11] = SURE
    assert [claim.label for claim in explain(class_map, [11], 5)] == [11]


def test_a_claim_is_named_by_what_its_places_say_together() -> None:
    """Only the second name was a candidate, but the places that it holds are surer of the first."""
    class_map = ground()
    class_map[LEFT][..., 5] = SURE
    class_map[LEFT][..., 6] = SURE - 1
    (claim,) = explain(class_map, [6], 5)
    assert claim.label == 5
    np.testing.assert_array_equal(claim.gain, evidence(class_map)[..., 5])


def test_a_small_object_stays_where_less_is_asked_for() -> None:
    class_map = ground()
    class_map[LEFT][..., 3] = SURE
    class_map[1:3, 13:15, 8] = SURE
    labels = [{claim.label for claim in explain(class_map, range(CLASSES), least)} for least in (1, 20, 100)]
    assert labels == [{3, 8}, {3}, set()]


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**20),
    contrast=st.floats(0.5, 6),
    least=st.floats(0, 20),
    classes=st.integers(2, 30),
)
def test_what_every_claim_keeps_to(seed: int, contrast: float, least: float, classes: int) -> None:
    rng = np.random.default_rng(seed)
    # Coarse noise: blobs of a few places that prefer one class, as in a photo.
    blobs = np.kron(rng.normal(0, contrast, (3, 4, classes)), np.ones((4, 4, 1)))
    class_map = (blobs + rng.normal(0, 0.5, blobs.shape)).astype(np.float32)
    held = evidence(class_map)
    claims = explain(class_map, range(classes), least)
    labels = [claim.label for claim in claims]
    assert len(set(labels)) == len(labels) <= 25
    for claim in claims:
        mine, others = held[..., claim.label], held[..., [label for label in labels if label != claim.label]]
        rest = others.max(-1, initial=0)
        assert claim.worth >= least
        np.testing.assert_allclose(claim.gain, np.maximum(mine - rest, 0), atol=1e-6)
        assert (claim.gain <= mine).all()
        np.testing.assert_array_equal(claim.territory, np.where(mine >= rest, mine, 0))
        assert claim.profile.sum() == pytest.approx(1, abs=1e-5)
    # A place belongs to one claim, or to several that hold it equally.
    for i, one in enumerate(claims):
        for other in claims[:i]:
            both = (one.territory > 0) & (other.territory > 0)
            np.testing.assert_array_equal(one.territory[both], other.territory[both])


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**20), least=st.floats(0.5, 5))
def test_two_runs_give_the_same(seed: int, least: float) -> None:
    class_map = np.random.default_rng(seed).normal(0, 4, (6, 7, 12)).astype(np.float32)
    first, second = (explain(class_map, range(12), least) for _ in range(2))
    assert [claim.label for claim in first] == [claim.label for claim in second]
    assert [claim.worth for claim in first] == [claim.worth for claim in second]


def test_a_profile_is_the_softmax_of_the_weighted_mean() -> None:
    logits = np.log(np.array([[0.5, 0.25, 0.25], [0.1, 0.8, 0.1], [0.2, 0.2, 0.6]]))
    weights = np.array([3.0, 1.0, 0.0])
    mean = np.prod(np.exp(logits) ** (weights / 4)[:, None], 0)  # a geometric mean
    np.testing.assert_allclose(pooled_profile(logits, weights), mean / mean.sum(), rtol=1e-6)
    np.testing.assert_allclose(pooled_profile(logits, np.array([0.0, 0.0, 2.0])), [0.2, 0.2, 0.6], rtol=1e-6)


def test_a_profile_of_nothing_is_chance_and_large_logits_do_not_overflow() -> None:
    np.testing.assert_allclose(pooled_profile(np.ones((3, 4)), np.zeros(3)), 0.25)
    np.testing.assert_allclose(pooled_profile(np.array([[5000.0, 0.0]]), np.ones(1)), [1, 0])

"""What positions speak for: closed forms on logits made by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eyecandy.backbone.labels import Labels
from eyecandy.detection.find.logits import DenseLogits, above_chance

WORDS = ("bird", "cat", "cat", "fish", *["dog"] * 4, "car", "car")
LABELS = Labels(tuple(f"breed {i}" for i in range(len(WORDS))), WORDS)
NUMBER = {word: LABELS.word_list.index(word) for word in set(WORDS)}


def everywhere(row: np.ndarray, grid: tuple[int, int] = (4, 5)) -> DenseLogits:
    return DenseLogits(np.tile(np.asarray(row, np.float32), (*grid, 1)), LABELS)


def anything(seed: int, contrast: float = 3.0, grid: tuple[int, int] = (6, 7)) -> DenseLogits:
    logits = np.random.default_rng(seed).normal(0, contrast, (*grid, len(WORDS))).astype(np.float32)
    return DenseLogits(logits - logits.mean(-1, keepdims=True), LABELS)


# above_chance


@settings(deadline=None)
@given(prior=st.floats(1e-3, 0.5), exponent=st.floats(0, 1))
def test_a_power_of_chance_is_that_far_above_it(prior: float, exponent: float) -> None:
    found = above_chance(np.array([prior**exponent]), np.array([prior]))
    assert found[0] == pytest.approx(1 - exponent, abs=1e-6)


@pytest.mark.parametrize(("p", "expected"), [(0.0, 0.0), (0.01, 0.0), (1 / 20, 0.0), (1 / np.sqrt(20), 0.5), (1, 1)])
def test_known_probabilities(p: float, expected: float) -> None:
    assert above_chance(np.array([p]), np.array([1 / 20]))[0] == pytest.approx(expected, abs=1e-6)


def test_a_word_that_all_classes_have_is_never_above_its_chance() -> None:
    assert above_chance(np.array([0.9]), np.array([1.0]))[0] == 0


# Words


@pytest.mark.parametrize("level", [0, -50, 300])
def test_positions_that_say_nothing_have_no_evidence(level: float) -> None:
    found = everywhere(np.full(len(WORDS), level))
    assert found.grid == (4, 5)
    np.testing.assert_allclose(found.above_chance, 0, atol=1e-6)
    np.testing.assert_allclose(found.strength, 0, atol=1e-6)


def test_the_prior_is_a_words_share_of_the_classes() -> None:
    prior = everywhere(np.zeros(len(WORDS))).prior
    assert prior.sum() == pytest.approx(1)
    assert {word: round(10 * prior[i]) for word, i in NUMBER.items()} == {
        "bird": 1,
        "cat": 2,
        "fish": 1,
        "dog": 4,
        "car": 2,
    }


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 999), contrast=st.floats(0.1, 30))
def test_words_are_the_softmax_summed_and_set_against_chance(seed: int, contrast: float) -> None:
    found = anything(seed, contrast)
    p = np.exp(found.values.astype(np.float64))
    p /= p.sum(-1, keepdims=True)
    for word, number in NUMBER.items():
        mine = p[..., [w == word for w in WORDS]].sum(-1)
        prior = WORDS.count(word) / len(WORDS)
        expected = np.maximum(0, 1 - np.log(np.maximum(mine, 1e-9)) / np.log(prior))
        np.testing.assert_allclose(found.above_chance[..., number], expected, atol=1e-4)
    assert found.above_chance.min() >= 0 and found.above_chance.max() <= 1


def test_breeds_that_share_a_dog_are_one_certain_dog() -> None:
    row = np.full(len(WORDS), -40.0)
    row[4:8] = 0
    found = everywhere(row)
    np.testing.assert_allclose(found.above_chance[..., NUMBER["dog"]], 1, atol=1e-5)
    assert found.above_chance.sum() == pytest.approx(4 * 5, rel=1e-4)


def test_a_word_is_as_strong_as_where_it_is_strongest() -> None:
    logits = np.zeros((10, 10, len(WORDS)), np.float32)
    logits[4, 2:7, 3] = 60  # 5 of 100 positions
    found = DenseLogits(logits, LABELS)
    assert found.strength[NUMBER["fish"]] == pytest.approx(1, abs=1e-6)
    logits = logits.copy()
    logits[4, 2:4, 3] = 0
    assert DenseLogits(logits, LABELS).strength[NUMBER["fish"]] == pytest.approx(3 / 5, abs=1e-6)


# Maps of words


def test_a_word_map_is_how_much_louder_it_is_than_the_mean() -> None:
    found = anything(3)
    mine = found.values[..., 4:8].astype(np.float64)
    expected = np.maximum(np.log(np.exp(mine).mean(-1)), 0)
    np.testing.assert_allclose(found.word_map(NUMBER["dog"]), expected, atol=1e-5)
    one = found.values[..., 3]
    np.testing.assert_allclose(found.word_map(NUMBER["fish"]), np.maximum(one, 0), atol=1e-5)


def test_a_word_map_does_not_fall_where_another_word_joins_in() -> None:
    alone, contested = np.zeros((2, len(WORDS)))
    alone[3] = contested[3] = contested[0] = 20
    fish = NUMBER["fish"]
    np.testing.assert_allclose(everywhere(alone).word_map(fish), 20)
    np.testing.assert_allclose(everywhere(contested).word_map(fish), 20)
    assert everywhere(contested).above_chance[0, 0, fish] < everywhere(alone).above_chance[0, 0, fish] - 0.2


def test_large_logits_do_not_overflow() -> None:
    row = np.zeros(len(WORDS))
    row[5] = 5000
    found = everywhere(row)
    assert np.isfinite(found.word_map(NUMBER["dog"])).all() and np.isfinite(found.above_chance).all()
    assert found.pooled(np.ones((4, 5)))[5] == pytest.approx(1)


# Pooling


def test_pooled_is_the_softmax_of_the_weighted_mean() -> None:
    found = anything(5)
    weights = np.random.default_rng(0).random(found.grid)
    mean = np.tensordot(weights, found.values.astype(np.float64), 2) / weights.sum()
    expected = np.exp(mean) / np.exp(mean).sum()
    np.testing.assert_allclose(found.pooled(weights), expected, rtol=1e-4)
    np.testing.assert_allclose(found.pooled(7 * weights), expected, rtol=1e-4)
    one = np.zeros(found.grid)
    one[2, 3] = 4
    here = np.exp(found.values[2, 3])
    np.testing.assert_allclose(found.pooled(one), here / here.sum(), rtol=1e-4)


def test_pooled_under_nothing_is_chance() -> None:
    np.testing.assert_allclose(anything(1).pooled(np.zeros((6, 7))), 1 / len(WORDS), rtol=1e-6)


def test_words_of_probabilities_of_any_shape() -> None:
    found = everywhere(np.zeros(len(WORDS)))
    p = np.random.default_rng(0).dirichlet(np.ones(len(WORDS)), (3, 2))
    words = found.words_above_chance(p)
    assert words.shape == (3, 2, len(LABELS.word_list))
    for number, word in enumerate(LABELS.word_list):
        mine = p[..., [w == word for w in WORDS]].sum(-1)
        np.testing.assert_allclose(words[..., number], above_chance(mine, found.prior[number]), atol=1e-6)


def test_the_best_class_of_a_word_is_the_one_that_is_strongest_where_it_is_strongest() -> None:
    logits = np.zeros((10, 10, len(WORDS)), np.float32)
    logits[..., 5] = 1  # a little everywhere
    logits[2, 2:8, 7] = 5  # much at a few positions
    assert DenseLogits(logits, LABELS).best_class(NUMBER["dog"]) == 7
    assert DenseLogits(logits, LABELS).best_class(NUMBER["fish"]) == 3


# How many share a photo


@pytest.mark.parametrize("step", [1.0, 0.5])
@pytest.mark.parametrize(("tiles", "crowded"), [(1, False), (2, False), (3, True)])
def test_nine_things_of_nine_words_are_a_crowd_and_four_are_not(step: float, tiles: int, crowded: bool) -> None:
    words = tuple(f"word {i}" for i in range(20))
    labels = Labels(words, words)
    cells = round(5 * 3 / tiles / step)  # of each thing: all together are always 15 x 15 positions
    numbers = np.kron(np.arange(tiles * tiles).reshape(tiles, tiles), np.ones((cells, cells), int))
    found = DenseLogits(20 * np.eye(20, dtype=np.float32)[numbers], labels, step=step)
    assert found.positions(numbers.size) == pytest.approx(15 * 15, rel=0.15)
    assert found.crowded == crowded


def test_words_that_are_unsure_or_win_hardly_a_position_are_no_crowd() -> None:
    words = tuple(f"word {i}" for i in range(20))
    numbers = np.kron(np.arange(9).reshape(3, 3), np.ones((5, 5), int))
    assert not DenseLogits(0.5 * np.eye(20, dtype=np.float32)[numbers], Labels(words, words)).crowded
    scattered = np.zeros((15, 15), int)
    scattered[:3, :5] = np.arange(15).reshape(3, 5)
    assert not DenseLogits(20 * np.eye(20, dtype=np.float32)[scattered], Labels(words, words)).crowded

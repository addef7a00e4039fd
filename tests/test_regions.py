"""Parts classified again and joined to regions, on evidence drawn by hand."""

import numpy as np
import pytest

from eyecandy.backbone.labels import Labels
from eyecandy.detection.find.eigenmasks import Part
from eyecandy.detection.find.logits import DenseLogits
from eyecandy.detection.find.regions import (
    EXPLAINED,
    KEPT,
    UNSURE,
    Hypothesis,
    NamedPart,
    classify,
    join,
    needed,
    support,
)

GRID = (14, 14)  # of 448 pixels: a position is 32 pixels
CLASSES = 200
CAT, DOG, OTHER_DOG, WOLF = 0, 1, 2, 3
WORDS = ("cat", "dog", "dog", "wolf", *(f"thing {i}" for i in range(CLASSES - 4)))
LABELS = Labels(tuple(f"breed {i}" for i in range(CLASSES)), WORDS)
LEFT, RIGHT = np.s_[4:10, 1:6], np.s_[4:10, 8:13]
Place = tuple[slice, slice]


def drawn(*things: tuple[Place, dict[int, float]]) -> DenseLogits:
    """DenseLogits of nothing but these classes at these places."""
    logits = np.zeros((*GRID, CLASSES), np.float32)
    for place, classes in things:
        for number, logit in classes.items():
            logits[place][..., number] = logit
    return DenseLogits(logits - logits.mean(-1, keepdims=True), LABELS)


def part(place: Place, number: int = 0, sign: int = 1, strength: float = 1.0) -> Part:
    mask = np.zeros(GRID, np.float32)
    mask[place] = 1
    return Part(number, sign, mask, strength)


def word(name: str) -> int:
    return LABELS.word_list.index(name)


def explained(named: list[NamedPart], evidence: DenseLogits) -> list[Hypothesis]:
    """The regions that the photo needs."""
    return needed(join(named, evidence), evidence)


def fates(named: list[NamedPart]) -> list[str]:
    return [each.fate for each in named]


def test_a_part_is_what_is_pooled_under_it() -> None:
    evidence = drawn((LEFT, {DOG: 20}), (RIGHT, {CAT: 20}))
    dog, cat, ground = classify([part(LEFT), part(RIGHT, sign=-1), part(np.s_[0:2, :])], evidence)
    assert (dog.word, cat.word) == (word("dog"), word("cat"))
    assert dog.above_chance == pytest.approx(1, abs=1e-4) and cat.above_chance == pytest.approx(1, abs=1e-4)
    assert ground.above_chance == pytest.approx(0, abs=1e-4)
    np.testing.assert_allclose(ground.probabilities, 1 / CLASSES, rtol=1e-3)
    assert fates([dog, cat, ground]) == [UNSURE] * 3  # until they are joined


def test_the_middle_of_a_part_counts_more_than_its_margin() -> None:
    evidence = drawn((LEFT, {DOG: 20}), (RIGHT, {CAT: 20}))
    soft = part(LEFT)
    soft.mask[RIGHT] = 0.5
    np.testing.assert_allclose(support(soft.mask, evidence), soft.mask**2)
    (named,) = classify([soft], evidence)
    assert named.word == word("dog")
    # Dog at weight 1 and cat at a quarter: logits of 16 and 4.
    odds = named.probabilities[DOG] / named.probabilities[CAT]
    assert np.log(odds) == pytest.approx(20 * 0.8 - 20 * 0.2, rel=1e-3)


def test_parts_of_one_word_are_one_region() -> None:
    evidence = drawn((LEFT, {DOG: 20}), (RIGHT, {CAT: 20}))
    head, body = np.s_[4:6, 1:6], np.s_[6:10, 1:6]
    named = classify([part(head), part(body, 1, strength=0.5), part(RIGHT, 0, -1, 0.9)], evidence)
    dog, cat = sorted(explained(named, evidence), key=lambda region: region.word != word("dog"))
    assert (dog.word, cat.word) == (word("dog"), word("cat"))
    assert dog.parts == [named[0], named[1]] and cat.parts == [named[2]]  # the strongest first
    assert dog.mask[head].min() > dog.mask[body].max() > 0 and not dog.mask[RIGHT].any()
    assert fates(named) == [KEPT] * 3
    assert dog.above_chance > 0.99 and cat.above_chance > 0.99


def test_breeds_of_one_word_are_one_region() -> None:
    evidence = drawn((LEFT, {DOG: 20}), (RIGHT, {OTHER_DOG: 20}))
    (dog,) = explained(classify([part(LEFT), part(RIGHT, 1)], evidence), evidence)
    assert dog.word == word("dog") and len(dog.parts) == 2
    assert dog.mask[LEFT].min() > 0 and dog.mask[RIGHT].min() > 0


def test_what_touches_and_is_plausibly_the_same_joins_it() -> None:
    """A back that reads as a wolf before a dog, on a dog; the same back elsewhere is a wolf."""
    back = np.s_[4:10, 4:7]
    evidence = drawn((LEFT, {DOG: 30}), (np.s_[4:10, 6:7], {WOLF: 20, DOG: 19}), (RIGHT, {CAT: 30}))
    soft = part(back, 1, strength=0.6)
    soft.mask[:, 4:6] *= 0.3
    named = classify([part(LEFT), soft, part(RIGHT, 2)], evidence)
    assert [each.word for each in explained(named, evidence)] == [word("dog"), word("cat")]
    assert named[1].word == word("dog") and named[1].fate == KEPT

    evidence = drawn((LEFT, {DOG: 30}), (RIGHT, {WOLF: 20, DOG: 18}))
    named = classify([part(LEFT), part(RIGHT, 1, strength=0.6)], evidence)
    regions = explained(named, evidence)
    assert named[1].word == word("wolf") and word("wolf") in [each.word for each in regions]


def test_what_is_implausible_stays_apart_though_it_touches() -> None:
    evidence = drawn((LEFT, {DOG: 20}), (RIGHT, {CAT: 20}))
    wide = part(RIGHT, 1)
    wide.mask[LEFT] = 0.3
    named = classify([part(LEFT), wide], evidence)
    assert {each.word for each in explained(named, evidence)} == {word("dog"), word("cat")}


def test_what_others_explain_is_dropped() -> None:
    """The right is hardly more of a wolf than of a dog, and a dog there is."""
    evidence = drawn((LEFT, {DOG: 30}), (RIGHT, {WOLF: 20, DOG: 19.6}))
    named = classify([part(LEFT), part(RIGHT, 1, strength=0.6)], evidence)
    assert [each.word for each in explained(named, evidence)] == [word("dog")]
    assert fates(named) == [KEPT, EXPLAINED]


def test_what_is_unsure_is_no_region() -> None:
    evidence = drawn((LEFT, {DOG: 20}), (RIGHT, {CAT: 3}))
    named = classify([part(LEFT), part(RIGHT, 0, -1)], evidence)
    assert 0 < named[1].above_chance < 0.6
    (region,) = explained(named, evidence)
    assert region.word == word("dog")
    assert fates(named) == [KEPT, UNSURE]


def test_a_small_thing_that_nothing_else_explains_goes_beside_a_large_one() -> None:
    spot = np.s_[1:2, 12:13]
    evidence = drawn((LEFT, {DOG: 20}), (spot, {CAT: 20}))
    named = classify([part(LEFT), part(spot, 1)], evidence)
    assert [each.word for each in explained(named, evidence)] == [word("dog")]
    assert named[1].fate == EXPLAINED


def test_one_region_alone_stays_however_small() -> None:
    spot = np.s_[1:2, 12:13]
    evidence = drawn((spot, {CAT: 20}))
    (region,) = explained(classify([part(spot)], evidence), evidence)
    assert region.word == word("cat")


def test_nothing_joins_to_nothing() -> None:
    evidence = drawn()
    assert explained([], evidence) == [] and classify([], evidence) == []
    named = classify([part(LEFT), part(RIGHT, 0, -1)], evidence)
    assert explained(named, evidence) == [] and fates(named) == [UNSURE, UNSURE]

"""One region told apart into things, where its evidence has valleys."""

from collections.abc import Callable

import numpy as np
import pytest

from eyecandy.backbone.labels import Labels
from eyecandy.detection.find.eigenmasks import Part
from eyecandy.detection.find.instances import Instance, tell_apart
from eyecandy.detection.find.logits import DenseLogits
from eyecandy.detection.find.regions import Hypothesis, classify, join

GRID = (24, 40)
CLASSES = 50
LABELS = Labels(tuple(f"breed {i}" for i in range(CLASSES)), tuple(f"word {i}" for i in range(CLASSES)))
HEN = 3


def bump(column: float, row: float = 12, width: float = 3.5) -> np.ndarray:
    y, x = np.mgrid[: GRID[0], : GRID[1]]
    return np.exp(-((x - column) ** 2 + (y - row) ** 2) / (2 * width**2)).astype(np.float32)


def seen(loudness: np.ndarray) -> tuple[list[Hypothesis], list[np.ndarray], DenseLogits]:
    """One region of hens, as loud as this; its soft mask is where they are."""
    logits = np.zeros((*GRID, CLASSES), np.float32)
    logits[..., HEN] = 14 * loudness
    evidence = DenseLogits(logits - logits.mean(-1, keepdims=True), LABELS)
    regions = join(classify([Part(0, 1, loudness, 1.0)], evidence), evidence)
    assert [region.word for region in regions] == [HEN]
    return regions, [np.clip(1.5 * loudness, 0, 1)], evidence


def test_two_hens_with_a_valley_between_are_two() -> None:
    pair = np.maximum(bump(9), 0.97 * bump(29))
    regions, soft, evidence = seen(pair)
    two = tell_apart(regions, soft, evidence)
    assert len(two) == 2
    for instance in two:
        assert instance.region is regions[0]
        assert instance.soft.shape == GRID and instance.above_chance > 0.85
        assert instance.probabilities.argmax() == HEN and instance.probabilities.sum() == pytest.approx(1, abs=1e-4)
    assert not (two[0].soft * two[1].soft).any()  # no cell in both
    np.testing.assert_array_equal(two[0].soft + two[1].soft, soft[0])  # and none in neither


def test_each_hen_has_the_cells_on_its_side_of_the_valley() -> None:
    regions, soft, evidence = seen(np.maximum(bump(9), 0.97 * bump(29)))
    left, right = sorted(tell_apart(regions, soft, evidence), key=lambda i: int(i.soft.sum(0).argmax()))
    np.testing.assert_array_equal(left.soft[:, :18], soft[0][:, :18])
    np.testing.assert_array_equal(right.soft[:, 21:], soft[0][:, 21:])


@pytest.mark.parametrize(
    "one",
    [
        lambda: bump(20),
        lambda: np.maximum(bump(17), bump(21)),  # two bumps that flow together
        lambda: np.minimum(1, bump(9) + bump(15) + bump(21) + bump(27)),  # a long one
    ],
)
def test_without_a_valley_it_is_one(one: Callable[[], np.ndarray]) -> None:
    regions, soft, evidence = seen(one())
    (whole,) = tell_apart(regions, soft, evidence)
    assert isinstance(whole, Instance)
    np.testing.assert_array_equal(whole.soft, soft[0])
    assert (whole.above_chance, whole.region) == (regions[0].above_chance, regions[0])


def test_a_faint_echo_is_no_second_hen() -> None:
    regions, soft, evidence = seen(np.maximum(bump(9), 0.15 * bump(29)))
    assert len(tell_apart(regions, soft, evidence)) == 1


def test_three_hens() -> None:
    loud = np.maximum(np.maximum(bump(6, width=2.5), 0.98 * bump(20, width=2.5)), 0.96 * bump(34, width=2.5))
    regions, soft, evidence = seen(loud)
    three = tell_apart(regions, soft, evidence)
    assert len(three) == 3
    np.testing.assert_array_equal(sum(i.soft for i in three), soft[0])


def test_no_regions_are_no_instances() -> None:
    _, _, evidence = seen(bump(20))
    assert tell_apart([], [], evidence) == []

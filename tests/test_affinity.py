"""Affinities between cells: what is alike to the network shares a mask, and what is not does not."""

import cv2
import numpy as np
import pytest

from eyecandy.detection.find.affinity import affinity, spread

ROWS, COLUMNS = 8, 12


def halves() -> tuple[list[np.ndarray], np.ndarray]:
    """Features and pixels of a picture of two uniform halves."""
    features = np.zeros((ROWS, COLUMNS, 3), np.float32)
    features[:, :6, 0], features[:, 6:, 1] = 2, 5
    pixels = np.zeros((ROWS * 8, COLUMNS * 8, 3), np.uint8)
    pixels[:, 48:] = 255
    return [features, features[..., ::-1].copy()], pixels


def anything(seed: int = 0) -> tuple[list[np.ndarray], np.ndarray]:
    rng = np.random.default_rng(seed)
    features = [rng.normal(size=(ROWS, COLUMNS, channels)).astype(np.float32) for channels in (5, 9)]
    return features, rng.integers(0, 256, (61, 90, 3), np.uint8)


@pytest.mark.parametrize("made", [halves, anything])
def test_each_cell_gives_all_that_it_has(made: object) -> None:
    weights = affinity(*made())  # type: ignore[operator]
    assert weights.shape == (ROWS * COLUMNS, ROWS * COLUMNS) and weights.dtype == np.float32
    assert weights.min() >= 0
    np.testing.assert_allclose(weights.sum(1), 1, rtol=1e-5)


def test_the_formula_cell_by_cell() -> None:
    features, pixels = anything()
    small = cv2.resize(pixels, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB)
    flat = []
    for layer in features:
        centred = layer - layer.mean((0, 1))
        flat.append(centred / np.linalg.norm(centred, axis=-1, keepdims=True))

    def alike(a: tuple[int, int], b: tuple[int, int]) -> float:
        cosine = np.mean([layer[a] @ layer[b] for layer in flat])
        colour, distance = ((lab[a] - lab[b]) ** 2).sum(), (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2
        return float(np.exp((cosine - 1) / 0.2 - colour / (2 * 20**2) - distance / (2 * 20**2)))

    cells = [(row, column) for row in range(ROWS) for column in range(COLUMNS)]
    weights = affinity(features, pixels)
    for start in ((0, 0), (3, 7)):
        row = np.array([alike(start, cell) for cell in cells])
        np.testing.assert_allclose(weights[cells.index(start)], row / row.sum(), rtol=2e-3, atol=1e-7)


def test_two_uniform_halves_do_not_leak() -> None:
    weights = affinity(*halves())
    mask = np.zeros((1, ROWS, COLUMNS), np.float32)
    mask[0, 3:5, 2:4] = 1  # a few cells of the left half
    there = spread(mask, weights, steps=8)[0]
    assert there[:, 6:].max() < 1e-6
    assert there[:, :6].min() > 0.5 * there[:, :6].max() > 0  # and all of that half has its share


@pytest.mark.parametrize("steps", [0, 1, 2, 5])
def test_what_is_the_same_everywhere_stays_so(steps: int) -> None:
    weights = affinity(*anything(3))
    masks = np.stack([np.full((ROWS, COLUMNS), value, np.float32) for value in (0, 0.3, 1)])
    np.testing.assert_allclose(spread(masks, weights, steps), masks, rtol=1e-4)


def test_steps_follow_each_other_and_nothing_exceeds_what_was_there() -> None:
    weights = affinity(*anything(4))
    masks = np.random.default_rng(1).random((3, ROWS, COLUMNS)).astype(np.float32)
    once = spread(masks, weights, 1)
    np.testing.assert_allclose(spread(once, weights, 1), spread(masks, weights, 2), rtol=1e-4)
    for before, after in zip(masks, once, strict=True):
        assert before.min() <= after.min() and after.max() <= before.max()


def test_features_that_say_nothing_leave_it_to_colour_and_place() -> None:
    weights = affinity([np.ones((ROWS, COLUMNS, 4), np.float32)], np.full((40, 60, 3), 90, np.uint8))
    assert np.isfinite(weights).all()
    row = weights[0].reshape(ROWS, COLUMNS)
    assert (np.diff(row, axis=0) < 0).all() and (np.diff(row, axis=1) < 0).all()  # nearer is more alike

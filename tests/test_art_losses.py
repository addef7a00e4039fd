"""Pure losses against closed forms and finite differences."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eyecandy._tensorflow import tf
from eyecandy.art.core import losses


def maps(seed: int, channels: int = 3, height: int = 4, width: int = 5) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(1, height, width, channels)).astype(np.float32)


@given(st.integers(0, 1000), st.integers(1, 5))
@settings(max_examples=20, deadline=None)
def test_gram_is_the_mean_over_places_of_outer_products(seed: int, channels: int) -> None:
    features = maps(seed, channels)
    places = features.reshape(-1, channels)
    expected = sum(np.outer(place, place) for place in places) / len(places)
    np.testing.assert_allclose(losses.gram(features), expected, atol=1e-5)


def test_gram_of_a_tiled_map_is_that_of_the_tile() -> None:
    features = maps(1)
    np.testing.assert_allclose(losses.gram(np.tile(features, (1, 3, 2, 1))), losses.gram(features), atol=1e-5)


def test_means_tell_features_from_their_opposites() -> None:
    features = maps(2) + np.array([2.0, -1.0, 0.5], np.float32)
    target, opposite = (losses.mean(losses.products_and_means(sign * features)) for sign in (1, -1))
    np.testing.assert_allclose(target[:-1, :-1], losses.gram(features), atol=1e-5)
    np.testing.assert_allclose(target[-1, :-1], features.mean((0, 1, 2)), atol=1e-5)
    assert float(losses.relative_l1(opposite[:-1, :-1], target[:-1, :-1])) == pytest.approx(0, abs=1e-6)
    distance = losses.with_means(losses.relative_l1)
    assert float(distance(target, target)) == pytest.approx(0, abs=1e-6)
    shift = 2 * np.abs(features.mean((0, 1, 2))).sum()
    unit = np.sqrt(np.square(features).mean((0, 1, 2))).sum()
    assert float(distance(opposite, target)) == pytest.approx(shift / unit, rel=1e-4)


@pytest.mark.parametrize("distance", [losses.relative_l1, losses.relative_rms])
def test_relative_distances_are_zero_one_and_blind_to_the_unit(distance: Callable) -> None:
    target, value = maps(2), maps(3)
    assert float(distance(target, target)) == pytest.approx(0, abs=1e-6)
    assert float(distance(0 * target, target)) == pytest.approx(1, abs=2e-4)
    assert float(distance(3 * target, target)) == pytest.approx(2, abs=2e-4)
    assert float(distance(50 * value, 50 * target)) == pytest.approx(float(distance(value, target)), rel=1e-4)


def test_relative_rms_has_a_finite_gradient_at_its_target() -> None:
    target = tf.constant(maps(4))
    with tf.GradientTape() as tape:
        tape.watch(target)
        loss = losses.relative_rms(target, tf.identity(maps(4)))
    assert np.isfinite(tape.gradient(loss, target)).all()


def test_energy() -> None:
    features = np.array([3.0, -4.0], np.float32).reshape(1, 1, 2, 1)
    assert float(losses.mean(losses.energy(features))) == pytest.approx(12.5)
    assert float(losses.log_energy(features)) == pytest.approx(-np.log(12.5) / 2)
    rise = losses.log_energy(features) - losses.log_energy(np.e * features)
    assert float(rise) == pytest.approx(1)


def test_guided_counts_the_best_place_of_the_guide() -> None:
    guide = np.array([[1.0, 0.0], [0.0, 2.0]], np.float32)
    features = np.array([[3.0, 0.0], [1.0, 1.0]], np.float32).reshape(1, 1, 2, 2)
    # Best products 3 and 2, mean 2.5; mean square length (1 + 4) / 2.
    assert float(losses.guided(features, guide)) == pytest.approx(-1)


def test_class_evidence_sums_over_classes_and_averages_over_places() -> None:
    class_map = np.log(np.array([[1, 2, 5], [4, 4, 2]], np.float32)).reshape(1, 2, 1, 3)
    assert float(losses.class_evidence(class_map, tf.constant([0]))) == pytest.approx(-np.log(4) / 2)
    assert float(losses.class_evidence(class_map, tf.constant([0, 1]))) == pytest.approx(-(np.log(3) + np.log(8)) / 2)


def test_class_distances() -> None:
    target = np.array([1.0, 0.0, -1.0], np.float32)
    class_map = np.stack([target + 7, target - 1]).reshape(1, 1, 2, 3)
    logits = losses.mean(losses.logits(class_map))
    assert float(losses.logit_distance(logits, target)) == pytest.approx(0, abs=1e-4)
    assert float(losses.softmax_distance(logits, target)) == pytest.approx(0, abs=1e-6)
    assert float(losses.logit_distance(2 * logits, target)) == pytest.approx(1, abs=2e-4)
    p, q = np.exp(target) / np.exp(target).sum(), np.exp(2 * target) / np.exp(2 * target).sum()
    assert float(losses.softmax_distance(2 * logits, target)) == pytest.approx(np.sum(p * np.log(p / q)), abs=1e-6)
    p, q = 1 / (1 + np.exp(-target)), 1 / (1 + np.exp(-2 * target))
    divergence = p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q))
    assert float(losses.sigmoid_distance(tf.constant(2 * target), target)) == pytest.approx(
        np.sum(divergence), abs=1e-6
    )
    assert float(losses.sigmoid_distance(tf.constant(target), target)) == pytest.approx(0, abs=1e-6)


def test_total_variation() -> None:
    image = np.zeros((1, 4, 5, 3), np.float32)
    image[:, 2:] = 255  # one of three steps down is whole, none of four across
    assert float(losses.total_variation(image)) == pytest.approx(1 / 3)
    assert float(losses.total_variation(image.transpose(0, 2, 1, 3))) == pytest.approx(1 / 3)


def test_colour_statistics_and_distance() -> None:
    image = np.random.default_rng(5).uniform(0, 255, (1, 6, 7, 3)).astype(np.float32)
    mean, covariance = losses.colour_statistics(image)
    np.testing.assert_allclose(mean, image.reshape(-1, 3).mean(0) / 255, atol=1e-6)
    np.testing.assert_allclose(covariance, np.cov(image.reshape(-1, 3).T / 255, bias=True), atol=1e-6)
    distance = losses.colour_distance(mean, covariance)
    assert float(distance(image[:, ::-1])) == pytest.approx(0, abs=1e-6)
    assert float(distance(image + 25.5)) == pytest.approx(0.03, abs=1e-5)


def test_colour_deviation_counts_in_units_of_the_photos_spread() -> None:
    grey = np.random.default_rng(6).normal(0, 40, (1, 50, 60, 1))
    tint = np.random.default_rng(7).normal(0, 4, (1, 50, 60, 3))
    photo = (127 + grey + tint).astype(np.float32)
    deviation = losses.colour_deviation(*losses.colour_statistics(photo))
    assert float(deviation(photo[:, ::-1])) == pytest.approx(0, abs=1e-4)
    # along the spread and across it; with the least spread, 6, beside the tint's own
    brighter, redder = (deviation(photo + np.array(shift, np.float32)) for shift in ((9, 9, 9), (9, -9, 0)))
    assert float(brighter) == pytest.approx(3 * 81 / (3 * 40**2 + 4**2 + 6**2) / 3, rel=0.1)
    assert float(redder) == pytest.approx(2 * 81 / (4**2 + 6**2) / 3, rel=0.1)
    flat = losses.colour_deviation(tf.fill((3,), 0.5), tf.zeros((3, 3)))  # a photo of one colour
    assert np.isfinite(float(flat(photo)))


def test_gatys_forms_are_the_papers() -> None:
    """Equations 1 and 3 to 5, written with N filters and M places."""
    features, target = maps(6), maps(7)
    n, m = 3, 20
    f, p = features.reshape(m, n).T, target.reshape(m, n).T  # N x M, as in the paper
    assert float(losses.gatys_content(features, target)) == pytest.approx(0.5 * np.sum((f - p) ** 2), rel=1e-5)
    expected = np.sum((f @ f.T - p @ p.T) ** 2) / (4 * n**2 * m**2)
    assert float(losses.gatys_style(losses.gram(features), losses.gram(target))) == pytest.approx(expected, rel=1e-4)


def test_gatys_content_gradient_is_the_papers() -> None:
    """Equation 2: F - P."""
    features, target = tf.constant(maps(8)), maps(9)
    with tf.GradientTape() as tape:
        tape.watch(features)
        loss = losses.gatys_content(features, target)
    np.testing.assert_allclose(tape.gradient(loss, features), features - target, atol=1e-6)


FUNCTIONS: dict[str, Callable[[tf.Tensor], tf.Tensor]] = {
    "rms": lambda x: losses.relative_rms(x, tf.cast(maps(10), x.dtype)),
    "l1 of grams": lambda x: losses.relative_l1(losses.gram(x), tf.cast(losses.gram(maps(10)), x.dtype)),
    "energy": losses.log_energy,
    "guide": lambda x: losses.guided(x, tf.cast(maps(10).reshape(-1, 3), x.dtype)),
    "class": lambda x: losses.class_evidence(x, tf.constant([1, 2])),
    "logits": lambda x: losses.logit_distance(losses.mean(losses.logits(x)), tf.constant([1, 0, -1], x.dtype)),
    "softmax": lambda x: losses.softmax_distance(losses.mean(losses.logits(x)), tf.constant([1, 0, -1], x.dtype)),
    "tv": losses.total_variation,
    "colour": lambda x: losses.colour_distance(tf.zeros(3, x.dtype), tf.eye(3, dtype=x.dtype))(x),
    "colour in its own units": lambda x: losses.colour_deviation(tf.zeros(3, x.dtype), tf.eye(3, dtype=x.dtype))(x),
    "grams and means": lambda x: losses.with_means(losses.relative_l1)(
        losses.mean(losses.products_and_means(x)),
        tf.cast(losses.mean(losses.products_and_means(maps(10))), x.dtype),
    ),
    "gatys style": lambda x: losses.gatys_style(losses.gram(x), tf.cast(losses.gram(maps(10)), x.dtype)),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_gradients_agree_with_finite_differences(name: str) -> None:
    features = tf.constant(maps(11).astype(np.float64))
    (theoretical,), (numerical,) = tf.test.compute_gradient(FUNCTIONS[name], [features], delta=1e-6)
    np.testing.assert_allclose(theoretical, numerical, rtol=1e-4, atol=1e-7)

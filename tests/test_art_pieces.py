"""Canvas, transforms, objectives and step rules."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eyecandy._tensorflow import tf
from eyecandy.art.core import canvas, objectives, optimizers, transforms
from eyecandy.art.core.evaluate import WholeEvaluator
from eyecandy.art.core.objectives import Objective, Seen, Term
from eyecandy.backbone.model import Backbone
from eyecandy.errors import EyecandyError


def picture(width: int, height: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0, 255, (height, width, 3)).astype(np.float32)


@given(st.integers(2, 40), st.integers(2, 40))
@settings(max_examples=15, deadline=None)
def test_a_canvas_shows_what_it_was_given(width: int, height: int) -> None:
    pixels = picture(width, height)
    exact = canvas.PixelCanvas((width, height))
    np.testing.assert_allclose(exact.image(exact.parameters(pixels))[0], pixels, atol=1e-3)
    fourier = canvas.FourierCanvas((width, height))
    shown = fourier.image(fourier.parameters(pixels))[0]
    np.testing.assert_allclose(shown, pixels, atol=0.1)
    for made in (exact, fourier):
        assert made.parameters(pixels).shape == made.shape


@given(st.sampled_from(sorted(canvas.CANVASES)), st.integers(1, 24), st.integers(1, 24))
@settings(max_examples=30, deadline=None)
def test_a_canvas_takes_slopes_back_as_tensorflow_does(kind: str, width: int, height: int) -> None:
    made = canvas.make(kind, (width, height))
    parameters = tf.random.stateless_normal(made.shape, (3, 0))
    slopes = tf.random.stateless_normal((1, height, width, 3), (3, 1))
    with tf.GradientTape() as tape:
        tape.watch(parameters)
        shown = made.image(parameters)
    expected = tape.gradient(shown, parameters, slopes)
    difference = tf.norm(made.gradient(shown, slopes) - expected)
    assert float(difference) <= 1e-5 * float(tf.norm(expected))


@pytest.mark.parametrize("kind", canvas.CANVASES)
def test_a_canvas_stays_within_the_range(kind: str) -> None:
    made = canvas.make(kind, (16, 12))
    wild = tf.random.stateless_normal(made.shape, (0, 0), stddev=1e3)
    if made.bounds is not None:
        wild = tf.clip_by_value(wild, *made.bounds)
    shown = made.image(wild)
    assert shown.shape == (1, 12, 16, 3)
    assert float(tf.reduce_min(shown)) >= 0
    assert float(tf.reduce_max(shown)) <= 255.001


def test_the_fourier_canvas_moves_as_far_at_every_size() -> None:
    moved = []
    for side in (64, 256):
        made = canvas.FourierCanvas((side, side))
        middle = made.parameters(np.full((side, side, 3), 127.5, np.float32))
        step = 0.05 * tf.sign(tf.random.stateless_normal(made.shape, (1, 2)))
        moved.append(float(tf.math.reduce_std(made.image(middle + step))))
    assert moved[0] == pytest.approx(moved[1], rel=0.25)  # the logarithm of the size is left


def test_pixels_of_another_shape_are_refused() -> None:
    with pytest.raises(EyecandyError, match=r"canvas of 8 x 4 needs pixels of shape \(4, 8, 3\), got \(8, 4, 3\)"):
        canvas.PixelCanvas((8, 4)).parameters(picture(4, 8))
    with pytest.raises(EyecandyError, match="unknown canvas 'oil'"):
        canvas.make("oil", (8, 8))


def test_noise_is_seeded_and_white_about_grey() -> None:
    first = canvas.noise((200, 100), 3)
    np.testing.assert_array_equal(first, canvas.noise((200, 100), 3))
    assert not np.array_equal(first, canvas.noise((200, 100), 4))
    assert first.mean() == pytest.approx(127.5, abs=0.5)
    assert first.std() == pytest.approx(20, abs=0.5)


def test_an_untouched_photo_grows_with_all_its_detail() -> None:
    small, large = picture(20, 10), picture(40, 20, seed=1)
    np.testing.assert_allclose(canvas.enlarged(small, (40, 20), small, large), large, atol=1e-4)
    brighter = canvas.enlarged(np.clip(small, 0, 200) + 20, (40, 20), np.clip(small, 0, 200), np.clip(large, 0, 200))
    np.testing.assert_allclose(brighter, np.clip(large, 0, 200) + 20, atol=1e-3)


def test_enlarging_without_a_photo_keeps_the_picture() -> None:
    ramp = np.broadcast_to(np.linspace(50, 200, 32, dtype=np.float32)[None, :, None], (16, 32, 3))
    large = canvas.enlarged(ramp, (64, 32), None, None)
    np.testing.assert_allclose(canvas.resized(large, (32, 16)), ramp, atol=2)


SEED = tf.constant([7, 64])


@pytest.mark.parametrize(
    "transform",
    [transforms.jitter(5), transforms.compose([transforms.jitter(3)] * 2)],
)
def test_transforms_keep_size_and_draw_by_the_seed(transform: transforms.Transform) -> None:
    image = tf.constant(picture(30, 20)[None])
    moved = transform(image, SEED)
    assert moved.shape == image.shape
    np.testing.assert_array_equal(moved, transform(image, SEED))
    assert any(not np.array_equal(moved, transform(image, tf.constant([7, n]))) for n in (128, 192, 256))
    flat = tf.fill((1, 20, 30, 3), 42.0)
    np.testing.assert_allclose(transform(flat, SEED), flat, rtol=1e-5)


@given(st.integers(0, 500), st.integers(1, 6))
@settings(max_examples=20, deadline=None)
def test_jitter_is_a_whole_shift_of_the_picture(draw: int, reach: int) -> None:
    image = picture(24, 16)
    moved = transforms.jitter(reach)(tf.constant(image[None]), tf.constant([0, draw]))[0].numpy()
    padded = np.pad(image, ((reach, reach), (reach, reach), (0, 0)), mode="reflect")
    windows = [padded[y : y + 16, x : x + 24] for y in range(2 * reach + 1) for x in range(2 * reach + 1)]
    assert sum(np.array_equal(moved, window) for window in windows) == 1


def test_jitter_reaches_every_shift() -> None:
    image = tf.reshape(tf.range(5 * 5 * 3, dtype=tf.float32), (1, 5, 5, 3))
    corners = {float(transforms.jitter(1)(image, tf.constant([0, n]))[0, 2, 2, 0]) for n in range(200)}
    assert corners == {float(image[0, y, x, 0]) for y in (1, 2, 3) for x in (1, 2, 3)}


def test_pad_reflects_beyond_every_edge() -> None:
    image = tf.constant(picture(12, 9)[None])
    padded = transforms.pad(4)(image, SEED)
    np.testing.assert_array_equal(padded[0], np.pad(image[0], ((4, 4), (4, 4), (0, 0)), mode="reflect"))


def _constant(name: str, value: float) -> Objective:
    return Objective(((1.0, Term(name, lambda seen: tf.constant(value), layers=(name,))),))


def losses_of(objective: Objective, seen: Seen) -> np.ndarray:
    return objective.losses([term.sums(seen) for _, term in objective.terms]).numpy()


def test_objectives_add_and_scale() -> None:
    whole = 2 * (_constant("a", 3.0) + 0.5 * _constant("b", 4.0)) + _constant("a", 1.0)
    assert whole.names == ("a", "b", "a 2")
    assert whole.layers == ("a", "b")
    np.testing.assert_allclose(losses_of(whole, Seen()), [2 * 3 + 1 * 4 + 1, 3, 4, 1])


def test_layer_weights_are_shares() -> None:
    features = {"x": tf.ones((1, 2, 2, 1)), "y": tf.fill((1, 2, 2, 1), tf.exp(1.0))}
    seen = Seen(features)
    assert losses_of(objectives.energy({"x": 1, "y": 3}), seen)[1] == pytest.approx(-0.75)
    assert losses_of(objectives.energy({"x": 10, "y": 30}), seen)[1] == pytest.approx(-0.75)


def test_content_moves_the_photo_along_with_the_canvas(tiny_net: Backbone) -> None:
    size = (64, 48)
    photo = picture(*size)
    content = objectives.content(tf.constant(photo[None]), {tiny_net.layer_names[0]: 1})

    def shift(image: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        return tf.roll(image, 3, 2)

    pixels = canvas.make("pixel", size)
    for transform in (None, shift):
        loss = WholeEvaluator(tiny_net, pixels, content, transform, 0)
        losses_here, gradient = loss.evaluate(pixels.parameters(photo), 0)
        assert float(losses_here[0]) == pytest.approx(0, abs=1e-4)
        assert np.isfinite(gradient).all()
        assert float(loss.evaluate(pixels.parameters(np.roll(photo, 3, 1)), 0)[0][0]) > 0.2


def test_adam_is_the_papers() -> None:
    """Three steps of algorithm 1, in numpy."""
    rule = optimizers.Adam()
    gradients = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    moments = tf.zeros((rule.moments, 4))
    mean, square = np.zeros(4), np.zeros(4)
    for t, gradient in enumerate(gradients):
        change, moments = rule.change(tf.constant(gradient), moments, tf.constant(t), tf.constant(1.0))
        mean, square = 0.9 * mean + 0.1 * gradient, 0.999 * square + 0.001 * gradient**2
        expected = mean / (1 - 0.9 ** (t + 1)) / (np.sqrt(square / (1 - 0.999 ** (t + 1))) + 1e-8)
        np.testing.assert_allclose(change, expected, rtol=1e-3)


def test_gradient_steps_have_one_length() -> None:
    length = tf.constant(5e-12**0.5)
    change, _ = optimizers.Gradient().change(tf.constant([1e-6, -3e-6]), tf.zeros((0, 2)), tf.constant(0), length)
    np.testing.assert_allclose(change, [1 / 5**0.5, -3 / 5**0.5], rtol=1e-5)


def test_lbfgs_finds_the_minimum_within_bounds() -> None:
    goal = np.array([[0.5, 3.0], [-2.0, 1.0]], np.float32)
    passed: list[np.ndarray] = []
    found = optimizers.lbfgs(
        lambda x: (float(np.sum((x - goal) ** 2)), 2 * (x - goal)),
        np.zeros((2, 2), np.float32),
        iterations=50,
        first_step=0.05,
        bounds=(-1.0, 2.0),
        after=passed.append,
    )
    np.testing.assert_allclose(found, [[0.5, 2.0], [-1.0, 1.0]], atol=1e-3)
    assert len(passed) >= 2

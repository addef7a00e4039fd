"""The render loop, on a tiny seeded network."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from eyecandy._tensorflow import keras, tf
from eyecandy.art.core import losses, objectives, transforms
from eyecandy.art.core.objectives import Objective, Seen, Term
from eyecandy.art.core.render import Renderer, Scale, Step, to_uint8
from eyecandy.backbone.labels import generic
from eyecandy.backbone.model import Backbone

SIZE = (40, 32)


@pytest.fixture(scope="module")
def net() -> Backbone:
    keras.utils.set_random_seed(3)
    image = keras.Input((None, None, 3))
    x = keras.layers.Rescaling(1 / 128, -1)(image)
    x = keras.layers.Conv2D(6, 3, 2, padding="same", activation="relu", name="block1_conv1")(x)
    x = keras.layers.Conv2D(8, 3, 2, padding="same", activation="relu", name="block2_conv1")(x)
    model = keras.Model(image, keras.layers.Conv2D(5, 1, name="class_map")(x))
    return Backbone(model, name="tiny", taps=("block1_conv1", "block2_conv1"), labels=generic(5), minimum=8)


def photo(size: tuple[int, int], seed: int = 0) -> np.ndarray:
    small = np.random.default_rng(seed).uniform(30, 225, (4, 5, 3)).astype(np.float32)
    return tf.image.resize(small, size[::-1], "bilinear").numpy()


def painting(size: tuple[int, int]) -> np.ndarray:
    return photo(size, 1)


def every_objective(net: Backbone) -> dict[str, Callable[[tuple[int, int]], Objective]]:
    look = net.features(["block1_conv1", "block2_conv1"])
    both = {"block1_conv1": 1.0, "block2_conv1": 2.0}

    def seen(size: tuple[int, int]) -> dict[str, tf.Tensor]:
        return look(tf.constant(painting(size)[None]))

    return {
        "content": lambda size: objectives.content(tf.constant(painting(size)[None]), both),
        "style": lambda size: objectives.style({n: losses.gram(f) for n, f in seen(size).items()}, both),
        "energy": lambda size: objectives.energy(both),
        "channel": lambda size: objectives.energy(both, channel=2),
        "guide": lambda size: objectives.guide(
            {n: tf.reshape(f, (-1, f.shape[-1])) for n, f in seen(size).items()}, both
        ),
        "climb": lambda size: objectives.climb([1, 3]),
        "logits": lambda size: objectives.match_classes(net.logits(painting(size)[None])[0]),
        "softmax": lambda size: objectives.match_classes(
            net.logits(painting(size)[None])[0], distance=losses.softmax_distance
        ),
        "smoothness": lambda size: objectives.smoothness(),
        "colours": lambda size: colours_of(painting(size)),
    }


def colours_of(pixels: np.ndarray) -> Objective:
    distance = losses.colour_distance(*losses.colour_statistics(tf.constant(pixels[None])))
    return Objective(((1.0, Term("colour", lambda seen: distance.sums(seen.image), distance.value)),))


NAMES = (*("content", "style", "energy", "channel", "guide", "climb", "logits", "softmax", "smoothness", "colours"),)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("canvas", ["fourier", "pixel"])
def test_three_steps_move_every_score_the_right_way(net: Backbone, name: str, canvas: str) -> None:
    renderer = Renderer(net, every_objective(net)[name], canvas=canvas, rate=0.02)
    loss = renderer.render([Scale(SIZE, 4)], photo).history["loss"]
    assert loss[3] < loss[0]


@pytest.mark.parametrize("optimizer", ["adam", "gradient", "lbfgs"])
@pytest.mark.parametrize("canvas", ["fourier", "pixel"])
def test_every_optimizer_reaches_the_painting_on_every_canvas(net: Backbone, optimizer: str, canvas: str) -> None:
    objective = every_objective(net)["colours"]
    renderer = Renderer(net, objective, canvas=canvas, optimizer=optimizer)
    done = renderer.render([Scale(SIZE, 40)], photo)
    # One step length for every frequency suits a spectrum badly: plain gradient steps get there slowly.
    left = 0.4 if (optimizer, canvas) == ("gradient", "fourier") else 0.1
    assert done.history["loss"][-1] < left * done.history["loss"][0]
    assert done.stopped is None


def style(net: Backbone, **arguments: Any) -> Renderer:
    shifting = [transforms.pad(4), transforms.jitter(3)]
    return Renderer(net, every_objective(net)["style"], transforms=shifting, **arguments)


def test_the_same_seed_gives_the_same_picture_however_often_one_looks(net: Backbone) -> None:
    scales = [Scale((20, 16), 7), Scale(SIZE, 9)]
    first = style(net).render(scales, photo).picture
    steps: list[Step] = []
    watched = style(net).render(scales, photo, listeners=[steps.append], every=1)
    np.testing.assert_array_equal(first, watched.picture)
    assert [step.iteration for step in steps] == list(range(1, 17))
    assert not np.array_equal(first, style(net, seed=1).render(scales, photo).picture)


def test_steps_tell_what_there_is_to_tell(net: Backbone) -> None:
    steps: list[Step] = []
    done = style(net).render([Scale((20, 16), 5), Scale(SIZE, 10)], photo, listeners=[steps.append], every=5)
    at = {step.iteration: step for step in steps}
    assert {5, 10, 15} <= set(at)
    assert [(at[n].scale, at[n].scales, at[n].size) for n in (5, 15)] == [(1, 2, (20, 16)), (2, 2, SIZE)]
    assert at[15].iterations == 15
    assert at[15].seconds_left == 0
    assert at[10].seconds_left == pytest.approx(5 * at[10].seconds_per_step)
    assert at[10].loss == done.history["loss"][9]
    assert at[10].losses == {"style": done.history["style"][9]}
    np.testing.assert_array_equal(at[15].image(), to_uint8(done.picture))
    assert at[10].image().shape == (32, 40, 3)
    assert not np.array_equal(at[10].image(), at[15].image())  # a step shows its own moment, whenever it is asked
    with pytest.raises(dataclasses.FrozenInstanceError):
        at[5].__setattr__("loss", 0.0)


def test_one_size_is_compiled_once(net: Backbone) -> None:
    traced = []

    def objective(size: tuple[int, int]) -> Objective:
        def loss(seen: Seen) -> tf.Tensor:
            traced.append(size)  # Python runs only while the graph is made
            return tf.reduce_mean(seen.image)

        return Objective(((1.0, Term("darkness", loss)),))

    renderer = Renderer(net, objective)
    for count in (3, 8, 5):
        renderer.render([Scale(SIZE, count)], photo)
        renderer.render([Scale(SIZE, count)], painting)
    assert traced == [SIZE]


def test_a_photo_nothing_is_done_to_comes_out_whole_at_the_last_scale(net: Backbone) -> None:
    still = 0 * objectives.smoothness()
    renderer = Renderer(net, lambda size: still, canvas="pixel")
    done = renderer.render([Scale((10, 8), 2), Scale((20, 16), 2), Scale(SIZE, 2)], photo, photo=photo)
    np.testing.assert_allclose(done.picture, photo(SIZE), atol=1e-3)


def brittle(limit: float, goal: float) -> Objective:
    """Wants a mean brightness, and is not finite above a limit."""

    def loss(seen: Seen) -> tf.Tensor:
        mean = tf.reduce_mean(seen.image)
        return tf.where(mean > limit, float("nan"), 1.0) * tf.abs(mean - goal)

    return Objective(((1.0, Term("brittle", loss)),))


def grey(size: tuple[int, int]) -> np.ndarray:
    return np.full((size[1], size[0], 3), 100, np.float32)


def test_a_loss_that_is_not_finite_halves_the_step_and_goes_on(net: Backbone) -> None:
    # From 100, steps of 10 grey levels: 110 is beyond the limit, steps of 5 reach 105 and stay about it.
    renderer = Renderer(net, lambda size: brittle(109, 105), canvas="pixel", optimizer="gradient", rate=0.1, settle=0.0)
    done = renderer.render([Scale(SIZE, 8)], grey)
    assert done.stopped is None
    assert done.iterations == 8
    assert np.isfinite(done.history["loss"]).all()
    assert 100 <= done.picture.mean() <= 110


@pytest.mark.parametrize("optimizer", ["adam", "gradient", "lbfgs"])
def test_twice_in_a_row_it_stops_with_the_reason_and_the_last_good_picture(net: Backbone, optimizer: str) -> None:
    renderer = Renderer(
        net, lambda size: brittle(100.5, 200), canvas="pixel", optimizer=optimizer, rate=0.5, settle=0.0
    )
    done = renderer.render([Scale(SIZE, 50)], grey)
    assert done.stopped is not None
    assert "not finite at iteration" in done.stopped
    assert "of 50" in done.stopped
    np.testing.assert_allclose(done.picture, 100, atol=0.51)


def test_a_stop_at_a_coarse_scale_still_gives_the_size_asked_for(net: Backbone) -> None:
    renderer = Renderer(net, lambda size: brittle(50, 200), canvas="pixel")
    done = renderer.render([Scale((20, 16), 5), Scale(SIZE, 5)], grey)
    assert done.stopped is not None
    assert done.iterations == 0
    np.testing.assert_allclose(done.picture, grey(SIZE), atol=0.01)


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
def test_control_c_keeps_the_last_picture(net: Backbone, optimizer: str) -> None:
    shown: list[np.ndarray] = []

    def impatient(step: Step) -> None:
        shown.append(step.image())
        if step.iteration == 4:
            raise KeyboardInterrupt

    renderer = style(net, optimizer=optimizer)
    done = renderer.render([Scale(SIZE, 20)], photo, listeners=[impatient], every=1)
    assert done.interrupted
    assert done.stopped == "interrupted after 4 of 20 iterations"
    assert done.iterations == 4
    assert len(done.history["loss"]) == 4
    np.testing.assert_array_equal(to_uint8(done.picture), shown[-1])


def test_going_on_does_only_what_is_left(net: Backbone) -> None:
    scales = [Scale((20, 16), 5), Scale(SIZE, 6)]
    sizes: list[tuple[int, int]] = []
    done = style(net).render(scales, photo, first=7, listeners=[lambda step: sizes.append(step.size)], every=1)
    assert sizes == [SIZE] * 4
    assert done.iterations == 11
    assert len(done.history["loss"]) == 4

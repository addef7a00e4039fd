"""The next size is compiled while this one's steps run, and nothing of the picture shows it."""

import threading

import numpy as np
import pytest

from eyecandy._tensorflow import tf
from eyecandy.art.core.objectives import Objective, Seen, Term
from eyecandy.art.core.render import Renderer, Scale, Step
from eyecandy.backbone.model import Backbone
from eyecandy.errors import EyecandyError

COARSE, FINE = (20, 16), (40, 32)
SCALES = [Scale(COARSE, 6), Scale(FINE, 7)]


def grey(size: tuple[int, int]) -> np.ndarray:
    return np.full((size[1], size[0], 3), 100, np.float32)


class Seeking:
    """An objective that wants brightness and structure; notes which thread makes it for which size."""

    def __init__(self) -> None:
        self.made: dict[tuple[int, int], str] = {}
        self.traced: dict[tuple[int, int], str] = {}

    def __call__(self, size: tuple[int, int]) -> Objective:
        self.made[size] = threading.current_thread().name

        def loss(seen: Seen) -> tf.Tensor:
            self.traced[size] = threading.current_thread().name  # Python runs only while the graph is made
            waves = tf.sin(seen.image / 17)
            return tf.reduce_mean(tf.square(seen.image - 140) / 1e3) - tf.math.reduce_std(waves)

        return Objective(((1.0, Term("seeking", loss)),))


@pytest.mark.parametrize("optimizer", ["adam", "gradient", "lbfgs"])
def test_what_is_compiled_ahead_gives_the_same_picture_to_the_bit(tiny_net: Backbone, optimizer: str) -> None:
    ahead, in_turn = (Seeking() for _ in range(2))
    found = Renderer(tiny_net, ahead, optimizer=optimizer, seed=4).render(SCALES, grey)
    renderer = Renderer(tiny_net, in_turn, optimizer=optimizer, seed=4)
    for scale in SCALES:
        renderer.evaluator(scale.size).compile()
    known = renderer.render(SCALES, grey)
    assert found.picture.tobytes() == known.picture.tobytes()
    assert found.history["loss"].tobytes() == known.history["loss"].tobytes()
    here = threading.current_thread().name
    assert ahead.made[COARSE] == ahead.traced[COARSE] == here
    assert ahead.made[FINE] == ahead.traced[FINE] != here
    assert in_turn.made == in_turn.traced == {COARSE: here, FINE: here}


def test_what_is_wrong_with_a_later_size_is_said_when_its_turn_comes(tiny_net: Backbone) -> None:
    def objective(size: tuple[int, int]) -> Objective:
        if size == FINE:
            raise EyecandyError("the painting is too small for this size; raise size")
        return Seeking()(size)

    steps: list[int] = []
    renderer = Renderer(tiny_net, objective)
    with pytest.raises(EyecandyError, match=r"^the painting is too small for this size; raise size$"):
        renderer.render(SCALES, grey, listeners=[lambda step: steps.append(step.iteration)], every=1)
    assert steps == [1, 2, 3, 4, 5, 6]


def test_control_c_does_not_wait_for_what_is_compiled(tiny_net: Backbone) -> None:
    go_on = threading.Event()

    def objective(size: tuple[int, int]) -> Objective:
        if size == FINE:
            go_on.wait(60)
        return Seeking()(size)

    def interrupt(step: Step) -> None:
        if step.iteration == 3:
            raise KeyboardInterrupt

    renderer = Renderer(tiny_net, objective)
    try:
        done = renderer.render(SCALES, grey, listeners=[interrupt], every=1)
        assert not go_on.is_set()
    finally:
        go_on.set()
    assert done.stopped == "interrupted after 3 of 13 iterations"
    assert done.picture.shape == (32, 40, 3)
    whole = renderer.render(SCALES, grey)  # what was on its way is of use after all
    assert (whole.stopped, whole.iterations) == (None, 13)


def test_another_objective_is_not_answered_with_what_was_begun_for_the_one_before(tiny_net: Backbone) -> None:
    def bright(goal: float) -> Objective:
        loss = Term("bright", lambda seen: tf.abs(tf.reduce_mean(seen.image) - 200) / 100)
        return Objective(((goal, loss),))

    def interrupt(step: Step) -> None:
        raise KeyboardInterrupt

    renderer = Renderer(tiny_net, lambda size: bright(1.0))
    renderer.render(SCALES, grey, listeners=[interrupt], every=1)
    renderer.turn(lambda size: bright(5.0))
    found = renderer.render(SCALES, grey)
    np.testing.assert_allclose(found.history["loss"], 5 * found.history["bright"], rtol=1e-6)

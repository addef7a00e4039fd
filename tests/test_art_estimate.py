"""What is told before the first step."""

from pathlib import Path

import pytest

from eyecandy._tensorflow import keras, tf
from eyecandy.art.core import objectives
from eyecandy.art.core.render import Step
from eyecandy.art.core.scales import Scale
from eyecandy.art.large import costs
from eyecandy.art.large import plan as plans
from eyecandy.art.output.painting import Viewing
from eyecandy.art.recipes.dream import dream
from eyecandy.backbone.labels import generic
from eyecandy.backbone.memory import Memory
from eyecandy.backbone.model import Backbone
from eyecandy.errors import EyecandyError

CHINA = Path(__file__).parent.parent / "samples" / "china.jpg"
SMALL = {"size": 64, "scales": 1, "iterations": 12, "margin": 8}


def test_the_plan_comes_before_the_first_step(net: Backbone) -> None:
    events: list[object] = []
    viewing = Viewing(before=events.append, listeners=[events.append], every=1)
    dream(CHINA, backbone=net, viewing=viewing, **SMALL)
    plan = events[0]
    assert isinstance(plan, plans.Plan)
    assert plan.scales == (Scale((64, 43), 12),)
    assert all(isinstance(event, Step) for event in events[1:])


@pytest.fixture(scope="module")
def two_layers() -> Backbone:
    keras.utils.set_random_seed(0)
    image = keras.Input((None, None, 3))
    x = keras.layers.Conv2D(4, 3, 2, padding="same", name="block1_conv1")(image)
    x = keras.layers.Conv2D(10, 1, padding="same", name="block2_conv1")(x)
    model = keras.Model(image, keras.layers.Conv2D(5, 1, name="class_map")(x))
    return Backbone(model, name="two layers", taps=("block1_conv1", "block2_conv1"), labels=generic(5))


def test_activations_are_counted_by_hand(two_layers: Backbone) -> None:
    first, second = (
        costs.network(two_layers, objectives.energy({name: 1}))[:2] for name in ("block1_conv1", "block2_conv1")
    )
    assert first == (4 * (3 + 4 / 4), 3 * 3 * 3 * 4 / 4)
    assert second == (4 * (3 + 4 / 4 + 10 / 4), 3 * 3 * 3 * 4 / 4 + 4 * 10 / 4)


def test_a_step_is_there_and_back_and_there_once_more_for_a_picture_beside(
    two_layers: Backbone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(costs, "pace", lambda precision: 1e3)  # so slow that nothing else counts
    photo = tf.zeros((1, 40, 30, 3))
    for objective, passes in (
        (objectives.energy({"block2_conv1": 1}), 2 * 37),
        (objectives.content(photo, {"block2_conv1": 1}), 3 * 37),
        (objectives.energy({"block2_conv1": 1}) + objectives.content(photo, {"block1_conv1": 1}), 2 * 37 + 27),
    ):
        first, second = (
            plans.Planner(two_layers, margin=5).plan(objective, [Scale((30, 40), count)]).seconds for count in (1, 2)
        )
        assert second - first == pytest.approx(passes * (30 + 10) * (40 + 10) / 1e3, rel=1e-3)


def test_a_size_beyond_memory_says_the_largest_that_fits(net: Backbone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans, "main_memory", lambda: Memory(2e9, "this machine has"))
    objective = objectives.energy({"block4_conv3": 1})
    with pytest.raises(EyecandyError, match=r"machine has 2\.0 GB; the largest size that fits is about (\d+)") as info:
        plans.Planner(net).plan(objective, [Scale((4000, 4000), 10)])
    fits = int(str(info.value).rsplit(" ", 1)[1])
    assert plans.Planner(net).plan(objective, [Scale((fits, fits), 10)]).memory <= 2e9


def test_too_little_memory_says_the_least_that_is_enough(net: Backbone) -> None:
    objective = objectives.energy({"block2_conv2": 1})
    scales = [Scale((1024, 683), 3), Scale((2048, 1365), 3), Scale((4096, 2731), 3)]
    says = r"^even in the smallest tiles a picture of 4096 x 2731 takes about .* GB of memory and --memory allows 1\.0"
    with pytest.raises(EyecandyError, match=says) as refused:
        plans.Planner(net, memory=1e9).plan(objective, scales)
    least = 1e9 * float(str(refused.value).split("about ")[1].split(" ")[0])
    assert 0.9 * least < plans.Planner(net, memory=least).plan(objective, scales).memory <= least
    with pytest.raises(EyecandyError, match="even in the smallest tiles"):
        plans.Planner(net, memory=least - 2e8).plan(objective, scales)


def test_a_picture_smaller_than_a_tile_has_to_fit_too(net: Backbone) -> None:
    objective, scales = objectives.energy({"block4_conv3": 1}), [Scale((96, 96), 3)]
    needed = plans.Planner(net).plan(objective, scales).memory
    for tile in ("auto", 512):
        assert plans.Planner(net, tile=tile, memory=needed).plan(objective, scales).tile is None
        with pytest.raises(EyecandyError, match="a picture of 96 x 96 takes about"):
            plans.Planner(net, tile=tile, memory=0.5 * needed).plan(objective, scales)


def test_where_no_size_fits_the_network_is_to_blame(net: Backbone) -> None:
    with pytest.raises(EyecandyError, match=r"no size fits, since the network takes 0\.9 GB before its first pixel$"):
        plans.Planner(net, memory=5e8).plan(objectives.energy({"block2_conv2": 1}), [Scale((96, 96), 3)])


def test_what_is_compiled_while_steps_are_taken_is_told_in_part(two_layers: Backbone) -> None:
    objective = objectives.energy({"block2_conv1": 1})
    one, two, three = (
        plans.Planner(two_layers).plan(objective, [Scale((64, 64), 0)] * count).seconds for count in (1, 2, 3)
    )
    assert 0 < two - one < one  # more than nothing, and less than the first
    assert three - two == pytest.approx(two - one)


def test_tiles_tell_their_halos_and_a_second_look(two_layers: Backbone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(costs, "pace", lambda precision: 1e3)  # so slow that nothing else counts
    objective = objectives.energy({"block2_conv1": 1})

    def step(tile: int | str) -> float:
        told = plans.Planner(two_layers, tile=tile)
        one, two = (told.plan(objective, [Scale((192, 96), count)]).seconds for count in (1, 2))
        return two - one

    assert step("off") == pytest.approx(2 * 37 * 192 * 96 / 1e3, rel=1e-3)
    assert step(64) > 1.5 * step("off")
    assert step(96) < step(64)

"""Tiles computed by the actors of a real cluster of this machine, two of them, some of which are killed."""

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eyecandy import dream, images
from eyecandy._tensorflow import tf
from eyecandy.art.core import canvas, colours, objectives, transforms
from eyecandy.art.core.guided import Guide
from eyecandy.art.core.objectives import Objective
from eyecandy.art.core.render import Renderer
from eyecandy.art.core.scales import Scale
from eyecandy.art.large.plan import Plan, Planner
from eyecandy.art.large.tiled import TiledEvaluator
from eyecandy.art.output import record
from eyecandy.art.output.painting import Viewing
from eyecandy.art.recipes.again import again
from eyecandy.backbone.model import Backbone
from eyecandy.errors import EyecandyError
from eyecandy.web import forms

SAMPLES = Path(__file__).parent.parent / "samples"
SIZE = (150, 118)
SIDE = 96


@pytest.fixture(scope="module")
def tiles(cluster: None, tiny_net: Backbone) -> Iterator[Any]:
    from eyecandy.art.large.ray import TileWorkers

    made = TileWorkers(tiny_net)
    yield made
    made.close()


def photo(size: tuple[int, int] = SIZE) -> np.ndarray:
    return images.resize(images.load(SAMPLES / "china.jpg").pixels, size).astype(np.float32)


def every_term(net: Backbone) -> Objective:
    """Those that look, of each kind, and those that do not."""
    first, second, third = net.layer_names[:3]
    still = tf.constant(photo()[None])
    seen = net.features(net.layer_names)(tf.constant(photo()[None, ::-1]))
    gram = {name: tf.random.stateless_normal(2 * (seen[name].shape[-1],), (0, 1)) for name in (first, second)}
    half = np.arange(SIZE[0])[None].repeat(SIZE[1], 0) < SIZE[0] // 2
    rows = {third: tf.reshape(seen[third], (-1, seen[third].shape[-1]))}
    return (
        objectives.content(still, {second: 1})
        + 5 * objectives.style(gram, {first: 1, second: 2}, border=16)
        + 5 * objectives.style(gram, {first: 1, second: 2}, border=16, guide=Guide.of(half, net), name="half")
        + objectives.energy({third: 1}, channel=3)
        + objectives.guide(rows, {third: 1})
        + objectives.match_classes(net.logits(photo()[None])[0], border=16)
        + objectives.climb([5])
        + objectives.smoothness()
        + colours.held(still)
    )


def evaluated(
    net: Backbone, executor: Callable[..., Any] | None = None
) -> tuple[TiledEvaluator, np.ndarray, np.ndarray]:
    """The evaluator, and what it gives for a seeded canvas."""
    shown = canvas.make("fourier", SIZE)
    noise = np.random.default_rng(0).normal(0, 20, (SIZE[1], SIZE[0], 3))
    parameters = shown.parameters(np.clip(photo() + noise, 0, 255).astype(np.float32))
    shaken = transforms.compose([transforms.pad(16), transforms.jitter(8)])
    own = {} if executor is None else {"executor": executor}
    tiled = TiledEvaluator(net, shown, every_term(net), shaken, 0, side=SIDE, **own)
    return tiled, *tiled.evaluate(parameters, 3)


@pytest.fixture(scope="module")
def remote(tiles: Any, tiny_net: Backbone) -> tuple[TiledEvaluator, np.ndarray, np.ndarray]:
    """What the actors give."""
    return evaluated(tiny_net, tiles.executor)


def test_actors_give_the_gradient_of_local_tiles(remote: tuple[Any, ...], tiny_net: Backbone) -> None:
    tiled, losses, gradient = remote
    assert len(list(tiled.grid.tiles(3))) >= 4
    _, local_losses, local = evaluated(tiny_net)
    np.testing.assert_allclose(losses, local_losses, rtol=1e-5)
    assert np.linalg.norm(gradient - local) < 1e-5 * np.linalg.norm(local)
    assert len(workers()) == 2


def workers() -> list[int]:
    """The processes of the actors: descendants of this process that Ray calls so."""
    parents, named = {}, []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(place.name)] = int((place / "stat").read_text().rpartition(")")[2].split()[1])
            if b"ray::TileWorker" in (place / "cmdline").read_bytes():
                named.append(int(place.name))
        except OSError:  # it has just ended
            continue

    def is_mine(pid: int) -> bool:
        while pid > 1 and pid != os.getpid():
            pid = parents.get(pid, 0)
        return pid == os.getpid()

    return [pid for pid in named if is_mine(pid)]


class Doomed:
    """An executor, one of whose actors dies in each pass. It is stopped before, so that it dies over a tile."""

    def __init__(self, executor: Any, victims: Iterable[int]) -> None:
        self.executor = executor
        self.victims = iter(victims)

    def sums(self, cuts: Any) -> Any:
        self._doom()
        return self.executor.sums(cuts)

    def gradients(self, cuts: Any, slopes: Any) -> Any:
        self._doom()
        return self.executor.gradients(cuts, slopes)

    def _doom(self) -> None:
        victim = next(self.victims)
        os.kill(victim, signal.SIGSTOP)
        threading.Timer(0.5, os.kill, (victim, signal.SIGKILL)).start()


@pytest.mark.skipif(sys.platform != "linux", reason="it looks for processes in /proc")
def test_killed_actors_are_replaced_and_their_tiles_done_again(
    tiles: Any, remote: tuple[Any, ...], tiny_net: Backbone
) -> None:
    _, losses, gradient = remote
    victims = workers()
    assert len(victims) == 2
    _, again_losses, again_gradient = evaluated(tiny_net, lambda *told: Doomed(tiles.executor(*told), victims))
    np.testing.assert_array_equal(again_losses, losses)
    np.testing.assert_array_equal(again_gradient, gradient)
    alive = workers()
    assert alive and not set(alive) & set(victims)


def test_lbfgs_too(tiles: Any, tiny_net: Backbone) -> None:
    first, _, third = tiny_net.layer_names[:3]
    objective = objectives.content(tf.constant(photo()[None]), {first: 1}) + objectives.energy({third: 1})
    knobs = {"optimizer": "lbfgs", "transforms": [transforms.jitter(8)]}
    grey = np.full((SIZE[1], SIZE[0], 3), 127, np.float32)
    tiles.close()  # its actors take all processors of this cluster
    local, remote = (
        Renderer(tiny_net, lambda _: objective, evaluators=own, **knobs).render([Scale(SIZE, 5)], lambda _: grey)
        for own in (Planner(tiny_net, margin=0, tile=SIDE, engine=engine) for engine in ("local", "ray"))
    )
    np.testing.assert_allclose(remote.history["loss"], local.history["loss"], rtol=1e-4)
    assert np.abs(remote.picture - local.picture).max() < 1
    deadline = time.monotonic() + 10
    while workers() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert workers() == []  # they end with the renderer


def test_work_that_kills_every_actor_is_given_up(cluster: None) -> None:
    from eyecandy.art.large.ray import Workers

    class Fragile:
        def __init__(self, told: str) -> None:
            self.told = told

        def do(self, piece: int) -> str:
            if piece == 6:  # it is handed out when the third has come back
                os._exit(1)
            return f"{self.told} {piece}"

    class Stillborn(Fragile):
        def __init__(self, told: str) -> None:
            raise RuntimeError(f"there is no {told}")

    pools = [Workers(kind, lambda: "piece", None, 100 << 20) for kind in (Fragile, Stillborn)]

    def call(actor: Any, piece: int) -> Any:
        return actor.do.remote(piece)

    made = pools[0].map(call, 7, lambda: EyecandyError("too much"))
    assert [next(made) for _ in range(3)] == ["piece 0", "piece 1", "piece 2"]
    with pytest.raises(EyecandyError, match="too much"):
        list(made)
    pools[0].close()
    with pytest.raises(EyecandyError, match=r"no worker of the Ray cluster starts: .*there is no piece"):
        next(pools[1].map(call, 1, lambda: EyecandyError("too much")))
    pools[1].close()


def test_a_picture_made_on_a_cluster_is_the_same(
    cluster: None, net: Backbone, command: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from eyecandy.art.large.ray import RayExecutor

    tiles: list[int] = []  # in each pass that actors did
    sizes: set[tuple[int, int]] = set()
    real = RayExecutor.gradients

    def gradients(self: RayExecutor, cuts: Any, slopes: Any) -> Any:
        tiles.append(len(cuts))
        sizes.add(cuts.grid.tile)
        return real(self, cuts, slopes)

    monkeypatch.setattr(RayExecutor, "gradients", gradients)
    out = tmp_path / "out.png"
    options = ["--size", 160, "--scales", 1, "--iterations", 4, "--tile", 96, "--content-layer", "block2_conv1"]
    options += ["--style-layer", "block1_conv1", "--style-layer", "block2_conv1", "--engine", "ray", "-o", out]
    run = command("style", SAMPLES / "china.jpg", SAMPLES / "style_flow.jpg", *options)
    assert run.code == 0, run.err
    assert len(tiles) >= 4 and min(tiles) >= 4
    told, remote = record.read(out), images.load(out).pixels.astype(int)
    assert "engine" not in str(told)  # where it was made is no part of what it is
    ((wide, high),) = sizes
    assert max(wide, high) <= 96 and f"160 x 107 pixels in tiles of {wide} x {high}, " in run.err
    done = len(tiles)
    local = again(told, net)
    assert len(tiles) == done
    twice = command("again", out, "--engine", "ray")
    assert twice.code == 0 and f"in tiles of {wide} x {high}, " in twice.err
    assert len(tiles) == 2 * done
    assert "the pixels are the same as of" in twice.out
    assert np.abs(remote - local.image.astype(int)).max() <= 1
    np.testing.assert_allclose(told["losses"]["loss"], local.history["loss"], rtol=1e-4)
    assert np.abs(remote - photo((160, 107))).mean() > 1  # something was done


def test_the_plan_tells_the_tiles_that_actors_get(
    cluster: None, net: Backbone, monkeypatch: pytest.MonkeyPatch
) -> None:
    from eyecandy.art.large.ray import RayExecutor

    sizes: set[tuple[int, int]] = set()
    real = RayExecutor.gradients

    def gradients(self: RayExecutor, cuts: Any, slopes: Any) -> Any:
        sizes.add(cuts.grid.tile)
        return real(self, cuts, slopes)

    monkeypatch.setattr(RayExecutor, "gradients", gradients)
    plans: list[Plan] = []
    options = {"layers": "block1_conv1", "size": 800, "scales": 1, "iterations": 1, "backbone": net}
    dream(SAMPLES / "china.jpg", viewing=Viewing(before=plans.append), engine="ray", **options)
    assert plans[0].tile is not None and {plans[0].tile} == sizes and max(plans[0].tile) < 800


def test_again_refuses_an_address_without_a_cluster(command: Callable[..., Any], tmp_path: Path) -> None:
    run = command("again", tmp_path / "none.png", "--address", "127.0.0.1:1")
    assert run.code == 2 and run.err == "eyecandy: --address 127.0.0.1:1 is for --engine ray\n"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--engine", "dask"], "unknown --engine 'dask'; expected local or ray"),
        (["--address", "127.0.0.1:1"], "--address 127.0.0.1:1 is for --engine ray"),
        (["--engine", "ray", "--tile", "off"], "--tile off leaves no tiles to --engine ray"),
    ],
)
def test_the_command_refuses(command: Callable[..., Any], options: list[str], says: str) -> None:
    pytest.importorskip("ray")
    run = command("dream", SAMPLES / "china.jpg", *options)
    assert run.code == 2 and says in run.err and run.err.count("\n") == 1


def test_without_ray(command: Callable[..., Any], net: Backbone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(EyecandyError, match=r'engine="ray" needs Ray; run pip install \'eyecandy\[ray\]\''):
        dream(SAMPLES / "china.jpg", engine="ray", backbone=net)
    run = command("style", SAMPLES / "china.jpg", SAMPLES / "style_flow.jpg", "--engine", "ray")
    assert run.code == 2 and run.err == "eyecandy: --engine ray needs Ray; run pip install 'eyecandy[ray]'\n"


def test_no_page_names_a_cluster() -> None:
    for recipe in forms.painting():
        assert not {"engine", "address"} & {field["name"] for field in forms.paint_form(recipe)}
    with pytest.raises(EyecandyError, match="unknown option 'address'"):
        forms.paint_knobs("style", {"address": "127.0.0.1:1"})


def test_a_dead_address_is_told_before_the_first_step(net: Backbone) -> None:
    ray = pytest.importorskip("ray")
    if ray.is_initialized():
        ray.shutdown()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
        started = time.monotonic()
        with pytest.raises(EyecandyError, match=f"no Ray cluster answers at '{address}'"):
            dream(SAMPLES / "china.jpg", layers="block2_conv1", size=64, engine="ray", address=address, backbone=net)
    assert time.monotonic() - started < 30

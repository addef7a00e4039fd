"""Pictures in tiles: who owns which place, and that the gradient is that of the whole picture."""

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eyecandy import dream, images, style
from eyecandy._tensorflow import tf
from eyecandy.art.core import canvas, colours, losses, objectives, transforms
from eyecandy.art.core.evaluate import WholeEvaluator
from eyecandy.art.core.guided import Guide, counts, placed
from eyecandy.art.core.objectives import Objective
from eyecandy.art.core.scales import Scale
from eyecandy.art.large import plan as plans
from eyecandy.art.large import stream
from eyecandy.art.large.plan import Planner
from eyecandy.art.large.tiled import TiledEvaluator
from eyecandy.art.large.tiles import Grid, least
from eyecandy.art.recipes.style import CLASSIC_LAYERS, STYLE_LAYERS
from eyecandy.backbone.architectures.vgg16 import ARCHITECTURE as VGG16
from eyecandy.backbone.labels import generic
from eyecandy.backbone.memory import Memory
from eyecandy.backbone.model import Backbone
from eyecandy.errors import EyecandyError

SAMPLES = Path(__file__).parent.parent / "samples"


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 900), st.integers(1, 900), st.integers(60, 400), st.integers(0, 50), st.sampled_from([1, 4, 16, 32]),
    st.integers(0, 100),
)  # fmt: skip
def test_tiles_own_every_pixel_once_and_see_their_halo(
    width: int, height: int, side: int, halo: int, step: int, draw: int
) -> None:
    try:
        grid = Grid.of((width, height), side, halo, step)
    except EyecandyError:
        assert side < 2 * grid_halo(halo, step) + 2 * step
        return
    owned = np.zeros((height, width), int)
    for tile in grid.tiles(draw):
        owned[tile.down.begin : tile.down.end, tile.across.begin : tile.across.end] += 1
        for span, length, size in ((tile.down, height, grid.tile[1]), (tile.across, width, grid.tile[0])):
            assert size <= max(side, 0) or size == length
            assert span.origin % step == span.begin % step == 0  # so that strides fall alike
            assert size % step == length % step
            assert span.origin >= 0 and span.origin + size <= length
            assert span.begin - span.origin >= halo or span.origin == 0
            assert span.origin + size - span.end >= halo or span.origin + size == length
    assert (owned == 1).all()


def grid_halo(halo: int, step: int) -> int:
    return -(-halo // step) * step


def test_borders_move_from_draw_to_draw() -> None:
    grid = Grid.of((640, 640), 192, 16, 16)
    borders = {tile.across.end for tile in grid.tiles(0)}
    assert any({tile.across.end for tile in grid.tiles(draw)} != borders for draw in (1, 2, 3))


def photo(size: tuple[int, int]) -> np.ndarray:
    return images.resize(images.load(SAMPLES / "china.jpg").pixels, size).astype(np.float32)


def everything(net: Backbone, size: tuple[int, int], layers: tuple[str, ...], content: str) -> Objective:
    """Terms of every kind, those that look at the network with and without a border."""
    painting = images.resize(images.load(SAMPLES / "style_flow.jpg").pixels, size).astype(np.float32)
    weights, still = dict.fromkeys(layers, 1.0), tf.constant(photo(size)[None])
    disc = np.hypot(*(np.indices(size[::-1]) - min(size) // 2)) < min(size) // 3
    guide, grams = Guide.of(disc, net), stream.grams(net, weights, painting)
    return (
        objectives.content(still, {content: 1})
        + 25 * objectives.style(grams, weights, border=16)
        + 25 * objectives.style(grams, weights, border=16, guide=guide, name="disc")
        + 0.1 * objectives.energy({content: 1})
        + 0.1 * objectives.smoothness()
        + colours.held(still)
    )


def agree(net: Backbone, size: tuple[int, int], objective: Objective, side: int, kind: str = "fourier") -> float:
    """The relative error of the tiled gradient, once the losses are known to agree."""
    shown = canvas.make(kind, size)
    noise = np.random.default_rng(0).normal(0, 20, (size[1], size[0], 3))
    parameters = shown.parameters(np.clip(photo(size) + noise, 0, 255).astype(np.float32))
    parts = net, shown, objective, transforms.compose([transforms.pad(16), transforms.jitter(8)]), 0
    losses, gradient = WholeEvaluator(*parts).evaluate(parameters, 3)
    tiled = TiledEvaluator(*parts, side=side)
    assert len(list(tiled.grid.tiles(3))) > 1
    tiled_losses, tiled_gradient = tiled.evaluate(parameters, 3)
    np.testing.assert_allclose(tiled_losses, losses, rtol=1e-4)
    return float(tf.norm(tiled_gradient - gradient) / tf.norm(gradient))


@pytest.mark.parametrize("kind", ["fourier", "pixel"])
def test_the_bundled_network_sees_the_same_gradient_in_tiles(net: Backbone, kind: str) -> None:
    size = (512, 448)
    assert agree(net, size, everything(net, size, STYLE_LAYERS, "block3_conv2"), 416, kind) < 1e-4


def test_odd_sizes_too(net: Backbone) -> None:
    size = (331, 277)
    layers = ("block1_conv1", "block2_conv2", "block3_conv1")
    assert agree(net, size, everything(net, size, layers, "block2_conv1"), 160) < 1e-4


def test_classes_are_counted_over_tiles(net: Backbone) -> None:
    size = (1200, 96)
    objective = objectives.match_classes(net.logits(photo(size)[None])[0], border=32) + objectives.climb([281])
    assert agree(net, size, objective, 1056) < 1e-4


def test_vgg_sees_the_same_gradient_in_tiles() -> None:
    seeded = VGG16.build()
    for number, layer in enumerate(
        layer for layer in seeded.layers if layer.name.startswith("block") and layer.weights
    ):
        kernel, bias = layer.get_weights()
        draws = np.random.default_rng(number).normal(0, (2 / np.prod(kernel.shape[:3])) ** 0.5, kernel.shape)
        layer.set_weights([draws, bias])
    net = Backbone(seeded, name="vgg16", taps=VGG16.layers, labels=generic(1000))
    size = (512, 128)
    assert agree(net, size, everything(net, size, CLASSIC_LAYERS, "block4_conv2"), 288) < 1e-4


def test_streamed_grams_are_those_of_the_whole(net: Backbone) -> None:
    pixels = photo((1100, 160))
    weights = {"block1_conv1": 1.0, "block3_conv2": 1.0}
    assert len(list(stream.maps(net, weights, pixels))) > 1
    whole = net.features(weights)(tf.constant(pixels[None]))
    for name, matrix in stream.grams(net, weights, pixels, border=16).items():
        places = 16 // net.layer(name).stride
        inner = whole[name][:, places:-places, places:-places].numpy().reshape(-1, matrix.shape[0])
        np.testing.assert_allclose(matrix, inner.T @ inner / len(inner), rtol=1e-3, atol=1e-4)
    left = np.arange(1100)[None].repeat(160, 0) < 600
    guide = Guide.of(left, net)
    own = placed(net, weights)(tf.constant(guide.distances, tf.float32))
    for name, matrix in stream.grams(net, weights, pixels, guide=guide).items():
        expected = losses.mean(losses.products(whole[name], counts(own[name], net.layer(name))))
        np.testing.assert_allclose(matrix, expected, rtol=1e-3, atol=1e-4)


def test_a_picture_made_in_tiles_looks_the_same(net: Backbone) -> None:
    knobs = {"layers": "block2_conv2", "size": 256, "scales": 1, "iterations": 8, "backbone": net}
    whole, tiled = (dream(SAMPLES / "china.jpg", tile=tile, **knobs) for tile in ("off", 128))
    changed = np.abs(whole.image.astype(int) - photo((256, 171))).mean()
    assert np.abs(whole.image.astype(int) - tiled.image.astype(int)).mean() < 0.05 * changed
    np.testing.assert_allclose(tiled.history["energy"], whole.history["energy"], rtol=1e-3)


def test_lbfgs_works_in_tiles(net: Backbone) -> None:
    made = style(
        SAMPLES / "china.jpg", SAMPLES / "style_flow.jpg", style_layers=["block1_conv1", "block2_conv1"],
        content_layers="block2_conv1", size=160, scales=1, iterations=4, optimizer="lbfgs", tile=96, backbone=net,
    )  # fmt: skip
    assert made.history["loss"][-1] < 0.9 * made.history["loss"][0]


def test_a_tile_smaller_than_the_halo_is_refused(net: Backbone) -> None:
    with pytest.raises(EyecandyError, match=r"a tile of 64 pixels is too small .* expected at least 352"):
        layers = {"content_layers": "block4_conv3"}
        style(SAMPLES / "china.jpg", SAMPLES / "style_flow.jpg", size=512, tile=64, backbone=net, **layers)


def test_memory_below_the_minimum_says_the_largest_that_fits(net: Backbone) -> None:
    with pytest.raises(EyecandyError, match=r"takes about .* GB of memory and --memory allows 0\.5 GB"):
        dream(SAMPLES / "china.jpg", layers="block2_conv2", size=512, memory="500MB", backbone=net)


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"tile": "small"}, "tile must be auto, off or a number of pixels, got 'small'"),
        ({"tile": 0}, "tile must be auto, off or a number of pixels, got 0"),
        ({"memory": "much"}, "memory must be an amount such as 6GB or 800MB, got 'much'"),
        ({"memory": "0GB"}, "memory must be an amount such as 6GB or 800MB, got '0GB'"),
    ],
)
def test_what_is_no_tile_and_no_memory_is_refused(net: Backbone, knobs: dict, message: str) -> None:
    with pytest.raises(EyecandyError, match=message):
        dream(SAMPLES / "china.jpg", layers="block2_conv2", backbone=net, **knobs)


def test_large_pictures_are_cut_to_the_memory_that_there_is(net: Backbone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans, "main_memory", lambda: Memory(4e9, "this machine has"))
    objective = objectives.energy({"block2_conv2": 1})
    smallest = least(net, ["block2_conv2"])
    assert smallest is not None
    assert Planner(net).plan(objective, [Scale((1024, 1024), 5)]).tile is None
    plan = Planner(net).plan(objective, [Scale((3072, 2048), 5)])
    assert plan.tile is not None and min(plan.tile) >= smallest.side
    assert plan.memory <= 4e9
    tighter = Planner(net, memory=plan.memory - 2e8).plan(objective, [Scale((3072, 2048), 5)])
    assert tighter.tile is not None and math.prod(tighter.tile) < math.prod(plan.tile)
    assert tighter.memory <= plan.memory - 2e8


def test_the_command_takes_tile_and_memory(tmp_path: Path, command: Callable) -> None:
    out = tmp_path / "out.png"
    arguments = ("--layer", "block2_conv1", "--size", 128, "--iterations", 2, "--scales", 1, "-o", out)
    assert command("dream", SAMPLES / "coffee.jpg", *arguments, "--tile", 96, "--memory", "6GB").code == 0
    refused = command("dream", SAMPLES / "coffee.jpg", *arguments, "--overwrite", "--tile", "wide")
    assert refused.code == 2 and "tile must be auto, off or a number of pixels" in refused.err

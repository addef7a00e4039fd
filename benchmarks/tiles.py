"""What tiles cost, and what they get wrong: style steps on the bundled network.

    python benchmarks/tiles.py halo [--size 1024]          # error of the gradient by the width of the halo
    python benchmarks/tiles.py seams [--size 1024]         # gradient along the tiles' borders beside elsewhere
    python benchmarks/tiles.py pace [--sizes 512,1024,2048,4096] [--tile 1024]    # time a step against pixels

The picture is `samples/china.jpg`, made square, in the style of `samples/style_flow.jpg`.
"""

import argparse
import resource
import time
from pathlib import Path

import numpy as np

from eyecandy import images
from eyecandy._tensorflow import tf
from eyecandy.art.core import canvas, objectives, transforms
from eyecandy.art.core.evaluate import WholeEvaluator
from eyecandy.art.core.objectives import Objective
from eyecandy.art.core.optimizers import RULES
from eyecandy.art.large import stream, tiled
from eyecandy.art.large.tiled import TiledEvaluator
from eyecandy.art.large.tiles import Least, least
from eyecandy.art.recipes.style import STYLE_LAYERS
from eyecandy.backbone.load import load_backbone
from eyecandy.backbone.model import Backbone

SAMPLES = Path(__file__).parent.parent / "samples"
MARGIN = 16
DRAW = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("halo", "seams", "pace"))
    parser.add_argument("--size", type=int, default=1024)
    parser.add_argument("--sizes", default="512,1024,2048,4096")
    parser.add_argument("--tile", type=int, default=1024)
    arguments = parser.parse_args()
    net = load_backbone()
    if arguments.what == "halo":
        halo(net, arguments.size)
    elif arguments.what == "seams":
        seams(net, arguments.size)
    else:
        pace(net, [int(size) for size in arguments.sizes.split(",")], arguments.tile)


def picture(name: str, side: int) -> np.ndarray:
    return images.resize(images.load(SAMPLES / name).pixels, (side, side)).astype(np.float32)


def parts(net: Backbone, side: int, kind: str) -> tuple:
    """What an evaluator is made of, and parameters to evaluate at: the photo with a little noise."""
    weights = dict.fromkeys(STYLE_LAYERS, 1.0)
    targets = stream.grams(net, weights, picture("style_flow.jpg", min(side, 1024)))
    photo = picture("china.jpg", side)
    objective: Objective = objectives.content(tf.constant(photo[None]), {"block3_conv2": 1.0})
    objective = objective + 3 * objectives.style(targets, weights, border=MARGIN)
    shown = canvas.make(kind, (side, side))
    photo += np.random.default_rng(0).normal(0, 10, photo.shape).astype(np.float32)
    moved = transforms.compose([transforms.pad(MARGIN), transforms.jitter(8)])
    return (net, shown, objective, moved, 0), shown.parameters(np.clip(photo, 0, 255))


def halo(net: Backbone, side: int) -> None:
    made, parameters = parts(net, side, "pixel")
    _, whole = WholeEvaluator(*made).evaluate(parameters, DRAW)
    full = least(net, made[2].maps)
    assert full is not None
    print(f"the layers see {full.halo} pixels about a place")
    for width in range(full.step, full.halo + full.step, full.step):
        tiled.least = lambda *_, width=width: Least(full.step, width)  # the class itself takes the full halo
        _, gradient = TiledEvaluator(*made, side=192 + 2 * width).evaluate(parameters, DRAW)
        error = np.linalg.norm(gradient - whole) / np.linalg.norm(whole)
        print(f"halo {width:4d}: relative error of the gradient {error:.2e}")


def seams(net: Backbone, side: int) -> None:
    made, parameters = parts(net, side, "pixel")
    _, whole = WholeEvaluator(*made).evaluate(parameters, DRAW)
    evaluator = TiledEvaluator(*made, side=512)
    _, gradient = evaluator.evaluate(parameters, DRAW)
    along = np.zeros((side, side), bool)
    for tile in evaluator.grid.tiles(DRAW):
        for axis, edge in enumerate((tile.down.end, tile.across.end)):
            at = slice(max(0, edge - MARGIN - 12), max(0, edge - MARGIN + 12))  # jitter moves it by up to 8
            along[(at, slice(None)) if axis == 0 else (slice(None), at)] = True
    strength, expected = np.abs(gradient).mean(-1), np.abs(whole).mean(-1)
    ratios = [strength[where].mean() / expected[where].mean() for where in (along, ~along)]
    print(f"{len(list(evaluator.grid.tiles(DRAW)))} tiles, {along.mean():.0%} of the pixels lie along borders")
    print(f"gradient in tiles over gradient of the whole: {ratios[0]:.6f} along borders, {ratios[1]:.6f} elsewhere")


def pace(net: Backbone, sides: list[int], tile: int) -> None:
    """Steps as the render loop takes them: seen whole where the picture is no larger than a tile."""
    first = None
    for side in sides:
        made, parameters = parts(net, side, "fourier")
        rule = RULES["adam"]
        evaluator = WholeEvaluator(*made, rule) if side <= tile else TiledEvaluator(*made, rule, side=tile)
        state = evaluator.begin(parameters)
        times = []
        for number in range(4 if side <= 2048 else 2):  # the first compiles
            began = time.process_time(), time.perf_counter()
            state, _ = evaluator.run(state, number, number, np.full(1, 0.05))
            times.append((time.process_time() - began[0], time.perf_counter() - began[1]))
        busy, wall = (min(each) / side**2 * 1e9 for each in zip(*times[1:], strict=True))
        first = busy if first is None else first
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        seen = "whole" if side <= tile else f"in {len(list(evaluator.grid.tiles(0)))} tiles"
        print(
            f"{side:5d} {seen}: {busy:.0f} ns of processor time a pixel ({busy / first:.2f} of the smallest's), "
            f"{wall:.0f} ns of the clock's; peak memory so far {peak / 1e9:.2f} GB, {peak / side**2:.0f} bytes a pixel",
            flush=True,
        )


if __name__ == "__main__":
    main()

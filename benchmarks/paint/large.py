"""What a step at 4096 pixels costs at least, over what its pixels would in one tile: a roofline of exact tiles.

    python -m benchmarks.paint.large [--memory 8GB]

The gradient of a function of sums over places needs the sums before the first slope. What does not fit is therefore
looked at twice, but for the last tile, and the halos are looked at besides. Measured here are a step of a style of 1024
pixels a side, seen whole, and the look in it without slopes; the cut is the planner's own.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from eyecandy._tensorflow import tf
from eyecandy.art.core.canvas import FourierCanvas
from eyecandy.art.core.evaluate import WholeEvaluator, graph
from eyecandy.art.core.objectives import content, style
from eyecandy.art.core.options import Options
from eyecandy.art.core.transforms import compose
from eyecandy.art.large import stream
from eyecandy.art.large.plan import Planner
from eyecandy.art.large.tiled import TiledEvaluator
from eyecandy.art.output.painting import transforms
from eyecandy.art.recipes.style import STYLE_LAYERS
from eyecandy.backbone.load import given_or_default
from eyecandy.images import load, resize

SAMPLES = Path(__file__).parent.parent.parent / "samples"
MEASURED, LARGE = 1024, 4096
BAR = 1.2
_TIMES = 5


def quickest(run: Callable[[], object]) -> float:
    """Seconds, the best of some runs after the first."""
    run()
    found = []
    for _ in range(_TIMES):
        begin = time.perf_counter()
        run()
        found.append(time.perf_counter() - begin)
    return min(found)


def rows(memory: str = "8GB") -> list[tuple[str, str, float]]:
    """What is measured or reckoned, the bar, the figure."""
    net, weights = given_or_default(None), dict.fromkeys(STYLE_LAYERS, 1.0)
    kept = {"block3_conv2": 0.3, "block4_conv3": 0.3}
    options = Options(memory=memory)
    painting = resize(load(SAMPLES / "style_flow.jpg").pixels, (MEASURED, MEASURED)).astype(np.float32)
    targets = stream.grams(net, STYLE_LAYERS, painting)

    def objective(side: int) -> object:
        photo = tf.zeros((1, side, side, 3), tf.uint8)
        return content(photo, kept) + style(targets, weights, border=options.margin)

    transform, canvas = compose(transforms(options)), FourierCanvas((MEASURED, MEASURED))
    whole = WholeEvaluator(net, canvas, objective(MEASURED), transform, 0)
    parameters = canvas.parameters(painting)
    step = quickest(lambda: whole.evaluate(parameters, 0))
    look = graph(net.features(list(STYLE_LAYERS)), tf.TensorSpec((1, None, None, 3)))
    seen = quickest(lambda: [each.numpy() for each in look(tf.constant(painting[None])).values()])

    planner = Planner(net, options.margin, "auto", options.memory_bytes, "local", None)
    large = FourierCanvas((LARGE, LARGE))
    tiled = planner.evaluator(large, objective(LARGE), transform, 0, None)
    assert isinstance(tiled, TiledEvaluator)
    tiles = len(list(tiled.grid.tiles(0)))
    area = tiles * tiled.grid.tile[0] * tiled.grid.tile[1] / LARGE**2
    least = area * (1 + (1 - 1 / tiles) * seen / step)
    return [
        (f"step at {MEASURED}, seconds", "", step),
        ("of which the look without slopes, share", "", seen / step),
        (f"tiles at {LARGE} in {memory}", "", float(tiles)),
        ("pixels looked at, over the picture's", "", area),
        ("a step's least cost over linear", f"<= {BAR}", least),
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--memory", default="8GB")
    for name, bar, figure in rows(parser.parse_args().memory):
        print(f"{name:50} {bar:>8} {figure:8.3f}")

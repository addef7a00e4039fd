"""Time and memory of the art wing on the bundled network, beside what was told before the first step.

    python benchmarks/art_speed.py [--size 512] [--recipe style|dream|mirage|reconstruct] [--photo PHOTO]

One recipe a process, since the peak memory is the process's own. Seconds do not count TensorFlow's import.
"""

import argparse
import resource
import time
from functools import partial
from pathlib import Path

from eyecandy.art.core.render import Step
from eyecandy.art.large.plan import Plan
from eyecandy.art.output.painting import Viewing
from eyecandy.art.recipes.dream import dream
from eyecandy.art.recipes.mirage import mirage
from eyecandy.art.recipes.reconstruct import reconstruct
from eyecandy.art.recipes.style import style
from eyecandy.backbone.load import load_backbone

SAMPLES = Path(__file__).parent.parent / "samples"
RECIPES = {
    "style": partial(style, paintings=SAMPLES / "style_flow.jpg"),
    "dream": dream,
    "mirage": mirage,
    "reconstruct": reconstruct,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, help="longest side in pixels; by default the recipe's own")
    parser.add_argument("--recipe", choices=RECIPES, default="style")
    parser.add_argument("--photo", type=Path, default=SAMPLES / "astronaut.jpg")
    parser.add_argument("--iterations", type=int)
    parser.add_argument("--scales", type=int)
    parser.add_argument("--tile", default="auto")
    parser.add_argument("--memory")
    arguments = parser.parse_args()

    plans: list[Plan] = []
    paces: dict[tuple[int, int], list[float]] = {}

    def watch(step: Step) -> None:
        paces.setdefault(step.size, []).append(step.seconds_per_step)

    names = ("size", "iterations", "scales", "tile", "memory")
    knobs = {name: getattr(arguments, name) for name in names if getattr(arguments, name) is not None}
    began = time.perf_counter()
    watched = Viewing(before=plans.append, listeners=[watch])
    RECIPES[arguments.recipe](arguments.photo, backbone=load_backbone(), viewing=watched, **knobs)
    seconds = time.perf_counter() - began

    (plan,) = plans
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    width, height = plan.scales[-1].size
    tiles = "" if plan.tile is None else f" in tiles of {plan.tile[0]} x {plan.tile[1]}"
    print(f"{arguments.recipe} at {width} x {height}{tiles}: {seconds:.1f} s in all, told {plan.seconds:.1f} s")
    print(f"peak memory {peak / 1e9:.2f} GB, told {plan.memory / 1e9:.2f} GB")
    for size, times in paces.items():
        print(
            f"  {size[0]} x {size[1]}: {min(times):.4f} s a step at best, {sorted(times)[len(times) // 2]:.4f} s median"
        )


if __name__ == "__main__":
    main()

"""Time and memory of the art wing on the bundled network, beside what was told before the first step.

    python benchmarks/art_speed.py [--size 512] [--recipe style|dream] [--photo samples/astronaut.jpg]

One recipe a process, since the peak memory is the process's own. Seconds do not count TensorFlow's import.
"""

import argparse
import resource
import time
from pathlib import Path

from eyecandy.art.dream import dream
from eyecandy.art.estimate import Plan
from eyecandy.art.render import Step
from eyecandy.art.studio import Viewing
from eyecandy.art.style import style
from eyecandy.backbone.load import load_backbone

SAMPLES = Path(__file__).parent.parent / "samples"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--recipe", choices=("style", "dream"), default="style")
    parser.add_argument("--photo", type=Path, default=SAMPLES / "astronaut.jpg")
    parser.add_argument("--iterations", type=int)
    arguments = parser.parse_args()

    plans: list[Plan] = []
    paces: dict[tuple[int, int], list[float]] = {}

    def watch(step: Step) -> None:
        paces.setdefault(step.size, []).append(step.seconds_per_step)

    knobs = {"size": arguments.size, "viewing": Viewing(before=plans.append, listeners=[watch])}
    if arguments.iterations is not None:
        knobs["iterations"] = arguments.iterations
    began = time.perf_counter()
    if arguments.recipe == "style":
        style(arguments.photo, SAMPLES / "style_flow.jpg", backbone=load_backbone(), **knobs)
    else:
        dream(arguments.photo, backbone=load_backbone(), **knobs)
    seconds = time.perf_counter() - began

    (plan,) = plans
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(f"{arguments.recipe} at {arguments.size}: {seconds:.1f} s in all, told {plan.seconds:.1f} s")
    print(f"peak memory {peak / 1e9:.2f} GB, told {plan.memory / 1e9:.2f} GB")
    for size, times in paces.items():
        print(
            f"  {size[0]} x {size[1]}: {min(times):.4f} s a step at best, {sorted(times)[len(times) // 2]:.4f} s median"
        )


if __name__ == "__main__":
    main()

"""What was told before the first step beside what was taken: memory and time of each recipe at several sizes.

    python benchmarks/told.py [--recipe dream] [--size 256] [--size 512] [--iterations 24] [--backbone NAME]

Every picture has a process of its own, since the peak of memory is a process's. The memory hardly depends on the
number of iterations; for the time leave them as they are, on a machine that does nothing else. Seconds do not count
TensorFlow's import.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).parent.parent / "samples"
RECIPES = ("dream", "style", "mirage", "reconstruct", "study")
SIZES = (256, 512)


def take(recipe: str, size: int, iterations: int | None, backbone: str) -> dict[str, float]:
    """Makes a picture; what was told and taken, in bytes and seconds."""
    import eyecandy
    from eyecandy.art.large.plan import Plan
    from eyecandy.art.output.painting import Viewing

    net = eyecandy.load_backbone(backbone)
    plans: list[Plan] = []
    pictures = [SAMPLES / "chelsea.jpg", *([SAMPLES / "style_flow.jpg"] if recipe in ("style", "study") else [])]
    knobs: dict[str, Any] = {"size": size} | ({} if iterations is None else {"iterations": iterations})
    with tempfile.TemporaryDirectory() as folder:
        if recipe == "study":  # a row and a column of it
            pictures.append(Path(folder) / "study")
            knobs |= {"layers": ["block3_conv2"], "content_layers": ["block3_conv2"]}
        began = time.perf_counter()
        getattr(eyecandy, recipe)(*pictures, backbone=net, viewing=Viewing(before=plans.append), **knobs)
        seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return {"memory": peak, "memory told": plans[0].memory, "seconds": seconds, "seconds told": plans[0].seconds}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", choices=RECIPES, action="append")
    parser.add_argument("--size", type=int, action="append", help="longest side in pixels")
    parser.add_argument("--iterations", type=int, help="steps in all; each recipe's own by default")
    parser.add_argument("--backbone", default="efficientnet-lite0")
    parser.add_argument("--one", action="store_true", help="one picture in this process, and print it as JSON")
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(take(asked.recipe[0], asked.size[0], asked.iterations, asked.backbone)))
        return
    print(f"{'':18s}{'memory told':>13s}{'taken':>9s}{'':8s}{'time told':>13s}{'taken':>9s}")
    for recipe in asked.recipe or RECIPES:
        for size in asked.size or SIZES:
            command = [sys.executable, __file__, "--one", "--recipe", recipe, "--size", str(size)]
            command += ["--backbone", asked.backbone]
            command += [] if asked.iterations is None else ["--iterations", str(asked.iterations)]
            out = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
            taken = json.loads(out.splitlines()[-1])
            memory, seconds = taken["memory told"] / taken["memory"], taken["seconds told"] / taken["seconds"]
            print(
                f"{recipe:12s}{size:6d}{taken['memory told'] / 1e9:10.2f} GB{taken['memory'] / 1e9:6.2f} GB"
                f"{memory - 1:+7.0%}{taken['seconds told']:12.1f} s{taken['seconds']:7.1f} s{seconds - 1:+7.0%}",
                flush=True,
            )


if __name__ == "__main__":
    main()

"""eyecandy beside its peers: style, class maps, how far masks are to be trusted, and where they lie on grids.

    pip install -e . && pip install -r benchmarks/peers/requirements.txt
    python benchmarks/peers/run.py [--photos FOLDER ...] [--quick] [--only style|masks|trust|grids]

Each contender has a process of its own and works only when it is its turn; they take turns on the same pictures, and
`results.md` gets one table of medians, ratios, versions and the processor. A peer that does not run stands there with
its reason. Nothing is downloaded: VGG19 gets seeded weights, the same on either side, and EfficientNet-Lite0 comes
with eyecandy and, for PyTorch, from the Python package index.

The photos are the samples, unless others are given: up to 50 for the curves; the grids take those that the network
names with a probability of at least 0.5. `--quick` takes fewer of everything, in five to nine minutes on two cores.
"""

import argparse
import importlib.util
import os
import sys
import time
from pathlib import Path

import masks
import numpy as np
import styles
from table import Row, markdown, processor, versions, write
from turns import Contender, DoesNotRun, company

from eyecandy.images import load, resize

HERE = Path(__file__).parent
SAMPLES = HERE.parents[1] / "samples"
PARTS = ("style", "masks", "trust", "grids")
SUFFIXES = (".jpg", ".jpeg", ".png")
SIDE = 224  # at which the network was trained
MAP_SIDE = 448
JUDGES = {"judge": ("judge", "judge"), "PyTorch": ("maps", "torch_logits")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=Path, nargs="+", default=[SAMPLES], metavar="FOLDER")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", choices=PARTS)
    parser.add_argument("--size", type=int, default=512, help="longest side of the styled pictures, in pixels")
    parser.add_argument("--to", type=Path, default=HERE / "results.md")
    arguments = parser.parse_args()
    sys.path.insert(0, str(HERE.parent))  # for the benchmarks that this one builds on, in the contenders too
    quick, parts = arguments.quick, PARTS if arguments.only is None else (arguments.only,)
    began, load_before = time.perf_counter(), os.getloadavg()[0]

    rows: dict[str, list[Row]] = {}
    remarks = [f"{processor()}; {versions()}."]

    def keep(part: str, found: list[Row]) -> None:
        """After each part, so that what was measured is there even if a later one is broken off."""
        rows[part] = found
        load_now = f"the machine's load was {load_before:.1f} before and {os.getloadavg()[0]:.1f} at the end"
        ending = f"{', '.join(rows)}: {time.perf_counter() - began:.0f} s in all; {load_now}."
        in_order = [row for each in PARTS for row in rows.get(each, [])]
        write(arguments.to, markdown(in_order, [*remarks, *told(quick), ending]))

    if set(parts) - {"style"}:
        squares = [square(path) for folder in arguments.photos for path in pictures(folder)]
        with company({name: ("maps", name) for name in masks.PACKAGES} | JUDGES) as contenders:
            judge = contenders["judge"]
            remarks.append(same_network(judge, contenders["PyTorch"], squares[0]))
            if "masks" in parts:
                photo = resize(load(SAMPLES / "zebra_and_elephant.jpg").pixels, (MAP_SIDE, MAP_SIDE))
                classes = np.argsort(-judge(photo).value[2])[: masks.CLASSES].tolist()
                keep("masks", masks.times(contenders, photo, classes, quick))
            if "trust" in parts:
                keep("trust", masks.trust(contenders, judge, spread(squares, 5 if quick else 50), quick))
            if "grids" in parts:
                few = spread(squares, 24) if quick else squares
                keep("grids", masks.localisation(contenders, judge, few, 3 if quick else 25, quick))
    if "style" in parts:
        keep("style", styles.style(load(SAMPLES / "astronaut.jpg").pixels, arguments.size, quick))
    print(arguments.to.read_text(encoding="utf-8"))


def pictures(folder: Path) -> list[Path]:
    """The pictures of a folder; of the samples only the photos."""
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    return [path for path in found if not path.name.startswith("style_")]


def square(path: Path) -> np.ndarray:
    """The middle of a photo, (224, 224, 3) uint8."""
    pixels = load(path).pixels
    height, width = pixels.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return resize(pixels[top : top + side, left : left + side], (SIDE, SIDE))


def spread(values: list[np.ndarray], most: int) -> list[np.ndarray]:
    """Some of the values, evenly from first to last."""
    return [values[i] for i in np.linspace(0, len(values) - 1, min(most, len(values))).round().astype(int)]


def same_network(judge: Contender, peer: Contender, photo: np.ndarray) -> str:
    """Whether PyTorch's network is eyecandy's."""
    try:
        off = np.abs(judge(photo).value[2] - peer(photo).value).max()
    except DoesNotRun as error:
        return f"EfficientNet-Lite0 does not run in PyTorch: {error}."
    return f"EfficientNet-Lite0 in PyTorch and in eyecandy: logits of a photo differ by {off:.1e} at most."


def told(quick: bool) -> list[str]:
    remarks = [
        "Style distance: sliced Wasserstein distance between patches of picture and painting on a Laplacian pyramid, "
        "which no contender optimises. Content kept: correlation of blurred light and dark with the photo's.",
        "VGG19 has seeded weights on both sides, since the published ones are in no package; neural-style's own "
        "defaults were tuned to the published ones.",
        "Curves: probability of the photo's best class after pooling, pixels into a blurred copy (insertion) and out "
        "to grey (deletion), 16 steps.",
    ]
    if importlib.util.find_spec("torchvision") is None:
        remarks.append(
            "torchvision is not installed: `torchvision_stand_in.py` gives neural-style and grad-cam the few functions "
            "of it that they import."
        )
    if quick:
        remarks.append("A quick run: few turns, few photos, integrated gradients on one class only.")
    return remarks


if __name__ == "__main__":
    main()

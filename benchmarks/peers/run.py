"""eyecandy beside its peers: style, class maps, how far masks are to be trusted, and where they lie on grids.

    pip install -e . && pip install -r benchmarks/peers/requirements.txt
    python benchmarks/peers/run.py [--photos FOLDER ...] [--quick] [--only style masks trust grids] [--patience SECONDS]

Each contender has a process of its own and works only when it is its turn; they take turns on the same pictures, and
`results.md` gets one table of medians, ratios, versions and the processor. With `--only` the other parts' rows stay as
they were last measured (`results.json`). A peer that does not run stands there with its reason. Nothing is downloaded:
VGG19 gets seeded weights, the same on either side, and EfficientNet-Lite0 comes with eyecandy and, for PyTorch, from
the Python package index.

The photos are the samples, unless others are given: up to 50 for the curves; the grids take those that the network
names with a probability of at least 0.5. `--quick` takes fewer of everything, in five to nine minutes on two cores.
The styled picture ends when the peer is as near to the painting as eyecandy's, has done its 1,000 evaluations, or has
taken `--patience` (120 seconds in a quick run), whichever comes first.
"""

import argparse
import sys
from pathlib import Path

import masks
import numpy as np
import styles
from book import PARTS, Book
from turns import Contender, DoesNotRun, company

from eyecandy.images import load, resize

HERE = Path(__file__).parent
SAMPLES = HERE.parents[1] / "samples"
SUFFIXES = (".jpg", ".jpeg", ".png")
SIDE = 224  # at which the network was trained
MAP_SIDE = 448
JUDGES = {"judge": ("judge", "judge"), "PyTorch": ("maps", "torch_logits")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=Path, nargs="+", default=[SAMPLES], metavar="FOLDER")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", choices=PARTS, nargs="+", default=PARTS)
    parser.add_argument("--patience", type=float, help="seconds that the peer's picture may take")
    parser.add_argument("--size", type=int, default=512, help="longest side of the styled pictures, in pixels")
    parser.add_argument("--to", type=Path, default=HERE / "results.md")
    arguments = parser.parse_args()
    sys.path.insert(0, str(HERE.parent))  # for the benchmarks that this one builds on, in the contenders too
    quick, parts, book = arguments.quick, arguments.only, Book(arguments.to)

    if set(parts) - {"style"}:
        squares = [square(path) for folder in arguments.photos for path in pictures(folder)]
        with company({name: ("maps", name) for name in masks.PACKAGES} | JUDGES) as contenders:
            judge = contenders["judge"]
            same = same_network(judge, contenders["PyTorch"], squares[0])
            if "masks" in parts:
                photo = resize(load(SAMPLES / "zebra_and_elephant.jpg").pixels, (MAP_SIDE, MAP_SIDE))
                classes = np.argsort(-judge(photo).value[2])[: masks.CLASSES].tolist()
                with book.part("masks", same, quick) as rows:
                    rows += masks.times(contenders, photo, classes, quick)
            if "trust" in parts:
                with book.part("trust", same, quick) as rows:
                    rows += masks.trust(contenders, judge, spread(squares, 5 if quick else 50), quick)
            if "grids" in parts:
                few = spread(squares, 24) if quick else squares
                with book.part("grids", same, quick) as rows:
                    rows += masks.localisation(contenders, judge, few, 3 if quick else 25, quick)
    if "style" in parts:
        patience = arguments.patience or (120.0 if quick else float("inf"))
        with book.part("style", "", quick) as rows:
            rows += styles.style(load(SAMPLES / "astronaut.jpg").pixels, arguments.size, quick, patience)
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


if __name__ == "__main__":
    main()

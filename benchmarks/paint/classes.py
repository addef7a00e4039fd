"""Dreams of ten classes, from noise and on a photo: a sheet to look at, and what of it can be measured.

python -m benchmarks.paint.classes --to FOLDER [--old]
"""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

import eyecandy
from eyecandy import images
from eyecandy.backbone.load import given_or_default

SAMPLES = Path(__file__).parents[2] / "samples"
CLASSES = (
    *("goldfish", "flamingo", "zebra", "volcano", "daisy"),
    *("lemon", "castle", "monarch", "jellyfish", "pineapple"),
)
ENDS = 2, 253  # grey levels: darker and lighter ones are clipped
SECOND_LOOK = 224  # pixels: the size of a picture for which the network's classes were learnt

Row = tuple[str, str, float]


def clipped(picture: np.ndarray) -> float:
    """The share in percent of the numbers of a picture (H, W, 3) uint8 that are black or white."""
    return float(100 * ((picture <= ENDS[0]) | (picture >= ENDS[1])).mean())


def dreams(photo: str | None, *, size: int, **knobs: Any) -> Mapping[str, np.ndarray]:
    """A dream of each class."""
    net = given_or_default(None)
    begun = None if photo is None else SAMPLES / f"{photo}.jpg"
    return {name: eyecandy.dream(begun, towards=name, size=size, backbone=net, **knobs).image for name in CLASSES}


def rows(old: bool = False, *, size: int = 256, photo: str = "hens", to: Path | None = None) -> list[Row]:
    """Bar's name, bar and figure; with `old`, of what versions before 0.3.0 did.

    Whether a fresh eye knows the classes, no row says: look at the sheets in the folder `to`.
    """
    net, found = given_or_default(None), []
    for kind, begun in (("noise", None), (f"{photo}.jpg", photo)):
        made = dreams(begun, size=size, **({"form": "parts", "iterations": 160, "scales": 4} if old else {}))
        worst = max(map(clipped, made.values()))
        found.append((f"classes on {kind}: clipped in the worst picture, %", "below 3", worst))
        looks = [images.resize(picture, images.fit(picture.shape[1::-1], SECOND_LOOK)) for picture in made.values()]
        seen = net.probabilities(np.stack(looks), "average")
        known = [int(row.argmax()) in net.find_class(name) for row, name in zip(seen, made, strict=True)]
        found.append((f"classes on {kind}: named first at another size, of 10", "at least 8", float(sum(known))))
        spread = float(np.median([picture.std() for picture in made.values()]))
        found.append((f"classes on {kind}: contrast, median of the standard deviation", "at least 40", spread))
        if to is not None:
            half = len(made) // 2
            pictures = list(made.values())
            sheet = np.concatenate([np.concatenate(pictures[:half], 1), np.concatenate(pictures[half:], 1)])
            images.save(to / f"classes-{'noise' if begun is None else photo}{'-old' if old else ''}.png", sheet)
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", type=Path)
    parser.add_argument("--old", action="store_true")
    asked = parser.parse_args()
    for name, bar, figure in rows(asked.old, to=asked.to):
        print(f"{name:<64} {bar:<14} {figure:7.2f}")

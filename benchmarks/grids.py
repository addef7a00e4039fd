"""Localisation and detection on grids of classified pictures.

Each grid tiles n x n pictures of different classes into one. Two measures:

- localisation (the grid pointing game: Böhle et al. 2021, Rao et al. 2022): the share of a class's mask that lies in
  the cell of that class; chance is 1 / n^2;
- detection: an object is right when its class is the class of the cell that holds more than half of its mask, and no
  better object was right for that cell. Precision, recall and F1 over all grids.

    python benchmarks/grids.py --images DIR --index FILE [--n 2] [--grids 40]

FILE is a JSON list of {"file": name in DIR, "class_index": ImageNet class}; the pictures are square and of one size,
for instance centre crops of the ImageNet validation set that the network classifies rightly.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from PIL import Image

import eyecandy


def cells(mask: np.ndarray, n: int) -> np.ndarray:
    """The share of a mask in each of n x n cells, row by row."""
    height, width = mask.shape[0] // n, mask.shape[1] // n
    sums = mask[: height * n, : width * n].reshape(n, height, n, width).sum((1, 3)).ravel()
    return sums / max(sums.sum(), 1e-12)


def grid_of(pictures: list[np.ndarray], n: int) -> np.ndarray:
    return np.concatenate([np.concatenate(pictures[row * n : (row + 1) * n], 1) for row in range(n)], 0)


def right_cells(objects: tuple, classes: list[int], n: int) -> int:
    """How many cells have an object of their class."""
    found = set()
    for thing in sorted(objects, key=lambda o: -o.score):
        share = cells(thing.mask, n)
        cell = int(share.argmax())
        if share[cell] > 0.5 and thing.class_index == classes[cell]:
            found.add(cell)
    return len(found)


def main() -> None:
    parser = argparse.ArgumentParser(description="Localisation and detection on grids of classified pictures.")
    parser.add_argument("--images", type=Path, required=True)
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--n", type=int, default=2)
    parser.add_argument("--grids", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--backbone", default="efficientnet-lite0")
    parser.add_argument("--signal", help="by default that of saliency, and for objects that of detect")
    args = parser.parse_args()
    signal = {} if args.signal is None else {"signal": args.signal}
    index = json.loads(args.index.read_text(encoding="utf-8"))
    net = eyecandy.load_backbone(args.backbone)
    random, n = np.random.default_rng(args.seed), args.n
    localisation: list[float] = []
    right = objects = 0
    for _ in range(args.grids):
        chosen = [index[i] for i in random.choice(len(index), n * n, replace=False)]
        classes = [entry["class_index"] for entry in chosen]
        pictures = [np.asarray(Image.open(args.images / entry["file"]).convert("RGB")) for entry in chosen]
        grid = grid_of(pictures, n)
        masks = eyecandy.saliency(grid, classes, backbone=net, **signal)
        localisation += [float(cells(mask, n)[cell]) for cell, mask in enumerate(masks)]
        found = eyecandy.detect(grid, backbone=net, **signal).objects
        objects += len(found)
        right += right_cells(found, classes, n)
    precision, recall = right / max(objects, 1), right / (args.grids * n * n)
    named = args.signal or "as it is"
    print(f"{args.grids} grids of {n}x{n}, {grid.shape[1]}x{grid.shape[0]} pixels, {net.name}, signal {named}")
    print(f"localisation {np.mean(localisation):.3f}")
    print(
        f"objects: recall {recall:.3f}, precision {precision:.3f}, F1 {2 * right / (objects + args.grids * n * n):.3f}"
    )


if __name__ == "__main__":
    main()

"""How far a backbone's logits are from reference logits: top-1 agreement and mean absolute difference.

Usage: python benchmarks/logits.py --images DIR --index FILE --reference FILE [--backbone NAME]

The index is a JSON list of {"file": ..., "class_index": ...}; the reference an .npz file whose `logits` (n, classes)
are in the order of the index.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from rich.progress import track

import eyecandy
from eyecandy import images


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=Path, required=True, help="folder of the pictures")
    parser.add_argument("--index", type=Path, required=True, help="JSON list of their names and classes")
    parser.add_argument("--reference", type=Path, required=True, help=".npz file with `logits`")
    parser.add_argument("--backbone", default="efficientnet-lite0")
    arguments = parser.parse_args()

    index = json.loads(arguments.index.read_text("utf-8"))
    with np.load(arguments.reference) as stored:
        reference = stored["logits"]
    if len(reference) != len(index):
        parser.error(f"{len(index)} pictures in the index, but {len(reference)} rows of reference logits")
    backbone = eyecandy.load_backbone(arguments.backbone)
    pictures = track([images.load(arguments.images / entry["file"]) for entry in index], "pictures")
    logits = np.concatenate([backbone.logits(picture.pixels[None].astype(np.float32)) for picture in pictures])

    classes = np.array([entry["class_index"] for entry in index])
    same = int((logits.argmax(1) == reference.argmax(1)).sum())
    right = int((logits.argmax(1) == classes).sum())
    print(f"top-1 as the reference: {same} of {len(index)}")
    print(f"top-1 as the index says: {right} of {len(index)}")
    print(f"mean absolute difference of logits: {np.abs(logits - reference).mean():.5f}")


if __name__ == "__main__":
    main()

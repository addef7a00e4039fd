"""Pictures of classes on the two canvases, spectrum and phases: how probable the class is to the network in each.

    python benchmarks/visualise.py [CLASS ...] [--size 192] [--iterations 256] [--to FOLDER]

"alone" is the probability in the picture as it was made, the softmax of the logits averaged over places. "turned" is
its mean over eight looks that no step has taken: turned by up to 30 degrees, zoomed by up to 30 % and shifted. What
only works as it was drawn falls there. "burnt" is the share of values that are black or white. With --to, a sheet of
all pictures is kept as well.
"""

import argparse
import time
from pathlib import Path

import numpy as np

from eyecandy import art, images
from eyecandy._tensorflow import tf
from eyecandy.art.core.augment import Turn
from eyecandy.art.core.transforms import jitter
from eyecandy.backbone.load import load_backbone
from eyecandy.backbone.model import Backbone

CLASSES = ("tabby", "hen", "macaw", "volcano", "daisy", "sports car")
LOOKS = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("classes", nargs="*", metavar="CLASS", default=CLASSES)
    parser.add_argument("--size", type=int, default=192)
    parser.add_argument("--iterations", type=int, default=256)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--backbone", default="efficientnet-lite0")
    parser.add_argument("--to", type=Path, metavar="FOLDER", help="keep a sheet of the pictures here")
    arguments = parser.parse_args()

    net = load_backbone(arguments.backbone)
    knobs = {"size": arguments.size, "iterations": arguments.iterations, "seed": arguments.seed, "backbone": net}
    rows = []
    print(f"{'':24}{'alone':>8}{'turned':>8}{'burnt':>8}")
    for canvas in ("fourier", "maco"):
        began = time.perf_counter()
        made = art.grid([art.class_logit(name) for name in arguments.classes], canvas=canvas, **knobs)
        seconds = time.perf_counter() - began
        found = [told(net, picture, name) for picture, name in zip(made.pictures, arguments.classes, strict=True)]
        for name, numbers in zip(arguments.classes, found, strict=True):
            print(f"{canvas:8}{name:16}" + "".join(f"{number:8.3f}" for number in numbers))
        print(f"{canvas:8}{'mean':16}" + "".join(f"{number:8.3f}" for number in np.mean(found, 0)), end="")
        print(f"    {seconds:.0f} s for {len(found)} pictures", flush=True)
        rows.append(np.concatenate(made.pictures, 1))
    if arguments.to is not None:
        images.save(arguments.to / "visualise.png", np.concatenate(rows), overwrite=True)


def told(net: Backbone, picture: np.ndarray, name: str) -> tuple[float, float, float]:
    """Probability alone and turned, and how much is burnt."""
    classes = net.find_class(name)
    image = tf.constant(picture[None], tf.float32)
    turn, shift = Turn(30, 0.3), jitter(16)
    looks = tf.concat([shift(turn(image, tf.constant([7, n])), tf.constant([8, n])) for n in range(LOOKS)], 0)
    alone, turned = (net.probabilities(each, "average")[:, classes].sum(-1).mean() for each in (image, looks))
    return float(alone), float(turned), float(((picture == 0) | (picture == 255)).mean())


if __name__ == "__main__":
    main()

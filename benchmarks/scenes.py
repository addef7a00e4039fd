"""Masks and boxes against the truth, on composed scenes.

A scene holds two cut-out animals on a 1/f background; their alpha channel is the true mask. An object belongs to the
animal on whose side most of its mask lies, and is right when its class is one of that animal's and no better object
was right for it. Printed: precision and recall of the objects and, for right ones, the mean intersection over union of
mask and box.

    python benchmarks/scenes.py --stamps DIR --index FILE [--scenes 40]

FILE is a JSON list of {"file": RGBA picture in DIR, "classes": [ImageNet classes that count as right]}; Debian's
package tuxpaint-stamps-default has suitable ones.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from PIL import Image

import eyecandy

WIDTH, HEIGHT = 480, 320
TINTS = np.array([[110, 125, 80], [135, 120, 95], [120, 130, 140], [150, 145, 135]], float)

Box = tuple[int, int, int, int]


def background(random: np.random.Generator) -> np.ndarray:
    """Two fields of 1/f noise on a quiet tint, (HEIGHT, WIDTH, 3) uint8."""
    frequency = np.hypot(np.fft.fftfreq(HEIGHT)[:, None], np.fft.rfftfreq(WIDTH)[None])
    frequency[0, 0] = 1
    shape = (HEIGHT, WIDTH)
    fields = [np.fft.irfft2(np.fft.rfft2(random.normal(size=shape)) / frequency, s=shape) for _ in range(2)]
    light, warmth = ((field - field.mean()) / field.std() for field in fields)
    tint = TINTS[random.integers(len(TINTS))]
    picture = tint + 22 * light[..., None] + np.array([8, 2, -6]) * warmth[..., None]
    return np.clip(picture, 0, 255).astype(np.uint8)


def place(scene: Image.Image, stamp: Path, side: int, random: np.random.Generator) -> np.ndarray:
    """Puts a cut-out on its half of the scene and gives its true mask, (HEIGHT, WIDTH) bool."""
    animal = Image.open(stamp).convert("RGBA")
    scale = random.uniform(170, 215) / max(animal.size)
    animal = animal.resize((round(animal.width * scale), round(animal.height * scale)), Image.Resampling.LANCZOS)
    x = side * WIDTH // 2 + int(random.integers(0, WIDTH // 2 - animal.width + 1))
    y = int(random.integers(0, HEIGHT - animal.height + 1))
    scene.paste(animal, (x, y), animal)
    truth = np.zeros((HEIGHT, WIDTH), bool)
    truth[y : y + animal.height, x : x + animal.width] = np.asarray(animal)[..., 3] > 127
    return truth


def bounds(mask: np.ndarray) -> Box:
    ys, xs = np.nonzero(mask)
    return int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1


def box_iou(a: Box, b: Box) -> float:
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    common = max(width, 0) * max(height, 0)
    return common / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - common)


def main() -> None:
    parser = argparse.ArgumentParser(description="Masks and boxes against the truth, on composed scenes.")
    parser.add_argument("--stamps", type=Path, required=True)
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--scenes", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--refine", default="grabcut")
    args = parser.parse_args()
    index = json.loads(args.index.read_text(encoding="utf-8"))
    net, random = eyecandy.load_backbone(), np.random.default_rng(args.seed)
    objects = 0
    masks: list[float] = []
    boxes: list[float] = []
    for _ in range(args.scenes):
        pair = [index[i] for i in random.choice(len(index), 2, replace=False)]
        scene = Image.fromarray(background(random))
        truth = [place(scene, args.stamps / entry["file"], side, random) for side, entry in enumerate(pair)]
        found = eyecandy.detect(scene, backbone=net, refine=args.refine).objects
        objects += len(found)
        right = set()
        for thing in found:
            inside = thing.mask >= thing.threshold
            side = int(inside[:, WIDTH // 2 :].sum() > inside[:, : WIDTH // 2].sum())
            if thing.class_index in pair[side]["classes"] and side not in right:
                right.add(side)
                masks.append((inside & truth[side]).sum() / (inside | truth[side]).sum())
                boxes.append(box_iou(thing.box, bounds(truth[side])))
    print(f"{args.scenes} scenes of two animals, {WIDTH}x{HEIGHT} pixels, refinement {args.refine}")
    print(f"objects: recall {len(masks) / (2 * args.scenes):.3f}, precision {len(masks) / max(objects, 1):.3f}")
    print(f"mask IoU {np.mean(masks):.3f}, box IoU {np.mean(boxes):.3f}")


if __name__ == "__main__":
    main()

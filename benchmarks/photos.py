"""Detection on real photos with true masks; and, with --ablation, what each step is good for.

    python benchmarks/photos.py DIR [--every N] [--limit N] [--set NAME] [--backbone NAME] [--json FILE] [--ablation]

DIR holds

- `photos.json`, a list of {"file": NAME, "set": any name, "objects": [{"id": 1 to 254, "name": "cat", "classes": class
  indices that count as right, "box": [x0, y0, x1, y1] in pixels, x1 and y1 exclusive, "listed": true or false}]}.
  Listed are the fair ones: large enough, and the network has a name for them;
- `images/NAME.jpg`;
- `masks/NAME.png`, 8 bits, of the same size: the id of the object at each pixel, 0 for none, 255 where nothing counts.

`eyecandy.detect` is told nothing. The objects that it finds go best first, and each takes the listed object of a right
class that its mask overlaps most, if no better one took it before. Printed, for each set and for all:

- named: the share of the listed objects that some found object names rightly and overlaps;
- IoU: of the masks, 0 where nothing right was found; and of the named alone, of masks and of boxes;
- R50, P50, F50: recall and precision at a mask IoU of 0.5, and their harmonic mean. Precision is over the found objects
  that can be judged: those that lie mostly on listed objects or claim a class that only listed ones have;
- astray: the other found objects, a photo. Photos hold more than was annotated: fewer is better, 0 is not the aim.

With --ablation each photo is looked at once and finished in several ways, a row each.
"""

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

import eyecandy
from eyecandy.backbone.model import Backbone
from eyecandy.detection.arrays import resize_mask
from eyecandy.detection.detect import Detection, Look, finish, look, traced
from eyecandy.detection.options import DetectOptions
from eyecandy.detection.result import DetectedObject
from eyecandy.images import load

NOWHERE = 255
ALL = "all"
FORWARD = "forward"

Box = tuple[int, int, int, int]


class Way(NamedTuple):
    """One way to finish a look: options, and where the signals come from if not from them."""

    name: str
    options: DetectOptions
    signals: str = ""


DEFAULT = Way("as it is", DetectOptions())
WAYS = (
    DEFAULT,
    Way("varimax", DetectOptions(decomposition="varimax")),
    Way("nmf", DetectOptions(decomposition="nmf")),
    Way("class masks straight", DetectOptions(decomposition="none")),
    Way("signals to the pixels", DetectOptions(signal="places")),
    Way("forward only", DetectOptions(), FORWARD),
    Way("without grabcut", DetectOptions(refine="none")),
)


@dataclass
class Tally:
    """What came of one set of photos.

    Attributes:
        ious: of each listed object, of masks, 0 where nothing right was found.
        boxes: of the named ones.
        judged, right, astray: found objects, by photo.
    """

    ious: list[float] = field(default_factory=list)
    boxes: list[float] = field(default_factory=list)
    judged: list[int] = field(default_factory=list)
    right: list[int] = field(default_factory=list)
    astray: list[int] = field(default_factory=list)

    def numbers(self) -> dict[str, float]:
        """The measures that the module names."""
        ious = np.array(self.ious or [0.0])
        named = ious > 0
        recall, precision = float((ious >= 0.5).mean()), sum(self.right) / max(sum(self.judged), 1)
        return {
            "photos": len(self.judged),
            "listed": len(self.ious),
            "named": float(named.mean()),
            "IoU": float(ious.mean()),
            "IoU of named": float(ious[named].mean()) if named.any() else 0.0,
            "box IoU of named": float(np.mean(self.boxes or [0.0])),
            "R50": recall,
            "P50": precision,
            "F50": 2 * recall * precision / max(recall + precision, 1e-9),
            "astray": float(np.mean(self.astray or [0])),
        }


def judge(found: tuple[DetectedObject, ...], objects: list[dict[str, Any]], ids: np.ndarray) -> Tally:
    """Found objects beside the true ones of one photo, whose ids are (H, W) uint8."""
    listed = [true for true in objects if true["listed"]]
    unlisted = {c for true in objects if not true["listed"] for c in true["classes"]}
    masks = {true["id"]: ids == true["id"] for true in listed}
    claimed = {c for true in listed for c in true["classes"]} - unlisted
    anywhere = np.isin(ids, list(masks))
    ious, tally = dict.fromkeys(masks, 0.0), Tally([], [], [0], [0], [0])
    for thing in sorted(found, key=lambda each: -each.score):
        inside = (thing.mask >= thing.threshold) & (ids != NOWHERE)
        free = [t for t in listed if not ious[t["id"]] and thing.class_index in t["classes"]]
        best = max(free, key=lambda t: iou(inside, masks[t["id"]]), default=None)
        overlap = iou(inside, masks[best["id"]]) if best is not None else 0.0
        if best is not None and overlap > 0:
            ious[best["id"]] = overlap
            tally.boxes.append(box_iou(thing.box, tuple(best["box"])))
        mostly = (inside & anywhere).sum() > 0.5 * inside.sum()
        if mostly or thing.class_index in claimed or overlap >= 0.5:
            tally.judged[0] += 1
            tally.right[0] += overlap >= 0.5
        else:
            tally.astray[0] += 1
    tally.ious = list(ious.values())
    return tally


def iou(one: np.ndarray, other: np.ndarray) -> float:
    return float((one & other).sum() / max((one | other).sum(), 1))


def box_iou(a: Box, b: Box) -> float:
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    common = max(width, 0) * max(height, 0)
    return common / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - common)


def finished(path: Path, net: Backbone, ways: tuple[Way, ...]) -> Iterator[tuple[Way, Detection]]:
    """One photo, looked at once and finished in each of several ways."""
    photo = load(path)
    seen = look(photo, net, DetectOptions())
    signals: dict[str, np.ndarray] = {}
    for way in ways:
        name = way.signals or way.options.signal
        if name not in signals:
            signals[name] = forward(seen) if name == FORWARD else traced(seen, net, way.options)
        yield way, finish(photo, seen, signals[name], net, way.options)


def forward(seen: Look) -> np.ndarray:
    """(N, rows, columns), in place of what is traced back: how loud each class's word is at each position."""
    evidence, cells = seen.views.logits, seen.views.cells
    words = [int(evidence.labels.word_ids[c.class_index]) for c in seen.classes]
    return np.stack([resize_mask(evidence.word_map(word).astype(np.float32), cells) for word in words])


def line(name: str, numbers: dict[str, float]) -> str:
    """A row of the table that is printed."""
    counts = f"{numbers['photos']:6.0f} {numbers['listed']:6.0f}"
    shares = " ".join(f"{numbers[key]:6.3f}" for key in list(numbers)[2:-1])
    return f"{name:22} {counts} {shares} {numbers['astray']:6.2f}"


HEAD = f"{'':22} photos listed  named    IoU ofnamed  box    R50    P50    F50 astray"


def main() -> None:
    parser = argparse.ArgumentParser(description="Detection on real photos with true masks.")
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--every", type=int, default=1, help="every Nth photo, the sets one after another")
    parser.add_argument("--limit", type=int, help="so many at most, spread over all")
    parser.add_argument("--set", help="the photos of one set")
    parser.add_argument("--backbone", default="efficientnet-lite0")
    parser.add_argument("--json", type=Path, help="write the numbers and what was found in each photo")
    parser.add_argument("--ablation", action="store_true", help="finish each photo in several ways")
    args = parser.parse_args()
    photos = json.loads((args.folder / "photos.json").read_text(encoding="utf-8"))
    photos = [photo for photo in photos if args.set in (None, photo["set"])]
    photos = sorted(photos, key=lambda photo: photo["set"])[:: args.every]
    if args.limit is not None:
        photos = photos[:: max(1, len(photos) // args.limit)][: args.limit]
    net = eyecandy.load_backbone(args.backbone)
    ways = WAYS if args.ablation else (DEFAULT,)
    tallies: dict[str, dict[str, Tally]] = {way.name: defaultdict(Tally) for way in ways}
    times, found = [], []
    for photo in photos:
        ids = np.asarray(Image.open(args.folder / "masks" / f"{photo['file']}.png"))
        start = time.perf_counter()
        for way, detection in finished(args.folder / "images" / f"{photo['file']}.jpg", net, ways):
            if way is DEFAULT:
                times.append(time.perf_counter() - start)
                things = [(thing.word, thing.label, round(thing.score, 3), thing.box) for thing in detection.objects]
                found.append({"file": photo["file"], "found": things})
            judged = judge(detection.objects, photo["objects"], ids)
            for name in (photo["set"], ALL):
                add(tallies[way.name][name], judged)
    print(f"{len(photos)} photos, {net.name}, {np.median(times or [0]):.2f} s a photo")
    print(HEAD)
    for way in ways:
        for name in [ALL] if args.ablation else sorted(tallies[way.name], key=lambda each: (each == ALL, each)):
            print(line(way.name if args.ablation else name, tallies[way.name][name].numbers()))
    if args.json:
        numbers = {way: {name: tally.numbers() for name, tally in each.items()} for way, each in tallies.items()}
        args.json.write_text(json.dumps({"numbers": numbers, "photos": found}, indent=1), encoding="utf-8")


def add(tally: Tally, more: Tally) -> None:
    """Takes the photos of another tally in."""
    for name, values in vars(more).items():
        getattr(tally, name).extend(values)


if __name__ == "__main__":
    main()

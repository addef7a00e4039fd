"""Whether scores are what they say: of objects scored s, are about s right? On real photos with true masks.

    python benchmarks/calibration.py DIR [--every N] [--limit N] [--fit] [--cache FILE] [--figure FILE] [--json FILE]

DIR is laid out as `benchmarks/photos.py` says. An object is right if it is rightly named and its mask overlaps a listed
object of that name by at least a half (IoU) that no better object took. Those that can be judged count, as in
`photos.py`: an object that lies on nothing listed and claims nothing that only listed ones are may be right, and nobody
says so. (Of 62 of these, 17 were right when looked at: `ASTRAY`.)

Printed: in ten bins of the score, how many objects there are, their mean score and the share that is right; the
expected calibration error (ECE, Naeini et al. 2015), the mean over objects of the difference of the two in their bin.
--figure draws the reliability diagram.

With --fit the constants of `eyecandy/detection/score.py` are fitted anew, by maximum likelihood, and the ECE is that of
photos that took no part: ten folds of photos, five times; and that of each set by the constants of the others.
What cannot be judged counts as right to `ASTRAY`. --cache
keeps what was found, so that a second fit needs no network.
"""

import argparse
import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from photos import NOWHERE, iou
from PIL import Image
from scipy.optimize import minimize
from scipy.special import expit

import eyecandy
from eyecandy.backbone.model import Backbone
from eyecandy.detection.score import NAME, OUTLINE, Signs, loud

ASTRAY = 0.27  # of the objects that cannot be judged: how many are right
ASTRAY_NAMED = 0.4  # and rightly named
BINS = 10
FOLDS, TIMES = 10, 5
WEIGHTS = np.array([3.0, 2.0, 0.07, 1.0])  # of the slopes' squares: the variance of what they multiply
NAMED = 0.3  # an object is where it lies on a true one by this share, or overlaps it so much (IoU)


class Judged(NamedTuple):
    """A found object.

    Attributes:
        photo: its number.
        signs: see `score.Signs`.
        known: whether it can be judged.
        named, right: whether the name is right, and the mask too.
    """

    photo: int
    signs: Signs
    known: bool
    named: bool
    right: bool


def judged(folder: Path, photo: dict[str, Any], number: int, net: Backbone) -> list[Judged]:
    """All that is found in one photo, whatever it scores."""
    ids = np.asarray(Image.open(folder / "masks" / f"{photo['file']}.png"))
    found = eyecandy.detect(folder / "images" / f"{photo['file']}.jpg", backbone=net, min_score=0).objects
    true = photo["objects"]
    listed = [each for each in true if each["listed"]]
    unlisted = {c for each in true if not each["listed"] for c in each["classes"]}
    claimed = {c for each in listed for c in each["classes"]} - unlisted
    taken: set[int] = set()
    judged = []
    for thing in found:
        inside = (thing.mask >= thing.threshold) & (ids != NOWHERE)
        overlaps = {each["id"]: iou(inside, ids == each["id"]) for each in true}
        shares = {each["id"]: (inside & (ids == each["id"])).sum() / max(inside.sum(), 1) for each in true}
        free = [e["id"] for e in listed if e["id"] not in taken and thing.class_index in e["classes"]]
        best = max(free, key=lambda i: overlaps[i], default=None)
        overlap = 0.0 if best is None else overlaps[best]
        if best is not None and overlap > 0:
            taken.add(best)
        there = {c for e in true if max(overlaps[e["id"]], shares[e["id"]]) > NAMED for c in e["classes"]}
        mostly = sum(shares[each["id"]] for each in listed) > 0.5
        known = mostly or thing.class_index in claimed or overlap >= 0.5
        judged.append(Judged(number, thing.signs, bool(known), thing.class_index in there, overlap >= 0.5))
    return judged


def ece(scores: np.ndarray, right: np.ndarray) -> float:
    """Expected calibration error of scores (N,) of things that are right or not (N,)."""
    which = np.minimum((scores * BINS).astype(int), BINS - 1)
    gaps = [abs(scores[which == b].sum() - right[which == b].sum()) for b in range(BINS)]
    return float(sum(gaps) / max(len(scores), 1))


def name_and_outline(things: list[Judged], constants: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(N,) how likely names are right, and outlines, by the constants `NAME` and `OUTLINE`, one after another."""
    a, b, c, d, e, f = constants
    place, alone, kept, sides = np.array(
        [(loud(x.signs.place), loud(x.signs.alone), x.signs.kept, x.signs.sides) for x in things]
    ).T
    return expit(a + b * place + c * alone), expit(d + e * kept + f * sides)


def fitted(things: list[Judged]) -> np.ndarray:
    """(6,) the constants under which what is right is likeliest, names by themselves and names with outlines."""
    right = np.array([x.right if x.known else ASTRAY for x in things], float)
    named = np.array([x.named if x.known else ASTRAY_NAMED for x in things], float)

    def unlikely(constants: np.ndarray) -> float:
        name, outline = name_and_outline(things, constants)
        each = [(named, name), (right, name * outline)]
        likely = sum((y * np.log(p + 1e-9) + (1 - y) * np.log(1 - p + 1e-9)).sum() for y, p in each)
        return 0.5 * (constants[[1, 2, 4, 5]] ** 2 * WEIGHTS).sum() - likely

    return minimize(unlikely, np.zeros(6), method="L-BFGS-B").x


def unseen(things: list[Judged]) -> np.ndarray:
    """(N,) scores, each by constants that were fitted without its photo."""
    photos = np.array([x.photo for x in things])
    scores = np.zeros((TIMES, len(things)))
    for time in range(TIMES):
        fold = np.random.default_rng(time).integers(0, FOLDS, photos.max() + 1)[photos]
        for number in range(FOLDS):
            out = np.flatnonzero(fold == number)
            constants = fitted([x for x, f in zip(things, fold, strict=True) if f != number])
            scores[time, out] = np.prod(name_and_outline([things[i] for i in out], constants), 0)
    return scores


def elsewhere(things: list[Judged], sets: np.ndarray) -> dict[str, float]:
    """The ECE of each set of photos, by constants that were fitted on the others; `sets` (N,) says which is whose."""
    errors = {}
    for name in dict.fromkeys(sets.tolist()):
        constants = fitted([x for x, other in zip(things, sets != name, strict=True) if other])
        own = [x for x, mine in zip(things, sets == name, strict=True) if mine and x.known]
        right = np.array([x.right for x in own])
        errors[name] = ece(np.prod(name_and_outline(own, constants), 0), right)
    return errors


def diagram(scores: np.ndarray, right: np.ndarray, path: Path) -> None:
    """The reliability diagram: the share that is right, by score."""
    from eyecandy._matplotlib import Figure

    figure = Figure((6, 5), dpi=120, layout="constrained")
    axes = figure.add_subplot()
    axes.plot((0, 1), (0, 1), ":", color="#6b7280")
    rows = table(scores, right)
    axes.bar([(b + 0.5) / BINS for b, *_ in rows], [r for *_, r in rows], 0.9 / BINS, color="#c2410c", alpha=0.75)
    for b, count, _, share in rows:
        axes.text((b + 0.5) / BINS, share + 0.015, str(count), ha="center", fontsize=8)
    axes.set(xlim=(0, 1), ylim=(0, 1.05), xlabel="score", ylabel="share of objects that are right")
    axes.set_title(f"{len(scores)} objects, ECE {ece(scores, right):.3f}", fontsize=11)
    figure.savefig(path)


def table(scores: np.ndarray, right: np.ndarray) -> list[tuple[int, int, float, float]]:
    """For each bin that holds something: its number, how many objects, their mean score, the share that is right."""
    which = np.minimum((scores * BINS).astype(int), BINS - 1)
    bins = [(b, which == b) for b in range(BINS) if (which == b).any()]
    return [(b, int(inside.sum()), float(scores[inside].mean()), float(right[inside].mean())) for b, inside in bins]


def main() -> None:
    parser = argparse.ArgumentParser(description="Whether scores are what they say, on real photos with true masks.")
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--every", type=int, default=1, help="every Nth photo")
    parser.add_argument("--limit", type=int, help="so many at most")
    parser.add_argument("--backbone", default="efficientnet-lite0")
    parser.add_argument("--fit", action="store_true", help="fit the constants anew, and judge by photos left out")
    parser.add_argument("--cache", type=Path, help="a JSON file that keeps what was found")
    parser.add_argument("--figure", type=Path, help="draw the reliability diagram")
    parser.add_argument("--json", type=Path, help="write the numbers")
    args = parser.parse_args()
    photos = json.loads((args.folder / "photos.json").read_text(encoding="utf-8"))[:: args.every][: args.limit]
    if args.cache is not None and args.cache.exists():
        rows = json.loads(args.cache.read_text(encoding="utf-8"))
        things = [Judged(photo, Signs(*signs), *told) for photo, signs, *told in rows]
    else:
        net = eyecandy.load_backbone(args.backbone)
        things = [each for n, photo in enumerate(photos) for each in judged(args.folder, photo, n, net)]
        if args.cache is not None:
            args.cache.write_text(json.dumps(things), encoding="utf-8")
    known = np.array([x.known for x in things])
    right = np.array([x.right for x in things])[known]
    scores = np.prod(name_and_outline(things, np.array([*NAME, *OUTLINE])), 0)[known]
    print(f"{len(things)} objects, {known.sum()} of which can be judged; {right.mean():.3f} of these are right")
    print("score    objects  mean  right")
    for b, count, mean, share in table(scores, right):
        print(f"{b / BINS:.1f}-{(b + 1) / BINS:.1f}  {count:7}  {mean:.2f}  {share:.2f}")
    numbers = {"objects": len(things), "judged": int(known.sum()), "ECE": ece(scores, right)}
    print(f"ECE {numbers['ECE']:.3f}")
    if args.fit:
        constants = fitted(things)
        numbers["ECE of photos left out"] = float(np.mean([ece(each[known], right) for each in unseen(things)]))
        print(f"fitted anew: NAME {np.round(constants[:3], 2)}, OUTLINE {np.round(constants[3:], 2)}")
        print(f"ECE of photos left out: {numbers['ECE of photos left out']:.3f}")
        sets = np.array([photos[x.photo]["set"] for x in things])
        if len(set(sets)) > 1:
            numbers |= {f"ECE of {name}, left out": error for name, error in elsewhere(things, sets).items()}
            print("\n".join(f"{name}: {error:.3f}" for name, error in list(numbers.items())[4:]))
    if args.figure is not None:
        diagram(scores, right, args.figure)
    if args.json is not None:
        args.json.write_text(json.dumps(numbers, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()

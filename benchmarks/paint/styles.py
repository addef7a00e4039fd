"""Styles as they are and as they were up to version 0.2: what stays of the photo, what comes of the painting.

    python -m benchmarks.paint.styles PHOTOS --painting a.jpg --painting b.jpg --judge model.keras --keep pictures

Photos are taken of a folder as far as the judge, a network that paints nothing, is sure what they are; each is painted
as each painting, and the judge is asked again. Pictures are kept in a folder, so that what is there is not made again.
"""

import argparse
import itertools
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

import eyecandy
from benchmarks.paint.colour import blotches, ciede2000, coloured, grain, lab
from eyecandy import images
from eyecandy._tensorflow import tf
from eyecandy.art.core import losses
from eyecandy.art.large import stream
from eyecandy.art.recipes.style import STYLE_LAYERS
from eyecandy.backbone.load import given_or_default, load_backbone
from eyecandy.backbone.model import Backbone

OLD: Mapping[str, object] = {"losses": "relative", "strength": 0.5}
"""The defaults up to version 0.2."""
WAYS: Mapping[str, Mapping[str, object]] = {"old": OLD, "new": {}}
STRENGTHS = [round(0.1 * tenth, 1) for tenth in range(11)]
TOP = 5
_SURE = 0.5  # probability of a photo's own word
_LOOK = 260  # pixels of the shorter side, at which the judge looks
_MARGIN = 16


@dataclass(frozen=True)
class Row:
    """One figure: what it is, what is wanted, how it was, how it is."""

    name: str
    bar: str
    old: float
    new: float

    def __str__(self) -> str:
        return f"{self.name:58} {self.bar:>14} {self.old:8.3f} {self.new:8.3f}"


@dataclass(frozen=True)
class Pictures:
    """Photos and paintings, and a folder of what was made of them."""

    photos: list[Path]
    paintings: list[Path]
    folder: Path
    size: int

    def made(self, photo: Path, painting: Path, way: str, **knobs: object) -> np.ndarray:
        """A picture of the way, (H, W, 3) uint8."""
        told = "-".join(f"{name}={value}" for name, value in sorted(knobs.items()))
        path = self.folder / f"{photo.stem}-{painting.stem}-{way}-{self.size}{told and '-' + told}.png"
        if not path.exists():
            made = eyecandy.style(photo, painting, size=self.size, **{**WAYS[way], **knobs})
            made.save(path, overwrite=True)
        return np.asarray(Image.open(path).convert("RGB"))

    def photo(self, path: Path) -> np.ndarray:
        """A photo at the size of its pictures."""
        loaded = images.load(path)
        return images.resize(loaded.pixels, images.fit(loaded.size, self.size, enlarge=True))


def words(judge: Backbone, pixels: np.ndarray) -> list[str]:
    """The words of the judge's first classes, (H, W, 3) uint8."""
    logits = seen(judge, pixels)
    return [judge.labels.words[number] for number in np.argsort(-logits)[:TOP]]


def seen(judge: Backbone, pixels: np.ndarray) -> np.ndarray:
    """Logits."""
    height, width = pixels.shape[:2]
    shrink = _LOOK / min(height, width)
    return stream.logits(
        judge, images.resize(pixels, (round(width * shrink), round(height * shrink))).astype(np.float32)
    )


def sure(judge: Backbone, folder: Path, count: int) -> list[Path]:
    """Photos, evenly chosen, that the judge is sure of."""
    found = images.find([str(folder)])
    kept = [path for path in found if tf.reduce_max(tf.nn.softmax(seen(judge, images.load(path).pixels))) > _SURE]
    return [kept[number] for number in np.linspace(0, len(kept) - 1, min(count, len(kept))).astype(int)]


def style_distance(net: Backbone, picture: np.ndarray, painting: np.ndarray) -> float:
    """Mean over the layers of style of the relative difference of Gram matrices, as both ways to paint count it."""
    grams = []
    for pixels in (picture, painting):
        size = images.fit((pixels.shape[1], pixels.shape[0]), max(picture.shape), enlarge=True)
        edged = np.pad(images.resize(pixels, size), ((_MARGIN, _MARGIN), (_MARGIN, _MARGIN), (0, 0)), mode="reflect")
        grams.append(stream.grams(net, STYLE_LAYERS, edged.astype(np.float32), border=_MARGIN))
    return float(np.mean([losses.relative_l1(grams[0][name], grams[1][name]) for name in STYLE_LAYERS]))


def content(pictures: Pictures, judge: Backbone, pairs: Iterable[tuple[Path, Path]]) -> list[Row]:
    """What the judge still names, what is of the painting, and what is blotched, over pairs of photo and painting."""
    net, pairs = given_or_default(None), list(pairs)
    named: dict[str, list[float]] = {way: [] for way in WAYS}
    apart, spots = ({way: [] for way in WAYS} for _ in range(2))
    for photo, painting in pairs:
        own, painted = words(judge, pictures.photo(photo))[0], images.load(painting).pixels
        for way in WAYS:
            made = pictures.made(photo, painting, way)
            named[way].append(own in words(judge, made))
            apart[way].append(style_distance(net, made, painted))
            spots[way].append(blotches(made, images.resize(painted, images.fit(images.load(painting).size, 256))))
    rows = [
        ("the judge still names, share of pictures", ">= 0.75", named),
        ("style distance", "<= 1.1 x old", apart),
        ("blotches a picture", "fewer", spots),
    ]
    return [Row(name, bar, *(float(np.mean(found[way])) for way in WAYS)) for name, bar, found in rows]


def grey(pictures: Pictures, pairs: Iterable[tuple[Path, Path]]) -> list[Row]:
    """Of paintings turned grey, what of the picture is still coloured."""
    found: dict[str, list[float]] = {way: [] for way in WAYS}
    for photo, painting in pairs:
        path = pictures.folder / f"grey-{painting.stem}.png"
        if not path.exists():
            Image.open(painting).convert("L").convert("RGB").save(path)
        for way in WAYS:
            found[way].append(coloured(pictures.made(photo, path, way)))
    return [Row("largest coloured region of a grey painting's", "<= 0.01", *(float(max(found[way])) for way in WAYS))]


def strength(pictures: Pictures, pairs: Iterable[tuple[Path, Path]]) -> list[Row]:
    """How even the steps of the strength are, to the eye and to block3, and what grain there is at a low one."""
    look = given_or_default(None).features(["block3_conv2"])
    steps: dict[str, list[list[list[float]]]] = {way: [] for way in WAYS}
    still, fine = ({way: [] for way in WAYS} for _ in range(2))
    for photo, painting in pairs:
        own = pictures.photo(photo)
        for way in WAYS:
            row = [pictures.made(photo, painting, way, strength=each) for each in STRENGTHS]
            maps = [look(tf.constant(each[None], tf.float32))["block3_conv2"] for each in row]
            eyes = [ciede2000(lab(a), lab(b)).mean() for a, b in itertools.pairwise(row)]
            deep = [float(tf.sqrt(tf.reduce_mean(tf.square(a - b)))) for a, b in itertools.pairwise(maps)]
            steps[way].append([eyes, deep])
            still[way].append(float(np.abs(row[0].astype(float) - own).max()))
            fine[way].append(abs(grain(row[1]) / grain(own) - 1))
    mean = {way: np.mean(steps[way], 0) for way in WAYS}
    for way in WAYS:
        print(way, "steps, CIEDE2000:", np.round(mean[way][0], 2), "block3:", np.round(mean[way][1], 3))
    ratios = {way: mean[way].max(1) / np.maximum(mean[way].min(1), 1e-9) for way in WAYS}
    return [
        Row("largest over smallest step of the strength, CIEDE2000", "<= 2", *(ratios[way][0] for way in WAYS)),
        Row("largest over smallest step of the strength, block3", "<= 2", *(ratios[way][1] for way in WAYS)),
        Row("strength 0, largest difference from the photo", "0", *(float(max(still[way])) for way in WAYS)),
        Row("grain at a strength of 0.1, off the photo's", "<= 0.2", *(float(np.mean(fine[way])) for way in WAYS)),
    ]


def colours(pictures: Pictures, pairs: Iterable[tuple[Path, Path]]) -> list[Row]:
    """With the photo's colours kept, how far its brightness and contrast are off, in levels of CIELAB's lightness."""
    kept: Mapping[str, tuple[str, object]] = {"old": ("old", "chroma"), "new": ("new", "luminance")}
    off: dict[str, list[tuple[float, float]]] = {way: [] for way in WAYS}
    for photo, painting in pairs:
        own = lab(pictures.photo(photo))[..., 0]
        for way, (as_way, keep) in kept.items():
            light = lab(pictures.made(photo, painting, as_way, keep_colour=keep))[..., 0]
            off[way].append((abs(light.mean() - own.mean()), abs(light.std() - own.std())))
    mean = {way: np.mean(off[way], 0) for way in WAYS}
    return [
        Row("colours kept: brightness off by", "small", *(mean[way][0] for way in WAYS)),
        Row("colours kept: contrast off by", "small", *(mean[way][1] for way in WAYS)),
    ]


def draft(pictures: Pictures) -> list[Row]:
    """What a draft takes of the time of a picture, in a process that has painted before."""
    photo, painting = pictures.photos[0], pictures.paintings[0]

    def seconds(**knobs: object) -> float:
        begin = time.perf_counter()
        eyecandy.style(photo, painting, size=pictures.size, **knobs)
        return time.perf_counter() - begin

    eyecandy.style(photo, painting, size=96, iterations=2)
    share = seconds(draft=True) / seconds()
    return [Row("a draft's time over the picture's", "<= 0.33", float("nan"), share)]


def paired(pictures: Pictures) -> list[tuple[Path, Path]]:
    """Each photo with one painting, in turn."""
    return list(zip(pictures.photos, itertools.cycle(pictures.paintings), strict=False))


def rows(pictures: Pictures, judge: Backbone, *, few: int = 12, each: int = 4) -> Iterable[Row]:
    """All figures of styles.

    Args:
        few: photos, each with one painting, of what takes many pictures.
        each: paintings a photo, of what the judge is asked.
    """
    tests: list[Callable[[], list[Row]]] = [
        lambda: content(pictures, judge, spread(pictures, each)),
        lambda: grey(pictures, paired(pictures)[:few]),
        lambda: colours(pictures, paired(pictures)[:few]),
        lambda: strength(pictures, paired(pictures)[:few]),
        lambda: draft(pictures),
    ]
    for test in tests:
        yield from test()


def spread(pictures: Pictures, each: int) -> list[tuple[Path, Path]]:
    """Each photo with so many paintings, each painting as often as the others."""
    count = len(pictures.paintings)
    return [
        (photo, pictures.paintings[(number + step) % count])
        for step in range(min(each, count))
        for number, photo in enumerate(pictures.photos)
    ]


def parser() -> argparse.ArgumentParser:
    """What this benchmark is told."""
    found = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    found.add_argument("photos", type=Path, help="a folder of photographs of one thing each")
    found.add_argument("--painting", type=Path, action="append", required=True)
    found.add_argument("--judge", default="vgg16", help="a network that paints nothing: a name, or a model's file")
    found.add_argument("--keep", type=Path, default=Path("paint-quality"), help="the folder of pictures")
    found.add_argument("--count", type=int, default=24, help="photos")
    found.add_argument("--each", type=int, default=4, help="paintings a photo")
    found.add_argument("--few", type=int, default=12, help="pairs of what takes many pictures")
    found.add_argument("--size", type=int, default=512)
    return found


def chosen(told: argparse.Namespace) -> tuple[Pictures, Backbone]:
    """The pictures and the judge of a command line."""
    told.keep.mkdir(parents=True, exist_ok=True)
    judge = load_backbone(told.judge)
    return Pictures(sure(judge, told.photos, told.count), told.painting, told.keep, told.size), judge


if __name__ == "__main__":
    told = parser().parse_args()
    print(f"{'':58} {'bar':>14} {'old':>8} {'new':>8}")
    for row in rows(*chosen(told), few=told.few, each=told.each):
        print(row, flush=True)

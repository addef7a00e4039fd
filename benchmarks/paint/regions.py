"""Regions in styles of their own: how near each comes to its painting, and whether the rest stays the photo's.

    python -m benchmarks.paint.regions [PHOTO ...] [--size 320] [--iterations 350] [--to FOLDER]

Of each sample photo, two objects and the rest are painted as three paintings in one go, then all of the photo as each
painting alone. Both pictures are measured over the same region: the mean relative distance, over the layers of style,
of the Gram matrix of the region's positions, each by how much of it lies in the region, from that of the painting. The
bar: at most 1.1 times the distance of the picture that was painted as that painting alone. Then each object is painted
with the rest kept, and the pixels outside of it that changed are counted: none. With --to, the pictures are kept.
"""

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

import eyecandy
from eyecandy import images
from eyecandy._tensorflow import tf
from eyecandy.art.core import losses
from eyecandy.art.large import stream
from eyecandy.art.output.partition import partition
from eyecandy.art.recipes.style import STYLE_LAYERS
from eyecandy.backbone.load import given_or_default
from eyecandy.backbone.model import Backbone

SAMPLES = Path(__file__).parent.parent.parent / "samples"
ORDERS: Mapping[str, Mapping[str, str]] = {
    "shepherd_and_kitten": {"cat": "mosaic", "dog": "ink", "rest": "flow"},
    "zebra_and_elephant": {"zebra": "stained_glass", "elephant": "flow", "rest": "ink"},
    "dog_and_cat": {"cat": "ink", "dog": "mosaic", "rest": "flow"},
}
BAR = 1.1


def rows(
    old: Callable[..., Any] | None = None,
    *,
    photos: Sequence[str] = tuple(ORDERS),
    size: int = 320,
    iterations: int = 350,
    to: Path | None = None,
) -> Iterator[tuple[str, float, float]]:
    """Name, bar and figure of each bar, as soon as it is known.

    Args:
        old: the style of an older version, if that is to be asked as well: it paints the picture of one painting alone,
            and only what it changes outside of a region is counted.
        photos: names of samples.
        size, iterations: of the pictures.
        to: a folder in which the pictures are kept.
    """
    net = given_or_default(None)
    knobs = {"size": size, "iterations": iterations, "backbone": net}
    for name in photos:
        photo, order = SAMPLES / f"{name}.jpg", ORDERS[name]
        found = partition(images.load(photo), list(order), net)
        paintings = {region: SAMPLES / f"style_{painting}.jpg" for region, painting in order.items()}
        together = _kept(to, f"{name}-regions", eyecandy.style(photo, region=paintings, **knobs).image)
        for number, (region, painting) in enumerate(paintings.items()):
            inside = found.labels == number
            alone = _kept(to, f"{name}-{order[region]}", eyecandy.style(photo, painting, **knobs).image)
            own, other = (distance(net, picture, inside, painting) for picture in (together, alone))
            yield f"{name}, {region} as {order[region]}: style distance over that of it alone", BAR, own / other
        region = next(iter(order))
        for style in filter(None, (eyecandy.style, old)):
            made = style(photo, paintings[region], region=region, **knobs).image
            untouched = images.resize(images.load(photo).pixels, (made.shape[1], made.shape[0]))
            beyond = cv2.resize((found.labels == 0).astype(np.float32), made.shape[1::-1], interpolation=cv2.INTER_AREA)
            changed = (made != untouched).any(-1) & (beyond == 0)
            who = "" if style is eyecandy.style else " (old)"
            yield f"{name}, {region} alone{who}: pixels changed outside of it", 0.0, float(changed.sum())
            if not who:
                _kept(to, f"{name}-{region}", made)


def distance(net: Backbone, pixels: np.ndarray, inside: np.ndarray, painting: Path) -> float:
    """Mean relative distance, over the layers of style, of a region's Gram matrices from those of a painting.

    Args:
        pixels: (h, w, 3) of the picture.
        inside: (H, W) bool, the region.
        painting: brought to the picture's longest side.
    """
    other = images.load(painting)
    target = stream.grams(
        net, STYLE_LAYERS, images.resize(other.pixels, images.fit(other.size, max(pixels.shape), enlarge=True))
    )
    seen = net.features(STYLE_LAYERS)(tf.constant(pixels[None], tf.float32))
    apart = []
    for name, features in seen.items():
        size = features.shape[2], features.shape[1]
        share = cv2.resize(inside.astype(np.float32), size, interpolation=cv2.INTER_AREA)
        own = losses.mean_of_some(losses.products(features, tf.constant(share[None, ..., None])))
        apart.append(float(losses.relative_l1(own, target[name])))
    return float(np.mean(apart))


def _kept(to: Path | None, name: str, picture: np.ndarray) -> np.ndarray:
    if to is not None:
        to.mkdir(parents=True, exist_ok=True)
        images.save(to / f"{name}.png", picture, overwrite=True)
    return picture


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", nargs="*", metavar="PHOTO", default=list(ORDERS))
    parser.add_argument("--size", type=int, default=320)
    parser.add_argument("--iterations", type=int, default=350)
    parser.add_argument("--to", type=Path, metavar="FOLDER")
    given = vars(parser.parse_args())
    for name, bar, figure in rows(**given):
        print(f"{'ok' if figure <= bar else '--':3}{name:90}{figure:8.3f}  (at most {bar:g})", flush=True)


if __name__ == "__main__":
    main()

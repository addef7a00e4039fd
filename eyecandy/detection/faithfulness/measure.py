"""Whether a mask is to be believed: insertion and deletion curves beside those of masks that know nothing.

If a mask holds what the network calls a dog, then the dog goes as soon as the mask's pixels are taken out of the photo,
and it comes as soon as they are put into a blurred copy (Petsiuk, Das, Saenko: "RISE", BMVC 2018). A random mask and a
blob in the middle of the photo show how much any pixels would have done.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from eyecandy.backbone.identity import differences
from eyecandy.backbone.load import BackboneLike, given_or_default
from eyecandy.backbone.model import Backbone
from eyecandy.backbone.scores import probabilities
from eyecandy.detection.arrays import resize_mask
from eyecandy.detection.cutouts import numbered
from eyecandy.detection.faithfulness.curves import CENTRE, MASK, RANDOM, Curve, ObjectFaithfulness
from eyecandy.detection.faithfulness.orders import at_random, by_mask, from_centre
from eyecandy.detection.find.sizes import analysis_size, default_size
from eyecandy.detection.result import DetectedObject, Result
from eyecandy.errors import EyecandyError
from eyecandy.images import resize

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STEPS = 16
RANDOM_MASKS = 2
BLUR = 0.06  # of the longest side: what the picture is put into; nothing is recognised in it
GREY = 127  # what pixels are taken out to
_PIXELS_AT_ONCE = 16 * 448 * 448


@dataclass(frozen=True, eq=False)
class Faithfulness:
    """The curves of all objects of one photo, best object first."""

    found: Result
    objects: tuple[ObjectFaithfulness, ...]

    def figure(self) -> "Figure":
        """A row an object: its cut-out, its insertion curves and its deletion curves."""
        from eyecandy.detection.faithfulness.figure import figure

        return figure(self.found, self.objects)

    def _repr_png_(self) -> bytes:
        """What a notebook shows: the figure."""
        from eyecandy.detection.figures.sheet import png

        return png(self.figure())


def faithfulness(found: Result, backbone: BackboneLike | None = None) -> Faithfulness:
    """Insertion and deletion curves of each object's mask, beside those of a random mask and of a centred blob.

    The probability is that of the object's everyday word at its best place, as the network sees the photo. Other
    objects of the same word are taken out first, since they would speak for it too.

    Args:
        found: what `detect` gave.
        backbone: the network that it was found with; may be left out for the bundled one.

    Raises:
        EyecandyError: another network than the photo was looked at with.
    """
    net = given_or_default(backbone)
    known = {"name": found.backbone, "weights_sha256": found.weights_sha256, **found.identity}
    differ = differences(known, net.identity)
    if differ:
        raise EyecandyError(
            f"the objects were found with {found.backbone}, got {net.name}; pass the backbone that was used: "
            f"{'; '.join(differ)}"
        )
    size = analysis_size(found.photo.size, found.options.size or default_size(found.photo.size), net)
    pixels = resize(found.photo.pixels, size)
    numbers = numbered(o.word for o in found.objects)
    words = [o.word for o in found.objects]
    objects = []
    for number, item in zip(numbers, found.objects, strict=True):
        name = item.word if words.count(item.word) == 1 else f"{item.word} {number}"
        alone = _without_others(pixels, item, found.objects)
        classes = [i for i, word in enumerate(net.labels.words) if word == item.word]
        objects.append(_of_object(net, alone, item, classes, name))
    return Faithfulness(found, tuple(objects))


def _of_object(
    net: Backbone, pixels: np.ndarray, item: DetectedObject, classes: list[int], name: str
) -> ObjectFaithfulness:
    height, width = pixels.shape[:2]
    orders = {
        MASK: [by_mask(item, (width, height))],
        RANDOM: [at_random(seed, (width, height)) for seed in range(RANDOM_MASKS)],
        CENTRE: [from_centre((width, height))],
    }
    shares = np.linspace(0, 1, STEPS + 1) ** 2
    blurred, grey = blur(pixels), np.full_like(pixels, GREY)
    insertion, deletion = (
        {
            kind: Curve(shares, np.mean([_probabilities(net, start, end, o, shares, classes) for o in ranks], axis=0))
            for kind, ranks in orders.items()
        }
        for start, end in ((blurred, pixels), (pixels, grey))
    )
    return ObjectFaithfulness(name, insertion, deletion)


def _probabilities(
    net: Backbone, start: np.ndarray, end: np.ndarray, ranks: np.ndarray, shares: np.ndarray, classes: list[int]
) -> np.ndarray:
    """How probable some classes are together, at their best place, while pixels turn from one picture to another.

    Args:
        start, end: (H, W, 3) uint8.
        ranks: (H, W) in [0, 1), the share at which each pixel has turned.
        shares: (S,).
        classes: class indices.

    Returns:
        (S,) in [0, 1].
    """
    at_once = max(1, _PIXELS_AT_ONCE // ranks.size)
    values = []
    for some in _batches(shares, at_once):
        turned = (ranks < some[:, None, None])[..., None]
        class_map = net.class_map(np.where(turned, end, start))
        likely = probabilities(class_map, net.scores)[..., classes]
        # Classes that compete add up to their word; of others the likeliest counts.
        values.append((likely.sum(-1) if net.scores == "softmax" else likely.max(-1)).max((1, 2)))
    return np.minimum(np.concatenate(values), 1)


def _batches(values: np.ndarray, most: int) -> Iterator[np.ndarray]:
    return (values[i : i + most] for i in range(0, len(values), most))


def blur(pixels: np.ndarray) -> np.ndarray:
    """A picture (H, W, 3) uint8 in which nothing is recognised any more."""
    return cv2.GaussianBlur(pixels, (0, 0), BLUR * max(pixels.shape[:2]))


def _without_others(pixels: np.ndarray, item: DetectedObject, objects: Sequence[DetectedObject]) -> np.ndarray:
    """The photo without other objects of the same word."""
    size = pixels.shape[1], pixels.shape[0]
    others = [o for o in objects if o is not item and o.word == item.word]
    if not others:
        return pixels
    taken = np.any([resize_mask(o.small_mask, size) >= o.threshold for o in others], axis=0)
    taken &= resize_mask(item.small_mask, size) < item.threshold
    return np.where(taken[..., None], np.uint8(GREY), pixels)

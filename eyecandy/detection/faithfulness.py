"""Whether a mask is to be believed: insertion and deletion curves beside those of masks that know nothing.

If a mask holds what the network calls a dog, then the dog goes as soon as the mask's pixels are taken out of the photo,
and it comes as soon as they are put into a blurred copy (Petsiuk, Das, Saenko: "RISE", BMVC 2018). A random mask and a
blob in the middle of the photo show how much any pixels would have done.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from scipy.ndimage import distance_transform_edt

from eyecandy.backbone.identity import differences
from eyecandy.backbone.load import BackboneLike, given_or_default
from eyecandy.backbone.model import Backbone
from eyecandy.backbone.scores import probabilities
from eyecandy.detection.arrays import resize_mask
from eyecandy.detection.export.cutouts import numbered
from eyecandy.detection.find.signals import analysis_size
from eyecandy.detection.options import default_size
from eyecandy.detection.result import DetectedObject
from eyecandy.errors import EyecandyError
from eyecandy.images import resize

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from eyecandy.detection.result import Detection

MASK, RANDOM, CENTRE = "mask", "random", "centre"
STEPS = 16
RANDOM_MASKS = 2
RANDOM_CELLS = 7  # a side, as in the paper: pixels one by one would destroy any picture at once
BLUR = 0.06  # of the longest side: what the picture is put into; nothing is recognised in it
GREY = 127  # what pixels are taken out to
CLEAR = 0.1  # ahead of the better baseline by this much of the area, a mask is to be believed
_PIXELS_AT_ONCE = 16 * 448 * 448


@dataclass(frozen=True, eq=False)
class Curve:
    """How probable an object's word is, by the share of the photo's pixels put in or taken out.

    Attributes:
        shares: (S,) from 0 to 1, closer together at first, since objects are small.
        probabilities: (S,) in [0, 1].
    """

    shares: np.ndarray
    probabilities: np.ndarray

    @property
    def area(self) -> float:
        """Under the curve, in [0, 1]."""
        return float(np.trapezoid(self.probabilities, self.shares))


@dataclass(frozen=True, eq=False)
class ObjectTrust:
    """The curves of one object.

    Attributes:
        name: "dog", or "dog 2" where there are several.
        insertion: by "mask", "random" and "centre"; the sooner it rises, the better.
        deletion: likewise; the sooner it falls, the better.
    """

    name: str
    insertion: dict[str, Curve]
    deletion: dict[str, Curve]

    def worth(self, order: str) -> float:
        """Area under the insertion curve less that under the deletion curve, in [-1, 1]."""
        return self.insertion[order].area - self.deletion[order].area

    @property
    def lead(self) -> float:
        """How far the mask is ahead of the better baseline."""
        return self.worth(MASK) - max(self.worth(RANDOM), self.worth(CENTRE))

    @property
    def believed(self) -> bool:
        """Whether the mask is to be believed."""
        return self.lead >= CLEAR

    @property
    def sentence(self) -> str:
        """What the curves say, in a sentence."""
        better = "a blob in the middle" if self.worth(CENTRE) >= self.worth(RANDOM) else "a random mask"
        worths = f"insertion less deletion is {self.worth(MASK):.2f}, against {self.worth(MASK) - self.lead:.2f}"
        if self.believed:
            return f"The mask of the {self.name} is to be believed: {worths} for {better}."
        if self.lead > -CLEAR and self.worth(MASK) - self.worth(RANDOM) >= CLEAR:
            return f"The mask of the {self.name} is as good as {better}, so this does not tell: {worths}."
        return f"The mask of the {self.name} is not to be believed, being no better than {better}: {worths}."

    def as_dict(self) -> dict[str, Any]:
        """The curves as numbers, ready for `json.dumps`."""
        return {
            "name": self.name,
            "believed": self.believed,
            "sentence": self.sentence,
            **{
                kind: {
                    order: {
                        "area": round(curve.area, 4),
                        "shares": curve.shares.round(4).tolist(),
                        "probabilities": curve.probabilities.round(4).tolist(),
                    }
                    for order, curve in curves.items()
                }
                for kind, curves in (("insertion", self.insertion), ("deletion", self.deletion))
            },
        }


@dataclass(frozen=True, eq=False)
class Trust:
    """The curves of all objects of one photo, best object first."""

    found: "Detection"
    objects: tuple[ObjectTrust, ...]

    def figure(self) -> "Figure":
        """A row an object: its cut-out, its insertion curves and its deletion curves."""
        from eyecandy.detection.figures.faithfulness import trust_figure

        return trust_figure(self)

    def _repr_png_(self) -> bytes:
        """What a notebook shows: the figure."""
        from eyecandy.detection.figures.sheet import png

        return png(self.figure())


def trust(found: "Detection", backbone: BackboneLike | None = None) -> Trust:
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
        objects.append(_object_trust(net, alone, item, classes, name))
    return Trust(found, tuple(objects))


def _object_trust(
    net: Backbone, pixels: np.ndarray, item: DetectedObject, classes: list[int], name: str
) -> ObjectTrust:
    height, width = pixels.shape[:2]
    orders = {
        MASK: [_mask_order(item, (width, height))],
        RANDOM: [_random_order(seed, (width, height)) for seed in range(RANDOM_MASKS)],
        CENTRE: [_centre_order((width, height))],
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
    return ObjectTrust(name, insertion, deletion)


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


def _ranks(scores: np.ndarray) -> np.ndarray:
    """For each pixel, the share of pixels with a higher score; equals in the order of the rows."""
    order = np.argsort(-scores, axis=None, kind="stable")
    ranks = np.empty(scores.size)
    ranks[order] = np.arange(scores.size) / scores.size
    return ranks.reshape(scores.shape)


def _mask_order(item: DetectedObject, size: tuple[int, int]) -> np.ndarray:
    """The object first, then its surroundings, each from what speaks most for it; of equals, the nearest first."""
    inside = resize_mask(item.small_mask, size) >= item.threshold
    near = 1 - distance_transform_edt(~inside) / sum(size)
    return _ranks(inside + 0.5 * resize_mask(item.small_saliency, size) + 0.01 * near)


def _random_order(seed: int, size: tuple[int, int]) -> np.ndarray:
    cells = np.random.default_rng(seed).random((RANDOM_CELLS, RANDOM_CELLS), np.float32)
    return _ranks(cv2.resize(cells, size, interpolation=cv2.INTER_CUBIC))


def _centre_order(size: tuple[int, int]) -> np.ndarray:
    width, height = size
    x, y = (np.arange(side) + 0.5 - side / 2 for side in size)
    return _ranks(-((x[None] / width) ** 2 + (y[:, None] / height) ** 2))


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

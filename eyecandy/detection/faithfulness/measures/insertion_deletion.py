"""Insertion and deletion curves, beside those of masks that know nothing.

If a mask holds what the network calls a dog, then the dog goes as soon as the mask's pixels are taken out of the photo,
and it comes as soon as they are put into a blurred copy (Petsiuk, Das, Saenko: "RISE", BMVC 2018). A random mask and a
blob in the middle of the photo show how much any pixels would have done.
"""

import cv2
import numpy as np

from eyecandy.detection.faithfulness.curves import CENTRE, CLEAR, MASK, RANDOM, Curve, Curves
from eyecandy.detection.faithfulness.measure import Measure, Reading
from eyecandy.detection.faithfulness.orders import at_random, from_centre
from eyecandy.detection.faithfulness.scene import GREY, Scene

STEPS = 16
RANDOM_MASKS = 2
BLUR = 0.06  # of the longest side: what the picture is put into; nothing is recognised in it
SHARES = np.linspace(0, 1, STEPS + 1) ** 2  # closer together at first, since objects are small


def insertion_deletion(scene: Scene) -> list[Reading]:
    """The curves of each object.

    The baselines of objects that share a picture are looked at once for all: a look says how probable every word is.
    """
    readings: list[Reading] = []
    shared = None
    for name, item in zip(scene.names, scene.found.objects, strict=True):
        picture = scene.without_others(item)
        if picture is scene.pixels:
            baselines = shared = shared or _looks(scene, picture, _baselines(scene))
        else:
            baselines = _looks(scene, picture, _baselines(scene))
        looks = _looks(scene, picture, {MASK: [scene.order(item)]})
        word = scene.word(item)
        insertion, deletion = (
            {order: Curve(SHARES, seen[:, word]) for order, seen in {**looks[kind], **baselines[kind]}.items()}
            for kind in ("insertion", "deletion")
        )
        readings.append(_told(name, insertion, deletion))
    return readings


def _told(name: str, insertion: dict[str, Curve], deletion: dict[str, Curve]) -> Curves:
    curves = Curves({}, "", {}, insertion, deletion)
    worth, lead = curves.worth(MASK), curves.lead
    better = "a blob in the middle" if curves.worth(CENTRE) >= curves.worth(RANDOM) else "a random mask"
    worths = f"insertion less deletion is {worth:.2f}, against {worth - lead:.2f} for {better}"
    if curves.believed:
        sentence = f"What the network calls the {name} is under this mask: {worths}."
    elif lead > -CLEAR and worth - curves.worth(RANDOM) >= CLEAR:
        sentence = f"What the network calls the {name} is as well found by {better}, so this does not tell: {worths}."
    else:
        sentence = f"What the network calls the {name} is not under this mask, or elsewhere as well: {worths}."
    details = {
        "believed": curves.believed,
        **{
            kind: {order: curve.as_dict() for order, curve in each.items()}
            for kind, each in (("insertion", insertion), ("deletion", deletion))
        },
    }
    return Curves({MEASURE.name: worth, "ahead": lead}, sentence, details, insertion, deletion)


def _baselines(scene: Scene) -> dict[str, list[np.ndarray]]:
    return {
        RANDOM: [at_random(scene.seed + number, scene.size) for number in range(RANDOM_MASKS)],
        CENTRE: [from_centre(scene.size)],
    }


def _looks(scene: Scene, picture: np.ndarray, orders: dict[str, list[np.ndarray]]) -> dict[str, dict[str, np.ndarray]]:
    """By "insertion" and "deletion", and by order: (S, W), how probable words are, averaged over the order's ranks."""
    start, end = blur(picture), np.full_like(picture, GREY)
    ways = {"insertion": (start, picture), "deletion": (picture, end)}
    return {
        kind: {order: np.mean([_turned(scene, *way, each) for each in several], 0) for order, several in orders.items()}
        for kind, way in ways.items()
    }


def _turned(scene: Scene, start: np.ndarray, end: np.ndarray, order: np.ndarray) -> np.ndarray:
    """(S, W), how probable words are while pixels turn from one picture (H, W, 3) to another, by their ranks (H, W)."""
    return scene.words_seen([np.where((order < share)[..., None], end, start) for share in SHARES])


def blur(pixels: np.ndarray) -> np.ndarray:
    """A picture (H, W, 3) uint8 in which nothing is recognised any more."""
    return cv2.GaussianBlur(pixels, (0, 0), BLUR * max(pixels.shape[:2]))


MEASURE = Measure(
    "insertion-deletion",
    {
        "insertion-deletion": "the area under the insertion curve less that under the deletion curve",
        "ahead": "how far that is ahead of a random mask and of a blob in the middle",
    },
    passes=(102, 34),
    objects=insertion_deletion,
)

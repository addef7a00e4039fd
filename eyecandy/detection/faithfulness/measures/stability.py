"""Stability: whether the mask stays when the photo changes as little as photos do on their way to a reader.

The photo is mirrored (and what is found, mirrored back), saved as a JPEG of quality 60, and given a little noise; each
copy is looked at anew, and its mask of the same word laid over the first (intersection over union).
"""

import io
from collections.abc import Callable

import numpy as np
from PIL import Image

from eyecandy.detection.arrays import resize_mask
from eyecandy.detection.faithfulness.measure import Measure, Reading, rounded
from eyecandy.detection.faithfulness.scene import Scene, iou
from eyecandy.detection.find.views import SCALES
from eyecandy.detection.result import DetectedObject
from eyecandy.images import fit, resize

JPEG = 60
NOISE = 5.0  # levels of 255, standard deviation
STABLE = 0.7


def flipped(pixels: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """The mirror image."""
    return np.ascontiguousarray(pixels[:, ::-1])


def saved(pixels: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """As a JPEG of quality 60 gives it back."""
    packed = io.BytesIO()
    Image.fromarray(pixels).save(packed, "JPEG", quality=JPEG)
    return np.array(Image.open(packed))


def noisy(pixels: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """With noise of five levels."""
    noise = NOISE * random.standard_normal(pixels.shape, np.float32)
    return np.clip(np.rint(pixels + noise), 0, 255).astype(np.uint8)


CHANGES: dict[str, Callable[[np.ndarray, np.random.Generator], np.ndarray]] = {
    "flip": flipped,
    "jpeg": saved,
    "noise": noisy,
}
_SAID = {"flip": "mirrored", "jpeg": f"as a JPEG of quality {JPEG}", "noise": "with a little noise"}


def stability(scene: Scene) -> list[Reading]:
    """How much of each object's mask stays under each change."""
    photo = scene.found.photo
    # At the largest size at which it is looked at: in a larger copy noise would average out before anyone saw it.
    longest = min(max(photo.size), round(max(SCALES) * max(scene.size)))
    pixels = resize(photo.pixels, fit(photo.size, longest))
    overlaps = {name: _overlaps(scene, name, pixels) for name in CHANGES} if scene.found.objects else {}
    readings = []
    for number, name in enumerate(scene.names):
        each = {change: values[number] for change, values in overlaps.items()}
        mean = float(np.mean(list(each.values())))
        told = ", ".join(f"{_SAID[change]} {value:.2f}" for change, value in each.items())
        stays = "stays where it is" if min(each.values()) >= STABLE else "moves"
        sentence = f"The mask of the {name} {stays} in copies that look the same: {told} (IoU with itself)."
        readings.append(Reading({MEASURE.name: mean}, sentence, {"iou": rounded(each)}))
    return readings


def _overlaps(scene: Scene, change: str, pixels: np.ndarray) -> list[float]:
    """For each object the IoU with the best one of its word in a changed copy; 0 where that word is not found."""
    copy = CHANGES[change](pixels, scene.random(list(CHANGES).index(change)))
    again = scene.again(copy).objects
    masks = [(item.word, _placed(item, scene.size, mirrored=change == "flip")) for item in again]
    return [
        max((iou(scene.inside(item), mask) for word, mask in masks if word == item.word), default=0.0)
        for item in scene.found.objects
    ]


def _placed(item: DetectedObject, size: tuple[int, int], *, mirrored: bool) -> np.ndarray:
    mask = resize_mask(item.small_mask, size) >= item.threshold
    return mask[:, ::-1] if mirrored else mask


MEASURE = Measure(
    "stability",
    {"stability": "how much of the mask stays when the photo is mirrored, saved as JPEG, or a little noisy (IoU)"},
    passes=(90, 0),
    objects=stability,
)

"""What is kept of one photo: its masks as files, and everything else as a line of the journal."""

import cv2
import numpy as np

from eyecandy.datasets.journal import Entry
from eyecandy.datasets.store import Store
from eyecandy.detection.export.labelled import labelled
from eyecandy.detection.export.results import cutout_names
from eyecandy.detection.result import Result

MASKS = "masks"
# Masks are large and simple: run lengths and the least effort give the same size at a tenth of the time.
_PNG = (cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE)


def keep(store: Store, name: str, found: Result) -> Entry:
    """Writes the masks of a photo's objects, `masks/NAME/dog-1.png`, and gives its entry.

    A mask is an 8-bit PNG of the photo's own size, 255 times the mask; the object is where it is at least 255 times
    its threshold. The same photo gives the same bytes.

    Args:
        store: where the results lie.
        name: the photo, as the results call it.
        found: what was found.

    Returns:
        "photo", "width", "height", "notes", "classes" and "annotations", see `labelled`; "mask" names the
        file of an object's mask.
    """
    store.sweep(f"{MASKS}/{name}")
    entry = labelled(found, name)
    names = cutout_names(o.word for o in found.objects)
    for item, annotation, file_name in zip(found.objects, entry["annotations"], names, strict=True):
        annotation["mask"] = f"{MASKS}/{name}/{file_name}"
        with store.replace(annotation["mask"]) as file:
            file.write(png(item.mask, item.threshold))
    return {**entry}


def png(mask: np.ndarray, threshold: float) -> bytes:
    """A mask (H, W) in [0, 1] as 8-bit PNG, where rounding takes no pixel over the threshold or below it."""
    least = int(np.ceil(255 * threshold))
    levels = np.rint(255 * mask).astype(np.uint8)
    inside = mask >= threshold
    levels = np.where(inside, np.maximum(levels, least), np.minimum(levels, least - 1)).astype(np.uint8)
    return cv2.imencode(".png", levels, _PNG)[1].tobytes()

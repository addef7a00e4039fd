"""What the page's left half knows: a photo looked at, its objects at any threshold, and files of them."""

import secrets
import tempfile
import zipfile
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from eyecandy.detection.options import DetectOptions
from eyecandy.errors import EyecandyError
from eyecandy.files import atomic
from eyecandy.images import fit, resize
from eyecandy.viewer import viewer_html
from eyecandy.web.commands import detect_command
from eyecandy.web.jobs import Job
from eyecandy.web.networks import Networks
from eyecandy.web.pictures import Picture, jpeg

if TYPE_CHECKING:
    from eyecandy.detection.detect import Detection
    from eyecandy.web.visits import Visit

MASK = 640  # pixels of the longest side of a mask that is shown
CUTOUTS = "cutouts.zip"
FILES = ("figure.png", "explain.png", "masks.npz", "objects.json", CUTOUTS)
LOWEST, HIGHEST = 0.05, 0.95  # of the mask threshold


@dataclass(frozen=True, eq=False)
class Seen:
    """A photo that was looked at."""

    picture: Picture
    found: "Detection"
    network: str
    id: str = field(default_factory=lambda: secrets.token_urlsafe(8))

    @cached_property
    def grey(self) -> np.ndarray:
        """The photo without its colours, (h, w, 3) uint8, at the size at which masks are shown."""
        pixels = resize(self.found.photo.pixels, fit(self.found.photo.size, MASK))
        return np.repeat(np.asarray(Image.fromarray(pixels).convert("L"))[..., None], 3, 2)


def seeing(visit: "Visit", picture: Picture, knobs: dict[str, Any], network: str, networks: Networks, job: Job) -> Seen:
    """The work of a job that looks at a photo; it tells the classes before the objects are known."""
    options = DetectOptions(**knobs)
    photo = visit.photo(picture)
    if not networks.started:
        job.tell(doing="starting the network")
    backbone = networks.get(network)
    from eyecandy.detection.detect import look, trace

    job.tell(doing="looking")
    seen = look(photo, backbone, options)
    job.check()
    classes = [{"label": c.label, "probability": c.probability} for c in seen.classes]
    job.tell(doing="finding objects", classes=classes)
    return Seen(picture, trace(photo, seen, backbone, options), network)


def at_threshold(found: "Detection", threshold: float | None) -> "Detection":
    """The same objects with their masks cut at another threshold; those that never reach it are left out.

    Raises:
        EyecandyError: a threshold out of range.
    """
    if threshold is None:
        return found
    if not LOWEST <= threshold <= HIGHEST:
        raise EyecandyError(f"the mask threshold must be {LOWEST} to {HIGHEST}, got {threshold:g}")
    from eyecandy.detection.objects import bounds

    left = [number for number, thing in enumerate(found.objects) if thing.small_mask.max() >= threshold]
    objects = tuple(
        replace(thing, threshold=threshold, box=bounds(thing.small_mask >= threshold, thing.size))
        for thing in (found.objects[number] for number in left)
    )
    parts = tuple(
        replace(part, object=left.index(part.object) if part.object in left else None) for part in found.eigenparts
    )
    return replace(found, objects=objects, eigenparts=parts)


def told(seen: Seen, threshold: float | None, base: str) -> dict[str, Any]:
    """What the page shows of a result, as JSON can hold it; `base` is the address of what the page brought."""
    found = at_threshold(seen.found, threshold)
    return {
        "viewer": viewer_html(
            found.photo.pixels, found, "viewer", source=f"{base}/pictures/{seen.picture.id}/view.jpg"
        ),
        "objects": [
            {
                "word": thing.word,
                "label": thing.called,
                "score": thing.score,
                "probability": thing.probability,
                "box": thing.box,
                "eigenmask": thing.eigenmask,
                "sign": thing.sign,
                "top": [{"label": c.label, "probability": c.probability} for c in thing.top[:3]],
            }
            for thing in found.objects
        ],
        "classes": [{"label": c.label, "probability": c.probability} for c in found.classes],
        "eigenmasks": [
            {"ratio": float(ratio), "plus": _side(found, index, 1), "minus": _side(found, index, -1)}
            for index, ratio in enumerate(found.explained_variance_ratio)
        ],
        "command": detect_command(seen.picture.name, found.options, seen.network),
        "own_threshold": found.objects[0].threshold if threshold is None and found.objects else threshold,
        "nothing": found.options.nothing,
    }


def _side(found: "Detection", index: int, sign: int) -> dict[str, Any]:
    """What one side of an eigen-mask was classified as, and what became of it; one too faint to count says so."""
    from eyecandy.detection.figures.parts import said, side

    part = side(found, index, sign)
    return {
        "said": said(found, part),
        "word": part and part.word,
        "evidence": part and part.evidence,
        "fate": part and part.fate,
        "object": part and part.object,
        "top": [{"label": c.label, "probability": c.probability} for c in part.top[:3]] if part else [],
    }


def mask_picture(seen: Seen, kind: str, index: int, part: str) -> bytes:
    """A class mask ("class") or an eigen-mask ("eigen"; part "both", "plus" or "minus") on its photo, as JPEG.

    Raises:
        EyecandyError: there is none of that number.
    """
    from eyecandy.detection.figures.parts import diverging, heat, one_side

    found = seen.found
    masks = found.class_masks.small if kind == "class" else found.eigenmasks.small
    if not 0 <= index < len(masks):
        raise EyecandyError(f"there is no mask {index} of this photo")
    grey, mask = seen.grey, masks[index]
    if kind == "class":
        drawn = heat(grey, mask)
    elif part == "both":
        drawn = diverging(grey, mask)
    else:
        drawn = one_side(grey, found, index, 1 if part == "plus" else -1)
    return jpeg(drawn)


def file(seen: Seen, threshold: float | None, name: str, folder: Path) -> Path:
    """One of `FILES` of a result and no other, written once for each threshold.

    Args:
        folder: the page's own.
    """
    from eyecandy.detection.export import results

    path = folder / f"results-{seen.id}-{threshold}" / name
    if path.exists():
        return path
    found = at_threshold(seen.found, threshold)
    with atomic(path, overwrite=False) as temporary:
        if name != CUTOUTS:
            results.write_file(found, temporary, name)
            return path
        with tempfile.TemporaryDirectory(dir=folder) as pictures, zipfile.ZipFile(temporary, "w") as archive:
            for cutout in sorted(results.write_cutouts(found, Path(pictures))):  # PNG is compressed already
                archive.write(cutout, cutout.name)
    return path

"""The two figures of a result: what was found, and how."""

from typing import TYPE_CHECKING

import cv2
import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure

from eyecandy.detection.arrays import normalise, resize_mask
from eyecandy.detection.export.cutouts import numbered, on_ground
from eyecandy.detection.figures.sheet import LARGE, SMALL, Panel, Section, draw
from eyecandy.images import resize

if TYPE_CHECKING:
    from eyecandy.detection.detect import Detection

GROUND = (228, 228, 226)  # neutral, and unlike the white of the paper, so that a panel keeps its shape
GRAIN = 0.012  # of a panel's longest side: class masks are drawn without the grain of gradients
COLUMNS = 5  # of the figure that explains


def figure(found: "Detection") -> Figure:
    """The photo, and beside it each object on a neutral ground: source | eigendog | eigencat | ..."""
    pixels = resize(found.photo.pixels, LARGE.picture_size(found.photo.size))
    width, height = found.photo.size
    count = len(found.objects)
    total = () if count == 0 else ("1 object",) if count == 1 else (f"{count} objects",)
    panels = [Panel(pixels, "source", (f"{width} × {height} pixels", *total))]
    words = [o.word for o in found.objects]
    for number, item in zip(numbered(words), found.objects, strict=True):
        title = item.name if words.count(item.word) == 1 else f"{item.name} {number}"
        lines = (item.label, f"score {item.score:.2f}")
        panels.append(Panel(on_ground(pixels, item, GROUND), title, lines))
    if not found.objects:
        ghost = np.rint(0.12 * pixels + 0.88 * np.array(GROUND)).astype(np.uint8)
        panels.append(Panel(ghost, "no object found", (f"nothing scores {found.options.min_score:.2f} or more",)))
    return draw([Section(panels, LARGE)])


def explain_figure(found: "Detection") -> Figure:
    """All class masks as heat on the dimmed photo, and all eigen-masks with the variance that each explains.

    The masks are the raw soft ones, before anything is sharpened.
    """
    pixels = resize(found.photo.pixels, SMALL.picture_size(found.photo.size))
    grey = np.repeat(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)[..., None], 3, 2)
    classes = [
        Panel(heat(grey, mask), seen.label, (f"probability {seen.probability:.3f}",))
        for seen, mask in zip(found.classes, found.class_masks.small, strict=True)
    ]
    eigen = [
        Panel(
            diverging(grey, mask),
            f"eigen-mask {index + 1}{parts(found, index)}",
            (f"{100 * ratio:.1f} % of the variance",),
        )
        for index, (mask, ratio) in enumerate(zip(found.eigenmasks.small, found.explained_variance_ratio, strict=True))
    ]
    return draw(
        [
            Section(
                classes,
                SMALL,
                "Class masks",
                f"the pixels that speak for each of the top {len(classes)} classes",
                COLUMNS,
            ),
            Section(eigen, SMALL, "Eigen-masks", "how the class masks differ: + is red, − is blue", COLUMNS),
        ]
    )


def parts(found: "Detection", index: int) -> str:
    """The objects that belong to the two parts of an eigen-mask: ": + cat − dog"; nothing where there are none."""
    parts = [f"{'+' if o.sign > 0 else '−'} {o.word}" for o in found.objects if o.eigenmask == index]
    return ": " + " ".join(sorted(set(parts))) if parts else ""


def heat(grey: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """A mask in [0, 1], at any size, as heat on a picture (h, w, 3) uint8 of the photo in grey."""
    height, width = grey.shape[:2]
    smooth = cv2.GaussianBlur(resize_mask(mask, (width, height)), (0, 0), max(0.5, GRAIN * max(width, height)))
    value = np.sqrt(normalise(smooth))
    colour = 255 * colormaps["inferno"](value)[..., :3]
    alpha = value[..., None]
    return np.rint((1 - alpha) * 0.3 * grey + alpha * colour).astype(np.uint8)


def diverging(grey: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """A signed mask in [-1, 1] likewise: + is red, - is blue."""
    height, width = grey.shape[:2]
    value = np.clip(resize_mask(mask, (width, height)), -1, 1)
    colour = 255 * colormaps["RdBu_r"](0.5 + 0.5 * value)[..., :3]
    return np.rint(0.25 * (0.5 * grey + 127) + 0.75 * colour).astype(np.uint8)

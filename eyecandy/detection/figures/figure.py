"""The two figures of a result: what was found, and how."""

import cv2
import numpy as np

from eyecandy._matplotlib import Figure
from eyecandy.detection.cutouts import numbered, on_ground
from eyecandy.detection.figures.parts import COLOURS, SIGNS, classes, diverging, heat, name, one_side, said, side
from eyecandy.detection.figures.sheet import LARGE, SMALL, Foot, Panel, Section, draw, foot_size
from eyecandy.detection.meanings import OF_PARTS
from eyecandy.detection.result import DetectedObject, Result
from eyecandy.images import resize

GROUND = (228, 228, 226)  # neutral, and unlike the white of the paper, so that a panel keeps its shape
COLUMNS = 6  # of the figure that explains: two eigen-masks a row, each with its two sides
ROWS = 8  # of the table of parts: as many as there are eigen-masks by default


def figure(found: Result) -> Figure:
    """The photo, and beside it each object on a neutral ground: source | eigendog | eigencat | ...

    Below each object lies the eigen-mask that it came from, below the photo a table of what both sides of every
    eigen-mask were classified as, and what became of them.
    """
    pixels = resize(found.photo.pixels, LARGE.picture_size(found.photo.size))
    grey = _grey(resize(pixels, foot_size((pixels.shape[1], pixels.shape[0]))))
    width, height = found.photo.size
    count = len(found.objects)
    total = () if count == 0 else ("1 object",) if count == 1 else (f"{count} objects",)
    panels = [Panel(pixels, "source", (f"{width} × {height} pixels", *total), _table(found))]
    words = [o.word for o in found.objects]
    for number, item in zip(numbered(words), found.objects, strict=True):
        title = item.name if words.count(item.word) == 1 else f"{item.name} {number}"
        lines = (f"seen as {item.called}", f"score {item.score:.2f}")
        panels.append(Panel(on_ground(pixels, item, GROUND), title, lines, _origin(found, item, grey)))
    if not found.objects:
        ghost = np.rint(0.12 * pixels + 0.88 * np.array(GROUND)).astype(np.uint8)
        why = (found.options.nothing,)
        panels.append(Panel(ghost, "no object found", why, _strongest(found, grey)))
    return draw([Section(panels, LARGE)])


def _table(found: Result) -> Foot | None:
    """What became of both sides of each eigen-mask."""
    count = len(found.eigenmasks)
    if not count:
        return None
    shown = range(count if count <= ROWS else ROWS - 1)
    lines = [
        tuple(f"{name(index, sign)}  {said(found, side(found, index, sign))}" for sign in (1, -1)) for index in shown
    ]
    if count > len(lines):
        lines.append((f"and {count - len(lines)} more",))
    return Foot("eigen-masks, both sides", lines)


def _origin(found: Result, item: DetectedObject, grey: np.ndarray) -> Foot:
    """The eigen-mask of an object, and what the object's side of it was classified as."""
    part = side(found, item.eigenmask, item.sign)
    lines = [f"{COLOURS[item.sign]}, {100 * item.explained_variance_ratio:.1f} % of variance"]
    if part is not None:
        lines += [*classes(part, 2), f"evidence {part.evidence:.2f}"]
        others = [name(p.component, p.sign) for p in found.eigenparts if p.object == part.object and p is not part]
        lines += ["also " + ", ".join(others)] if others and part.object is not None else []
    title = f"eigen-mask {name(item.eigenmask, item.sign)}"
    return Foot(title, [(line,) for line in lines], diverging(grey, found.eigenmasks.small[item.eigenmask]))


def _strongest(found: Result, grey: np.ndarray) -> Foot | None:
    """The first eigen-mask, for a photo in which nothing was found."""
    if not len(found.eigenmasks):
        return None
    lines = [f"{100 * found.explained_variance_ratio[0]:.1f} % of variance"]
    lines += [
        f"{SIGNS[part.sign]} {text}" for part in found.eigenparts if part.component == 0 for text in classes(part, 2)
    ]
    return Foot("eigen-mask 1", [(line,) for line in lines], diverging(grey, found.eigenmasks.small[0]))


def explain_figure(found: Result) -> Figure:
    """All class masks as heat on the dimmed photo, and all eigen-masks with the variance that each explains.

    Each eigen-mask is followed by its two sides: what each was classified as, and what became of it. The masks are the
    raw soft ones, before anything is sharpened.
    """
    pixels = resize(found.photo.pixels, SMALL.picture_size(found.photo.size))
    grey = _grey(pixels)
    where = "at its best place" if found.options.reading == "places" else "on average"
    seen = [
        Panel(heat(grey, mask), each.label, (f"{each.probability:.3f} {where}",))
        for each, mask in zip(found.classes, found.class_masks.small, strict=True)
    ]
    eigen = [panel for index in range(len(found.eigenmasks)) for panel in _explained(found, index, grey)]
    where_seen = f"where the top {len(seen)} classes are seen"
    if found.options.reading == "places":
        where_seen += "; each place is asked anew, so these do not add up to 1"
    note = f"how the class masks differ: + is red, − is blue; each side is classified again. {OF_PARTS}"
    return draw(
        [
            Section(seen, SMALL, "Class masks", where_seen, COLUMNS),
            Section(eigen, SMALL, "Eigen-masks", note, COLUMNS),
        ]
    )


def _explained(found: Result, index: int, grey: np.ndarray) -> list[Panel]:
    """An eigen-mask, its + and its −."""
    ratio = found.explained_variance_ratio[index]
    whole = diverging(grey, found.eigenmasks.small[index])
    panels = [Panel(whole, f"eigen-mask {index + 1}", (f"{100 * ratio:.1f} % of the variance",))]
    for sign in (1, -1):
        part = side(found, index, sign)
        lines = () if part is None else (*classes(part, 2), f"evidence of {part.word} {part.evidence:.2f}")
        panels.append(Panel(one_side(grey, found, index, sign), f"{name(index, sign)}  {said(found, part)}", lines))
    return panels


def _grey(pixels: np.ndarray) -> np.ndarray:
    return np.repeat(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)[..., None], 3, 2)

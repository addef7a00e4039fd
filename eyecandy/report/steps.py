"""The six steps from a photo to its objects, as docs/how-it-sees.md counts them, each with its figures."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from eyecandy.detection.cutouts import on_ground
from eyecandy.detection.figures.figure import GROUND
from eyecandy.detection.figures.parts import diverging, heat, name, one_side, said
from eyecandy.detection.meanings import OF_OBJECTS, OF_PARTS, of_classes
from eyecandy.detection.result import Result, SeenClass
from eyecandy.images import fit, resize
from eyecandy.report.pictures import Figure, figure


@dataclass(frozen=True)
class Detail:
    """How much of a result a page shows.

    Attributes:
        photo: longest side of the photo in pixels; `figure` that of each figure of a step.
        classes: how many classes have bars; `masks` how many have a mask, `eigenmasks` likewise.
        quality: of the figures as WebP.
    """

    photo: int
    figure: int
    classes: int
    masks: int
    eigenmasks: int
    quality: int


WHOLE = Detail(photo=1024, figure=240, classes=20, masks=20, eigenmasks=20, quality=70)
"""For one photo: everything."""
BRIEF = Detail(photo=512, figure=144, classes=10, masks=5, eigenmasks=4, quality=50)
"""For each of many: the page of a photo takes some 65 KB."""


@dataclass(frozen=True)
class Bar:
    """A class with its probability."""

    label: str
    probability: float


@dataclass(frozen=True)
class Section:
    """One step: a heading, a sentence that says what is done, and its bars and figures.

    Attributes:
        groups: for steps that look at each object: its name, figures and bars.
    """

    heading: str
    text: str
    bars: Sequence[Bar] = ()
    figures: Sequence[Figure] = ()
    groups: Sequence["Group"] = ()


@dataclass(frozen=True)
class Group:
    """What a step shows of one object."""

    title: str
    figures: Sequence[Figure]
    bars: Sequence[Bar] = ()


def steps(found: Result, detail: Detail) -> list[Section]:
    """The six steps of a result."""
    pixels = resize(found.photo.pixels, fit(found.photo.size, detail.figure))
    grey = np.repeat(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)[..., None], 3, 2)
    return [
        _classes(found, detail),
        _signals(found, detail, grey),
        _eigenmasks(found, detail, grey),
        _again(found, detail, grey),
        _masks(found, detail, grey),
        _alone(found, detail, pixels),
    ]


def _classes(found: Result, detail: Detail) -> Section:
    shown = found.classes[: detail.classes]
    text = (
        f"{found.backbone} looks at the photo at three sizes, each with its mirror image, and names what it sees at "
        f"every position. These are the best classes of the likeliest words. {of_classes(found.options.reading)[1]}"
    )
    return Section("Evidence", text, bars=_bars(shown))


def _signals(found: Result, detail: Detail, grey: np.ndarray) -> Section:
    masks = zip(found.classes[: detail.masks], found.class_masks.small, strict=False)
    return Section(
        "Class signals",
        "Each class is traced back through the network, from the positions that name it to where its shapes are found."
        if found.options.signal == "features"
        else "Each class is traced back through the network to the pixels that speak for it.",
        figures=[
            figure(heat(grey, mask), seen.label, f"{seen.probability:.3f}", quality=detail.quality)
            for seen, mask in masks
        ],
    )


def _eigenmasks(found: Result, detail: Detail, grey: np.ndarray) -> Section:
    masks = list(zip(found.eigenmasks.small, found.explained_variance_ratio, strict=True))[: detail.eigenmasks]
    return Section(
        "Eigen-masks",
        "How these masks differ: their principal components. One side is red, the other blue; things that lie apart "
        "come out on opposite sides.",
        figures=[
            figure(
                diverging(grey, mask),
                f"eigen-mask {number + 1}",
                f"{100 * ratio:.1f} % of the variance",
                quality=detail.quality,
            )
            for number, (mask, ratio) in enumerate(masks)
        ],
    )


def _again(found: Result, detail: Detail, grey: np.ndarray) -> Section:
    groups = []
    for part in found.eigenparts:
        index, sign = part.component, part.sign
        what, sure = said(found, part), f"evidence of {part.word} {part.evidence:.2f}"
        title = f"eigen-mask {name(index, sign)}"
        if index < detail.eigenmasks:
            drawn = [figure(one_side(grey, found, index, sign), what, sure, quality=detail.quality)]
            groups.append(Group(title, drawn, _bars(part.top[:3])))
        else:
            groups.append(Group(f"{title}: {what}, {sure}", [], _bars(part.top[:3])))
    return Section(
        "Classified again",
        "Each side of each eigen-mask is classified by itself. Sides of one word that are sure of it are joined; what "
        f"is not sure of anything, or what others explain as well, becomes no object. {OF_PARTS}",
        groups=groups,
    )


def _masks(found: Result, detail: Detail, grey: np.ndarray) -> Section:
    return Section(
        "Masks",
        "The joined sides and the evidence of their word spread over whatever is alike to the network: the soft mask. "
        "Where it has several peaks it is several things. "
        + ("Each is sharpened along" if found.options.refine != "none" else "Each is cut where it is strong, not along")
        + " the picture's own edges.",
        groups=[
            Group(item.name, [figure(heat(grey, item.small_saliency), "soft mask", quality=detail.quality)])
            for item in found.objects
        ],
    )


def _alone(found: Result, detail: Detail, pixels: np.ndarray) -> Section:
    return Section(
        "Shown alone",
        "The box of each thing is shown to the network as a picture of its own, and it is an object if its word is "
        f"known again. {OF_OBJECTS}",
        groups=[
            Group(
                item.name,
                [
                    figure(
                        on_ground(pixels, item, GROUND),
                        f"seen as {item.called}",
                        f"score {item.score:.2f}, under mask {item.probability:.2f}",
                        quality=detail.quality,
                    ),
                ],
                _bars(item.top[:3]),
            )
            for item in found.objects
        ],
    )


def _bars(classes: Sequence[SeenClass]) -> list[Bar]:
    return [Bar(seen.label, seen.probability) for seen in classes]

"""The figures of trust: each object with its curves and numbers; and the numbers of many photos."""

import textwrap
from collections.abc import Mapping, Sequence

import numpy as np

from eyecandy._matplotlib import DPI, FONT, INK, PALE, PAPER, Axes, Figure, defaults
from eyecandy.detection.cutouts import on_ground
from eyecandy.detection.faithfulness.curves import CENTRE, MASK, RANDOM, Curve, Curves
from eyecandy.detection.faithfulness.numbers import ObjectTrust, Row
from eyecandy.detection.figures.figure import GROUND
from eyecandy.detection.result import Result
from eyecandy.images import fit, resize

_WIDTH, _ROW, _TOP = 15.0, 3.9, 0.2  # inches
_BAR, _HEAD = 0.62, 0.9  # inches of a row of the summary, and above the first
_PICTURE = 480  # pixels of the longest side
_COLOUR = "#c2410c"
_LINES = {
    MASK: ("mask", _COLOUR, "-", 2.4),
    CENTRE: ("blob", "#2563eb", "--", 1.6),
    RANDOM: ("random", "#6b7280", ":", 1.8),
}


@defaults()
def trust_figure(found: Result, objects: Sequence[ObjectTrust]) -> Figure:
    """A row an object: cut-out, insertion, deletion, all numbers as bars, and the first sentence above them."""
    photo = found.photo
    pixels = resize(photo.pixels, fit(photo.size, _PICTURE))
    rows = max(1, len(objects))
    height = _TOP + rows * _ROW
    figure = _figure(_WIDTH, height)
    if not objects:
        _text(figure, 0.5, 0.5, "no object found, so there is no mask to be trusted", 13, ha="center")
        return figure
    for row, (item, tried) in enumerate(zip(found.objects, objects, strict=True)):
        top = height - _TOP - row * _ROW
        sentence = next((reading.sentence for reading in tried.readings.values()), tried.name)
        _text(figure, 0.02, (top - 0.2) / height, "\n".join(textwrap.wrap(sentence, 140)), 12.5, bold=True)
        bottom, high = (top - _ROW + 0.85) / height, (_ROW - 1.55) / height
        picture = figure.add_axes((0.02, bottom, 0.21, high))
        picture.imshow(on_ground(pixels, item, GROUND))
        picture.set_axis_off()
        curves = tried.readings.get("insertion-deletion")
        if isinstance(curves, Curves):
            _plot(figure.add_axes((0.285, bottom, 0.2, high)), "put into a blurred photo", curves.insertion, tried.name)
            _plot(figure.add_axes((0.53, bottom, 0.2, high)), "taken out of the photo", curves.deletion, tried.name)
        _bars(figure.add_axes((0.845, bottom, 0.125, high)), tried)
    return figure


@defaults()
def summary_figure(rows: Sequence[Row], photos: int) -> Figure:
    """The numbers of many photos, a row each: every object a dot, the mean and its 95 % interval, and what it is."""
    height = _HEAD + max(1, len(rows)) * _BAR + 0.5
    figure = _figure(_WIDTH, height)
    title = f"{photos} photos: the mean of each measure and its 95 % interval; the higher, the better"
    _text(figure, 0.02, 1 - 0.35 / height, title, 12.5, bold=True)
    axes = figure.add_axes((0.17, 0.5 / height, 0.3, 1 - (0.5 + _HEAD) / height))
    spread = np.random.default_rng(0)
    for number, row in enumerate(rows):
        jitter = number + spread.uniform(-0.22, 0.22, len(row.values))
        axes.scatter(row.values, jitter, s=9, color=PALE, alpha=0.35, linewidths=0)
        if row.low is not None and row.high is not None:
            axes.plot((row.low, row.high), (number, number), color=_COLOUR, linewidth=3)
        axes.plot(row.mean, number, "o", color=_COLOUR, markersize=8, markeredgecolor=PAPER)
        centre = 1 - (_HEAD + (number + 0.5) * _BAR) / height
        of = f"{row.mean:.2f}" if row.low is None else f"{row.mean:.2f}  ({row.low:.2f} to {row.high:.2f})"
        _text(figure, 0.485, centre, of, 10)
        _text(figure, 0.61, centre, "\n".join(textwrap.wrap(row.sentence, 66)), 9.5)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    _scale(axes, [value for row in rows for value in (row.mean, *row.values)])
    _named(axes, [row.name for row in rows], 10.5)
    return figure


def _bars(axes: Axes, tried: ObjectTrust) -> None:
    values = tried.values
    axes.barh(range(len(values)), list(values.values()), height=0.55, color=_COLOUR)
    for number, value in enumerate(values.values()):
        axes.text(max(value, 0) + 0.03, number, f"{value:.2f}", fontsize=8, color=INK, family=FONT, va="center")
    axes.set_ylim(max(len(values), 1) - 0.5, -0.5)
    _scale(axes, list(values.values()))
    _named(axes, list(values), 8.5)
    axes.set_title("the higher, the better", fontsize=11, color=INK, family=FONT)


def _scale(axes: Axes, values: Sequence[float]) -> None:
    axes.set_xlim(min([0.0, *values]) - 0.02, 1.02)
    axes.axvline(0, color=PALE, linewidth=0.8)


def _named(axes: Axes, names: Sequence[str], size: float) -> None:
    axes.set_yticks(range(len(names)), labels=names, fontsize=size, family=FONT, color=INK)
    axes.tick_params(axis="x", labelsize=8, colors=PALE)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(axis="y", length=0)


def _plot(axes: Axes, title: str, curves: Mapping[str, Curve], name: str) -> None:
    for order, (label, colour, style, width) in _LINES.items():
        curve = curves[order]
        shown = f"{label} {curve.area:.2f}"
        axes.plot(100 * curve.shares, curve.probabilities, style, color=colour, linewidth=width, label=shown)
    axes.set_xlim(0, 100)
    axes.set_ylim(-0.02, 1.02)
    axes.set_title(f"pixels {title}", fontsize=11, color=INK, family=FONT)
    axes.set_xlabel("% of the pixels", fontsize=9, color=PALE, family=FONT)
    axes.set_ylabel(f"probability of “{name}”", fontsize=9, color=PALE, family=FONT, parse_math=False)
    axes.tick_params(labelsize=8, colors=PALE)
    # below, where it hides no curve
    axes.legend(
        fontsize=8,
        frameon=False,
        loc="upper center",
        bbox_to_anchor=(0.47, -0.18),
        ncols=3,
        columnspacing=1,
        handlelength=1.6,
    )
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _figure(width: float, height: float) -> Figure:
    figure = Figure((width, height), dpi=DPI, facecolor=PAPER)
    figure.set_layout_engine("none")
    return figure


def _text(figure: Figure, x: float, y: float, text: str, size: float, *, bold: bool = False, ha: str = "left") -> None:
    weight = "bold" if bold else "normal"
    figure.text(x, y, text, fontsize=size, color=INK, family=FONT, weight=weight, ha=ha, va="center", parse_math=False)

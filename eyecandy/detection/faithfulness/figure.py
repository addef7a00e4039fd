"""The figure of what a test of faithfulness said: each object with its curves."""

import textwrap
from collections.abc import Sequence

from eyecandy._matplotlib import DPI, FONT, INK, PALE, PAPER, Axes, Figure, defaults
from eyecandy.detection.cutouts import on_ground
from eyecandy.detection.faithfulness.curves import CENTRE, MASK, RANDOM, Curve, ObjectFaithfulness
from eyecandy.detection.figures.figure import GROUND
from eyecandy.detection.result import Result
from eyecandy.images import fit, resize

_WIDTH, _ROW, _TOP = 12.0, 3.9, 0.2  # inches
_PICTURE = 480  # pixels of the longest side
_LINES = {
    MASK: ("mask", "#c2410c", "-", 2.4),
    CENTRE: ("blob", "#2563eb", "--", 1.6),
    RANDOM: ("random", "#6b7280", ":", 1.8),
}


@defaults()
def figure(found: Result, objects: Sequence[ObjectFaithfulness]) -> Figure:
    """A row an object: cut-out, insertion, deletion, the area under each curve, and the sentence above them."""
    pixels = resize(found.photo.pixels, fit(found.photo.size, _PICTURE))
    rows = max(1, len(objects))
    height = _TOP + rows * _ROW
    drawn = Figure((_WIDTH, height), dpi=DPI, facecolor=PAPER)
    drawn.set_layout_engine("none")
    if not objects:
        _text(drawn, 0.5, 0.5, "no object found, so there is no mask to be believed", 13, ha="center")
        return drawn
    for row, (item, curves) in enumerate(zip(found.objects, objects, strict=True)):
        top = height - _TOP - row * _ROW
        _text(drawn, 0.03, (top - 0.2) / height, "\n".join(textwrap.wrap(curves.sentence, 110)), 12.5, bold=True)
        bottom, high = (top - _ROW + 0.85) / height, (_ROW - 1.55) / height
        picture = drawn.add_axes((0.03, bottom, 0.27, high))
        picture.imshow(on_ground(pixels, item, GROUND))
        picture.set_axis_off()
        _plot(drawn.add_axes((0.37, bottom, 0.27, high)), "put into a blurred photo", curves.insertion, curves.name)
        _plot(drawn.add_axes((0.7, bottom, 0.27, high)), "taken out of the photo", curves.deletion, curves.name)
    return drawn


def _plot(axes: Axes, title: str, curves: dict[str, Curve], name: str) -> None:
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


def _text(figure: Figure, x: float, y: float, text: str, size: float, *, bold: bool = False, ha: str = "left") -> None:
    weight = "bold" if bold else "normal"
    figure.text(x, y, text, fontsize=size, color=INK, family=FONT, weight=weight, ha=ha, va="center", parse_math=False)

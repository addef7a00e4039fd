"""Contact sheets: pictures of one size in labelled rows and columns, drawn with matplotlib on a canvas of its own."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

DPI = 100
MARGIN, GAP = 28, 10  # all lengths are in pixels
TEXT, TITLE = 15, 22
LETTER = 0.62 * TEXT  # the width of a letter, more or less
PAPER, INK, PALE, BLANK = "#ffffff", "#1b1d21", "#5d636e", "#efefec"
FONT = "DejaVu Sans"  # comes with matplotlib, so that sheets are the same everywhere


def sheet(
    title: str,
    rows: Sequence[str],
    columns: Sequence[str],
    pictures: Mapping[tuple[int, int], np.ndarray],
    captions: Mapping[tuple[int, int], str] | None = None,
) -> Figure:
    """Pictures in rows and columns, each shown pixel for pixel.

    Args:
        title: above all.
        rows, columns: their labels.
        pictures: (H, W, 3) uint8 by (row, column), all of one size; a cell without one stays blank.
        captions: one line under a picture, in the same way.

    Returns:
        A figure of the size that its pictures need; `pyplot` has no part in it.
    """
    captions = {} if captions is None else captions
    height, width = next(iter(pictures.values())).shape[:2]
    left = MARGIN + round(LETTER * max(len(row) for row in rows)) + GAP
    top = MARGIN + 2 * TITLE + 2 * TEXT
    step_x, step_y = width + GAP, height + GAP + (round(1.5 * TEXT) if captions else 0)
    needed = 2 * MARGIN + round(0.62 * TITLE * len(title))
    whole = max(left + len(columns) * step_x - GAP + MARGIN, needed), top + len(rows) * step_y - GAP + MARGIN
    made = Figure((whole[0] / DPI, whole[1] / DPI), dpi=DPI, facecolor=PAPER)

    def write(text: str, x: float, y: float, size: float, colour: str = INK, align: str = "left") -> None:
        points = size * 72 / DPI
        made.text(
            x / whole[0],
            1 - y / whole[1],
            text,
            family=FONT,
            size=points,
            color=colour,
            horizontalalignment=align,
            verticalalignment="center",
            parse_math=False,  # a label may hold a dollar sign
        )

    write(title, MARGIN, MARGIN + TITLE / 2, TITLE)
    for column, label in enumerate(columns):
        write(label, left + column * step_x + width / 2, top - TEXT, _fitting(label, width), align="center")
    for row, label in enumerate(rows):
        write(label, left - GAP, top + row * step_y + height / 2, TEXT, align="right")
        for column in range(len(columns)):
            x, y = left + column * step_x, top + row * step_y
            box = x / whole[0], 1 - (y + height) / whole[1], width / whole[0], height / whole[1]
            axes = made.add_axes(box, facecolor=BLANK, xticks=(), yticks=())
            for spine in axes.spines.values():
                spine.set_visible(False)
            if (row, column) in pictures:
                axes.imshow(pictures[row, column], interpolation="nearest", aspect="auto")
            if (row, column) in captions:
                caption = captions[row, column]
                write(caption, x + width / 2, y + height + TEXT, _fitting(caption, width), PALE, "center")
    return made


def pixels(figure: Figure) -> np.ndarray:
    """What a figure shows, (H, W, 3) uint8."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.ascontiguousarray(np.asarray(canvas.buffer_rgba())[..., :3])


def _fitting(text: str, width: int) -> float:
    """The size of letters, at most `TEXT`, at which a line is no wider than its picture."""
    return min(TEXT, TEXT * width / max(LETTER * len(text), 1))

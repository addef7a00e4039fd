"""Contact sheets: pictures in labelled rows and columns."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from eyecandy._matplotlib import PALE, Figure, Pen, defaults

MARGIN, GAP = 28, 10  # all lengths are in pixels
TEXT, TITLE = 15, 22
LETTER = 0.62 * TEXT  # the width of a letter, more or less
BLANK = "#efefec"


@defaults()
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
        pictures: (H, W, 3) uint8 by (row, column); a row is as high as the highest of its pictures and a column as
            wide as the widest, smaller ones lie in the middle. A cell without one stays blank.
        captions: one line under a picture, in the same way.

    Returns:
        A figure of the size that its pictures need; `pyplot` has no part in it.
    """
    captions = {} if captions is None else captions
    heights = [_longest(pictures, 0, row) for row in range(len(rows))]
    widths = [_longest(pictures, 1, column) for column in range(len(columns))]
    left = MARGIN + round(LETTER * max(len(row) for row in rows)) + GAP
    top = MARGIN + 2 * TITLE + 2 * TEXT
    line = round(1.5 * TEXT) if captions else 0
    needed = 2 * MARGIN + round(0.62 * TITLE * len(title))
    whole = (
        max(left + sum(widths) + GAP * (len(columns) - 1) + MARGIN, needed),
        top + sum(heights) + (GAP + line) * len(rows) - GAP + MARGIN,
    )
    pen = Pen(*whole)
    write = partial(pen.write, vertical="center")
    write(title, MARGIN, MARGIN + TITLE / 2, TITLE)
    lefts = [left + sum(widths[:column]) + GAP * column for column in range(len(columns))]
    tops = [top + sum(heights[:row]) + (GAP + line) * row for row in range(len(rows))]
    for label, x, width in zip(columns, lefts, widths, strict=True):
        write(label, x + width / 2, top - TEXT, _fitting(label, width), align="center")
    for row, (label, y, height) in enumerate(zip(rows, tops, heights, strict=True)):
        write(label, left - GAP, y + height / 2, TEXT, align="right")
        for column, (x, width) in enumerate(zip(lefts, widths, strict=True)):
            picture = pictures.get((row, column))
            if picture is None:
                pen.blank(x, y, width, height, BLANK)
            else:
                pen.paint(picture, x + (width - picture.shape[1]) // 2, y + (height - picture.shape[0]) // 2)
            if (row, column) in captions:
                caption = captions[row, column]
                write(caption, x + width / 2, y + height + TEXT, _fitting(caption, width), colour=PALE, align="center")
    return pen.figure


def _longest(pictures: Mapping[tuple[int, int], np.ndarray], axis: int, number: int) -> int:
    """The height (axis 0) or width (1) of a row or a column; where it has no picture, as elsewhere."""
    sides = {place: picture.shape[axis] for place, picture in pictures.items()}
    own = [side for place, side in sides.items() if place[axis] == number]
    return max(own or sides.values())


def _fitting(text: str, width: int) -> float:
    """The size of letters, at most `TEXT`, at which a line is no wider than its picture."""
    return min(TEXT, TEXT * width / max(LETTER * len(text), 1))

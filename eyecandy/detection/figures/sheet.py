"""A sheet of equal panels, each a picture under its title, drawn with matplotlib on a canvas of its own.

Below its picture a panel may have a foot: a smaller picture with lines beside it, or lines alone.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log, sqrt

import numpy as np

from eyecandy._matplotlib import PALE, Figure, FigureCanvasAgg, Pen, defaults
from eyecandy.images.origin import SIGNATURE

MARGIN, GAP, SECTION_GAP = 36, 24, 40  # all lengths are in pixels
LONGEST = 640  # no panel shows more, however large the photo
NARROWEST = 264  # a title needs this much, however narrow the photo
SHAPE = 2.2  # width by height that the columns aim at: about what a page or a screen shows well


@dataclass(frozen=True)
class Style:
    """Sizes of the text of a panel and of its rows, in pixels."""

    title: int
    line: int
    picture_area: int

    def picture_size(self, size: tuple[int, int]) -> tuple[int, int]:
        """The size at which photos of (width, height) are shown: the same area whatever the shape, where it fits."""
        scale = min(sqrt(self.picture_area / (size[0] * size[1])), LONGEST / max(size))
        return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))

    @property
    def leading(self) -> int:
        """From one line to the next."""
        return round(1.45 * self.line)

    def header(self, lines: int) -> int:
        return round(1.5 * self.title) + lines * self.leading + 6


FOOT, FOOT_HIGHEST = 0.5, 240  # of a panel's sides, for the picture in its foot, and at most so high
FOOT_GAP = 14
LARGE = Style(title=25, line=18, picture_area=500 * 400)
FOOTER = Style(title=18, line=15, picture_area=0)
SMALL = Style(title=16, line=14, picture_area=300 * 240)


@dataclass(frozen=True, eq=False)
class Foot:
    """What stands below a picture, in the style between the large and the small.

    Attributes:
        title: above the lines.
        lines: each a text, or several that stand in columns of equal width.
        pixels: (h, w, 3) uint8, a picture at the left of them, of the `foot_size` of the panel's; or None.
    """

    title: str
    lines: Sequence[tuple[str, ...]]
    pixels: np.ndarray | None = None

    @property
    def height(self) -> int:
        below = FOOTER.title + round(0.15 * FOOTER.title) + len(self.lines) * FOOTER.leading + 6 if self.title else 0
        return max(below, 0 if self.pixels is None else self.pixels.shape[0])


@dataclass(frozen=True, eq=False)
class Panel:
    """A picture, (h, w, 3) uint8, with its title, the lines below the title, and its foot, if any."""

    pixels: np.ndarray
    title: str
    lines: tuple[str, ...] = ()
    foot: Foot | None = None


@dataclass(frozen=True)
class Section:
    """Panels that belong together, all of one size, under a heading and a line that explains it, if any."""

    panels: Sequence[Panel]
    style: Style
    heading: str = ""
    note: str = ""
    columns: int | None = None


class _Grid:
    """Where the panels of one section go."""

    def __init__(self, section: Section) -> None:
        self.section = section
        self.lines = max(len(panel.lines) for panel in section.panels)
        self.picture = section.panels[0].pixels.shape[1::-1]
        foot = max((panel.foot.height + FOOT_GAP for panel in section.panels if panel.foot), default=0)
        self.cell = (max(self.picture[0], NARROWEST), self.picture[1] + section.style.header(self.lines) + foot)
        self.columns = section.columns or self._best_columns()
        self.rows = ceil(len(section.panels) / self.columns)
        self.gap = SECTION_GAP if foot else GAP  # between rows
        self.width = self.columns * (self.cell[0] + GAP) - GAP
        self.heading = 84 if section.heading else 0
        self.height = self.heading + self.rows * (self.cell[1] + self.gap) - self.gap

    def _best_columns(self) -> int:
        count = len(self.section.panels)

        def cost(columns: int) -> float:
            rows = ceil(count / columns)
            shape = columns * (self.cell[0] + GAP) / (rows * (self.cell[1] + GAP))
            # Empty places look unfinished, and more columns than four leave each panel small on a page.
            return abs(log(shape / SHAPE)) + 0.5 * (rows * columns - count) + 0.2 * max(0, columns - 4)

        return min(range(1, count + 1), key=cost)


def foot_size(size: tuple[int, int]) -> tuple[int, int]:
    """The size of the picture in the foot of a panel whose picture has the size given."""
    scale = min(FOOT, FOOT_HIGHEST / size[1])
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


@defaults()
def draw(sections: Sequence[Section]) -> Figure:
    """The sections below one another.

    Returns:
        A figure without axes marks, of the size that its panels need; `pyplot` has no part in it.
    """
    grids = [_Grid(section) for section in sections if section.panels]
    width = 2 * MARGIN + max(grid.width for grid in grids)
    height = 2 * MARGIN + sum(grid.height for grid in grids) + SECTION_GAP * (len(grids) - 1)
    pen = Pen(width, height)
    top = MARGIN
    for grid in grids:
        _draw_grid(pen, grid, (width - grid.width) // 2 if len(grids) == 1 else MARGIN, top)
        top += grid.height + SECTION_GAP
    return pen.figure


@defaults()
def png(figure: Figure) -> bytes:
    """A figure as PNG; the same figure gives the same bytes."""
    buffer = io.BytesIO()
    FigureCanvasAgg(figure).print_png(buffer, metadata={"Software": SIGNATURE})
    return buffer.getvalue()


def _draw_grid(pen: Pen, grid: _Grid, left: int, top: int) -> None:
    section, style = grid.section, grid.section.style
    if section.heading:
        pen.write(section.heading, left, top + 26, LARGE.title, width=grid.width, bold=True)
        pen.write(section.note, left, top + 54, LARGE.line, width=grid.width, colour=PALE)
    for index, panel in enumerate(section.panels):
        row, column = divmod(index, grid.columns)
        x = left + column * (grid.cell[0] + GAP)
        y = top + grid.heading + row * (grid.cell[1] + grid.gap)
        baseline = y + style.title
        pen.write(panel.title, x, baseline, style.title, width=grid.cell[0], bold=True)
        baseline += round(0.15 * style.title)
        for line in panel.lines:
            baseline += style.leading
            pen.write(line, x, baseline, style.line, width=grid.cell[0], colour=PALE)
        pen.paint(panel.pixels, x, y + style.header(grid.lines))
        if panel.foot:
            _draw_foot(pen, panel.foot, x, y + style.header(grid.lines) + grid.picture[1] + FOOT_GAP, grid.cell[0])


def _draw_foot(pen: Pen, foot: Foot, x: int, y: int, width: int) -> None:
    if foot.pixels is not None:
        pen.paint(foot.pixels, x, y)
        x, width = x + foot.pixels.shape[1] + FOOT_GAP, width - foot.pixels.shape[1] - FOOT_GAP
    baseline = y + FOOTER.title
    pen.write(foot.title, x, baseline, FOOTER.title, width=width, bold=True)
    baseline += round(0.15 * FOOTER.title)
    for line in foot.lines:
        baseline += FOOTER.leading
        step = (width + FOOT_GAP) // len(line)
        for column, text in enumerate(line):
            pen.write(text, x + column * step, baseline, FOOTER.line, width=step - FOOT_GAP, colour=PALE)

"""matplotlib, whatever its settings on this machine are: figures look the same everywhere; and a pen to draw with."""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import numpy as np

from eyecandy.errors import EyecandyError

try:
    import matplotlib
    from matplotlib import colormaps
    from matplotlib.axes import Axes
    from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
    from matplotlib.figure import Figure as _Figure
    from matplotlib.font_manager import FontProperties
except (ValueError, OSError) as error:  # a value of its settings that it does not take, or a file it cannot read
    backend = os.environ.get("MPLBACKEND")
    where = "its settings file (matplotlibrc)" if backend is None else f"MPLBACKEND={backend!r} or its settings file"
    why = " ".join(str(error).split())
    raise EyecandyError(
        f"matplotlib cannot be started with {where}: {why[:200]}; set MPLBACKEND=agg, or mend the file"
    ) from error


DPI = 100
PAPER, INK, PALE = "#ffffff", "#1b1d21", "#5d636e"
FONT = "DejaVu Sans"  # comes with matplotlib


@contextmanager
def defaults() -> Iterator[None]:
    """matplotlib's own defaults while a figure is made or drawn: no LaTeX, no style of the user's; also a decorator."""
    ours = {name: value for name, value in matplotlib.rcParamsDefault.items() if not name.startswith("backend")}
    with matplotlib.rc_context(ours):
        yield


class Figure(_Figure):
    """A figure that notebooks show; without more they would only show those of `pyplot`, which has no part here."""

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        with defaults():
            FigureCanvasAgg(self).print_png(buffer)
        return buffer.getvalue()


class Pen:
    """Draws pictures and lines of text on a figure, in pixels from its top left corner; `pyplot` has no part in it."""

    def __init__(self, width: int, height: int) -> None:
        self.size = width, height
        self.figure = Figure((width / DPI, height / DPI), dpi=DPI, facecolor=PAPER, edgecolor=PAPER)
        self.figure.set_layout_engine("none")  # whatever the settings say: everything has its place
        self.renderer = RendererAgg(1, 1, DPI)

    def paint(self, pixels: np.ndarray, x: int, y: int) -> None:
        """A picture, one of its pixels a pixel of the figure."""
        axes = self.figure.add_axes(self._box(x, y, *pixels.shape[1::-1]))
        axes.imshow(pixels, interpolation="nearest", origin="upper", aspect="auto")
        axes.set_axis_off()

    def blank(self, x: int, y: int, width: int, height: int, colour: str) -> None:
        """A plain rectangle where a picture might be."""
        axes = self.figure.add_axes(self._box(x, y, width, height), facecolor=colour, xticks=(), yticks=())
        for spine in axes.spines.values():
            spine.set_visible(False)

    def write(
        self,
        text: str,
        x: float,
        y: float,
        size: float,
        *,
        width: float | None = None,
        bold: bool = False,
        colour: str = INK,
        align: Literal["left", "center", "right"] = "left",
        vertical: Literal["baseline", "center"] = "baseline",
    ) -> None:
        """One line of text, made smaller and then cut short where it is wider than `width`."""
        font = FontProperties(family=FONT, weight="bold" if bold else "normal", size=size * 72 / DPI)
        shown = text
        if width is not None:
            needed = self._width(text, font)
            if needed > width:
                font.set_size(size * 72 / DPI * max(0.75, width / needed))
            while shown and self._width(shown, font) > width:
                text = text[:-1]
                shown = text.rstrip() + "…"
        self.figure.text(
            x / self.size[0],
            1 - y / self.size[1],
            shown,
            fontproperties=font,
            color=colour,
            horizontalalignment=align,
            verticalalignment=vertical,
            parse_math=False,  # a label may hold a dollar sign
        )

    def _box(self, x: int, y: int, width: int, height: int) -> tuple[float, float, float, float]:
        whole_width, whole_height = self.size
        return x / whole_width, 1 - (y + height) / whole_height, width / whole_width, height / whole_height

    def _width(self, text: str, font: FontProperties) -> float:
        return self.renderer.get_text_width_height_descent(text, font, ismath=False)[0]


@defaults()
def pixels(figure: Figure) -> np.ndarray:
    """What a figure shows, (H, W, 3) uint8."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.ascontiguousarray(np.asarray(canvas.buffer_rgba())[..., :3])


__all__ = [
    "DPI",
    "FONT",
    "INK",
    "PALE",
    "PAPER",
    "Axes",
    "Figure",
    "FigureCanvasAgg",
    "Pen",
    "colormaps",
    "defaults",
    "pixels",
]

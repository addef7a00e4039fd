"""matplotlib, whatever its settings on this machine are: figures look the same everywhere."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from eyecandy.errors import EyecandyError

try:
    import matplotlib
    from matplotlib import colormaps
    from matplotlib.axes import Axes
    from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties
except (ValueError, OSError) as error:  # a value of its settings that it does not take, or a file it cannot read
    backend = os.environ.get("MPLBACKEND")
    where = "its settings file (matplotlibrc)" if backend is None else f"MPLBACKEND={backend!r} or its settings file"
    why = " ".join(str(error).split())
    raise EyecandyError(
        f"matplotlib cannot be started with {where}: {why[:200]}; set MPLBACKEND=agg, or mend the file"
    ) from error


@contextmanager
def defaults() -> Iterator[None]:
    """matplotlib's own defaults while a figure is made or drawn: no LaTeX, no style of the user's; also a decorator."""
    ours = {name: value for name, value in matplotlib.rcParamsDefault.items() if not name.startswith("backend")}
    with matplotlib.rc_context(ours):
        yield


__all__ = ["Axes", "Figure", "FigureCanvasAgg", "FontProperties", "RendererAgg", "colormaps", "defaults"]

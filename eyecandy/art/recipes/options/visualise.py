"""What a visualisation can be told."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from eyecandy.arguments import check_integer, check_number
from eyecandy.art.recipes.options.base import CANVASES, Options
from eyecandy.errors import OptionError


@dataclass(frozen=True, kw_only=True)
class VisualiseOptions(Options):
    """What a visualisation can be told."""

    canvases: ClassVar[tuple[str, ...]] = (*CANVASES, "maco")

    columns: Annotated[int | None, "pictures in a row of the sheet; by default about as many as rows"] = None
    cells: Annotated[int, "of an activation grid, along its longer side"] = 12
    rotate: Annotated[float, "largest random turn before the network looks, in degrees"] = 15.0
    zoom: Annotated[float, "largest random zoom before the network looks, as a share"] = 0.2
    tv: Annotated[float, "how strongly neighbouring pixels are held together"] = 0.1
    size: Annotated[int, "side of each picture in pixels"] = 256
    scales: Annotated[int, "sizes that the picture goes through, coarse to fine"] = 1
    iterations: Annotated[int, "steps in all"] = 128
    canvas: Annotated[str, "what is optimised: fourier, pixel, or maco, phases alone"] = "fourier"
    jitter: Annotated[int, "largest random shift before the network looks, in pixels"] = 12
    tile: Annotated[str | int, "visualisations are made whole: off"] = "off"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.columns is not None:
            check_integer("columns", self.columns, 1)
        check_integer("cells", self.cells, 2, 40)
        check_number("rotate", self.rotate, most=180)
        check_number("zoom", self.zoom, most=0.9)
        check_number("tv", self.tv)
        if self.tile != "off" or self.engine != "local" or self.region is not None:
            raise OptionError(
                "a visualisation is made whole, by this process; leave out {}, {} and {}", "tile", "engine", "region"
            )

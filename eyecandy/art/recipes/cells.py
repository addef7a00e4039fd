"""The pictures of a layer study: which there are, what each is told, and whether one is made already."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eyecandy.art.core import objectives
from eyecandy.art.core.depth import spread
from eyecandy.art.core.sources import Source
from eyecandy.art.large.plan import Plan
from eyecandy.art.output import record as records
from eyecandy.art.recipes import options as told
from eyecandy.art.recipes.options.base import Options
from eyecandy.art.recipes.options.study import StudyOptions
from eyecandy.art.recipes.options.style import StyleOptions
from eyecandy.art.recipes.studio import estimate
from eyecandy.art.recipes.style import CONTENT_LAYER, LADDER, classic_layers, strength_of
from eyecandy.backbone.model import Backbone
from eyecandy.errors import OptionError

ROWS, ROWS_OF_MORE = 20, 12
"""Style layers of a sheet: every one of a network of at most so many, or of a larger one so many."""


@dataclass(frozen=True, eq=False)
class Cell:
    """One picture of a sheet: its place, and what the style transfer is told."""

    sheet: str
    row: str
    column: str
    knobs: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Of the file, without its suffix."""
        return f"{self.sheet}-{self.row}-{self.column}".replace(" ", "-").replace("/", "-")


def cells_of(options: StudyOptions, net: Backbone) -> list[Cell]:
    """The pictures of a study, row by row: style layers by iterations, then content layers by ratio of the weights."""
    common = {name: getattr(options, name) for name in Options.__dataclass_fields__ if name != "iterations"}
    known = net.layer_names
    classic = classic_layers(net)
    every = known if len(known) <= ROWS else spread(net, ROWS_OF_MORE, (0.0, 1.0))
    content = CONTENT_LAYER if CONTENT_LAYER in known else classic[len(classic) // 2]
    found = []
    for layer in told.layer_weights(every if options.layers is None else options.layers, known):
        for steps in options.columns("steps"):
            own = {"style_layers": layer, "content_layers": content, "strength": options.strength}
            knobs = {**common, **own, "iterations": int(steps)}
            found.append(Cell("style-layers", layer, f"{int(steps)} iterations", knobs))
    for layer in told.layer_weights(classic if options.content_layers is None else options.content_layers, known):
        for ratio in options.columns("ratios"):
            own = {"content_layers": layer, "strength": strength_of(ratio)}
            knobs = {**common, **own, "iterations": options.iterations}
            found.append(Cell("content-layers", layer, f"ratio {ratio:g}", knobs))
    return found


def signature_of(sources: Sequence[Source], net: Backbone) -> dict[str, Any]:
    """What a picture must have been made of and with, to be one of this study."""
    return {
        "sources": [dict(source.record()) for source in sources],
        "backbone": net.identity,
    }


def is_made(path: Path, cell: Cell, signature: Mapping[str, Any], overwrite: bool) -> bool:
    """Whether a cell's picture is there.

    Raises:
        EyecandyError: it was made otherwise, and is not to be overwritten.
    """
    if not path.is_file():
        return False
    record = records.read(path)
    found = [{**source, "path": None} for source in record.get("sources", [])]
    same = (
        record.get("options") == StyleOptions.of(cell.knobs).record()
        and found == [{**source, "path": None} for source in signature["sources"]]
        and record.get("backbone") == signature["backbone"]
    )
    if not same and not overwrite:
        raise OptionError(
            "{path!r} was made of other pictures, with other options or another network; choose another folder, or "
            "pass {} to make it again",
            "overwrite=True",
            path=str(path),
        )
    return same


def plan_of(cell: Cell, source: Source, net: Backbone) -> Plan:
    """What a picture will take; `source` is the photo."""
    options = StyleOptions.of(cell.knobs)
    given = [layers for layers in (options.style_layers, options.content_layers) if layers is not None]
    weights = {name: 1.0 for layers in given for name in told.layer_weights(layers, net.layer_names)}
    scales = options.schedule(options.final_size(source.photo.size), LADDER, least=net.minimum)
    return estimate(net, options).plan(objectives.energy(weights), scales)

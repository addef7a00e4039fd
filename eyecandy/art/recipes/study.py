"""A layer study: one photo and one painting under every style layer, every content layer, and several weights.

Two contact sheets: style layer by iterations, content layer by weight ratio. Each picture is a style transfer of its
own, whose record says how it is made again by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any

from eyecandy._version import __version__
from eyecandy.arguments import Hint, check_integer, check_number, check_path, told
from eyecandy.art.core.depth import spread
from eyecandy.art.core.options import Options
from eyecandy.art.core.weighted import Weighted, layer_weights
from eyecandy.art.recipes import recipe
from eyecandy.art.recipes.style import (
    CONTENT_LAYER,
    SCHEDULE,
    StyleOptions,
    classic_layers,
    layers_of,
    strength_of,
    style,
)
from eyecandy.errors import OptionError

if TYPE_CHECKING:
    from pathlib import Path

    from eyecandy.art.core.sources import Source
    from eyecandy.art.large.plan import Plan
    from eyecandy.art.output.painting import Viewing
    from eyecandy.art.output.study import Cell, Study
    from eyecandy.backbone.load import BackboneLike
    from eyecandy.backbone.model import Backbone
    from eyecandy.images import ImageLike

ROWS, ROWS_OF_MORE = 20, 12
"""Style layers of a sheet: every one of a network of at most so many, or of a larger one so many."""

LOSSES = "relative"
"""How they are counted: one weight over the other is all that a row of ratios varies."""

Numbers = str | Sequence[float]
""" "25,100" or (25, 100)."""


@dataclass(frozen=True, kw_only=True)
class StudyOptions(Options):
    """What a layer study can be told."""

    layers: Annotated[
        Weighted | None, "style layers, a row each; by default every layer, or of more than 20 a dozen, evenly"
    ] = None
    content_layers: Annotated[
        Weighted | None, "content layers, a row each; by default the first of each block, or five as deep"
    ] = None
    steps: Annotated[
        Numbers, "iterations, a column each of the style layers, such as 25,100", Hint(metavar="N,N,...")
    ] = (25, 75, 200)
    ratios: Annotated[
        Numbers, "style weight over content weight, a column each of the content layers", Hint(metavar="X,X,...")
    ] = (0.5, 2, 8, 32)
    strength: Annotated[float, "of the style layers: 0 keeps the photo, 1 gives it up for the painting"] = 0.5
    size: Annotated[int, "longest side of each picture in pixels", Hint(metavar="PIXELS", rank=8)] = 256
    iterations: Annotated[int, "steps of each picture of the content layers"] = 200

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("strength", self.strength, most=1)
        for number in self.columns("steps"):
            check_integer("steps", int(number) if number.is_integer() else number, 1)
        for number in self.columns("ratios"):
            check_number("ratios", number, positive=True)

    def columns(self, name: str) -> list[float]:
        """The numbers of "steps" or "ratios", in the order given, each once.

        Raises:
            OptionError: one that is no number, or none at all.
        """
        given = getattr(self, name)
        try:
            several = given.split(",") if isinstance(given, str) else given if isinstance(given, Iterable) else [given]
            found = [float(part) for part in several]
        except (TypeError, ValueError) as error:
            raise OptionError("{} must be numbers, such as '25,100', got {got}", name, got=told(given)) from error
        if not found:
            raise OptionError("{} must be at least one number, such as '25,100', got none", name)
        return list(dict.fromkeys(found))


@recipe(
    StudyOptions,
    examples=(
        (
            "eyecandy study photo.jpg painting.jpg --layer block1_conv1 --layer block4_conv3 --steps 50,200",
            "a small one",
        ),
        ("eyecandy study photo.jpg painting.jpg", "every layer; the same command goes on where it was interrupted"),
    ),
)
def study(
    photo: ImageLike,
    painting: Any,
    directory: str | Path,
    *,
    backbone: BackboneLike | None = None,
    viewing: Viewing | None = None,
    overwrite: bool = False,
    signed: Mapping[str, Any] = MappingProxyType({}),
    **knobs: Any,
) -> Study:
    """Try a painting on a photo under every layer: style layer by iterations, content layer by weight.

    Writes two contact sheets, every single picture, and a table of losses and classes. Run again, it goes on where it
    ended: pictures that are there are not made again.

    Args:
        photo: what the pictures show.
        painting: as for `style`.
        directory: where the study is written: sheets, study.csv, and the pictures with their records.
        backbone: the network that looks; the bundled one by default.
        viewing: who watches; steps are counted over all pictures that are made. It resumes nothing: the study itself
            goes on where it ended.
        overwrite: make pictures again that are there, but of another photo, painting, network or other options.
        signed: more for the records.
        knobs: the fields of `StudyOptions`.

    Raises:
        EyecandyError: an option that there is none of or out of range, an unknown layer, a picture that cannot be
            read, a directory that holds something else, or pictures made otherwise.

    >>> study("photo.jpg", "painting.jpg", "study", layers=["block1_conv1", "block4_conv3"])  # doctest: +SKIP
    """
    from eyecandy.art.core.sources import Source
    from eyecandy.art.output.painting import RendererCache, Viewing, region_sources
    from eyecandy.art.output.predictions import Predictor
    from eyecandy.art.output.series import Series, together
    from eyecandy.art.output.study import StudyFolder
    from eyecandy.art.recipes.style import painting_sources
    from eyecandy.backbone.load import given_or_default
    from eyecandy.images.alpha import opaque

    options = StudyOptions.of(knobs)
    net = given_or_default(backbone)
    viewing = Viewing.of(viewing)
    source, painted = Source.of(photo, "photo"), painting_sources(painting)
    sources = [source, *painted, *region_sources(options)]
    signature = {"sources": [dict(one.record()) for one in sources], "backbone": net.identity}
    folder = StudyFolder(check_path("directory", directory), cells_of(options, net), signature)
    folder.check([one.photo.path for one in (source, *painted)])
    missing = [cell for cell in folder.cells if not folder.has(cell, StyleOptions.of(cell.knobs), overwrite)]
    if viewing.before is not None and missing:
        viewing.before(together([_plan(cell, source, net) for cell in missing]))
    own = {"recipe": "study", "options": options.record(), **signature, "versions": {"eyecandy": __version__}, **signed}
    folder.mark(own)

    predictor = Predictor(net, source.at(options.final_size(source.photo.size)))
    series = Series(viewing, [cell.knobs["iterations"] for cell in missing])
    count, stopped, interrupted = 0, None, False
    cache = RendererCache(apart=("iterations", "strength"))  # the pictures of a row differ in nothing else
    for number, cell in enumerate(missing):
        made = style(photo, painting, backbone=net, viewing=series.viewing(number), cache=cache, **cell.knobs)
        if made.interrupted:
            stopped, interrupted = f"interrupted after {count} of {len(missing)} pictures", True
            break
        last = {name: float(column[-1]) for name, column in made.history.items()}
        seen = predictor.look(opaque(made.image), made.record["iterations"], last)
        record = {**made.record, "seeing": [predictor.photo.record(), seen.record()], **signed}
        replace(made, record=record).save(folder.path(cell), overwrite=True)
        count += 1
    return folder.summed_up(own, count, stopped, interrupted)


def cells_of(options: StudyOptions, net: Backbone) -> list[Cell]:
    """The pictures of a study, row by row: style layers by iterations, then content layers by ratio of the weights."""
    from eyecandy.art.output.study import Cell

    common = {field.name: getattr(options, field.name) for field in fields(Options) if field.name != "iterations"}
    known = net.layer_names
    classic = classic_layers(net)
    every = known if len(known) <= ROWS else spread(net, ROWS_OF_MORE, (0.0, 1.0))
    content = CONTENT_LAYER if CONTENT_LAYER in known else classic[len(classic) // 2]
    found = []
    for layer in layer_weights(every if options.layers is None else options.layers, known):
        for steps in options.columns("steps"):
            own = {"style_layers": layer, "content_layers": content, "strength": options.strength, "losses": LOSSES}
            knobs = {**common, **own, "iterations": int(steps)}
            found.append(Cell("style-layers", layer, f"{int(steps)} iterations", knobs))
    for layer in layer_weights(classic if options.content_layers is None else options.content_layers, known):
        for ratio in options.columns("ratios"):
            own = {"content_layers": layer, "strength": strength_of(ratio), "losses": LOSSES}
            knobs = {**common, **own, "iterations": options.iterations}
            found.append(Cell("content-layers", layer, f"ratio {ratio:g}", knobs))
    return found


def _plan(cell: Cell, source: Source, net: Backbone) -> Plan:
    """What a picture will take; `source` is the photo."""
    from eyecandy.art.core import objectives
    from eyecandy.art.output.painting import estimate

    options = StyleOptions.of(cell.knobs)
    weights = {name: 1.0 for layers in layers_of(options, net) for name in layers}
    scales = options.schedule(options.final_size(source.photo.size), SCHEDULE, least=net.minimum)
    return estimate(net, options).plan(objectives.energy(weights), scales)

"""Reconstructions: what each layer of a network keeps of a photo, made visible by rebuilding the photo from it.

Source: the first figure of L. Gatys, A. Ecker, M. Bethge, "Image Style Transfer Using Convolutional Neural Networks"
(CVPR 2016). Content is rebuilt from one layer at a time, style from growing subsets of layers, always from noise.
Departures: every picture begins at the photo's mean colour, and keeps that and the colours' covariance, because the
bundled network cannot tell some strong colours apart, and wanders off into them. A layer that has as many numbers as
the picture needs no such help, and is rebuilt from pixel by pixel.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from eyecandy.arguments import Hint, check_number, check_one_of
from eyecandy.art.core.options import CANVASES, Options
from eyecandy.art.core.scales import ScaleSchedule, Size
from eyecandy.art.core.weighted import Weighted, layer_weights
from eyecandy.art.recipes import recipe
from eyecandy.errors import EyecandyError, OptionError

if TYPE_CHECKING:
    import numpy as np

    from eyecandy.art.core.objectives import Objective
    from eyecandy.art.core.render import Renderer
    from eyecandy.art.core.sources import Source
    from eyecandy.art.output.painting import Viewing
    from eyecandy.art.output.record import Artwork
    from eyecandy.backbone.load import BackboneLike
    from eyecandy.backbone.model import Backbone
    from eyecandy.images import ImageLike

SCHEDULE = ScaleSchedule(ratio=2.0, smallest=64)
NOISE = 5.0  # grey levels, standard deviation: fine noise that a layer does not see stays in the picture
ROWS = {"content": "content of", "style": "style up to"}
KINDS = ("both", "content", "style")
STARTS = ("colour", "grey")
FINE_STRIDE = 2  # pixels from place to place of a layer, at most, that may be rebuilt from pixel by pixel


@dataclass(frozen=True, kw_only=True)
class ReconstructOptions(Options):
    """What a reconstruction can be told."""

    canvases: ClassVar[tuple[str, ...]] = ("auto", *CANVASES)

    layers: Annotated[
        Weighted | None,
        "layers to rebuild from, NAME, or NAME:0.7 to weigh it in styles; by default block1_conv1 to block5_conv1, or "
        "five as deep",
        Hint(rank=2),
    ] = None
    # On the command line and the page, one of `layers` says the same.
    layer: Annotated[str | None, "rebuild from this one layer alone", Hint(command=False, page=False)] = None
    kind: Annotated[str, "what to rebuild: both, content or style", Hint(choices=KINDS, rank=1)] = "both"
    colour: Annotated[float, "how strongly the photo's colours are held", Hint(slider=(0, 1, 0.05))] = 0.25
    tv: Annotated[float, "how strongly neighbouring pixels are held together"] = 0.0
    # "grey" is how versions before 0.3.0 began, with the photo's black and white counted as clipped.
    start: Annotated[
        str, "what noise is added to: the photo's mean colour, or grey", Hint(choices=STARTS, command=False, page=False)
    ] = "colour"
    canvas: Annotated[
        str,
        "what is optimised: fourier, pixel, or auto, which takes pixels where a layer has as many numbers as they",
        Hint(choices=("auto", *CANVASES)),
    ] = "auto"
    size: Annotated[int, "longest side of each picture in pixels", Hint(metavar="PIXELS", rank=8)] = 256
    iterations: Annotated[int, "steps a picture", Hint(rank=9)] = 300
    rate: float = 0.05
    # Little: where a shift takes the edge out of sight half of the time, it would grow a frame.
    jitter: int = 2

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("colour", self.colour)
        check_number("tv", self.tv)
        check_one_of("kind", self.kind, KINDS)
        check_one_of("start", self.start, STARTS)
        if self.layer is not None and self.layers is not None:
            raise OptionError("{} and {} exclude each other; leave one out", "layer", "layers")


@recipe(
    ReconstructOptions,
    examples=(
        ("eyecandy reconstruct photo.jpg", "what each layer keeps, in two rows"),
        ("eyecandy reconstruct photo.jpg --layer block3_conv1 --kind content", "from one layer alone"),
    ),
)
def reconstruct(
    photo: ImageLike,
    *,
    backbone: BackboneLike | None = None,
    viewing: Viewing | None = None,
    **knobs: Any,
) -> Artwork:
    """Rebuild a photo from noise, from what each layer keeps of it: a figure of two rows.

    Above, its content from one layer at a time; below, its style from the layers up to there.

    Args:
        photo: what is rebuilt.
        backbone: the network; the bundled one by default.
        viewing: who watches; steps are counted over all pictures. Only a single picture can be resumed.
        knobs: the fields of `ReconstructOptions`.

    Returns:
        Of several pictures the figure, a row of contents above a row of styles with
        the relative error under each. The record's "errors" are by kind and layer: the distance of the features from
        the photo's, root mean square over root mean square for content; for style, sum over sum of the absolute
        differences of Gram matrices, mean over the layers. `pictures` has each by kind and deepest layer, such as
        ("style", "block3_conv1").

    Raises:
        EyecandyError: an option that there is none of or out of range, an unknown layer, a picture that cannot be
            read, a region that holds nothing, a size beyond memory, or a figure to resume.

    >>> reconstruct("photo.jpg", layer="block3_conv1", kind="content").save("seen.png")  # doctest: +SKIP
    """
    from eyecandy.art.core.sources import Source
    from eyecandy.art.output.painting import Viewing, estimate, paint
    from eyecandy.art.output.series import Series, together
    from eyecandy.backbone.load import given_or_default
    from eyecandy.images.alpha import opaque

    options = ReconstructOptions.of(knobs)
    net = given_or_default(backbone)
    viewing = Viewing.of(viewing)
    source = Source.of(photo, "photo")
    wanted = _wanted(options, net)
    kinds = KINDS[1:] if options.kind == "both" else (options.kind,)
    cells = [(kind, layer) for kind in kinds for layer in wanted]
    if len(cells) > 1 and viewing.resume is not None:
        raise EyecandyError(
            "a figure of several pictures cannot be resumed; give one layer and one kind, or begin anew"
        )
    size = options.final_size(source.photo.size)
    scales = options.schedule(size, SCHEDULE, least=net.minimum)
    estimate(net, options).check(scales)
    own = {cell: _settled(net, options, cell) for cell in cells}
    terms = {cell: _objective(net, own[cell], source, _subset(cell, wanted), cell[0]) for cell in cells}
    if viewing.before is not None:
        viewing.before(together([estimate(net, options).plan(each(size), scales) for each in terms.values()]))

    made: dict[tuple[str, str], Artwork] = {}
    series = Series(viewing, [options.iterations] * len(cells))
    for number, cell in enumerate(cells):
        picture = paint(
            "reconstruct",
            options,
            net,
            terms[cell],
            scales,
            partial(_begun, options=options, source=source),
            [source],
            photo=source,
            viewing=replace(series.viewing(number), resume=viewing.resume),
            loop=_loop(own[cell]),
        )
        error = relative_error(net, opaque(picture.image), source, cell[0], list(_subset(cell, wanted)))
        made[cell] = replace(picture, record={**picture.record, "errors": {_name(cell): float(f"{error:.6g}")}})
        if picture.interrupted:
            break
    if len(cells) == 1:
        return replace(made[cells[0]], pictures=made)
    return _together(made, cells)


def relative_error(net: Backbone, picture: np.ndarray, source: Source, kind: str, subset: Sequence[str]) -> float:
    """How far a finished picture's features are from the photo's: 0 for none, about 1 for a picture of nothing.

    Args:
        picture: (H, W, 3) uint8.
        kind: "content" or "style".
        subset: full layer names; content reads the last.
    """
    import numpy as np

    from eyecandy._tensorflow import tf
    from eyecandy.art.core import losses
    from eyecandy.art.large import stream

    height, width = picture.shape[:2]
    own, photo = (stream.mirrored(pixels.astype(np.float32)) for pixels in (picture, source.at((width, height))))
    if kind == "style":
        matrices, kept = stream.grams(net, subset, own), stream.grams(net, subset, photo)
        return float(np.mean([losses.relative_l1(matrices[name], kept[name]) for name in subset]))
    deepest = subset[-1]
    pieces = zip(stream.maps(net, [deepest], own), stream.maps(net, [deepest], photo), strict=True)
    sums = [losses.relative_rms.sums(seen[deepest], known[deepest]) for seen, known in pieces]
    return float(losses.relative_rms.value(tuple(map(tf.add_n, zip(*sums, strict=True)))))


def _settled(net: Backbone, options: ReconstructOptions, cell: tuple[str, str]) -> ReconstructOptions:
    """The options of one picture, with its canvas, and without a hold on colours where the layer tells them all.

    The spectrum's small steps at fine frequencies, and any term beside the features, keep a picture from its pixels
    where the layer has as many numbers as they; elsewhere pixels end in grain.
    """
    if options.canvas != "auto":
        return options
    kind, layer = cell
    known = net.layer(layer)
    if kind == "content" and known.stride <= FINE_STRIDE and known.channels >= 3 * known.stride**2:
        return replace(options, canvas="pixel", colour=0)
    return replace(options, canvas="fourier")


def _loop(own: ReconstructOptions) -> Callable[[Backbone, Callable[[Size], Objective], Options], Renderer]:
    """Makes the render loop of one picture by its own options."""
    from eyecandy.art.output.painting import renderer

    return lambda backbone, goals, _: renderer(backbone, goals, own)


def _begun(size: Size, options: ReconstructOptions, source: Source) -> np.ndarray:
    """Little noise about the photo's mean colour, (height, width, 3) float32 in 0..255."""
    from eyecandy.art.core.canvas import noise

    grey = noise(size, options.seed, contrast=NOISE)
    if options.start == "grey":
        return grey
    begun: np.ndarray = grey - 127.5 + source.at(size).mean((0, 1))
    return begun.clip(0, 255)


def _wanted(options: ReconstructOptions, backbone: Backbone) -> dict[str, float]:
    """The layers by their full names, in the order given, with their weights."""
    from eyecandy.art.recipes.style import classic_layers

    given = options.layers if options.layer is None else options.layer
    return layer_weights(classic_layers(backbone) if given is None else given, backbone.layer_names)


def _subset(cell: tuple[str, str], wanted: Mapping[str, float]) -> dict[str, float]:
    """Content: one layer. Style: it and those before it."""
    kind, layer = cell
    names = list(wanted)
    subset = [layer] if kind == "content" else names[: names.index(layer) + 1]
    return {name: wanted[name] for name in subset}


def _objective(
    net: Backbone, options: ReconstructOptions, source: Source, weights: Mapping[str, float], kind: str
) -> Callable[[Size], Objective]:
    from eyecandy._tensorflow import tf
    from eyecandy.art.core import colours, losses, objectives
    from eyecandy.art.large import stream

    def objective(size: Size) -> Objective:
        photo = tf.constant(source.at(size)[None])
        if kind == "content":
            total = objectives.content(photo, weights)
        else:
            targets = stream.mixed_grams(net, weights, [source], size, options.margin, means=True)
            total = objectives.style(targets, weights, means=True, border=options.margin)
        if options.colour > 0:
            clipped = 0.0 if options.start == "grey" else colours.clipped_share(photo)
            total = total + options.colour * colours.matched(*losses.colour_statistics(photo), clipped=clipped)
        return total if options.tv == 0 else total + options.tv * objectives.smoothness()

    return objective


def _together(made: Mapping[tuple[str, str], Artwork], cells: Sequence[tuple[str, str]]) -> Artwork:
    """One artwork of all: the figure, and the records joined."""
    from eyecandy._matplotlib import pixels
    from eyecandy.art.output.record import Artwork
    from eyecandy.art.output.sheets import sheet
    from eyecandy.images.alpha import opaque

    kinds, wanted = (list(dict.fromkeys(column)) for column in zip(*cells, strict=True))
    places = {cell: (kinds.index(cell[0]), wanted.index(cell[1])) for cell in made}
    errors = {name: error for picture in made.values() for name, error in picture.record["errors"].items()}
    figure = sheet(
        "What each layer keeps of the photo",
        [ROWS[kind] for kind in kinds],
        wanted,
        {places[cell]: opaque(picture.image) for cell, picture in made.items()},
        {places[cell]: f"relative error {errors[_name(cell)]:.3f}" for cell in made},
    )
    last = list(made.values())[-1]
    history = {
        f"{_name(cell)}: {name}": column for cell, picture in made.items() for name, column in picture.history.items()
    }
    stopped = None if last.stopped is None else f"{_name(list(made)[-1])}: {last.stopped}"
    record = {
        **last.record,
        "iterations": sum(picture.record["iterations"] for picture in made.values()),
        "scales": [each for _ in cells for each in last.record["scales"]],
        "stopped": stopped,
        "errors": errors,
        "losses": {
            f"{_name(cell)}: {name}": column
            for cell, picture in made.items()
            for name, column in picture.record["losses"].items()
        },
    }
    return Artwork(pixels(figure), history, record, stopped, last.interrupted, pictures=made)


def _name(cell: tuple[str, str]) -> str:
    return " ".join(cell)

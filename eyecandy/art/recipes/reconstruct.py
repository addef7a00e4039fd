"""Reconstructions: what each layer of a network keeps of a photo, made visible by rebuilding the photo from it.

Source: the first figure of L. Gatys, A. Ecker, M. Bethge, "Image Style Transfer Using Convolutional Neural Networks"
(CVPR 2016). Content is rebuilt from one layer at a time, style from growing subsets of layers, always from noise.
Departure: every picture also keeps the photo's mean colour and the colours' covariance, because the bundled network
cannot tell some strong colours apart, and wanders off into them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from eyecandy._matplotlib import pixels
from eyecandy._tensorflow import tf
from eyecandy.art.core import colours, losses, objectives
from eyecandy.art.core.canvas import noise
from eyecandy.art.core.objectives import Objective
from eyecandy.art.core.scales import ScaleSchedule, Size
from eyecandy.art.core.sources import Source
from eyecandy.art.large import stream
from eyecandy.art.large.stream import mirrored
from eyecandy.art.output.record import Artwork
from eyecandy.art.output.sheets import sheet
from eyecandy.art.recipes import options as told
from eyecandy.art.recipes.options.reconstruct import KINDS, ReconstructOptions
from eyecandy.art.recipes.series import Series, together
from eyecandy.art.recipes.studio import Viewing, estimate, paint
from eyecandy.art.recipes.style import classic_layers
from eyecandy.backbone.load import BackboneLike, given_or_default
from eyecandy.backbone.model import Backbone
from eyecandy.errors import EyecandyError
from eyecandy.images import ImageLike
from eyecandy.images.alpha import opaque

LADDER = ScaleSchedule(ratio=2.0, smallest=64)
NOISE = 5.0  # grey levels, standard deviation: fine noise that a layer does not see stays in the picture
ROWS = {"content": "content of", "style": "style up to"}


@dataclass(frozen=True, eq=False)
class Reconstruction(Artwork):
    """The figure of all reconstructions, or the one that there is.

    Attributes:
        pictures: by kind and deepest layer, such as ("style", "block3_conv1").
    """

    pictures: Mapping[tuple[str, str], Artwork] | None = None


def reconstruct(
    photo: ImageLike,
    *,
    backbone: BackboneLike | None = None,
    viewing: Viewing | None = None,
    **knobs: Any,
) -> Artwork:
    """Rebuilds a photo from what layers of a network keep of it.

    Args:
        photo: what is rebuilt.
        backbone: the network; the bundled one by default.
        viewing: who watches; steps are counted over all pictures. Only a single picture can be resumed.
        knobs: the fields of `ReconstructOptions`.

    Returns:
        Of several pictures a `Reconstruction`: its image is the figure, a row of contents above a row of styles with
        the relative error under each. The record's "errors" are by kind and layer: the distance of the features from
        the photo's, root mean square over root mean square for content; for style, sum over sum of the absolute
        differences of Gram matrices, mean over the layers.

    Raises:
        EyecandyError: an option that there is none of or out of range, an unknown layer, a picture that cannot be
            read, a region that holds nothing, a size beyond memory, or a figure to resume.

    >>> reconstruct("photo.jpg", layer="block3_conv1", kind="content").save("seen.png")  # doctest: +SKIP
    """
    options = ReconstructOptions.of(knobs)
    net = given_or_default(backbone)
    viewing = Viewing() if viewing is None else viewing
    source = Source.of(photo, "photo")
    wanted = _wanted(options, net)
    kinds = KINDS[1:] if options.kind == "both" else (options.kind,)
    cells = [(kind, layer) for kind in kinds for layer in wanted]
    if len(cells) > 1 and viewing.resume is not None:
        raise EyecandyError(
            "a figure of several pictures cannot be resumed; give one layer and one kind, or begin anew"
        )
    size = options.final_size(source.photo.size)
    scales = options.schedule(size, LADDER, least=net.minimum)
    estimate(net, options).check(scales)
    terms = {cell: _objective(net, options, source, _subset(cell, wanted), cell[0]) for cell in cells}
    if viewing.before is not None:
        viewing.before(together([estimate(net, options).plan(each(size), scales) for each in terms.values()]))

    made: dict[tuple[str, str], Artwork] = {}
    series = Series(viewing, [options.iterations] * len(cells))
    for number, cell in enumerate(cells):
        begin = partial(noise, seed=options.seed, contrast=NOISE)
        watch = replace(series.viewing(number), resume=viewing.resume)
        picture = paint("reconstruct", options, net, terms[cell], scales, begin, [source], photo=source, viewing=watch)
        error = relative_error(net, opaque(picture.image), source, cell[0], list(_subset(cell, wanted)))
        made[cell] = replace(picture, record={**picture.record, "errors": {_name(cell): float(f"{error:.6g}")}})
        if picture.interrupted:
            break
    if len(cells) == 1:
        return Reconstruction(**vars(made[cells[0]]), pictures=made)
    return _together(made, cells)


def relative_error(net: Backbone, picture: np.ndarray, source: Source, kind: str, subset: Sequence[str]) -> float:
    """How far a finished picture's features are from the photo's: 0 for none, about 1 for a picture of nothing.

    Args:
        picture: (H, W, 3) uint8.
        kind: "content" or "style".
        subset: full layer names; content reads the last.
    """
    height, width = picture.shape[:2]
    own, photo = (mirrored(pixels.astype(np.float32)) for pixels in (picture, source.at((width, height))))
    if kind == "style":
        matrices, kept = stream.grams(net, subset, own), stream.grams(net, subset, photo)
        return float(np.mean([losses.relative_l1(matrices[name], kept[name]) for name in subset]))
    deepest = subset[-1]
    pieces = zip(stream.maps(net, [deepest], own), stream.maps(net, [deepest], photo), strict=True)
    sums = [losses.relative_rms.sums(seen[deepest], known[deepest]) for seen, known in pieces]
    return float(losses.relative_rms.value(tuple(map(tf.add_n, zip(*sums, strict=True)))))


def _wanted(options: ReconstructOptions, backbone: Backbone) -> dict[str, float]:
    """The layers by their full names, in the order given, with their weights."""
    given = options.layers if options.layer is None else options.layer
    return told.layer_weights(classic_layers(backbone) if given is None else given, backbone.layer_names)


def _subset(cell: tuple[str, str], wanted: Mapping[str, float]) -> dict[str, float]:
    """Content: one layer. Style: it and those before it."""
    kind, layer = cell
    names = list(wanted)
    subset = [layer] if kind == "content" else names[: names.index(layer) + 1]
    return {name: wanted[name] for name in subset}


def _objective(
    net: Backbone, options: ReconstructOptions, source: Source, weights: Mapping[str, float], kind: str
) -> Callable[[Size], Objective]:

    def objective(size: Size) -> Objective:
        photo = tf.constant(source.at(size)[None])
        if kind == "content":
            total = objectives.content(photo, weights)
        else:
            targets = stream.mixed_grams(net, weights, [source], size, options.margin, means=True)
            total = objectives.style(targets, weights, means=True, border=options.margin)
        if options.colour > 0:
            total = total + options.colour * colours.matched(*losses.colour_statistics(photo))
        return total if options.tv == 0 else total + options.tv * objectives.smoothness()

    return objective


def _together(made: Mapping[tuple[str, str], Artwork], cells: Sequence[tuple[str, str]]) -> Artwork:
    """One artwork of all: the figure, and the records joined."""
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
    return Reconstruction(pixels(figure), history, record, stopped, last.interrupted, pictures=made)


def _name(cell: tuple[str, str]) -> str:
    return " ".join(cell)

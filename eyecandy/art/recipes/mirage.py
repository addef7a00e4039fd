"""Mirages: from noise, a picture that a network sees as the photo, made of the photo's own details.

What is there comes from the classifier: the picture is to have the photo's logits, wherever they come from. How it
looks comes from the photo's own Gram matrices (L. Gatys, A. Ecker, M. Bethge, "Image Style Transfer Using
Convolutional Neural Networks", CVPR 2016), up to the deepest block: there they hold whole parts of things, but not
their places. Places come in only with a spatial weight.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from eyecandy.arguments import Hint, check_integer, check_number, told
from eyecandy.art.core.options import Options
from eyecandy.art.core.scales import ScaleSchedule, Size
from eyecandy.art.core.weighted import Weighted, layer_weights
from eyecandy.art.recipes import Companion, recipe
from eyecandy.errors import EyecandyError, OptionError

if TYPE_CHECKING:
    from eyecandy._matplotlib import Figure
    from eyecandy._tensorflow import tf
    from eyecandy.art.core.objectives import Objective
    from eyecandy.art.core.sources import Source
    from eyecandy.art.output.painting import Viewing
    from eyecandy.art.output.predictions import Prediction
    from eyecandy.art.output.record import Artwork
    from eyecandy.backbone.load import BackboneLike
    from eyecandy.backbone.model import Backbone
    from eyecandy.backbone.scores import Scores
    from eyecandy.images import ImageLike

SCHEDULE = ScaleSchedule(
    ratio=2.0, smallest=60, fine_share=0.7
)  # at the smallest, the network sees the whole picture at once
NOISE = 5.0  # grey levels, standard deviation: fine noise stays where it is, so let there be little
COLOUR_SHARE = 0.25  # of the style weight: the Gram matrix of the pixels themselves, so to speak
ORDER_SHARE = 0.5  # of the order of the likeliest classes, beside all logits
DEEP_LAYERS = ("block5_conv1", "block5_conv3", "block5_conv5")  # beside those of a style: they hold parts of things
SPATIAL_LAYER, SPATIAL_DEPTH = "block4_conv1", 0.5
SPATIAL_UNIT = 10.0  # so that a spatial weight of 1 keeps every place, and 0.25 the large forms


@dataclass(frozen=True, kw_only=True)
class MirageOptions(Options):
    """What a mirage can be told."""

    class_weight: Annotated[float, "how strongly it is to be seen as the photo is"] = 1.0
    style_weight: Annotated[float, "how strongly the photo's details are held", Hint(rank=2)] = 4.0
    spatial_weight: Annotated[
        float,
        "how strongly things stay where the photo has them; 0 for the pure mirage",
        Hint(slider=(0, 2, 0.05), rank=1),
    ] = 0.0
    spatial_layers: Annotated[Weighted | None, "layers that hold the places, NAME or NAME:0.7"] = None
    style_layers: Annotated[Weighted | None, "layers that hold the details, NAME or NAME:0.7"] = None
    watch: Annotated[int, "say what the picture is seen as every so many iterations"] = 25
    size: int = 384
    scales: int = 3
    iterations: int = 750
    rate: float = 0.03
    margin: int = 32

    def __post_init__(self) -> None:
        super().__post_init__()
        weights = ("class_weight", "style_weight", "spatial_weight")
        if sum(check_number(name, getattr(self, name)) for name in weights) == 0:
            raise OptionError("one of {}, {}, {} must be above 0, got 0 for all three", *weights)
        check_integer("watch", self.watch, 1)


def _classes(record: Mapping[str, Any]) -> Figure:
    from eyecandy.art.output.predictions import figure

    return figure(record)


@recipe(
    MirageOptions,
    examples=(
        ("eyecandy mirage photo.jpg", "what the network sees in it, of its own details"),
        ("eyecandy mirage photo.jpg --spatial-weight 0.2", "with things where the photo has them"),
    ),
    paintings="More pictures to take details from",
    clips=True,
    companion=Companion("classes", _classes, "what it was seen as"),
)
def mirage(
    photo: ImageLike,
    paintings: Any = None,
    *,
    backbone: BackboneLike | None = None,
    viewing: Viewing | None = None,
    tell: Callable[[Prediction], None] | None = None,
    **knobs: Any,
) -> Artwork:
    """Make a picture from noise that a network sees as it sees the photo, of the photo's own details.

    Says what the photo is seen as, and then what the picture is seen as while it is made. A plot of that lies beside
    the picture, as photo-mirage-classes.png.

    Args:
        photo: what is to be seen.
        paintings: more pictures to take details from, as for `style`; the photo's own weigh 1.
        backbone: the network that sees; the bundled one by default.
        viewing: who watches the picture grow, and which interrupted one is taken up.
        tell: called with each `Prediction`: first, before any step, the photo's. By default `viewing.seen`.
        knobs: the fields of `MirageOptions`.

    Returns:
        The picture. Its record holds under "seeing" what the photo is seen as and then, every `watch` iterations, what
        the picture is seen as, beside each loss; `eyecandy.art.output.predictions.figure(record)` is a plot of it.

    Raises:
        EyecandyError: an option that there is none of or out of range, weights that are all 0, an unknown layer, a
            picture that cannot be read, a region that holds nothing, or a size beyond memory.

    >>> mirage("photo.jpg", spatial_weight=0.2).save("mirage.png")  # doctest: +SKIP
    """
    from eyecandy.art.core.canvas import noise
    from eyecandy.art.core.scales import Scale
    from eyecandy.art.core.sources import Source
    from eyecandy.art.output.painting import Viewing, estimate, paint
    from eyecandy.art.output.predictions import History, Predictor
    from eyecandy.art.recipes.style import painting_sources
    from eyecandy.backbone.load import given_or_default

    options = MirageOptions.of(knobs)
    net = given_or_default(backbone)
    viewing = Viewing.of(viewing)
    source = Source.of(photo, "photo")
    extra = [] if paintings is None else painting_sources(paintings)
    part = next((painting.part for painting in extra if painting.part is not None), None)
    if part is not None:
        raise EyecandyError(f"a mirage takes whole paintings; leave out the part, {told(part)}")
    size = options.final_size(source.photo.size)
    scales = options.schedule(size, SCHEDULE, least=net.minimum)
    estimate(net, options).check([Scale(size, options.iterations)])
    objective = _objective(net, options, size, [source, *extra])
    history = History(Predictor(net, source.at(size)), options.watch, viewing.seen if tell is None else tell)
    every = options.watch if viewing.every is None else math.gcd(options.watch, viewing.every)
    made = paint(
        "mirage",
        options,
        net,
        objective,
        scales,
        partial(noise, seed=options.seed, contrast=NOISE),
        [source, *extra],
        photo=source,
        viewing=replace(viewing, listeners=[history, *viewing.listeners], every=every),
    )
    before = [] if viewing.resume is None else viewing.resume.record["seeing"][1:]
    photo_first, *grown = (one.record() for one in history.predictions)
    return replace(made, record={**made.record, "seeing": [photo_first, *before, *grown]})


def _objective(
    net: Backbone, options: MirageOptions, final: Size, sources: Sequence[Source]
) -> Callable[[Size], Objective]:
    """Class, style and spatial terms; the first of the sources is the photo."""
    from eyecandy._tensorflow import tf
    from eyecandy.art.core import colours, objectives
    from eyecandy.art.core.depth import at_depth, has
    from eyecandy.art.large import stream
    from eyecandy.art.recipes.style import STYLE_LAYERS, classic_layers

    photo = sources[0]
    # of the photo as it will be seen, at every scale
    logits = photo.derived("logits", final, lambda: tf.constant(stream.logits(net, photo.at(final))))
    details = options.style_layers
    if details is None:
        deep = (*STYLE_LAYERS, *DEEP_LAYERS)
        details = deep if has(net, deep) else classic_layers(net)
    style_weights = layer_weights(details, net.layer_names)
    spatial_weights: dict[str, float] = {}
    if options.spatial_weight > 0:
        wanted = options.spatial_layers
        if wanted is None:
            wanted = SPATIAL_LAYER if has(net, [SPATIAL_LAYER]) else at_depth(net, SPATIAL_DEPTH)
        spatial_weights = layer_weights(wanted, net.layer_names)

    def objective(size: Size) -> Objective:
        terms = []
        if options.class_weight > 0:
            terms.append(options.class_weight * _seen_as(logits, net.scores, options.margin))
        if options.style_weight > 0:
            mixed = partial(stream.mixed_grams, net, style_weights, sources, size, options.margin, means=True)
            targets = photo.derived("details", size, mixed)
            colour = colours.matched(*photo.derived("colours", size, partial(stream.mixed_colours, sources, size)))
            terms.append(
                options.style_weight
                * (objectives.style(targets, style_weights, means=True, border=options.margin) + COLOUR_SHARE * colour)
            )
        if options.spatial_weight > 0:
            still = photo.tensor(size)
            terms.append(SPATIAL_UNIT * options.spatial_weight * _spatial(objectives.content(still, spatial_weights)))
        return sum(terms[1:], terms[0])

    return objective


def _seen_as(logits: tf.Tensor, scores: Scores, border: int) -> Objective:
    """All logits count alike in the first summand; the second sees to the order of the likeliest."""
    from eyecandy.art.core import losses, objectives

    def distance(own: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
        if scores == "sigmoid":
            return losses.relative_rms(own, target) + ORDER_SHARE * losses.sigmoid_distance(own, target)
        return losses.logit_distance(own, target) + ORDER_SHARE * losses.softmax_distance(own, target)

    return objectives.match_classes(logits, distance=distance, border=border)


def _spatial(content: Objective) -> Objective:
    from eyecandy.art.core.objectives import Objective

    return Objective(tuple((weight, replace(term, name="spatial")) for weight, term in content.terms))

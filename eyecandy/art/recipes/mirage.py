"""Mirages: from noise, a picture that a network sees as the photo, made of the photo's own details.

What is there comes from the classifier: the picture is to have the photo's logits, wherever they come from. How it
looks comes from the photo's own Gram matrices (L. Gatys, A. Ecker, M. Bethge, "Image Style Transfer Using
Convolutional Neural Networks", CVPR 2016), up to the deepest block: there they hold whole parts of things, but not
their places. Places come in only with a spatial weight.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from eyecandy._tensorflow import tf
from eyecandy.art.core import colours, losses, objectives
from eyecandy.art.core.canvas import noise
from eyecandy.art.core.depth import at_depth, has
from eyecandy.art.core.objectives import Objective
from eyecandy.art.core.scales import Scale, ScaleSchedule, Size
from eyecandy.art.core.sources import Source
from eyecandy.art.large import stream
from eyecandy.art.output.record import Artwork
from eyecandy.art.recipes import options as told
from eyecandy.art.recipes.options.mirage import MirageOptions
from eyecandy.art.recipes.sightings import Lookout, Sighting, Watch
from eyecandy.art.recipes.studio import Viewing, estimate, paint
from eyecandy.art.recipes.style import STYLE_LAYERS, classic_layers, painting_sources
from eyecandy.backbone.load import BackboneLike, given_or_default
from eyecandy.backbone.model import Backbone
from eyecandy.backbone.scores import Scores
from eyecandy.images import ImageLike

LADDER = ScaleSchedule(
    ratio=2.0, smallest=60, fine_share=0.7
)  # at the smallest, the network sees the whole picture at once
NOISE = 5.0  # grey levels, standard deviation: fine noise stays where it is, so let there be little
COLOUR_SHARE = 0.25  # of the style weight: the Gram matrix of the pixels themselves, so to speak
ORDER_SHARE = 0.5  # of the order of the likeliest classes, beside all logits
DETAIL_LAYERS = (*STYLE_LAYERS, "block5_conv1", "block5_conv3", "block5_conv5")
SPATIAL_LAYER, SPATIAL_DEPTH = "block4_conv1", 0.5
SPATIAL_UNIT = 10.0  # so that a spatial weight of 1 keeps every place, and 0.25 the large forms


def mirage(
    photo: ImageLike,
    *,
    paintings: Any = None,
    backbone: BackboneLike | None = None,
    viewing: Viewing | None = None,
    tell: Callable[[Sighting], None] | None = None,
    **knobs: Any,
) -> Artwork:
    """Makes from noise a picture with the photo's classes and the photo's details.

    The record holds under "seeing" what the photo is seen as and then, every `watch` iterations, what the picture is
    seen as, beside each loss; `eyecandy.art.recipes.sightings.figure(record)` is a plot of it.

    Args:
        photo: what is to be seen.
        paintings: more pictures to take details from, as for `style`; the photo's own weigh 1.
        backbone: the network that sees; the bundled one by default.
        viewing: who watches the picture grow, and which interrupted one is taken up.
        tell: called with each `Sighting`: first, before any step, the photo's.
        knobs: the fields of `MirageOptions`.

    Raises:
        EyecandyError: an option that there is none of or out of range, weights that are all 0, an unknown layer, a
            picture that cannot be read, a region that holds nothing, or a size beyond memory.

    >>> mirage("photo.jpg", spatial_weight=0.2).save("mirage.png")  # doctest: +SKIP
    """
    options = MirageOptions.of(knobs)
    net = given_or_default(backbone)
    viewing = Viewing() if viewing is None else viewing
    source = Source.of(photo, "photo")
    extra = [] if paintings is None else painting_sources(paintings)
    size = options.final_size(source.photo.size)
    scales = options.schedule(size, LADDER, least=net.minimum)
    estimate(net, options).check([Scale(size, options.iterations)])
    objective = _objective(net, options, size, [source, *extra])
    watch = Watch(Lookout(net, source.at(size)), options.watch, tell)
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
        viewing=replace(viewing, listeners=[watch, *viewing.listeners], every=every),
    )
    before = [] if viewing.resume is None else viewing.resume.record["seeing"][1:]
    photo_first, *grown = (sighting.record() for sighting in watch.sightings)
    return replace(made, record={**made.record, "seeing": [photo_first, *before, *grown]})


def _objective(
    net: Backbone, options: MirageOptions, final: Size, sources: Sequence[Source]
) -> Callable[[Size], Objective]:
    """Class, style and spatial terms; the first of the sources is the photo."""
    photo = sources[0]
    logits = tf.constant(stream.logits(net, photo.at(final)))  # of the photo as it will be seen, at every scale
    details = options.style_layers
    if details is None:
        details = DETAIL_LAYERS if has(net, DETAIL_LAYERS) else classic_layers(net)
    style_weights = told.layer_weights(details, net.layer_names)
    spatial_weights: dict[str, float] = {}
    if options.spatial_weight > 0:
        wanted = options.spatial_layers
        if wanted is None:
            wanted = SPATIAL_LAYER if has(net, [SPATIAL_LAYER]) else at_depth(net, SPATIAL_DEPTH)
        spatial_weights = told.layer_weights(wanted, net.layer_names)

    def objective(size: Size) -> Objective:
        terms = []
        if options.class_weight > 0:
            terms.append(options.class_weight * _seen_as(logits, net.scores, options.margin))
        if options.style_weight > 0:
            targets = stream.mixed_grams(net, style_weights, sources, size, options.margin, means=True)
            colour = colours.matched(*stream.mixed_colours(sources, size))
            terms.append(
                options.style_weight
                * (objectives.style(targets, style_weights, means=True, border=options.margin) + COLOUR_SHARE * colour)
            )
        if options.spatial_weight > 0:
            still = tf.constant(photo.at(size)[None])
            terms.append(SPATIAL_UNIT * options.spatial_weight * _spatial(objectives.content(still, spatial_weights)))
        return sum(terms[1:], terms[0])

    return objective


def _seen_as(logits: tf.Tensor, scores: Scores, border: int) -> Objective:
    """All logits count alike in the first summand; the second sees to the order of the likeliest."""

    def distance(own: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
        if scores == "sigmoid":
            return losses.relative_rms(own, target) + ORDER_SHARE * losses.sigmoid_distance(own, target)
        return losses.logit_distance(own, target) + ORDER_SHARE * losses.softmax_distance(own, target)

    return objectives.match_classes(logits, distance=distance, border=border)


def _spatial(content: Objective) -> Objective:
    return Objective(tuple((weight, replace(term, name="spatial")) for weight, term in content.terms))

"""Style transfer: what is in a photo, painted as in one or more paintings.

Source: L. Gatys, A. Ecker, M. Bethge, "Image Style Transfer Using Convolutional Neural Networks" (CVPR 2016); the
preset "gatys" is the paper as it stands. The defaults depart from it. What is in the photo is where its features are
high and low, also deep in the network, whatever their scale; light and dark stay where forms need them; the photo takes
on the painting's colours before the first step; and between photo and painting lie statistics between theirs. The
canvas is a spectrum that begins as the photo, with jitter, and from coarse to fine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any

from eyecandy._moved import renamed
from eyecandy.arguments import Hint, check_number, check_one_of, number_of
from eyecandy.art.core.assignment import assigned, check_paintings, painting_of
from eyecandy.art.core.depth import at_depth, has, spread
from eyecandy.art.core.options import Options
from eyecandy.art.core.scales import ScaleSchedule, Size
from eyecandy.art.core.weighted import Weighted, layer_weights
from eyecandy.art.recipes import Preset, recipe
from eyecandy.errors import EyecandyError

if TYPE_CHECKING:
    import numpy as np

    from eyecandy.art.core.objectives import Objective
    from eyecandy.art.core.sources import Source
    from eyecandy.art.output.painting import RendererCache, Viewing
    from eyecandy.art.output.record import Artwork
    from eyecandy.art.recipes._regions import Regions
    from eyecandy.backbone.load import BackboneLike
    from eyecandy.backbone.model import Backbone
    from eyecandy.images import ImageLike

STARTS = ("content", "noise")
DISTANCES = MappingProxyType(
    {
        "correlated": ("correlation", "relative_l1"),
        "relative": ("relative_rms", "relative_l1"),
        "gatys": ("gatys_content", "gatys_style"),
    }
)
"""By the name of a way to count losses: the functions of `eyecandy.art.core.losses` for content and style."""
LOSSES = tuple(DISTANCES)
COLOURS = ("none", "luminance", "full", "histogram")
SWITCH = MappingProxyType({"true": "luminance", "false": "none"})
OLD_COLOURS = "chroma"  # what `keep_colour=True` was up to version 0.2, for records of then
SCHEDULE = ScaleSchedule(ratio=2.0, smallest=128, fine_share=0.5)
PAINTED = 0.6  # the strength from which on all of the painting's colours and strokes are there
_MIDDLE = {"correlated": 2.6, "relative": 3.0, "gatys": 1000.0}
"""Style weight over content weight: at `PAINTED`, or at a strength of a half where nothing lies between."""
WHOLE = 640  # pixels of the longest side, up to which a deep layer sees whole things
_PALETTE = 0.5  # of colours that the painting does not have, beside the features of the photo
_LIGHT = 0.2  # of light and dark, beside the features of the photo

STYLE_LAYERS = (
    *("block1_conv1", "block1_conv2", "block2_conv1", "block2_conv2", "block3_conv1", "block3_conv2"),
    *("block4_conv1", "block4_conv3", "block4_conv5"),
)
# The deep ones keep what things are, a face among them, and leave their strokes to the painting.
CONTENT_LAYERS = MappingProxyType({"block3_conv2": 0.3, "block4_conv3": 0.3, "block5_conv4": 1.0, "block5_conv6": 1.0})
RELATIVE_LAYERS = MappingProxyType({"block3_conv2": 1.0, "block4_conv3": 0.5})  # of the losses "relative"
CONTENT_LAYER = "block3_conv2"
# On networks that have other layers, VGG's among them: the classic five; on others, layers as deep as these.
CLASSIC_LAYERS = ("block1_conv1", "block2_conv1", "block3_conv1", "block4_conv1", "block5_conv1")

STYLE_DEPTHS = (0.0, 0.8)
CONTENT_DEPTHS = MappingProxyType({0.4: 0.3, 0.55: 0.3, 0.95: 1.0})
CONTENT_DEPTH = 0.5


@dataclass(frozen=True, kw_only=True)
class StyleOptions(Options):
    """What a style transfer can be told."""

    strength: Annotated[
        float, "0 keeps the photo, 1 gives it up for the painting", Hint(slider=(0, 1, 0.05), rank=1)
    ] = PAINTED
    content_layers: Annotated[Weighted | None, "layers that hold the photo, NAME or NAME:0.7"] = None
    style_layers: Annotated[Weighted | None, "layers that hold the painting, NAME or NAME:0.7"] = None
    style_scale: Annotated[
        float,
        "the painting's longest side over the picture's: larger gives larger strokes",
        Hint(slider=(0.25, 2, 0.05), rank=2),
    ] = 1.0
    init: Annotated[
        Any, "what to begin with: content, noise, or a picture", Hint(metavar="content|noise|PICTURE", choices=STARTS)
    ] = "content"
    keep_colour: Annotated[
        Any,
        "whose colours: none, the painting's; histogram, the photo's as a whole; luminance, the photo's in each place, "
        "as bright as it is; full, its light and dark from place to place as well",
        Hint(choices=COLOURS, rank=3),
    ] = "none"
    tv: Annotated[float, "how strongly neighbouring pixels are held together"] = 0.0
    losses: Annotated[
        str,
        "how losses are counted: correlated, relative as up to version 0.2, or gatys for the paper's sums",
        Hint(choices=LOSSES),
    ] = "correlated"
    region: Annotated[
        Any,
        "paint only here: a word such as 'cat' or 'not cat', a mask picture, or x0,y0,x1,y1; or each region in its own "
        "style, as in cat=ink.jpg, where rest= is what no other has, and the first has what two claim",
        Hint(metavar="REGION[=PAINTING]", page=False, several=True),
    ] = None
    iterations: int = 350

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.region, list) and len(self.region) == 1 and isinstance(self.region[0], str):
            object.__setattr__(self, "region", self.region[0])  # as the command line gives one
        assigned(self.region)
        check_number("strength", self.strength, most=1)
        check_number("style_scale", self.style_scale, positive=True)
        check_number("tv", self.tv)
        check_one_of("losses", self.losses, LOSSES)
        if str(self.keep_colour).lower() in SWITCH:  # a flag up to version 0.2, which files of defaults may still hold
            object.__setattr__(self, "keep_colour", SWITCH[str(self.keep_colour).lower()])
        if self.keep_colour != OLD_COLOURS:
            check_one_of("keep_colour", self.keep_colour, COLOURS)

    @property
    def share(self) -> float:
        """How far the photo's colours and statistics go to those of the painting before its forms give way, 0 to 1."""
        return min(1.0, self.strength / PAINTED) if self.losses == "correlated" else 1.0

    @property
    def colours(self) -> str | None:
        """Whose colours photo and paintings take on before anything is painted, see `Regions`."""
        if self.losses != "correlated":
            return "photo" if self.keep_colour == "histogram" else None
        return "paintings" if self.keep_colour in ("none", OLD_COLOURS) else "photo"


PRESETS = MappingProxyType(
    {
        "gatys": Preset(
            MappingProxyType(
                {
                    "canvas": "pixel",
                    "optimizer": "lbfgs",
                    "init": "noise",
                    "losses": "gatys",
                    "content_layers": "conv4_2",
                    "style_layers": ("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1"),
                    "scales": 1,
                    "iterations": 500,
                    "jitter": 0,
                    "margin": 0,
                }
            ),
            backbone="vgg19",
            pooling="average",
            text="the paper as it stands, on vgg19",
        ),
        "quick": Preset(MappingProxyType({"size": 384, "scales": 2, "iterations": 150})),
    }
)


@recipe(
    StyleOptions,
    presets=PRESETS,
    clips=True,
    examples=(
        ("eyecandy style photo.jpg painting.jpg --draft", "a quick look first"),
        ("eyecandy style photo.jpg painting.jpg other.jpg:0.5 --strength 0.7", "two paintings, one weighs more"),
        ("eyecandy style photo.jpg painting.jpg --region 'not cat' --keep-colour luminance", "all but the cat"),
        ("eyecandy style photo.jpg --region cat=ink.jpg --region rest=flow.jpg", "each region in its own style"),
        ("eyecandy style photo.jpg painting.jpg@mountain", "the style of the painting's mountain alone"),
    ),
    regions=True,
)
def style(
    photo: ImageLike,
    paintings: Any = None,
    *,
    preset: str | None = None,
    backbone: BackboneLike | None = None,
    viewing: Viewing | None = None,
    cache: RendererCache | None = None,
    **knobs: Any,
) -> Artwork:
    """Paint a photo in the style of a painting, or of several.

    The first name is the photo; all others are paintings, each with a weight if need be. What is painted may be a
    region, or several, each in a style of its own: then --region names the paintings.

    Args:
        photo: what the picture shows.
        paintings: a picture, or several, each alone or as (picture, weight), or a dictionary of weights by path; a
            path may end in ":0.5". Of several, the Gram matrices are mixed in the proportion of their weights. A path
            may name a part, "painting.jpg@tree" or "painting.jpg@mask.png": the style is that of the part alone; a
            picture that is none names it as (picture, weight, part). None where the regions name their paintings.
        preset: a name of `PRESETS`; options given beside it win.
        backbone: the network that looks; by default the preset's, else the bundled one.
        viewing: who watches the picture grow, and which interrupted one is taken up.
        cache: what the picture before was made on; see `RendererCache`.
        knobs: the fields of `StyleOptions`. The `region` may be one, as for every recipe, or a mapping of regions to
            their paintings, in which "rest" is what no other region has; where that is not given, it stays the photo's
            to the pixel. Where regions overlap, the pixels are those of the first. What is no key, such as an array,
            comes in pairs: [(mask, "ink.jpg"), ("rest", "flow.jpg")].

    Raises:
        EyecandyError: an option that there is none of or out of range, an unknown layer or preset, a picture that
            cannot be read or is too small for the network, or a region that holds nothing.

    >>> style("photo.jpg", ["painting.jpg", "other.jpg:0.5"], strength=0.7).save("out.png")  # doctest: +SKIP
    >>> style("photo.jpg", region={"cat": "ink.jpg", "rest": "flow.jpg"}).save("two.png")  # doctest: +SKIP
    """
    from eyecandy.art.core.canvas import noise
    from eyecandy.art.core.sources import Source
    from eyecandy.art.output.painting import Viewing, paint
    from eyecandy.art.recipes._regions import Regions
    from eyecandy.backbone.load import given_or_default, load_backbone

    if "bench" in knobs:
        renamed("style(bench=)", "style(cache=)")
        cache = knobs.pop("bench")
    chosen = Preset({}) if preset is None else PRESETS[check_one_of("preset", preset, list(PRESETS))]
    options = StyleOptions.of({**chosen.options, **knobs})
    source, (specs, styles) = Source.of(photo, "photo"), painted_regions(options.region, paintings)
    start_of = options.init if isinstance(options.init, str) and options.init in STARTS else None
    init = Source.of(options.init, "init") if start_of is None else None
    if backbone is None and chosen.backbone is not None:
        backbone = load_backbone(chosen.backbone, pooling=chosen.pooling)
    net = given_or_default(backbone)
    size, kept = options.final_size(source.photo.size), options.keep_colour
    from_photo = start_of == "content"
    regions = Regions(source, specs, styles, net, options.share, options.colours, Viewing.of(viewing).note)
    start = regions.at if from_photo else partial(noise, seed=options.seed) if init is None else init.at
    return paint(
        "style",
        options,
        net,
        _objective(net, options, source, regions),
        options.schedule(size, SCHEDULE, least=net.minimum),
        start,
        [source, *regions.sources] if init is None else [source, *regions.sources, init],
        photo=source,
        mask=regions.mask,
        detail=regions.at if from_photo else None,
        still=from_photo and options.tv == 0 and style_share(options.strength, options.losses) == 0,
        finish=None if kept in ("none", "histogram") else partial(_with_colours_of, source, kept),
        viewing=viewing,
        cache=cache,
    )


def painted_regions(region: Any, paintings: Any) -> tuple[list[Any], list[list[Source]]]:
    """The regions that are painted, none for all of the photo, and the paintings of each; of the photo where it is one.

    Raises:
        EyecandyError: no painting at all, or some that stand beside regions with their own; as `painting_sources`.
    """
    check_paintings(region, paintings)
    pairs = assigned(region)
    if pairs is not None:
        roles = [f"painting of {own}" if isinstance(own, str) else "painting of a region" for own, _ in pairs]
        styles = [painting_sources(taken, role) for (_, taken), role in zip(pairs, roles, strict=True)]
        return [own for own, _ in pairs], styles
    return [] if region is None else [region], [painting_sources(paintings)]


def painting_sources(paintings: Any, role: str = "painting") -> list[Source]:
    """The paintings with their weights and parts.

    Raises:
        EyecandyError: none, all weights 0, or one that cannot be read.
    """
    from eyecandy.art.core.sources import Source

    if isinstance(paintings, Mapping):
        paintings = list(paintings.items())
    several = paintings if isinstance(paintings, list | tuple) and not _weighted(paintings) else [paintings]
    found = []
    for one in several:
        image, weight, *parts = one if isinstance(one, tuple) and len(one) in (2, 3) else (one, 1.0)
        weight, part = check_number("the weight of a painting", weight), parts[0] if parts else None
        if isinstance(image, str):
            image, named, own = painting_of(image)
            weight, part = weight * own, named if part is None else part
        found.append(Source.of(image, role, weight, part))
    if sum(source.weight for source in found) == 0:
        raise EyecandyError("expected at least one painting with a weight above 0, got none")
    return found


def _weighted(one: Any) -> bool:
    """Whether it is one picture with its weight, and perhaps its part, and not several pictures."""
    return isinstance(one, tuple) and len(one) in (2, 3) and number_of(one[1]) is not None


def _with_colours_of(source: Source, way: str, picture: np.ndarray) -> np.ndarray:
    from eyecandy.art.output.colour import FINISHES

    return FINISHES[way](picture, source.pixels_at((picture.shape[1], picture.shape[0])))


def _objective(net: Backbone, options: StyleOptions, source: Source, regions: Regions) -> Callable[[Size], Objective]:
    from eyecandy._tensorflow import tf
    from eyecandy.art.core import colours, losses, objectives

    content_distance, style_distance = (getattr(losses, name) for name in DISTANCES[options.losses])
    style_weights, content_weights = layers_of(options, net)

    def objective(size: Size) -> Objective:
        aim = source.derived("aim", size, lambda: tf.constant(regions.pixels_at(size)[None]))
        near = _near(net, options, content_weights, size)
        content = objectives.content(aim, near, distance=content_distance)
        content *= sum(near.values()) / sum(content_weights.values())
        if options.losses == "correlated":
            content += _LIGHT * colours.light(source.tensor(size))
            if regions.palette is not None:
                content += _PALETTE * options.share * colours.within(regions.palette)
        painted = regions.objective(
            size, style_weights, scale=options.style_scale, margin=options.margin, distance=style_distance
        )
        share = style_share(options.strength, options.losses)
        total = (1 - share) * content + share * painted
        return total if options.tv == 0 else total + options.tv * objectives.smoothness()

    return objective


def _near(net: Backbone, options: StyleOptions, weights: Mapping[str, float], size: Size) -> Mapping[str, float]:
    """The layers that hold the photo at a size. In a large picture the deep ones see no more than a part of a thing,
    whose forms are there from the coarser scales, and would make tiles overlap by what they see."""
    if options.losses != "correlated" or options.content_layers is not None or max(size) <= WHOLE:
        return weights
    seen = max(net.layer(name).receptive_field or 0 for name in layers_of(options, net)[0])
    near = {name: weight for name, weight in weights.items() if (net.layer(name).receptive_field or 0) <= seen}
    return near or weights


def layers_of(options: StyleOptions, net: Backbone) -> tuple[dict[str, float], dict[str, float]]:
    """The layers that hold the painting and those that hold the photo, with their weights: given, or the network's."""
    style_wanted = options.style_layers
    if style_wanted is None:
        style_wanted = STYLE_LAYERS if has(net, STYLE_LAYERS) else classic_layers(net)
    content_wanted = options.content_layers
    if content_wanted is None:
        if options.losses == "correlated":
            deep = {at_depth(net, depth): weight for depth, weight in CONTENT_DEPTHS.items()}
            content_wanted = CONTENT_LAYERS if has(net, CONTENT_LAYERS) else deep
        else:
            content_wanted = RELATIVE_LAYERS if has(net, RELATIVE_LAYERS) else at_depth(net, CONTENT_DEPTH)
    return layer_weights(style_wanted, net.layer_names), layer_weights(content_wanted, net.layer_names)


def classic_layers(net: Backbone) -> tuple[str, ...]:
    """The paper's five layers, or on a network that has others, five as deep as these.

    Raises:
        EyecandyError: the network has no feature maps.
    """
    return CLASSIC_LAYERS if has(net, CLASSIC_LAYERS) else spread(net, len(CLASSIC_LAYERS), STYLE_DEPTHS)


def style_share(strength: float, form: str = "relative") -> float:
    """The style's share of the weights of style and content: 0 at a strength of 0, 1 at 1.

    Of the losses "correlated", style weight over content weight is 2.6 up to the strength `PAINTED`, since what lies
    below are statistics between the photo's and the painting's; beyond, the photo's forms give way with the square of
    what is left of the strength. Each tenth then changes about as much of what is seen.

    Of the others, it is 3 (a / (1 - a))^3 for a strength a, and 1000 for 3 with the paper's sums, its alpha / beta of
    1e-3.
    """
    if form == "correlated":
        if strength == 0:
            return 0.0
        left = min(1.0, (1 - strength) / (1 - PAINTED)) ** 2
        return _MIDDLE[form] / (_MIDDLE[form] + left)
    style, content = _MIDDLE[form] * strength**3, (1 - strength) ** 3
    return style / (style + content)


def strength_of(ratio: float, form: str = "relative") -> float:
    """The strength at which style weight over content weight is a ratio above 0, of losses whose strength is that."""
    root = (ratio / _MIDDLE[form]) ** (1 / 3)
    return root / (1 + root)

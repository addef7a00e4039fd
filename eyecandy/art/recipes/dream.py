"""Dreams: a photo, or noise, in which a network sees more and more of what it sees.

Source: A. Mordvintsev, C. Olah, M. Tyka, "Inceptionism: Going Deeper into Neural Networks" (2015). Departures: the
canvas is a spectrum and the optimizer Adam, which gives forms instead of fine grain, and the photo's colours are
held, so that excitement does not end in black and white.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from eyecandy.arguments import Hint, check_integer, check_number, check_one_of
from eyecandy.art.core.depth import at_depth
from eyecandy.art.core.options import Options
from eyecandy.art.core.scales import Scale, ScaleSchedule, Size
from eyecandy.art.core.weighted import Weighted, layer_weights
from eyecandy.art.recipes import recipe
from eyecandy.errors import EyecandyError, OptionError

if TYPE_CHECKING:
    import numpy as np

    from eyecandy._tensorflow import tf
    from eyecandy.art.core.canvas import Canvas
    from eyecandy.art.core.objectives import Objective
    from eyecandy.art.core.render import Renderer
    from eyecandy.art.core.sources import Source
    from eyecandy.art.core.transforms import Transform
    from eyecandy.art.output.painting import Viewing
    from eyecandy.art.output.record import Artwork
    from eyecandy.backbone.load import BackboneLike
    from eyecandy.backbone.model import Backbone
    from eyecandy.images import ImageLike

OCTAVES = ScaleSchedule(ratio=1.4, smallest=96, fine_share=0.75)
CLASS_SHARE = 0.03  # of a class beside layers: logits climb by tens, energies are logarithms
CLASS_WEIGHT = 0.05  # of a class alone, for the same reason; more, and no colour is held
CLASS_SMOOTHNESS = 0.3  # beside it: classes are found in grain as well
CLASS_KNOBS: Mapping[str, Any] = {"iterations": 300, "scales": 3}
"""Of a class from noise, where nothing else is said."""
FORMS = ("whole", "parts")
WHOLE_SIDE = 1024  # pixels: larger pictures are only shifted before the network looks, so that tiles may be
TURN = 15.0, 0.25  # degrees, and zoom as a share, of a photo before the network looks for a class
CROPS, CROP_SIDE, CROP_SHARE, CROP_GRAIN = (0.4, 1.0), 160, 0.75, 10.0
"""Sides of the parts of noise that are looked at, as shares; the side at which they are, in pixels at least and as a
share of the picture's; grey levels of noise added to them."""
NOISE = 3.0  # grey levels, standard deviation: fine noise stays where it is, so let there be little
DEFAULT_LAYER, DEPTH = "block4_conv6", 0.65
"""What is excited; the second is its depth in a network that has no such layer."""
CLASS_LAYER, CLASS_DEPTH = "block5_conv2", 0.75
"""Beside a class, in a picture from noise: it makes forms where the class makes grain."""

DRIFT, DRIFT_PERIODS = 2.0, (29.0, 41.0)
"""Pixels, and frames, of the curve along which one falls into a dream."""
FED, SHOWN = 6, 1.5
"""How much of the detail that enlarging takes is given back: times the factor so often to what is dreamt on, where more
would feed on itself and end in hatching; and at most so many times to what is shown."""


@dataclass(frozen=True, kw_only=True)
class DreamOptions(Options):
    """What a dream can be told."""

    layers: Annotated[
        Weighted | None,
        "layers to excite, NAME or NAME:0.7; by default block4_conv6, or as deep a one, or what a class needs",
        Hint(rank=1),
    ] = None
    channel: Annotated[int | None, "excite this one channel of each layer"] = None
    towards: Annotated[Any, "a class to dream of, by name, everyday word or number", Hint(metavar="CLASS", rank=2)] = (
        None
    )
    form: Annotated[
        str,
        "how a class comes: whole, as a thing; or in parts, each place of the picture for itself",
        Hint(choices=FORMS),
    ] = "whole"
    guide: Annotated[
        Any, "excite what the layers see in this picture", Hint(metavar="PICTURE", rank=3, picture=True)
    ] = None
    colour: Annotated[float, "how strongly the photo's colours are held", Hint(slider=(0, 1, 0.05))] = 0.2
    tv: Annotated[float, "how strongly neighbouring pixels are held together"] = 0.0
    scales: Annotated[int, "octaves that the picture goes through, coarse to fine; of a class from noise 3"] = 4
    iterations: Annotated[int, "steps in all; of a class from noise 300", Hint(rank=9)] = 160
    jitter: int = 16

    def __post_init__(self) -> None:
        super().__post_init__()
        # a class that was seen, or a found object, stands for its class
        object.__setattr__(self, "towards", getattr(self.towards, "class_index", self.towards))
        if getattr(self.towards, "size", None) == 0 or (isinstance(self.towards, list | tuple) and not self.towards):
            raise OptionError("{} names no class; give one or more, or leave it out", "towards")
        check_number("colour", self.colour)
        check_number("tv", self.tv)
        check_one_of("form", self.form, FORMS)
        if self.channel is not None:
            check_integer("channel", self.channel, 0)
        if self.guide is not None and self.channel is not None:
            raise OptionError("{} and {} exclude each other; leave one out", "guide", "channel")

    def weights(self, backbone: Backbone, *, from_noise: bool) -> dict[str, float]:
        """The layers to excite, by full name; none where a photo is dreamt towards a class, and by that alone."""
        wanted = self._default(backbone, from_noise) if self.layers is None else self.layers
        found = {} if wanted is None else layer_weights(wanted, backbone.layer_names)
        for name in found:
            if self.channel is not None and self.channel >= backbone.layer(name).channels:
                last = backbone.layer(name).channels - 1
                raise OptionError(
                    "{} must be 0 to {last} in {layer}, got {got}", "channel", last=last, layer=name, got=self.channel
                )
        return found

    @property
    def whole(self) -> bool:
        """Whether it is of a class alone, and as a whole thing."""
        beside = (self.layers, self.channel, self.guide)
        return self.towards is not None and self.form == "whole" and all(each is None for each in beside)

    @property
    def turned(self) -> bool:
        """Whether pictures that are not too large are seen turned, or in crops: tiles cannot be."""
        return self.whole and isinstance(self.tile_side, str) and self.engine == "local"

    def cropped(self, size: Size, *, from_noise: bool) -> bool:
        """Whether a picture of a size is seen in crops."""
        return from_noise and self.turned and max(size) <= WHOLE_SIDE

    def _default(self, backbone: Backbone, from_noise: bool) -> str | None:
        towards = self.towards is not None and self.guide is None
        if self.whole or (towards and not from_noise):
            return None
        name, depth = (CLASS_LAYER, CLASS_DEPTH) if towards else (DEFAULT_LAYER, DEPTH)
        return name if name in backbone.layer_names else at_depth(backbone, depth)


def zoom(
    image: ImageLike | None = None,
    *,
    frames: int,
    factor: float = 1.03,
    steps: int = 8,
    begun: Artwork | None = None,
    backbone: BackboneLike | None = None,
    **knobs: Any,
) -> Iterator[np.ndarray]:
    """Falls into a dream: the first frame is a dream, each later one the middle of the one before, dreamt on.

    The photo is fallen into as well: its colours are held where they have come to, and where the region is not, it
    stays.

    Args:
        frames: how many in all.
        factor: how much each frame enlarges the one before.
        steps: iterations a frame, at full size.
        begun: the dream to fall into, where it is made already: with the same image and knobs.
        image, backbone, knobs: as for `dream`.

    Yields:
        (H, W, 3) uint8, all of one size. After Ctrl-C one more frame comes before the KeyboardInterrupt.

    Raises:
        EyecandyError: as `dream`, at the first frame; no frames, or a factor that does not enlarge.
    """
    from eyecandy._tensorflow import tf
    from eyecandy.art.core.canvas import resized
    from eyecandy.art.core.render import to_uint8
    from eyecandy.art.core.sources import Source
    from eyecandy.art.core.spectrum import restored, rings
    from eyecandy.art.output.painting import region_of
    from eyecandy.art.output.region import blend, middle_of
    from eyecandy.backbone.load import given_or_default
    from eyecandy.images.alpha import opaque

    check_integer("frames", frames, 1)
    check_integer("steps", steps, 1)
    if check_number("factor", factor, most=2) <= 1:
        raise EyecandyError(f"factor must be above 1 to fall into the picture, got {factor}")
    net = given_or_default(backbone)
    options = _options(knobs, from_noise=image is None)
    begun = dream(image, backbone=net, **knobs) if begun is None else begun
    picture, interrupted = opaque(begun.image), begun.interrupted
    photo = None if image is None else Source.of(image, "photo")
    guide = None if options.guide is None else Source.of(options.guide, "guide")
    size = picture.shape[1], picture.shape[0]
    shown = None if photo is None else tf.Variable(photo.at(size)[None])
    mask = region_of(options, photo, net)
    one_size = _renderer(net, _objective(net, options, photo, guide, shown), options, size, from_noise=photo is None)
    scale = Scale(size, steps)
    frame, detail = picture, rings(picture)
    for number in range(1, frames + 1):
        yield frame
        if interrupted:
            raise KeyboardInterrupt
        if number < frames:
            nearer = _middle(picture, factor, _drift(number - 1), _drift(number))
            start = restored(nearer, detail, most=min(factor**FED, SHOWN), finest=0.9)
            if photo is not None and shown is not None:
                shown.assign(photo.middle(size, factor**number)[None])
            painted = one_size.render([scale], partial(resized, start), draw=options.iterations + number * steps)
            picture, interrupted = painted.picture, painted.interrupted
            frame = to_uint8(restored(picture, detail, most=SHOWN))
            if mask is not None and shown is not None:
                frame = blend(to_uint8(shown.numpy()[0]), frame, middle_of(mask, size, factor**number))


@recipe(
    DreamOptions,
    examples=(
        ("eyecandy dream photo.jpg --layer block4_conv3", "more of what this layer sees"),
        ("eyecandy dream photo.jpg --towards peacock --region sky.png", "of a class, where a mask is white"),
        ("eyecandy dream --layer block4_conv3 --channel 12 --film growth.mp4", "one channel, from noise, as a film"),
    ),
    frames=zoom,
    clips=True,
)
def dream(
    image: ImageLike | None = None,
    *,
    backbone: BackboneLike | None = None,
    viewing: Viewing | None = None,
    **knobs: Any,
) -> Artwork:
    """Let a network see more and more of what it sees in a photo.

    Low layers give textures, high ones parts of things; `eyecandy layers` lists them. Without a photo it is the
    layer itself, a channel or a class that shows.

    Args:
        image: the photo to begin with; without one, seeded noise, and the picture is square.
        backbone: the network that dreams; the bundled one by default.
        viewing: who watches the picture grow, and which interrupted one is taken up.
        knobs: the fields of `DreamOptions`.

    Raises:
        EyecandyError: an option that there is none of or out of range, an unknown layer, channel or class, a picture
            that cannot be read, a region that holds nothing, or a size beyond memory.

    >>> dream("photo.jpg", layers=["block4_conv3:0.7", "block3_conv2"]).save("dream.png")  # doctest: +SKIP
    """
    from eyecandy.art.core.sources import Source
    from eyecandy.art.output.painting import paint
    from eyecandy.backbone.load import given_or_default

    options = _options(knobs, from_noise=image is None)
    net = given_or_default(backbone)
    photo = None if image is None else Source.of(image, "photo")
    size = options.final_size((options.size, options.size) if photo is None else photo.photo.size)
    guide = None if options.guide is None else Source.of(options.guide, "guide")
    return paint(
        "dream",
        options,
        net,
        _objective(net, options, photo, guide),
        options.schedule(size, OCTAVES, least=net.minimum),
        partial(_noise, options=options) if photo is None else photo.at,
        [source for source in (photo, guide) if source is not None],
        photo=photo,
        detail=None if photo is None else photo.at,
        deepens=True,
        viewing=viewing,
        loop=lambda backbone, goals, _: _renderer(backbone, goals, options, size, from_noise=photo is None),
    )


def _options(knobs: Mapping[str, Any], *, from_noise: bool) -> DreamOptions:
    options = DreamOptions.of(knobs)
    return DreamOptions.of({**CLASS_KNOBS, **knobs}) if from_noise and options.whole else options


def _noise(size: Size, options: DreamOptions) -> np.ndarray:
    """What a picture without a photo begins as, (height, width, 3) float32 in 0..255."""
    from eyecandy.art.core.canvas import noise
    from eyecandy.art.core.maco import natural_noise

    if options.whole:
        return natural_noise(size, options.seed)
    return noise(size, options.seed, contrast=NOISE)


def _renderer(
    net: Backbone,
    goals: Callable[[Size], Objective],
    options: DreamOptions,
    final: Size,
    *,
    from_noise: bool,
) -> Renderer:
    """The render loop: as of all recipes, but for a whole class.

    That is looked for under turns, or from noise in crops, since what survives these is a form; from noise its coarse
    scales are phases alone, whose pictures have the spectrum of photos.
    """
    from eyecandy.art.core import canvas as canvases
    from eyecandy.art.core.augment import Crops, Turn, UpTo
    from eyecandy.art.core.maco import MacoCanvas
    from eyecandy.art.core.render import Renderer
    from eyecandy.art.core.transforms import compose
    from eyecandy.art.output.painting import estimate, renderer, transforms

    if not options.turned:
        return renderer(net, goals, options)
    still = transforms(options)
    seen: Transform = compose([*still, Turn(*TURN)])
    if from_noise:
        seen = Crops(1, *CROPS, side=CROP_SIDE, share=CROP_SHARE, grain=CROP_GRAIN)

    def canvas(size: Size) -> Canvas:
        coarse = size != final and options.cropped(size, from_noise=from_noise)
        return MacoCanvas(size) if coarse else canvases.make(options.canvas, size)

    return Renderer(
        net,
        goals,
        canvas=canvas,
        optimizer=options.optimizer,
        rate=options.rate,
        transforms=[UpTo(WHOLE_SIDE, seen, compose(still))],
        seed=options.seed,
        evaluators=estimate(net, options),
    )


def _objective(
    net: Backbone,
    options: DreamOptions,
    photo: Source | None,
    guide: Source | None,
    shown: tf.Variable | None = None,
) -> Callable[[Size], Objective]:
    """`shown` is what of the photo is to be seen, (1, H, W, 3), where that changes."""
    from eyecandy.art.core import colours, objectives
    from eyecandy.art.large import stream
    from eyecandy.images import fit

    weights = options.weights(net, from_noise=photo is None)
    classes = None if options.towards is None else net.find_class(options.towards)

    def objective(size: Size) -> Objective:
        terms = []
        if guide is not None:
            own = fit(guide.photo.size, max(size), enlarge=True)
            rows = stream.rows(net, weights, guide.at(own))
            terms.append(objectives.guide(rows, weights, border=options.margin, pixels=size[0] * size[1]))
        elif weights:
            terms.append(objectives.energy(weights, channel=options.channel, border=options.margin))
        if classes is not None:
            weight = CLASS_SHARE if terms else CLASS_WEIGHT if options.whole else 1.0
            border = 0 if options.cropped(size, from_noise=photo is None) else options.margin
            terms.append(weight * objectives.climb(classes, border=border))
        if options.colour > 0 and photo is None and options.whole:
            terms.append(options.colour * colours.natural())
        if options.colour > 0 and photo is not None:
            still = photo.tensor(size) if shown is None else shown
            terms.append(options.colour * colours.held(still))
        smoothness = options.tv + CLASS_SMOOTHNESS * options.whole
        if smoothness > 0:
            terms.append(smoothness * objectives.smoothness())
        return sum(terms[1:], terms[0])

    return objective


def _drift(number: int) -> tuple[float, float]:
    """Pixels, across and down, by which a frame lies beside the middle: a slow curve that never comes back to itself.

    Where the middle stays, the rows and columns through it are never resampled, and a cross grows there.
    """
    across, down = (DRIFT * math.sin(2 * math.pi * number / period) for period in DRIFT_PERIODS)
    return across, down


def _middle(
    picture: np.ndarray, factor: float, before: tuple[float, float] = (0, 0), after: tuple[float, float] = (0, 0)
) -> np.ndarray:
    """The middle of a picture (H, W, 3), enlarged to its size, float32.

    Args:
        before, after: pixels by which it, and what is made of it, lie beside the middle.
    """
    import numpy as np
    from PIL import Image

    height, width = picture.shape[:2]
    left, top = (
        min(max(side * (1 - 1 / factor) / 2 + new / factor - old, 0), side * (1 - 1 / factor))
        for side, new, old in zip((width, height), after, before, strict=True)
    )
    box = left, top, left + width / factor, top + height / factor
    planes = [
        Image.fromarray(np.ascontiguousarray(plane, np.float32)).resize((width, height), Image.Resampling.LANCZOS, box)
        for plane in np.moveaxis(picture, -1, 0)
    ]
    return np.stack([np.asarray(plane) for plane in planes], -1)

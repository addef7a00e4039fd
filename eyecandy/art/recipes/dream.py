"""Dreams: a photo, or noise, in which a network sees more and more of what it sees.

Source: A. Mordvintsev, C. Olah, M. Tyka, "Inceptionism: Going Deeper into Neural Networks" (2015). Departures: the
canvas is a spectrum and the optimizer Adam, which gives forms instead of fine grain, and the photo's colours are
held, so that excitement does not end in black and white.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from eyecandy.arguments import Hint, check_integer, check_number
from eyecandy.art.core.depth import at_depth
from eyecandy.art.core.options import Options
from eyecandy.art.core.scales import Scale, ScaleSchedule, Size
from eyecandy.art.core.weighted import Weighted, layer_weights
from eyecandy.art.recipes import recipe
from eyecandy.errors import EyecandyError, OptionError

if TYPE_CHECKING:
    import numpy as np

    from eyecandy._tensorflow import tf
    from eyecandy.art.core.objectives import Objective
    from eyecandy.art.core.sources import Source
    from eyecandy.art.output.painting import Viewing
    from eyecandy.art.output.record import Artwork
    from eyecandy.backbone.load import BackboneLike
    from eyecandy.backbone.model import Backbone
    from eyecandy.images import ImageLike

OCTAVES = ScaleSchedule(ratio=1.4, smallest=96, fine_share=0.75)
CLASS_SHARE = 0.03  # of a class beside layers: logits climb by tens, energies are logarithms
NOISE = 3.0  # grey levels, standard deviation: fine noise stays where it is, so let there be little
DEFAULT_LAYER, DEPTH = "block4_conv6", 0.65
"""What is excited; the second is its depth in a network that has no such layer."""
CLASS_LAYER, CLASS_DEPTH = "block5_conv2", 0.75
"""Beside a class, in a picture from noise: it makes forms where the class makes grain."""


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
    guide: Annotated[
        Any, "excite what the layers see in this picture", Hint(metavar="PICTURE", rank=3, picture=True)
    ] = None
    colour: Annotated[float, "how strongly the photo's colours are held", Hint(slider=(0, 1, 0.05))] = 0.2
    tv: Annotated[float, "how strongly neighbouring pixels are held together"] = 0.0
    scales: Annotated[int, "octaves that the picture goes through, coarse to fine"] = 4
    iterations: int = 160
    jitter: int = 16

    def __post_init__(self) -> None:
        super().__post_init__()
        # a class that was seen, or a found object, stands for its class
        object.__setattr__(self, "towards", getattr(self.towards, "class_index", self.towards))
        if getattr(self.towards, "size", None) == 0 or (isinstance(self.towards, list | tuple) and not self.towards):
            raise OptionError("{} names no class; give one or more, or leave it out", "towards")
        check_number("colour", self.colour)
        check_number("tv", self.tv)
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

    def _default(self, backbone: Backbone, from_noise: bool) -> str | None:
        towards = self.towards is not None and self.guide is None
        if towards and not from_noise:
            return None
        name, depth = (CLASS_LAYER, CLASS_DEPTH) if towards else (DEFAULT_LAYER, DEPTH)
        return name if name in backbone.layer_names else at_depth(backbone, depth)


def zoom(
    image: ImageLike | None = None,
    *,
    frames: int,
    factor: float = 1.03,
    steps: int = 6,
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
    from eyecandy.art.output.painting import region_of, renderer
    from eyecandy.art.output.region import blend, middle_of
    from eyecandy.backbone.load import given_or_default
    from eyecandy.images.alpha import opaque

    check_integer("frames", frames, 1)
    check_integer("steps", steps, 1)
    if check_number("factor", factor, most=2) <= 1:
        raise EyecandyError(f"factor must be above 1 to fall into the picture, got {factor}")
    net = given_or_default(backbone)
    options = DreamOptions.of(knobs)
    begun = dream(image, backbone=net, **knobs) if begun is None else begun
    picture, interrupted = opaque(begun.image), begun.interrupted
    photo = None if image is None else Source.of(image, "photo")
    guide = None if options.guide is None else Source.of(options.guide, "guide")
    size = picture.shape[1], picture.shape[0]
    shown = None if photo is None else tf.Variable(photo.at(size)[None])
    mask = region_of(options, photo, net)
    one_size = renderer(net, _objective(net, options, photo, guide, shown), options)
    scale = Scale(size, steps)
    for number in range(1, frames + 1):
        yield picture
        if interrupted:
            raise KeyboardInterrupt
        if number < frames:
            start = partial(resized, _middle(picture, factor))
            if photo is not None and shown is not None:
                shown.assign(photo.middle(size, factor**number)[None])
            painted = one_size.render([scale], start, draw=options.iterations + number * steps)
            picture, interrupted = to_uint8(painted.picture), painted.interrupted
            if mask is not None and shown is not None:
                picture = blend(to_uint8(shown.numpy()[0]), picture, middle_of(mask, size, factor**number))


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
    from eyecandy.art.core.canvas import noise
    from eyecandy.art.core.sources import Source
    from eyecandy.art.output.painting import paint
    from eyecandy.backbone.load import given_or_default

    options = DreamOptions.of(knobs)
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
        partial(noise, seed=options.seed, contrast=NOISE) if photo is None else photo.at,
        [source for source in (photo, guide) if source is not None],
        photo=photo,
        detail=None if photo is None else photo.at,
        deepens=True,
        viewing=viewing,
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
            terms.append((CLASS_SHARE if terms else 1.0) * objectives.climb(classes, border=options.margin))
        if options.colour > 0 and photo is not None:
            still = photo.tensor(size) if shown is None else shown
            terms.append(options.colour * colours.held(still))
        if options.tv > 0:
            terms.append(options.tv * objectives.smoothness())
        return sum(terms[1:], terms[0])

    return objective


def _middle(picture: np.ndarray, factor: float) -> np.ndarray:
    """The middle of a picture, enlarged to its size, (H, W, 3) float32."""
    import numpy as np

    from eyecandy._tensorflow import tf

    height, width = picture.shape[:2]
    y, x = height * (1 - 1 / factor) / 2, width * (1 - 1 / factor) / 2
    box = tf.constant([[y / (height - 1), x / (width - 1), 1 - y / (height - 1), 1 - x / (width - 1)]], tf.float32)
    return tf.image.crop_and_resize(picture[None].astype(np.float32), box, [0], (height, width))[0].numpy()

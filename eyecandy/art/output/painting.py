"""What all recipes do once they have an objective: render, finish, and sign the picture with its record."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from eyecandy._version import __version__
from eyecandy.arguments import check_integer
from eyecandy.arguments import told as described
from eyecandy.art.core.assignment import assigned
from eyecandy.art.core.canvas import resized
from eyecandy.art.core.objectives import Objective
from eyecandy.art.core.options import Options
from eyecandy.art.core.render import Listener, Renderer, Rendering, Step, to_uint8
from eyecandy.art.core.scales import Scale, Size
from eyecandy.art.core.sources import Source
from eyecandy.art.core.transforms import Transform, jitter, pad
from eyecandy.art.large.plan import Plan, Planner
from eyecandy.art.output.motion import Motion
from eyecandy.art.output.record import Artwork, artwork
from eyecandy.art.output.region import blend, region, source
from eyecandy.backbone.identity import differences
from eyecandy.backbone.model import Backbone
from eyecandy.errors import EyecandyError, OptionError
from eyecandy.images.alpha import transparent

if TYPE_CHECKING:
    from eyecandy.art.output.predictions import Prediction

Finish = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Viewing:
    """Who watches a picture grow, and where an interrupted one is taken up.

    Attributes:
        before: called with the plan, before the first step.
        listeners: called with a `Step`, see `Renderer.render`.
        every: a `Step` comes at least at each multiple of this many iterations.
        seen: called with each `Prediction`, where a recipe says what its picture is seen as meanwhile.
        note: called with what should be known of the picture before it is made, a line.
        resume: an interrupted picture of the same recipe and options; its iterations are not done again. The
            optimizer begins afresh there, so the pixels are not those of an uninterrupted run.
        motion: what was painted of the frame before, where the photo is a frame of a film.
    """

    before: Callable[[Plan], None] | None = None
    listeners: Sequence[Listener] = ()
    every: int | None = None
    seen: "Callable[[Prediction], None] | None" = None
    note: Callable[[str], None] | None = None
    resume: Artwork | None = None
    motion: Motion | None = None

    def __post_init__(self) -> None:
        if self.every is not None:
            check_integer("every", self.every, 1)
        if not isinstance(self.listeners, Sequence) or not all(map(callable, self.listeners)):
            raise EyecandyError(f"listeners are a list of functions of a Step, got {described(self.listeners)}")
        if self.resume is not None and not isinstance(self.resume, Artwork):
            raise EyecandyError(f"resume takes an interrupted Artwork, as art.load, got {described(self.resume)}")

    @classmethod
    def of(cls, given: "Viewing | None") -> "Viewing":
        """What a recipe was given; nobody watches where it is None.

        Raises:
            EyecandyError: it is something else.
        """
        if given is not None and not isinstance(given, Viewing):
            raise EyecandyError(f"viewing takes an art.Viewing, got {described(given)}")
        return Viewing() if given is None else given


class RendererCache:
    """The render loop of the picture before, for a next one that needs nothing new to be compiled.

    Args:
        apart: names of options in which such pictures may differ: how many steps they take, and what only weighs terms.
    """

    def __init__(self, apart: Sequence[str]) -> None:
        self.apart = apart
        self._kept: tuple[object, Renderer] | None = None

    def renderer(
        self, backbone: Backbone, objective: Callable[[Size], Objective], options: Options, sources: Sequence[Source]
    ) -> Renderer:
        """The loop of the picture before, turned to this one's objective; a new one if that was made otherwise."""
        told = {name: value for name, value in options.record().items() if name not in self.apart}
        key = type(options), told, backbone, [source.record() for source in sources]
        if self._kept is not None and self._kept[0] == key:
            self._kept[1].turn(objective)
        else:
            self._kept = None  # before the next is made: both would take memory
            self._kept = key, renderer(backbone, objective, options)
        return self._kept[1]


def renderer(backbone: Backbone, objective: Callable[[Size], Objective], options: Options) -> Renderer:
    """The render loop as the options want it."""
    return Renderer(
        backbone,
        objective,
        canvas=options.canvas,
        optimizer=options.optimizer,
        rate=options.rate,
        transforms=transforms(options),
        seed=options.seed,
        evaluators=estimate(backbone, options),
    )


def estimate(backbone: Backbone, options: Options) -> Planner:
    """What pictures take with these options."""
    return Planner(backbone, options.margin, options.tile_side, options.memory_bytes, options.engine, options.address)


def transforms(options: Options) -> list[Transform]:
    """Reflection beyond the edge, then jitter."""
    wanted = ((pad, options.margin), (jitter, options.jitter))
    return [transform(pixels) for transform, pixels in wanted if pixels]


def paint(
    recipe: str,
    options: Options,
    backbone: Backbone,
    objective: Callable[[Size], Objective],
    scales: Sequence[Scale],
    start: Callable[[Size], np.ndarray],
    sources: Sequence[Source],
    *,
    photo: Source | None = None,
    mask: Callable[[], np.ndarray | None] | None = None,
    detail: Callable[[Size], np.ndarray] | None = None,
    planned: Callable[[Objective], Objective] | None = None,
    still: bool = False,
    deepens: bool = False,
    finish: Finish | None = None,
    viewing: Viewing | None = None,
    cache: RendererCache | None = None,
    loop: Callable[[Backbone, Callable[[Size], Objective], Options], Renderer] = renderer,
) -> Artwork:
    """Makes a recipe's picture.

    Args:
        recipe: its name.
        objective: for each size.
        scales: coarse to fine.
        start: the picture to begin with, at any size.
        sources: every picture that goes in, for the record; but for the region's, where `mask` is left out.
        photo: what stays where the region is not.
        mask: gives the region, (H, W) in [0, 1], or None for all of the photo; by default that of the options.
        detail: the picture whose own detail comes in fresh at each scale, at any size, see `canvas.enlarged`.
        planned: what is asked at the last scale, from the objective of the first, as far as memory and time go; by
            default the same.
        still: the photo is the picture already: no step is taken. Steps of an optimizer have a length of their own,
            and would shake what is right as it is.
        deepens: each step makes more of what is there, without end; see `Motion.start`.
        finish: done to the uint8 picture at the end, and to intermediate ones.
        viewing: who watches.
        cache: what the picture before was made on.
        loop: makes the render loop; by default as the options want it.

    Raises:
        EyecandyError: more memory is needed than there is, a region that holds nothing, or a picture to resume that
            was made otherwise.
    """
    viewing = Viewing.of(viewing)
    estimate(backbone, options).check(scales)
    motion = viewing.motion
    if motion is not None:
        start = motion.start(start, deepens=deepens, iterations=options.iterations)
        scales, objective = motion.scales(scales), motion.holding(objective)
    painted = region_of(options, photo, backbone) if mask is None else mask()
    if mask is None:
        sources = [*sources, *region_sources(options)]

    def finished(picture: np.ndarray) -> np.ndarray:
        if finish is not None:
            picture = finish(picture)
        if photo is not None and painted is not None:
            picture = blend(to_uint8(photo.at((picture.shape[1], picture.shape[0]))), picture, painted)
        return picture

    alpha = None if photo is None else photo.alpha_at(scales[-1].size)

    def told(listener: Listener, step: Step) -> None:
        listener(replace(step, image=lambda: finished(step.image()), alpha=alpha))

    def made_of(rendering: Rendering, picture: np.ndarray) -> Artwork:
        image = picture if alpha is None else transparent(picture, alpha)
        return artwork(recipe, options, sources, backbone, scales, rendering, image)

    first = 0
    if viewing.resume is not None:
        first = _done(viewing.resume, recipe, options, sources, backbone)
        start = partial(resized, viewing.resume.image)
    if still and photo is not None:
        scales = [Scale(scales[-1].size, 0)]
        if viewing.before is not None:
            viewing.before(estimate(backbone, options).plan(objective(scales[-1].size), scales))
        same = photo.pixels_at(scales[-1].size)
        if motion is not None:
            motion.painted(same)
        return made_of(Rendering(same.astype(np.float32), {"loss": np.zeros(0, np.float32)}, 0), same)
    if motion is not None:
        rendering_loop = motion.renderer(lambda: loop(backbone, objective, options))
    elif cache is None:
        rendering_loop = loop(backbone, objective, options)
    else:
        rendering_loop = cache.renderer(backbone, objective, options, sources)
    asked = rendering_loop.evaluator(scales[0].size).objective
    plan = estimate(backbone, options).plan(asked if planned is None else planned(asked), scales)
    if viewing.before is not None:
        viewing.before(plan)
    rendering = rendering_loop.render(
        scales,
        start,
        photo=detail,
        first=first,
        pace=1.0 if motion is None else motion.pace,
        listeners=[partial(told, listener) for listener in viewing.listeners],
        every=viewing.every,
    )
    picture = to_uint8(rendering.picture)
    if motion is not None:
        motion.painted(picture)
    made = made_of(rendering, finished(picture))
    if viewing.resume is None:
        return made
    return replace(made, record={**made.record, "resumed": [*viewing.resume.record.get("resumed", []), first]})


def region_of(options: Options, photo: Source | None, backbone: Backbone) -> np.ndarray | None:
    """The mask (H, W) of the region of some options, at the photo's size; None where all of it is painted.

    Raises:
        EyecandyError: there is no photo to have a region, or as `region`.
    """
    if options.region is None:
        return None
    if photo is None:
        raise EyecandyError("a region is a part of a photo; give a photo, or leave the region out")
    if assigned(options.region) is not None:
        raise OptionError("only a style has regions with paintings of their own; give {} without '='", "region")
    return region(photo.photo, options.region, backbone)


def region_sources(options: Options) -> list[Source]:
    """The mask that the region of some options is, as a picture that goes in; none where it is a word or a box."""
    found = None if options.region is None else source(options.region)
    return [] if found is None else [found]


def _done(resumed: Artwork, recipe: str, options: Options, sources: Sequence[Source], backbone: Backbone) -> int:
    """How many iterations of an interrupted picture are done."""
    record = resumed.record
    version = record.get("versions", {}).get("eyecandy")
    if version != __version__:
        raise EyecandyError(
            f"the picture to resume was made by eyecandy {version}, and this is {__version__}; make it from the start"
        )
    if record.get("recipe") != recipe or record.get("options") != options.record():
        raise EyecandyError(
            f"the picture to resume was made by {record.get('recipe')!r} with other options; "
            "give those that it was made with"
        )
    pictures = [{**source.record(), "path": None} for source in sources]
    if [{**source, "path": None} for source in record.get("sources", [])] != pictures:
        raise EyecandyError("the picture to resume was made of other pictures; give those that it was made of")
    if record.get("backbone") != backbone.identity:
        differ = "; ".join(differences(record.get("backbone") or {}, backbone.identity)) or "a network it does not tell"
        raise EyecandyError(
            f"the picture to resume was made with another network, weights or precision than {backbone.name} in "
            f"{backbone.precision}: {differ}; give those that it was made with"
        )
    done, whole = record.get("iterations"), sum(scale["iterations"] for scale in record.get("scales", []))
    if not isinstance(done, int) or not done < whole:
        raise EyecandyError("the picture to resume is finished; there is nothing left to do")
    return done

"""The work of a job that paints, and what the page is told while it goes on."""

import io
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from PIL import Image

from eyecandy.arguments import described
from eyecandy.art import recipes
from eyecandy.backbone.architectures import DEFAULT
from eyecandy.errors import EyecandyError
from eyecandy.web.commands import paint_command
from eyecandy.web.forms import options_of, paint_knobs, painting, paintings_of
from eyecandy.web.jobs import Job
from eyecandy.web.networks import Networks, check
from eyecandy.web.pictures import Picture
from eyecandy.workflows.listener import Listener
from eyecandy.workflows.network import PaintingNetwork
from eyecandy.workflows.order import Order

if TYPE_CHECKING:
    from eyecandy.art.core.render import Step
    from eyecandy.art.output.predictions import Prediction
    from eyecandy.art.output.record import Artwork
    from eyecandy.web.visits import Visit

PREVIEW_EVERY = 0.7  # seconds
PREVIEW = 640  # pixels of the longest side


@dataclass(frozen=True)
class Wanted:
    """What a page wants to have painted.

    Attributes:
        order: the same as the command line would be given it, where the pictures lie in the folder that it runs in.
        photo: what it is made of; None for noise.
        paintings: with their weights.
        pictures: those among the options, such as a guide, by the option's name.
    """

    order: Order
    photo: Picture | None
    paintings: tuple[tuple[Picture, float], ...]
    pictures: Mapping[str, Picture]

    @property
    def signed(self) -> dict[str, Any]:
        """What the command line would sign it with."""
        return self.order.signed([] if self.photo is None else [self.photo.name])

    @property
    def command(self) -> str:
        return paint_command(self.signed)

    @property
    def recipe(self) -> str:
        return self.order.recipe.name

    @property
    def name(self) -> str:
        """What the command line calls the picture."""
        if self.photo is None:
            return f"{self.recipe}.png"
        return f"{self.photo.name.rpartition('.')[0] or self.photo.name}-{self.recipe}.png"


def wanted_of(visit: "Visit", asked: Mapping[str, Any]) -> Wanted:
    """What a page asks for, checked.

    Args:
        asked: "recipe", "picture" (an id or none), "paintings" (pairs "picture" and "weight"), "options" by name,
            "network".

    Raises:
        EyecandyError: something is missing, unknown or out of range.
    """
    name = str(asked.get("recipe"))
    options = options_of(asked)
    offered = painting().get(name)
    pictured = [] if offered is None else [each.name for each in described(offered.options) if each.hint.picture]
    pictures = {each: visit.picture(str(options[each])) for each in pictured if options.get(each) is not None}
    knobs = paint_knobs(name, {**options, **{each: picture.name for each, picture in pictures.items()}})
    recipe = recipes.get(name)
    photo = None if not asked.get("picture") else visit.picture(str(asked["picture"]))
    if photo is None and recipe.takes_photo == "needed":
        raise EyecandyError("choose a photo first; only a dream can begin without one")
    paintings = tuple((visit.picture(id), weight) for id, weight in paintings_of(asked))
    if recipe.takes_paintings == "needed" and not any(weight > 0 for _, weight in paintings):
        raise EyecandyError("choose a painting, with a weight above 0")
    if recipe.takes_paintings == "never":
        paintings = ()
    names = [picture.name for picture in (*(() if photo is None else (photo,)), *(p for p, _ in paintings))]
    network = str(asked.get("network") or DEFAULT)
    check(network)
    if len(set(names)) < len(names):
        raise EyecandyError(f"two of the pictures are called alike ({', '.join(names)}); rename one of them")
    named = [one.name if weight == 1 else f"{one.name}:{weight:g}" for one, weight in paintings]
    order = Order(recipe, knobs, named, network=PaintingNetwork(backbone=network))
    return Wanted(order, photo, paintings, pictures)


def painted(wanted: Wanted, networks: Networks, job: Job) -> "Artwork":
    """Paints; a cancelled picture is given as it is by then, unless no step was done."""
    if not networks.started:
        job.tell(doing="starting the network")
    backbone = networks.get(wanted.order.network.backbone)
    job.tell(doing="getting ready")
    listener = _Told(job)
    paths = {name: str(picture.path) for name, picture in wanted.pictures.items()}
    made = replace(wanted.order, knobs={**wanted.order.knobs, **paths}).make(
        None if wanted.photo is None else wanted.photo.path,
        backbone,
        listener.viewing(),
        paintings=[(picture.path, weight) for picture, weight in wanted.paintings],
    )
    if made.interrupted:  # between two previews
        job.tell(iteration=made.record["iterations"])
    elif made.stopped is not None:
        job.tell(remark=f"{made.stopped}; this is the last good picture")
    return replace(made, record={**_without_paths(made.record, wanted), **wanted.signed})


def _without_paths(record: Mapping[str, Any], wanted: Wanted) -> dict[str, Any]:
    """The record as the command line writes it where the pictures lie in the folder that it runs in."""
    pictures = [*([] if wanted.photo is None else [wanted.photo]), *(picture for picture, _ in wanted.paintings)]
    names = {str(picture.path): picture.name for picture in pictures}
    options = dict(record["options"])
    for name, picture in wanted.pictures.items():
        names[str(picture.path)] = options[name] = picture.path.name
    sources = [{**source, "path": names.get(source["path"], source["path"])} for source in record["sources"]]
    return {**record, "options": options, "sources": sources}


class _Told(Listener):
    """Tells a job how far its picture is, and ends it when nobody wants it any more."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.shown = 0.0
        self.pictures = 0
        self.seeing: list[dict[str, Any]] = []

    def plan(self, plan: Any) -> None:
        self.job.tell(doing="preparing the first step", seconds_left=plan.seconds)

    def step(self, step: "Step") -> None:
        self.job.check()
        now = time.monotonic()
        if now - self.shown >= PREVIEW_EVERY or step.iteration == step.iterations:
            self.shown = now
            self.pictures += 1
            buffer = io.BytesIO()
            image = Image.fromarray(step.image())
            image.thumbnail((PREVIEW, PREVIEW))
            image.save(buffer, "JPEG", quality=88)
            self.job.preview = buffer.getvalue()
        self.job.tell(
            doing="painting",
            iteration=step.iteration,
            iterations=step.iterations,
            scale=step.scale,
            scales=step.scales,
            size=list(step.size),
            loss=step.loss,
            losses=dict(step.losses),
            seconds_left=step.seconds_left,
            preview=self.pictures,
        )

    def seen(self, prediction: "Prediction") -> None:
        self.seeing = [*self.seeing, prediction.record()]
        self.job.tell(photo_seen_as=self.seeing[0]["sought"], seen_as=self.seeing[-1])

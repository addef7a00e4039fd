"""The work of a job that paints, and what the page is told while it goes on."""

import io
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from eyecandy.backbone.architectures import DEFAULT
from eyecandy.errors import EyecandyError
from eyecandy.web.commands import paint_command, signature
from eyecandy.web.forms import options_of, paint_knobs, paintings_of
from eyecandy.web.jobs import Job
from eyecandy.web.networks import Networks, check
from eyecandy.web.pictures import Picture

if TYPE_CHECKING:
    from eyecandy.art.core.render import Step
    from eyecandy.art.output.record import Artwork
    from eyecandy.art.recipes.sightings import Sighting
    from eyecandy.web.visits import Visit

PREVIEW_EVERY = 0.7  # seconds
PREVIEW = 640  # pixels of the longest side


@dataclass(frozen=True)
class Order:
    """What is to be painted.

    Attributes:
        recipe: its name.
        photo: what it is made of; a dream can do without.
        paintings: with their weights.
        knobs: as the command line hands them on; a guide is the path of its picture.
        signed: what the command line would sign it with.
    """

    recipe: str
    photo: Picture | None
    paintings: tuple[tuple[Picture, float], ...]
    knobs: Mapping[str, Any]
    signed: Mapping[str, Any]
    network: str

    @property
    def command(self) -> str:
        return paint_command(self.signed)

    @property
    def name(self) -> str:
        """What the command line calls the picture."""
        if self.photo is None:
            return f"{self.recipe}.png"
        return f"{self.photo.name.rpartition('.')[0] or self.photo.name}-{self.recipe}.png"


def order(visit: "Visit", asked: Mapping[str, Any]) -> Order:
    """What a page asks for, checked.

    Args:
        asked: "recipe", "picture" (an id or none), "paintings" (pairs "picture" and "weight"), "options" by name,
            "network".

    Raises:
        EyecandyError: something is missing, unknown or out of range.
    """
    recipe = str(asked.get("recipe"))
    options = options_of(asked)
    guide = None if options.get("guide") is None else visit.picture(str(options["guide"]))
    if guide is not None:
        options["guide"] = guide.name
    spelled = paint_knobs(recipe, options)
    photo = None if not asked.get("picture") else visit.picture(str(asked["picture"]))
    if photo is None and recipe != "dream":
        raise EyecandyError("choose a photo first; only a dream can begin without one")
    paintings = tuple((visit.picture(id), weight) for id, weight in paintings_of(asked))
    if recipe == "style" and not any(weight > 0 for _, weight in paintings):
        raise EyecandyError("choose a painting, with a weight above 0")
    if recipe not in ("style", "mirage"):
        paintings = ()
    names = [picture.name for picture in (*(() if photo is None else (photo,)), *(p for p, _ in paintings))]
    network = str(asked.get("network") or DEFAULT)
    check(network)
    signed = signature(
        recipe,
        None if photo is None else photo.name,
        [(picture.name, weight) for picture, weight in paintings],
        spelled,
        network,
    )
    if len(set(names)) < len(names):
        raise EyecandyError(f"two of the pictures are called alike ({', '.join(names)}); rename one of them")
    knobs = spelled if guide is None else {**spelled, "guide": str(guide.path)}
    return Order(recipe, photo, paintings, knobs, signed, network)


def painting(wanted: Order, networks: Networks, job: Job) -> "Artwork":
    """Paints; a cancelled picture is given as it is by then, unless no step was done."""
    if not networks.started:
        job.tell(doing="starting the network")
    backbone = networks.get(wanted.network)
    import eyecandy
    from eyecandy.art.recipes.studio import Viewing

    job.tell(doing="getting ready")
    watch = _Watch(job)
    arguments: dict[str, Any] = {
        "backbone": backbone,
        "viewing": Viewing(before=watch.planned, listeners=[watch.step]),
        **wanted.knobs,
    }
    photo = None if wanted.photo is None else wanted.photo.path
    paintings = [(picture.path, weight) for picture, weight in wanted.paintings]
    if wanted.recipe == "dream":
        made = eyecandy.dream(photo, **arguments)
    elif photo is None:
        raise EyecandyError("choose a photo first")
    elif wanted.recipe == "style":
        made = eyecandy.style(photo, paintings, **arguments)
    elif wanted.recipe == "mirage":
        made = eyecandy.mirage(photo, paintings=paintings or None, tell=watch.seen, **arguments)
    else:
        made = eyecandy.reconstruct(photo, **arguments)
    if made.interrupted:  # between two previews
        job.tell(iteration=made.record["iterations"])
    elif made.stopped is not None:
        job.tell(remark=f"{made.stopped}; this is the last good picture")
    return replace(made, record={**_without_paths(made.record, wanted), **wanted.signed})


def _without_paths(record: Mapping[str, Any], wanted: Order) -> dict[str, Any]:
    """The record as the command line writes it where the pictures lie in the folder that it runs in."""
    pictures = [*([] if wanted.photo is None else [wanted.photo]), *(picture for picture, _ in wanted.paintings)]
    names = {str(picture.path): picture.name for picture in pictures}
    options = dict(record["options"])
    if wanted.knobs.get("guide") is not None:
        guide = str(wanted.knobs["guide"])
        names[guide] = options["guide"] = Path(guide).name
    sources = [{**source, "path": names.get(source["path"], source["path"])} for source in record["sources"]]
    return {**record, "options": options, "sources": sources}


class _Watch:
    """Tells a job how far its picture is, and ends it when nobody wants it any more."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.shown = 0.0
        self.pictures = 0
        self.seeing: list[dict[str, Any]] = []

    def planned(self, plan: Any) -> None:
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

    def seen(self, sighting: "Sighting") -> None:
        self.seeing = [*self.seeing, sighting.record()]
        self.job.tell(photo_seen_as=self.seeing[0]["sought"], seen_as=self.seeing[-1])

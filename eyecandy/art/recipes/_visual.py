"""Pictures that excite parts of a network: a batch on its way through the one render loop, and the sheet it becomes."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Any

import numpy as np

from eyecandy._matplotlib import pixels
from eyecandy._tensorflow import tf
from eyecandy.art.core import canvas as canvases
from eyecandy.art.core.augment import Crops, Turn
from eyecandy.art.core.batch import Batch
from eyecandy.art.core.excite import directions, excite, offset
from eyecandy.art.core.formula import Channel, Class, Formula
from eyecandy.art.core.maco import MacoCanvas, natural_noise
from eyecandy.art.core.objectives import Objective
from eyecandy.art.core.options import Options
from eyecandy.art.core.render import Renderer
from eyecandy.art.core.scales import Scale, ScaleSchedule, Size
from eyecandy.art.core.sources import Source
from eyecandy.art.core.transforms import Transform, jitter, pad
from eyecandy.art.output.painting import Viewing, paint
from eyecandy.art.output.record import Artwork
from eyecandy.art.output.sheets import sheet
from eyecandy.backbone.model import Backbone
from eyecandy.images import ImageLike, fit

SCHEDULE = ScaleSchedule(ratio=2.0, smallest=96)
NOISE = 0.15  # of the contrast of photos, to begin with
CROPS = (
    0.5,
    1.0,
)  # sides of the parts that are looked at of a picture of phases, as shares; Fel et al. go further down
CROP_SIDE = 0.75  # of the picture's side, at which they are looked at
CROP_GRAIN = 10.0  # grey levels
LEAST_PHOTO = 224  # pixels of the longer side, at which a photo is seen for an activation grid


@dataclass(frozen=True, eq=False)
class Visualisation(Artwork):
    """What `render` and its like give: one picture, or a sheet of several, that shows itself in a notebook.

    Attributes:
        image: (H, W, 3) uint8: the picture, or the sheet.
        pictures: each by itself, (h, w, 3) uint8.
        labels: what each was to show.
        history, record, stopped, interrupted: see `Artwork`.
    """

    pictures: tuple[np.ndarray, ...] = ()
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class RenderSettings:
    """What pictures of one network are made with.

    Attributes:
        net: the network that looks.
        options: as of every recipe; the canvas may be "maco" as well.
        viewing: who watches.
        rotate, zoom: largest random turn in degrees, and zoom as a share, before the network looks.
        smooth: how much smoothness counts, see `formula.smoothness`.
    """

    net: Backbone
    options: Options
    viewing: Viewing | None
    rotate: float
    zoom: float
    smooth: float


def of_formulas(
    wanted: Sequence[Formula],
    settings: RenderSettings,
    *,
    count: int = 1,
    columns: int | None = None,
    title: str | None = None,
    labels: Sequence[str] | None = None,
) -> Visualisation:
    """A picture of each of several formulas, as a labelled sheet, or so many of one.

    Args:
        count: pictures of one formula.
        columns: pictures in a row; None for about as many as there are rows.
        title, labels: of the sheet; by default the layer and its channels, or the formulas. With one of them, one
            formula makes a sheet as well.

    Raises:
        EyecandyError: as `excite`, or as `paint`.
    """
    net, plain = settings.net, len(wanted) == 1 and title is None and labels is None
    count = max(len(wanted), count)
    layer, short = _titled(wanted)
    names = list(short if labels is None else labels)
    across = columns or math.ceil(math.sqrt(count))

    def layout(pictures: Sequence[np.ndarray]) -> np.ndarray:
        return mosaic(pictures, across) if plain else _sheet(title or layer, pictures, names, across)

    def objective(border: int) -> Objective:
        return excite(wanted, net, border=border, count=count, smooth=settings.smooth)

    names = names if len(names) == count else names * count
    made = _painted(objective, names, layout, settings, seeded=len(wanted) == 1)
    return _reached(made, wanted, net)


def of_places(photo: ImageLike, layer: str, settings: RenderSettings, *, cells: int) -> Visualisation:
    """A small picture of what each place of a photo says, where it says it.

    Args:
        layer: name or alias.
        cells: pictures along the longer side, each of one place or of the mean of a few.

    Raises:
        EyecandyError: an unknown layer, a photo that cannot be read, or as `paint`.
    """
    net, known, source = settings.net, settings.net.layer(layer), Source.of(photo, "photo")
    each = math.ceil(LEAST_PHOTO / (cells * known.stride))  # places a cell, down and across
    seen = fit(source.photo.size, each * cells * known.stride, enlarge=True)
    maps = net.features([known.name])(tf.constant(source.at(seen)[None]))[known.name]
    means = tf.nn.avg_pool2d(maps, each, each, "SAME")[0].numpy()
    rows, columns = means.shape[:2]
    vectors = means.reshape(rows * columns, -1) - offset(net, known.name)

    def objective(border: int) -> Objective:
        return directions(known.name, vectors, net, smooth=settings.smooth, border=border)

    labels = [f"{row},{column}" for row in range(rows) for column in range(columns)]
    return _painted(objective, labels, partial(mosaic, columns=columns), settings, sources=[source])


def mosaic(pictures: Sequence[np.ndarray], columns: int) -> np.ndarray:
    """Pictures (h, w, 3) of one size side by side, in rows; what is left of the last row is white."""
    every = [*pictures, *[np.full_like(pictures[0], 255)] * (-len(pictures) % columns)]
    rows = [np.concatenate(every[first : first + columns], 1) for first in range(0, len(every), columns)]
    return np.concatenate(rows)


def _painted(
    objective: Callable[[int], Objective],
    labels: Sequence[str],
    layout: Callable[[Sequence[np.ndarray]], np.ndarray],
    settings: RenderSettings,
    *,
    sources: Sequence[Source] = (),
    seeded: bool = False,
) -> Visualisation:
    """A batch of pictures, one for each label, made as a strip and laid out.

    Args:
        objective: for a border, see `excite`.
        sources: pictures that go in.
        seeded: whether each picture begins as noise of its own.
    """
    options, count = settings.options, len(labels)
    phases = options.canvas == "maco"
    sizes = options.schedule(options.final_size((1, 1)), SCHEDULE, least=settings.net.minimum)
    scales = [Scale((each.size[0], each.size[1] * count), each.iterations) for each in sizes]
    goal = objective(0 if phases else options.margin)  # now: what is wrong is said before anything is made
    pictures: list[np.ndarray] = []

    def finish(strip: np.ndarray) -> np.ndarray:
        pictures[:] = np.split(strip, count)
        return layout(pictures)

    def start(size: Size) -> np.ndarray:
        each = size[0], size[1] // count
        noise = [natural_noise(each, options.seed + number * seeded) for number in range(count if seeded else 1)]
        strip = np.concatenate(noise if seeded else noise * count)
        return strip if phases else 127.5 + NOISE * (strip - 127.5)

    def loop(backbone: Backbone, goals: Callable[[Size], Objective], _: Options) -> Renderer:
        return Renderer(
            backbone,
            goals,
            canvas=partial(_canvas, options.canvas, count),
            optimizer=options.optimizer,
            rate=options.rate,
            transforms=_transforms(settings),
            seed=options.seed,
        )

    made = paint(
        "visualise",
        options,
        settings.net,
        lambda size: goal,
        scales,
        start,
        sources,
        finish=finish,
        viewing=settings.viewing,
        loop=loop,
    )
    own: Mapping[str, Any] = {field.name: getattr(made, field.name) for field in fields(made)}
    return Visualisation(**{**own, "pictures": tuple(pictures), "labels": tuple(labels)})


def _canvas(kind: str, count: int, strip: Size) -> Batch:
    size = strip[0], strip[1] // count
    return Batch(MacoCanvas(size) if kind == "maco" else canvases.make(kind, size), count)


def _transforms(settings: RenderSettings) -> list[Transform]:
    options = settings.options
    if options.canvas == "maco":
        side = round(CROP_SIDE * options.final_size((1, 1))[0])
        return [Crops(1, *CROPS, side=max(side, 64), grain=CROP_GRAIN)]
    wanted: list[Transform] = []
    if options.margin:
        wanted.append(pad(options.margin))
    if options.jitter:
        wanted.append(jitter(options.jitter))
    if settings.rotate or settings.zoom:
        wanted.append(Turn(settings.rotate, settings.zoom))
    return wanted


def _sheet(title: str, pictures: Sequence[np.ndarray], labels: Sequence[str], columns: int) -> np.ndarray:
    places = [divmod(number, columns) for number in range(len(pictures))]
    captions = dict(zip(places, labels, strict=True))
    across = [""] * min(columns, len(pictures))
    rows = [""] * math.ceil(len(pictures) / columns)
    return pixels(sheet(title, rows, across, dict(zip(places, pictures, strict=True)), captions))


def _titled(wanted: Sequence[Formula]) -> tuple[str, list[str]]:
    """What stands above formulas and under each: where all are channels of one layer, that, and their numbers."""
    aims = [each.parts[0][1] for each in wanted if len(each.parts) == 1 and each.parts[0][0] == 1]
    channels = [aim for aim in aims if isinstance(aim, Channel)]
    if len(channels) == len(wanted) > 1 and len({aim.layer for aim in channels}) == 1:
        return channels[0].layer, [str(aim.number) for aim in channels]
    return "What excites a network", [str(each) for each in wanted]


def _reached(made: Visualisation, wanted: Sequence[Formula], net: Backbone) -> Visualisation:
    """With the probability, in the record, of each picture's class, where it was made of one alone."""
    aims = [each.parts[0][1] if len(each.parts) == 1 else None for each in wanted]
    asked = [net.find_class(aim.asked) for aim in aims if isinstance(aim, Class)]
    if len(asked) < len(wanted):
        return made
    seen = net.probabilities(np.stack(made.pictures), "average")
    classes = asked if len(asked) == len(seen) else asked * len(seen)
    found = [float(f"{row[own].sum():.6g}") for row, own in zip(seen, classes, strict=True)]
    return replace(made, record={**made.record, "probabilities": found})

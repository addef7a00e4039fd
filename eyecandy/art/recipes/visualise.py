"""Visualisations: pictures of what excites parts of a network (C. Olah, A. Mordvintsev, L. Schubert, "Feature
Visualization", Distill 2017), alone, as a batch that differs, as a labelled sheet, and as an activation grid (C. Olah
et al., "The Building Blocks of Interpretability", Distill 2018).
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Any

import numpy as np

from eyecandy._matplotlib import pixels
from eyecandy._tensorflow import tf
from eyecandy.arguments import check_integer
from eyecandy.art.core import canvas as canvases
from eyecandy.art.core.augment import Crops, Turn
from eyecandy.art.core.batch import Batch
from eyecandy.art.core.formula import Channel, Class, Formula, Summand, class_logit, formula, smoothness
from eyecandy.art.core.maco import MacoCanvas, natural_noise
from eyecandy.art.core.objectives import Objective
from eyecandy.art.core.render import Renderer
from eyecandy.art.core.scales import Scale, ScaleSchedule, Size
from eyecandy.art.core.sources import Source
from eyecandy.art.core.transforms import Transform, jitter, pad
from eyecandy.art.large import stream
from eyecandy.art.output.record import Artwork
from eyecandy.art.output.sheets import sheet
from eyecandy.art.recipes.excite import directions, excite
from eyecandy.art.recipes.options import Options
from eyecandy.art.recipes.options.visualise import VisualiseOptions
from eyecandy.art.recipes.studio import Viewing, paint
from eyecandy.backbone.load import BackboneLike, given_or_default
from eyecandy.backbone.model import Backbone
from eyecandy.errors import EyecandyError
from eyecandy.images import ImageLike, fit

LADDER = ScaleSchedule(ratio=2.0, smallest=96)
NOISE = 0.15  # of the contrast of photos, to begin with
CROPS = (
    0.5,
    1.0,
)  # sides of the parts that are looked at of a picture of phases, as shares; Fel et al. go further down
CROP_SIDE = 0.75  # of the picture's side, at which they are looked at
CROP_GRAIN = 10.0  # grey levels
CLASS_KNOBS: Mapping[str, Any] = {"canvas": "maco", "iterations": 256}
CELL_KNOBS: Mapping[str, Any] = {"size": 72, "iterations": 96, "jitter": 6, "margin": 16}
_LEAST_PHOTO = 224  # pixels of the longer side, at which a photo is seen for an activation grid

Layout = Callable[[Sequence[np.ndarray]], np.ndarray]


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


def render(
    objective: Summand | str,
    *,
    count: int = 1,
    backbone: BackboneLike | None = None,
    viewing: Viewing | None = None,
    **knobs: Any,
) -> Visualisation:
    """Makes from noise a picture that excites an objective, or several that do.

    Args:
        objective: what it is to show, such as `channel("block4_conv6", 17)`, a weighted sum of such, or its text,
            "0.8*block4_conv6:17 - 0.1*smoothness".
        count: how many pictures; they begin as different noise, and differ by more with `diverse`.
        backbone: the network that is looked into; the bundled one by default.
        viewing: who watches, and which interrupted one is taken up.
        knobs: the fields of `VisualiseOptions`: size, iterations, canvas, seed, ...

    Raises:
        EyecandyError: an option that there is none of or out of range, an unknown layer, channel or class, pictures
            that are to differ and are one, or a size beyond memory.

    >>> render(channel("block4_conv6", 17), size=64, iterations=2).image.shape  # doctest: +SKIP
    (64, 64, 3)
    """
    count = check_integer("count", count, 1)
    wanted = formula(objective)
    return _made([wanted], [str(wanted)] * count, None, given_or_default(backbone), viewing, knobs)


def grid(
    objectives: Iterable[Summand | str],
    *,
    labels: Sequence[str] | None = None,
    title: str | None = None,
    backbone: BackboneLike | None = None,
    viewing: Viewing | None = None,
    **knobs: Any,
) -> Visualisation:
    """Makes a picture of each of several objectives, in one batch, and lays them out as one labelled sheet.

    Each is the picture that `render` makes of it alone, up to rounding.

    Args:
        objectives: as for `render`, in the order of reading.
        labels: what stands under each; by default the number of the channel, or all of it.
        title: what stands above; by default the layer, if it is one.
        backbone, viewing, knobs: as for `render`; `columns` says how many are in a row.

    Raises:
        EyecandyError: as `render`; no objective, or another number of labels.

    >>> grid([channel("block4_conv6", number) for number in range(16)])  # doctest: +SKIP
    """
    wanted = [formula(each) for each in objectives]
    if not wanted:
        raise EyecandyError("a grid is of at least one objective, got none")
    if any(each.variety for each in wanted):
        raise EyecandyError("the pictures of a grid have an objective each; to make one differ, render it with a count")
    layer, short = _titled(wanted)
    labels = short if labels is None else [str(label) for label in labels]
    if len(labels) != len(wanted):
        raise EyecandyError(f"a grid has one label for each of {len(wanted)} objectives, got {len(labels)}")
    return _made(wanted, labels, layer if title is None else title, given_or_default(backbone), viewing, knobs)


def class_visualisation(
    wanted: str | int,
    *,
    backbone: BackboneLike | None = None,
    viewing: Viewing | None = None,
    **knobs: Any,
) -> Visualisation:
    """Makes a picture of a class: what the network takes for it most of all.

    On a canvas of phases, whose pictures have the spectrum of photos; `canvas="fourier"` for the other way. The record
    says under "probabilities" how probable the class is to the network in the picture.

    Args:
        wanted: a label ("tabby"), an everyday word ("cat") or a class number.
        backbone, viewing, knobs: as for `render`.

    Raises:
        EyecandyError: as `render`.

    >>> class_visualisation("tabby").save("tabby.png")  # doctest: +SKIP
    """
    return render(class_logit(wanted), backbone=backbone, viewing=viewing, **{**CLASS_KNOBS, **knobs})


def activation_grid(
    photo: ImageLike,
    layer: str,
    *,
    backbone: BackboneLike | None = None,
    viewing: Viewing | None = None,
    **knobs: Any,
) -> Visualisation:
    """Draws what each place of a layer says of a photo, where it says it.

    The features of one place are a direction: of each, a small picture is made that excites it, all in one batch.

    Args:
        photo: what is looked at.
        layer: name or alias.
        backbone, viewing, knobs: as for `render`; `cells` says how many pictures there are along the longer side, of
            which each stands for one place or for the mean of a few, and `size` how large each is.

    Raises:
        EyecandyError: as `render`; a photo that cannot be read.

    >>> activation_grid("photo.jpg", "block4_conv3").save("grid.png")  # doctest: +SKIP
    """
    options = VisualiseOptions.of({**CELL_KNOBS, **knobs})
    net = given_or_default(backbone)
    known, source = net.layer(layer), Source.of(photo, "photo")
    each = math.ceil(_LEAST_PHOTO / (options.cells * known.stride))
    seen = fit(source.photo.size, each * options.cells * known.stride, enlarge=True)
    ((maps,),) = [[each[known.name] for each in stream.maps(net, [known.name], source.at(seen))]]
    cells = tf.nn.avg_pool2d(maps, each, each, "SAME")[0].numpy()
    rows, columns = cells.shape[:2]
    vectors = cells.reshape(rows * columns, -1)
    places = [f"{row},{column}" for row in range(rows) for column in range(columns)]

    def layout(pictures: Sequence[np.ndarray]) -> np.ndarray:
        return _mosaic(pictures, columns)

    def objective(border: int) -> Objective:
        return directions(known.name, vectors, net, smooth=options.tv, border=border)

    made = _painted(objective, places, replace(options, columns=columns), net, viewing, layout, sources=[source])
    return _signed(made, activation_grid=known.name)


def again(record: Mapping[str, Any], backbone: Backbone, viewing: Viewing | None, knobs: Mapping[str, Any]) -> Artwork:
    """The same visualisation once more, from its record.

    Raises:
        EyecandyError: it was of an objective of somebody's own, of which no record can say what it is.
    """
    asked, where = record["visualised"], {"backbone": backbone, "viewing": viewing, **knobs}
    if "activation_grid" in asked:
        photo = next(source["path"] for source in record["sources"] if source["role"] == "photo")
        return activation_grid(photo, asked["activation_grid"], **where)
    wanted = [formula(text, asked["vectors"]) for text in asked["objectives"]]
    if len(wanted) > 1 or "title" in asked:
        return grid(wanted, labels=asked["labels"], title=asked["title"], **where)
    return render(replace(wanted[0], variety=asked["variety"]), count=len(asked["labels"]), **where)


def _made(
    wanted: Sequence[Formula],
    labels: Sequence[str],
    title: str | None,
    net: Backbone,
    viewing: Viewing | None,
    knobs: Mapping[str, Any],
) -> Visualisation:
    """The pictures of some formulas, or several of one; a labelled sheet if there is a title."""
    options = VisualiseOptions.of(knobs)
    count = len(labels)
    columns = options.columns or math.ceil(math.sqrt(count))
    priced = [each - options.tv * smoothness() if options.tv else each for each in wanted]

    def layout(pictures: Sequence[np.ndarray]) -> np.ndarray:
        if title is None:
            return _mosaic(pictures, columns)
        places = [divmod(number, columns) for number in range(count)]
        drawn = dict(zip(places, pictures, strict=True))
        rows = [""] * math.ceil(count / columns)
        across = [""] * min(columns, count)
        return pixels(sheet(title, rows, across, drawn, dict(zip(places, labels, strict=True))))

    def objective(border: int) -> Objective:
        return excite(priced, net, border=border, count=count)

    made = _painted(objective, labels, options, net, viewing, layout, seeded=len(wanted) == 1)
    vectors = {name: list(vector) for each in wanted for name, vector in each.vectors.items()}
    asked = {"objectives": [str(each) for each in wanted], "variety": wanted[0].variety, "vectors": vectors}
    if title is not None:
        asked["title"] = title
    return _reached(_signed(made, labels=list(labels), **asked), wanted, net)


def _painted(
    objective: Callable[[int], Objective],
    labels: Sequence[str],
    options: VisualiseOptions,
    net: Backbone,
    viewing: Viewing | None,
    layout: Layout,
    *,
    sources: Sequence[Source] = (),
    seeded: bool = False,
) -> Visualisation:
    """A batch on its way through the one render loop: a strip of pictures, laid out at the end.

    Args:
        objective: for a border, see `excite`.
        labels: one for each picture.
        layout: of the pictures.
        sources: pictures that go in.
        seeded: whether each picture begins as noise of its own.
    """
    count, phases = len(labels), options.canvas == "maco"
    border = 0 if phases else options.margin
    side = options.final_size((1, 1))
    scales = [
        Scale(_strip(each.size, count), each.iterations) for each in options.schedule(side, LADDER, least=net.minimum)
    ]
    goal = objective(border)  # now: what is wrong is said before anything is made
    pictures: list[np.ndarray] = []

    def finish(strip: np.ndarray) -> np.ndarray:
        pictures[:] = np.split(strip, count)
        return layout(pictures)

    def start(size: Size) -> np.ndarray:
        each = size[0], size[1] // count
        seeds = [options.seed + number * seeded for number in range(count)]
        noise = np.concatenate([natural_noise(each, seed) for seed in seeds])
        return noise if phases else 127.5 + NOISE * (noise - 127.5)

    def loop(backbone: Backbone, goals: Callable[[Size], Objective], _: Options) -> Renderer:
        return Renderer(
            backbone,
            goals,
            canvas=partial(_canvas, options.canvas, count),
            optimizer=options.optimizer,
            rate=options.rate,
            transforms=_transforms(options),
            seed=options.seed,
        )

    made = paint(
        "visualise", options, net, lambda size: goal, scales, start, sources, finish=finish, viewing=viewing, loop=loop
    )
    own = {field.name: getattr(made, field.name) for field in fields(made)}
    return Visualisation(**own, pictures=tuple(pictures), labels=tuple(labels))


def _strip(size: Size, count: int) -> Size:
    return size[0], size[1] * count


def _canvas(kind: str, count: int, strip: Size) -> Batch:
    size = strip[0], strip[1] // count
    return Batch(MacoCanvas(size) if kind == "maco" else canvases.make(kind, size), count)


def _transforms(options: VisualiseOptions) -> list[Transform]:
    if options.canvas == "maco":
        side = round(CROP_SIDE * options.final_size((1, 1))[0])
        return [Crops(1, *CROPS, side=max(side, 64), grain=CROP_GRAIN)]
    wanted: list[Transform] = []
    if options.margin:
        wanted.append(pad(options.margin))
    if options.jitter:
        wanted.append(jitter(options.jitter))
    if options.rotate or options.zoom:
        wanted.append(Turn(options.rotate, options.zoom))
    return wanted


def _mosaic(pictures: Sequence[np.ndarray], columns: int) -> np.ndarray:
    """Pictures of one size side by side, in rows; what is left of the last row is white."""
    missing = [np.full_like(pictures[0], 255)] * (-len(pictures) % columns)
    every = [*pictures, *missing]
    rows = [np.concatenate(every[first : first + columns], 1) for first in range(0, len(every), columns)]
    return np.concatenate(rows)


def _titled(wanted: Sequence[Formula]) -> tuple[str, list[str]]:
    """What stands above formulas and under each: where all are channels of one layer, that, and their numbers."""
    aims = [each.parts[0][1] for each in wanted if len(each.parts) == 1 and each.parts[0][0] == 1]
    channels = [aim for aim in aims if isinstance(aim, Channel)]
    if len(channels) == len(wanted) and len({aim.layer for aim in channels}) == 1:
        return channels[0].layer, [str(aim.number) for aim in channels]
    return "What excites a network", [str(each) for each in wanted]


def _signed(made: Visualisation, **asked: Any) -> Visualisation:
    return replace(made, record={**made.record, "visualised": asked})


def _reached(made: Visualisation, wanted: Sequence[Formula], net: Backbone) -> Visualisation:
    """With the probability, in the record, of each picture's class, where it was made of one alone."""
    aims = [each.parts[0][1] if len(each.parts) == 1 else None for each in wanted]
    if not all(isinstance(aim, Class) for aim in aims):
        return made
    asked = [net.find_class(aim.asked) for aim in aims if isinstance(aim, Class)]
    seen = net.probabilities(np.stack(made.pictures), "average")
    each = asked if len(asked) == len(seen) else asked * len(seen)
    found = [float(f"{row[classes].sum():.6g}") for row, classes in zip(seen, each, strict=True)]
    return replace(made, record={**made.record, "probabilities": found})

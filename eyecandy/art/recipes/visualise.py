"""Visualisations: pictures of what excites parts of a network (C. Olah, A. Mordvintsev, L. Schubert, "Feature
Visualization", Distill 2017), alone, as a batch that differs, as a labelled sheet, and as an activation grid (C. Olah
et al., "The Building Blocks of Interpretability", Distill 2018).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from eyecandy.arguments import Hint, check_integer, check_number, told
from eyecandy.art.core.formula import VARIETY, Formula, Summand, class_logit, formula, several
from eyecandy.art.core.options import CANVASES, Options
from eyecandy.art.recipes import recipe
from eyecandy.errors import EyecandyError, OptionError

if TYPE_CHECKING:
    from eyecandy.art.output.painting import Viewing
    from eyecandy.art.recipes._visual import Visualisation
    from eyecandy.backbone.load import BackboneLike
    from eyecandy.images import ImageLike

CLASS_KNOBS: Mapping[str, Any] = {"canvas": "maco", "iterations": 256}
"""Where classes alone are shown, and nothing else is said."""
GRID_KNOBS: Mapping[str, Any] = {"size": 80, "iterations": 64, "jitter": 4, "margin": 8, "tv": 0.05}
"""Of an activation grid's many small pictures."""
_FILE = re.compile(r":([^\s:*+]+\.npy)(?=\s|$)")


@dataclass(frozen=True, kw_only=True)
class VisualiseOptions(Options):
    """What a visualisation can be told."""

    canvases: ClassVar[tuple[str, ...]] = (*CANVASES, "maco")

    objectives: Annotated[
        Any,
        "what is shown: a channel (block4_conv6:17), several (block4_conv6:0-15), a layer (block4_conv6), a neuron "
        "(block4_conv6:17@0.5,0.5), a direction (block4_conv6:vector.npy), a class (class:hen), or sums of such",
        Hint(metavar="OBJECTIVE", argument=True, several=True),
    ] = None
    classes: Annotated[
        Any,
        "a class to show, by name, everyday word or number",
        Hint(metavar="CLASS", flags=("--class",), several=True),
    ] = None
    layer: Annotated[str | None, "of an activation grid: the layer that looks at the photo", Hint(metavar="NAME")] = (
        None
    )
    cells: Annotated[int, "pictures of an activation grid along its longer side"] = 12
    diverse: Annotated[
        int | None, "make so many pictures of one objective that differ in what they show", Hint(metavar="N")
    ] = None
    variety: Annotated[float, "how much the pictures of one objective are to differ"] = 0.0
    count: Annotated[int, "pictures of one objective"] = 1
    columns: Annotated[int | None, "pictures in a row of the sheet; by default about as many as there are rows"] = None
    labels: Annotated[Any, "what stands under each picture", Hint(command=False)] = None
    title: Annotated[str | None, "what stands above the sheet"] = None
    rotate: Annotated[float, "largest random turn before the network looks, in degrees"] = 15.0
    zoom: Annotated[float, "largest random zoom before the network looks, as a share"] = 0.2
    tv: Annotated[float, "how strongly neighbouring pixels are held together; of an activation grid 0.05"] = 0.1
    vectors: Annotated[Any, "of the directions that are shown, by their names", Hint(command=False)] = None
    size: Annotated[
        int, "side of each picture in pixels; of an activation grid's, 80", Hint(metavar="PIXELS", rank=8)
    ] = 256
    scales: int = 1
    iterations: Annotated[int, "steps in all; of classes 256, of an activation grid 64", Hint(rank=9)] = 128
    canvas: Annotated[
        str,
        "what is optimised: fourier, pixel, or maco, phases alone, as for classes",
        Hint(choices=(*CANVASES, "maco")),
    ] = "fourier"
    jitter: int = 12
    tile: Annotated[str | int, "off: visualisations are made whole", Hint(command=False)] = "off"
    engine: Annotated[str, "local: visualisations are made whole", Hint(command=False)] = "local"
    address: Annotated[str | None, "none: visualisations are made whole", Hint(command=False)] = None
    region: Annotated[Any, "none: visualisations are made from noise", Hint(command=False)] = None

    def __post_init__(self) -> None:
        texts, vectors, settled = [], dict(self.vectors or {}), dict[str, Any]()
        for each in several(_listed("objectives", self.objectives)):
            if isinstance(each, Formula):
                vectors |= _texts([each])["vectors"]
                settled["variety"] = max(each.variety, settled.get("variety", check_number("variety", self.variety)))
            texts.append(str(each))
            vectors |= {name: _read(name) for name in _FILE.findall(texts[-1]) if name not in vectors}
            formula(texts[-1], vectors)
        texts += [str(class_logit(_number(wanted))) for wanted in _listed("classes", self.classes)]
        settled |= {
            "objectives": tuple(texts),
            "classes": None,
            "vectors": vectors or None,
            "diverse": None,
        }
        if self.diverse is not None:
            settled["count"] = check_integer("diverse", self.diverse, 2)
            if self.count not in (1, self.diverse):
                raise OptionError("{} says how many pictures there are; leave out {}", "diverse", "count")
            settled["variety"] = settled.get("variety") or self.variety or VARIETY
        for name, value in settled.items():
            object.__setattr__(self, name, value)
        super().__post_init__()
        check_integer("count", self.count, 1)
        check_integer("cells", self.cells, 2, 40)
        if self.columns is not None:
            check_integer("columns", self.columns, 1)
        check_number("variety", self.variety)
        check_number("rotate", self.rotate, most=180)
        check_number("zoom", self.zoom, most=0.9)
        check_number("tv", self.tv)
        if self.labels is not None:
            object.__setattr__(self, "labels", tuple(str(label) for label in _listed("labels", self.labels)))
            if len(self.labels) != len(texts):
                raise OptionError(
                    "{} must be one for each of {count} objectives, got {got}",
                    "labels",
                    count=len(texts),
                    got=len(self.labels),
                )
        if len(texts) > 1 and (self.count > 1 or self.variety):
            raise OptionError("{} is of one objective; give one, or leave it out", "count")
        if self.variety and self.count == 1:
            raise OptionError("pictures that are to differ come in a batch; raise {} to 2 or more", "count")
        if self.tile != "off" or self.engine != "local" or self.region is not None:
            raise OptionError(
                "a visualisation is made whole, by this process; leave out {}, {} and {}", "tile", "engine", "region"
            )


@recipe(
    VisualiseOptions,
    examples=(
        ("eyecandy visualise block4_conv6:17", "a channel"),
        ("eyecandy visualise block4_conv6:0-15", "several, as a sheet"),
        ("eyecandy visualise --class tabby", "a class"),
        ("eyecandy visualise block4_conv6:17 --diverse 4", "a channel in four ways"),
        ("eyecandy visualise --activation-grid photo.jpg --layer block4_conv6", "what each place of a photo says"),
    ),
    photo_flag="--activation-grid",
    page=False,
)
def visualise(
    photo: ImageLike | None = None,
    *,
    backbone: BackboneLike | None = None,
    viewing: Viewing | None = None,
    **knobs: Any,
) -> Visualisation:
    """Make pictures of what excites parts of a network: channels, neurons, directions, classes.

    With a photo and a layer it is an activation grid: what each place says of the photo, drawn where it says it.

    Args:
        photo: of an activation grid.
        backbone: the network that is looked into; the bundled one by default.
        viewing: who watches, and which interrupted one is taken up.
        knobs: the fields of `VisualiseOptions`; `objectives` as text, "block4_conv6:17", or as formulas.

    Raises:
        EyecandyError: an option that there is none of or out of range, nothing to show, an unknown layer, channel or
            class, pictures that are to differ and are one, or a size beyond memory.

    >>> visualise(objectives="block4_conv6:0-15").save("sheet.png")  # doctest: +SKIP
    """
    knobs = {**(GRID_KNOBS if photo is not None else {}), **knobs}
    options = VisualiseOptions.of(knobs)
    if options.objectives and all(text.startswith("class:") for text in options.objectives):
        options = VisualiseOptions.of({**CLASS_KNOBS, **knobs})
    wanted = [formula(text, options.vectors) for text in options.objectives]
    return _visualised(wanted, photo, options, backbone, viewing)


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
        EyecandyError: as `visualise`.

    >>> render(channel("block4_conv6", 17), size=64, iterations=2).image.shape  # doctest: +SKIP
    (64, 64, 3)
    """
    wanted = formula(objective)
    own = {**_told([wanted], knobs), "count": count}
    if wanted.variety:
        own["variety"] = wanted.variety
    return _visualised([wanted], None, VisualiseOptions.of({**knobs, **own}), backbone, viewing)


def grid(
    objectives: Iterable[Summand | str] | str,
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
        objectives: as for `render`, in the order of reading; or a text, "block4_conv6:0-15".
        labels: what stands under each; by default the number of the channel, or all of it.
        title: what stands above; by default the layer, if it is one.
        backbone, viewing, knobs: as for `render`; `columns` says how many are in a row.

    Raises:
        EyecandyError: as `visualise`; no objective, or another number of labels.

    >>> grid([channel("block4_conv6", number) for number in range(16)])  # doctest: +SKIP
    """
    wanted = [formula(each) for each in several(objectives)]
    if any(each.variety for each in wanted):
        raise EyecandyError("the pictures of a grid have an objective each; to make one differ, render it with a count")
    options = VisualiseOptions.of({**knobs, **_told(wanted, knobs), "labels": labels, "title": title})
    return _visualised(wanted, None, options, backbone, viewing)


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
        EyecandyError: as `visualise`.

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

    The features of one place, less those that the layer has where there is nothing but noise, are a direction: of
    each, a small picture is made that excites it, all in one batch.

    Args:
        photo: what is looked at.
        layer: name or alias.
        backbone, viewing, knobs: as for `render`; `cells` says how many pictures there are along the longer side, of
            which each stands for one place or for the mean of a few, and `size` how large each is.

    Raises:
        EyecandyError: as `visualise`; a photo that cannot be read.

    >>> activation_grid("photo.jpg", "block4_conv3").save("grid.png")  # doctest: +SKIP
    """
    return visualise(photo, layer=layer, backbone=backbone, viewing=viewing, **knobs)


def _visualised(
    wanted: Sequence[Formula],
    photo: ImageLike | None,
    options: VisualiseOptions,
    backbone: BackboneLike | None,
    viewing: Viewing | None,
) -> Visualisation:
    if (photo is None) != (options.layer is None):
        raise OptionError("an activation grid is of a photo and a {}; give both, or neither", "layer")
    if (photo is None) == (not wanted):
        raise EyecandyError(
            "nothing, or too much, is to be shown: give objectives, such as block4_conv6:17 or class:tabby, or else a "
            "photo and a layer for an activation grid"
        )
    if photo is not None:
        for name, default in {"count": 1, "variety": 0, "columns": None, "title": None}.items():
            if getattr(options, name) != default:
                raise OptionError("{} is of objectives, and an activation grid is of a photo; leave it out", name)
    from eyecandy.art.recipes._visual import RenderSettings, of_formulas, of_places
    from eyecandy.backbone.load import given_or_default

    settings = RenderSettings(given_or_default(backbone), options, viewing, options.rotate, options.zoom, options.tv)
    if photo is not None:
        return of_places(photo, str(options.layer), settings, cells=options.cells)
    sheet = {"columns": options.columns, "title": options.title, "labels": options.labels}
    wanted = [replace(each, variety=options.variety) for each in wanted]
    return of_formulas(wanted, settings, count=options.count, **sheet)


def _texts(wanted: Sequence[Formula]) -> dict[str, Any]:
    """Formulas as options hold them.

    Raises:
        EyecandyError: two directions of one name and different vectors.
    """
    vectors: dict[str, Sequence[float]] = {}
    for each in wanted:
        for name, vector in each.vectors.items():
            if vectors.setdefault(name, vector) != vector:
                raise EyecandyError(f"two directions are called {name!r}; give each a name of its own")
    return {"objectives": tuple(map(str, wanted)), "vectors": vectors}


def _told(wanted: Sequence[Formula], knobs: Mapping[str, Any]) -> dict[str, Any]:
    """`_texts` of what a function was given, where nothing else is to be shown.

    Raises:
        EyecandyError: options that say as well what is shown, or as `_texts`.
    """
    for name in ("objectives", "classes", "vectors"):
        if name in knobs:
            raise EyecandyError(f"what is shown is the first argument; put it there, and leave out {name}")
    return _texts(wanted)


def _listed(name: str, given: Any) -> list[Any]:
    if given is None:
        return []
    if isinstance(given, str | int | Formula):
        return [given]
    if not isinstance(given, Iterable):
        raise OptionError("{} must be one or several of text, got {got}", name, got=told(given))
    return list(given)


def _number(wanted: Any) -> Any:
    """A class as `class_logit` takes it; one that was seen, or a found object, stands for its class."""
    return getattr(wanted, "class_index", wanted)


def _read(name: str) -> list[float]:
    """The numbers of a direction from a .npy file."""
    import numpy as np  # here: --help does without it

    try:
        found = np.load(name, allow_pickle=False)
    except OSError as error:
        raise EyecandyError(f"{name!r} cannot be read as a direction: {error.strerror or error}") from error
    except (ValueError, EOFError) as error:  # NumPy would advise to run the code in it
        raise EyecandyError(f"{name!r} is no array of numbers as np.save writes it; give such a file") from error
    if found.ndim != 1 or found.dtype.kind not in "fiu":
        raise EyecandyError(f"a direction is one number for each channel; {name!r} holds {told(found)}")
    return [float(number) for number in found]

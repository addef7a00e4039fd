"""`eyecandy trust`: whether the masks of photos are to be trusted."""

import json
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated

import typer

from eyecandy.cli.options.knobs import with_options
from eyecandy.cli.options.network import Network
from eyecandy.cli.terminal.batch import each, finish
from eyecandy.cli.terminal.console import out, remark, say, status, table
from eyecandy.detection.faithfulness.measures import MEASURES, chosen
from eyecandy.detection.options import DetectOptions
from eyecandy.errors import EyecandyError
from eyecandy.files import atomic, refuse_inputs
from eyecandy.workflows.command import Knobs
from eyecandy.workflows.photos import Batch
from eyecandy.workflows.trust import Trial


@with_options(DetectOptions, Network, panel="How it looks")
def trust(
    photos: Annotated[
        list[str], typer.Argument(metavar="PHOTO", help="Photos, folders or patterns.", show_default=False)
    ],
    measure: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help=f"Only these: {MEASURES.listed}; may come again.", show_default=False),
    ] = None,
    truth: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="What is really there: a mask as PNG, white on black, or a folder of these; a COCO file; or the boxes "
            "of CUB, ImageNet, OpenImages or the WSOL benchmark.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of all that is drawn: the same seed, the same numbers.")] = 0,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FIGURE",
            help="The PNG file to make. (default: photo.trust.png beside photo.jpg, photos.trust.png beside photos/)",
            show_default=False,
        ),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an older figure.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON and nothing else; make a figure only where --output is given.")
    ] = False,
    *,
    knobs: Knobs,
    network: Network,
) -> None:
    """Test whether the masks of photos' objects are to be trusted.

    Pixels are put in and taken out by each mask (insertion and deletion, ROAD), the photo is changed a little
    (stability), the class is changed (contrast), and what the network learnt is taken from it (randomisation): each a
    number, the higher the better, and a sentence. With --truth, masks are also held against what is really there. Of
    several photos: means, with 95 % intervals.

    A photo takes about half a minute on two processors; --measure contrast takes a second.
    """
    options = DetectOptions(**knobs)
    measure = measure or None
    chosen(measure)
    batch = Batch.of(photos)
    figure = output if output is not None or as_json else _beside(photos, batch)
    if figure is not None and figure.suffix.lower() != ".png":
        raise EyecandyError(f"the figure is a PNG file; expected a name that ends in .png, got {str(figure)!r}")
    from eyecandy.images import load, made_here

    if figure is not None:
        refuse_inputs([figure], [*batch.photos, *([] if truth is None else [truth])])
    if batch.single:
        load(batch.photos[0])  # what is wrong with it is said before TensorFlow is started
    trial = Trial(network.opener(), options, measure, truth, seed, _Told(len(batch.photos)))
    # the file first: who waits for a result should not lose it
    with nullcontext() if figure is None else atomic(figure, overwrite=overwrite, own=made_here) as temporary:
        each(batch, trial.photo, before=trial.truth)
        if temporary is not None and trial.tried:
            from eyecandy.detection.figures.sheet import png

            drawn = trial.tried[batch.photos[0]] if batch.single else trial.summary()
            temporary.write_bytes(png(drawn.figure()))
        if not trial.tried:
            finish(batch)
            raise typer.Exit(2)
    if as_json:
        say(json.dumps(_document(trial, batch)))
    else:
        _print(trial, batch)
        say(f"figure: {figure}")
    finish(batch)


class _Told:
    """Says what goes on, and how long it will take."""

    def __init__(self, photos: int) -> None:
        self._photos = photos

    def busy(self, text: str) -> AbstractContextManager[None]:
        return status(text) if self._photos == 1 else nullcontext()

    def takes(self, seconds: float) -> None:
        if self._photos == 1:
            remark(f"about {_time(seconds)}")
        else:
            remark(f"about {_time(seconds)} a photo, {_time(seconds * self._photos)} in all; --measure takes fewer")


def _time(seconds: float) -> str:
    """A time as it is told.

    >>> _time(7.4), _time(100), _time(9000)
    ('7 s', '2 min', '2.5 h')
    """
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _beside(photos: list[str], batch: Batch) -> Path:
    """Where the figure goes where nothing is said."""
    if batch.single:
        return batch.photos[0].with_name(f"{batch.photos[0].stem}.trust.png")
    folder = Path(photos[0])
    return folder.with_name(f"{folder.name}.trust.png") if len(photos) == 1 and folder.is_dir() else Path("trust.png")


def _document(trial: Trial, batch: Batch) -> dict[str, object]:
    told = trial.summary().as_dict()
    if batch.single:
        return {**trial.as_dict(batch.photos[0]), "totals": told["totals"]}
    return {"photos": [trial.as_dict(path) for path in trial.tried], **told, "failures": batch.told_failures}


def _print(trial: Trial, batch: Batch) -> None:
    console = out()
    together = trial.summary()
    if batch.single:
        for item in trial.tried[batch.photos[0]].objects:
            shown = table(console, item.name, ("measure", "value", "what it says"), ("value",))
            for reading in item.readings.values():
                said = reading.sentence
                for name, value in reading.values.items() or [("", float("nan"))]:
                    shown.add_row(name, f"{value:.2f}" if name else "", said)
                    said = ""
            console.print(shown, soft_wrap=False)
        if not trial.tried[batch.photos[0]].objects:
            say(f"no object found: {trial.options.nothing}")
        for total in together.totals.values():
            for name, value in total.values.items():
                say(f"{name}: {value:.2f}")
    else:
        title = f"{together.photos} photos; the higher, the better"
        shown = table(console, title, ("measure", "mean", "95 % interval", "of", "what it is"), ("mean", "of"))
        for row in together.rows:
            sure = "" if row.low is None else f"{row.low:.2f} to {row.high:.2f}"
            shown.add_row(row.name, f"{row.mean:.2f}", sure, str(row.count), row.sentence)
        console.print(shown, soft_wrap=False)
    for total in together.totals.values():
        if total.text:
            say(total.text)

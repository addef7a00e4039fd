"""Pictures in the making, on the terminal: what is said of them, and how the command ends."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import typer

from eyecandy.art.core.render import Step
from eyecandy.art.large.plan import Plan
from eyecandy.art.output.predictions import Prediction
from eyecandy.art.output.record import Artwork
from eyecandy.art.output.study import Study
from eyecandy.cli.terminal.batch import finish
from eyecandy.cli.terminal.console import bar, remark, say
from eyecandy.cli.terminal.progress import PaintingProgress, counted
from eyecandy.workflows.listener import Filmed, Listener, Opener, Painted
from eyecandy.workflows.order import Order
from eyecandy.workflows.output import FolderOptions, OutputOptions
from eyecandy.workflows.paint import paint, paint_folder
from eyecandy.workflows.photos import Batch

INTERRUPTED = 130


class Told(Listener):
    """Says all that a listener is told; a context, in which a bar may be on the screen.

    Args:
        resumable: whether the same command can go on with an interrupted picture.
    """

    def __init__(self, resumable: bool = True) -> None:
        self.resumable = resumable
        self._progress = PaintingProgress()

    def __enter__(self) -> "Told":
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def note(self, text: str) -> None:
        remark(text)

    def plan(self, plan: Plan) -> None:
        self._progress.plan(plan)

    def step(self, step: Step) -> None:
        self._progress.step(step)

    def seen(self, prediction: Prediction) -> None:
        if prediction.iteration == 0:
            say("seeing the features:")
            for one in prediction.classes:
                say(f"  {one.probability:.3f}  {one.label} ({one.number})")
            return
        classes = ", ".join(f"{one.label} {one.probability:.2f}" for one in prediction.classes[:3])
        losses = ", ".join(f"{name} {value:.3g}" for name, value in prediction.losses.items())
        say(f"after {prediction.iteration} iterations seen as {classes} ({losses})")

    def made(self, made: Artwork) -> None:
        for name, error in made.record.get("errors", {}).items():
            say(f"{name}: relative error {error:.3f}")

    @contextmanager
    def frames(self, total: int) -> Iterator[Callable[[], None]]:
        self._progress.stop()
        with bar(total) as advance:
            told = counted(total, "frames")

            def one() -> None:
                advance("frames")
                if not sys.stderr.isatty():
                    told()

            yield one

    def done(self, painted: Painted) -> None:
        self._progress.stop()
        made, output = painted.made, painted.output
        if made is None:
            say(f"{output}: finished already")
        elif made.interrupted:
            several = isinstance(made.pictures, Mapping) and len(made.pictures) > 1
            flag = "resume goes on" if self.resumable and not several else "overwrite begins anew"
            remark(f"{made.stopped}; {output} keeps the picture so far; the same command with --{flag}")
        else:
            height, width = made.image.shape[:2]
            say(f"{output}: {width} x {height} pixels, {made.record['iterations']} iterations")

    def filmed(self, film: Filmed) -> None:
        self._progress.stop()
        if film.frames < film.total:
            remark(
                f"interrupted after {film.frames} of {film.total} frames; "
                + (f"{film.output} shows them; " if film.frames else "")
                + "the same command goes on"
            )
        elif film.painted == 0:
            say(f"{film.output}: finished already")
        else:
            say(f"{film.output}: {film.frames} frames")

    def wrote(self, path: Path, what: str) -> None:
        say(f"{path}: {what}")

    def failed(self, what: str, why: str) -> None:
        self._progress.stop()
        remark(f"{what}: {why}")

    def compared(self, path: Path, same: bool) -> None:
        say(f"the pixels are {'the same as' if same else 'not those'} of {path}")


def run(order: Order, photos: Sequence[str], network: Opener, wanted: OutputOptions) -> None:
    """Paints each photo; ends the command with an exit code where that is not all."""
    batch = Batch.of(photos)
    with Told() as listener:
        interrupted = paint(order, batch, network, wanted, listener)
    if interrupted:
        raise typer.Exit(INTERRUPTED)
    finish(batch)


def run_folder(order: Order, photo: str, network: Opener, wanted: FolderOptions) -> None:
    """Likewise, for a recipe that makes a folder."""
    with Told() as listener:
        study = paint_folder(order, photo, network, wanted, listener)
    tell_study(study)


def tell_study(found: Study) -> None:
    """Says what a study has written, and ends the command with an exit code if it is not all."""
    for path in (*found.sheets, found.table):
        say(str(path))
    say(f"{found.cells} pictures, {found.made} of them made now")
    if found.stopped is not None:
        remark(f"{found.stopped}; the same command goes on")
        raise typer.Exit(INTERRUPTED if found.interrupted else 2)

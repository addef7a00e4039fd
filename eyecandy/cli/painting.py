"""What the commands that paint do: one picture after another, watched and saved, and what Ctrl-C leaves behind."""

import glob
import re
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from eyecandy import images
from eyecandy.art.output import film as films
from eyecandy.art.output import record
from eyecandy.art.output.record import Artwork
from eyecandy.art.recipes.options import check_integer
from eyecandy.cli.growth import Growth
from eyecandy.cli.options.easel import Easel
from eyecandy.cli.terminal.batch import finish
from eyecandy.cli.terminal.console import remark, say
from eyecandy.cli.terminal.progress import Watch
from eyecandy.detection.export.folders import SUFFIX, results_folders
from eyecandy.errors import EyecandyError
from eyecandy.files import atomic, refuse_inputs
from eyecandy.workflows.command import reason
from eyecandy.workflows.photos import Batch

if TYPE_CHECKING:
    from eyecandy.art.large.estimate import Plan
    from eyecandy.art.recipes.studio import Viewing

INTERRUPTED = 130


@dataclass(frozen=True)
class Beside:
    """One more file that comes with a picture.

    Attributes:
        name: from the picture's path to its own.
        write: makes it of the finished artwork and its photo; the path is free by then, or to be replaced.
    """

    name: Callable[[Path], Path]
    write: Callable[[Artwork, Path | None, Path, bool], None]


Make = Callable[[Path | None, "Viewing"], Artwork]


def paint(
    easel: Easel,
    recipe: str,
    photos: Sequence[str],
    make: Make,
    signed: Mapping[str, Any],
    *,
    beside: Beside | None = None,
    resumable: bool = True,
    inputs: Sequence[str | Path] = (),
) -> None:
    """Makes a picture of each photo, one after another, saves it, and lists what failed at the end.

    Args:
        easel: where pictures go.
        recipe: its name, which pictures are called after.
        photos: files, folders and patterns; none where the recipe begins without a photo.
        make: the picture of a photo; the `Viewing` is to be handed on.
        signed: more for the record.
        beside: one more file.
        resumable: whether an interrupted picture can be taken up.
        inputs: what pictures are made of besides the photos; none of these is ever replaced.
    """
    if easel.every is not None:
        check_integer("every", easel.every, 1)
    if easel.film is not None:
        films.check_suffix(easel.film)
    batch = Batch.of(photos)
    jobs = _jobs(easel, recipe, photos, batch)
    if easel.film is not None and len(jobs) > 1:
        raise EyecandyError(f"one film cannot show {len(jobs)} pictures grow; leave --film out, or give one photo")
    read = [*inputs, *batch.photos]
    for photo, output in jobs:
        try:
            with memory(output):
                refuse_inputs(_outputs(easel, output, beside, read), read)
                _one(easel, photo, output, recipe, make, signed, beside, resumable)
            batch.done += 1
        except EyecandyError as error:
            batch.failures.append((str(photo or recipe), reason(error)))
            if len(jobs) > 1:
                remark(f"{photo}: {reason(error)}")
    finish(batch)


def _jobs(easel: Easel, recipe: str, photos: Sequence[str], batch: Batch) -> list[tuple[Path | None, Path]]:
    """Each photo with the picture to make of it."""
    if not photos:
        return [(None, easel.output or Path(f"{recipe}.png"))]
    if batch.single and easel.output is not None:
        return [(batch.photos[0], easel.output)]
    folders = results_folders(batch.photos, None if batch.single else easel.output)
    names = [folder.with_name(f"{folder.name.removesuffix(SUFFIX)}-{recipe}.png") for folder in folders]
    return list(zip(batch.photos, names, strict=True))


def _outputs(easel: Easel, output: Path, beside: Beside | None, inputs: Sequence[str | Path]) -> list[Path]:
    """All that is written for one photo: the picture, its record, those kept on the way, a film, and what comes with
    it."""
    outputs = [output, record.record_path(output)]
    if easel.every is not None:
        on_the_way = re.compile(re.escape(output.stem) + r"-\d{5}" + re.escape(output.suffix))
        outputs += [path for path in map(Path, inputs) if on_the_way.fullmatch(path.name)]
    if easel.film is not None:
        outputs.append(easel.film)
    if beside is not None:
        outputs.append(beside.name(output))
    return outputs


def pictures_in(knobs: Mapping[str, Any]) -> list[Path]:
    """The files among a recipe's options: a guide, a mask, a picture to begin with."""
    named = (knobs.get(name) for name in ("guide", "region", "init"))
    return [Path(each) for each in named if isinstance(each, str | Path) and Path(each).is_file()]


def _one(
    easel: Easel,
    photo: Path | None,
    output: Path,
    recipe: str,
    make: Make,
    signed: Mapping[str, Any],
    beside: Beside | None,
    resumable: bool,
) -> None:
    begun = _begun(easel, output)
    if begun is not None and begun.stopped is None:
        say(f"{output}: finished already")
        return
    _check_targets(easel, output, begun)
    more = None if beside is None else beside.name(output)
    if more is not None:
        check_free(more, overwrite=easel.overwrite)
    if photo is not None:
        for note in images.load(photo).notes:
            remark(f"{photo}: {note}")
    from eyecandy.art.recipes.studio import Viewing  # here: what was wrong so far is said before TensorFlow is started

    replaced = easel.overwrite or begun is not None
    with Watch() as watch, interrupts() as asked, Growth(easel, output, recipe, replace=replaced) as growth:

        def planned(plan: "Plan") -> None:
            watch.plan(plan)
            growth.planned(plan)

        listeners = [asked, watch.step, growth.step]
        made = make(photo, Viewing(before=planned, listeners=listeners, every=growth.every, resume=begun))
        made = replace(made, record={**made.record, **signed})
        made.save(output, overwrite=replaced)
        growth.end(made)
    _ended(easel, output, made, resumable)
    if beside is not None and more is not None:
        beside.write(made, photo, more, easel.overwrite)


def _ended(easel: Easel, output: Path, made: Artwork, resumable: bool) -> None:
    height, width = made.image.shape[:2]
    if made.interrupted:
        how = "the same command with --resume goes on" if resumable else "the same command with --overwrite begins anew"
        remark(f"{made.stopped}; {output} keeps the picture so far; {how}")
        raise typer.Exit(INTERRUPTED)
    if made.stopped is not None:
        raise EyecandyError(f"{made.stopped}; {str(output)!r} keeps the last good picture; try a smaller --rate")
    say(f"{output}: {width} x {height} pixels, {made.record['iterations']} iterations")
    if easel.film is not None:
        say(f"{easel.film}: the film")


def _begun(easel: Easel, output: Path) -> Artwork | None:
    """The picture that an interrupted run has left."""
    return record.load(output) if easel.resume and output.exists() else None


def _check_targets(easel: Easel, output: Path, begun: Artwork | None) -> None:
    """Says now, and not after the work, what cannot be written."""
    replaced = easel.overwrite or begun is not None
    images.format_of(output)
    for path in (output, record.record_path(output)):
        check_free(path, overwrite=replaced)
    if easel.film is not None:
        check_free(easel.film, overwrite=easel.overwrite)
    if easel.every is not None:
        for older in output.parent.glob(f"{glob.escape(output.stem)}-[0-9][0-9][0-9][0-9][0-9]{output.suffix}"):
            check_free(older, overwrite=replaced)


def check_free(path: Path, *, overwrite: bool) -> None:
    """Raises EyecandyError, as `eyecandy.files.atomic` does, where a file cannot be written; leaves nothing behind."""

    class Abandoned(Exception):
        pass

    with suppress(Abandoned), atomic(path, overwrite=overwrite, own=images.made_here):
        raise Abandoned


@contextmanager
def interrupts() -> Iterator[Callable[[object], None]]:
    """Gives a listener that asks whether Ctrl-C was pressed, and interrupts if so.

    Python loses a KeyboardInterrupt that arrives while an object is being tidied away ("Exception ignored in ...");
    so it is remembered, and raised again at the next look.
    """
    pressed = threading.Event()

    def press(number: int, frame: object) -> None:
        pressed.set()
        raise KeyboardInterrupt

    def ask(_: object) -> None:
        if pressed.is_set():
            raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():  # signals come to the main thread alone
        yield ask
        return
    before = signal.signal(signal.SIGINT, press)
    try:
        yield ask
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def memory(output: Path) -> Iterator[None]:
    """Turns the end of the memory into one line that says what to try."""
    try:
        yield
    except MemoryError as error:
        raise EyecandyError(f"there is not enough memory for {str(output)!r}; try a smaller --size") from error
    except Exception as error:
        # TensorFlow's own kind of it; its class cannot be named without importing TensorFlow
        if type(error).__name__ != "ResourceExhaustedError":
            raise
        raise EyecandyError(f"there is not enough memory for {str(output)!r}; try a smaller --size") from error

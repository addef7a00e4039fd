"""Pictures made one after another, watched and saved; what comes with them, and what Ctrl-C leaves behind."""

import glob
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eyecandy import images
from eyecandy.arguments import check_integer
from eyecandy.art.core.assignment import files
from eyecandy.art.output import film as films
from eyecandy.art.output import record
from eyecandy.art.output.record import Artwork
from eyecandy.detection.export.folders import SUFFIX, results_folders
from eyecandy.errors import EyecandyError, OptionError, memory
from eyecandy.files import refuse_inputs
from eyecandy.images.origin import SIGNATURE
from eyecandy.workflows import clip
from eyecandy.workflows.clip import ClipJob
from eyecandy.workflows.command import reason
from eyecandy.workflows.growth import Growth
from eyecandy.workflows.interrupts import interrupts
from eyecandy.workflows.listener import Companion, Listener, Opener, Painted, check_free
from eyecandy.workflows.order import Order
from eyecandy.workflows.output import ClipOptions, FolderOptions, OutputOptions
from eyecandy.workflows.photos import Batch

if TYPE_CHECKING:
    from eyecandy.art.large.plan import Plan
    from eyecandy.art.output.painting import Viewing
    from eyecandy.art.output.study import Study


def too_large(output: Path) -> EyecandyError:
    """What is said where the memory ends."""
    return OptionError("there is not enough memory for {output!r}; try a smaller {}", "size", output=str(output))


@dataclass(frozen=True)
class Job:
    """One picture to be made.

    Attributes:
        name: of the recipe.
        make: makes it; the `Viewing` is to be handed on.
        output: where it goes.
        photo: what it is made of; None for noise.
        signed: more for the record.
        companion: one more file.
        inputs: what is never replaced.
    """

    name: str
    make: "Callable[[Viewing], Artwork]"
    output: Path
    photo: Path | None = None
    signed: Mapping[str, Any] = field(default_factory=dict)
    companion: Companion | None = None
    inputs: Sequence[str | Path] = ()


def paint(order: Order, photos: Batch, network: Opener, wanted: OutputOptions, listener: Listener) -> bool:
    """Makes a picture of each photo, one after another; where one fails, goes on with the next.

    Args:
        order: what is painted.
        photos: what of; their failures are noted there.
        network: gives the order's network; not asked before photos and paintings are known to be readable.
        wanted: where pictures go, and what is kept on the way.
        listener: is told.

    Returns:
        Whether Ctrl-C ended it.

    Raises:
        EyecandyError: what is wrong for all pictures alike.
    """
    order.check()
    if wanted.every is not None:
        check_integer("every", wanted.every, 1)
    if wanted.film is not None:
        films.check_suffix(wanted.film)
    jobs = list(_jobs(order, photos, network, wanted, listener))
    if any(isinstance(job, ClipJob) for job in jobs):
        clip.check(order, wanted)
    if wanted.film is not None and order.zoom is None and len(jobs) > 1:
        raise OptionError(
            "one film cannot show {count} pictures grow; leave {} out, or give one photo", "film", count=len(jobs)
        )
    growing = wanted if order.zoom is None else replace(wanted, film=None)
    for job in jobs:
        try:
            interrupted = _made(job, growing, listener)
            photos.done += 1
            if interrupted:
                return True
        except EyecandyError as error:
            photos.failures.append((str(job.photo or order.recipe.name), reason(error)))
            if len(jobs) > 1:
                listener.failed(str(job.photo), reason(error))
    return False


def paint_folder(order: Order, photo: str, network: Opener, wanted: FolderOptions, listener: Listener) -> "Study":
    """Makes the folder of a recipe that makes many pictures of one photo, or goes on with it.

    Raises:
        EyecandyError: as the recipe, or the end of the memory.
    """
    images.load(photo)
    order.check()
    name = f"{Path(photo).stem}-{order.recipe.name}"
    target = Path(photo).with_name(name) if wanted.output is None else wanted.output
    backbone = network()
    more = {"overwrite": wanted.overwrite, "signed": order.signed([photo])}
    with memory(too_large(target)):
        made: Study = order.make(photo, backbone, listener.viewing(), target, **more)
    return made


def paint_one(job: Job, wanted: OutputOptions, listener: Listener) -> Painted:
    """Makes one picture, or goes on with an interrupted one, and saves it with all that comes with it.

    Raises:
        EyecandyError: a file that cannot be written, which is said before the work; whatever the recipe refuses; the
            end of the memory; or losses that are no numbers any more, whereupon the last good picture is saved.
    """
    with memory(too_large(job.output)):
        refuse_inputs(_outputs(job, wanted), job.inputs)
        return _painted(job, wanted, listener)


def _made(job: Job | ClipJob, wanted: OutputOptions, listener: Listener) -> bool:
    """Makes one picture or film; whether Ctrl-C ended it."""
    if isinstance(job, Job):
        return paint_one(job, wanted, listener).interrupted
    assert isinstance(wanted, ClipOptions)  # whose recipe paints films
    with memory(too_large(job.output)):
        return clip.make_clip(job, wanted, listener)


def _painted(job: Job, wanted: OutputOptions, listener: Listener) -> Painted:
    output = job.output
    begun = record.load(output) if wanted.resume and output.exists() else None
    if begun is not None and begun.stopped is None:
        finished = Painted(output, None)
        listener.done(finished)
        return finished
    replaced = wanted.overwrite or begun is not None
    _check_targets(wanted, output, replaced)
    beside = None if job.companion is None else job.companion.name(output)
    if beside is not None:
        check_free(beside, overwrite=wanted.overwrite)
    if job.photo is not None:
        for note in images.load(job.photo).notes:
            listener.note(f"{job.photo}: {note}")
    from eyecandy.art.output.painting import Viewing  # here: what was wrong so far is said before TensorFlow is started

    with interrupts() as asked, Growth(wanted, output, job.name, replace=replaced) as growth:

        def planned(plan: "Plan") -> None:
            listener.plan(plan)
            growth.planned(plan)

        listeners = [asked, listener.step, growth.step]
        made = job.make(
            Viewing(
                before=planned,
                listeners=listeners,
                every=growth.every,
                seen=listener.seen,
                note=listener.note,
                resume=begun,
            )
        )
        listener.made(made)
        made = replace(made, record={**made.record, **job.signed})
        made.save(output, overwrite=replaced)
        growth.end(made)
    painted = Painted(output, made)
    if made.stopped is not None and not made.interrupted:
        raise OptionError(
            "{stopped}; {output!r} keeps the last good picture; try a smaller {}",
            "rate",
            stopped=made.stopped,
            output=str(output),
        )
    listener.done(painted)
    if not made.interrupted:
        if wanted.film is not None:
            listener.wrote(wanted.film, "the film")
        if job.companion is not None and beside is not None and job.companion.write(made, beside):
            return replace(painted, made=replace(made, interrupted=True))
    return painted


def _jobs(
    order: Order, photos: Batch, network: Opener, wanted: OutputOptions, listener: Listener
) -> Iterator[Job | ClipJob]:
    """Each photo with the picture, or the film, to make of it."""
    name = order.recipe.name
    signed = order.signed(photos.sources)
    inputs = [*order.inputs, *photos.photos]
    for photo, output in _outputs_of(name, photos, wanted):
        if photo is not None and clip.is_clip(photo, wanted.output if photos.single else None):
            yield ClipJob.of(order, photo, output, network, signed, inputs)
            continue
        yield Job(
            name,
            partial(_make, order, photo, network, listener),
            output,
            photo,
            signed,
            _companion(order, photo, network, wanted, listener),
            inputs,
        )


def _outputs_of(recipe: str, photos: Batch, wanted: OutputOptions) -> list[tuple[Path | None, Path]]:
    if not photos.sources:
        return [(None, wanted.output or Path(f"{recipe}.png"))]
    if photos.single and wanted.output is not None:
        return [(photos.photos[0], wanted.output)]
    folders = results_folders(photos.photos, None if photos.single else wanted.output)
    names = [folder.with_name(f"{folder.name.removesuffix(SUFFIX)}-{recipe}.png") for folder in folders]
    return list(zip(photos.photos, names, strict=True))


def _make(order: Order, photo: Path | None, network: Opener, listener: Listener, viewing: "Viewing") -> Artwork:
    if photo is not None:
        from eyecandy.art.output.region import remarks

        for said in remarks(images.load(photo), files(order.knobs.get("region"))[1]):
            listener.note(said)
    return order.make(photo, network(), viewing)


def _companion(
    order: Order, photo: Path | None, network: Opener, wanted: OutputOptions, listener: Listener
) -> Companion | None:
    """The film of a fall where one is wanted; or else the figure that the recipe has."""
    figure = order.recipe.companion
    if order.zoom is not None:
        from eyecandy.workflows.fall import fall

        return fall(order, photo, network, wanted, listener)
    if figure is None:
        return None

    def write(made: Artwork, path: Path) -> bool:
        from eyecandy._matplotlib import pixels

        text = {"Software": SIGNATURE}
        drawn = pixels(figure.draw(made.record))
        images.save_png(path, drawn, text=text, overwrite=wanted.overwrite, own=images.made_here)
        listener.wrote(path, figure.caption)
        return False

    return Companion(lambda picture: picture.with_name(f"{picture.stem}-{figure.name}.png"), write)


def _outputs(job: Job, wanted: OutputOptions) -> list[Path]:
    """All that is written for one photo: the picture, its record, those kept on the way, a film, and its companion."""
    output = job.output
    outputs = [output, record.record_path(output)]
    if wanted.every is not None:
        on_the_way = re.compile(re.escape(output.stem) + r"-\d{5}" + re.escape(output.suffix))
        outputs += [path for path in map(Path, job.inputs) if on_the_way.fullmatch(path.name)]
    if wanted.film is not None:
        outputs.append(wanted.film)
    if job.companion is not None:
        outputs.append(job.companion.name(output))
    return outputs


def _check_targets(wanted: OutputOptions, output: Path, replaced: bool) -> None:
    """Says now, and not after the work, what cannot be written."""
    images.format_of(output)
    for path in (output, record.record_path(output)):
        check_free(path, overwrite=replaced)
    if wanted.film is not None:
        check_free(wanted.film, overwrite=wanted.overwrite)
    if wanted.every is not None:
        for older in output.parent.glob(f"{glob.escape(output.stem)}-[0-9][0-9][0-9][0-9][0-9]{output.suffix}"):
            check_free(older, overwrite=replaced)

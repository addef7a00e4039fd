"""Films painted frame by frame: what is carried over, what is kept, and what Ctrl-C leaves behind."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eyecandy import clips, images
from eyecandy._version import __version__
from eyecandy.arguments import check_integer, check_number
from eyecandy.art.core.options import plain
from eyecandy.art.output.record import Artwork
from eyecandy.clips import Clip, writer
from eyecandy.clips.reader import fingerprint
from eyecandy.errors import EyecandyError, OptionError
from eyecandy.files import atomic, refuse_inputs
from eyecandy.images.origin import record_path
from eyecandy.images.saving import SUFFIXES
from eyecandy.workflows.frames import FrameFolder
from eyecandy.workflows.interrupts import interrupts
from eyecandy.workflows.listener import Filmed, Listener, Opener, check_free
from eyecandy.workflows.order import Order
from eyecandy.workflows.output import ClipOptions, OutputOptions

if TYPE_CHECKING:
    import numpy as np

    from eyecandy.art.core.moving import MovingSource
    from eyecandy.art.output.painting import Viewing
    from eyecandy.backbone.load import BackboneLike


@dataclass(frozen=True)
class ClipJob:
    """One film to be painted.

    Attributes:
        photo: the film that there is.
        make: paints the frame that a source shows; the `Viewing` is to be handed on.
        output: the film to make.
        told: what is painted and how, as JSON holds it: what was begun otherwise is not gone on with.
        signed: more for the record.
        inputs: what is never replaced.
    """

    photo: Path
    make: "Callable[[MovingSource, Viewing], Artwork]"
    output: Path
    told: Mapping[str, Any] = field(default_factory=dict)
    signed: Mapping[str, Any] = field(default_factory=dict)
    inputs: Sequence[str | Path] = ()

    @classmethod
    def of(
        cls, order: Order, photo: Path, output: Path, network: Opener, signed: Mapping[str, Any], inputs: Sequence[Any]
    ) -> "ClipJob":
        """What an order makes of a film.

        Args:
            output: as it was given, or the name that a picture would have.
        """
        if not order.recipe.clips:
            raise EyecandyError(f"{str(photo)!r} is a film, and {order.recipe.name} paints pictures; give a photo")
        if output.suffix.lower() in SUFFIXES:
            output = output.with_suffix(".gif" if photo.suffix.lower() == ".gif" else ".mp4")
        told = {
            "recipe": order.recipe.name,
            "options": {name: plain(value) for name, value in order.options.items()},
            "paintings": list(order.paintings),
            "network": order.network.record(),
        }

        def make(source: "MovingSource", viewing: "Viewing") -> Artwork:
            made: Artwork = order.make(source, network(), viewing)
            return made

        return cls(photo, make, output, told, signed, inputs)


def is_clip(photo: Path | None, output: Path | None) -> bool:
    """Whether a photo is to be painted as a film: a GIF that moves is one, unless a picture is to be made of it."""
    pictured = output is not None and output.suffix.lower() in SUFFIXES
    return photo is not None and clips.is_clip(photo) and not (pictured and photo.suffix.lower() == ".gif")


def check(order: Order, wanted: OutputOptions) -> None:
    """Raises OptionError where an option is for pictures alone, or out of range."""
    for name, given in (("film", wanted.film), ("every", wanted.every), ("zoom", order.zoom)):
        if given is not None:
            raise OptionError("{} is for pictures, and a film is to be painted; leave it out", name)
    if isinstance(wanted, ClipOptions):
        _check_range(wanted)


def _check_range(wanted: ClipOptions) -> None:
    check_integer("steps", wanted.steps, 1)
    check_number("hold", wanted.hold)


def make_clip(job: ClipJob, wanted: ClipOptions, listener: Listener) -> bool:
    """Paints a film, or goes on with one that was interrupted; the sound goes along.

    The finished frames lie in a folder beside the film until it is whole, so that the same call goes on, also where the
    process was killed. After Ctrl-C the film has the frames so far.

    Returns:
        Whether Ctrl-C ended it.

    Raises:
        EyecandyError: no film, a file that cannot be written, which is said before the work, frames that were made
            otherwise, or whatever the recipe refuses.
    """
    output = writer.check_suffix(job.output)
    refuse_inputs([output, record_path(output)], job.inputs)
    clip = Clip.open(job.photo)
    made_of = {"sha256": fingerprint(job.photo), "frames": clip.count, "rate": str(clip.rate)}
    how = {"steps": wanted.steps, "hold": wanted.hold}
    kept = FrameFolder(output, {**job.told, "film": made_of, **how, "version": __version__})
    if wanted.resume and output.exists() and not kept.begun:
        listener.filmed(Filmed(output, clip.count, clip.count, 0))
        return False
    replaced = wanted.overwrite or kept.begun
    for path in (output, record_path(output)):
        check_free(path, overwrite=replaced)
    for note in clip.notes:
        listener.note(f"{job.photo}: {note}")
    kept.open(overwrite=wanted.overwrite)
    before = kept.count
    interrupted = False
    try:
        with ExitStack() as stack:
            asked, advance = stack.enter_context(interrupts()), stack.enter_context(listener.frames(clip.count))
            for _ in range(before):
                advance()
            try:
                for made in _painted(job, clip, kept, how, [asked, listener.step], listener):
                    kept.add(*made)
                    advance()
            except KeyboardInterrupt:
                interrupted = True
    finally:
        if kept.count == 0:
            kept.remove()
    if kept.count:
        stopped = f"interrupted after {kept.count} of {clip.count} frames" if interrupted else None
        record = {**kept.record, **job.signed, "stopped": stopped, "clip": {**made_of, "done": kept.count, **how}}
        _write(output, kept, clip, record, overwrite=replaced)
    listener.filmed(Filmed(output, kept.count, clip.count, kept.count - before))
    if not interrupted:
        kept.remove()
    return interrupted


def paint_clip(
    clip: str | Path,
    recipe: str,
    paintings: Any = None,
    *,
    output: str | Path,
    backbone: "BackboneLike | None" = None,
    steps: int = ClipOptions.steps,
    hold: float = ClipOptions.hold,
    overwrite: bool = False,
    **knobs: Any,
) -> Path:
    """Paints a film frame by frame, so that nothing flickers; what was interrupted goes on.

    Args:
        clip: a film, or a GIF that moves.
        recipe: "style", "dream" or "mirage", or one of your own that takes films.
        paintings: as of the recipe.
        output: the film to make: .mp4, .mov, .webm or .gif.
        backbone: the network that looks; the bundled one by default.
        steps: a frame, after the first of each scene, which is made as a picture is.
        hold: how strongly what is painted stays on what moves; 0 lets it change.
        overwrite: replace a film that eyecandy made.
        knobs: the options of the recipe.

    Returns:
        The film's path.

    Raises:
        EyecandyError: no film, a recipe that takes none, a file that cannot be written, or anything that the recipe
            refuses.
    """
    from eyecandy.art.recipes import get
    from eyecandy.backbone.load import given_or_default

    chosen, net = get(recipe), given_or_default(backbone)
    if not chosen.clips:
        raise EyecandyError(f"{recipe} paints pictures, and no films; the recipes style, dream and mirage do")
    wanted = ClipOptions(overwrite=overwrite, steps=steps, hold=hold)
    _check_range(wanted)

    def make(source: "MovingSource", viewing: "Viewing") -> Artwork:
        made: Artwork = chosen.run(source, paintings, backbone=net, viewing=viewing, **knobs)
        return made

    told = {"recipe": recipe, "options": {name: plain(value) for name, value in knobs.items()}, "network": net.identity}
    if make_clip(ClipJob(Path(clip), make, Path(output), told, {}, [clip]), wanted, Listener()):
        raise KeyboardInterrupt
    return Path(output)


def _painted(
    job: ClipJob, clip: Clip, kept: FrameFolder, how: Mapping[str, Any], listeners: Sequence[Any], listener: Listener
) -> "Iterator[tuple[np.ndarray, Mapping[str, np.ndarray], Mapping[str, Any]]]":
    """The frames that are missing, with what the next depends on, and the record of each."""
    from eyecandy.art.core.moving import MovingSource  # here: what was wrong so far is said before TensorFlow starts
    from eyecandy.art.output.motion import Motion
    from eyecandy.art.output.painting import Viewing

    state = kept.state() if kept.count else None
    first = next(clip.frames(0 if state is None else int(state["scene"])), None)
    if first is None:
        raise EyecandyError(f"{str(job.photo)!r} gives no frames; play it to see whether it is whole")
    photos = (images.Photo(frame, job.photo, ()) for frame in clip.frames(max(0, kept.count - 1), tell=listener.note))
    source = MovingSource(images.Photo(first, job.photo, ()), "photo", told={"sha256": fingerprint(job.photo)})
    motion = Motion(source, **how)
    if state is not None:
        motion.rehearsing = True  # what a recipe takes of a scene, it takes of its first frame
        job.make(source, Viewing(motion=motion))
        motion.restore(state, next(photos))
    for photo in photos:
        motion.show(photo)
        viewing = Viewing(listeners=listeners if not motion.goes_on else listeners[:1], motion=motion)
        if kept.count == 0:
            viewing = replace(viewing, before=listener.plan, seen=listener.seen)
        made = job.make(source, viewing)
        if made.interrupted:
            raise KeyboardInterrupt
        if made.stopped is not None:
            raise OptionError("{stopped}; try a smaller {}", "rate", stopped=f"frame {kept.count + 1}: {made.stopped}")
        yield made.image, motion.state(), made.record


def _write(output: Path, kept: FrameFolder, clip: Clip, record: Mapping[str, Any], *, overwrite: bool) -> None:
    """The film of the frames that there are, and its record."""
    frames = kept.frames()
    first = next(frames)
    size = first.shape[1], first.shape[0]
    sound = clip.path if clip.sound and output.suffix.lower() != ".gif" else None
    with atomic(record_path(output), overwrite=overwrite, own=images.made_here) as temporary:
        temporary.write_text(json.dumps(record, indent=2) + "\n", "utf-8")
        with clips.film(output, size, rate=clip.rate, sound=sound, overwrite=overwrite) as film:
            film.add(first)
            for frame in frames:
                film.add(frame)

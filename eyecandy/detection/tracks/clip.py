"""`detect_clip`: a film goes in, things that keep their numbers come out, with films and labels of every frame."""

import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from eyecandy.arguments import check_integer, options_of
from eyecandy.backbone.load import BackboneLike, given_or_default
from eyecandy.backbone.model import Backbone
from eyecandy.clips.reader import Clip
from eyecandy.detection.detect import look, trace
from eyecandy.detection.export.folders import MARKER
from eyecandy.detection.export.formats import check_formats
from eyecandy.detection.export.options import LABEL_KNOBS, LabelOptions
from eyecandy.detection.options import DetectOptions
from eyecandy.detection.tracks.follow import follow
from eyecandy.detection.tracks.journal import Journal
from eyecandy.detection.tracks.options import EVERY, PATIENCE
from eyecandy.detection.tracks.results import About, write
from eyecandy.detection.tracks.sighting import Sighting
from eyecandy.detection.tracks.track import Cast, Track
from eyecandy.errors import EyecandyError, OptionError, memory
from eyecandy.files import atomic_directory, refuse_inputs
from eyecandy.images import Photo

_JOURNAL = "frames.jsonl"


@dataclass(frozen=True)
class Progress:
    """How far a clip is.

    Attributes:
        stage: "looking" through all frames, then "drawing" them.
        done: frames of this stage so far.
        total: frames of the clip; a damaged one may have fewer.
        seconds_left: of this stage, as it went so far.
    """

    stage: str
    done: int
    total: int
    seconds_left: float


Listener = Callable[[Progress], object]


@dataclass(frozen=True)
class ClipDetection:
    """What was found in a clip.

    Attributes:
        path: of the clip.
        size: (width, height) of its frames.
        rate: frames a second.
        total: frames of the clip.
        done: how many of them were seen: all, but after Ctrl-C.
        tracks: the things, in the order in which they appear.
        fleeting: how many things are no tracks, since too few looks found them.
        notes: what the user should know about how the clip was read, and what is missing.
        backbone: name of the network.
        folder: of the results, if any.
        interrupted: whether Ctrl-C ended it.
    """

    path: Path
    size: tuple[int, int]
    rate: float
    total: int
    done: int
    tracks: tuple[Track, ...]
    fleeting: int
    notes: tuple[str, ...]
    backbone: str
    folder: Path | None = None
    interrupted: bool = False


def detect_clip(
    path: str | Path,
    to: str | Path | None = None,
    *,
    backbone: BackboneLike | None = None,
    options: DetectOptions | None = None,
    every: int = EVERY,
    format: str | Sequence[str] = (),
    overwrite: bool = False,
    listener: Listener | None = None,
    **knobs: Any,
) -> ClipDetection:
    """Finds the objects in a film and follows them: each keeps its number from frame to frame.

    Masks are carried along by the motion between looks, and where a look misses a thing that is found again later. What
    a thing is called, all looks decide together. A cut begins anew, with new numbers.

    Args:
        path: a film, or a GIF that moves.
        to: the folder of results to make, see `results.write`; by default none is.
        backbone: the network, as for `detect`.
        options: all knobs of `detect` at once.
        every: frames from one look of the network to the next.
        format: of labels beside COCO, names of `formats.FORMATS`; these hold no numbers of tracks.
        overwrite: replace older results.
        listener: is told after each frame.
        **knobs: of `DetectOptions` and `LabelOptions`.

    Returns:
        The tracks. After Ctrl-C (KeyboardInterrupt) those of the frames so far, and the folder shows these.

    Raises:
        EyecandyError: no film, a knob out of its range, or a folder that exists or cannot be written.
    """
    labels = options_of(LabelOptions, None, {name: knobs.pop(name) for name in LABEL_KNOBS & knobs.keys()})
    return follow_clip(
        Path(path),
        None if to is None else Path(to),
        lambda: given_or_default(backbone),
        options_of(DetectOptions, options, knobs),
        labels,
        every=every,
        formats=format,
        overwrite=overwrite,
        listener=listener,
    )


def follow_clip(
    path: Path,
    folder: Path | None,
    network: Callable[[], Backbone],
    chosen: DetectOptions,
    labels: LabelOptions,
    *,
    every: int = EVERY,
    formats: str | Sequence[str] = (),
    overwrite: bool = False,
    listener: Listener | None = None,
) -> ClipDetection:
    """`detect_clip`, of options that were checked and a network that is asked for when all else is well."""
    every = check_integer("every", every, 1)
    formats = check_formats(formats) if formats else ()
    clip = Clip.open(path)
    if folder is not None:
        refuse_inputs([folder], [clip.path])
    told = listener or (lambda progress: None)
    claimed = nullcontext() if folder is None else atomic_directory(folder, overwrite=overwrite, marker=MARKER)
    with claimed as fresh, TemporaryDirectory() as rough:
        net = network()
        net.need_places("detect")
        chosen.check(net)
        journal = Journal(Path(rough if fresh is None else fresh) / _JOURNAL, clip.size)
        try:
            seen = _seen(clip, net, chosen, every, journal, told)
            if fresh is not None:
                tracks, notes = seen.cast.tracks(), (*clip.notes, *seen.notes)
                about = About(clip, net, chosen, labels, formats, every, tracks, seen.done, notes)
                seen.interrupted |= write(fresh, journal, about, _timed("drawing", seen.done, told))
        finally:
            journal.close()
            with suppress(FileNotFoundError):
                journal.path.unlink()
    return ClipDetection(
        path=clip.path,
        size=clip.size,
        rate=float(clip.rate),
        total=clip.count,
        done=seen.done,
        tracks=tuple(seen.cast.tracks().values()),
        fleeting=seen.cast.fleeting,
        notes=(*clip.notes, *seen.notes),
        backbone=net.name,
        folder=folder,
        interrupted=seen.interrupted,
    )


@dataclass
class _Seen:
    cast: Cast
    notes: list[str]
    done: int = 0
    interrupted: bool = False


def _seen(clip: Clip, net: Backbone, options: DetectOptions, every: int, journal: Journal, told: Listener) -> _Seen:
    """All frames, looked at and kept in the journal, as far as Ctrl-C lets it."""
    refusal = OptionError(
        "{path!r} cannot be looked at: there is not enough memory; try {}", "size=224", path=str(clip.path)
    )

    def seen_in(frame: np.ndarray, size: tuple[int, int]) -> list[Sighting]:
        photo = Photo(frame, None, ())
        with memory(refusal):
            found = trace(photo, look(photo, net, options), net, options)
        return [Sighting.of(each, size) for each in found.objects]

    seen = _Seen(Cast(), [])
    advance = _timed("looking", clip.count, told)
    patience = max(every, round(PATIENCE * clip.rate))
    frames = clip.frames(tell=seen.notes.append)
    try:
        for frame in follow(frames, seen_in, every=every, patience=patience):
            journal.add(frame)
            seen.cast.add(frame)
            seen.done += 1
            advance(seen.done)
    except KeyboardInterrupt:
        if seen.done == 0:
            raise
        seen.interrupted = True
    if seen.done == 0:
        raise EyecandyError(f"{str(clip.path)!r} gives no frames; play it to see whether it is whole")
    return seen


def _timed(stage: str, total: int, told: Listener) -> Callable[[int], None]:
    began = time.monotonic()

    def advance(done: int) -> None:
        each = (time.monotonic() - began) / max(1, done)
        told(Progress(stage, done, total, each * max(0, total - done)))

    return advance

"""Photos looked at one after another, and films: what is found, told as it is known, and its files."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from eyecandy.detection.export.folders import MARKER
from eyecandy.detection.export.options import LabelOptions
from eyecandy.detection.find.sizes import default_size
from eyecandy.detection.options import DetectOptions
from eyecandy.errors import EyecandyError, OptionError, memory
from eyecandy.files import atomic_directory, refuse_inputs
from eyecandy.workflows.interrupts import interrupts

if TYPE_CHECKING:
    from eyecandy.backbone.model import Backbone
    from eyecandy.detection.detect import Detection, Look
    from eyecandy.detection.tracks.clip import ClipDetection, Progress
    from eyecandy.images import Photo
    from eyecandy.workflows.photos import Batch


class Report(Protocol):
    """Listens to the detection of one photo after another."""

    def busy(self, text: str) -> AbstractContextManager[None]:
        """Something that takes a while goes on inside."""

    def opened(self, path: Path, photo: "Photo") -> None: ...

    def seen(self, look: "Look", backbone: str) -> None: ...

    def done(self, path: Path, found: "Detection", folder: Path | None) -> None: ...

    def frames(self, path: Path) -> "AbstractContextManager[Callable[[Progress], object]]":
        """The frames of a film are gone through inside; what is given is told of each."""

    def followed(self, found: "ClipDetection") -> None: ...

    def ended(self, batch: "Batch") -> None: ...


def look_at(
    path: Path,
    network: "Callable[[], Backbone]",
    options: DetectOptions,
    report: Report,
    *,
    folder: Path | None = None,
    overwrite: bool = False,
    explain: bool = False,
    inputs: Sequence[Path] = (),
) -> None:
    """Looks at one photo, and writes a folder of what is found where one is named.

    Args:
        path: of the photo.
        network: gives the network; not asked before the photo is read.
        options: of the detection.
        report: is told.
        folder: for the files; it is claimed before the work begins.
        overwrite: replace older results.
        explain: explain.png as well.
        inputs: what is never replaced.

    Raises:
        EyecandyError: as `eyecandy.detect`, a folder that cannot be written, or the end of the memory.
    """
    if folder is not None:
        refuse_inputs([folder], inputs)
    claimed = nullcontext() if folder is None else atomic_directory(folder, overwrite=overwrite, marker=MARKER)
    with claimed as fresh:
        found = _found(path, network, options, report)
        if fresh is not None:
            _write(found, fresh, explain, report)
    report.done(path, found, folder)


def follow_through(
    path: Path,
    network: "Callable[[], Backbone]",
    options: DetectOptions,
    report: Report,
    *,
    labels: LabelOptions,
    every: int,
    formats: Sequence[str] = (),
    folder: Path | None = None,
    overwrite: bool = False,
) -> None:
    """Follows the objects of one film, and writes a folder of what is found where one is named.

    Raises:
        EyecandyError: as `eyecandy.detect_clip`.
        KeyboardInterrupt: after Ctrl-C, when the results so far are written and told.
    """
    from eyecandy.detection.tracks.clip import Progress, follow_clip

    with report.frames(path) as told, interrupts() as asked:

        def listen(progress: Progress) -> None:
            told(progress)
            if progress.stage == "looking":  # what was pressed then has done its work when the films are drawn
                asked(progress)

        found = follow_clip(
            path,
            folder,
            network,
            options,
            labels,
            every=every,
            formats=formats,
            overwrite=overwrite,
            listener=listen,
        )
    report.followed(found)
    if found.interrupted:
        raise KeyboardInterrupt


def _found(path: Path, network: "Callable[[], Backbone]", options: DetectOptions, report: Report) -> "Detection":
    from eyecandy.images import load

    photo = load(path)
    report.opened(path, photo)
    net = network()
    from eyecandy.detection.detect import look, trace

    longest = min(max(photo.size), options.size or default_size(photo.size))
    smaller = max(net.minimum, longest // 2 // net.stride * net.stride)
    refusal = OptionError(
        "{path!r} cannot be looked at with a longest side of {longest} pixels: there is not enough memory; try {}",
        f"size={smaller}",
        path=str(path),
        longest=longest,
    )
    with memory(refusal):
        with report.busy("looking"):
            seen = look(photo, net, options)
        report.seen(seen, net.name)
        with report.busy(f"tracing {len(seen.classes)} classes back"):
            return trace(photo, seen, net, options)


def _write(found: "Detection", folder: Path, explain: bool, report: Report) -> None:
    from eyecandy.detection.export.results import write

    width, height = found.photo.size
    refusal = EyecandyError(
        f"masks of {width} x {height} pixels cannot be written: there is not enough memory; try a smaller copy of the "
        "photo"
    )
    with report.busy("writing"), memory(refusal):
        write(found, folder, explain=explain)

"""What `eyecandy detect` says: everything about one photo, a line about each of several, or JSON."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eyecandy.cli.terminal.clip import each_frame, tell_tracks
from eyecandy.cli.terminal.console import out, remark, say, status, table
from eyecandy.detection import meanings
from eyecandy.files import atomic
from eyecandy.workflows.look import Report

if TYPE_CHECKING:
    from eyecandy.detection.detect import Detection, Look
    from eyecandy.detection.tracks.clip import ClipDetection, Progress
    from eyecandy.images import Photo
    from eyecandy.workflows.photos import Batch


class Full:
    """For one photo: the top list as soon as it is known, then a table of objects."""

    def busy(self, text: str) -> AbstractContextManager[None]:
        return status(text)

    def opened(self, path: Path, photo: "Photo") -> None:
        say(f"{path}: {photo.size[0]} × {photo.size[1]} pixels")
        for note in photo.notes:
            say(f"note: {note}")

    def seen(self, look: "Look", backbone: str) -> None:
        console = out()
        name, meaning = meanings.of_classes(look.reading)
        shown = table(
            console,
            f"What {backbone} sees at {look.pixels.shape[1]} × {look.pixels.shape[0]} pixels",
            ("label", name, "class"),
            (name, "class"),
            meaning,
        )
        for label in look.classes:
            shown.add_row(label.label, f"{label.probability:.3f}", str(label.class_index))
        console.print(shown)

    def done(self, path: Path, found: "Detection", folder: Path | None) -> None:
        console = out()
        if found.objects:
            numbers = (meanings.UNDER_MASK, "score", "box: x0 y0 x1 y1")
            shown = table(console, "Objects", ("word", "label", *numbers), numbers, meanings.OF_OBJECTS)
            for item in found.objects:
                box = " ".join(map(str, item.box))
                shown.add_row(item.word, item.called, f"{item.probability:.3f}", f"{item.score:.2f}", box)
            console.print(shown)
        else:
            say(f"no object found: {found.options.nothing}")
        if folder is not None:
            say(f"figure: {folder / 'figure.png'}")

    def frames(self, path: Path) -> "AbstractContextManager[Callable[[Progress], object]]":
        return each_frame()

    def followed(self, found: "ClipDetection") -> None:
        tell_tracks(found)

    def ended(self, batch: "Batch") -> None:
        """Nothing is left to say."""


class Brief:
    """For several photos: one line each."""

    def busy(self, text: str) -> AbstractContextManager[None]:
        return nullcontext()

    def opened(self, path: Path, photo: "Photo") -> None:
        for note in photo.notes:
            remark(f"{path}: {note}")

    def seen(self, look: "Look", backbone: str) -> None:
        """A line is enough; the top list is in objects.json."""

    def done(self, path: Path, found: "Detection", folder: Path | None) -> None:
        objects = ", ".join(f"{o.word} ({o.called}) {o.score:.2f}" for o in found.objects) or "no object found"
        say(f"{path}: {objects}")

    def frames(self, path: Path) -> "AbstractContextManager[Callable[[Progress], object]]":
        return each_frame()

    def followed(self, found: "ClipDetection") -> None:
        for note in found.notes:
            remark(f"{found.path}: {note}")
        objects = ", ".join(f"{t.number} {t.word} ({t.label}) {t.score:.2f}" for t in found.tracks) or "no object found"
        say(f"{found.path}: {objects}")

    def ended(self, batch: "Batch") -> None:
        """The failures are listed for every report."""


class Json:
    """One JSON object on standard output when all is done.

    {"results": [{"photo", "width", "height", "notes", "backbone", "output", "classes", "objects"}, ...],
    "failures": [{"photo", "error"}, ...]}, the same for one photo and for many; "output" is the folder of results
    or null, "classes" and "objects" are what `labelled` calls "classes" and "annotations". Files that were left out,
    being no photos, are among the failures with "left_out": true. Of a film there are "film", "size", "rate", "total"
    and "done" (frames), "tracks", "fleeting", "notes", "backbone", "folder" and "interrupted", see `ClipDetection`.
    """

    def __init__(self) -> None:
        self.results: list[dict[str, Any]] = []

    def busy(self, text: str) -> AbstractContextManager[None]:
        return nullcontext()

    def opened(self, path: Path, photo: "Photo") -> None:
        """Said at the end."""

    def seen(self, look: "Look", backbone: str) -> None:
        """Said at the end."""

    def done(self, path: Path, found: "Detection", folder: Path | None) -> None:
        from eyecandy.detection.export.labelled import labelled

        told: dict[str, Any] = {**labelled(found, str(path)), "backbone": found.backbone}
        told |= {"output": None if folder is None else str(folder), "objects": told.pop("annotations")}
        self.results.append(told)

    def frames(self, path: Path) -> "AbstractContextManager[Callable[[Progress], object]]":
        return nullcontext(lambda progress: None)

    def followed(self, found: "ClipDetection") -> None:
        told = asdict(found)
        told["tracks"] = [{**track, "score": round(track["score"], 6)} for track in told["tracks"]]
        self.results.append({"film": str(told.pop("path")), **told, "folder": found.folder and str(found.folder)})

    def ended(self, batch: "Batch") -> None:
        say(json.dumps({"results": self.results, "failures": batch.told_failures}))


class _Page:
    """Hands everything on, and each result to a page as well."""

    def __init__(self, inner: Report, add: Callable[["Detection"], None]) -> None:
        self.inner = inner
        self.add = add
        self.failures: list[tuple[str, str]] = []
        self.added = 0

    def busy(self, text: str) -> AbstractContextManager[None]:
        return self.inner.busy(text)

    def opened(self, path: Path, photo: "Photo") -> None:
        self.inner.opened(path, photo)

    def seen(self, look: "Look", backbone: str) -> None:
        self.inner.seen(look, backbone)

    def done(self, path: Path, found: "Detection", folder: Path | None) -> None:
        self.add(found)
        self.added += 1
        self.inner.done(path, found, folder)

    def frames(self, path: Path) -> "AbstractContextManager[Callable[[Progress], object]]":
        return self.inner.frames(path)

    def followed(self, found: "ClipDetection") -> None:
        self.inner.followed(found)

    def ended(self, batch: "Batch") -> None:
        self.failures = list(batch.failures)
        self.inner.ended(batch)


class _NothingFoundError(Exception):
    pass


@contextmanager
def with_page(inner: Report, path: Path | None, *, single: bool, overwrite: bool, silent: bool) -> Iterator[Report]:
    """What listens, and writes a page too where a path is given.

    Args:
        inner: what listens anyway.
        path: of the page; ends in .html.
        single: whether one photo was named: then it is a page of that photo, else a gallery.
        overwrite: replace what exists.
        silent: say nothing of the page.

    Raises:
        EyecandyError: at once, where the page cannot be written; no page is left behind then.
    """
    if path is None:
        yield inner
        return
    with _photo(inner, path, overwrite) if single else _gallery(inner, path, overwrite) as page:
        yield page
    if not silent and (page.added or not single):
        say(f"report: {path}")


@contextmanager
def _photo(inner: Report, path: Path, overwrite: bool) -> Iterator[_Page]:
    from eyecandy.images import made_here
    from eyecandy.report.report import check_suffix, report_html, write_page  # here: --help does without NumPy

    with suppress(_NothingFoundError), atomic(check_suffix(path), overwrite=overwrite, own=made_here) as temporary:
        page = _Page(inner, lambda found: write_page(temporary, report_html(found)))
        yield page
        if page.added == 0:  # the photo failed, which is said elsewhere
            raise _NothingFoundError


@contextmanager
def _gallery(inner: Report, path: Path, overwrite: bool) -> Iterator[_Page]:
    from eyecandy.report import gallery

    with gallery(path, overwrite=overwrite) as made:
        page = _Page(inner, made.add)
        yield page
        made.failures = page.failures

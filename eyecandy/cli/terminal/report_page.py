"""`eyecandy detect --report`: what is found goes into a page as well."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from eyecandy.cli.terminal.console import say
from eyecandy.files import atomic
from eyecandy.workflows.look import Report

if TYPE_CHECKING:
    from eyecandy.detection.detect import Detection, Look
    from eyecandy.images import Photo
    from eyecandy.workflows.photos import Batch


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

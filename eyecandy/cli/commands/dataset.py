"""`eyecandy detect PHOTOS --to RESULTS`: what it says about a whole data set."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, cast

import typer

from eyecandy.cli.terminal.batch import tell_failures, tell_left_out
from eyecandy.cli.terminal.console import Advance, bar, err, remark, say, status
from eyecandy.cli.terminal.progress import span
from eyecandy.detection.export.formats import check_formats
from eyecandy.detection.export.options import LabelOptions
from eyecandy.detection.options import DetectOptions

if TYPE_CHECKING:
    from eyecandy.backbone.model import Backbone
    from eyecandy.cluster import Engine
    from eyecandy.datasets.work import Progress

_LINES = 20  # of a run, where nobody watches


class RunProgress:
    """How far a run is: a bar where somebody watches, a few plain lines elsewhere; a context."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._advance: Advance | None = None
        self._started = time.monotonic()
        self._here = 0  # photos of this run
        self._line = 0

    def __enter__(self) -> "RunProgress":
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def __call__(self, progress: "Progress") -> None:
        """A listener of `detect_all`."""
        self._here += 1
        if err().is_terminal:
            if self._advance is None:
                self._advance = self._stack.enter_context(bar(progress.total))
                for _ in range(progress.finished - 1):
                    self._advance(progress.photo)
            self._advance(progress.photo)
            return
        line = progress.finished * _LINES // progress.total
        if line > self._line or self._here == 1:
            self._line = line
            pace = (time.monotonic() - self._started) / self._here
            left = span(pace * (progress.total - progress.finished))
            remark(f"  {progress.finished} of {progress.total} photos, {pace:.2f} s a photo, {left} left")


def detect_dataset(
    photos: Sequence[str],
    to: str,
    *,
    formats: Sequence[str],
    labels: LabelOptions,
    recursive: bool,
    page: Path | None,
    engine: str,
    address: str | None,
    workers: int | None,
    net: Callable[[], "Backbone"],
    options: DetectOptions,
) -> None:
    """Runs `detect_all`, follows it, and says what came of it.

    Raises:
        EyecandyError: as `detect_all`.
        typer.Exit: some photos failed.
    """
    with status("starting TensorFlow"):
        from eyecandy.datasets.dataset import detect_all
        from eyecandy.report.collected import fill, store_of
        from eyecandy.report.gallery import gallery

    check_formats(formats)
    backbone = net()
    # A run goes on with older results, so its page takes the place of an older page.
    with nullcontext() if page is None else gallery(page, overwrite=True) as made:
        with RunProgress() as shown:
            done = detect_all(
                photos,
                to,
                backbone=backbone,
                options=options,
                format=formats,
                labels=labels,
                recursive=recursive,
                engine=cast("Engine", engine),
                address=address,
                workers=workers,
                listener=shown,
            )
        if made is not None:
            with status("making the report"):
                fill(made, store_of(to))
    earlier = f", {done.earlier} of them earlier" if done.earlier else ""
    others = f", {len(done.left_out)} left out" if done.left_out else ""
    photos_done = f"{done.done + done.earlier} photos{earlier}"
    say(f"{done.table}: {photos_done}, {len(done.failures)} failed{others}; {span(done.seconds)}")
    for name, table in done.tables[1:]:
        say(f"{name}: {table}")
    if page is not None:
        say(f"report: {page}")
    for note in done.notes:
        remark(f"note: {note}")
    if done.failures:
        remark(f"eyecandy: {len(done.failures)} failed; the failures:")
        tell_failures(done.failures)
    tell_left_out(done.left_out)
    if done.failures:
        raise typer.Exit(2)

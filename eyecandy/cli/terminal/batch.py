"""The photos of one run on the terminal: a bar, and what failed or was left out at the end."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import typer

from eyecandy.cli.terminal.console import bar, remark
from eyecandy.errors import EyecandyError
from eyecandy.workflows.photos import Batch


def each(batch: Batch, work: Callable[[Path], None], *, before: Callable[[], object]) -> None:
    """Does the work for every photo, with a bar where there are several.

    Args:
        batch: the photos.
        work: as for `Batch.each`.
        before: what all of several photos need; where it fails, nothing else is tried.
    """
    if batch.single:
        batch.each(work)
    elif batch.photos:
        before()
        with bar(len(batch.photos)) as advance:
            batch.each(work, advance)


def finish(batch: Batch) -> None:
    """Lists the failures and what was left out; if anything failed, ends the command with exit code 2."""
    alone = len(batch.failures) == 1 and len(batch.photos) <= 1 and batch.done == 0
    if batch.failures and not alone:
        remark(f"eyecandy: {len(batch.failures)} failed, {batch.done} done; the failures:")
        tell_failures(batch.failures)
    tell_left_out(batch.left_out)
    if alone:
        raise EyecandyError(batch.failures[0][1])
    if batch.failures:
        raise typer.Exit(2)


def tell_failures(failures: Iterable[tuple[str, str]]) -> None:
    """A line for each."""
    for photo, why in failures:
        remark(f"  {why}" if photo in why else f"  {photo}: {why}")  # most reasons name the photo


def tell_left_out(left_out: Sequence[tuple[str, str]]) -> None:
    """A line for each reason, with the names of all files that are left out for it."""
    if not left_out:
        return
    remark(f"eyecandy: {len(left_out)} left out:")
    for why in dict.fromkeys(why for _, why in left_out):
        remark(f"  {', '.join(path for path, other in left_out if other == why)}: {why}")

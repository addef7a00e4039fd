"""The photos of one run: which they are, what became of those that failed, and what was left out."""

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import typer

from eyecandy.cli.options.flags import reason
from eyecandy.cli.terminal.console import bar, remark
from eyecandy.detection.export.folders import RESULTS, is_results
from eyecandy.errors import EyecandyError


@dataclass
class Batch:
    """The photos of one run.

    Attributes:
        photos: in the order given, each once.
        single: whether one photo was named, rather than a folder, a pattern or several photos.
        failures: (photo, reason) so far; or (folder or pattern, reason) where it holds no photo. Pictures of a kind
            that is not read are among them.
        left_out: (file, reason) of what else lies in the folders: no pictures, or made by eyecandy.
        done: how many photos went well so far.
    """

    photos: list[Path]
    single: bool
    failures: list[tuple[str, str]] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)
    done: int = 0

    @classmethod
    def of(cls, sources: Sequence[str]) -> "Batch":
        """The photos that files, folders and patterns stand for; the pictures in folders of results are no photos."""
        from eyecandy.images.search import search

        photos: dict[str, Path] = {}
        batch = cls([], len(sources) == 1)
        for source in sources:
            try:
                found = search([source])
            except EyecandyError as error:
                batch.failures.append((source, reason(error)))
                batch.single = False
                continue
            named = found.paths == [Path(source)]
            batch.single = batch.single and named
            own = [] if named else [photo for photo in found.paths if is_results(photo.parent)]
            if own and len(own) == len(found.paths):
                batch.failures.append((source, f"{source!r} holds nothing but results of eyecandy; expected photos"))
            else:
                batch.left_out += [(str(folder), RESULTS) for folder in dict.fromkeys(each.parent for each in own)]
            for photo in found.paths:
                if photo not in own:
                    photos.setdefault(os.path.normpath(photo.absolute()), photo)
            for other in found.left_out:
                if not is_results(other.path) and not is_results(other.path.parent):
                    told = batch.failures if other.wanted else batch.left_out
                    told.append((str(other.path), other.reason))
        batch.photos = list(photos.values())
        return batch

    @property
    def told_failures(self) -> list[dict[str, object]]:
        """All failures, and after them what was left out, as JSON can hold them."""
        told: list[dict[str, object]] = [{"photo": source, "error": why} for source, why in self.failures]
        return told + [{"photo": path, "error": why, "left_out": True} for path, why in self.left_out]

    def each(self, work: Callable[[Path], None], *, before: Callable[[], object]) -> None:
        """Does the work for every photo; where it fails for one, goes on with the next.

        Args:
            work: what is to be done; `EyecandyError` is a failure of the photo.
            before: what all of several photos need; where it fails, nothing else is tried.
        """
        if self.single:
            self._attempt(work, self.photos[0])
            return
        if not self.photos:
            return
        before()
        with bar(len(self.photos)) as advance:
            for photo in self.photos:
                advance(photo.name)
                self._attempt(work, photo)

    def _attempt(self, work: Callable[[Path], None], photo: Path) -> None:
        try:
            work(photo)
        except EyecandyError as error:
            self.failures.append((str(photo), reason(error)))
        else:
            self.done += 1

    def finish(self) -> None:
        """Lists the failures and what was left out; if anything failed, ends the command with exit code 2."""
        alone = len(self.failures) == 1 and len(self.photos) <= 1 and self.done == 0
        if self.failures and not alone:
            remark(f"eyecandy: {len(self.failures)} failed, {self.done} done; the failures:")
            tell_failures(self.failures)
        tell_left_out(self.left_out)
        if alone:
            raise EyecandyError(self.failures[0][1])
        if self.failures:
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

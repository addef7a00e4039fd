"""The photos of one run: which they are, and what became of those that failed."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import typer

from eyecandy.cli.console import bar, remark
from eyecandy.cli.flags import reason
from eyecandy.detection.export.folders import is_results
from eyecandy.errors import EyecandyError


@dataclass
class Batch:
    """The photos of one run.

    Attributes:
        photos: in the order given, each once.
        single: whether one photo was named, rather than a folder, a pattern or several photos.
        failures: (photo, reason) so far; or (folder or pattern, reason) where it holds no photo.
        done: how many photos went well so far.
    """

    photos: list[Path]
    single: bool
    failures: list[tuple[str, str]] = field(default_factory=list)
    done: int = 0

    @classmethod
    def of(cls, sources: Sequence[str]) -> "Batch":
        """The photos that files, folders and patterns stand for; the pictures in folders of results are no photos."""
        from eyecandy.images import find

        photos: dict[str, Path] = {}
        failures = []
        single = len(sources) == 1
        for source in sources:
            try:
                found = find([source])
            except EyecandyError as error:
                failures.append((source, reason(error)))
                single = False
                continue
            named = found == [Path(source)]
            single = single and named
            for photo in found:
                if named or not is_results(photo.parent):
                    photos.setdefault(os.path.normpath(photo.absolute()), photo)
        return cls(list(photos.values()), single, failures)

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
        """Lists the failures, if any, and ends the command with exit code 2 then."""
        if not self.failures:
            return
        if len(self.failures) == 1 and len(self.photos) <= 1:
            raise EyecandyError(self.failures[0][1])
        remark(f"eyecandy: {len(self.failures)} failed, {self.done} done; the failures:")
        for photo, why in self.failures:
            remark(f"  {why}" if photo in why else f"  {photo}: {why}")  # most reasons name the photo
        raise typer.Exit(2)

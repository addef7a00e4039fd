"""The photos of one run: which they are, what became of those that failed, and what was left out."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from eyecandy.detection.export.folders import RESULTS, is_ours, is_results
from eyecandy.errors import EyecandyError
from eyecandy.workflows.command import reason


@dataclass
class Batch:
    """The photos of one run.

    Attributes:
        sources: the files, folders and patterns that were given.
        photos: in the order given, each once.
        single: whether one photo was named, rather than a folder, a pattern or several photos.
        failures: (photo, reason) so far; or (folder or pattern, reason) where it holds no photo. Pictures of a kind
            that is not read are among them.
        left_out: (file, reason) of what else lies in the folders: no pictures, or made by eyecandy.
        done: how many photos went well so far.
    """

    sources: Sequence[str]
    photos: list[Path]
    single: bool
    failures: list[tuple[str, str]] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)
    done: int = 0

    @classmethod
    def of(cls, sources: Sequence[str], *, recursive: bool = False) -> "Batch":
        """The photos that files, folders and patterns stand for; the pictures in folders of results are no photos.

        With `recursive`, folders stand for what lies in the folders below them too.
        """
        from eyecandy.images.search import search

        photos: dict[str, Path] = {}
        batch = cls(sources, [], len(sources) == 1)
        for source in sources:
            try:
                found = search([source], recursive=recursive, skip=is_ours)
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
                if not is_ours(other.path) and not is_ours(other.path.parent):
                    told = batch.failures if other.wanted else batch.left_out
                    told.append((str(other.path), other.reason))
        batch.photos = list(photos.values())
        return batch

    @property
    def told_failures(self) -> list[dict[str, object]]:
        """All failures, and after them what was left out, as JSON can hold them."""
        told: list[dict[str, object]] = [{"photo": source, "error": why} for source, why in self.failures]
        return told + [{"photo": path, "error": why, "left_out": True} for path, why in self.left_out]

    def each(self, work: Callable[[Path], None], advance: Callable[[str], None] = lambda name: None) -> None:
        """Does the work for every photo; where it fails for one, goes on with the next.

        Args:
            work: what is to be done; `EyecandyError` is a failure of the photo.
            advance: called with the name of each photo before it.
        """
        for photo in self.photos:
            advance(photo.name)
            try:
                work(photo)
            except EyecandyError as error:
                self.failures.append((str(photo), reason(error)))
            else:
                self.done += 1

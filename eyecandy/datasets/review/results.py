"""The results that are looked through: their photos, masks and words, and whether something else has changed them."""

import hashlib
import json
import os
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from eyecandy.datasets.journal import FOLDER as RUNS
from eyecandy.datasets.journal import Entry, parsed
from eyecandy.datasets.store import LocalStore
from eyecandy.detection.export.folders import MARKER
from eyecandy.errors import EyecandyError
from eyecandy.images import Photo, load


@dataclass(frozen=True)
class Known:
    """A photo of the results.

    Attributes:
        name: as the results call it.
        key: a name for addresses.
        of: the digest of its entry, by which decisions know that they are about these very objects.
        size: (width, height).
        count: of objects found.
        part, offset: where its entry lies.
    """

    name: str
    key: str
    of: str
    size: tuple[int, int]
    count: int
    part: str
    offset: int


class Results:
    """What `detect_all` wrote, read; `refresh` takes in what a run has added.

    Attributes:
        store: where it lies.
        made: the record of how it was made.
        photos: those that went well, by their keys, in the order of their names.
        words: what the results speak of, the most frequent first.

    Raises:
        EyecandyError: there are no such results.
    """

    def __init__(self, folder: str | Path) -> None:
        self.store = LocalStore(Path(os.path.normpath(Path(folder).absolute())))
        self._read()

    @property
    def folder(self) -> Path:
        return self.store.folder

    @property
    def root(self) -> Path:
        """The folder of the photos."""
        return Path(self.made["photos"])

    def refresh(self) -> None:
        """Reads it again if it has changed.

        Raises:
            EyecandyError: it is gone.
        """
        if self._stamp() != self._signature:
            self._read()

    def entry(self, known: Known) -> Entry:
        """All that was found in a photo."""
        with self.store.read(known.part) as file:
            file.seek(known.offset)
            return dict(json.loads(file.readline()))

    def photo(self, known: Known) -> Photo:
        """The pixels of a photo.

        Raises:
            EyecandyError: it is gone, or another one has its name now.
        """
        path = self.root / known.name
        try:
            change = path.stat()
        except OSError as error:
            raise EyecandyError(
                f"the photo {known.name!r} is no longer in {str(self.root)!r}; put it back, or run detect again"
            ) from error
        photo = _decoded(path, change.st_mtime_ns, change.st_size)
        if photo.size != known.size:
            raise EyecandyError(
                f"the photo {known.name!r} has {_times(photo.size)} pixels now, and had {_times(known.size)} when "
                "its objects were found; run detect again"
            )
        return photo

    def inside(self, known: Known, mask: str, threshold: float) -> np.ndarray:
        """Where a mask is at least its threshold, (H, W) bool at the photo's own size.

        Raises:
            EyecandyError: its mask is gone, or is none of this photo.
        """
        path = self.folder / mask
        try:
            levels = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_GRAYSCALE)
        except (OSError, cv2.error):
            levels = None
        if levels is None or levels.shape[::-1] != known.size:
            what = "is no longer there" if levels is None else f"has {_times(levels.shape[::-1])} pixels"
            raise EyecandyError(
                f"the mask {mask!r} {what}: {str(self.folder)!r} was changed; make its results anew with detect"
            )
        return np.asarray(levels >= 255 * threshold)

    def _read(self) -> None:
        self._signature = self._stamp()
        self.made = self._record()
        found: dict[str, Known] = {}
        words: Counter[str] = Counter()
        for part in self.store.names(RUNS):
            offset = 0
            with self.store.read(part) as file:
                for line in file:
                    entry = parsed(line)
                    if entry is not None and "error" not in entry:
                        found[entry["photo"]] = _known(entry, line, part, offset)
                        words.update(each["word"] for each in entry["annotations"])
                        words.update({seen["label"]: 0 for seen in entry["classes"]})
                    offset += len(line)
        if not found:
            raise EyecandyError(f"{str(self.folder)!r} holds no photo that went well, so there is nothing to review")
        self.photos = {known.key: known for _, known in sorted(found.items())}
        self.words = [word for word, _ in words.most_common()]

    def _record(self) -> dict[str, Any]:
        made: object = None
        try:
            with self.store.read(MARKER) as file:
                made = json.loads(file.read())
        except (OSError, ValueError):
            pass
        if not isinstance(made, dict) or "layout" not in made or not isinstance(made.get("photos"), str):
            raise EyecandyError(
                f"{str(self.folder)!r} holds no results of many photos; expected what "
                "eyecandy detect PHOTOS --to FOLDER writes"
            )
        return made

    def _stamp(self) -> object:
        """What changes when the results do."""
        try:
            files = [self.folder / name for name in (MARKER, *self.store.names(RUNS))]
            return [(file.name, file.stat().st_ino, file.stat().st_mtime_ns, file.stat().st_size) for file in files]
        except OSError:
            return None


def _known(entry: Entry, line: bytes, part: str, offset: int) -> Known:
    name = entry["photo"]
    key = hashlib.sha256(os.fsencode(name)).hexdigest()[:16]
    of = hashlib.sha256(line).hexdigest()[:16]
    return Known(name, key, of, (entry["width"], entry["height"]), len(entry["annotations"]), part, offset)


@lru_cache(maxsize=3)
def _decoded(path: Path, changed: int, length: int) -> Photo:
    """A photo; the one that is shown, and its neighbours, are not decoded again for each stroke."""
    return load(path)


def _times(size: tuple[int, ...]) -> str:
    return f"{size[0]} x {size[1]}"

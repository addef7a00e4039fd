"""The journal: one line for each photo that is finished, only ever appended to.

What it says is done is done: a photo's masks are on disk before its line is. So whenever a run is stopped, by whatever
means, the next one knows what is left.
"""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from eyecandy.datasets.store import Store
from eyecandy.errors import EyecandyError

FOLDER = "journal"
LOCAL = f"{FOLDER}/local.jsonl"
_BLOCK = 1 << 16  # bytes read at a time from the end

# What is told of a photo that went well, and of each of its objects.
_FOUND = {"width": int, "height": int, "notes": list, "classes": list, "annotations": list}
_OBJECT = {"category_id": int, "word": str, "label": str, "score": float, "segmentation": dict, "mask": str}

Entry = dict[str, Any]
"""What became of one photo: "photo", its name, and either "error", the reason, or all that was found."""


@dataclass(frozen=True)
class Place:
    """Where the last line about a photo lies.

    Attributes:
        part: the file of the journal.
        offset: of the line, in bytes.
        error: why the photo failed; None where it did not.
    """

    part: str
    offset: int
    error: str | None


def index(store: Store) -> dict[str, Place]:
    """The last word on each photo of which the journal tells, by its name.

    A torn last line tells nothing, nor does a damaged one: its photo is looked at again. A photo that went well once is
    done, whatever other parts of the journal say.
    """
    places: dict[str, Place] = {}
    for part in store.names(FOLDER):
        with store.read(part) as file:
            offset = 0
            for line in file:
                entry = parsed(line)
                if entry is not None:
                    name, error = entry["photo"], entry.get("error")
                    if error is None or name not in places or places[name].error is not None:
                        places[name] = Place(part, offset, error)
                offset += len(line)
    return places


def entries(store: Store, places: dict[str, Place]) -> Iterator[Entry]:
    """The entries at some places, by the names of their photos."""
    part, file = "", None
    try:
        for _, place in sorted(places.items()):
            if file is None or place.part != part:
                if file is not None:
                    file.close()
                part, file = place.part, store.read(place.part).__enter__()
            file.seek(place.offset)
            yield json.loads(file.readline())
    finally:
        if file is not None:
            file.close()


def parsed(line: bytes) -> Entry | None:
    """The entry of a line; None of one that is torn or damaged, as a disk leaves it when the power fails."""
    if not line.endswith(b"\n"):
        return None
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(entry, dict) or not isinstance(entry.get("photo"), str):
        return None
    if "error" in entry:
        return entry if isinstance(entry["error"], str) else None
    whole = _is_whole(entry, _FOUND) and all(_is_whole(each, _OBJECT) for each in entry["annotations"])
    return entry if whole else None


def _is_whole(told: object, kinds: Mapping[str, type]) -> bool:
    """Whether it tells all that it must, each of its kind."""
    return isinstance(told, dict) and all(isinstance(told.get(name), kind) for name, kind in kinds.items())


def line(entry: Entry) -> bytes:
    """An entry as it stands in the journal."""
    # ASCII with escapes: the name of a photo may hold bytes that are no UTF-8
    return (json.dumps(entry) + "\n").encode("ascii")


class Journal:
    """A journal, by default that of the runs on this machine, open for appending; a context.

    One process at a time has it open.

    Raises:
        EyecandyError: another process writes it, or it cannot be opened.
    """

    def __init__(self, folder: Path, name: str = LOCAL) -> None:
        self.path = folder / name
        self.path.parent.mkdir(exist_ok=True)
        self._file: BinaryIO = self.path.open("ab", buffering=0)
        try:
            _lock(self._file, folder)
            self._cut_torn_line()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def append(self, entry: Entry) -> None:
        """Adds a line, and returns when it is on the disk. Where it fails, no part of the line stays.

        Raises:
            OSError: the disk is full, and the like.
        """
        start = self._file.seek(0, os.SEEK_END)
        left = memoryview(line(entry))
        try:
            while left:
                left = left[self._file.write(left) :]
            os.fsync(self._file.fileno())
        except BaseException:
            self._file.truncate(start)
            raise

    def _cut_torn_line(self) -> None:
        """Takes away what a killed process left behind the last whole line."""
        end = self.path.stat().st_size
        with self.path.open("rb") as file:
            while end > 0:
                start = max(0, end - _BLOCK)
                file.seek(start)
                newline = file.read(end - start).rfind(b"\n")
                if newline >= 0:
                    end = start + newline + 1
                    break
                end = start
        self._file.truncate(end)


def _lock(file: BinaryIO, folder: Path) -> None:
    """Keeps other processes out for as long as the file is open, however this one ends."""
    if sys.platform == "win32":  # it has no such lock; two runs at once are the user's to avoid there
        return
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise EyecandyError(
            f"another run is writing to {str(folder)!r}; wait for it or choose another folder"
        ) from error

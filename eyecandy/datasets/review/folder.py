"""A results folder under review: what was decided, and the masks that were mended, all of it on disk at once."""

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np

from eyecandy.datasets.journal import Journal
from eyecandy.datasets.review import decisions
from eyecandy.datasets.review.decisions import Decision, History, Item, Status
from eyecandy.datasets.review.results import Known, Results
from eyecandy.datasets.review.strokes import as_png, painted
from eyecandy.errors import EyecandyError
from eyecandy.images import Photo

FOLDER = "review"
DECISIONS = f"{FOLDER}/decisions.jsonl"
MASKS = f"{FOLDER}/masks"
LONGEST_NAME = 100  # characters
_AGAIN = "load the page again"
_BLANK = {"word": "", "label": "", "mask": "-"}


@dataclass(frozen=True)
class Standing:
    """How far a photo is: how many of its objects are open, accepted and rejected, and whether all is decided."""

    photo: Known
    open: int
    accepted: int
    rejected: int
    done: bool


@dataclass(frozen=True)
class Sheet:
    """A photo with its objects as they stand; a decision about it tells `turn`, and so that it is of no later state."""

    photo: Known
    items: tuple[Item, ...]
    turn: int
    done: bool


class Review:
    """A review of a results folder, open; a context. Each decision is on disk before it counts.

    Args:
        folder: what `detect_all` wrote.

    Raises:
        EyecandyError: there are no such results, or another page has them open; later, that something else has
            changed them meanwhile.
    """

    def __init__(self, folder: str | Path) -> None:
        self._lock = threading.RLock()
        self.results = Results(folder)
        self._open()

    def __enter__(self) -> "Review":
        return self

    def __exit__(self, *_: object) -> None:
        self._journal.__exit__()

    @property
    def folder(self) -> Path:
        return self.results.folder

    def standings(self) -> list[Standing]:
        """All photos, by their names."""
        with self._lock:
            self._check()
            return [self._standing(known) for known in self.results.photos.values()]

    def standing(self, key: str) -> Standing:
        """How far one photo is."""
        with self._lock:
            return self._standing(self._known(key))

    def names(self) -> list[str]:
        """What objects may be called: the names given by hand, latest first, then those that the results speak of."""
        with self._lock:
            changes = [change for each in self.history.standing[::-1] for change in each["changes"].values()]
            given = [change["name"] for change in changes if "name" in change]
            return list(dict.fromkeys([*given, *self.results.words]))

    @property
    def steps(self) -> tuple[int, int]:
        """How many decisions can be taken back, and how many done again."""
        return len(self.history.standing), len(self.history.undone)

    def sheet(self, key: str) -> Sheet:
        """A photo and its objects.

        Raises:
            EyecandyError: there is none of this key, or the folder was changed.
        """
        with self._lock:
            self._check()
            known = self._known(key)
            there = decisions.items(self.results.entry(known), self._about(known))
            return Sheet(known, tuple(there.values()), self._turns[known.name], self._standing(known).done)

    def photo(self, key: str) -> Photo:
        """The pixels of a photo.

        Raises:
            EyecandyError: it is gone, or another one has its name now.
        """
        with self._lock:
            known = self._known(key)
        return self.results.photo(known)

    def path(self, key: str) -> Path:
        """Where a photo lies."""
        with self._lock:
            return self.results.root / self._known(key).name

    def decide(
        self, key: str, of: str, turn: int, changes: Mapping[int, Mapping[str, str]], *, seen: bool = False
    ) -> Sheet:
        """Keeps a decision about objects of a photo.

        Args:
            key: the photo.
            of, turn: of the sheet that it was decided upon.
            changes: by the ids of objects, any of "status" and "name".
            seen: that the photo counts as looked through.

        Raises:
            EyecandyError: the sheet is not the latest, there is no such object, or a name or status is none.
        """
        with self._lock:
            sheet = self._latest(key, of, turn)
            for number, change in changes.items():
                _item(sheet, number)
                _check(change)
            return self._keep(sheet, changes, seen)

    def paint(
        self, key: str, of: str, turn: int, number: int | None, stroke: Mapping[str, Any], name: str = "object"
    ) -> Sheet:
        """Changes the mask of an object by a stroke or a click, see `strokes.painted`; what is mended is accepted.

        Args:
            key, of, turn: as for `decide`.
            number: the object; None for a new one, which gets the name.

        Raises:
            EyecandyError: as `decide`; nothing is left of the mask.
        """
        with self._lock:
            sheet = self._latest(key, of, turn)
            pixels = self.photo(key).pixels
            change = {"name": name} if number is None else {}
            _check(change)
            if number is None:
                number, before = (
                    1 + max((sheet.photo.count, *self._used(sheet.photo))),
                    np.zeros(pixels.shape[:2], bool),
                )
            else:
                item = _item(sheet, number)
                before = self.results.inside(sheet.photo, item.mask, item.threshold)
            after = painted(pixels, before, stroke)
            if not after.any():
                raise EyecandyError("nothing would be left of the mask; reject the object instead")
            if np.array_equal(after, before):
                return sheet
            file = f"{MASKS}/{sheet.photo.key}/{number}-{self._lines + 1}.png"
            with self.results.store.replace(file) as out:
                out.write(as_png(after))
            return self._keep(sheet, {number: change | {"mask": file}})

    def undo(self) -> str | None:
        """Takes the last decision back; gives the key of its photo, None where there is nothing to be taken back."""
        return self._turn_back({"undo": True})

    def redo(self) -> str | None:
        """Does again what was taken back last, likewise."""
        return self._turn_back({"redo": True})

    # What is on disk

    def _check(self) -> None:
        """Takes in what a run has added meanwhile.

        Raises:
            EyecandyError: the results are gone, or the decisions were changed by something else.
        """
        self.results.refresh()
        if self._stamp() != self._end:
            self._journal.__exit__()
            self._open()
            raise EyecandyError(f"the decisions in {str(self.folder / FOLDER)!r} were changed by others; {_AGAIN}")

    def _open(self) -> None:
        """Opens the decisions, and reads them."""
        try:
            self._journal = Journal(self.folder, DECISIONS)
        except EyecandyError as error:
            raise EyecandyError(f"{str(self.folder)!r} is open in another review; close that one first") from error
        except OSError as error:
            raise EyecandyError(
                f"decisions cannot be kept in {str(self.folder / FOLDER)!r}: {error.strerror}"
            ) from error
        self.history, self._turns, self._lines = History(), Counter[str](), 0
        kept = set()
        for line in self._journal.path.read_bytes().splitlines(keepends=True):
            decision = decisions.parsed(line)
            if decision is not None:
                self._count(decision)
                kept |= {change["mask"] for change in decision.get("changes", {}).values() if "mask" in change}
            self._lines += 1
        for path in (self.folder / MASKS).glob("*/*.png"):  # a stroke that was killed before its line
            if path.relative_to(self.folder).as_posix() not in kept:
                path.unlink()
        self._end = self._stamp()

    def _stamp(self) -> object:
        """What changes when something else writes the decisions."""
        try:
            there = self._journal.path.stat()
        except OSError:
            return None
        return there.st_ino, there.st_size

    def _append(self, decision: Decision) -> Decision | None:
        try:
            self._journal.append(decision)
        except OSError as error:
            raise EyecandyError(
                f"this cannot be kept in {str(self._journal.path)!r}: {error.strerror}; make room, and try again"
            ) from error
        self._lines += 1
        self._end = self._stamp()
        return self._count(decision)

    def _count(self, decision: Decision) -> Decision | None:
        about = self.history.add(decision)
        if about is not None:
            self._turns[about["photo"]] += 1
        return about

    # What stands

    def _known(self, key: str) -> Known:
        if key not in self.results.photos:
            raise EyecandyError(f"this photo is no longer among the results; {_AGAIN}")
        return self.results.photos[key]

    def _about(self, known: Known) -> list[Decision]:
        return [each for each in self.history.standing if (each["photo"], each["of"]) == (known.name, known.of)]

    def _used(self, known: Known) -> set[int]:
        """The numbers of all objects that there ever were, so that none comes back as another."""
        every = self.history.standing + self.history.undone
        return {int(key) for each in every if each["photo"] == known.name for key in each["changes"]}

    def _standing(self, known: Known) -> Standing:
        about = self._about(known)
        there = decisions.items({"annotations": [_BLANK] * known.count}, about)
        counts = Counter(item.status for item in there.values())
        seen = bool(there) or any(each.get("seen") for each in about)
        open_ = counts["open"]
        return Standing(known, open_, counts["accepted"], counts["rejected"], done=seen and not open_)

    def _latest(self, key: str, of: str, turn: int) -> Sheet:
        sheet = self.sheet(key)
        if sheet.photo.of != of:
            raise EyecandyError(f"the results of {sheet.photo.name!r} were made anew; {_AGAIN}")
        if sheet.turn != turn:
            raise EyecandyError(f"{sheet.photo.name!r} was changed in another window; {_AGAIN}")
        return sheet

    def _keep(self, sheet: Sheet, changes: Mapping[int, Mapping[str, str]], seen: bool = False) -> Sheet:
        told = {str(number): dict(change) for number, change in changes.items()}
        decision: Decision = {"photo": sheet.photo.name, "of": sheet.photo.of, "changes": told}
        self._append(decision | ({"seen": True} if seen else {}))
        return self.sheet(sheet.photo.key)

    def _turn_back(self, line: Decision) -> str | None:
        with self._lock:
            self._check()
            if not (self.history.standing if "undo" in line else self.history.undone):
                return None
            about = self._append(line)
            names = {known.name: known.key for known in self.results.photos.values()}
            return None if about is None else names.get(about["photo"])


def _item(sheet: Sheet, number: int) -> Item:
    for item in sheet.items:
        if item.id == number:
            return item
    raise EyecandyError(f"{sheet.photo.name!r} has no object {number}; {_AGAIN}")


def _check(change: Mapping[str, str]) -> None:
    for what, value in change.items():
        if what not in ("status", "name") or not isinstance(value, str):
            raise EyecandyError(f"a decision has a status or a name, got {what[:40]!r}")
        if what == "status" and value not in get_args(Status):
            raise EyecandyError(f"an object is {' or '.join(get_args(Status))}, got {value[:40]!r}")
        if what == "name" and not (value.strip() == value and 0 < len(value) <= LONGEST_NAME and value.isprintable()):
            raise EyecandyError(f"a name has 1 to {LONGEST_NAME} characters on one line, got {value[:40]!r}")

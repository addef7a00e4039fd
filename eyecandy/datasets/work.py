"""The work of one run over a data set: what is to be done, what has been, and how far it is."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from eyecandy.datasets.examiner import Unwritable
from eyecandy.datasets.journal import Entry, Place, index
from eyecandy.datasets.photos import PhotoList
from eyecandy.datasets.store import Store
from eyecandy.datasets.tables import write_tables
from eyecandy.detection.export.formats import FORMATS
from eyecandy.detection.export.labelled import LabelledPhoto
from eyecandy.detection.export.labelling import Labelling
from eyecandy.detection.export.options import LabelOptions
from eyecandy.errors import EyecandyError


@dataclass(frozen=True)
class Progress:
    """How far a run is.

    Attributes:
        photo: the name of the photo that was finished last.
        finished: how many photos are, with those of earlier runs.
        total: how many there are.
        error: why this one failed; None where it did not.
    """

    photo: str
    finished: int
    total: int
    error: str | None


@dataclass(frozen=True)
class Summary:
    """What a run has done.

    Attributes:
        table: where the table of all objects lies: the file to look at first, of the first format.
        done: how many photos of this run's went well.
        earlier: how many were done by earlier runs already.
        failures: (photo, reason) for each that failed, by name; pictures of a kind that is not read are among them.
        seconds: that the run took.
        left_out: (file, reason) for what else lies in the folders: no pictures, or made by eyecandy.
        tables: (format, file) for each format, the first among them.
        notes: what the formats could not hold, in plain words; one for each such format.
    """

    table: str
    done: int
    earlier: int
    failures: tuple[tuple[str, str], ...]
    seconds: float
    left_out: tuple[tuple[str, str], ...] = ()
    tables: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()


Listener = Callable[[Progress], None]


class Work:
    """What is to be done, and what has been."""

    def __init__(self, store: Store, listed: PhotoList, places: dict[str, Place]) -> None:
        self.store = store
        self.listed = listed
        self.total = len(listed.paths)
        self.known = places
        finished = {name for name, place in places.items() if place.error is None}
        self.left = [path for path in listed.paths if listed.name(path) not in finished]
        self.earlier = self.total - len(self.left)
        self.done = 0
        self.failures: list[tuple[str, str]] = []

    def follow(self, entries: Iterator[Entry], listener: Listener | None) -> None:
        """Counts the photos as they are finished.

        Raises:
            EyecandyError: nothing more can be written; it says how far the work is.
        """
        try:
            for entry in entries:
                error = entry.get("error")
                if error is None:
                    self.done += 1
                else:
                    self.failures.append((entry["photo"], error))
                if listener is not None:
                    listener(Progress(entry["photo"], self.finished, self.total, error))
        except Unwritable as stopped:
            raise self._stopped(stopped) from stopped

    @property
    def finished(self) -> int:
        return self.earlier + self.done + len(self.failures)

    def tables(self, backbone: str, formats: Sequence[str], naming: LabelOptions) -> dict[str, str]:
        """Writes the labels in some formats; returns where the file to look at first lies, of each."""

        def labels(photos: Iterable[LabelledPhoto]) -> Labelling:
            return Labelling.of(photos, backbone, naming, self.listed.root)

        try:
            places, unread = index(self.store), self._left_out(wanted=True)
            left_out = self._left_out(wanted=False)
            written = write_tables(self.store, places, labels, formats, unread, left_out)
            return {name: f"{self.store.address}/{file}" for name, file in zip(formats, written, strict=True)}
        except (OSError, EyecandyError) as error:
            raise self._stopped(error) from error

    def summary(self, tables: dict[str, str], seconds: float) -> Summary:
        lacking = [(name, FORMATS[name].lacks) for name in tables]
        return Summary(
            table=next(iter(tables.values())),
            done=self.done,
            earlier=self.earlier,
            failures=tuple(sorted([*self.failures, *self._left_out(wanted=True)])),
            seconds=seconds,
            left_out=tuple(self._left_out(wanted=False)),
            tables=tuple(tables.items()),
            notes=tuple(f"{name} {lacks}" for name, lacks in lacking if lacks),
        )

    def _left_out(self, *, wanted: bool) -> list[tuple[str, str]]:
        others = (each for each in self.listed.left_out if each.wanted == wanted)
        return [(self.listed.name(each.path), each.reason) for each in others]

    def _stopped(self, error: Exception) -> EyecandyError:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        return EyecandyError(
            f"stopped after {self.finished} of {self.total} photos, which are safe in {self.store.address!r}: "
            f"{reason}; then run the same again, and it goes on from there"
        )

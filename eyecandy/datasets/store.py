"""Where the results of a data set lie: a folder, and what can be read and written there."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

from eyecandy.errors import EyecandyError
from eyecandy.files import atomic

TEMPORARY = ".eyecandy-"  # how `files.atomic` calls what it writes


class Store(Protocol):
    """A folder of files, here or on another machine. Names are relative, with slashes."""

    @property
    def address(self) -> str:
        """What the user calls it."""

    @property
    def local(self) -> Path | None:
        """The folder, where it is one of this machine."""

    def refuse_other_files(self, marker: str) -> None:
        """Raises EyecandyError where something else than results lies there already."""

    def sweep(self, folder: str) -> None:
        """Takes away the half-written files that a killed process left in a folder."""

    def names(self, folder: str) -> list[str]:
        """The names of all files in a folder, sorted; none where there is no such folder."""

    def holds(self, name: str) -> bool:
        """Whether there is such a file."""

    def read(self, name: str) -> AbstractContextManager[BinaryIO]:
        """A file, opened for reading; seeking is allowed."""

    def replace(self, name: str) -> AbstractContextManager[BinaryIO]:
        """A file to be written, which takes the name, whole or not at all, when the block ends well."""


class LocalStore:
    """A folder of this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def address(self) -> str:
        return str(self.folder)

    @property
    def local(self) -> Path:
        return self.folder

    def refuse_other_files(self, marker: str) -> None:
        name = repr(str(self.folder))
        if self.folder.exists() and not self.folder.is_dir():
            raise EyecandyError(f"{name} is a file; expected the name of a folder")
        if self.folder.is_dir() and next(self.folder.iterdir(), None) is not None:
            raise EyecandyError(
                f"{name} is not empty and holds no {marker}, so it is no folder of results; choose another folder"
            )

    def sweep(self, folder: str) -> None:
        for left in (self.folder / folder).glob(f"{TEMPORARY}*"):
            left.unlink()

    def names(self, folder: str) -> list[str]:
        place = self.folder / folder
        found = place.iterdir() if place.is_dir() else iter(())
        return sorted(f"{folder}/{path.name}" for path in found if not path.name.startswith(TEMPORARY))

    def holds(self, name: str) -> bool:
        return (self.folder / name).is_file()

    def read(self, name: str) -> AbstractContextManager[BinaryIO]:
        return (self.folder / name).open("rb")

    @contextmanager
    def replace(self, name: str) -> Iterator[BinaryIO]:
        with atomic(self.folder / name, overwrite=True) as temporary, temporary.open("wb") as file:
            yield file

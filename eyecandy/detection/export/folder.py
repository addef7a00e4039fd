"""Where the files of a format go."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO, Protocol


class Folder(Protocol):
    """Where the files of a format go: a folder here or on another machine."""

    @property
    def local(self) -> Path | None:
        """The folder, where it is one of this machine."""

    def replace(self, name: str) -> AbstractContextManager[BinaryIO]:
        """A file to be written, which takes the name (relative, with slashes), whole or not at all."""

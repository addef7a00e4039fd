"""Formats in which the labels of photos are written for other tools, one file each. Importing it is instant."""

import importlib
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Protocol

from eyecandy.errors import OptionError
from eyecandy.registry import Registry

if TYPE_CHECKING:
    from eyecandy.detection.export.labelled import LabelledPhoto


class Folder(Protocol):
    """Where the files of a format go: a folder here or on another machine."""

    def replace(self, name: str) -> AbstractContextManager[BinaryIO]:
        """A file to be written, which takes the name (relative, with slashes), whole or not at all."""


@dataclass(frozen=True)
class Format:
    """A way to write the labels of photos.

    Attributes:
        write: writes the files of some photos, which come in the order of their names and one at a time, into a
            folder; the third argument is the network's name. Returns the name of the file to look at first.
        package: one beyond eyecandy's own that `write` imports; `extra` is the extra of eyecandy that brings it.
    """

    write: "Callable[[Folder, Iterable[LabelledPhoto], str], str]"
    package: str = ""
    extra: str = ""


FORMATS: Registry[Format] = Registry("format", __name__, __path__, first=("coco",))


def check_format(name: str) -> None:
    """Makes sure that results can be written in a format.

    Raises:
        OptionError: there is no such format, or what writes it is not installed.
    """
    needed = FORMATS[FORMATS.check(name)]
    if needed.package:
        try:
            importlib.import_module(needed.package)
        except ImportError as error:
            raise OptionError(
                "{} needs {package}; run pip install 'eyecandy[{extra}]'",
                f'format="{name}"',
                package=needed.package.partition(".")[0],
                extra=needed.extra,
            ) from error

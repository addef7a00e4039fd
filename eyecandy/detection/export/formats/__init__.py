"""Formats in which the labels of photos are written for other tools, one file each. Importing it is instant."""

import importlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eyecandy.errors import OptionError
from eyecandy.registry import Registry

if TYPE_CHECKING:
    from eyecandy.detection.export.folder import Folder
    from eyecandy.detection.export.labelled import LabelledPhoto
    from eyecandy.detection.export.labelling import Labelling


@dataclass(frozen=True)
class Format:
    """A way to write the labels of photos.

    Attributes:
        write: writes the files of some photos, which come in the order of their names and one at a time, into a
            folder; the third argument says what they have in common. Returns the name of the file to look at first.
        folder: where they lie below the results of a data set.
        lacks: what the format cannot hold, and what becomes of it: the end of a sentence that begins with its name.
        package: one beyond eyecandy's own that `write` imports; `extra` is the extra of eyecandy that brings it.
    """

    write: "Callable[[Folder, Iterable[LabelledPhoto], Labelling], str]"
    folder: str = ""
    lacks: str = ""
    package: str = ""
    extra: str = ""


FORMATS: Registry[Format] = Registry("format", __name__, __path__, first=("coco",))


def check_formats(given: str | Sequence[str]) -> tuple[str, ...]:
    """The names of formats: one, several joined by commas, or a list of such; each once.

    Raises:
        OptionError: there is no such format, or what writes it is not installed.
    """
    texts = [given] if isinstance(given, str) else list(given)
    split = (text.split(",") if isinstance(text, str) else [text] for text in texts)
    pieces = [piece.strip() if isinstance(piece, str) else piece for several in split for piece in several]
    names = tuple(dict.fromkeys(pieces))
    for name in names or ("",):
        _check(name)
    return names


def _check(name: str) -> None:
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

"""Which picture files the user means: names, folders and patterns."""

import glob
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from eyecandy.errors import EyecandyError
from eyecandy.images.decoding import suffixes


def find(sources: Sequence[str | Path]) -> list[Path]:
    """Expands folders and patterns to picture files.

    A folder gives the pictures directly in it, known by their suffix, sorted by name; a pattern with `*`, `?` or
    `[...]` gives the pictures it matches, sorted, where `**` stands for any folders. Hidden files are left out of
    both. Whatever exists under the very name is that file, even one called `a[1].jpg`. Any other name is passed
    on as it is, without a look at the file: `load` says what is wrong with it.

    Returns:
        The paths in the order of the sources, each file once.

    Raises:
        EyecandyError: a folder without pictures or without permission, or a pattern that matches no picture.
    """
    found: dict[str, Path] = {}
    for source in sources:
        for path in _expanded(str(source)):
            found.setdefault(os.path.normpath(path.absolute()), path)
    return list(found.values())


def _expanded(source: str) -> list[Path]:
    path = Path(source)
    if path.is_dir():
        return _in_folder(path)
    if glob.has_magic(source) and not path.exists():
        return _matching(source)
    return [path]


def _in_folder(folder: Path) -> list[Path]:
    try:
        pictures = _pictures(folder.iterdir())
    except OSError as error:
        raise EyecandyError(f"the folder {str(folder)!r} cannot be read: {error.strerror}") from error
    if not pictures:
        raise EyecandyError(
            f"the folder {str(folder)!r} holds no pictures; expected files named *{', *'.join(sorted(suffixes()))}"
        )
    return pictures


def _matching(pattern: str) -> list[Path]:
    # Path.glob takes no absolute patterns and, before Python 3.13, follows ** to folders alone
    pictures = _pictures(Path(name) for name in glob.glob(pattern, recursive=True))  # noqa: PTH207
    if not pictures:
        raise EyecandyError(f"no picture matches {pattern!r}; check the folder's name and the suffix")
    return pictures


def _pictures(paths: Iterable[Path]) -> list[Path]:
    """The files among them that are pictures by their suffix, sorted."""
    known = suffixes()
    return sorted(
        path for path in paths if path.suffix.lower() in known and not path.name.startswith(".") and path.is_file()
    )

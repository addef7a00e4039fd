"""Which picture files the user means: names, folders and patterns; and what of these is left out, and why."""

import glob
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from eyecandy.errors import EyecandyError
from eyecandy.images.decoding import suffixes
from eyecandy.images.origin import made_here

# Pictures that are not read: whoever has one among photos wants to know of it.
_OTHER_PICTURES = frozenset((".ai", ".dds", ".djvu", ".emf", ".eps", ".exr", ".fits", ".hdr", ".icns", ".ico", ".jxl"))
_OTHER_PICTURES |= {".jxr", ".kra", ".pcx", ".psb", ".psd", ".svg", ".tga", ".wdp", ".wmf", ".xcf"}
MADE_HERE = "made by eyecandy; give the name of a picture to use it all the same"
NO_PICTURE = "no picture, by its name"
FILM = "a film; give its name, and it is gone through frame by frame"
FILMS = frozenset((".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".mts", ".3gp", ".ogv"))
"""In what the names of films end, but for GIFs, which may be pictures."""


@dataclass(frozen=True)
class LeftOut:
    """Something in a folder, or matched by a pattern, that is not looked at.

    Attributes:
        path: its path.
        reason: why, in plain words.
        wanted: whether it is a picture of a kind that is not read: its owner will miss it.
    """

    path: Path
    reason: str
    wanted: bool = False


@dataclass(frozen=True)
class Search:
    """What was found.

    Attributes:
        paths: in the order of the sources, each file once.
        left_out: what else lies in the folders and is matched by the patterns, but for hidden files.
    """

    paths: list[Path] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)


def find(sources: Sequence[str | Path]) -> list[Path]:
    """The paths that `search` finds.

    Raises:
        EyecandyError: as `search`.
    """
    return search(sources).paths


def search(
    sources: Sequence[str | Path], *, recursive: bool = False, skip: Callable[[Path], bool] = lambda folder: False
) -> Search:
    """Expands folders and patterns to picture files.

    A folder gives the pictures directly in it, or with `recursive` those of all folders below it too, but of links to
    folders, known by their suffix, sorted by name; a pattern with `*`, `?` or
    `[...]` gives the pictures it matches, sorted, where `**` stands for any folders. Hidden files are left out of
    both, and so are pictures that eyecandy made. Whatever exists under the very name is that file, even one called
    `a[1].jpg`. Any other name is passed on as it is, without a look at the file: `load` says what is wrong with it.

    Args:
        sources: folders, patterns and files.
        recursive: look into the folders of folders, and so on.
        skip: of a folder below one given, whether to pass it by without a word.

    Raises:
        EyecandyError: a folder without pictures or without permission, or a pattern that matches no picture.
    """
    found: dict[str, Path] = {}
    left_out: dict[str, LeftOut] = {}
    for source in map(str, sources):
        path = Path(source)
        if path.is_dir():
            here = _in_folder(path, recursive, skip)
        elif glob.has_magic(source) and not path.exists():
            here = _matching(source)
        else:
            here = Search([path])
        for each in here.paths:
            found.setdefault(_key(each), each)
        for other in here.left_out:
            left_out.setdefault(_key(other.path), other)
    return Search(list(found.values()), [other for key, other in left_out.items() if key not in found])


def _key(path: Path) -> str:
    return os.path.normpath(path.absolute())


def _in_folder(folder: Path, recursive: bool, skip: Callable[[Path], bool]) -> Search:
    try:
        files = _below(folder, skip) if recursive else folder.iterdir()
        here = _sorted_out(files, folders=True)
    except OSError as error:
        place = folder if error.filename is None else Path(os.fsdecode(error.filename))
        raise EyecandyError(f"the folder {str(place)!r} cannot be read: {error.strerror}") from error
    if not here.paths:
        below = ", nor do those below it" if recursive else ""
        raise EyecandyError(
            f"the folder {str(folder)!r} holds no pictures{below}{_but(here)}; "
            f"expected files named *{', *'.join(sorted(suffixes()))}"
        )
    return here


def _below(folder: Path, skip: Callable[[Path], bool]) -> Iterator[Path]:
    """What lies in a folder and in all below it, but in hidden folders; links to folders are given as they are."""
    for path in sorted(folder.iterdir()):
        if not path.is_dir() or path.is_symlink():
            yield path
        elif not path.name.startswith(".") and not skip(path):
            yield from _below(path, skip)


def _matching(pattern: str) -> Search:
    # Path.glob takes no absolute patterns and, before Python 3.13, follows ** to folders alone
    here = _sorted_out((Path(name) for name in glob.glob(pattern, recursive=True)), folders=False)  # noqa: PTH207
    if not here.paths:
        raise EyecandyError(f"no picture matches {pattern!r}{_but(here)}; check the folder's name and the suffix")
    return here


def _but(here: Search) -> str:
    """What there is in the place of pictures."""
    own = sum(other.reason == MADE_HERE for other in here.left_out)
    kinds = sorted({other.path.suffix.lower() for other in here.left_out if other.wanted})
    return (f" but {own} files that eyecandy made" if own else "") + (f", and none is read of {kinds}" if kinds else "")


def _sorted_out(paths: Iterable[Path], *, folders: bool) -> Search:
    """The pictures among them, sorted, and all others; of folders only where these are asked for."""
    here = Search()
    for path in sorted(paths):
        if path.name.startswith(".") or (path.is_dir() and not folders):
            continue
        other = _left_out(path)
        if other is None:
            here.paths.append(path)
        else:
            here.left_out.append(other)
    return here


def _left_out(path: Path) -> LeftOut | None:
    """Why something is not looked at; None of a picture."""
    suffix, known = path.suffix.lower(), suffixes()
    if path.is_dir():
        return LeftOut(path, "a folder; give its name, or a pattern with **, to look into it")
    if not path.is_file():
        return LeftOut(path, "no file, or a link that leads nowhere", wanted=suffix in known)
    if suffix in known:
        return LeftOut(path, MADE_HERE) if made_here(path) else None
    if suffix in _OTHER_PICTURES:
        return LeftOut(path, f"pictures of the kind {suffix} are not read; save it as PNG or JPEG", wanted=True)
    # a record lies beside its picture; others may be large, and need not be read
    told = (*known, *FILMS)
    own = suffix in (*FILMS, ".html") or (suffix == ".json" and Path(path.stem).suffix.lower() in told)
    if own and made_here(path):
        return LeftOut(path, MADE_HERE)
    return LeftOut(path, FILM if suffix in FILMS else NO_PICTURE)

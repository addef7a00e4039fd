"""Files and folders that appear whole or not at all."""

import contextlib
import errno
import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from eyecandy.errors import EyecandyError, OptionError

_REASONS = {
    errno.ENOSPC: "the disk is full; make room or choose another output",
    errno.EDQUOT: "the disk quota is used up; make room or choose another output",
    errno.EROFS: "the disk is read-only; choose another output",
    errno.EACCES: "no permission to write there; choose another output",
    errno.EPERM: "no permission to write there; choose another output",
    errno.ENAMETOOLONG: "the name is too long; choose a shorter output",
    errno.EFBIG: "the file is larger than is allowed there; choose another output",
    errno.ENOTDIR: "a part of the path is a file, not a folder; choose another output",
    errno.EEXIST: "a part of the path is a file, not a folder; choose another output",
    errno.EBUSY: "it is in use, perhaps as a mounted disk; choose another output",
    errno.ELOOP: "its links lead in a circle; choose another output",
}


_HALF_WRITTEN = ".eyecandy-"  # how the names begin under which things are written

Own = Callable[[Path], bool]
"""Whether a file is one that may be replaced."""


@contextmanager
def atomic(path: Path, *, overwrite: bool, own: Own | None = None) -> Iterator[Path]:
    """Writes a file under a temporary name and gives it its own name when the block ends well.

    Missing parent folders are made. The target is untouched, and nothing is left behind, if the block raises
    anything (KeyboardInterrupt too). A link is followed: what it points to is replaced, not the link.

    Args:
        path: the file to make.
        overwrite: replace a file of that name.
        own: says which files are; by default all.

    Yields:
        A path in the same folder with the same suffix, where nothing exists yet: write the file there.

    Raises:
        EyecandyError: the target exists and `overwrite` is False, it is none of `own`, a folder or a device, or the
            disk is full or read-only, permission is lacking, or the name is too long.
    """
    name = repr(str(path))
    with _plain_words(path):
        target = Path(os.path.realpath(path))
        _refuse_existing_file(target, name, overwrite, own)
        with _parents(target):
            temporary = _temporary(target)
            temporary.touch(exist_ok=False)  # tells early whether the folder can be written
            temporary.unlink()  # and a block that writes nothing fails at the renaming
            try:
                yield temporary
                _refuse_existing_file(target, name, overwrite, own)  # it may have come about meanwhile
                temporary.replace(target)
            except BaseException:
                with contextlib.suppress(OSError):  # the first error is the one to be told
                    temporary.unlink(missing_ok=True)
                raise


@contextmanager
def atomic_directory(path: Path, *, overwrite: bool, marker: str) -> Iterator[Path]:
    """Builds a folder of results under a temporary name and gives it its own name when the block ends well.

    As `atomic`, for a folder. An older folder of results is moved aside, the new one takes its place, and only
    then is the old one removed; it comes back if anything fails. An empty folder counts as none.

    Args:
        path: the folder to make.
        overwrite: replace an older folder of results.
        marker: the name of a file that every such folder holds; a folder without it is somebody's own and is
            never replaced. The block must write it.

    Yields:
        An empty folder beside the target: write the results there.

    Raises:
        EyecandyError: as `atomic`; the target exists and `overwrite` is False or it does not hold the marker.
    """
    name = repr(str(path))
    with _plain_words(path):
        target = Path(os.path.realpath(path))
        _refuse_existing_folder(target, name, overwrite, marker)
        with _parents(target):
            fresh, aside = _temporary(target), _temporary(target)
            try:
                fresh.mkdir()
                with _named_as(fresh, path):
                    yield fresh
                if not (fresh / marker).is_file():
                    raise RuntimeError(f"the results were written without their marker {marker!r}")
                _refuse_existing_folder(target, name, overwrite, marker)  # it may have come about meanwhile
                if target.exists():
                    target.rename(aside)
                fresh.rename(target)
            except BaseException:
                if aside.exists() and not target.exists():
                    aside.rename(target)
                shutil.rmtree(fresh, ignore_errors=True)  # the first error is the one to be told
                raise
            if aside.exists():
                _remove_older(aside, name)


def _temporary(target: Path) -> Path:
    """A free, hidden, short name beside the target, with its suffix, by which writers choose their format."""
    return target.with_name(f"{_HALF_WRITTEN}{secrets.token_hex(6)}{target.suffix}")


def refuse_inputs(outputs: Iterable[Path], inputs: Iterable[str | Path]) -> None:
    """Makes sure that nothing is written over what it is made of, by whatever name.

    Raises:
        EyecandyError: an output is one of the inputs, or a folder that holds one.
    """
    read = [Path(each) for each in inputs]
    for output in outputs:
        inside = next((each for each in read if _holds(output, each)), None)
        if inside is not None:
            raise EyecandyError(
                f"{str(output)!r} holds {inside.name!r}, which is read, and is never replaced; choose another output"
            )
        if any(_same(output, each) for each in read):
            raise EyecandyError(
                f"{str(output)!r} is what the picture is made of, and is never replaced; choose another output"
            )


def _holds(folder: Path, path: Path) -> bool:
    # null bytes and the like make no path; what is wrong with it is said elsewhere
    with contextlib.suppress(OSError, ValueError):
        return Path(os.path.realpath(folder)) in Path(os.path.realpath(path)).parents
    return False


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)  # links of either kind, and other spellings, are one file
    except (OSError, ValueError):
        return os.path.realpath(one) == os.path.realpath(other)


def _refuse_existing_file(target: Path, name: str, overwrite: bool, own: Own | None) -> None:
    if target.is_dir():
        raise EyecandyError(f"{name} is a folder; expected the name of a file")
    if _exists(target):
        if not target.is_file():  # renaming over /dev/null would replace the device
            raise EyecandyError(f"{name} is a device or a pipe; expected the name of a file")
        if not overwrite:
            raise _exists_already(name)
        if own is not None and not own(target):
            raise EyecandyError(f"{name} was not made by eyecandy, so it is not replaced; choose another output")


def _refuse_existing_folder(target: Path, name: str, overwrite: bool, marker: str) -> None:
    if target.name == "":
        raise EyecandyError(f"{name} cannot be made a folder of results; choose another output")
    if not _exists(target):
        return
    if not target.is_dir():
        raise EyecandyError(f"{name} is a file; expected the name of a folder")
    if next(target.iterdir(), None) is None:
        return
    if not overwrite:
        raise _exists_already(name)
    if not (target / marker).is_file():
        raise EyecandyError(
            f"{name} holds no {marker}, so it is no folder of results and is not replaced; choose another output"
        )


def _remove_older(aside: Path, name: str) -> None:
    try:
        shutil.rmtree(aside)
    except OSError as error:
        raise EyecandyError(
            f"{name} is written, but the older results cannot be removed: {error.strerror}; delete {str(aside)!r}"
        ) from error


def _exists(target: Path) -> bool:
    # not Path.exists: later versions of Python answer False where the name is too long or the folder is closed
    try:
        target.lstat()
    except FileNotFoundError:
        return False
    return True


def _exists_already(name: str) -> EyecandyError:
    return OptionError("{name} exists already; pass {} or choose another output", "overwrite=True", name=name)


@contextmanager
def _parents(target: Path) -> Iterator[None]:
    """Makes the folders above the target; takes the new ones away again if the block fails."""
    missing = [folder for folder in target.parents if not folder.exists()]
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException:
        with contextlib.suppress(OSError):  # not empty, or never made
            for folder in missing:
                folder.rmdir()
        raise


@contextmanager
def _named_as(fresh: Path, path: Path) -> Iterator[None]:
    """Errors about files in the temporary folder speak of the folder that the user asked for."""
    try:
        yield
    except EyecandyError as error:
        if str(fresh) not in str(error):
            raise
        raise EyecandyError(str(error).replace(str(fresh), str(path))) from error


@contextmanager
def _plain_words(path: Path) -> Iterator[None]:
    """Turns what the operating system says about a target into one line; other files' errors pass unchanged."""
    try:
        yield
    except OSError as error:
        target = Path(os.path.realpath(path))
        reason = _REASONS.get(error.errno or 0)
        if reason is None and _is_about(error, target):
            reason = f"{error.strerror}; choose another output"
        elif reason is None or not _concerns(error, target):
            raise
        raise EyecandyError(f"{str(path)!r} cannot be written: {reason}") from error


def _is_about(error: OSError, target: Path) -> bool:
    """Whether an error names the target itself, what is written in its place, or a folder above it."""
    if not isinstance(error.filename, str) or error.filename2 is not None:  # it could be written, if not renamed
        return False
    named = Path(error.filename).absolute()
    return named == target or named in target.parents or named.name.startswith(_HALF_WRITTEN)


def _concerns(error: OSError, target: Path) -> bool:
    """Whether an error is about the target, a folder above it, or something beside or below it."""
    if not isinstance(error.filename, str):  # writing to an open file names none
        return True
    named = Path(error.filename).absolute()
    return named in target.parents or target.parent in named.parents

"""The file of a picture, opened; and in plain words, what lies in its place."""

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import BinaryIO

from eyecandy.errors import EyecandyError


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """A regular file that holds something, opened for reading; every other thing in its place is explained."""
    name = repr(str(path))
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise EyecandyError(f"{name} is a folder; expected a picture file")
        if not stat.S_ISREG(status.st_mode):  # a pipe or device may never end
            raise EyecandyError(f"{name} is a device or a pipe; expected a picture file")
        if status.st_size == 0:
            raise EyecandyError(f"{name} is empty (0 bytes); expected a picture file")
        file = path.open("rb")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise EyecandyError(f"{name} does not exist{_nearest(path)}") from error
    except PermissionError as error:
        raise EyecandyError(f"{name} cannot be read: no permission; allow reading or copy the file") from error
    except OSError as error:
        raise EyecandyError(f"{name} cannot be read: {error.strerror}") from error
    except EyecandyError:
        raise
    except ValueError as error:  # a null byte, or characters the file system cannot encode
        raise EyecandyError(f"{name} is no possible file name: {error}") from error
    with file:
        yield file


def _nearest(path: Path) -> str:
    """A hint at the existing name that a missing one was probably meant to be; empty without one."""
    folder = path.parent
    try:
        names = [neighbour.name for neighbour in folder.iterdir()]
    except OSError:  # the hint is all that is lost
        return f": there is no folder {str(folder)!r}" if not folder.is_dir() else ""
    folded = {name.casefold(): name for name in names}
    close = get_close_matches(path.name.casefold(), folded, n=1, cutoff=0.7)
    return f"; did you mean {str(folder / folded[close[0]])!r}?" if close else ""

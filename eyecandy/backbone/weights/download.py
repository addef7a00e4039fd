"""One file from the internet, whole or not at all.

Why not keras.utils.get_file: it writes under the final name, prints, keeps a file that failed its check, and moves
to another folder without saying so where the cache cannot be written.
"""

import contextlib
import glob
import http.client
import os
import secrets
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from eyecandy.errors import EyecandyError

# Called with the file's name, the bytes so far, and the bytes in all, None where the server does not say.
Progress = Callable[[str, int, int | None], None]

_CHUNK = 1 << 20
_TIMEOUT_SECONDS = 30.0
_RANGE_NOT_SATISFIABLE = 416


def download(
    url: str,
    path: Path,
    *,
    accept: Callable[[Path], None],
    resume: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Fetch `url` to `path` by way of a temporary name beside it, which no other download writes to.

    Args:
        url: where the file is published.
        path: what it is to be called; replaced where it exists.
        accept: called with the whole file under its temporary name; raises EyecandyError where it is not the right
            one, and then the file is deleted.
        resume: whether the rest of an interrupted download may be asked for the next time. Only for a file whose
            hash is known: two halves of different files would pass no other check.
        progress: called after every piece.

    Raises:
        EyecandyError: no connection, an answer other than the file, less than the whole file, a file that is not
            accepted, or a disk that cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _part(path, resume) as (part, kept):
            finished = False
            try:
                _receive(url, path, part, progress)
                finished = True
                accept(part)
                part.replace(path)
            except OSError:
                kept = False  # a full disk needs the room more than the next try does
                raise
            finally:
                if finished or not kept or part.stat().st_size == 0:
                    with contextlib.suppress(OSError):  # the first error is the one to be told
                        part.unlink(missing_ok=True)
    except OSError as error:
        raise EyecandyError(f"cannot write {path}: {error.strerror or error}") from error
    return path


@contextlib.contextmanager
def _part(path: Path, resume: bool) -> Iterator[tuple[Path, bool]]:
    """A file of this download alone, and whether the next try can go on with it.

    That is the one that an interrupted download has left, unless another download has it at this moment.
    """
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.part"):  # of processes that were killed
        with _claimed(left) as free:
            if free:
                left.unlink(missing_ok=True)
    with contextlib.ExitStack() as held:
        kept = path.with_name(f".{path.name}.part")
        if resume and held.enter_context(_claimed(kept)):
            yield kept, True
            return
        own = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
        held.enter_context(_claimed(own))
        yield own, False


@contextlib.contextmanager
def _claimed(part: Path) -> Iterator[bool]:
    """Whether the file, made if need be, belongs to this download for as long as the block lasts."""
    with part.open("ab") as file:
        if sys.platform == "win32":  # it has no such lock, and replaces no file that is open
            file.close()
            yield True
            return
        import fcntl

        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        # whoever had it may have given it its name in between, or removed it
        yield part.exists() and os.path.samestat(os.fstat(file.fileno()), part.stat())


def _receive(url: str, path: Path, part: Path, progress: Progress | None) -> None:
    """Append to `part` what it lacks of the file at `url`."""
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        response = urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS)
    except urllib.error.HTTPError as error:
        if error.code == _RANGE_NOT_SATISFIABLE and have:
            os.truncate(part, 0)  # all of it is there, or more: begin again
            return _receive(url, path, part, progress)
        raise _failed(url, path, f"the server answered {error.code} {error.reason}") from error
    except (OSError, http.client.HTTPException) as error:
        raise _failed(url, path, _reason(error)) from error
    with response:
        resumed = response.status == http.HTTPStatus.PARTIAL_CONTENT
        have = have if resumed else 0
        length = response.headers.get("Content-Length")
        total = None if length is None else have + int(length)
        with part.open("ab" if resumed else "wb") as file:
            while piece := _piece(response, url, path):
                file.write(piece)
                have += len(piece)
                if progress is not None:
                    progress(path.name, have, total)
    if total is not None and have < total:
        raise _failed(url, path, f"the connection ended after {have} of {total} bytes")
    return None


def _piece(response: IO[bytes], url: str, path: Path) -> bytes:
    try:
        return response.read(_CHUNK)
    except http.client.IncompleteRead as error:
        return error.partial  # the end, too early: the caller compares the length
    except (OSError, http.client.HTTPException) as error:
        raise _failed(url, path, _reason(error)) from error


def _reason(error: Exception) -> str:
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    return str(getattr(cause, "strerror", None) or cause or type(cause).__name__)


def _failed(url: str, path: Path, reason: str) -> EyecandyError:
    return EyecandyError(
        f"cannot download {url} ({reason}); try again, or put the file at {path} by hand, "
        "or use the bundled efficientnet-lite0, which needs no download"
    )

"""Standard output and error as commands see them: where nothing can be written, the command goes on without.

A result is worth more than the line that tells of it. So what cannot be printed is dropped, and told of at the end.
"""

import errno
import io
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO, cast

UNPRINTED = 74
"""The exit code of a command that went well, but could not print all that it had to say: EX_IOERR of sysexits.h."""

_GONE = (errno.EPIPE, errno.ESHUTDOWN, errno.ECONNRESET)


class ReaderGoneError(Exception):
    """Whoever read the output has heard enough, as `head` has after ten lines."""


class Stream(io.TextIOBase):
    """Hands text on to another stream, until that takes no more.

    Attributes:
        lost: why text was dropped; None while all of it was written, or where only its reader is gone.
        reader_gone: whether the other end was closed.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self.lost: str | None = None
        self.reader_gone = False

    def write(self, text: str, /) -> int:
        if not isinstance(text, str):
            raise TypeError(f"expected text, got {type(text).__name__}")
        if text and self._stream is None:
            self.lost = self.lost or "it is closed"
        elif self._stream is not None and self._open:
            try:
                self._stream.write(text)
            except (OSError, ValueError) as error:
                self._fail(error)
        return len(text)

    def writelines(self, lines: Iterable[Any], /) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        if self._stream is not None and self._open:
            try:
                self._stream.flush()
            except (OSError, ValueError) as error:
                self._fail(error)

    @property
    def encoding(self) -> str:  # type: ignore[override]  # a class attribute of the base
        return getattr(self._stream, "encoding", None) or "utf-8"

    @property
    def errors(self) -> str | None:  # type: ignore[override]
        return getattr(self._stream, "errors", None) or "backslashreplace"

    def fileno(self) -> int:
        if self._stream is None:
            raise io.UnsupportedOperation("the stream is closed")
        return self._stream.fileno()

    def isatty(self) -> bool:
        return self._stream is not None and self._stream.isatty()

    def writable(self) -> bool:
        return True

    @property
    def _open(self) -> bool:
        return self.lost is None and not self.reader_gone

    def _fail(self, error: Exception) -> None:
        if isinstance(error, OSError) and error.errno in _GONE:
            self.reader_gone = True
        else:
            self.lost = (error.strerror if isinstance(error, OSError) else None) or str(error)
        # What is left in the buffer goes nowhere; otherwise Python complains about it at the end.
        with suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)


def occupy() -> None:
    """Fills the places of standard streams that are closed: a file of results would get their numbers, and be printed
    into by whatever writes to a standard stream by its number."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(number, True)
    os.close(number)


@contextmanager
def guarded() -> Iterator[tuple[Stream, Stream]]:
    """Puts streams that never raise in the places of standard output and error."""
    before = sys.stdout, sys.stderr
    out, err = Stream(before[0]), Stream(before[1])
    sys.stdout, sys.stderr = cast(TextIO, out), cast(TextIO, err)
    try:
        yield out, err
    finally:
        out.flush()
        err.flush()
        sys.stdout, sys.stderr = before


def check_reader() -> None:
    """For commands that do nothing but print.

    Raises:
        ReaderGoneError: nobody reads any more what they print.
    """
    stream = sys.stdout
    stream.flush()
    if isinstance(stream, Stream) and stream.reader_gone:
        raise ReaderGoneError

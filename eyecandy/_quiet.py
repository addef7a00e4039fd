"""Keeps the chatter of TensorFlow's compiled part from standard error while it starts, and nothing else.

It writes to file descriptor 2 before any logging level is in force, so the descriptor itself is set aside. What other
threads write there meanwhile is handed on as it comes.
"""

import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

# Lines of absl and of TensorFlow's logging, and the second line of a remark on instructions of the processor.
_CHATTER = re.compile(
    rb"WARNING: All log messages before absl::InitializeLog|[IWE]\d{4} \d\d:\d\d:|[IWE]0000 00:00:|"
    rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+: [IWE] |To enable the following instructions: "
)
_OFTEN = 0.05  # seconds


@contextmanager
def quiet() -> Iterator[None]:
    """Lets TensorFlow start unheard; if that fails, what it said comes out after all."""
    said = _aside()
    if said is None:
        yield
        return
    with said:
        if sys.stderr is not None:
            sys.stderr.flush()
        saved = os.dup(2)
        os.dup2(said.fileno(), 2)
        over = threading.Event()
        chatter: list[bytes] = []
        reader = threading.Thread(target=_hand_on, args=(said.fileno(), saved, over, chatter), daemon=True)
        reader.start()
        try:
            yield
        except BaseException:
            _end(saved, over, reader)
            _write(saved, b"".join(chatter))
            raise
        else:
            _end(saved, over, reader)
        finally:
            os.close(saved)


def _aside() -> IO[bytes] | None:
    """A file to write to instead; None without standard error or room for a file, where nothing is kept quiet."""
    try:
        os.fstat(2)
        return tempfile.TemporaryFile() if hasattr(os, "pread") else None
    except OSError:
        return None


def _end(saved: int, over: threading.Event, reader: threading.Thread) -> None:
    os.dup2(saved, 2)
    over.set()
    reader.join()


def _hand_on(source: int, target: int, over: threading.Event, chatter: list[bytes]) -> None:
    """Copies what is written to `source`, but keeps lines of chatter in a list."""
    position, rest = 0, b""
    while True:
        last = over.wait(_OFTEN)
        while piece := os.pread(source, 1 << 16, position):
            position += len(piece)
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                if _CHATTER.match(line):
                    chatter.append(line + b"\n")
                else:
                    _write(target, line + b"\n")
            # A progress bar ends no line; chatter always does.
            if rest and not rest[:1].isalnum():
                _write(target, rest)
                rest = b""
        if last:
            _write(target, rest)
            return


def _write(target: int, text: bytes) -> None:
    try:
        while text:
            text = text[os.write(target, text) :]
    except OSError:  # nobody reads it
        return

"""PyAV, imported when a film is first opened, and what it says in one line."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from eyecandy.errors import EyecandyError


def library() -> Any:
    """The module; its own chatter about damaged films stays from the terminal, since what matters is told as notes."""
    import av  # here: --help and pictures do without

    logging.getLogger("libav").setLevel(logging.CRITICAL)
    return av


@contextmanager
def explained(what: str, advice: str) -> Iterator[None]:
    """Turns an error of PyAV's into one line: what cannot be done, why, and what to do instead."""
    av = library()
    try:
        yield
    except av.error.FFmpegError as error:
        reason = (error.strerror or type(error).__name__).strip().rstrip(".").lower()
        if isinstance(error, av.error.InvalidDataError):
            reason = "it is damaged, cut off before its index, or something else by its content"
        raise EyecandyError(f"{what}: {reason}; {advice}") from error

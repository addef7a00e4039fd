"""Contenders, each in a process and an environment of its own, that work only when it is their turn."""

import importlib
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any


class DoesNotRun(Exception):
    """Why a contender cannot do what it was asked, in one line."""


@dataclass(frozen=True)
class Turn:
    """What a contender gave, and how long it took.

    Attributes:
        value: whatever its function returns.
        seconds: of that call alone, by the contender's own clock.
    """

    value: Any
    seconds: float


class Contender:
    """A function that lives in another process.

    Args:
        module: where its maker is found.
        maker: a function there that loads what is needed and returns the function itself.
        arguments: of the maker.
    """

    def __init__(self, module: str, maker: str, *arguments: Any) -> None:
        context = get_context("spawn")
        self._ours, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, module, maker, arguments), daemon=True)
        self._process.start()
        theirs.close()
        self._failure = self._answer()[1]

    def __call__(self, *arguments: Any) -> Turn:
        """Its turn.

        Raises:
            DoesNotRun: it could not be made, or it failed.
        """
        if self._failure is not None:
            raise DoesNotRun(self._failure)
        self._ours.send(arguments)
        value, failure, seconds = self._answer()
        if failure is not None:
            raise DoesNotRun(failure)
        return Turn(value, seconds)

    def _answer(self) -> tuple[Any, str | None, float]:
        try:
            answer: tuple[Any, str | None, float] = self._ours.recv()
        except EOFError:
            self._process.join()
            self._failure = f"its process ended with code {self._process.exitcode}"
            answer = None, self._failure, 0.0
        return answer

    def close(self) -> None:
        """Ends its process."""
        self._ours.close()
        self._process.terminate()
        self._process.join()


def progress(text: str) -> None:
    """Says on standard error what was done, since a whole run takes minutes."""
    print(text, file=sys.stderr, flush=True)


@contextmanager
def company(makers: dict[str, tuple[Any, ...]]) -> Iterator[dict[str, Contender]]:
    """Contenders by name, made one after the other and ended together."""
    made: dict[str, Contender] = {}
    try:
        for name, maker in makers.items():
            made[name] = Contender(*maker)
        yield made
    finally:
        for contender in made.values():
            contender.close()


def _serve(pipe: Connection, module: str, maker: str, arguments: tuple[Any, ...]) -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        function = getattr(importlib.import_module(module), maker)(*arguments)
    except Exception as error:  # a peer may fail in any way; the table says how
        pipe.send((None, _line(error), 0.0))
        return
    pipe.send((None, None, 0.0))
    while True:
        try:
            asked = pipe.recv()
        except EOFError:
            return
        began = time.perf_counter()
        try:
            value, failure = function(*asked), None
        except Exception as error:
            value, failure = None, _line(error)
        seconds = time.perf_counter() - began
        try:
            pipe.send((value, failure, seconds))
        except BrokenPipeError:  # nobody waits any more
            return


def _line(error: Exception) -> str:
    said = str(error).strip().splitlines()
    return f"{type(error).__name__}: {said[0] if said else 'no message'}"

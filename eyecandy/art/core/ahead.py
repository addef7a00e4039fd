"""What is needed next, made in a thread of its own while something else is in use."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

Key = TypeVar("Key")
Made = TypeVar("Made")


class Ahead(Generic[Key, Made]):
    """Things by their keys, each made once, and kept.

    What fails to be made ahead fails where it is asked for, with the same error, and is forgotten.
    """

    def __init__(self) -> None:
        self._kept: dict[Key, Made] = {}
        self._coming: dict[Key, Future[Made]] = {}
        self._thread: ThreadPoolExecutor | None = None

    def get(self, key: Key, make: Callable[[Key], Made]) -> Made:
        """What belongs to a key; where it is on its way already, it is waited for."""
        if key not in self._kept:
            coming = self._coming.pop(key, None)
            self._kept[key] = make(key) if coming is None else coming.result()
        return self._kept[key]

    def begin(self, key: Key, make: Callable[[Key], Made]) -> None:
        """Begins to make what will be asked for, unless it is there or on its way."""
        if key in self._kept or key in self._coming:
            return
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, "eyecandy ahead")
        self._coming[key] = self._thread.submit(make, key)

    def forget_coming(self) -> None:
        """Drops what was begun and not asked for, as after Ctrl-C."""
        for coming in self._coming.values():
            coming.cancel()
        self._coming.clear()

    def items(self) -> Iterator[tuple[Key, Made]]:
        """What was asked for so far."""
        yield from self._kept.items()

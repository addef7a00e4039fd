"""Work on large arrays a band at a time: what is made on the way is as small as a band, and all processors have one."""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache

WORKERS = os.cpu_count() or 1
_BAND = 1 << 16  # numbers: they stay in a cache, and what is made of them is no new mapping of memory each time


def bands(length: int, width: int = 1) -> Iterator[slice]:
    """Some rows at a time, of an array of this many rows of so many numbers."""
    rows = max(1, _BAND // width)
    return (slice(first, min(first + rows, length)) for first in range(0, length, rows))


def each(work: Callable[[slice], None], pieces: Iterable[slice]) -> None:
    """Has some work done on each piece, on all processors; raises what it raises."""
    for _ in _threads().map(work, pieces):
        pass


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(WORKERS, "bands")

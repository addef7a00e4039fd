"""A pipeline: photos are decoded, looked at and written at the same time, a bounded number of them at once."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

Item = TypeVar("Item")
Read = TypeVar("Read")
Seen = TypeVar("Seen")
Kept = TypeVar("Kept")


class Pipeline(Generic[Item, Read, Seen, Kept]):
    """Three stages, each with threads of its own.

    Threads suffice, since decoders, TensorFlow, GrabCut and file systems let go of the interpreter while they work.
    What a stage raises ends the run.

    Args:
        read: the first stage, one thread: files are read one after the other.
        compute: the second, `workers` threads.
        write: the last, one thread, in the order of the items: one writer needs no locks.
        workers: how many items are computed at once. One more is decoded ahead of them, and one written.
    """

    def __init__(
        self,
        read: Callable[[Item], Read],
        compute: Callable[[Item, Read], Seen],
        write: Callable[[Item, Seen], Kept],
        *,
        workers: int,
    ) -> None:
        self._read, self._compute, self._write = read, compute, write
        self._workers = workers

    def run(self, items: Iterable[Item]) -> Iterator[Kept]:
        """What the last stage gives for each item, in the order of the items.

        Where the caller stops asking, or a stage raises, nothing new is started, and what runs is waited for.
        """
        readers = ThreadPoolExecutor(1, "eyecandy read")
        computers = ThreadPoolExecutor(self._workers, "eyecandy compute")
        writers = ThreadPoolExecutor(1, "eyecandy write")
        flying: deque[Future[Kept]] = deque()

        def start(item: Item) -> Future[Kept]:
            read = readers.submit(self._read, item)
            seen = computers.submit(lambda: self._compute(item, read.result()))
            return writers.submit(lambda: self._write(item, seen.result()))

        try:
            for item in items:
                flying.append(start(item))
                if len(flying) > self._workers + 1:
                    yield flying.popleft().result()
            while flying:
                yield flying.popleft().result()
        finally:
            for pool in (writers, computers, readers):  # the last first: it waits for nothing that is cancelled
                pool.shutdown(wait=False, cancel_futures=True)
            for pool in (readers, computers, writers):
                pool.shutdown(wait=True)

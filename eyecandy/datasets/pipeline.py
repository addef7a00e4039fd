"""A pipeline: photos are decoded, looked at and written at the same time, a bounded number of them at once."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any, Generic, TypeVar

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
        write: the last, one thread, in the order in which items are computed: one writer needs no locks.
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
        """What the last stage gives for each item, as they are finished.

        That is not the order of the items: one that takes ten times as long as others holds nobody up behind it.
        Where the caller stops asking, or a stage raises, nothing new is started, and what runs is waited for.
        """
        readers = ThreadPoolExecutor(1, "eyecandy read")
        computers = ThreadPoolExecutor(self._workers, "eyecandy compute")
        writers = ThreadPoolExecutor(1, "eyecandy write")
        computing: dict[Future[Seen], Item] = {}
        writing: deque[Future[Kept]] = deque()

        def start(item: Item) -> None:
            read = readers.submit(self._read, item)
            computing[computers.submit(lambda: self._compute(item, read.result()))] = item

        def write(item: Item, seen: Future[Seen]) -> Kept:
            return self._write(item, seen.result())

        def next_written() -> Kept:
            while True:
                flying: list[Future[Any]] = [*computing, *writing]
                done, _ = wait(flying, return_when=FIRST_COMPLETED)
                if any(future.exception() is not None for future in done):
                    done, _ = wait(flying)  # it is the end: what was begun before is told of first
                if writing and writing[0] in done:
                    return writing.popleft().result()
                for seen in [future for future in computing if future in done]:
                    writing.append(writers.submit(write, computing.pop(seen), seen))

        try:
            for item in items:
                start(item)
                if len(computing) + len(writing) > self._workers + 1:
                    yield next_written()
            while computing or writing:
                yield next_written()
        finally:
            for pool in (writers, computers, readers):  # the last first: it waits for nothing that is cancelled
                pool.shutdown(wait=False, cancel_futures=True)
            for pool in (readers, computers, writers):
                pool.shutdown(wait=True)

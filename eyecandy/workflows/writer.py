"""Files and frames of a growing picture, written while its next steps are taken."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

_WAITING = 2  # pictures that may wait: each holds a moment of the canvas


class Writer:
    """Does jobs in their order in a thread of its own; a context that ends when all are done.

    What a job raises is raised in the thread that gives the jobs, at the next one or at the end, and the jobs after it
    are not begun. Where the block raises, what was given before is done all the same: it was due by then.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "eyecandy write")
        self._flying: deque[Future[None]] = deque()
        self._failed = False

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self.finish()
        finally:
            self._thread.shutdown(wait=True)

    def put(self, job: Callable[[], None]) -> None:
        """Hands over a job; waits while too many are on their way."""
        while self._flying and (self._flying[0].done() or len(self._flying) > _WAITING):
            self._flying.popleft().result()
        self._flying.append(self._thread.submit(self._do, job))

    def finish(self) -> None:
        """Waits until all that was handed over is done."""
        while self._flying:
            self._flying.popleft().result()

    def _do(self, job: Callable[[], None]) -> None:
        if self._failed:
            return
        try:
            job()
        except BaseException:
            self._failed = True
            raise

"""Jobs, one at a time, in the order in which they came."""

import logging
import secrets
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from eyecandy.errors import EyecandyError, is_out_of_memory

WAITING, WORKING, DONE, FAILED, CANCELLED = "waiting", "working", "done", "failed", "cancelled"
ENDED = (DONE, FAILED, CANCELLED)


@dataclass(eq=False)
class Job:
    """Something that takes a while.

    Attributes:
        kind: "see" or "paint".
        work: does it, in the queue's thread; what it returns becomes `result`. It calls `check` now and then.
        changed: called, from any thread, when there is something new to tell.
        state: "waiting", "working", "done", "failed" or "cancelled".
        error: the sentence to show, where it failed.
        told: what is known so far, as JSON can hold it; replaced, never changed.
        preview: the picture so far, JPEG.
        result: what `work` returned; a cancelled painting has one too.
    """

    kind: str
    work: "Callable[[Job], Any]"
    changed: Callable[[], None]
    id: str = field(default_factory=lambda: secrets.token_urlsafe(8))
    state: str = WAITING
    error: str | None = None
    told: dict[str, Any] = field(default_factory=dict)
    preview: bytes | None = None
    result: Any = None
    unwanted: threading.Event = field(default_factory=threading.Event)

    def tell(self, **news: Any) -> None:
        """Adds to what is known so far."""
        self.told = {**self.told, **news}
        self.changed()

    def check(self) -> None:
        """Raises KeyboardInterrupt where nobody wants the job any more: the render loop takes it for Ctrl-C."""
        if self.unwanted.is_set():
            raise KeyboardInterrupt


class Queue:
    """A thread that does one job after another."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._waiting: deque[Job] = deque()
        self._working: Job | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="eyecandy jobs", daemon=True)
        self._thread.start()

    def put(self, job: Job) -> None:
        """Adds a job at the end."""
        with self._news:
            self._waiting.append(job)
            self._news.notify()
        job.changed()

    def cancel(self, job: Job) -> None:
        """A waiting job never begins; one at work ends at its next `check`."""
        job.unwanted.set()
        with self._news:
            if job in self._waiting:
                self._waiting.remove(job)
                job.state = CANCELLED
            behind = list(self._waiting)
        for each in (job, *behind):
            each.changed()

    def place(self, job: Job) -> int:
        """How many come before a waiting job, the one at work among them; 0 for all others."""
        with self._news:
            if job not in self._waiting:
                return 0
            return self._waiting.index(job) + (self._working is not None)

    def close(self, seconds: float = 40.0) -> None:
        """Cancels everything and waits for the thread to end.

        TensorFlow starting on busy processors is not to be interrupted, and crashes where Python ends beneath it.
        """
        with self._news:
            self._closed = True
            jobs = [*self._waiting, *([] if self._working is None else [self._working])]
            self._news.notify()
        for job in jobs:
            self.cancel(job)
        self._thread.join(seconds)

    def _run(self) -> None:
        while True:
            with self._news:
                self._news.wait_for(lambda: bool(self._waiting) or self._closed)
                if self._closed:
                    return
                job = self._working = self._waiting.popleft()
                job.state = WORKING
                behind = list(self._waiting)
            for each in (job, *behind):
                each.changed()
            state, error = _done(job)
            with self._news:
                self._working = None
                job.state, job.error = state, error
                behind = list(self._waiting)
            for each in (job, *behind):
                each.changed()


def _done(job: Job) -> tuple[str, str | None]:
    """Does a job; its state afterwards and the sentence to show. Nothing that goes wrong in it stops the queue."""
    try:
        job.check()
        job.result = job.work(job)
    except KeyboardInterrupt:
        return CANCELLED, None
    except EyecandyError as error:
        return FAILED, str(error)
    except Exception as error:
        if is_out_of_memory(error):
            return FAILED, "there is not enough memory for this; choose a smaller size"
        logging.getLogger("eyecandy.web").exception("a job failed")
        return FAILED, f"something went wrong inside eyecandy ({type(error).__name__}); the terminal says more"
    return (CANCELLED if job.unwanted.is_set() else DONE), None

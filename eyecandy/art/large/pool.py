"""A pool of actors of a Ray cluster that outlives its actors."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, Protocol

import ray
from ray.exceptions import ObjectLostError, OutOfMemoryError, RayActorError, WorkerCrashedError

from eyecandy.cluster import connected
from eyecandy.errors import EyecandyError

_DIED = (RayActorError, WorkerCrashedError, OutOfMemoryError, ObjectLostError)  # the actor, or its machine
_TRIES = 3  # of a piece of work, and of a new actor
_AHEAD = 2  # pieces an actor that may be finished before those in front of them are

Call = Callable[[Any, Any], Any]
"""Hands an actor a piece of work; gives the reference to what comes of it."""


class Work(Protocol):
    """Pieces of work by their number."""

    def __len__(self) -> int: ...

    def __getitem__(self, number: int, /) -> Any: ...


class ActorPool:
    """Actors, started as far as there is work for them, on as many processors as the cluster has.

    Where one dies, its work is done again by another, and a new one takes its place. What comes back comes in the order
    of the work, whoever did it.

    Args:
        kind: the actors' class; it takes one argument, and has a method `ready`.
        argument: gives that argument, once; it is sent once.
        address: of the cluster; None starts one on this machine at the first piece of work.
        store: bytes of memory for what travels, of a cluster that is started here.
    """

    def __init__(self, kind: type, argument: Callable[[], Any], address: str | None, store: int) -> None:
        self._kind = ray.remote(num_cpus=1)(kind)
        self._argument = argument
        self._address, self._store = address, store
        self._stack = ExitStack()
        self._connected = False
        self._held: Any = None  # the argument's reference
        self._idle: deque[Any] = deque()
        self._starting: dict[Any, Any] = {}  # actors by what tells that they are ready
        self._count = 0
        self._failed = 0  # actors in a row that did not start

    def knock(self) -> None:
        """Makes sure that a cluster that was named answers, before there is any work.

        Raises:
            EyecandyError: none does.
        """
        if self._address is not None:
            self._connect()

    def put(self, value: Any) -> Any:
        """A reference to what actors are told once."""
        self._connect()
        return ray.put(value)

    def map(self, call: Call, work: Work, refused: Callable[[], EyecandyError]) -> Iterator[Any]:
        """What actors make of each piece of work, in its order; few pieces are under way at a time.

        Args:
            call: hands an actor a piece.
            work: is asked for a piece when it is its turn, and once more where an actor died of it.
            refused: what to raise where one actor after another dies of the same piece.

        Raises:
            EyecandyError: no cluster answers, actors do not start, or `refused`.
        """
        if len(work) == 0:
            return
        self._start_for(len(work))
        left, tries = deque(range(len(work))), [0] * len(work)
        running: dict[Any, tuple[int, Any]] = {}
        done: dict[int, Any] = {}
        try:
            for number in range(len(work)):
                while number not in done:
                    while self._idle and left and left[0] <= number + _AHEAD * self._count:
                        piece, actor = left.popleft(), self._idle.popleft()
                        running[call(actor, work[piece])] = piece, actor
                    (ended,), _ = ray.wait([*running, *self._starting])
                    if ended in self._starting:
                        self._started(ended)
                        continue
                    piece = running[ended][0]
                    try:
                        done[piece] = ray.get(ended)
                    except _DIED as error:
                        ray.kill(running.pop(ended)[1])  # it may be out of reach and not dead
                        self._start()
                        left.appendleft(piece)
                        tries[piece] += 1
                        if tries[piece] == _TRIES:
                            raise refused() from error
                    else:
                        self._idle.append(running.pop(ended)[1])
                yield done.pop(number)
        finally:
            self._idle.extend(actor for _, actor in running.values())  # they finish first what they have begun

    def close(self) -> None:
        """Ends the actors, and the cluster if it was started here."""
        if self._connected and ray.is_initialized():
            for actor in (*self._idle, *self._starting.values()):
                ray.kill(actor)
        self._idle.clear()
        self._starting.clear()
        self._connected, self._held, self._count = False, None, 0
        self._stack.close()

    def _connect(self) -> None:
        if not self._connected:
            self._stack.enter_context(connected(self._address, self._store))
            self._connected = True

    def _start_for(self, pieces: int) -> None:
        self._connect()
        count = min(pieces, max(1, int(ray.cluster_resources().get("CPU", 1))))
        for _ in range(self._count, count):
            self._start()
        self._count = max(self._count, count)

    def _start(self) -> None:
        if self._held is None:
            self._held = ray.put(self._argument())
        actor = self._kind.remote(self._held)
        self._starting[actor.ready.remote()] = actor

    def _started(self, told: Any) -> None:
        actor = self._starting.pop(told)
        try:
            ray.get(told)
        except _DIED as error:
            self._failed += 1
            if self._failed >= _TRIES * self._count:
                reason = str(error).strip().splitlines()[-1].strip()
                raise EyecandyError(f"no worker of the Ray cluster starts: {reason}") from error
            self._start()
        else:
            self._failed = 0
            self._idle.append(actor)

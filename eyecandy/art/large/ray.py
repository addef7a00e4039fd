"""The work on tiles by the actors of a Ray cluster.

Actors load the network once, and are told once what the terms of an objective ask of a tile. Of each tile they get the
pixels and give its sums, and then, with the gradient of the loss in these sums, that in its pixels. They keep
nothing of a tile, so that any of them can do it again.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
import ray
from ray.exceptions import ObjectLostError, OutOfMemoryError, RayActorError, RayTaskError, WorkerCrashedError
from ray.util import ActorPool

from eyecandy._tensorflow import tf
from eyecandy.art.core.evaluate import FeatureExtractor
from eyecandy.art.core.objectives import Objective, Sums
from eyecandy.art.core.scales import Size
from eyecandy.art.large.tilework import Cut, Cuts, TileWork
from eyecandy.backbone.model import Backbone
from eyecandy.backbone.packed import PackedBackbone
from eyecandy.cluster import connected
from eyecandy.errors import EyecandyError, OptionError

_STORE = 512 << 20  # bytes of Ray's own memory on this machine: a few tiles at a time, and the network
_TRIES = 3  # of a piece of work
_RESTARTS = 20  # of an actor
_DIED = (RayActorError, WorkerCrashedError, OutOfMemoryError, ObjectLostError)  # the actor, or its machine


class TileWorker:
    """What an actor holds: the network, on one processor, and the objective of the scale that it works at."""

    def __init__(self, packed: PackedBackbone) -> None:
        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
        self.backbone = packed.open()
        self._held: tuple[Any, TileWork] | None = None

    def sums(self, told: Sequence[Any], cut: Cut) -> list[Sums]:
        """`TileWork.sums` in NumPy.

        Args:
            told: a reference to objective and size, in a list, so that Ray fetches it only where it is not yet held.
        """
        work = self._work(*told)
        return _arrays(work.sums(cut, work.targets(cut)))

    def gradient(self, told: Sequence[Any], cut: Cut, at_sums: Sequence[Any]) -> np.ndarray:
        """`TileWork.gradient`, likewise."""
        work = self._work(*told)
        return work.gradient(cut, work.targets(cut), at_sums).numpy()

    def _work(self, told: Any) -> TileWork:
        if self._held is None or self._held[0] != told:
            objective, size = ray.get(told)
            self._held = told, TileWork(FeatureExtractor(self.backbone, objective), size)
        return self._held[1]


class Workers:
    """Actors, as far as there is work for them, on as many processors of a cluster as are free.

    Ray replaces those that die, and has their work done again.

    Args:
        kind: the actors' class; it takes one argument.
        argument: gives that argument, once; it is sent once.
        address: of the cluster; None starts one on this machine at the first piece of work.
        store: bytes of memory for what travels, of a cluster that is started here.
    """

    def __init__(self, kind: type, argument: Callable[[], Any], address: str | None, store: int = _STORE) -> None:
        self._kind = ray.remote(num_cpus=1, max_restarts=_RESTARTS, max_task_retries=_TRIES - 1)(kind)
        self._argument = argument
        self._address, self._store = address, store
        self._stack = ExitStack()
        self._connected = False
        self._held: Any = None  # the argument's reference
        self._actors: list[Any] = []
        self._most = 0  # actors, known once connected

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

    def map(self, call: Callable[[Any, int], Any], count: int, refused: Callable[[], EyecandyError]) -> Iterator[Any]:
        """What actors make of so many pieces of work, in their order; few pieces are under way at a time.

        Args:
            call: hands an actor the piece of a number, when it is its turn; gives the reference to what comes of it.
            refused: what to raise where one actor after another dies of the same piece.

        Raises:
            EyecandyError: no cluster answers, actors do not start, or `refused`.
        """
        if count == 0:
            return
        self._start_for(count)
        try:  # each has a second piece to go on with until what came before the first is there
            yield from ActorPool(2 * self._actors).map(call, range(count))
        except _DIED as error:
            raise refused() from error

    def close(self) -> None:
        """Ends the actors, and the cluster if it was started here."""
        if self._connected and ray.is_initialized():
            for actor in self._actors:
                ray.kill(actor)
        self._connected, self._held, self._actors, self._most = False, None, [], 0
        self._stack.close()

    def _connect(self) -> None:
        if not self._connected:
            self._stack.enter_context(connected(self._address, self._store))
            self._connected = True

    def _start_for(self, pieces: int) -> None:
        self._connect()
        if self._most == 0:  # once: what a dead actor has left is for the one in its place
            self._most = max(1, int(ray.available_resources().get("CPU", 0)))
        missing = min(pieces, self._most) - len(self._actors)
        if missing <= 0:
            return
        if self._held is None:
            self._held = ray.put(self._argument())
        started = [self._kind.remote(self._held) for _ in range(missing)]
        self._actors += started
        try:
            ray.get([actor.__ray_ready__.remote() for actor in started])
        except _DIED as error:
            reason = str(error).strip().splitlines()[-1].strip()
            raise EyecandyError(f"no worker of the Ray cluster starts: {reason}") from error


class TileWorkers(Workers):
    """Actors that work on tiles, of whatever objective and size, with a network."""

    def __init__(self, backbone: Backbone, address: str | None = None) -> None:
        super().__init__(TileWorker, lambda: PackedBackbone.of(backbone), address)

    def executor(self, extractor: FeatureExtractor, size: Size) -> "RayExecutor":
        """For `TiledEvaluator`."""
        return RayExecutor(self, extractor.objective, size)


class RayExecutor:
    """Has the work on the tiles of one scale done by `TileWorker`s."""

    def __init__(self, workers: Workers, objective: Objective, size: Size) -> None:
        self.workers = workers
        self.size = size
        self._objective = _sent(objective)

    def sums(self, cuts: Cuts) -> Iterator[list[Sums]]:
        for found in self._each(lambda worker, cut: worker.sums.remote(self._told, cut), cuts):
            yield tf.nest.map_structure(tf.constant, found)

    def gradients(self, cuts: Cuts, at_sums: Sequence[Any]) -> Iterator[np.ndarray]:
        held = self.workers.put(_arrays(at_sums)) if len(cuts) else None
        return self._each(lambda worker, cut: worker.gradient.remote(self._told, cut, held), cuts)

    def _each(self, call: Callable[[Any, Cut], Any], cuts: Cuts) -> Iterator[Any]:
        try:
            yield from self.workers.map(lambda worker, number: call(worker, cuts[number]), len(cuts), self._too_large)
        except RayTaskError as error:
            if isinstance(error.cause, MemoryError | tf.errors.ResourceExhaustedError):
                raise self._too_large() from error
            raise

    @cached_property
    def _told(self) -> list[Any]:
        return [self.workers.put((self._objective, self.size))]

    def _too_large(self) -> EyecandyError:
        return OptionError(
            "the workers of the Ray cluster do not bear tiles of {size[0]} x {size[1]} pixels, most likely for want of "
            "memory; give a smaller {}",
            "tile",
            size=self.size,
        )


def _sent(objective: Objective) -> Objective:
    """What an actor has to know: the terms that look; without the pictures of their own, whose tiles come with each
    tile, and without the losses, which are made of the sums of all tiles."""

    def nothing(image: tf.Tensor | None) -> tf.Tensor | None:
        return None if image is None else tf.zeros((1, 0, 0, image.shape[-1]))

    return Objective(
        tuple(
            (weight, replace(term, loss=_no_loss, target_image=nothing(term.target_image)))
            for weight, term in objective.terms
            if term.looks
        )
    )


def _no_loss(sums: Sums) -> tf.Tensor:
    raise NotImplementedError("a loss is made of the sums of all tiles, and no actor has these")


def _arrays(tensors: Any) -> Any:
    return tf.nest.map_structure(lambda tensor: tensor.numpy(), tensors)

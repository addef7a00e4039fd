"""The work on tiles by the actors of a Ray cluster.

Actors load the network once, and are told once what the terms of an objective ask of a tile. Of each tile they get the
pixels and give its sums, and then, with the slopes of the loss in these sums, the slopes at its pixels. They keep
nothing of a tile, so that any of them can do it again.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import Any

import numpy as np
import ray
from ray.exceptions import RayTaskError

from eyecandy._tensorflow import tf
from eyecandy.art.core.evaluate import Eye
from eyecandy.art.core.objectives import Objective, Sums
from eyecandy.art.core.scales import Size
from eyecandy.art.large.pool import ActorPool
from eyecandy.art.large.tilework import Cut, Cuts, TileWork
from eyecandy.backbone.model import Backbone
from eyecandy.backbone.packed import PackedBackbone
from eyecandy.errors import EyecandyError, OptionError

_STORE = 512 << 20  # bytes of Ray's own memory on this machine: a few tiles at a time, and the network


class TileWorker:
    """What an actor holds: the network, on one processor, and the objective of the scale that it works at."""

    def __init__(self, packed: PackedBackbone) -> None:
        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
        self.backbone = packed.open()
        self._held: tuple[Any, TileWork] | None = None

    def ready(self) -> None:
        """Returns once the network is loaded."""

    def sums(self, told: Sequence[Any], cut: Cut) -> list[Sums]:
        """`TileWork.sums` in NumPy.

        Args:
            told: a reference to objective and size, in a list, so that Ray fetches it only where it is not yet held.
        """
        work = self._work(*told)
        return _arrays(work.sums(cut, work.beside(cut)))

    def gradient(self, told: Sequence[Any], cut: Cut, slopes: Sequence[Any]) -> np.ndarray:
        """`TileWork.gradient`, likewise."""
        work = self._work(*told)
        return work.gradient(cut, work.beside(cut), slopes).numpy()

    def _work(self, told: Any) -> TileWork:
        if self._held is None or self._held[0] != told:
            objective, size = ray.get(told)
            self._held = told, TileWork(Eye(self.backbone, objective), size)
        return self._held[1]


class RayTiles:
    """Has tiles computed by a cluster, of whatever objective and size.

    Args:
        backbone: what looks.
        address: of the cluster; None starts one on this machine.
    """

    def __init__(self, backbone: Backbone, address: str | None = None) -> None:
        self.pool = ActorPool(TileWorker, partial(PackedBackbone.of, backbone), address, _STORE)

    def knock(self) -> None:
        """Makes sure that a cluster that was named answers; an EyecandyError if none does."""
        self.pool.knock()

    def executor(self, eye: Eye, size: Size) -> "RayExecutor":
        """For `Tiled`."""
        return RayExecutor(self.pool, eye.objective, size)

    def close(self) -> None:
        """Ends the actors, and the cluster if it was started here."""
        self.pool.close()


class RayExecutor:
    """Has the work on the tiles of one scale done by a pool of `TileWorker`s."""

    def __init__(self, pool: ActorPool, objective: Objective, size: Size) -> None:
        self.pool = pool
        self.size = size
        self._objective = _sent(objective)

    def sums(self, cuts: Cuts) -> Iterator[list[Sums]]:
        for found in self._each(lambda worker, cut: worker.sums.remote(self._told, cut), cuts):
            yield tf.nest.map_structure(tf.constant, found)

    def gradients(self, cuts: Cuts, slopes: Sequence[Any]) -> Iterator[np.ndarray]:
        held = self.pool.put(_arrays(slopes)) if len(cuts) else None
        return self._each(lambda worker, cut: worker.gradient.remote(self._told, cut, held), cuts)

    def _each(self, call: Callable[[Any, Cut], Any], cuts: Cuts) -> Iterator[Any]:
        try:
            yield from self.pool.map(call, cuts, self._too_large)
        except RayTaskError as error:
            if isinstance(error.cause, MemoryError | tf.errors.ResourceExhaustedError):
                raise self._too_large() from error
            raise

    @cached_property
    def _told(self) -> list[Any]:
        return [self.pool.put((self._objective, self.size))]

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
    nothing = tf.zeros((1, 0, 0, 3))
    return Objective(
        tuple(
            (weight, replace(term, loss=_no_loss, beside=None if term.beside is None else nothing))
            for weight, term in objective.terms
            if term.looks
        )
    )


def _no_loss(sums: Sums) -> tf.Tensor:
    raise NotImplementedError("a loss is made of the sums of all tiles, and no actor has these")


def _arrays(tensors: Any) -> Any:
    return tf.nest.map_structure(lambda tensor: tensor.numpy(), tensors)

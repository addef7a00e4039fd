"""The work on one tile: from its pixels to the sums of the terms that look, and back from slopes to its pixels."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from eyecandy._tensorflow import tf
from eyecandy.art.evaluate import Eye
from eyecandy.art.objectives import Sums, Term
from eyecandy.art.scales import Size
from eyecandy.art.tiles import Tile

Graph = Any  # what tf.function traces to


@dataclass(frozen=True)
class Cut:
    """One tile, as it is looked at.

    Attributes:
        pixels: (1, h, w, 3) of the transformed canvas.
        beside: the same of the terms' own pictures, in the order of `Eye.targets`.
        windows: (n, 4) int32, the places that it owns, top, bottom, left and right, of each of `Eye.windows`.
    """

    pixels: np.ndarray
    beside: Sequence[np.ndarray]
    windows: np.ndarray


@dataclass(frozen=True)
class Cuts:
    """All tiles of a step, each cut out when it is asked for.

    Attributes:
        tiles: where they lie.
        size: (width, height) of each.
        seen: the transformed canvas, (1, H, W, 3).
        beside: the terms' own pictures, transformed likewise.
        windows: gives `Cut.windows` of a tile.
    """

    tiles: Sequence[Tile]
    size: Size
    seen: np.ndarray
    beside: Sequence[np.ndarray]
    windows: Callable[[Tile], np.ndarray]

    def __len__(self) -> int:
        return len(self.tiles)

    def __getitem__(self, number: int) -> Cut:
        tile = self.tiles[number]
        pixels, *beside = (each[self.place(tile)] for each in (self.seen, *self.beside))
        return Cut(pixels, beside, self.windows(tile))

    def __iter__(self) -> Iterator[Cut]:
        return (self[number] for number in range(len(self)))

    def place(self, tile: Tile) -> tuple[slice, ...]:
        """Where a tile lies in pictures (1, H, W, 3)."""
        width, height = self.size
        y, x = tile.down.origin, tile.across.origin
        return slice(None), slice(y, y + height), slice(x, x + width)


class TileWork:
    """What is computed of a tile, in either pass: pure functions, each one graph.

    Args:
        eye: what looks at it.
        size: (width, height) of every tile.
    """

    def __init__(self, eye: Eye, size: Size) -> None:
        self.eye = eye
        self.size = size

    def sums(self, cut: Cut) -> list[Sums]:
        """The sums of each term that looks, over the places that the tile owns."""
        return self._sums_graph(*_tensors(cut))

    def gradient(self, cut: Cut, slopes: Sequence[Any]) -> tf.Tensor:
        """The slopes at the tile's pixels, (1, h, w, 3).

        Args:
            slopes: of the loss in each of these sums, in their nesting.
        """
        return self._gradient_graph(*_tensors(cut), tf.nest.map_structure(tf.convert_to_tensor, slopes))

    def _sums(self, pixels: tf.Tensor, beside: list[tf.Tensor], windows: tf.Tensor) -> list[Sums]:
        keys = [(name, border) for name, border, _ in self.eye.windows]

        def own(name: str, term: Term, features: tf.Tensor) -> tf.Tensor:
            top, bottom, left, right = tf.unstack(windows[keys.index((name, term.border))])
            return features[:, top:bottom, left:right]

        targets = {n: look(picture) for (n, look), picture in zip(self.eye.targets.items(), beside, strict=True)}
        return self.eye.sums(self.eye.look(pixels), targets, own)

    @cached_property
    def _sums_graph(self) -> Graph:
        return graph(self._sums, *self._specs)

    @cached_property
    def _gradient_graph(self) -> Graph:
        def gradient(pixels: tf.Tensor, beside: list[tf.Tensor], windows: tf.Tensor, slopes: list[Any]) -> tf.Tensor:
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(pixels)
                sums = self._sums(pixels, beside, windows)
            return tape.gradient(sums, pixels, slopes, unconnected_gradients="zero")

        return graph(gradient, *self._specs, specs(self._sums_graph.structured_outputs))

    @property
    def _specs(self) -> tuple[Any, ...]:
        pixels = tf.TensorSpec((1, *self.size[::-1], 3))
        return pixels, [pixels] * len(self.eye.targets), tf.TensorSpec((len(self.eye.windows), 4), tf.int32)


class Executor(Protocol):
    """Has the work on tiles done; what comes back comes in the order of the tiles."""

    def sums(self, cuts: Cuts) -> Iterable[list[Sums]]:
        """`TileWork.sums` of each."""

    def gradients(self, cuts: Cuts, slopes: Sequence[Any]) -> Iterable[np.ndarray]:
        """`TileWork.gradient` of each."""


class LocalExecutor:
    """Does the work here, tile by tile."""

    def __init__(self, eye: Eye, size: Size) -> None:
        self.work = TileWork(eye, size)

    def sums(self, cuts: Cuts) -> Iterator[list[Sums]]:
        return map(self.work.sums, cuts)

    def gradients(self, cuts: Cuts, slopes: Sequence[Any]) -> Iterator[np.ndarray]:
        return (self.work.gradient(cut, slopes).numpy() for cut in cuts)


def graph(function: Callable[..., Any], *signature: Any) -> Graph:
    """A function as one graph, traced now: a tf.function would warn of retracing at every new photo."""
    return tf.function(function, autograph=False).get_concrete_function(*signature)


def specs(tensors: Any) -> Any:
    """The signature of tensors in any nesting."""
    return tf.nest.map_structure(lambda tensor: tf.TensorSpec(tensor.shape, tensor.dtype), tensors)


def _tensors(cut: Cut) -> tuple[tf.Tensor, list[tf.Tensor], tf.Tensor]:
    return tf.constant(cut.pixels), [tf.constant(each) for each in cut.beside], tf.constant(cut.windows, tf.int32)

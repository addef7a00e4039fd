"""The work on one tile: from its pixels to the sums of the terms that look, and back from slopes to its pixels."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from eyecandy._tensorflow import tf
from eyecandy.art.core.evaluate import Eye, Graph, Own, Targets, graph
from eyecandy.art.core.objectives import Sums, Term
from eyecandy.art.core.scales import Size
from eyecandy.art.large.tiles import Tile
from eyecandy.art.large.views import Crop


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
        seen: the canvas as it is seen.
        beside: the terms' own pictures, seen likewise.
        windows: gives `Cut.windows` of a tile.
    """

    tiles: Sequence[Tile]
    size: Size
    seen: Crop
    beside: Sequence[Crop]
    windows: Callable[[Tile], np.ndarray]

    def __len__(self) -> int:
        return len(self.tiles)

    def __getitem__(self, number: int) -> Cut:
        tile = self.tiles[number]
        place = self.place(tile)
        return Cut(self.seen(*place), [each(*place) for each in self.beside], self.windows(tile))

    def __iter__(self) -> Iterator[Cut]:
        return (self[number] for number in range(len(self)))

    def place(self, tile: Tile) -> tuple[slice, slice]:
        """The rows and columns of a picture that a tile looks at."""
        width, height = self.size
        y, x = tile.down.origin, tile.across.origin
        return slice(y, y + height), slice(x, x + width)


class TileWork:
    """What is computed of a tile, in either pass: pure functions, each one graph.

    Args:
        eye: what looks at it.
        size: (width, height) of every tile.
    """

    def __init__(self, eye: Eye, size: Size) -> None:
        self.eye = eye
        self.size = size
        self._closing: Graph | None = None

    def nothing(self) -> list[Sums]:
        """`sums` of no place."""
        return tf.nest.map_structure(lambda spec: tf.zeros(spec.shape, spec.dtype), self._sums_graph.structured_outputs)

    def beside(self, cut: Cut) -> Targets:
        """What is seen of the terms' own pictures at the places that the tile owns: the same in both passes."""
        if not self.eye.targets:
            return {}
        return self._beside_graph([tf.constant(picture) for picture in cut.beside], tf.constant(cut.windows))

    def sums(self, cut: Cut, beside: Targets) -> list[Sums]:
        """The sums of each term that looks, over the places that the tile owns."""
        return self._sums_graph(*_tensors(cut), beside)

    def gradient(self, cut: Cut, beside: Targets, slopes: Sequence[Any]) -> tf.Tensor:
        """The slopes at the tile's pixels, (1, h, w, 3).

        Args:
            slopes: of the loss in each of these sums, in their nesting.
        """
        return self._gradient_graph(*_tensors(cut), beside, tf.nest.map_structure(tf.convert_to_tensor, slopes))

    def closing(
        self, cut: Cut, beside: Targets, sums: Sequence[Any], weights: Sequence[float]
    ) -> tuple[tf.Tensor, list[Any], tf.Tensor]:
        """Of the last tile, both passes in one: the losses, their slope in each term's sums, and `gradient`.

        Args:
            sums: of every term, over all other tiles.
            weights: of every term.
        """
        told = tf.constant(weights, tf.float32)
        if self._closing is None:
            self._closing = graph(self._closed, *self._specs, self._beside_specs, specs(sums), specs(told))
        return self._closing(*_tensors(cut), beside, sums, told)

    def _seen(self, pixels: tf.Tensor, windows: tf.Tensor, beside: Targets) -> list[Sums]:
        return self.eye.sums(self.eye.look(pixels), beside, self._own(windows))

    def _own(self, windows: tf.Tensor) -> Own:
        keys = [(name, border) for name, border, _ in self.eye.windows]

        def own(name: str, term: Term, features: tf.Tensor) -> tf.Tensor:
            top, bottom, left, right = tf.unstack(windows[keys.index((name, term.border))])
            return features[:, top:bottom, left:right]

        return own

    @cached_property
    def _beside_graph(self) -> Graph:
        pixels, windows = self._specs
        return graph(
            lambda pictures, windows: self.eye.beside(pictures, self._own(windows)),
            [pixels] * len(self.eye.targets),
            windows,
        )

    @cached_property
    def _sums_graph(self) -> Graph:
        return graph(self._seen, *self._specs, self._beside_specs)

    @cached_property
    def _gradient_graph(self) -> Graph:
        def gradient(pixels: tf.Tensor, windows: tf.Tensor, beside: Targets, slopes: list[Any]) -> tf.Tensor:
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(pixels)
                sums = self._seen(pixels, windows, beside)
            return tape.gradient(sums, pixels, slopes, unconnected_gradients="zero")

        return graph(gradient, *self._specs, self._beside_specs, self._looking_specs)

    def _closed(
        self, pixels: tf.Tensor, windows: tf.Tensor, beside: Targets, sums: list[Any], weights: tf.Tensor
    ) -> tuple[tf.Tensor, list[Any], tf.Tensor]:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch((pixels, sums))
            own = iter(self._seen(pixels, windows, beside))
            whole = [
                tf.nest.map_structure(tf.add, others, next(own)) if term.looks else others
                for term, others in zip(self.eye.terms, sums, strict=True)
            ]
            losses = self.eye.objective.weighed(tf.unstack(weights)).losses(whole)
            total = losses[0]
        slopes, at_pixels = tape.gradient(total, (sums, pixels), unconnected_gradients="zero")
        return losses, slopes, at_pixels

    @property
    def _specs(self) -> tuple[tf.TensorSpec, tf.TensorSpec]:
        return tf.TensorSpec((1, *self.size[::-1], 3)), tf.TensorSpec((len(self.eye.windows), 4), tf.int32)

    @property
    def _beside_specs(self) -> Any:
        return specs(self._beside_graph.structured_outputs) if self.eye.targets else {}

    @property
    def _looking_specs(self) -> Any:
        return specs(self._sums_graph.structured_outputs)


class Executor(Protocol):
    """Has the work on tiles done; what comes back comes in the order of the tiles."""

    def sums(self, cuts: Cuts) -> Iterable[list[Sums]]:
        """`TileWork.sums` of each."""

    def gradients(self, cuts: Cuts, slopes: Sequence[Any]) -> Iterable[np.ndarray]:
        """`TileWork.gradient` of each."""


class LocalExecutor:
    """Does the work here, tile by tile.

    Between the passes it keeps what it saw of the terms' own pictures, a few bytes a pixel.
    """

    def __init__(self, eye: Eye, size: Size) -> None:
        self.work = TileWork(eye, size)
        self._beside: list[Targets] = []

    def sums(self, cuts: Cuts) -> Iterator[list[Sums]]:
        self._beside = []
        for cut in cuts:
            self._beside.append(self.work.beside(cut))
            yield self.work.sums(cut, self._beside[-1])

    def gradients(self, cuts: Cuts, slopes: Sequence[Any]) -> Iterator[np.ndarray]:
        for cut, beside in zip(cuts, self._beside, strict=True):
            yield np.asarray(self.work.gradient(cut, beside, slopes))

    def closing(
        self, cut: Cut, sums: Sequence[Any], weights: Sequence[float]
    ) -> tuple[tf.Tensor, list[Any], np.ndarray]:
        """`TileWork.closing`: when the losses are there, so are its activations, and it is not looked at again."""
        losses, slopes, at_pixels = self.work.closing(cut, self.work.beside(cut), sums, weights)
        return losses, slopes, np.asarray(at_pixels)


def specs(tensors: Any) -> Any:
    """The signature of tensors in any nesting."""
    return tf.nest.map_structure(lambda tensor: tf.TensorSpec(tensor.shape, tensor.dtype), tensors)


def _tensors(cut: Cut) -> tuple[tf.Tensor, tf.Tensor]:
    return tf.constant(cut.pixels), tf.constant(cut.windows, tf.int32)

"""The work on one tile: from its pixels to the sums of the terms that look, and back from gradients to its pixels."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from eyecandy._tensorflow import tf
from eyecandy.art.core.evaluate import FeatureExtractor, Graph, Selection, Targets, graph
from eyecandy.art.core.objectives import Sums, Term
from eyecandy.art.core.scales import Size
from eyecandy.art.large.tiles import Grid, Tile
from eyecandy.art.large.views import Crop


@dataclass(frozen=True)
class Cut:
    """One tile, as it is looked at.

    Attributes:
        pixels: (1, h, w, 3) of the transformed canvas.
        target_images: the same of the terms' own pictures, in the order of `FeatureExtractor.target_extractors`.
        windows: (n, 4) int32, the positions that it owns, top, bottom, left and right, of each of
            `FeatureExtractor.windows`.
    """

    pixels: np.ndarray
    target_images: Sequence[np.ndarray]
    windows: np.ndarray


@dataclass(frozen=True)
class Cuts:
    """All tiles of a step, each cut out when it is asked for.

    Attributes:
        tiles: where they lie.
        grid: of which they are.
        seen: the canvas as it is seen.
        target_images: the terms' own pictures, seen likewise.
        windows: gives `Cut.windows` of a tile.
    """

    tiles: Sequence[Tile]
    grid: Grid
    seen: Crop
    target_images: Sequence[Crop]
    windows: Callable[[Tile], np.ndarray]

    def __len__(self) -> int:
        return len(self.tiles)

    def __getitem__(self, number: int) -> Cut:
        tile = self.tiles[number]
        part = self.grid.part(tile)
        return Cut(self.seen(*part), [each(*part) for each in self.target_images], self.windows(tile))

    def __iter__(self) -> Iterator[Cut]:
        return (self[number] for number in range(len(self)))


class TileWork:
    """What is computed of a tile, in either pass: pure functions, each one graph.

    Args:
        extractor: what looks at it.
        size: (width, height) of every tile.
    """

    def __init__(self, extractor: FeatureExtractor, size: Size) -> None:
        self.extractor = extractor
        self.size = size
        self._closing: Graph | None = None

    def nothing(self) -> list[Sums]:
        """`sums` of no position."""
        return tf.nest.map_structure(lambda spec: tf.zeros(spec.shape, spec.dtype), self._sums_graph.structured_outputs)

    def targets(self, cut: Cut) -> Targets:
        """What is seen of the target images at the positions that the tile owns: the same in both passes."""
        if not self.extractor.target_extractors:
            return {}
        return self._targets_graph([tf.constant(picture) for picture in cut.target_images], tf.constant(cut.windows))

    def sums(self, cut: Cut, targets: Targets) -> list[Sums]:
        """The sums of each term that looks, over the positions that the tile owns."""
        return self._sums_graph(*_tensors(cut), targets)

    def gradient(self, cut: Cut, targets: Targets, at_sums: Sequence[Any]) -> tf.Tensor:
        """The gradient in the tile's pixels, (1, h, w, 3).

        Args:
            at_sums: gradients of the loss in each of these sums, in their nesting.
        """
        return self._gradient_graph(*_tensors(cut), targets, tf.nest.map_structure(tf.convert_to_tensor, at_sums))

    def closing(
        self, cut: Cut, targets: Targets, sums: Sequence[Any], weights: Sequence[float]
    ) -> tuple[tf.Tensor, list[Any], tf.Tensor]:
        """Of the last tile, both passes in one: the losses, their gradient in each term's sums, and `gradient`.

        Args:
            sums: of every term, over all other tiles.
            weights: of every term.
        """
        told = tf.constant(weights, tf.float32)
        if self._closing is None:
            self._closing = graph(self._closed, *self._specs, self._targets_specs, specs(sums), specs(told))
        return self._closing(*_tensors(cut), targets, sums, told)

    def _seen(self, pixels: tf.Tensor, windows: tf.Tensor, targets: Targets) -> list[Sums]:
        return self.extractor.sums(self.extractor.features(pixels), targets, self._own(windows))

    def _own(self, windows: tf.Tensor) -> Selection:
        keys = [(name, border) for name, border, _ in self.extractor.windows]

        def own(name: str, term: Term, features: tf.Tensor) -> tf.Tensor:
            top, bottom, left, right = tf.unstack(windows[keys.index((name, term.border))])
            return features[:, top:bottom, left:right]

        return own

    @cached_property
    def _targets_graph(self) -> Graph:
        pixels, windows = self._specs
        images = (self.extractor.terms[number].target_image for number in self.extractor.target_extractors)
        return graph(
            lambda pictures, windows: self.extractor.target_features(pictures, self._own(windows)),
            [tf.TensorSpec((*pixels.shape[:3], image.shape[-1])) for image in images if image is not None],
            windows,
        )

    @cached_property
    def _sums_graph(self) -> Graph:
        return graph(self._seen, *self._specs, self._targets_specs)

    @cached_property
    def _gradient_graph(self) -> Graph:
        def gradient(pixels: tf.Tensor, windows: tf.Tensor, targets: Targets, at_sums: list[Any]) -> tf.Tensor:
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(pixels)
                sums = self._seen(pixels, windows, targets)
            return tape.gradient(sums, pixels, at_sums, unconnected_gradients="zero")

        return graph(gradient, *self._specs, self._targets_specs, self._looking_specs)

    def _closed(
        self, pixels: tf.Tensor, windows: tf.Tensor, targets: Targets, sums: list[Any], weights: tf.Tensor
    ) -> tuple[tf.Tensor, list[Any], tf.Tensor]:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch((pixels, sums))
            own = iter(self._seen(pixels, windows, targets))
            whole = [
                tf.nest.map_structure(tf.add, others, next(own)) if term.looks else others
                for term, others in zip(self.extractor.terms, sums, strict=True)
            ]
            losses = self.extractor.objective.weighed(tf.unstack(weights)).losses(whole)
            total = losses[0]
        at_sums, at_pixels = tape.gradient(total, (sums, pixels), unconnected_gradients="zero")
        return losses, at_sums, at_pixels

    @property
    def _specs(self) -> tuple[tf.TensorSpec, tf.TensorSpec]:
        return tf.TensorSpec((1, *self.size[::-1], 3)), tf.TensorSpec((len(self.extractor.windows), 4), tf.int32)

    @property
    def _targets_specs(self) -> Any:
        return specs(self._targets_graph.structured_outputs) if self.extractor.target_extractors else {}

    @property
    def _looking_specs(self) -> Any:
        return specs(self._sums_graph.structured_outputs)


class Executor(Protocol):
    """Has the work on tiles done; what comes back comes in the order of the tiles."""

    def sums(self, cuts: Cuts) -> Iterable[list[Sums]]:
        """`TileWork.sums` of each."""

    def gradients(self, cuts: Cuts, at_sums: Sequence[Any]) -> Iterable[np.ndarray]:
        """`TileWork.gradient` of each."""


class LocalExecutor:
    """Does the work here, tile by tile.

    Between the passes it keeps what it saw of the terms' own pictures, a few bytes a pixel.
    """

    def __init__(self, extractor: FeatureExtractor, size: Size) -> None:
        self.work = TileWork(extractor, size)
        self._targets: list[Targets] = []

    def sums(self, cuts: Cuts) -> Iterator[list[Sums]]:
        self._targets = []
        for cut in cuts:
            self._targets.append(self.work.targets(cut))
            yield self.work.sums(cut, self._targets[-1])

    def gradients(self, cuts: Cuts, at_sums: Sequence[Any]) -> Iterator[np.ndarray]:
        for cut, targets in zip(cuts, self._targets, strict=True):
            yield np.asarray(self.work.gradient(cut, targets, at_sums))

    def closing(
        self, cut: Cut, sums: Sequence[Any], weights: Sequence[float]
    ) -> tuple[tf.Tensor, list[Any], np.ndarray]:
        """`TileWork.closing`: when the losses are there, so are its activations, and it is not looked at again."""
        losses, at_sums, at_pixels = self.work.closing(cut, self.work.targets(cut), sums, weights)
        return losses, at_sums, np.asarray(at_pixels)


def specs(tensors: Any) -> Any:
    """The signature of tensors in any nesting."""
    return tf.nest.map_structure(lambda tensor: tf.TensorSpec(tensor.shape, tensor.dtype), tensors)


def _tensors(cut: Cut) -> tuple[tf.Tensor, tf.Tensor]:
    return tf.constant(cut.pixels), tf.constant(cut.windows, tf.int32)

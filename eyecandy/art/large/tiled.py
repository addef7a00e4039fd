"""Losses and gradient of a canvas, tile by tile: the evaluator for pictures that do not fit into memory.

Every loss is a function of sums over places. So one step streams the picture twice. The first pass adds up the sums of
all tiles; from them come the losses, and the slope of the loss in each sum. The second pass takes each tile's sums back
to its pixels, weighed by these slopes. With a halo that holds all that a place can see, that is the gradient of the
whole picture, and not an approximation; the borders move from step to step.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from eyecandy._tensorflow import tf
from eyecandy.art.core.canvas import Canvas
from eyecandy.art.core.evaluate import Eye, draw_seed
from eyecandy.art.core.objectives import Objective, Seen, Term
from eyecandy.art.core.scales import Size
from eyecandy.art.core.transforms import Transform
from eyecandy.art.large.tiles import Grid, Tile, least
from eyecandy.art.large.tilework import Cuts, Executor, Graph, LocalExecutor, graph, specs
from eyecandy.art.large.views import Slopes, view
from eyecandy.backbone.model import Backbone
from eyecandy.errors import OptionError

_BAND = 2**20  # pixels of the canvas that terms without a network are shown at once, or a little more


class Tiled:
    """A picture in tiles."""

    in_graph = False

    def __init__(
        self,
        backbone: Backbone,
        canvas: Canvas,
        objective: Objective,
        transform: Transform | None,
        seed: int,
        *,
        side: int | Size,
        executor: Callable[[Eye, Size], Executor] = LocalExecutor,
    ) -> None:
        """As `Whole`, in tiles of at most `side` pixels, or (width, height).

        Args:
            executor: of what looks and the size of the tiles: who has the work on them done.

        Raises:
            EyecandyError: that is too small for what the layers see about a place, or one sees the whole picture.
        """
        self.canvas = canvas
        self.objective = objective
        self.transform = transform
        self.seed = seed
        smallest = least(backbone, objective.maps)
        if smallest is None:
            raise OptionError(
                "a layer of {net} sees the whole picture at every place, so it cannot be cut into tiles; expected {}, "
                "or other layers",
                'tile="off"',
                net=backbone.name,
            )
        self.grid = Grid.of(_seen_size(canvas.size, transform), side, smallest.halo, smallest.step)
        self.eye = Eye(backbone, objective)
        terms = self.eye.terms
        self._looking = [number for number, term in enumerate(terms) if term.looks]
        self._flat = [number for number, term in enumerate(terms) if not term.looks]
        self._places = backbone.places_at(self.eye.strides, self.grid.size)
        self.executor = executor(self.eye, self.grid.tile)

    def __call__(self, parameters: tf.Tensor, draw: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        losses, gradient = self.arrays(np.asarray(parameters), int(draw))
        return tf.constant(losses), tf.constant(gradient)

    def arrays(self, parameters: np.ndarray, draw: int) -> tuple[np.ndarray, np.ndarray]:
        """As arrays, which Python frees: TensorFlow keeps what it once took, and is given tiles only."""
        image = self.canvas.picture(parameters)
        losses, slopes = self._slopes(image, draw)
        return losses, self.canvas.gradient(image, slopes)

    def _slopes(self, image: np.ndarray, draw: int) -> tuple[np.ndarray, np.ndarray]:
        """Losses, and their slopes at the canvas's pixels."""
        seen_through = view(self.transform, self.canvas.size, draw_seed(self.seed, tf.constant(draw)))
        beside = [seen_through.seen(np.asarray(self.eye.terms[number].beside)) for number in self.eye.targets]
        tiles = list(self.grid.tiles(draw)) if self._looking else []
        cuts = Cuts(tiles, self.grid.tile, seen_through.seen(image), beside, self._windows)
        at_seen = seen_through.slopes()
        sums: list[Any] = [None] * len(self.eye.terms)
        for number, first, last in self._bands:
            sums[number] = _added(sums[number], self._band_sums[number](*self._band(image, number, first, last)))
        losses, slopes = self._streamed(cuts, sums, at_seen)
        at_image = at_seen.at_canvas()
        for number, first, last in self._bands:
            own = self._band(image, number, first, last)
            for row, slope in zip((first, last), self._band_gradient[number](*own, slopes[number]), strict=True):
                at_image[:, row : row + slope.shape[1]] += slope
        return losses.numpy(), at_image

    def _streamed(self, cuts: Cuts, sums: list[Any], at_seen: Slopes) -> tuple[tf.Tensor, list[Any]]:
        """Both passes over the tiles: the losses and their slope in each sum; slopes at the pixels are gathered.

        Args:
            sums: of the terms without a network, None for the others.
        """
        first, local = cuts, None
        if isinstance(self.executor, LocalExecutor) and len(cuts) > 0:
            first, local = replace(cuts, tiles=cuts.tiles[:-1]), self.executor
            for number, nothing in zip(self._looking, local.work.nothing(), strict=True):
                sums[number] = nothing
        for found in self.executor.sums(first):
            for number, own in zip(self._looking, found, strict=True):
                sums[number] = _added(sums[number], own)
        if local is not None:
            losses, slopes, own = local.closing(cuts[len(cuts) - 1], sums, self.objective.weights)
            at_seen.add(*cuts.place(cuts.tiles[-1]), own)
        else:
            losses, slopes = self._losses(sums)
        looking = [slopes[number] for number in self._looking]
        for tile, own in zip(first.tiles, self.executor.gradients(first, looking), strict=True):
            at_seen.add(*cuts.place(tile), own)
        return losses, slopes

    def _windows(self, tile: Tile) -> np.ndarray:
        """The places that a tile owns of each of `Eye.windows`, see `Cut`."""
        return np.array(
            [
                tile.down.places(stride, self._places[name][0], border)
                + tile.across.places(stride, self._places[name][1], border)
                for name, border, stride in self.eye.windows
            ],
            np.int32,
        ).reshape(-1, 4)

    def _losses(self, sums: list[Any]) -> tuple[tf.Tensor, list[Any]]:
        """All losses, and the slope of the weighted sum in each sum."""
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(sums)
            losses = self.objective.losses(sums)
            total = losses[0]
        return losses, tape.gradient(total, sums, unconnected_gradients="zero")

    def weigh(self, weights: Sequence[float]) -> None:
        self.objective = self.objective.weighed(weights)

    @cached_property
    def _bands(self) -> list[tuple[int, int, int]]:
        """The terms without a network, by their number, and the rows that they are shown at a time, from and to."""
        width, height = self.canvas.size
        found = []
        for number in self._flat:
            unit = self.eye.terms[number].rows
            rows = -(-max(1, _BAND // width) // unit) * unit
            found += [(number, first, min(first + rows, height)) for first in range(0, height, rows)]
        return found

    def _band(self, image: np.ndarray, number: int, first: int, last: int) -> tuple[tf.Tensor, ...]:
        """Rows of the canvas, of the picture beside it, and the row beneath."""
        beside = self.eye.terms[number].beside
        other = image[:, :0] if beside is None else beside[:, first:last]
        return tuple(tf.constant(rows, tf.float32) for rows in (image[:, first:last], other, image[:, last : last + 1]))

    @cached_property
    def _band_sums(self) -> dict[int, Graph]:
        def sums(term: Term) -> Graph:
            return graph(lambda image, beside, below: term.sums(_rows(image, beside, below)), *self._band_specs)

        return {number: sums(self.eye.terms[number]) for number in self._flat}

    @cached_property
    def _band_gradient(self) -> dict[int, Graph]:
        def gradient(number: int) -> Graph:
            def back(image: tf.Tensor, beside: tf.Tensor, below: tf.Tensor, slopes: Any) -> list[tf.Tensor]:
                with tf.GradientTape(watch_accessed_variables=False) as tape:
                    tape.watch((image, below))
                    sums = self.eye.terms[number].sums(_rows(image, beside, below))
                return tape.gradient(sums, [image, below], slopes, unconnected_gradients="zero")

            return graph(back, *self._band_specs, specs(self._band_sums[number].structured_outputs))

        return {number: gradient(number) for number in self._flat}

    @property
    def _band_specs(self) -> list[tf.TensorSpec]:
        return [tf.TensorSpec((1, None, self.canvas.size[0], 3))] * 3


def _rows(image: tf.Tensor, beside: tf.Tensor, below: tf.Tensor) -> Seen:
    return Seen(image=image, beside=beside, below=below)


def _added(sums: Any, more: Any) -> Any:
    return more if sums is None else tf.nest.map_structure(tf.add, sums, more)


def _seen_size(size: Size, transform: Transform | None) -> Size:
    """(width, height) of a canvas as the network sees it."""
    if transform is None:
        return size
    pixels, seed = tf.TensorSpec((1, *size[::-1], 3)), tf.TensorSpec((2,), tf.int32)
    _, height, width, _ = graph(transform, pixels, seed).structured_outputs.shape
    return width, height

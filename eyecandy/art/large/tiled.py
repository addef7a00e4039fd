"""Losses and gradient of a canvas, tile by tile: the evaluator for pictures that do not fit into memory.

Every loss is a function of sums over positions. So one step streams the picture twice. The first pass adds up the sums
of all tiles; from them come the losses, and their gradient in each sum. The second pass takes each tile's sums back to
its pixels, weighed by these gradients. With a halo that holds all that a position can see, that is the gradient of the
whole picture, and not an approximation; the borders move from step to step.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import Any

import numpy as np

from eyecandy._tensorflow import tf
from eyecandy.art.core.canvas import Canvas, bands
from eyecandy.art.core.evaluate import FeatureExtractor, Graph, draw_seed, graph
from eyecandy.art.core.objectives import Objective, Seen, Term
from eyecandy.art.core.optimizers import Rule, State, stepped
from eyecandy.art.core.scales import Size
from eyecandy.art.core.transforms import Transform
from eyecandy.art.large.tiles import Grid, Tile, least
from eyecandy.art.large.tilework import Cuts, Executor, LocalExecutor, specs
from eyecandy.art.large.views import View
from eyecandy.backbone.model import Backbone
from eyecandy.errors import OptionError

_BAND = 2**20  # pixels of the canvas that terms without a network are shown at once, or a little more
_STEPPED = 2**18  # parameters that are stepped at once


class TiledEvaluator:
    """A picture in tiles.

    What is as large as the picture is an array, which Python frees: TensorFlow keeps what it once took, and is given
    tiles and other pieces only.
    """

    def __init__(
        self,
        backbone: Backbone,
        canvas: Canvas,
        objective: Objective,
        transform: Transform | None,
        seed: int,
        rule: Rule | None = None,
        *,
        side: int | Size,
        executor: Callable[[FeatureExtractor, Size], Executor] = LocalExecutor,
    ) -> None:
        """As `WholeEvaluator`, in tiles of at most `side` pixels, or (width, height).

        Args:
            executor: of what looks and the size of the tiles: who has the work on them done.

        Raises:
            EyecandyError: that is too small for what the layers see about a place, or one sees the whole picture.
        """
        self.canvas = canvas
        self.objective = objective
        self.transform = transform
        self.seed = seed
        self.rule = rule
        smallest = least(backbone, objective.maps)
        if smallest is None:
            raise OptionError(
                "a layer of {net} sees the whole picture at every place, so it cannot be cut into tiles; expected {}, "
                "or other layers",
                'tile="off"',
                net=backbone.name,
            )
        self.grid = Grid.of(self._view(0).size, side, smallest.halo, smallest.step)
        self.extractor = FeatureExtractor(backbone, objective)
        terms = self.extractor.terms
        self._looking = [number for number, term in enumerate(terms) if term.looks]
        self._flat = [number for number, term in enumerate(terms) if not term.looks]
        self._counts = backbone.places_at(self.extractor.strides, self.grid.size)
        self.executor = executor(self.extractor, self.grid.tile)

    def evaluate(self, parameters: np.ndarray, draw: int) -> tuple[np.ndarray, np.ndarray]:
        image = self.canvas.picture(parameters)
        losses, gradients = self._at_pixels(image, draw)
        return losses, self.canvas.gradient(image, gradients)

    def begin(self, parameters: np.ndarray) -> State:
        assert self.rule is not None
        moments = np.zeros((self.rule.moments, *parameters.shape), np.float32)
        return State(parameters, moments, parameters, moments)

    def run(self, state: State, done: int, draw: int, rates: np.ndarray) -> tuple[State, np.ndarray]:
        history: list[np.ndarray] = []
        for number, rate in enumerate(rates):
            losses, gradient = self.evaluate(state.parameters, draw + number)
            length = _root_mean_square(gradient)
            if not (np.isfinite(losses[0]) and np.isfinite(length)):
                break
            history.append(losses)
            state = self._stepped(state, gradient, done + number, rate, length)
            del gradient  # as large as the picture, and of no use to the next look
        return state, np.reshape(np.array(history, np.float32), (-1, 1 + len(self.objective.terms)))

    def picture(self, parameters: np.ndarray) -> np.ndarray:
        return self.canvas.picture(parameters)[0]

    def compile(self) -> None:
        """Nothing: what is compiled for tiles is small, and their memory is counted to the byte."""

    def _stepped(self, state: State, gradient: np.ndarray, iteration: int, rate: float, length: float) -> State:
        """After one more step; the moments of the good state before are written over, its parameters may be on show."""
        now = np.empty_like(state.parameters)
        moments = state.good_moments if state.good_moments is not state.moments else np.empty_like(state.moments)
        large = [each.reshape(-1) for each in (now, state.parameters, gradient)]
        remembered = [each.reshape(-1, now.size) for each in (moments, state.moments)]
        told = [tf.constant(iteration), tf.constant(rate, tf.float32), tf.constant(length, tf.float32)]
        for band in bands(now.size, most=_STEPPED):
            own, before, gradients = (each[band] for each in large)
            own_moments, moments_before = (each[:, band] for each in remembered)
            own[...], own_moments[...] = self._step(*map(tf.constant, (before, moments_before, gradients)), *told)
        return State(now, moments, state.parameters, state.moments)

    @cached_property
    def _step(self) -> Graph:
        rule = self.rule
        assert rule is not None
        one, moments = tf.TensorSpec((None,)), tf.TensorSpec((rule.moments, None))
        return graph(
            lambda parameters, moments, gradient, *told: stepped(
                rule, self.canvas.bounds, parameters, moments, gradient, *told
            ),
            *(one, moments, one, tf.TensorSpec((), tf.int32), tf.TensorSpec(()), tf.TensorSpec(())),
        )

    def _view(self, draw: int) -> View:
        return View(self.transform, self.canvas.size, draw_seed(self.seed, tf.constant(draw)))

    def _at_pixels(self, image: np.ndarray, draw: int) -> tuple[np.ndarray, np.ndarray]:
        """Losses, and their gradients at the canvas's pixels."""
        view = self._view(draw)
        targets = (self.extractor.terms[number].target_image for number in self.extractor.target_extractors)
        target_images = [view.seen(np.asarray(image)) for image in targets]
        tiles = list(self.grid.tiles(draw)) if self._looking else []
        cuts = Cuts(tiles, self.grid, view.seen(image), target_images, self._windows)
        sums: list[Any] = [None] * len(self.extractor.terms)
        for number, first, last in self._bands:
            sums[number] = _added(sums[number], self._band_sums[number](*self._band(image, number, first, last)))
        at_pixels = np.zeros(image.shape, np.float32)
        losses, at_sums = self._streamed(cuts, sums, partial(view.add, at_pixels))
        for number, first, last in self._bands:
            own = self._band(image, number, first, last)
            for row, more in zip((first, last), self._band_gradient[number](*own, at_sums[number]), strict=True):
                at_pixels[:, row : row + more.shape[1]] += more
        return losses.numpy(), at_pixels

    def _streamed(
        self, cuts: Cuts, sums: list[Any], add: Callable[[slice, slice, np.ndarray], None]
    ) -> tuple[tf.Tensor, list[Any]]:
        """Both passes over the tiles: the losses, and their gradient in each sum.

        Args:
            sums: of the terms without a network, None for the others.
            add: takes the gradients at the pixels of a tile.
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
            losses, at_sums, own = local.closing(cuts[len(cuts) - 1], sums, self.objective.weights)
            add(*self.grid.part(cuts.tiles[-1]), own)
        else:
            losses, at_sums = self._losses(sums)
        looking = [at_sums[number] for number in self._looking]
        for tile, own in zip(first.tiles, self.executor.gradients(first, looking), strict=True):
            add(*self.grid.part(tile), own)
        return losses, at_sums

    def _windows(self, tile: Tile) -> np.ndarray:
        """The positions that a tile owns of each of `FeatureExtractor.windows`, see `Cut`."""
        return np.array(
            [tile.positions(stride, self._counts[name], border) for name, border, stride in self.extractor.windows],
            np.int32,
        ).reshape(-1, 4)

    def _losses(self, sums: list[Any]) -> tuple[tf.Tensor, list[Any]]:
        """All losses, and the gradient of the weighted sum in each sum."""
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
            unit = self.extractor.terms[number].rows
            rows = -(-max(1, _BAND // width) // unit) * unit
            found += [(number, first, min(first + rows, height)) for first in range(0, height, rows)]
        return found

    def _band(self, image: np.ndarray, number: int, first: int, last: int) -> tuple[tf.Tensor, ...]:
        """Rows of the canvas, of the target image, and the row beneath."""
        target = self.extractor.terms[number].target_image
        other = image[:, :0] if target is None else target[:, first:last]
        shown = image[:, first:last], other, image[:, last : last + 1]
        return tuple(tf.cast(tf.convert_to_tensor(rows), tf.float32) for rows in shown)

    @cached_property
    def _band_sums(self) -> dict[int, Graph]:
        def sums(term: Term) -> Graph:
            return graph(lambda image, target, below: term.sums(_rows(image, target, below)), *self._band_specs)

        return {number: sums(self.extractor.terms[number]) for number in self._flat}

    @cached_property
    def _band_gradient(self) -> dict[int, Graph]:
        def gradient(number: int) -> Graph:
            def back(image: tf.Tensor, target: tf.Tensor, below: tf.Tensor, at_sums: Any) -> list[tf.Tensor]:
                with tf.GradientTape(watch_accessed_variables=False) as tape:
                    tape.watch((image, below))
                    sums = self.extractor.terms[number].sums(_rows(image, target, below))
                return tape.gradient(sums, [image, below], at_sums, unconnected_gradients="zero")

            return graph(back, *self._band_specs, specs(self._band_sums[number].structured_outputs))

        return {number: gradient(number) for number in self._flat}

    @property
    def _band_specs(self) -> list[tf.TensorSpec]:
        return [tf.TensorSpec((1, None, self.canvas.size[0], 3))] * 3


def _rows(image: tf.Tensor, target: tf.Tensor, below: tf.Tensor) -> Seen:
    return Seen(image=image, target_image=target, below=below)


def _added(sums: Any, more: Any) -> Any:
    return more if sums is None else tf.nest.map_structure(tf.add, sums, more)


def _root_mean_square(gradient: np.ndarray) -> float:
    """Of all its numbers; not finite if one of them is not."""
    flat = gradient.reshape(-1)
    squares = (np.square(flat[band], dtype=np.float64).sum() for band in bands(flat.size))
    return float(np.sqrt(sum(squares) / flat.size))

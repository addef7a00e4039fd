"""Losses and gradient of a canvas, tile by tile: the evaluator for pictures that do not fit into memory.

Every loss is a function of sums over places. So one step streams the picture twice. The first pass adds up the sums of
all tiles; from them come the losses, and the slope of the loss in each sum. The second pass takes each tile's sums back
to its pixels, weighed by these slopes. With a halo that holds all that a place can see, that is the gradient of the
whole picture, and not an approximation; the borders move from step to step.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np

from eyecandy._tensorflow import tf
from eyecandy.art.canvas import Canvas
from eyecandy.art.evaluate import Eye, draw_seed
from eyecandy.art.objectives import Objective, Seen, Term
from eyecandy.art.tiles import Grid, Tile, least
from eyecandy.art.transforms import Transform
from eyecandy.backbone.layers import CLASS_MAP
from eyecandy.backbone.model import Backbone
from eyecandy.errors import EyecandyError

Graph = Any  # what tf.function traces to

_SEED = tf.TensorSpec((2,), tf.int32)
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
        side: int,
    ) -> None:
        """As `Whole`, in tiles of at most `side` pixels.

        Raises:
            EyecandyError: that is too small for what the layers see about a place, or one sees the whole picture.
        """
        self.canvas = canvas
        self.objective = objective
        self.transform = transform
        self.seed = seed
        smallest = least(backbone, objective.maps)
        if smallest is None:
            raise EyecandyError(
                f"a layer of {backbone.name} sees the whole picture at every place, so it cannot be cut into tiles; "
                'expected tile="off" (--tile off), or other layers'
            )
        _, height, width, _ = self._transformed.structured_outputs.shape
        self.grid = Grid.of((width, height), side, smallest.halo, smallest.step)
        self.eye = Eye(backbone, objective)
        terms = self.eye.terms
        self._looking = [number for number, term in enumerate(terms) if term.looks]
        self._flat = [number for number, term in enumerate(terms) if not term.looks]
        self._places = backbone.places_at(self.eye.strides, self.grid.size)

    def __call__(self, parameters: tf.Tensor, draw: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        seed = draw_seed(self.seed, draw)
        image, seen = (tensor.numpy() for tensor in self._show(parameters, seed))
        if not self._flat:
            del image  # nobody asks for it, and it is as large as the picture
        beside = [self._transformed(self.eye.terms[number].beside, seed).numpy() for number in self.eye.targets]
        tiles = list(self.grid.tiles(int(draw))) if self._looking else []
        sums: list[Any] = [None] * len(self.eye.terms)
        for tile in tiles:
            found = self._tile_sums(*self._cut(tile, seen, beside))
            for number, own in zip(self._looking, found, strict=True):
                sums[number] = _added(sums[number], own)
        for number, first, last in self._bands:
            sums[number] = _added(sums[number], self._band_sums[number](*self._band(image, number, first, last)))
        losses, slopes = self._losses(sums)
        looking = [slopes[number] for number in self._looking]
        at_seen = np.zeros_like(seen)
        height, width = self.grid.tile[::-1]
        for tile in tiles:
            y, x = tile.down.origin, tile.across.origin
            at_seen[:, y : y + height, x : x + width] += self._tile_gradient(*self._cut(tile, seen, beside), looking)
        del seen, beside
        at_image = [np.zeros_like(image)] if self._flat else []
        for number, first, last in self._bands:
            own = self._band(image, number, first, last)
            for row, slope in zip((first, last), self._band_gradient[number](*own, slopes[number]), strict=True):
                at_image[0][:, row : row + slope.shape[1]] += slope
        if self._flat:
            del image
        back = [tf.constant(slope) for slope in (at_seen, *at_image)]
        del at_seen, at_image
        return losses, self._back(parameters, seed, *back)

    def _cut(
        self, tile: Tile, seen: np.ndarray, beside: list[np.ndarray]
    ) -> tuple[tf.Tensor, list[tf.Tensor], tf.Tensor]:
        """A tile's pixels, those of the pictures beside it, and the places that it owns of each term's maps."""
        height, width = self.grid.tile[::-1]
        y, x = tile.down.origin, tile.across.origin
        cut = [tf.constant(each[:, y : y + height, x : x + width]) for each in (seen, *beside)]
        windows = [
            tile.down.places(stride, self._places[name][0], border)
            + tile.across.places(stride, self._places[name][1], border)
            for name, border, stride in self._windows
        ]
        return cut[0], cut[1:], tf.constant(windows, tf.int32)

    @cached_property
    def _windows(self) -> list[tuple[str, int, int]]:
        """Map, border and stride of each window that `_cut` gives."""
        asked: dict[tuple[str, int], int] = {}
        for number in self._looking:
            term = self.eye.terms[number]
            for name in [*term.layers, CLASS_MAP] if term.class_map else term.layers:
                asked[name, term.border] = self.eye.strides[name]
        return [(name, border, stride) for (name, border), stride in asked.items()]

    def _sums(self, pixels: tf.Tensor, beside: list[tf.Tensor], windows: tf.Tensor) -> list[Any]:
        """The sums of each term that looks."""
        keys = [(name, border) for name, border, _ in self._windows]

        def own(name: str, term: Term, features: tf.Tensor) -> tf.Tensor:
            top, bottom, left, right = tf.unstack(windows[keys.index((name, term.border))])
            return features[:, top:bottom, left:right]

        targets = {n: look(picture) for (n, look), picture in zip(self.eye.targets.items(), beside, strict=True)}
        return self.eye.sums(self.eye.look(pixels), targets, own)

    @cached_property
    def _tile_sums(self) -> Graph:
        return graph(self._sums, *self._tile_specs)

    @cached_property
    def _tile_gradient(self) -> Graph:
        def gradient(pixels: tf.Tensor, beside: list[tf.Tensor], windows: tf.Tensor, slopes: list[Any]) -> tf.Tensor:
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(pixels)
                sums = self._sums(pixels, beside, windows)
            return tape.gradient(sums, pixels, slopes, unconnected_gradients="zero")

        return graph(gradient, *self._tile_specs, specs(self._tile_sums.structured_outputs))

    @property
    def _tile_specs(self) -> tuple[Any, ...]:
        pixels = tf.TensorSpec((1, *self.grid.tile[::-1], 3))
        return pixels, [pixels] * len(self.eye.targets), tf.TensorSpec((len(self._windows), 4), tf.int32)

    def _losses(self, sums: list[Any]) -> tuple[tf.Tensor, list[Any]]:
        """All losses, and the slope of the weighted sum in each sum."""
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(sums)
            losses = self.objective.losses(sums)
            total = losses[0]
        return losses, tape.gradient(total, sums, unconnected_gradients="zero")

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
        return tuple(map(tf.constant, (image[:, first:last], other, image[:, last : last + 1])))

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

    def _transform(self, picture: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        return picture if self.transform is None else self.transform(picture, seed)

    @cached_property
    def _transformed(self) -> Graph:
        return graph(self._transform, self._pixels, _SEED)

    @cached_property
    def _show(self) -> Graph:
        """The canvas as it is, and as the network sees it."""

        def show(parameters: tf.Tensor, seed: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            image = self.canvas.image(parameters)
            return image, self._transform(image, seed)

        return graph(show, tf.TensorSpec(self.canvas.shape), _SEED)

    @cached_property
    def _back(self) -> Graph:
        """From slopes at the canvas's pixels, as seen and, where there are any, as they are, to the parameters'."""

        def back(parameters: tf.Tensor, seed: tf.Tensor, at_seen: tf.Tensor, *at_image: tf.Tensor) -> tf.Tensor:
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(parameters)
                image = self.canvas.image(parameters)
                seen = self._transform(image, seed)
            pictures = [seen, *(image for _ in at_image)]
            return tape.gradient(pictures, parameters, [at_seen, *at_image])

        seen = tf.TensorSpec((1, *self.grid.size[::-1], 3))
        return graph(back, tf.TensorSpec(self.canvas.shape), _SEED, seen, *([self._pixels] if self._flat else []))

    @property
    def _pixels(self) -> tf.TensorSpec:
        return tf.TensorSpec((1, *self.canvas.size[::-1], 3))


def graph(function: Callable[..., Any], *signature: Any) -> Graph:
    """A function as one graph, traced now: a tf.function would warn of retracing at every new photo."""
    return tf.function(function, autograph=False).get_concrete_function(*signature)


def specs(tensors: Any) -> Any:
    """The signature of tensors in any nesting."""
    return tf.nest.map_structure(lambda tensor: tf.TensorSpec(tensor.shape, tensor.dtype), tensors)


def _rows(image: tf.Tensor, beside: tf.Tensor, below: tf.Tensor) -> Seen:
    return Seen(image=image, beside=beside, below=below)


def _added(sums: Any, more: Any) -> Any:
    return more if sums is None else tf.nest.map_structure(tf.add, sums, more)

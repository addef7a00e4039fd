"""A canvas as the network sees it through a transform, a tile at a time: pixels out of it, and slopes back into it."""

from collections.abc import Callable, Iterator
from typing import Protocol

import numpy as np

from eyecandy._tensorflow import tf
from eyecandy.art.core.transforms import Move, Transform

Look = Callable[[slice, slice], np.ndarray]
"""Gives a part (1, h, w, 3) of a picture as it is seen, float32: its rows and its columns."""


class Slopes(Protocol):
    """Gathers slopes at the pixels as the network sees them."""

    def add(self, rows: slice, columns: slice, slopes: np.ndarray) -> None:
        """Adds those (1, h, w, 3) of a part; parts may overlap."""

    def at_canvas(self) -> np.ndarray:
        """All of them, (1, H, W, 3) at the canvas's own pixels."""


class View(Protocol):
    """One draw of a transform."""

    def seen(self, picture: np.ndarray) -> Look:
        """A picture (1, H, W, 3) in 0..255, of bytes or floats, as it is seen."""

    def slopes(self) -> Slopes:
        """Nothing gathered yet."""


class MovedView(View):
    """Through a transform that only moves pixels: nothing as large as the picture is made.

    Args:
        transform: None shows the picture as it is.
        size: (width, height) of the canvas.
        seed: of the draw.
    """

    def __init__(self, transform: Move | None, size: tuple[int, int], seed: tf.Tensor) -> None:
        self.shape = (1, size[1], size[0], 3)
        self._rows, self._columns = (
            np.arange(length) if transform is None else transform.places(np.arange(length), axis, seed)
            for axis, length in enumerate(self.shape[1:3])
        )

    def seen(self, picture: np.ndarray) -> Look:
        def part(rows: slice, columns: slice) -> np.ndarray:
            found = np.empty((1, len(self._rows[rows]), len(self._columns[columns]), 3), np.float32)
            for own, at in self._pieces(rows, columns):
                found[own] = picture[at]
            return found

        return part

    def slopes(self) -> "MovedSlopes":
        return MovedSlopes(self)

    def _pieces(self, rows: slice, columns: slice) -> Iterator[tuple[tuple[slice, ...], tuple[slice, ...]]]:
        """Pieces of a part within which neighbours stay neighbours: where they lie in it, and where in the picture."""
        across = list(_runs(self._columns[columns]))
        for own_rows, at_rows in _runs(self._rows[rows]):
            for own_columns, at_columns in across:
                yield (slice(None), own_rows, own_columns), (slice(None), at_rows, at_columns)


class MovedSlopes(Slopes):
    """Slopes that go back where their pixels came from."""

    def __init__(self, view: MovedView) -> None:
        self._view = view
        self._sum = np.zeros(view.shape, np.float32)

    def add(self, rows: slice, columns: slice, slopes: np.ndarray) -> None:
        for own, at in self._view._pieces(rows, columns):
            self._sum[at] += slopes[own]

    def at_canvas(self) -> np.ndarray:
        return self._sum


class MixedView(View):
    """Through any transform, which is applied to the whole picture.

    Args:
        transform: what is done to pictures.
        size: (width, height) of the canvas.
        seed: of the draw.
    """

    def __init__(self, transform: Transform, size: tuple[int, int], seed: tf.Tensor) -> None:
        self.transform = transform
        self.shape = (1, size[1], size[0], 3)
        self.seed = seed

    def seen(self, picture: np.ndarray) -> Look:
        moved = self.transform(tf.constant(picture, tf.float32), self.seed).numpy()
        return lambda rows, columns: moved[:, rows, columns]

    def slopes(self) -> "MixedSlopes":
        return MixedSlopes(self)


class MixedSlopes(Slopes):
    """Slopes taken back through the transform by TensorFlow."""

    def __init__(self, view: MixedView) -> None:
        # A transform moves and mixes pixels, whatever is on them, so that any picture gives its way back.
        picture = tf.zeros(view.shape)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(picture)
            seen = view.transform(picture, view.seed)
        self._back = lambda slopes: tape.gradient(seen, picture, slopes)
        self._sum = np.zeros(seen.shape, np.float32)

    def add(self, rows: slice, columns: slice, slopes: np.ndarray) -> None:
        self._sum[:, rows, columns] += slopes

    def at_canvas(self) -> np.ndarray:
        return self._back(tf.constant(self._sum)).numpy()


def view(transform: Transform | None, size: tuple[int, int], seed: tf.Tensor) -> View:
    """A transform's draw, the cheaper way where there is one."""
    if transform is None or isinstance(transform, Move):
        return MovedView(transform, size, seed)
    return MixedView(transform, size, seed)


def _runs(places: np.ndarray) -> Iterator[tuple[slice, slice]]:
    """Stretches along which places rise or fall by one: where they lie in `places`, and the places themselves."""
    steps = np.diff(places)
    first = 0
    while first < len(places):
        step = int(steps[first]) if first < len(steps) and abs(steps[first]) == 1 else 0
        after = np.flatnonzero(steps[first:] != step) if step else np.zeros(1, int)
        last = first + int(after[0]) if len(after) else len(places) - 1
        begin, end = int(places[first]), int(places[last])
        yield slice(first, last + 1), slice(begin, end + 1) if step >= 0 else slice(begin, end - 1 if end else None, -1)
        first = last + 1

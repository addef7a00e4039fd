"""A canvas as the network sees it through a transform, a tile at a time: pixels out, and gradients back."""

from collections.abc import Callable, Iterator

import numpy as np

from eyecandy._tensorflow import tf
from eyecandy.art.core.scales import Size
from eyecandy.art.core.transforms import Transform, moved

Crop = Callable[[slice, slice], np.ndarray]
"""Gives a part (1, h, w, 3) of a picture as it is seen, float32: its rows and its columns."""


class View:
    """One draw of a transform; nothing as large as the picture is made.

    Args:
        transform: None shows the picture as it is.
        size: (width, height) of the canvas.
        seed: of the draw.

    Raises:
        EyecandyError: as `transforms.moved`.
    """

    def __init__(self, transform: Transform | None, size: Size, seed: tf.Tensor) -> None:
        self._rows, self._columns = (
            np.arange(length) if transform is None else moved(transform, np.arange(length), axis, seed)
            for axis, length in enumerate(size[::-1])
        )

    @property
    def size(self) -> Size:
        """(width, height) of what is seen."""
        return len(self._columns), len(self._rows)

    def seen(self, picture: np.ndarray) -> Crop:
        """A picture (1, H, W, 3) in 0..255, or another map, of bytes or floats, as it is seen."""

        def part(rows: slice, columns: slice) -> np.ndarray:
            size = len(self._rows[rows]), len(self._columns[columns])
            found = np.empty((1, *size, picture.shape[-1]), np.float32)
            for own, at in self._pieces(rows, columns):
                found[own] = picture[at]
            return found

        return part

    def add(self, gradients: np.ndarray, rows: slice, columns: slice, more: np.ndarray) -> None:
        """Adds gradients at a part (1, h, w, 3) of what is seen to those at the canvas's pixels (1, H, W, 3)."""
        for own, at in self._pieces(rows, columns):
            gradients[at] += more[own]

    def _pieces(self, rows: slice, columns: slice) -> Iterator[tuple[tuple[slice, ...], tuple[slice, ...]]]:
        """Pieces of a part within which neighbours stay neighbours: where they lie in it, and where in the picture."""
        across = list(_runs(self._columns[columns]))
        for own_rows, at_rows in _runs(self._rows[rows]):
            for own_columns, at_columns in across:
                yield (slice(None), own_rows, own_columns), (slice(None), at_rows, at_columns)


def _runs(positions: np.ndarray) -> Iterator[tuple[slice, slice]]:
    """Stretches along which positions rise or fall by one: where they lie, and the positions themselves."""
    steps = np.diff(positions)
    first = 0
    while first < len(positions):
        step = int(steps[first]) if first < len(steps) and abs(steps[first]) == 1 else 0
        after = np.flatnonzero(steps[first:] != step) if step else np.zeros(1, int)
        last = first + int(after[0]) if len(after) else len(positions) - 1
        begin, end = int(positions[first]), int(positions[last])
        yield slice(first, last + 1), slice(begin, end + 1) if step >= 0 else slice(begin, end - 1 if end else None, -1)
        first = last + 1

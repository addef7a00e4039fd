"""A film's frames in the place of a photo: one objective, compiled once, is asked of each of them in turn.

Source of the temporal term and of the start of each frame: M. Ruder, A. Dosovitskiy, T. Brox, "Artistic Style Transfer
for Videos" (GCPR 2016).
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from eyecandy._tensorflow import tf
from eyecandy.art.core.objectives import Objective, Seen, Term
from eyecandy.art.core.scales import Size
from eyecandy.art.core.sources import Source
from eyecandy.images import Photo, resize

FREE = -1.0
"""In a picture that is to be held, what may become anything."""
_UNIT = 22.0  # grey levels of difference that count as a loss of 1


def held_where_it_was(target: tf.Tensor | tf.Variable) -> Objective:
    """Stay as a picture is, but where that is `FREE`; the loss is called "motion".

    Args:
        target: (1, H, W, 3) float32 in 0..255, at the canvas's size.
    """

    def sums(seen: Seen) -> tuple[tf.Tensor, tf.Tensor]:
        assert seen.image is not None and seen.target_image is not None
        wanted = tf.cast(seen.target_image >= 0, tf.float32)
        apart = wanted * tf.square((seen.image - seen.target_image) / _UNIT)
        return tf.reduce_sum(apart), tf.reduce_sum(wanted)

    def loss(sums: tuple[tf.Tensor, tf.Tensor]) -> tf.Tensor:
        return sums[0] / tf.maximum(sums[1], 1.0)

    return Objective(((1.0, Term("motion", sums, loss, target_image=target)),))


@dataclass(frozen=True, eq=False)
class MovingSource(Source):
    """A photo that is another at every frame. What objectives were given of it follows.

    An objective has to ask it by `tensor` and `derived`. One that asks it otherwise holds the pixels of one frame, and
    `fixed` tells that it has to be made again for the next.

    Attributes:
        told: of the film, for records.
    """

    told: Mapping[str, Any] = field(default_factory=dict)
    _followers: dict[tuple[str, Size], tuple[Callable[[], Any], Any]] = field(default_factory=dict, repr=False)
    _here: Any = field(default_factory=threading.local, repr=False)
    _fixed: list[bool] = field(default_factory=list, repr=False)

    @property
    def fixed(self) -> bool:
        """Whether an objective holds what does not follow."""
        return bool(self._fixed)

    def record(self) -> Mapping[str, Any]:
        return {**super().record(), **self.told}

    def show(self, photo: Photo, size: Size | None = None) -> None:
        """Takes up another frame, as large as the one before.

        Args:
            photo: the frame.
            size: (width, height) at which it will be seen; what objectives of other sizes hold stays behind.
        """
        object.__setattr__(self, "photo", photo)
        self._sizes.clear()
        for (_, own), (make, variables) in self._followers.items():
            if size is None or own == size:
                tf.nest.map_structure(lambda variable, value: variable.assign(value), variables, make())

    def forget(self) -> None:
        """Objectives begin anew, with what was given to earlier ones let go."""
        self._followers.clear()
        self._fixed.clear()

    @contextmanager
    def asked(self) -> Iterator[None]:
        """An objective is made inside, by this thread."""
        self._here.asking = True
        try:
            yield
        finally:
            self._here.asking = False

    def pixels_at(self, size: Size) -> np.ndarray:
        if getattr(self._here, "asking", False):
            self._fixed.append(True)
        if size not in self._sizes:
            self._sizes[size] = resize(self.photo.pixels, size)
        return self._sizes[size]

    def tensor(self, size: Size) -> tf.Variable:
        found: tf.Variable = self.derived("pixels", size, lambda: tf.constant(self.pixels_at(size)[None]))
        return found

    def derived(self, name: str, size: Size, make: Callable[[], Any]) -> Any:
        key = name, size
        if key not in self._followers:
            asking, self._here.asking = getattr(self._here, "asking", False), False
            try:
                self._followers[key] = make, tf.nest.map_structure(lambda value: tf.Variable(value), make())
            finally:
                self._here.asking = asking
        return self._followers[key][1]

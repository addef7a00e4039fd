"""The pictures that go into a recipe, at whatever size they are asked for."""

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from eyecandy.art.core.options import plain
from eyecandy.art.core.scales import Size
from eyecandy.errors import EyecandyError
from eyecandy.images import ImageLike, Photo, load, resize
from eyecandy.images.search import FILMS

if TYPE_CHECKING:
    from eyecandy._tensorflow import tf


@dataclass(frozen=True, eq=False)
class Source:
    """A photo, a painting or a guide.

    Attributes:
        photo: as it was read.
        role: what it is to the recipe, "photo" or "painting".
        weight: of several in the same role.
        part: of a painting, what of it is meant, as a region of it; None for all of it.
    """

    photo: Photo
    role: str
    weight: float = 1.0
    part: Any = None
    _sizes: dict[Size, np.ndarray] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, image: "ImageLike | Source", role: str, weight: float = 1.0, part: Any = None) -> "Source":
        """Reads a picture, or takes one as it is.

        Raises:
            EyecandyError: as `images.load`, or it is a film.
        """
        if isinstance(image, Source):
            return image
        if isinstance(image, str | os.PathLike) and Path(image).suffix.lower() in FILMS:
            raise EyecandyError(
                f"{str(image)!r} is a film, and a picture is expected here; eyecandy.paint_clip paints films"
            )
        return cls(load(image), role, weight, part)

    def at(self, size: Size) -> np.ndarray:
        """(height, width, 3) float32 in 0..255."""
        return self.pixels_at(size).astype(np.float32)

    def pixels_at(self, size: Size) -> np.ndarray:
        """The same as it is kept, uint8: a quarter of the memory."""
        if size not in self._sizes:
            self._sizes[size] = resize(self.photo.pixels, size)
        return self._sizes[size]

    def tensor(self, size: Size) -> "tf.Tensor | tf.Variable":
        """(1, height, width, 3) uint8, for an objective: of a film a variable, which holds the frame to be painted."""
        from eyecandy._tensorflow import tf  # here: to know a picture again takes no TensorFlow

        return tf.constant(self.pixels_at(size)[None])

    def derived(self, name: str, size: Size, make: Callable[[], Any]) -> Any:
        """What an objective takes of the picture besides its pixels: tensors in any nesting, as `make` gives them.

        Args:
            name: what they are called, once an objective.
            size: of the picture that is made; of a film they are variables, made again for each frame of this size.
            make: asks the picture by `at` and `pixels_at`.
        """
        return make()

    def alpha_at(self, size: Size) -> np.ndarray | None:
        """(height, width) uint8, how opaque it is; None where all of it is."""
        return None if self.photo.alpha is None else resize(self.photo.alpha, size)

    def middle(self, size: Size, times: float) -> np.ndarray:
        """The middle of the picture, enlarged so many times, (height, width, 3) float32 in 0..255."""
        width, height = self.photo.size
        x, y = (side * (1 - 1 / times) / 2 for side in (width, height))
        image = Image.fromarray(self.photo.pixels)
        box = (x, y, width - x, height - y)
        return np.asarray(image.resize(size, Image.Resampling.BICUBIC, box), np.float32)

    def record(self) -> Mapping[str, Any]:
        """What it takes to find the picture again, and to know it."""
        return {
            "role": self.role,
            "path": None if self.photo.path is None else str(self.photo.path),
            "size": list(self.photo.size),
            "sha256": hashlib.sha256(self.photo.pixels.tobytes()).hexdigest(),
            "weight": self.weight,
            **({} if self.part is None else {"part": plain(self.part)}),
        }

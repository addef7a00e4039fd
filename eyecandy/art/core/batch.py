"""Several pictures of one size on one canvas, for one render loop: they are seen together, and kept as a strip."""

from dataclasses import dataclass

import numpy as np

from eyecandy._tensorflow import tf
from eyecandy.art.core.canvas import Canvas
from eyecandy.art.core.maco import WholeOnly
from eyecandy.art.core.scales import Size


@dataclass(frozen=True)
class Batch(WholeOnly):
    """Pictures one beneath another: (count * height, width, 3) to the loop, (count, height, width, 3) to the network.

    Attributes:
        canvas: of one picture.
        count: how many there are.
    """

    canvas: Canvas
    count: int

    @property
    def size(self) -> Size:
        return self.canvas.size[0], self.count * self.canvas.size[1]

    @property
    def shape(self) -> tuple[int, ...]:
        return self.count, *self.canvas.shape

    @property
    def bounds(self) -> tuple[float, float] | None:
        return self.canvas.bounds

    def parameters(self, pixels: np.ndarray) -> np.ndarray:
        return np.stack([self.canvas.parameters(picture) for picture in np.split(pixels, self.count)])

    def image(self, parameters: tf.Tensor) -> tf.Tensor:
        return self.canvas.image(parameters)

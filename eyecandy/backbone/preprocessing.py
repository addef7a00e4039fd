"""What a network wants done to RGB in 0..255 before its first layer, as a layer of the graph."""

from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

from eyecandy._tensorflow import keras

Mode = Literal["caffe", "tf", "torch", "unit", "none"]
Channels = tuple[float, float, float]


@dataclass(frozen=True)
class Recipe:
    """The channels as RGB or BGR, then `(x - mean) / deviation` with one number a channel, in the order they end up."""

    bgr: bool = False
    mean: Channels = (0.0, 0.0, 0.0)
    deviation: Channels = (1.0, 1.0, 1.0)


# The first three are those of keras.applications.imagenet_utils.preprocess_input, by the same names; its "torch"
# means and deviations are given for 0..1 there.
MODES: dict[Mode, Recipe] = {
    "caffe": Recipe(bgr=True, mean=(103.939, 116.779, 123.68)),
    "tf": Recipe(mean=(127.5, 127.5, 127.5), deviation=(127.5, 127.5, 127.5)),
    "torch": Recipe(mean=(123.675, 116.28, 103.53), deviation=(58.395, 57.12, 57.375)),
    "unit": Recipe(deviation=(255.0, 255.0, 255.0)),
    "none": Recipe(),
}

# The mean of Caffe's ilsvrc_2012_mean.npy, with which the Places365 networks were trained.
PLACES365 = Recipe(bgr=True, mean=(104.006, 116.669, 122.679))


class Preprocessing(keras.layers.Layer):
    """A `Recipe` applied to (N, H, W, 3)."""

    of_pixels = True
    """It computes in float32 whatever the network does."""

    def __init__(self, recipe: Recipe) -> None:
        super().__init__(name="preprocessing")
        self.recipe = recipe

    def get_config(self) -> dict[str, Any]:
        return {"recipe": asdict(self.recipe)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        return cls(Recipe(**config["recipe"]))

    def call(self, image: keras.KerasTensor) -> keras.KerasTensor:
        if self.recipe.bgr:
            image = keras.ops.flip(image, axis=-1)
        return (image - self.recipe.mean) / self.recipe.deviation

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return input_shape

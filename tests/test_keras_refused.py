"""Models that cannot be backbones, each refused by name."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from keras_models import CLASSES, SIDE, L, Tensor, average, bias, maximum, model_of, picture, through, trunk

from eyecandy import load_backbone
from eyecandy._tensorflow import keras
from eyecandy.errors import EyecandyError

pytestmark = pytest.mark.usefixtures("seeded_keras")


@keras.saving.register_keras_serializable("tests")
class Secret(L.Layer):
    def __init__(self, factor: Any, **options: Any) -> None:
        super().__init__(**options)
        self.factor = factor

    def call(self, x: Tensor) -> Tensor:
        return self.factor * x

    def get_config(self) -> dict[str, Any]:
        raise NotImplementedError("no configuration")


class Written(keras.Model):
    def __init__(self) -> None:
        super().__init__(name="written")
        self.conv = L.Conv2D(3, 3)

    def call(self, x: Tensor) -> Tensor:
        return self.conv(x)


def two_inputs() -> keras.Model:
    image, number = keras.Input((SIDE, SIDE, 3)), keras.Input((2,))
    return keras.Model([image, number], bias(CLASSES)(L.Concatenate()([average(trunk(image)), number])), name="two")


def two_outputs() -> keras.Model:
    image = keras.Input((SIDE, SIDE, 3))
    x = trunk(image)
    return keras.Model(image, [average(x), maximum(x)], name="two")


def of_input(shape: tuple[int, ...], *layers: Any) -> keras.Model:
    return keras.Sequential([keras.Input(shape), *layers], name="plain")


def written() -> keras.Model:
    model = Written()
    model(picture())
    return model


def nested_written() -> keras.Model:
    image = keras.Input((SIDE, SIDE, 3))
    return keras.Model(image, average(Written()(image)))


def added_constant() -> keras.Model:
    offsets = np.random.default_rng(0).normal(size=(10, 10, 8)).astype(np.float32)
    return model_of(lambda x: average(x + offsets), name="positional")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: of_input((SIDE, SIDE, 1), L.Conv2D(2, 3), L.Flatten(), L.Dense(3)), "takes (None, 40, 40, 1);"),
        (lambda: of_input((30,), L.Dense(3)), "takes (None, 30); expected RGB pictures"),
        (lambda: model_of(lambda x: L.Dense(1)(L.Flatten()(x))), "gives 1 number for a picture; expected a classifier"),
        (lambda: model_of(lambda x: L.Reshape((-1, 8))(x)), "expected classes, (None, C) or (None, h, w, C)"),
        (two_inputs, "model 'two' has 2 inputs and 1 outputs; expected one picture"),
        (two_outputs, "model 'two' has 1 inputs and 2 outputs"),
        (written, "model 'written' is written as a class (Written)"),
        (nested_written, "model 'written' is written as a class (Written)"),
        (lambda: keras.Sequential([L.Conv2D(2, 3)], name="unbuilt"), "model 'unbuilt' has no input shape yet"),
        (lambda: of_input((8, 8, 3), L.Rescaling(0.1), L.Flatten(), L.Dense(3)), "model 'plain' has no convolution"),
        (lambda: model_of(lambda x: L.Activation("sigmoid")(average(x))), "model 'mine' ends in sigmoid (layer"),
        (lambda: model_of(lambda x: L.ReLU(name="last")(average(x))), "model 'mine' ends in ReLU (layer 'last')"),
        (lambda: model_of(lambda x: bias(3, activation="tanh", name="end")(L.Flatten()(x))), "ends in tanh (layer"),
        (lambda: model_of(lambda x: keras.ops.sigmoid(average(x))), "model 'mine' ends in Sigmoid"),
        (lambda: of_input((SIDE, SIDE, 3), L.Resizing(32, 32, name="resize"), L.Conv2D(3, 3)), "layer 'resize'"),
        (lambda: model_of(lambda x: average(L.Reshape((5, 20, 8), name="fold")(x))), "layer 'fold' (Reshape)"),
        (lambda: model_of(lambda x: bias(3)(L.LSTM(4)(L.Reshape((100, 8), name="fold")(x)))), "layer 'fold' (Reshape)"),
        (lambda: through(lambda: Secret(2.0, name="secret")), "layer 'secret' (Secret)"),
        (added_constant, "(Add) does not work on pictures of any size"),
    ],
    ids=lambda value: value.replace(" ", "-")[:40] if isinstance(value, str) else "",
)  # fmt: skip
def test_what_cannot_be_a_backbone_is_refused_by_name(make: Callable[[], keras.Model], words: str) -> None:
    with pytest.raises(EyecandyError) as error:
        load_backbone(make())
    assert words in str(error.value)
    assert "\n" not in str(error.value)

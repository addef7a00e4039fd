"""Models that cannot be backbones, each refused by name."""

from collections.abc import Callable
from typing import Any

import pytest
from keras_models import CLASSES, SIDE, L, Tensor, average, bias, model_of, picture, trunk

from eyecandy import load_backbone
from eyecandy._tensorflow import keras
from eyecandy.errors import EyecandyError

pytestmark = pytest.mark.usefixtures("seeded_keras")


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
    pooled = L.GlobalAveragePooling2D()(trunk(image))
    return keras.Model(image, [bias(CLASSES, name="one")(pooled), bias(CLASSES, name="other")(pooled)], name="two")


def folded() -> keras.Model:
    return model_of(lambda x: average(L.Reshape((5, 20, 8))(x)), side=None)


def one_softmax() -> keras.Model:
    return model_of(lambda x: L.Softmax()(L.Dense(1)(L.GlobalAveragePooling2D()(x))))


def lost() -> keras.Model:
    model = model_of(average)
    model.layers[-1].set_weights([weight * float("nan") for weight in model.layers[-1].get_weights()])
    return model


def channels_first() -> keras.Model:
    def head(x: Tensor) -> Tensor:
        return bias(CLASSES)(L.GlobalAveragePooling2D(data_format="channels_first", name="first_pool")(x))

    return model_of(lambda x: head(L.Permute((3, 1, 2))(x)), side=None)


def of_input(shape: tuple[int, ...], *layers: Any) -> keras.Model:
    return keras.Sequential([keras.Input(shape), *layers], name="plain")


def written() -> keras.Model:
    model = Written()
    model(picture())
    return model


def nested_written() -> keras.Model:
    image = keras.Input((SIDE, SIDE, 3))
    return keras.Model(image, average(Written()(image)))


@pytest.mark.filterwarnings("ignore:You are using a softmax over axis -1")
@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: of_input((30,), L.Dense(3)), "takes (None, 30); expected RGB pictures"),
        (lambda: of_input((SIDE, SIDE, 4), L.Conv2D(2, 3), L.Flatten(), L.Dense(3)), "takes (None, 40, 40, 4);"),
        (lambda: model_of(lambda x: L.Dense(1)(L.Flatten()(x))), "gives 1 number for a picture, and nothing says that"),
        (lambda: model_of(lambda x: L.Reshape((-1, 8))(x)), "expected classes, (None, C) or (None, h, w, C)"),
        (two_inputs, "model 'two' has 2 inputs; expected one picture"),
        (two_outputs, "has 2 outputs, one (None, 4), other (None, 4); say with classes_output which"),
        (written, "model 'written' is written as a class (Written)"),
        (nested_written, "model 'written' is written as a class (Written)"),
        (lambda: keras.Sequential([L.Conv2D(2, 3)], name="unbuilt"), "model 'unbuilt' has no input shape yet"),
        (lambda: of_input((None, None, 3), L.Resizing(32, 32, name="resize"), L.Conv2D(3, 3)), "layer 'resize'"),
        (folded, "model 'mine' does not work on a picture of its own size, 224x224 pixels: "),
        (lost, "model 'mine' gives no numbers (NaN) for test pictures; its training went wrong"),
        (channels_first, "layer 'first_pool' (GlobalAveragePooling2D) takes its channels before its places"),
        (one_softmax, "model 'mine' gives a softmax over one class, which is always 1"),
    ],
    ids=lambda value: value.replace(" ", "-")[:40] if isinstance(value, str) else "",
)  # fmt: skip
def test_what_cannot_be_a_backbone_is_refused_by_name(make: Callable[[], keras.Model], words: str) -> None:
    with pytest.raises(EyecandyError) as error:
        load_backbone(make())
    assert words in str(error.value)
    assert "\n" not in str(error.value)

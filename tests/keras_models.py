"""Small classifiers of the user's own, with random weights, for the tests of Keras models as backbones."""

from collections.abc import Callable
from typing import Any

import numpy as np

from eyecandy._tensorflow import keras

L = keras.layers
Tensor = Any
SIDE = 40
CLASSES = 4


def picture(height: int = SIDE, width: int = SIDE, number: int = 1) -> np.ndarray:
    return np.random.default_rng(3).uniform(0, 255, (number, height, width, 3)).astype(np.float32)


def trunk(x: Tensor) -> Tensor:
    """Four pixels a place; batch normalisation away from where a new layer begins."""
    x = L.Rescaling(1 / 255)(x)
    x = L.Conv2D(6, 3, 2, padding="same", activation="relu", name="first")(x)
    x = L.BatchNormalization(
        beta_initializer="random_normal",
        gamma_initializer="random_uniform",
        moving_mean_initializer="random_normal",
        name="norm",
    )(x)
    return L.Conv2D(8, 3, 2, padding="same", activation="relu", name="second")(x)


def model_of(head: Callable[[Tensor], Tensor], *, side: int | None = SIDE, name: str = "mine") -> keras.Model:
    image = keras.Input((side, side, 3))
    return keras.Model(image, head(trunk(image)), name=name)


def bias(units: int, **options: Any) -> keras.layers.Dense:
    return L.Dense(units, **{"bias_initializer": "random_normal", **options})


def average(x: Tensor) -> Tensor:
    return bias(CLASSES)(L.GlobalAveragePooling2D()(x))


# Heads that cannot be applied place by place.
def maximum(x: Tensor) -> Tensor:
    return bias(CLASSES)(L.GlobalMaxPooling2D()(x))


def perceptron(x: Tensor) -> Tensor:
    x = bias(16, activation="relu")(L.GlobalAveragePooling2D()(x))
    return bias(CLASSES)(L.LayerNormalization()(x))


def mobile(x: Tensor) -> Tensor:
    x = L.GlobalAveragePooling2D(keepdims=True)(x)
    x = L.Conv2D(16, 1, activation="hard_swish", bias_initializer="random_normal")(x)
    return L.Flatten()(L.Conv2D(CLASSES, 1, bias_initializer="random_normal")(x))


def both(x: Tensor) -> Tensor:
    x = L.Concatenate()([L.GlobalAveragePooling2D()(x), L.GlobalMaxPooling2D()(x)])
    return bias(CLASSES)(x)


def operation(x: Tensor) -> Tensor:
    return bias(CLASSES)(keras.ops.max(x, axis=(1, 2)))


def sequence(x: Tensor) -> Tensor:
    x = L.Reshape((-1, 8))(x)
    return bias(CLASSES)(L.GlobalAveragePooling1D()(L.LayerNormalization()(x)))


BENT = [maximum, perceptron, mobile, both, operation, sequence]


# Heads that can.
def bare(x: Tensor) -> Tensor:
    return L.GlobalAveragePooling2D()(L.Conv2D(CLASSES, 1)(x))


def normalised(x: Tensor) -> Tensor:
    x = L.GlobalAveragePooling2D()(x)
    x = L.BatchNormalization(moving_mean_initializer="random_normal", beta_initializer="random_normal")(x)
    return bias(CLASSES)(L.Dropout(0.5)(x))


def reshaped(x: Tensor) -> Tensor:
    x = L.Reshape((1, 1, 8))(L.GlobalAveragePooling2D()(x))
    return L.Reshape((CLASSES,))(L.Conv2D(CLASSES, 1, bias_initializer="random_normal")(x))


EXACT = [average, bare, normalised, reshaped]


def nested() -> keras.Model:
    inner = keras.Sequential(
        [keras.Input((SIDE, SIDE, 3)), L.Rescaling(1 / 255), L.Conv2D(4, 3, name="conv")], name="inner"
    )
    side = keras.Input((SIDE - 2, SIDE - 2, 4))
    residual = keras.Model(side, side + L.Conv2D(4, 3, padding="same", name="conv")(side), name="residual")
    image = keras.Input((SIDE, SIDE, 3))
    x = residual(inner(image, training=False))
    x = L.Conv2D(5, 3, name="conv", activation="relu")(x)
    head = keras.Sequential(
        [keras.Input((SIDE - 4, SIDE - 4, 5)), L.GlobalAveragePooling2D(), bias(CLASSES), L.Softmax()]
    )
    return keras.Model(image, head(x))


class Doubled(L.Layer):
    """A layer that only its writer knows."""

    def call(self, x: Tensor) -> Tensor:
        return 2 * x


class Secret(L.Layer):
    """A layer without a configuration, that keeps what it multiplies by to itself."""

    def __init__(self, factor: Any, **options: Any) -> None:
        super().__init__(**options)
        self.factor = factor

    def call(self, x: Tensor) -> Tensor:
        return self.factor * x

    def get_config(self) -> dict[str, Any]:
        raise NotImplementedError("no configuration")


class Adapted(L.Layer):
    """A layer that is told later what it does, which is not a part of its configuration."""

    scale = 1.0

    def adapt(self, scale: float) -> None:
        self.scale = scale

    def call(self, x: Tensor) -> Tensor:
        return self.scale * x


def through(layer: Callable[[], Any]) -> keras.Model:
    return model_of(lambda x: average(layer()(x)))

"""What a model gives is found of its last steps, however they are spelled, or asked for."""

from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np
import pytest
from keras_models import CLASSES, L, Tensor, average, bias, model_of, picture

from eyecandy import load_backbone
from eyecandy._tensorflow import keras, tf
from eyecandy.errors import EyecandyError

pytestmark = pytest.mark.usefixtures("seeded_keras")
End = Callable[[Tensor], Tensor]


def ending(*ends: End, head: End = average, scale: float = 3.0) -> keras.Model:
    """A classifier whose logits, some units apart, are followed by some steps."""

    def whole(x: Tensor) -> Tensor:
        return reduce(lambda y, end: end(y), ends, head(L.Rescaling(scale)(x)))

    return model_of(whole)


def pooled(*ends: End, **options: Any) -> End:
    """A last layer that has its activation inside."""
    return lambda x: reduce(lambda y, end: end(y), ends, bias(CLASSES, **options)(L.GlobalAveragePooling2D()(x)))


def by_hand(x: Tensor) -> Tensor:
    powers = keras.ops.exp(x)
    return powers / keras.ops.sum(powers, -1, keepdims=True)


SOFTMAXES = {
    "then linear float32": lambda: ending(L.Softmax(), L.Activation("linear", dtype="float32")),
    "then dropout": lambda: ending(keras.ops.softmax, L.Dropout(0.5), L.Identity()),
    "then cast": lambda: ending(L.Activation("softmax"), lambda x: keras.ops.cast(x, "float64")),
    "then reshape": lambda: ending(L.Softmax(), L.Reshape((1, 1, CLASSES))),
    "behind reshape": lambda: ending(L.Reshape((1, 1, CLASSES)), L.Softmax(), L.Flatten()),
    "at a temperature": lambda: ending(lambda x: x / 2.0, L.Softmax()),
    "lambda": lambda: ending(L.Lambda(lambda x: tf.nn.softmax(x))),
    "function": lambda: ending(head=pooled(activation=tf.nn.softmax)),
    "layer as activation": lambda: ending(head=pooled(activation=L.Softmax())),
    "written out": lambda: ending(by_hand),
    "its logarithm": lambda: ending(keras.ops.softmax, keras.ops.log),
    "normalised kernel": lambda: ending(
        head=lambda x: L.SpectralNormalization(bias(CLASSES, activation="softmax"))(L.GlobalAveragePooling2D()(x))
    ),
    "averaged over places": lambda: ending(
        head=lambda x: L.GlobalAveragePooling2D()(L.Conv2D(CLASSES, 1, activation="softmax")(x))
    ),
}


@pytest.mark.parametrize("make", SOFTMAXES.values(), ids=SOFTMAXES)
def test_a_softmax_is_found_wherever_it_stands(make: Callable[[], keras.Model]) -> None:
    model = make()
    backbone = load_backbone(model)
    assert backbone.scores == "softmax"
    given = np.reshape(model(picture(), training=False), (1, CLASSES))
    expected = np.exp(given) if given.max() < 0 else given
    assert np.ptp(expected) > 0.02
    np.testing.assert_allclose(backbone.probabilities(picture(), "average"), expected, rtol=1e-3, atol=1e-5)


SIGMOIDS = {
    "string": lambda: ending(head=pooled(activation="sigmoid")),
    "layer": lambda: ending(L.Activation("sigmoid"), L.Dropout(0.2)),
    "operation": lambda: ending(keras.ops.sigmoid, L.Reshape((CLASSES, 1))),
    "log": lambda: ending(keras.ops.log_sigmoid),
    "function": lambda: ending(head=pooled(activation=lambda x: 1 / (1 + keras.ops.exp(-x)))),
    "best place": lambda: ending(head=lambda x: L.GlobalMaxPooling2D()(L.Conv2D(CLASSES, 1, activation="sigmoid")(x))),
}


@pytest.mark.parametrize("make", SIGMOIDS.values(), ids=SIGMOIDS)
def test_a_sigmoid_gives_each_class_a_probability_of_its_own(make: Callable[[], keras.Model]) -> None:
    model = make()
    backbone = load_backbone(model)
    assert backbone.scores == "sigmoid"
    given = np.reshape(model(picture(), training=False), (1, CLASSES))
    expected = np.exp(given) if given.max() < 0 else given
    np.testing.assert_allclose(backbone.probabilities(picture(), "average"), expected, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize(
    ("units", "options"),
    [(pooled_units, options) for pooled_units, options in [("sigmoid", {}), (None, {"head": "sigmoid"})]],
)
def test_one_sigmoid_is_two_classes(units: str | None, options: Any) -> None:
    model = ending(head=lambda x: bias(1, activation=units)(L.GlobalAveragePooling2D()(x)))
    backbone = load_backbone(model, **options)
    given = float(np.squeeze(model(picture())))
    second = given if units else 1 / (1 + np.exp(-given))
    np.testing.assert_allclose(backbone.probabilities(picture(), "average")[0], [1 - second, second], rtol=1e-4)
    # both classes are pulled alike, in opposite directions
    logits = backbone.logits(picture())[0]
    np.testing.assert_allclose(logits[0], -logits[1], rtol=1e-5)


def test_what_cannot_be_told_is_asked_for() -> None:
    model = ending(lambda x: L.Average()([L.Softmax()(x), L.Softmax()(2 * x)]))
    with pytest.raises(
        EyecandyError,
        match=r"which is not known: its values .*, and add up to 1; say with head what it gives: logits, softmax",
    ):
        load_backbone(model)
    backbone = load_backbone(model, head="softmax")
    np.testing.assert_allclose(backbone.probabilities(picture(), "average"), model(picture()), rtol=1e-3)


@pytest.mark.parametrize(
    ("end", "head", "words"),
    [
        (L.Activation("tanh"), None, "ends in tanh (layer "),
        (L.ReLU(name="last"), None, "ends in ReLU (layer 'last'), which is not known: its values on test pictures lie"),
        (L.Activation("hard_sigmoid"), None, "ends in hard_sigmoid (layer"),
        (
            L.Activation("sigmoid"),
            "softmax",
            "head is 'softmax', but model 'mine' ends in sigmoid (layer 'end') and gives sigmoid; leave",
        ),
        (
            L.Activation("tanh"),
            "sigmoid",
            "model 'mine' does not give sigmoid: its values on test pictures lie between",
        ),
        (L.Softmax(), "logits", "and gives softmax; leave it out"),
        (L.Identity(), "probabilities", "unknown head 'probabilities'; expected one of logits, softmax, sigmoid"),
    ],
)
def test_what_is_said_of_a_head_has_to_fit(end: Any, head: Any, words: str) -> None:
    if "(layer 'end')" in words:
        end = L.Activation("sigmoid", name="end")
    with pytest.raises(EyecandyError) as error:
        load_backbone(ending(end), head=head)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_a_large_map_of_probabilities_is_told_by_a_few_places() -> None:
    image = keras.Input((240, 240, 3))
    classes = L.Conv2D(21, 1, name="classes")(L.Rescaling(1 / 255)(image))
    backbone = load_backbone(keras.Model(image, L.Softmax()(classes)))
    assert backbone.scores == "softmax"
    assert backbone.class_map(picture(40, 48)).shape == (1, 40, 48, 21)


def test_logits_may_be_those_of_sigmoids() -> None:
    model = ending()
    image = picture()
    scores = load_backbone(model, head="sigmoid").probabilities(image, "average")
    np.testing.assert_allclose(scores, tf.nn.sigmoid(model(image)), rtol=1e-4)


def test_values_that_add_up_to_1_are_no_logits() -> None:
    # A dense layer that only mixes probabilities gives probabilities, although nothing bends behind it.
    mix = L.Dense(
        2, use_bias=False, kernel_initializer=lambda *_, **__: tf.constant([[1.0, 0], [1, 0], [0, 1], [0, 1]])
    )
    model = ending(L.Softmax(), mix)
    with pytest.raises(EyecandyError, match="as logits do, but its values add up to 1 as probabilities do; say with"):
        load_backbone(model)


def test_the_one_output_that_is_classes_is_taken() -> None:
    image = keras.Input((40, 40, 3), name="picture")
    features = L.Conv2D(5, 3, name="conv")(L.Rescaling(1 / 255)(image))
    pooled_features = L.GlobalAveragePooling2D(name="pooled")(features)
    classes = bias(CLASSES, activation="softmax", name="classes")(pooled_features)
    other = bias(2, activation="softmax", name="other")(pooled_features)
    model = keras.Model({"picture": image}, {"features": features, "a": classes, "b": pooled_features})
    np.testing.assert_allclose(
        load_backbone(model).probabilities(picture(), "average"), model({"picture": picture()})["a"], rtol=1e-4
    )
    several = keras.Model(image, [features, classes, other])
    with pytest.raises(EyecandyError, match=r"has 3 outputs, conv .*; say with classes_output which are the classes"):
        load_backbone(several)
    with pytest.raises(EyecandyError, match="has no output 'none'; its outputs are conv, classes, other"):
        load_backbone(several, classes_output="none")
    backbone = load_backbone(several, classes_output="other")
    np.testing.assert_allclose(backbone.probabilities(picture(), "average"), several(picture())[2], rtol=1e-4)

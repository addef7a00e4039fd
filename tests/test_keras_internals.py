"""What eyecandy asks of Keras by names that Keras may change: one file, and a test for each name."""

from pathlib import Path

import pytest

import eyecandy
from eyecandy._tensorflow import keras
from eyecandy.backbone import keras_internals

PRIVATE = (
    "_run_through_graph",
    "_keras_history",
    "_flatten_layers",
    "_trainable_variables",
    "_non_trainable_variables",
    "_inbound_nodes",
)
MOVED = "Keras {} has no {} any more: see eyecandy/backbone/keras_internals.py"


@pytest.fixture(scope="module")
def model() -> keras.Model:
    inner = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="inside")], name="inner")
    x = inputs = keras.Input((4,), name="picture")
    return keras.Model(inputs, keras.layers.Dense(2, name="last")(inner(x)))


def test_keras_has_the_names_that_are_asked_for(model: keras.Model) -> None:
    layer = model.get_layer("last")
    holders = (model, model.outputs[0], layer, layer, layer, layer)
    for holder, name in zip(holders, PRIVATE, strict=True):
        assert hasattr(holder, name), MOVED.format(keras.__version__, name)


def test_they_mean_what_they_meant(model: keras.Model) -> None:
    called = []

    def call(operation: keras.Operation, *args: int, **_: object) -> int:
        called.append((operation.name, *args))
        return args[0] + 1

    assert keras_internals.run_through(model, [5], call) == 7
    assert called == [("inner", 5), ("last", 6)]
    assert keras_internals.producer(model.outputs[0]).name == "last"
    (call,) = keras_internals.calls(model.get_layer("last"))
    assert call.outputs[0] is model.outputs[0] and keras_internals.sources(model.outputs[0])[0] is call.inputs[0]
    inner = model.get_layer("inner")
    assert "inside" in [layer.name for layer in keras_internals.layers_inside(inner)]
    assert keras_internals.has_variables(model.get_layer("last")) and not keras_internals.has_variables(inner)


def test_no_other_file_asks_for_them() -> None:
    for path in Path(eyecandy.__file__).parent.rglob("*.py"):
        if path.name != "keras_internals.py":
            text = path.read_text("utf-8")
            assert not [n for n in (*PRIVATE, "_inputs_struct", "_outputs_struct") if f".{n}" in text]

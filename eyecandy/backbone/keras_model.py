"""Any Keras classifier as a backbone: one flat graph from pixels of any size to a class map."""

from collections.abc import Callable

import numpy as np

from eyecandy._tensorflow import keras, tf
from eyecandy.backbone import heads
from eyecandy.backbone.gradient_map import GradientMap
from eyecandy.backbone.graph import Copies, Graph, functional, gist, trace
from eyecandy.backbone.model import MINIMUM_SIDE, softmax
from eyecandy.backbone.padding import PadTo
from eyecandy.backbone.preprocessing import MODES, Mode, Preprocessing
from eyecandy.errors import EyecandyError

_layers = keras.layers
_RESIZING = (_layers.Resizing, _layers.CenterCrop, _layers.RandomCrop)
_TEST_SIDE = 224  # where the model itself does not say
_LEAST = 1e-12  # a probability below which float32 says nothing
_PROBES = (MINIMUM_SIDE, 48, 64, 80, 96, 128, 160, 192)


def build(model: keras.Model, *, preprocessing: Mode = "none") -> tuple[keras.Model, tuple[str, ...], int]:
    """A classifier rebuilt, with its own layers and weights, for pictures of any size.

    Args:
        model: Functional or Sequential, from one RGB picture to (N, C) or (N, h, w, C) classes; left as it is.
        preprocessing: what is to be done to RGB in 0..255 before the model's first layer. "none" for a model that
            has its own, such as Keras Applications' EfficientNet, MobileNetV3 or ConvNeXt.

    Returns:
        The flat graph from (N, H, W, 3) RGB in 0..255 to (N, h, w, C) logits; the names of its feature maps, which
        are the model's own; and the smallest side of a picture that it takes.

    Raises:
        EyecandyError: it is no classifier of colour pictures, or something in it works at one size only.
    """
    _check_ends(model)
    graph = trace(model)
    for step in graph.steps:
        if isinstance(step.operation, _RESIZING):
            raise EyecandyError(
                f"layer {step.operation.name!r} ({type(step.operation).__name__}) brings every picture to one size, "
                "so places cannot be followed back to pixels; take it out of the model"
            )
    logits, had_softmax = heads.strip_softmax(graph)
    image = keras.Input((None, None, 3), name="image")
    x = image if preprocessing == "none" else Preprocessing(MODES[preprocessing])(image)
    copies = Copies(reserved=("image", "preprocessing", "logits"))
    class_map = heads.class_map(logits, x, copies)
    taps = _taps(keras.Model(image, class_map))
    if class_map.dtype != "float32":  # mixed precision
        class_map = _layers.Activation("linear", dtype="float32", name="logits")(class_map)
    built = keras.Model(image, class_map, name=model.name)
    run = _compiled(built)
    _compare(model, run, graph, preprocessing, had_softmax)
    return built, taps, _minimum(built, run, graph)


def _check_ends(model: keras.Model) -> None:
    """Refuse what is no classifier of one colour picture."""
    name = model.name
    inputs, outputs = functional(model).inputs, functional(model).outputs
    if len(inputs) != 1 or len(outputs) != 1:
        raise EyecandyError(
            f"model {name!r} has {len(inputs)} inputs and {len(outputs)} outputs; expected one picture in and one "
            "set of classes out"
        )
    shape, classes = tuple(inputs[0].shape), tuple(outputs[0].shape)
    if len(shape) != 4 or shape[-1] != 3:
        raise EyecandyError(f"model {name!r} takes {shape}; expected RGB pictures, (None, height, width, 3)")
    if len(classes) not in (2, 4) or classes[-1] is None:
        raise EyecandyError(f"model {name!r} gives {classes}; expected classes, (None, C) or (None, h, w, C)")
    if classes[-1] < 2:
        raise EyecandyError(
            f"model {name!r} gives {classes[-1]} number for a picture; expected a classifier of at least 2 classes"
        )


def _compiled(model: keras.Model) -> Callable[[np.ndarray], np.ndarray]:
    """The model as a function of one picture of any size that raises EyecandyError where it does not work."""

    def refusal(error: Exception) -> EyecandyError:
        return EyecandyError(
            f"model {model.name!r} does not take pictures of any size, as a backbone must: {gist(error)}"
        )

    signature = [tf.TensorSpec((1, None, None, 3), tf.float32)]
    traced = tf.function(lambda image: model(image, training=False), input_signature=signature)
    try:
        # A concrete function, since TensorFlow warns of retracing where several models pass through the same line.
        concrete = traced.get_concrete_function()
    except (ValueError, TypeError, tf.errors.OpError) as error:
        raise refusal(error) from error

    def run(image: np.ndarray) -> np.ndarray:
        try:
            return concrete(tf.constant(image)).numpy()
        except (ValueError, tf.errors.OpError) as error:
            raise refusal(error) from error

    return run


def _compare(
    model: keras.Model,
    run: Callable[[np.ndarray], np.ndarray],
    graph: Graph,
    preprocessing: Mode,
    had_softmax: bool,
) -> None:
    """Make sure that the rebuilt model says what the model says, on noise of the model's own size."""
    height, width = (side or _TEST_SIDE for side in graph.input.shape[1:3])
    noise = np.random.default_rng(0).uniform(0, 255, (1, height, width, 3)).astype(np.float32)
    prepared = noise if preprocessing == "none" else Preprocessing(MODES[preprocessing])(noise)
    original = tf.function(lambda image: model(image, training=False)).get_concrete_function(tf.constant(prepared))
    expected = np.asarray(original(tf.constant(prepared)), np.float32)
    received = run(noise)
    if expected.ndim == 2:
        received = received.mean((1, 2))
    if had_softmax:
        # As logarithms, or all of a thousand unlikely classes would look alike. Below 0: it was a log-softmax.
        expected = expected if expected.max() <= 0 else np.log(np.maximum(expected, _LEAST))
        received = np.log(np.maximum(softmax(received), _LEAST))
    half = any(getattr(step.operation, "compute_dtype", "float32") != "float32" for step in graph.steps)
    tolerance = (5e-2 if half else 2e-3) * max(1.0, float(np.abs(expected).max()))
    if received.shape != expected.shape or not np.abs(received - expected).max() <= tolerance:
        raise EyecandyError(
            f"model {model.name!r} gives other classes once it takes pictures of any size, so it depends on "
            f"{width}x{height} pixels in a way that cannot be followed"
        )


def _minimum(built: keras.Model, run: Callable[[np.ndarray], np.ndarray], graph: Graph) -> int:
    """The smallest side of a picture at which every layer has something to look at."""
    flat = trace(built)
    own = max(MINIMUM_SIDE, *(side or _TEST_SIDE for side in graph.input.shape[1:3]))
    failure = EyecandyError(f"model {graph.name!r} gives no finite class map of {own + 37}x{own} pixels")
    for side in (*(side for side in _PROBES if side < own), own):
        width = side + 37  # not square, so that a size that is fixed somewhere shows
        try:
            flat.shape_at(side, width)
            class_map = run(np.full((1, side, width, 3), 127, np.float32))
        except EyecandyError as error:
            failure = error
            continue
        if np.isfinite(class_map).all():
            return side
    raise failure


def _taps(built: keras.Model) -> tuple[str, ...]:
    """The layers that give feature maps: all but the class map, and what has one place at any size."""
    ours = (_layers.InputLayer, Preprocessing, PadTo, GradientMap)
    last = built.outputs[0]
    return tuple(
        layer.name
        for layer in built.layers
        if not isinstance(layer, ours)
        and layer.output is not last
        and isinstance(layer.output, keras.KerasTensor)
        and len(layer.output.shape) == 4
        and layer.output.shape[1:3] != (1, 1)
    )

"""Any Keras classifier as a backbone: one flat graph from pixels of any size to a class map."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from eyecandy._tensorflow import keras, tf
from eyecandy.backbone.adopt import heads
from eyecandy.backbone.adopt.copies import Copies, of_keras
from eyecandy.backbone.adopt.ends import Ends, Grey, ends
from eyecandy.backbone.adopt.gradient_map import GradientMap
from eyecandy.backbone.adopt.logits import Logits, to_logits
from eyecandy.backbone.adopt.whole import whole_model
from eyecandy.backbone.graph import gist, trace
from eyecandy.backbone.model import MINIMUM_SIDE, Whole
from eyecandy.backbone.padding import PadTo
from eyecandy.backbone.preprocessing import Mode, Preprocessing
from eyecandy.backbone.scores import Head, Scores
from eyecandy.errors import EyecandyError

_layers = keras.layers
_RESIZING = (_layers.Resizing, _layers.CenterCrop, _layers.RandomCrop)
_CLOSE, _CLOSE_HALF = 2e-3, 5e-2  # of the largest logit, so far may a copy's be from the model's
_PROBES = (MINIMUM_SIDE, 48, 64, 80, 96, 128, 160, 192)


@dataclass(frozen=True, eq=False)
class Built:
    """A classifier rebuilt.

    Attributes:
        model: the flat graph from (N, H, W, 3) RGB in 0..255 to (N, h, w, C) logits.
        taps: the names of its feature maps, which are the model's own.
        minimum: the smallest side of a picture that it takes.
        scores: what the logits mean.
        whole: why it takes pictures of one size only; then it has one position, and no feature maps.
    """

    model: keras.Model
    taps: tuple[str, ...]
    minimum: int
    scores: Scores
    whole: Whole | None = None


def build(
    model: keras.Model, *, preprocessing: Mode = "none", head: Head | None = None, output: str | None = None
) -> Built:
    """A classifier rebuilt, with its own layers and weights, for pictures of any size where it takes any.

    Args:
        model: Functional or Sequential, from one RGB or grey picture to (N, C) or (N, h, w, C) classes, or one number
            for two classes; left as it is.
        preprocessing: what is to be done to RGB in 0..255 before the model's first layer. "none" for a model that
            has its own, such as Keras Applications' EfficientNet, MobileNetV3 or ConvNeXt.
        head: what the model gives, where that cannot be told of its steps.
        output: which of several outputs are the classes, where that cannot be told.

    Raises:
        EyecandyError: it is no classifier of pictures, or something in it works at one size only, and the model does
            not say which.
    """
    taken = ends(model, preprocessing, output)
    probes = taken.probes()
    expected = taken.answers(probes)
    if np.isnan(expected).any():
        raise EyecandyError(
            f"model {model.name!r} gives no numbers (NaN) for test pictures; its training went wrong, or its weights "
            "are damaged"
        )
    logits = to_logits(taken.graph, head, expected)
    alien = any(not of_keras(node.operation) for node in taken.graph.nodes)
    try:
        return _tried(lambda borrow: _of_any_size(taken, logits, probes, expected, borrow), alien)
    except EyecandyError as error:
        if not taken.fixed:
            raise
        whole = Whole((taken.size[1], taken.size[0]), _shortly(error))
        return _tried(lambda borrow: _of_one_size(taken, logits, probes, expected, whole, borrow), alien)


def _shortly(error: EyecandyError) -> str:
    """What a line says stands in the way, without why that is needed."""
    text = str(error)
    for end in (", which a backbone must", ", as a backbone must", ", so "):
        text = text.partition(end)[0]
    return text


def _tried(attempt: Callable[[bool], Built], alien: bool) -> Built:
    """With copies of all layers; and if that fails, with those that are not Keras' own called where they lie."""
    try:
        return attempt(False)
    except EyecandyError:
        if not alien:
            raise
        return attempt(True)


def _of_any_size(taken: Ends, logits: Logits, probes: np.ndarray, expected: np.ndarray, borrow: bool) -> Built:
    for node in taken.graph.nodes:
        if isinstance(node.operation, _RESIZING):
            raise EyecandyError(
                f"layer {node.operation.name!r} ({type(node.operation).__name__}) brings every picture to one size, "
                "so places cannot be followed back to pixels; take it out of the model"
            )
        if len(node.inputs) == 1 and len(node.source.shape) == 4 and _channels_first(node.operation):
            raise EyecandyError(
                f"layer {node.operation.name!r} ({type(node.operation).__name__}) takes its channels before its "
                "places (channels_first), so maps cannot be followed back to pixels; expected channels_last"
            )
    image = keras.Input((None, None, 3), name="image")
    copies = Copies(reserved=("image", "preprocessing", "grey", "logits"), borrow=borrow)
    try:
        class_map = heads.class_map(logits.graph, taken.enter(image), copies)
    except EyecandyError:
        raise
    except Exception as error:  # whatever layers make of a picture without a size
        raise EyecandyError(
            f"model {taken.model.name!r} does not take pictures of any size, as a backbone must: {gist(error)}"
        ) from error
    taps = _taps(keras.Model(image, class_map))
    if class_map.dtype != "float32":  # mixed precision
        class_map = _layers.Activation("linear", dtype="float32", name="logits")(class_map)
    built = keras.Model(image, class_map, name=taken.model.name)
    run = _compiled(built)
    _compare(taken, logits, run, probes, expected)
    return Built(built, taps, _minimum(built, run, taken), logits.scores)


def _channels_first(operation: keras.Operation) -> bool:
    return getattr(operation, "data_format", None) == "channels_first"


def _of_one_size(
    taken: Ends, logits: Logits, probes: np.ndarray, expected: np.ndarray, whole: Whole, borrow: bool
) -> Built:
    built = whole_model(taken, logits.graph, borrow=borrow)
    _compare(taken, logits, _compiled(built), probes, expected)
    return Built(built, (), MINIMUM_SIDE, logits.scores, whole)


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
    except Exception as error:  # layers run the user's code
        raise refusal(error) from error

    def run(image: np.ndarray) -> np.ndarray:
        try:
            return concrete(tf.constant(image)).numpy()
        except Exception as error:
            raise refusal(error) from error

    return run


def _compare(
    taken: Ends, logits: Logits, run: Callable[[np.ndarray], np.ndarray], probes: np.ndarray, expected: np.ndarray
) -> None:
    """Make sure that the rebuilt model says what the model says, on pictures of the model's own size."""
    received = np.concatenate([run(probes[i : i + 1]) for i in range(len(probes))])
    if expected.size // len(expected) != received[0].size // (2 if logits.single else 1):
        received = received.mean((1, 2))
    apart, largest = logits.differ(expected, received, half=taken.half)
    if not apart <= (_CLOSE_HALF if taken.half else _CLOSE) * largest:
        height, width = taken.size
        raise EyecandyError(
            f"model {taken.model.name!r} gives other classes once it takes pictures of any size, so it depends on "
            f"{width}x{height} pixels in a way that cannot be followed"
        )


def _minimum(built: keras.Model, run: Callable[[np.ndarray], np.ndarray], taken: Ends) -> int:
    """The smallest side of a picture at which every layer has something to look at."""
    flat = trace(built)
    least = min(MINIMUM_SIDE, *taken.size)
    own = max(MINIMUM_SIDE, *taken.size)
    failure = EyecandyError(f"model {taken.model.name!r} gives no finite class map of {own + 37}x{own} pixels")
    for side in dict.fromkeys((least, *(side for side in _PROBES if side < own), own)):
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
    """The layers that give feature maps: all but the class map, and what has one position at any size."""
    ours = (_layers.InputLayer, Preprocessing, Grey, PadTo, GradientMap)
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

"""The two ends of a user's classifier: what picture it takes, and which of its outputs are the classes."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from eyecandy._tensorflow import keras, tf
from eyecandy.backbone.adopt.tail import tail
from eyecandy.backbone.graph import Graph, functional, gist, trace
from eyecandy.backbone.keras_internals import producer
from eyecandy.backbone.preprocessing import MODES, Mode, Preprocessing
from eyecandy.errors import EyecandyError, OptionError

SIDE = 224  # of a picture, where the model itself does not say
_LUMA = (0.299, 0.587, 0.114)
_COLOURED: tuple[Mode, ...] = ("caffe", "torch")  # of which each channel has numbers of its own


@dataclass(frozen=True, eq=False)
class Ends:
    """A classifier of one picture.

    Attributes:
        model: it.
        graph: its steps, up to the classes.
        preprocessing: what is done to RGB in 0..255 before them.
    """

    model: keras.Model
    graph: Graph
    preprocessing: Mode
    number: int = 0
    """Which of its outputs is meant, as they are flattened."""

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of a picture of the model's own size, or of one that it takes as well."""
        height, width = (side or SIDE for side in self.graph.input.shape[1:3])
        return height, width

    @property
    def fixed(self) -> bool:
        """Whether it says of what size pictures are."""
        return None not in self.graph.input.shape[1:3]

    @property
    def grey(self) -> bool:
        """Whether it takes pictures of one channel."""
        return self.graph.input.shape[-1] == 1

    @property
    def half(self) -> bool:
        """Whether something in it computes with less than 32 bits."""
        operations = [node.operation for node in self.graph.nodes]
        numbers = {getattr(each, "compute_dtype", "float32") for each in operations} | {self.graph.input.dtype}
        return bool(numbers & {"float16", "bfloat16"}) or any(
            getattr(each, "quantization_mode", None) is not None for each in operations
        )

    def probes(self) -> np.ndarray:
        """(P, height, width, 3) float32, whole numbers in 0..255: noise, and two slow changes of colour."""
        height, width = self.size
        noise = np.random.default_rng(0).integers(0, 256, (height, width, 3))
        down, across = (np.linspace(0, 1, side) for side in (height, width))
        slow = np.stack([np.add.outer(down, across) / 2, np.outer(down, 1 - across), np.outer(1 - down, across)], -1)
        return np.stack([noise, np.rint(255 * slow), np.rint(255 * (1 - slow) * (noise / 255))]).astype(np.float32)

    def answers(self, pictures: np.ndarray) -> np.ndarray:
        """What the model itself gives for (P, height, width, 3) in 0..255, in its own number format: (P, ...)."""
        x: Any = pictures
        if self.preprocessing != "none":
            x = Preprocessing(MODES[self.preprocessing])(x)
        if self.grey:
            x = Grey(name="grey")(x)
        model, taken = self.model, tf.as_dtype(self.graph.input.dtype)
        is_functional = isinstance(model, keras.Function)
        x = tf.cast(x, taken)

        def run(picture: tf.Tensor) -> Any:
            # As a structure where it was written with one, such as {"image": ...}.
            structured = keras.tree.pack_sequence_as(model.input, [picture]) if is_functional else picture
            given = model(structured, training=False)
            return tf.cast(keras.tree.flatten(given)[self.number], tf.float32)

        try:
            if self.graph.input.shape[0] is None:
                return np.asarray(run(x))
            return np.concatenate([np.asarray(run(x[i : i + 1])) for i in range(len(pictures))])
        except Exception as error:  # a model runs the user's code
            raise EyecandyError(
                f"model {model.name!r} does not work on a picture of its own size, "
                f"{self.size[1]}x{self.size[0]} pixels: {gist(error)}"
            ) from error

    def enter(self, image: keras.KerasTensor) -> keras.KerasTensor:
        """What the model's first step gets of (N, H, W, 3) RGB in 0..255."""
        x = image
        if self.preprocessing != "none":
            x = Preprocessing(MODES[self.preprocessing])(x)
        return Grey(name="grey")(x) if self.grey else x


class Grey(keras.layers.Layer):
    """RGB (N, H, W, 3) as one channel (N, H, W, 1): luma by ITU-R BT.601, as Pillow's "L" and Keras's "grayscale"."""

    of_pixels = True

    def call(self, image: Any) -> Any:
        return keras.ops.sum(image * keras.ops.convert_to_tensor(_LUMA, image.dtype), -1, keepdims=True)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (*input_shape[:-1], 1)


def ends(model: keras.Model, preprocessing: Mode, output: str | None = None) -> Ends:
    """The ends of a model.

    Args:
        model: Functional or Sequential.
        preprocessing: what it wants done to RGB in 0..255 first.
        output: which of several outputs are the classes, by its key or layer; by default the only one that is a
            softmax, sigmoid or so many logits.

    Raises:
        EyecandyError: it takes something else than one picture, or the output cannot be told.
    """
    inputs, name = functional(model).inputs, model.name
    if len(inputs) != 1:
        raise EyecandyError(f"model {name!r} has {len(inputs)} inputs; expected one picture")
    shape = tuple(inputs[0].shape)
    if len(shape) != 4 or shape[-1] not in (1, 3):
        raise EyecandyError(
            f"model {name!r} takes {shape}; expected RGB pictures, (None, height, width, 3), or grey ones, "
            "(None, height, width, 1)"
        )
    if shape[-1] == 1 and preprocessing in _COLOURED:
        raise EyecandyError(
            f"preprocessing={preprocessing!r} has numbers for three channels, but model {name!r} takes one; "
            "expected 'tf', 'unit' or 'none'"
        )
    if preprocessing != "none" and tf.as_dtype(inputs[0].dtype).is_integer:
        raise EyecandyError(
            f"preprocessing={preprocessing!r} gives fractions, but model {name!r} takes {inputs[0].dtype}; "
            "leave preprocessing out"
        )
    number = _number(model, output)
    return Ends(model, trace(model, number), preprocessing, number)


def _number(model: keras.Model, wanted: str | None) -> int:
    """Which of a model's outputs are the classes."""
    names = output_names(model)
    if wanted is not None:
        if wanted not in names:
            raise EyecandyError(f"model {model.name!r} has no output {wanted!r}; its outputs are {', '.join(names)}")
        return names.index(wanted)
    if len(names) == 1:
        return 0
    graphs = [trace(model, number) for number in range(len(names))]
    tails = [tail(graph) for graph in graphs]
    given = ["" if found is None or found.given is None else found.given for found in tails]
    scores = [i for i, kind in enumerate(given) if kind in ("softmax", "sigmoid")]
    found = scores or [i for i, kind in enumerate(given) if kind == "logits" and len(graphs[i].output.shape) == 2]
    if len(found) == 1:
        return found[0]
    shapes = ", ".join(f"{name} {tuple(graph.output.shape)}" for name, graph in zip(names, graphs, strict=True))
    raise OptionError(
        "model {name!r} has {count} outputs, {shapes}; say with {} which are the classes",
        "classes_output",
        name=model.name,
        count=len(names),
        shapes=shapes,
    )


def output_names(model: keras.Model) -> list[str]:
    """The names of a model's outputs, flattened: their keys, or else the layers that give them."""
    flat = functional(model)
    if isinstance(flat.output, dict) and len(flat.output) == len(flat.outputs):
        return [str(key) for key in sorted(flat.output)]
    names = [producer(x).name for x in flat.outputs]
    return [name if names.count(name) == 1 else f"{name}:{i}" for i, name in enumerate(names)]

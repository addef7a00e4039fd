"""The backbone: one convolutional network, from pixels to features and to a class map."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np

from eyecandy._tensorflow import check, keras, tf
from eyecandy.arguments import check_integer, told
from eyecandy.backbone import layers
from eyecandy.backbone.dense.dense import Dense
from eyecandy.backbone.dense.pullback import Back, pull_back, pull_back_whole
from eyecandy.backbone.graph import Graph, trace
from eyecandy.backbone.identity import Identity, labels_hash, model_hash
from eyecandy.backbone.labels import Labels, LabelsLike, labels_of
from eyecandy.backbone.layers import CLASS_MAP, Layer
from eyecandy.backbone.pooling import Reading
from eyecandy.backbone.precision import Precision, wide
from eyecandy.backbone.scores import Scores, probabilities_of
from eyecandy.errors import EyecandyError

Features = Callable[[tf.Tensor], dict[str, tf.Tensor]]

MINIMUM_SIDE = 32


POSSIBLE = "classify, and saliency with signal gradient, gradient-input or smoothgrad"


@dataclass(frozen=True)
class Whole:
    """That a network takes whole pictures only.

    Attributes:
        size: (width, height) of them.
        reason: what in it does not take others, in a line.
    """

    size: tuple[int, int]
    reason: str

    def refuse(self, network: str, what: str) -> EyecandyError:
        """The line for a step that needs positions."""
        width, height = self.size
        return EyecandyError(
            f"{what} is not possible with {network}, which takes pictures of {width}x{height} only and has "
            f"no class map ({self.reason}); possible are {POSSIBLE}"
        )


class Backbone:
    """A convolutional classifier, opened up: named features, a class map, logits and probabilities.

    Pictures go in as RGB in 0..255, shape (N, H, W, 3), any height and width from 32 pixels up
    (`minimum`, a few models need more); preprocessing is a
    part of the graph. Nothing of a backbone is ever trained, so no gradient for its weights is computed.

    Attributes:
        name: "efficientnet-lite0", "vgg16", or what the user's model is called.
        model: the flat Keras graph from pixels to the class map, (N, h, w, C) logits at every position.
        layers: the taps in order, from pixels to head.
        labels: the names of the C classes.
        weights_sha256: the hash of the weights' file, hexadecimal; of a model made in memory, that of its layers and
            weights.
        opened: what it was opened with that changes what it sees, such as {"pooling": "max"}.
        precision: what the layers compute in, "float32" or "bfloat16"; what they give is float32 either way.
        places: the class map, described as a layer.
        stride: pixels of the picture per position of the class map.
        minimum: the smallest side of a picture, in pixels.
        scores: what logits mean: "softmax" where the classes compete, "sigmoid" where each has a probability of its
            own.
        whole: of a network that takes pictures of one size only, that size and why. Pictures of any size still go in,
            and are resized; the class map has one position, and there are no layers.
    """

    def __init__(
        self,
        model: keras.Model,
        *,
        name: str,
        taps: Sequence[str],
        labels: LabelsLike,
        weights_sha256: str | None = None,
        minimum: int = MINIMUM_SIDE,
        scores: Scores = "softmax",
        whole: Whole | None = None,
        opened: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        labels = labels_of(labels)
        if len(labels) != model.output.shape[-1]:
            raise EyecandyError(
                f"{name} has {model.output.shape[-1]} classes, but {len(labels)} labels were given; "
                "pass one label a class, in the order of the model's outputs"
            )
        model.trainable = False
        self.name = name
        self.model = model
        self.labels: Labels = labels
        self.opened = dict(opened)
        self._file_sha256 = weights_sha256
        self.minimum = minimum
        self.precision: Precision = "float32"
        self.scores: Scores = scores
        self.whole = whole
        self.layers: tuple[Layer, ...] = () if whole else layers.describe(self.graph, taps)
        one = Layer(CLASS_MAP, len(labels), 1, None, None, (0.0, 0.0))
        self.places: Layer = one if whole else layers.describe(self.graph, [CLASS_MAP])[0]
        self.stride = self.places.stride
        self._features: dict[tuple[str, ...], Features] = {}
        self._compiled: dict[str, Callable[..., Any]] = {}
        self._dense: dict[tuple[int, tuple[str, ...]], Dense] = {}

    def __repr__(self) -> str:
        if self.whole is not None:
            width, height = self.whole.size
            return f"Backbone({self.name!r}, whole pictures of {width}x{height}, {len(self.labels)} classes)"
        return f"Backbone({self.name!r}, {len(self.layers)} layers, {len(self.labels)} classes)"

    def need_places(self, what: str) -> None:
        """Raises EyecandyError where the network has no positions, so that `what` is not possible."""
        if self.whole is not None:
            raise self.whole.refuse(self.name, what)

    @cached_property
    def graph(self) -> Graph:
        """The calls of the model, one by one."""
        return trace(self.model)

    @cached_property
    def weights_sha256(self) -> str:
        """See the class."""
        return self._file_sha256 or model_hash(self.model)

    @property
    def identity(self) -> Identity:
        """What a record holds to know the network by, as JSON can hold it."""
        return {
            "name": self.name,
            "weights_sha256": self.weights_sha256,
            "labels_sha256": labels_hash(self.labels),
            "precision": self.precision,
            **self.opened,
        }

    @property
    def layer_names(self) -> tuple[str, ...]:
        """The names of the taps, from pixels to head.

        Raises:
            EyecandyError: a network that takes whole pictures only has none.
        """
        self.need_places("painting or looking at layers")
        return tuple(layer.name for layer in self.layers)

    def layer(self, name: str) -> Layer:
        """One tap by its name or alias.

        Raises:
            EyecandyError: no such layer; the message names the valid ones and the nearest.
        """
        return self.layers[self.layer_names.index(layers.resolve(name, self.layer_names))]

    def features(self, names: Iterable[str], *, class_map: bool = False) -> Features:
        """A function from pictures to the named features; only the part up to the deepest of them is computed.

        Args:
            names: layer names or aliases.
            class_map: also give "class_map", the logits at every position.

        Returns:
            A function of (N, H, W, 3) RGB in 0..255 that gives {name: (N, h, w, channels)} under the full layer
            names. It may be called directly, and inside a `tf.function`.

        Raises:
            EyecandyError: an unknown name.
        """
        check(traced=True)
        resolved = layers.resolve_all(names, self.layer_names)
        key = (*resolved, CLASS_MAP) if class_map else resolved
        if key not in self._features:
            outputs = {name: self.model.get_layer(name).output for name in resolved}
            if class_map:
                outputs[CLASS_MAP] = self.model.output
            model = keras.Model(self.model.input, outputs, name="features")
            self._features[key] = model
            if self.precision != "float32" or any(x.dtype != "float32" for x in model.outputs):
                self._features[key] = lambda images: {name: wide(x) for name, x in model(images).items()}
        return self._features[key]

    def reach(self, names: Iterable[str]) -> int | None:
        """How far to either side, in pixels, a position of any of these maps sees beyond its own; None for anywhere.

        Args:
            names: full layer names; "class_map" is the logits'.
        """
        reaches = [(self.places if name == CLASS_MAP else self.layer(name)).reach for name in names]
        return None if None in reaches else max((reach or 0 for reach in reaches), default=0)

    def places_at(self, names: Iterable[str], size: tuple[int, int]) -> dict[str, tuple[int, int]]:
        """How many positions, down and across, feature maps have of a picture of some size.

        Args:
            names: full layer names; "class_map" is the logits'.
            size: (width, height) in pixels.
        """
        outputs = {n: self.model.output if n == CLASS_MAP else self.model.get_layer(n).output for n in names}
        if not outputs:
            return {}
        shapes = keras.Model(self.model.input, outputs).compute_output_spec(keras.KerasTensor((1, *size[::-1], 3)))
        return {name: tuple(spec.shape[1:3]) for name, spec in shapes.items()}

    def compiled(self, name: str, build: Callable[[], Callable[..., Any]]) -> Callable[..., Any]:
        """What `build` gives, built once under this name and kept, so that nothing is traced twice."""
        if name not in self._compiled:
            self._compiled[name] = build()
        return self._compiled[name]

    @cached_property
    def _class_map(self) -> Callable[[tf.Tensor], tf.Tensor]:
        # Sizes stay open in the signature: one trace serves every photo.
        signature = [tf.TensorSpec([None, None, None, 3], tf.float32)]
        return tf.function(lambda images: wide(self.model(images, training=False)), input_signature=signature)

    def class_map(self, images: np.ndarray | tf.Tensor) -> np.ndarray:
        """Logits at every position: (N, h, w, C) float32 for pictures (N, H, W, 3), RGB in 0..255.

        Raises:
            EyecandyError: the pictures have another shape, or a side below `minimum` pixels.
        """
        return self._class_map(self._checked(images)).numpy()

    def pull_back(self, image: tf.Tensor) -> tuple[tf.Tensor, Back]:
        """The class map of one picture, and the way back from many gradients at it, for use inside a `tf.function`.

        Args:
            image: (1, H, W, 3), RGB in 0..255.

        Returns:
            (1, h, w, C) float32 logits, and a function from gradients (K, h, w, C) to those at the pixels, (K, H, W,
            3).
        """
        if self.whole is not None:
            class_map, back_whole = pull_back_whole(self.model, image)
            return wide(class_map), lambda gradients, classes=None: wide(back_whole(gradients))
        class_map, _, back = pull_back(self.graph, image)
        return wide(class_map), lambda gradients, classes=None: wide(back(gradients, classes))

    def dense(self, stride: int, names: Iterable[str] = ()) -> Dense:
        """The network looked through at more positions: a class map, and named features, of at most this stride.

        Args:
            stride: pixels from position to position. A map that has its positions no further apart stays as it is.
            names: layer names or aliases.

        Raises:
            EyecandyError: an unknown name, or a layer that stands in the way; the positions that the network has by
                itself are always to be had, by its own `stride`.
        """
        check(traced=True)
        self.need_places("looking at places")
        stride = check_integer("stride", stride, 1)
        resolved = layers.resolve_all(names, self.layer_names)
        key = (stride, resolved)
        if key not in self._dense:
            taps = {layer.name: layer for layer in (*map(self.layer, resolved), self.places)}
            self._dense[key] = Dense(self.graph, stride, taps)
        return self._dense[key]

    def logits(self, images: np.ndarray | tf.Tensor) -> np.ndarray:
        """Logits of whole pictures, (N, C): the class map averaged over positions."""
        return self.class_map(images).mean((1, 2))

    def probabilities(self, images: np.ndarray | tf.Tensor, reading: Reading = "places") -> np.ndarray:
        """Class probabilities (N, C) in one of two readings, see `probabilities_of`."""
        return probabilities_of(self.class_map(images), reading, self.scores)

    def find_class(self, wanted: object) -> list[int]:
        """The classes meant by a number, a label or an everyday word, or by several of these, in ascending order."""
        return sorted({index for each in self.labels.find_each(wanted) for index in each})

    def _checked(self, images: np.ndarray | tf.Tensor) -> tf.Tensor:
        check()
        try:
            images = tf.cast(tf.convert_to_tensor(images), tf.float32)
        except (TypeError, ValueError, tf.errors.OpError) as error:
            raise EyecandyError(f"expected pictures of shape (N, H, W, 3), got {told(images)}") from error
        if images.shape.rank != 4 or images.shape[-1] != 3:
            raise EyecandyError(f"expected pictures of shape (N, H, W, 3), got {tuple(images.shape)}")
        height, width = images.shape[1:3]
        if min(height, width) < self.minimum:
            raise EyecandyError(
                f"{self.name} sees pictures from {self.minimum}x{self.minimum} pixels up, got {width}x{height}; "
                "enlarge the picture"
            )
        return images

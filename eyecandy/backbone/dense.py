"""A network looked through at every few pixels: the same weights, the same values, and those between them.

The strides that would take the places of a map further apart than wanted are undone by fragments (`Fragments`), so
that each layer stays as it is. At the places that the network has by itself the values are its own; nothing is
interpolated between them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from eyecandy._tensorflow import keras, tf
from eyecandy.backbone.fragments import Apart, Fragments, Margins, Split, Stitched, Unstrided
from eyecandy.backbone.graph import Graph, Step
from eyecandy.backbone.layers import CLASS_MAP, Layer, Pair
from eyecandy.backbone.precision import wide
from eyecandy.backbone.pullback import PulledBack, pull_back
from eyecandy.errors import EyecandyError

_layers = keras.layers
_CONVOLUTIONS = (_layers.Conv2D, _layers.DepthwiseConv2D, _layers.SeparableConv2D)
_POOLINGS = (_layers.MaxPooling2D, _layers.AveragePooling2D)
_ENLARGING = (_layers.UpSampling2D, _layers.Conv2DTranspose)
_LARGER = 0.75  # of a size: less and it is no longer for padding alone
_TRIED = 256  # places, to find the stride of an unknown layer


class Dense:
    """What a backbone sees at every few pixels; `Backbone.dense` makes it.

    Called with pictures (N, H, W, 3), RGB in 0..255, it gives {name: (N, h, w, channels)} float32 of its taps, the
    class map among them. One trace serves every size and every number of pictures.

    Attributes:
        layers: the taps by name, with the stride and the offset that they have here.
        own: where among the places of a tap those are that the network has by itself: every `own[name][0]`-th down
            and across, from `own[name][1]` on.
    """

    def __init__(self, graph: Graph, stride: int, taps: Mapping[str, Layer]) -> None:
        """A graph at a stride, and the layers to be had of it; "class_map" is its output.

        Raises:
            EyecandyError: a layer stands in the way.
        """
        made = {step.operation.name: step.output for step in graph.steps} | {CLASS_MAP: graph.output}
        dense = Densely(graph.up_to(*(made[name] for name in taps), graph.output), stride)
        self._held = {name: (made[name], dense.held(made[name])) for name in taps}
        self._whole = {name: dense.whole(made[name]) for name in taps}
        self._graph = dense.up_to(*self._whole.values())
        self._to_class_map = dense.up_to(self._whole[CLASS_MAP])
        self.layers: dict[str, Layer] = {}
        self.own: dict[str, tuple[Pair, Pair]] = {}
        for name, layer in taps.items():
            held = self._held[name][1]
            self.own[name] = held.parts, held.own
            down, across = (x - s * i for x, s, i in zip(layer.offset, held.stride, held.own, strict=True))
            self.layers[name] = replace(layer, stride=held.stride[1], offset=(down, across))
        signature = [tf.TensorSpec([None, None, None, 3], tf.float32)]
        self._run = tf.function(self._look, input_signature=signature)

    def __call__(self, images: tf.Tensor) -> dict[str, tf.Tensor]:
        return self._run(images)

    def pull_back(self, images: tf.Tensor, to: str | None = None) -> PulledBack:
        """The class map, and the way back from many slopes at it, for use inside a `tf.function`.

        Args:
            images: (N, H, W, 3), RGB in 0..255.
            to: the tap whose slopes are wanted; by default the pixels.

        Returns:
            (N, h, w, C) float32 logits; the features `to`; and the way from slopes at the logits to those at the
            features (see `Back`), float32.
        """
        tensor, held = (None, Held()) if to is None else self._held[to]
        class_map, features, back = pull_back(self._to_class_map, images, tensor)

        def stitched(slopes: tf.Tensor, classes: tf.Tensor | None = None) -> tf.Tensor:
            return wide(held.stitch(back(slopes, classes)))

        return PulledBack(wide(class_map), wide(held.stitch(features)), stitched)

    @tf.autograph.experimental.do_not_convert
    def _look(self, images: tf.Tensor) -> dict[str, tf.Tensor]:
        values = self._graph.values(images, lambda step, *args, **kwargs: step.operation(*args, **kwargs))
        return {name: wide(values[id(tensor)]) for name, tensor in self._whole.items()}


@dataclass(frozen=True)
class Held:
    """How a tensor of a dense graph holds a map.

    Attributes:
        stride: pixels from place to place, down and across, once the fragments are stitched together.
        splits: into fragments, from the first to the last; each splits every fragment of the one before.
    """

    stride: Pair = (1, 1)
    splits: tuple[Split, ...] = ()

    @property
    def parts(self) -> Pair:
        """How many times as many places, down and across, there are as the network has by itself."""
        down = across = 1
        for split in self.splits:
            down, across = down * split.parts[0], across * split.parts[1]
        return down, across

    @property
    def own(self) -> Pair:
        """The place, once stitched together, that is the network's own first one."""
        y = x = 0
        for split in reversed(self.splits):
            y, x = y * split.parts[0] + split.own[0], x * split.parts[1] + split.own[1]
        return y, x

    def stitch(self, fragments: tf.Tensor) -> tf.Tensor:
        """The map itself."""
        for split in reversed(self.splits):
            fragments = Stitched(split.parts)(fragments)
        return fragments


class Densely:
    """A graph rewritten so that no map has its places further apart than `stride` pixels.

    Attributes:
        steps: the graph's steps, and those that split maps into fragments.
    """

    def __init__(self, graph: Graph, stride: int) -> None:
        """Raises EyecandyError where a layer stands in the way, in one line that names it."""
        self.graph = graph
        self.stride = stride
        self.steps: list[Step] = []
        self._held: dict[int, Held] = {id(graph.input): Held()}
        self._own: dict[tuple[tuple[Split, ...], Pair], Pair] = {}
        self._fragments: dict[tuple[int, Split, bool], keras.KerasTensor] = {}
        self._whole: dict[int, keras.KerasTensor] = {}
        for step in graph.steps:
            self._take(step)

    def held(self, tensor: keras.KerasTensor) -> Held:
        """How a tensor of the graph is held."""
        return self._held[id(tensor)]

    def whole(self, tensor: keras.KerasTensor) -> keras.KerasTensor:
        """A tensor of the graph with its fragments stitched together."""
        if id(tensor) not in self._whole:
            whole = tensor
            for split in reversed(self.held(tensor).splits):
                whole = self._add(Stitched(split.parts), whole)
            self._whole[id(tensor)] = whole
        return self._whole[id(tensor)]

    def up_to(self, *tensors: keras.KerasTensor) -> Graph:
        """The dense graph, as far as some of its tensors need it."""
        return Graph(self.graph.name, self.graph.input, tuple(self.steps), tensors[-1]).up_to(*tensors)

    def _add(self, operation: keras.Operation, source: keras.KerasTensor) -> keras.KerasTensor:
        output = operation.compute_output_spec(source)
        self.steps.append(Step(operation, (source,), {}, output))
        return output

    def _take(self, step: Step) -> None:
        held = self._together(step)
        outputs = [x for x in keras.tree.flatten(step.output) if isinstance(x, keras.KerasTensor)]
        strides = _strides(step, outputs[0])
        if strides is None:
            if held.splits:
                raise _refusal(step, "makes maps larger after strides that are to be undone")
            larger = _enlarged(step, outputs[0])
            held = Held((max(1, held.stride[0] // larger[0]), max(1, held.stride[1] // larger[1])))
        elif strides != (1, 1):
            step, held = self._stride(step, held, strides)
        self.steps.append(step)
        self._held.update((id(output), held) for output in outputs)

    def _together(self, step: Step) -> Held:
        """How the tensors are held that a step takes, all of them alike."""
        found = [self.held(x) for x in step.inputs]
        maps = [held for held, x in zip(found, step.inputs, strict=True) if _is_map(x)] or found
        if any(held.splits != maps[0].splits for held in found):
            raise _refusal(step, "joins maps of different strides")
        return maps[0]

    def _stride(self, step: Step, held: Held, strides: Pair) -> tuple[Step, Held]:
        """A step that looks at every few places, on as many fragments as are to be between them."""
        # Between fragments there is no stride to keep: their places already are as near as wanted.
        wanted = (1, 1) if held.splits else (self.stride // held.stride[0], self.stride // held.stride[1])
        kept = (_divisor(strides[0], wanted[0]), _divisor(strides[1], wanted[1]))
        parts = (strides[0] // kept[0], strides[1] // kept[1])
        stride = (held.stride[0] * kept[0], held.stride[1] * kept[1])
        if parts == (1, 1):
            return step, replace(held, stride=stride)
        # Branches that meet again must be moved alike, so the first one says how.
        own = self._own.setdefault((held.splits, parts), _own(self.graph, step, parts, kept))
        split = Split(parts, own, kept)
        held = Held(stride, (*held.splits, split))
        if _is_plain(step.operation) and kept == (1, 1):
            # Cheaper than fragments, which would be as large as the map each.
            wide = self._add(Margins(step.operation, own), step.source)
            seen = self._add(Unstrided(step.operation), wide)
            return Step(Apart(parts), (seen,), {}, step.output), held
        edge = not isinstance(step.operation, _CONVOLUTIONS)
        source = step.source
        key = (id(source), split, edge)
        if key not in self._fragments:
            self._fragments[key] = self._add(Fragments(split, edge=edge), source)
        fragments = self._fragments[key]

        def replaced(x: Any) -> Any:
            return fragments if x is source else x

        args, kwargs = keras.tree.map_structure(replaced, (step.args, dict(step.kwargs)))
        return replace(step, args=args, kwargs=kwargs), held


def _is_plain(operation: keras.Operation) -> bool:
    """Whether it is one of Keras' own convolutions, which can be taken apart."""
    return (
        type(operation) in (_layers.Conv2D, _layers.DepthwiseConv2D)
        and operation.data_format == "channels_last"
        and getattr(operation, "groups", 1) == 1
    )


def _divisor(number: int, most: int) -> int:
    """The largest divisor of a number that is at most `most`, or 1."""
    return max((d for d in range(2, min(number, most) + 1) if number % d == 0), default=1)


def _is_map(tensor: keras.KerasTensor) -> bool:
    """Whether it has places: not one number a channel, as behind a global pooling."""
    return len(tensor.shape) == 4 and tensor.shape[1:3] != (1, 1)


def _strides(step: Step, output: keras.KerasTensor) -> Pair | None:
    """Places down and across that a step goes on from one place of its output to the next; None where it goes on by
    less than one."""
    operation = step.operation
    if not _is_map(output):
        return 1, 1
    if isinstance(operation, _ENLARGING):
        return None
    if isinstance(operation, _CONVOLUTIONS + _POOLINGS):
        return tuple(operation.strides)
    if not any(_is_map(x) for x in step.inputs):
        raise _refusal(step, "makes a map out of what has no places")
    if len(step.inputs) > 1 or (isinstance(operation, _layers.Layer) and _is_keras(operation)):
        return 1, 1  # place by place
    down, across = _scale(step)
    return None if min(down, across) < _LARGER else (round(down), round(across))


def _is_keras(operation: keras.Operation) -> bool:
    return type(operation).__module__.startswith("keras.") and not isinstance(operation, _layers.Lambda)


def _scale(step: Step) -> tuple[float, float]:
    """How much smaller a step's output is than its input, down and across, by trying it."""

    def tried(x: Any) -> Any:
        return keras.KerasTensor((1, _TRIED, _TRIED, x.shape[-1]), x.dtype) if isinstance(x, keras.KerasTensor) else x

    args, kwargs = keras.tree.map_structure(tried, (step.args, dict(step.kwargs)))
    output = keras.tree.flatten(step.operation.compute_output_spec(*args, **kwargs))[0]
    return _TRIED / output.shape[1], _TRIED / output.shape[2]


def _enlarged(step: Step, output: keras.KerasTensor) -> Pair:
    operation = step.operation
    if isinstance(operation, _layers.UpSampling2D):
        return tuple(operation.size)
    if isinstance(operation, _layers.Conv2DTranspose):
        return tuple(operation.strides)
    down, across = _scale(step)
    return max(1, round(1 / down)), max(1, round(1 / across))


def _own(graph: Graph, step: Step, parts: Pair, kept: Pair) -> Pair:
    """Which fragment, down and across, is to be the unmoved one.

    Chosen so that the middles of what the first places see lie at the map's border, as they do without a stride: of
    a 3x3 convolution with stride 2 and "same" padding on an even size, place 0 sees 0 to 2, so another fragment has to
    see -1 to 1.
    """
    operation = step.operation
    if not isinstance(operation, _CONVOLUTIONS + _POOLINGS):
        return 0, 0
    sizes = operation.kernel_size if isinstance(operation, _CONVOLUTIONS) else operation.pool_size
    own = []
    for axis in range(2):
        dilation = operation.dilation_rate[axis] if isinstance(operation, _CONVOLUTIONS) else 1
        width = (sizes[axis] - 1) * dilation
        before = max(width + 1 - operation.strides[axis], 0) // 2
        if operation.padding == "valid":
            producer = graph.producer(step.source)
            padded = producer is not None and isinstance(producer.operation, _layers.ZeroPadding2D)
            before = producer.operation.padding[axis][0] if producer is not None and padded else 0
        own.append(min(max((width - 2 * before) // 2 // kept[axis], 0), parts[axis] - 1))
    return own[0], own[1]


def _refusal(step: Step, reason: str) -> EyecandyError:
    operation = step.operation
    return EyecandyError(
        f"layer {operation.name!r} ({type(operation).__name__}) {reason}, so the network cannot be looked through at "
        "more places than it has; use the places that it has"
    )

"""A graph rewritten so that no map has its positions further apart than wanted.

The strides that would take them further apart are undone by fragments (`Fragments`), so that each layer stays as it
is. At the positions that the network has by itself the values are its own; nothing is interpolated between them.
"""

from dataclasses import dataclass, replace
from typing import Any

from eyecandy._tensorflow import keras, tf
from eyecandy.backbone.dense.layers import Apart, Fragments, Margins, Split, Stitched, Unstrided
from eyecandy.backbone.graph import Graph, Node, gist
from eyecandy.backbone.layers import Pair
from eyecandy.errors import EyecandyError

_layers = keras.layers
_CONVOLUTIONS = (_layers.Conv2D, _layers.DepthwiseConv2D, _layers.SeparableConv2D)
_POOLINGS = (_layers.MaxPooling2D, _layers.AveragePooling2D)
_TRIED = (256, 192)  # positions down and across, to find the stride of a layer that does not tell it
_UNCLEAR = 0.2  # of a stride: more than padding at the edges explains


@dataclass(frozen=True)
class Held:
    """How a tensor of a dense graph holds a map.

    Attributes:
        stride: pixels from position to position, down and across, once the fragments are stitched together.
        splits: into fragments, from the first to the last; each splits every fragment of the one before.
    """

    stride: Pair = (1, 1)
    splits: tuple[Split, ...] = ()

    @property
    def parts(self) -> Pair:
        """How many times as many positions, down and across, there are as the network has by itself."""
        down = across = 1
        for split in self.splits:
            down, across = down * split.parts[0], across * split.parts[1]
        return down, across

    @property
    def own(self) -> Pair:
        """The position, once stitched together, that is the network's own first one."""
        y = x = 0
        for split in reversed(self.splits):
            y, x = y * split.parts[0] + split.own[0], x * split.parts[1] + split.own[1]
        return y, x

    def stitch(self, fragments: tf.Tensor) -> tf.Tensor:
        """The map itself."""
        for split in reversed(self.splits):
            fragments = Stitched(split.parts)(fragments)
        return fragments


class DenseGraph:
    """A graph whose maps have their positions no further apart than `stride` pixels.

    Attributes:
        steps: the graph's steps, and those that split maps into fragments.
    """

    def __init__(self, graph: Graph, stride: int) -> None:
        """Raises EyecandyError where a layer stands in the way, in one line that names it."""
        self.graph = graph
        self.stride = stride
        self.nodes: list[Node] = []
        self._held: dict[int, Held] = {id(graph.input): Held()}
        self._own: dict[tuple[tuple[Split, ...], Pair], Pair] = {}
        self._fragments: dict[tuple[int, Split, bool], keras.KerasTensor] = {}
        self._whole: dict[int, keras.KerasTensor] = {}
        for node in graph.nodes:
            self._take(node)

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
        return Graph(self.graph.name, self.graph.input, tuple(self.nodes), tensors[-1]).up_to(*tensors)

    def _add(self, operation: keras.Operation, source: keras.KerasTensor) -> keras.KerasTensor:
        output = operation.compute_output_spec(source)
        self.nodes.append(Node(operation, (source,), {}, output))
        return output

    def _take(self, node: Node) -> None:
        held = self._together(node)
        strides, larger = _strides(node)
        if larger != (1, 1):
            if held.splits:
                raise _refusal(node, "makes maps larger again behind strides that would be undone")
            held = Held((max(1, held.stride[0] // larger[0]), max(1, held.stride[1] // larger[1])))
        if strides != (1, 1):
            node, held = self._stride(node, held, strides)
        self.nodes.append(node)
        self._held.update((id(output), held) for output in node.outputs)

    def _together(self, node: Node) -> Held:
        """How the tensors are held that a step takes, all of them alike."""
        found = [self.held(x) for x in node.inputs]
        maps = [held for held, x in zip(found, node.inputs, strict=True) if _is_map(x)] or found
        if any(held.splits != maps[0].splits for held in found):
            raise _refusal(node, "joins maps of different strides")
        return maps[0]

    def _stride(self, node: Node, held: Held, strides: Pair) -> tuple[Node, Held]:
        """A step that looks at every few positions, on as many fragments as are to be between them."""
        # Between fragments there is no stride to keep: their positions already are as near as wanted.
        wanted = (1, 1) if held.splits else (self.stride // held.stride[0], self.stride // held.stride[1])
        kept = (_divisor(strides[0], wanted[0]), _divisor(strides[1], wanted[1]))
        parts = (strides[0] // kept[0], strides[1] // kept[1])
        stride = (held.stride[0] * kept[0], held.stride[1] * kept[1])
        if parts == (1, 1):
            return node, replace(held, stride=stride)
        # Branches that meet again must be moved alike, so the first one says how.
        own = self._own.setdefault((held.splits, parts), _own(self.graph, node, parts, kept))
        split = Split(parts, own, kept)
        held = Held(stride, (*held.splits, split))
        if _is_plain(node.operation) and kept == (1, 1):
            # Cheaper than fragments, which would be as large as the map each.
            wide = self._add(Margins(node.operation, own), node.source)
            seen = self._add(Unstrided(node.operation), wide)
            return Node(Apart(parts), (seen,), {}, node.output), held
        edge = not isinstance(node.operation, _CONVOLUTIONS)
        source = node.source
        key = (id(source), split, edge)
        if key not in self._fragments:
            self._fragments[key] = self._add(Fragments(split, edge=edge), source)
        fragments = self._fragments[key]

        def replaced(x: Any) -> Any:
            return fragments if x is source else x

        args, kwargs = keras.tree.map_structure(replaced, (node.args, dict(node.kwargs)))
        return replace(node, args=args, kwargs=kwargs), held


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
    """Whether it has positions: not one number a channel, as behind a global pooling."""
    return len(tensor.shape) == 4 and tensor.shape[1:3] != (1, 1)


def _strides(node: Node) -> tuple[Pair, Pair]:
    """How many times smaller a step makes a map down and across, and how many times larger."""
    operation = node.operation
    if not any(_is_map(x) for x in node.outputs):
        return (1, 1), (1, 1)
    if isinstance(operation, _CONVOLUTIONS + _POOLINGS):
        return tuple(operation.strides), (1, 1)
    if not any(_is_map(x) for x in node.inputs):
        raise _refusal(node, "makes a map of what has no places")
    return _tried(node)


def _tried(node: Node) -> tuple[Pair, Pair]:
    """As `_strides`, by trying the step."""

    def example(x: Any) -> Any:
        if not isinstance(x, keras.KerasTensor):
            return x
        return keras.KerasTensor((1, *(_TRIED if _is_map(x) else x.shape[1:-1]), x.shape[-1]), x.dtype)

    args, kwargs = keras.tree.map_structure(example, (node.args, dict(node.kwargs)))
    try:
        output = node.operation.compute_output_spec(*args, **kwargs)
    except (ValueError, TypeError, AttributeError, tf.errors.OpError) as error:
        raise _refusal(node, f"has a stride that cannot be found out ({gist(error)})") from error
    made = next(x for x in keras.tree.flatten(output) if isinstance(x, keras.KerasTensor) and _is_map(x))
    smaller, larger = [], []
    for before, after in zip(_TRIED, made.shape[1:3], strict=True):
        down, up = max(1, round(before / after)), max(1, round(after / before))
        if not abs(after * down / (before * up) - 1) < _UNCLEAR:
            raise _refusal(node, f"makes {after} places of {before}, which is no whole stride")
        smaller.append(down)
        larger.append(up)
    return (smaller[0], smaller[1]), (larger[0], larger[1])


def _own(graph: Graph, node: Node, parts: Pair, kept: Pair) -> Pair:
    """Which fragment, down and across, is to be the unmoved one.

    Chosen so that the middles of what the first positions see lie at the map's border, as they do without a stride: of
    a 3x3 convolution with stride 2 and "same" padding on an even size, position 0 sees 0 to 2, so another fragment has
    to see -1 to 1.
    """
    operation = node.operation
    if not isinstance(operation, _CONVOLUTIONS + _POOLINGS):
        return 0, 0
    sizes = operation.kernel_size if isinstance(operation, _CONVOLUTIONS) else operation.pool_size
    own = []
    for axis in range(2):
        dilation = operation.dilation_rate[axis] if isinstance(operation, _CONVOLUTIONS) else 1
        width = (sizes[axis] - 1) * dilation
        before = max(width + 1 - operation.strides[axis], 0) // 2
        if operation.padding == "valid":
            producer = graph.producer(node.source)
            padded = producer is not None and isinstance(producer.operation, _layers.ZeroPadding2D)
            before = producer.operation.padding[axis][0] if producer is not None and padded else 0
        own.append(min(max((width - 2 * before) // 2 // kept[axis], 0), parts[axis] - 1))
    return own[0], own[1]


def _refusal(node: Node, reason: str) -> EyecandyError:
    operation = node.operation
    return EyecandyError(
        f"layer {operation.name!r} ({type(operation).__name__}) {reason}, so the network cannot be looked through at "
        "more places than it has by itself"
    )

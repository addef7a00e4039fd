"""The layer names every backbone speaks, and what each layer sees.

`block4_conv3` is the third convolution block at the fourth level of abstraction, as in VGG. The papers' spellings
`conv4_3` and `relu4_3` are aliases.
"""

import difflib
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from eyecandy._tensorflow import keras
from eyecandy.arguments import told
from eyecandy.backbone.graph import Graph
from eyecandy.errors import EyecandyError

CLASS_MAP = "class_map"

Pair = tuple[int, int]
"""Down and across."""

_TRIED = 256  # pixels, to find the stride of an unknown layer
_ALIAS = re.compile(r"(?:conv|relu|block)_?(\d+)_(?:conv|relu)?_?(\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Layer:
    """One tap of a backbone.

    Attributes:
        name: as given to `--layer`.
        channels: the number of feature maps.
        stride: pixels of the picture per position of the feature map, across.
        receptive_field: width or height in pixels of what one position can see, the larger; None where it sees the
            whole picture, or a layer of the user's own is in the way.
        reach: how far, in pixels to either side, a position may see beyond the `stride` pixels that are its own; None
            where `receptive_field` is, and where strides are others down than across.
        offset: the pixel, down and across, in the middle of what position 0 sees; that of position i lies `stride * i`
            further. Of sides that the network's strides divide; half pixels lie between two. A layer of the user's own
            counts as looking at as many positions as its stride skips.
    """

    name: str
    channels: int
    stride: int
    receptive_field: int | None
    reach: int | None
    offset: tuple[float, float]


def resolve(name: "str | Layer", names: Sequence[str]) -> str:
    """The one of `names` that is meant by `name`, an exact name or an alias of one, or a layer.

    Raises:
        EyecandyError: there is none; the valid names and the nearest one are in the message.
    """
    name = getattr(name, "name", name)
    if not isinstance(name, str):
        raise EyecandyError(f"expected the name of a layer, got {told(name)}; the layers are {', '.join(names)}")
    if name in names:
        return name
    alias = _ALIAS.fullmatch(name.strip())
    if alias is not None:
        candidate = f"block{alias[1]}_conv{alias[2]}"
        if candidate in names:
            return candidate
    nearest = "".join(f"nearest is {near!r}; " for near in difflib.get_close_matches(name, names, n=1, cutoff=0.0))
    raise EyecandyError(f"unknown layer {name!r}; {nearest}the layers are {', '.join(names)}")


def resolve_all(wanted: Iterable[str], names: Sequence[str]) -> tuple[str, ...]:
    """`resolve` for several names, or for one, in their order, each once."""
    one = isinstance(wanted, str) or not isinstance(wanted, Iterable)
    several: Iterable[str] = [wanted] if one else wanted  # type: ignore[list-item]
    return tuple(dict.fromkeys(resolve(name, names) for name in several))


@dataclass(frozen=True)
class _Reach:
    """How one tensor of a graph relates to the pixels, down and across: its strides, the field one position of it sees,
    how far at most the middle of that field lies beside the pixel at which the position's own begin, and where that
    middle is for position 0."""

    strides: Pair = (1, 1)
    fields: Pair | None = (1, 1)
    shifts: tuple[float, float] = (0.0, 0.0)
    offset: tuple[float, float] = (0.0, 0.0)

    def slide(self, kernel: Pair, stride: Pair, dilation: Pair = (1, 1), padding: str = "same") -> "_Reach":
        widths = [(k - 1) * d for k, d in zip(kernel, dilation, strict=True)]
        # "same" adds at least this much before the first position; how much more depends on the picture's size.
        least = [max(w + 1 - s, 0) // 2 if padding == "same" else 0 for w, s in zip(widths, stride, strict=True)]
        down, across = (w / 2 - x for w, x in zip(widths, least, strict=True))
        fields = self.fields and _pair(f + w * s for f, w, s in zip(self.fields, widths, self.strides, strict=True))
        shifts = (self.shifts[0] + self.strides[0] * down, self.shifts[1] + self.strides[1] * across)
        strides = _pair(own * more for own, more in zip(self.strides, stride, strict=True))
        return _Reach(strides, fields, shifts, self.moved(down, across).offset)

    def moved(self, down: float, across: float) -> "_Reach":
        """With position 0 where another position was, or between two."""
        offset = (self.offset[0] + self.strides[0] * down, self.offset[1] + self.strides[1] * across)
        return replace(self, offset=offset)

    def enlarged(self, times: Pair) -> "_Reach":
        """With several positions where one was, side by side."""
        larger = replace(self, strides=_pair(max(1, own // by) for own, by in zip(self.strides, times, strict=True)))
        return larger.moved((1 - times[0]) / 2, (1 - times[1]) / 2)

    def layer(self, name: str, channels: int) -> Layer:
        """As it is told of a tensor of this name."""
        if self.fields is None:
            return Layer(name, channels, self.strides[1], None, None, self.offset)
        either = [math.ceil((f - 1) / 2 + shift) for f, shift in zip(self.fields, self.shifts, strict=True)]
        # a reach is counted in positions of one stride
        reach = max(either) if self.strides[0] == self.strides[1] else None
        return Layer(name, channels, self.strides[1], max(self.fields), reach, self.offset)


def _pair(values: Iterable[int]) -> Pair:
    down, across = values
    return down, across


def describe(graph: Graph, names: Iterable[str]) -> tuple[Layer, ...]:
    """Channels, stride and receptive field of the named layers of a backbone's graph; "class_map" is what it gives.

    The receptive field follows from kernels, strides and dilations along the widest path (Araujo et al., "Computing
    Receptive Fields of Convolutional Neural Networks", Distill 2019).
    """
    reach = _reaches(graph)
    tensors = {node.operation.name: node.outputs[0] for node in graph.nodes} | {CLASS_MAP: graph.output}
    found = []
    for name in names:
        output = tensors[name]
        found.append(reach[id(output)].layer(name, int(output.shape[-1])))
    return tuple(found)


def _reaches(graph: Graph) -> dict[int, _Reach]:
    """The reach of every tensor of the graph, by the tensor's id."""
    reach: dict[int, _Reach] = {id(graph.input): _Reach()}
    for node in graph.nodes:
        inputs = [reach[id(t)] for t in node.inputs if id(t) in reach]
        if not inputs:
            continue
        known = [r.fields for r in inputs if r.fields is not None]
        down, across = (sum(r.offset[axis] for r in inputs) / len(inputs) for axis in range(2))
        widest = _Reach(
            _pair(max(r.strides[axis] for r in inputs) for axis in range(2)),
            _pair(max(f[axis] for f in known) for axis in range(2)) if len(known) == len(inputs) else None,
            (max(r.shifts[0] for r in inputs), max(r.shifts[1] for r in inputs)),
            (down, across),  # of branches that see about different middles, in between
        )
        for tensor in node.outputs:
            reach[id(tensor)] = _through(node.operation, widest, node.source, tensor)
    return reach


def _through(operation: keras.Operation, seen: _Reach, source: keras.KerasTensor, output: keras.KerasTensor) -> _Reach:
    """What is seen behind an operation."""
    layers = keras.layers
    if isinstance(operation, layers.GlobalAveragePooling2D | layers.GlobalMaxPooling2D):
        return replace(seen, fields=None)
    if isinstance(operation, layers.UpSampling2D):
        return seen.enlarged(operation.size)
    if isinstance(operation, layers.Conv2DTranspose):
        return seen.slide(operation.kernel_size, (1, 1)).enlarged(operation.strides)
    if isinstance(operation, layers.MaxPooling2D | layers.AveragePooling2D):
        return seen.slide(operation.pool_size, operation.strides, padding=operation.padding)
    if isinstance(operation, layers.SeparableConv2D | layers.DepthwiseConv2D | layers.Conv2D):
        return seen.slide(operation.kernel_size, operation.strides, operation.dilation_rate, operation.padding)
    if isinstance(operation, layers.ZeroPadding2D):
        (top, _), (left, _) = operation.padding
        return seen.moved(-top, -left)
    if isinstance(operation, layers.GroupNormalization):  # by means over all positions
        return replace(seen, fields=None)
    # pooled over positions, flattened, or made a sequence of: then anything may mix them
    if len(output.shape) != 4 or tuple(output.shape[1:3]) == (1, 1):
        return replace(seen, fields=None)
    own = type(operation).__module__.partition(".")[0] in ("keras", "eyecandy")
    if own and not getattr(operation, "borrowed", False):
        return seen  # the rest works position by position
    return _through_unknown(operation, seen, source, output)


def _through_unknown(
    operation: keras.Operation, seen: _Reach, source: keras.KerasTensor, output: keras.KerasTensor
) -> _Reach:
    """Behind a layer of the user's own: the stride is tried out, what it looks at cannot be known."""
    if len(source.shape) != 4 or len(output.shape) != 4:
        return replace(seen, fields=None)
    tried = operation.compute_output_spec(keras.KerasTensor((1, _TRIED, _TRIED, source.shape[-1]), source.dtype))
    down, across = (max(1, round(_TRIED / side)) for side in tried.shape[1:3])
    return replace(seen.slide((down, across), (down, across), padding="valid"), fields=None)

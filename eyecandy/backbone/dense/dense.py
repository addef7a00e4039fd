"""A network looked through at every few pixels: the same weights, the same values, and those between them."""

from collections.abc import Mapping
from dataclasses import replace

from eyecandy._tensorflow import tf
from eyecandy.backbone import layers
from eyecandy.backbone.dense.graph import DenseGraph, Held
from eyecandy.backbone.dense.pullback import PulledBack, pull_back
from eyecandy.backbone.graph import Graph
from eyecandy.backbone.layers import CLASS_MAP, Layer, Pair
from eyecandy.backbone.precision import wide
from eyecandy.errors import EyecandyError


class Dense:
    """What a backbone sees at every few pixels; `Backbone.dense` makes it.

    Called with pictures (N, H, W, 3), RGB in 0..255, it gives {name: (N, h, w, channels)} float32 of its taps, the
    class map among them. One trace serves every size and every number of pictures.

    Attributes:
        layers: the taps by name, with the stride and the offset that they have here.
        own: where among the positions of a tap those are that the network has by itself: every `own[name][0]`-th down
            and across, from `own[name][1]` on.
    """

    def __init__(self, graph: Graph, stride: int, taps: Mapping[str, Layer]) -> None:
        """A graph at a stride, and the layers to be had of it; "class_map" is its output.

        Raises:
            EyecandyError: a layer stands in the way.
        """
        made = {node.operation.name: node.output for node in graph.nodes} | {CLASS_MAP: graph.output}
        tensors = {name: made[name] for name in taps}
        self._dense = DenseGraph(graph.up_to(*tensors.values(), graph.output), stride)
        self._tensors = {name: (tensor, self._dense.held(tensor)) for name, tensor in tensors.items()}
        self._whole = {name: self._dense.whole(tensor) for name, tensor in tensors.items()}
        self._graph = self._dense.up_to(*self._whole.values())
        self.layers: dict[str, Layer] = {}
        self.own: dict[str, tuple[Pair, Pair]] = {}
        for name, layer in taps.items():
            held = self._tensors[name][1]
            if held.stride[1] * held.parts[1] != layer.stride:
                raise EyecandyError(
                    f"layer {name!r} has a place every {layer.stride} pixels by one count and every "
                    f"{held.stride[1] * held.parts[1]} by another, so there is no telling what lies between them"
                )
            self.own[name] = held.parts, held.own
            down, across = (x - s * i for x, s, i in zip(layer.offset, held.stride, held.own, strict=True))
            self.layers[name] = replace(layer, stride=held.stride[1], offset=(down, across))
        signature = [tf.TensorSpec([None, None, None, 3], tf.float32)]
        self._run = tf.function(self._look, input_signature=signature)

    def __call__(self, images: tf.Tensor) -> dict[str, tf.Tensor]:
        return self._run(images)

    def pull_back(self, images: tf.Tensor, to: str | None = None) -> PulledBack:
        """The class map, and the way back from many gradients at it, for use inside a `tf.function`.

        Args:
            images: (N, H, W, 3), RGB in 0..255.
            to: the tap whose gradients are wanted; by default the pixels.

        Raises:
            EyecandyError: no such tap.

        Returns:
            (N, h, w, C) float32 logits; the features `to`; and the way from gradients at the logits to those at the
            features (see `Back`), float32.
        """
        tensor, held = self._dense.graph.input, Held()
        if to is not None:
            tensor, held = self._tensors[layers.resolve(to, tuple(self._tensors))]
        class_map, features, back = pull_back(self._dense.up_to(tensor, self._whole[CLASS_MAP]), images, tensor)

        def stitched(gradients: tf.Tensor, classes: tf.Tensor | None = None) -> tf.Tensor:
            return wide(held.stitch(back(gradients, classes)))

        return PulledBack(wide(class_map), wide(held.stitch(features)), stitched)

    @tf.autograph.experimental.do_not_convert
    def _look(self, images: tf.Tensor) -> dict[str, tf.Tensor]:
        values = self._graph.values(images, lambda node, *args, **kwargs: node.operation(*args, **kwargs))
        return {name: wide(values[id(tensor)]) for name, tensor in self._whole.items()}

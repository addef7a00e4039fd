"""The weights of a Keras 2 model, brought from where a file or a live model keeps them into the rebuilt model."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count, takewhile
from typing import Any

import numpy as np

from eyecandy._tensorflow import keras
from eyecandy.backbone.adopt.keras2.network import Part
from eyecandy.errors import EyecandyError

Arrays = Sequence[Any]  # NumPy arrays, or what has a shape and can be read as one
# In a checkpoint, variables are attributes of their layer; in this order they are in its list of weights.
_ATTRIBUTES = (
    *("depthwise_kernel", "pointwise_kernel", "kernel", "recurrent_kernel", "bias"),
    *("gamma", "beta", "moving_mean", "moving_variance", "mean", "variance", "count", "alpha", "embeddings"),
)


def fill(part: Part, arrays: Arrays) -> None:
    """Gives one layer its weights.

    Raises:
        EyecandyError: they are not as many, or not of the shapes, that the layer has.
    """
    layer = part.layer
    wanted = [] if layer is None else [tuple(weight.shape) for weight in layer.weights]
    found = [tuple(array.shape) for array in arrays]
    if part.kind.endswith("LayerScale"):  # one number a channel, which became a convolution of one pixel
        found = [(1, 1, *shape, 1) for shape in found]
    if wanted != found:
        raise EyecandyError(f"layer {part.name!r} should have weights {_text(wanted)}, but {_text(found)} are there")
    if layer is None or not wanted:
        return
    layer.set_weights([np.asarray(array[()]).reshape(shape) for array, shape in zip(arrays, found, strict=True)])
    if isinstance(layer, keras.layers.Normalization):
        layer.finalize_state()


def _text(shapes: Sequence[Any]) -> str:
    return ", ".join(map(str, shapes)) or "none"


def from_live(part: Part, model: Any) -> None:
    """From a model of tf_keras in this process, layer by layer."""
    if part.parts:
        own = {layer.name: layer for layer in model.layers}
        for inner in part.parts:
            if inner.name in own:
                from_live(inner, own[inner.name])
    elif part.layer is not None and part.layer.weights:
        fill(part, model.get_weights())


def from_classic(part: Part, group: Any) -> None:
    """From the HDF5 group of a whole model (`model_weights`): one list of named arrays for each outer layer."""
    for inner in part.parts:
        leaves = list(inner.leaves())
        if not leaves:
            continue
        if inner.name not in group:
            raise EyecandyError(f"the weights of layer {inner.name!r} are missing")
        stored = group[inner.name]
        names = [name.decode() if isinstance(name, bytes) else str(name) for name in _names(stored)]
        arrays = [stored[name] for name in names]
        for leaf, own in _shared_out(inner, leaves, names, arrays):
            fill(leaf, own)


def _names(group: Any) -> list[Any]:
    """A group's `weight_names`, which HDF5's limits may have cut into several attributes."""
    if "weight_names" in group.attrs:
        return list(group.attrs["weight_names"])
    chunks = (f"weight_names{number}" for number in count())
    present = takewhile(lambda key: key in group.attrs, chunks)
    return [name for key in present for name in group.attrs[key]]


def _shared_out(
    part: Part, leaves: Sequence[Part], names: Sequence[str], arrays: Arrays
) -> Iterator[tuple[Part, Arrays]]:
    """Which of a nested model's arrays belong to which layer: by their names, else by the order Keras 2 writes."""
    if len(leaves) == 1:
        return iter([(leaves[0], arrays)])
    by_name: dict[str, list[Any]] = {}
    for name, array in zip(names, arrays, strict=True):
        owners = [leaf.name for leaf in leaves if f"/{leaf.name}/" in f"/{name}"]
        by_name.setdefault(max(owners, key=len, default=""), []).append(array)
    counts = {leaf.name: len(leaf.layer.weights) for leaf in leaves if leaf.layer is not None}
    if len(counts) == len(leaves) and counts == {name: len(own) for name, own in by_name.items()}:
        return iter([(leaf, by_name[leaf.name]) for leaf in leaves])
    trained, still = _order(part)
    order = [*trained, *still]
    if len(order) != len(arrays):
        raise EyecandyError(f"{part.name!r} should have {len(order)} weights, but {len(arrays)} are there")
    own: dict[int, list[Any]] = {}
    for (leaf, _), array in zip(order, arrays, strict=True):
        own.setdefault(id(leaf), []).append(array)
    return iter([(leaf, own[id(leaf)]) for leaf in leaves])


def _order(part: Part) -> tuple[list[tuple[Part, Any]], list[tuple[Part, Any]]]:
    """The trainable weights of a part and the others, in the order in which Keras 2 lists them."""
    if part.layer is not None:
        trained = [(part, weight) for weight in part.layer.weights if weight.trainable]
        still = [(part, weight) for weight in part.layer.weights if not weight.trainable]
    else:
        orders = [_order(inner) for inner in part.parts]
        trained = [weight for order in orders for weight in order[0]]
        still = [weight for order in orders for weight in order[1]]
    return (trained, still) if part.trainable else ([], trained + still)


def from_zipped(part: Part, group: Any) -> None:
    """From the `model.weights.h5` inside a `.keras` file, where layers are called after their classes."""
    if part.parts:
        if "layers" not in group:
            if any(part.leaves()):
                raise EyecandyError(f"the weights of {part.name!r} are missing")
            return
        for name, inner in _numbered(part.parts):
            if any(inner.leaves()):
                if name not in group["layers"]:
                    raise EyecandyError(f"the weights of layer {inner.name!r} are missing")
                from_zipped(inner, group["layers"][name])
    elif part.layer is not None and part.layer.weights:
        stored = group["vars"]
        fill(part, [stored[key] for key in sorted(stored, key=int)])


def _numbered(parts: Sequence[Part]) -> Iterator[tuple[str, Part]]:
    """Parts by the names that Keras 2 gives them in a `.keras` file: conv2d, conv2d_1, ..."""
    seen: dict[str, int] = {}
    for part in parts:
        name = _snake(part.kind.rpartition(">")[2])
        number = seen.get(name, 0)
        seen[name] = number + 1
        yield (f"{name}_{number}" if number else name), part


def _snake(name: str) -> str:
    name = re.sub("(.)([A-Z][a-z0-9]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def from_checkpoint(part: Part, nodes: Sequence[Any], node: int, read: Callable[[str], np.ndarray]) -> None:
    """From the checkpoint of a SavedModel, whose objects hang together as the model's layers did.

    Args:
        part: what is to be filled.
        nodes: the objects of the checkpoint's graph.
        node: the one that `part` is.
        read: gives a tensor by its key.
    """
    children: Mapping[str, int] = {child.local_name: child.node_id for child in nodes[node].children}
    if part.parts:
        # A Sequential does not count its input among its layers; a Functional model does.
        for number, inner in enumerate(part.parts):
            if any(inner.leaves()):
                if f"layer-{number}" not in children:
                    raise EyecandyError(f"the weights of layer {inner.name!r} are missing")
                from_checkpoint(inner, nodes, children[f"layer-{number}"], read)
    elif part.layer is not None and part.layer.weights:
        keys = {
            name: attribute.checkpoint_key
            for name, child in children.items()
            for attribute in nodes[child].attributes[:1]
        }
        fill(part, [read(keys[name]) for name in _ATTRIBUTES if name in keys])

"""Keras weight files in HDF5, read layer by layer.

Keras's own `load_weights` fills a model of the very architecture the file was saved from. The fully convolutional
networks hold a dense layer's numbers in a convolution, so the arrays are wanted by themselves, and one at a time:
the largest of VGG16 is 411 MB.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import prod
from pathlib import Path

import h5py
import numpy as np

from eyecandy.errors import EyecandyError

Shape = tuple[int, ...]


# Reads all of a file but its numbers.
_WALK = """
import sys, h5py
def look(name, item):
    dict(item.attrs), getattr(item, "shape", None), getattr(item, "dtype", None)
with h5py.File(sys.argv[1], "r") as file:
    look("/", file)
    file.visititems(look)
"""


def probe(path: Path, *, patience: float = 60) -> None:
    """Makes sure that the HDF5 library comes to an end with a file.

    Damage can send it round in circles or take the process with it, so another process reads the file first.

    Args:
        path: the file.
        patience: seconds. An undamaged file takes a fraction of one, whatever its size.

    Raises:
        EyecandyError: it does not.
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", _WALK, str(path.resolve())]
    quiet = subprocess.DEVNULL
    try:
        ended = subprocess.run(command, env=environment, stdin=quiet, stdout=quiet, stderr=quiet, timeout=patience)
    except subprocess.TimeoutExpired as error:
        raise EyecandyError(
            f"{path} is damaged: the HDF5 library came to no end with it in {patience:g} s; save or download it again"
        ) from error
    except OSError:  # no other process can be started here
        return
    if ended.returncode < 0:  # by a signal. Errors of the ordinary kind come again, and are said then.
        raise EyecandyError(f"{path} is damaged: the HDF5 library crashes on it; save or download it again")


@contextmanager
def opened(path: Path) -> Iterator[dict[str, list[h5py.Dataset]]]:
    """The arrays of a weight file by layer name, in the order of the layer's weights: kernel, bias.

    Three layouts are known: the classic one (Keras Applications, `save_weights` of Keras 1 and 2), the same inside a
    whole saved model (`model.save("x.h5")`), and Keras 3's `.weights.h5`.

    Raises:
        EyecandyError: the file is missing, damaged, or no weight file.
    """
    if not path.is_file():
        raise EyecandyError(f"weight file {path} does not exist")
    probe(path)
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        reason = str(error).splitlines()[0]
        raise EyecandyError(f"weight file {path} is damaged or no HDF5 file: {reason}") from error
    with file:
        root = file.get("model_weights", file)
        layers = _keras3(root["layers"]) if "layers" in root and "layer_names" not in root.attrs else _classic(root)
        if not layers:
            raise EyecandyError(f"weight file {path} holds no layers; expected a Keras weight file (.h5, .weights.h5)")
        yield layers


def _classic(root: h5py.Group) -> dict[str, list[h5py.Dataset]]:
    found = {}
    for name, group in root.items():
        weight_names = group.attrs.get("weight_names", ())
        paths = [path.decode() if isinstance(path, bytes) else str(path) for path in weight_names]
        if paths:
            found[name] = [group[path] for path in paths if path in group]
    return found


def _keras3(root: h5py.Group) -> dict[str, list[h5py.Dataset]]:
    found = {}
    for automatic_name, group in root.items():
        variables = group.get("vars", {})
        if len(variables):
            # The group is called after the layer's class; the layer's own name is an attribute.
            name = str(variables.attrs.get("name", automatic_name))
            found[name] = [variables[key] for key in sorted(variables, key=int)]
    return found


def check(path: Path, shapes: Mapping[str, Shape]) -> None:
    """Make sure that a weight file holds what a network needs.

    Args:
        path: a Keras weight file.
        shapes: the kernel's shape (h, w, in, out) of each convolution; a file may hold the same numbers as a dense
            layer's (h * w * in, out).

    Raises:
        EyecandyError: the file is missing or damaged, lacks a layer, or holds another shape.
    """
    with opened(path) as layers:
        _check(path, layers, shapes)


def read(path: Path, shapes: Mapping[str, Shape]) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Name, kernel (h, w, in, out) and bias (out,) of each layer in `shapes`, float32, after `check`."""
    with opened(path) as layers:
        _check(path, layers, shapes)
        for name, shape in shapes.items():
            kernel, bias = layers[name]
            try:
                yield name, np.asarray(kernel, np.float32).reshape(shape), np.asarray(bias, np.float32)
            except OSError as error:
                raise EyecandyError(f"weight file {path} is damaged: layer {name!r} cannot be read") from error


def _check(path: Path, layers: Mapping[str, list[h5py.Dataset]], shapes: Mapping[str, Shape]) -> None:
    for name, shape in shapes.items():
        if name not in layers:
            hint = " (a 'notop' file has no classes; take the whole network's)" if "block1_conv1" in layers else ""
            raise EyecandyError(f"weight file {path} has no layer {name!r}{hint}; its layers are {', '.join(layers)}")
        found = [dataset.shape for dataset in layers[name]]
        kernels = (shape, (prod(shape[:3]), shape[3]))
        if len(found) != 2 or found[0] not in kernels or found[1] != shape[3:]:
            expected = f"kernel {' or '.join(map(str, kernels))} and bias {shape[3:]}"
            received = " and ".join(map(str, found))
            raise EyecandyError(f"weight file {path}, layer {name!r}: expected {expected}, got {received}")

"""What Keras 2 leaves behind: `.h5` and `.keras` files, SavedModel folders, and models in this process."""

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py

from eyecandy._tensorflow import keras, tf
from eyecandy.backbone.adopt.keras2 import network, weights
from eyecandy.errors import EyecandyError

_METADATA = "keras_metadata.pb"


def is_live(model: object) -> bool:
    """Whether something is a model of tf_keras."""
    return any(base.__name__ == "Model" and base.__module__.startswith("tf_keras.") for base in type(model).__mro__)


def from_live(model: Any) -> keras.Model:
    """A model of Keras 2 in this process, which stays as it is."""
    kind = next(
        (base.__name__ for base in type(model).__mro__ if base.__name__ in ("Sequential", "Functional")),
        type(model).__name__,
    )
    # Its configuration is made as plain data, as a file has it.
    config = json.loads(model.to_json())["config"] if kind in ("Sequential", "Functional") else {}
    rebuilt, part = network.rebuild(kind, config, fallback=getattr(model, "input_shape", None))
    weights.from_live(part, model)
    return rebuilt


def from_h5(file: h5py.File, config: Mapping[str, Any]) -> keras.Model:
    """A whole-model `.h5` file of Keras 1.2 to 2, already opened, whose `model_config` is `config`."""
    rebuilt, part = network.rebuild(str(config["class_name"]), config["config"])
    weights.from_classic(part, _Checked(file["model_weights"]))
    return rebuilt


def from_zip(file: zipfile.ZipFile, config: Mapping[str, Any]) -> keras.Model:
    """A `.keras` file of Keras 2.12 to 2, already opened, whose `config.json` is `config`."""
    kind = str(config["class_name"])
    rebuilt, part = network.rebuild(kind, config["config"])
    with h5py.File(io.BytesIO(file.read("model.weights.h5")), "r") as stored:
        weights.from_zipped(part, _Checked(stored))
    return rebuilt


def has_metadata(folder: Path) -> bool:
    """Whether a SavedModel folder was written by Keras 2, and so says what its layers are."""
    return (folder / _METADATA).is_file()


def from_saved_model(folder: Path) -> keras.Model:
    """A SavedModel folder of Keras 2.4 to 2, with its `keras_metadata.pb`. Its TensorFlow graphs are not run."""
    config = _root((folder / _METADATA).read_bytes())
    rebuilt, part = network.rebuild(str(config["class_name"]), config["config"])
    reader = tf.train.load_checkpoint(str(folder / "variables" / "variables"))
    nodes = _objects(reader.get_tensor("_CHECKPOINTABLE_OBJECT_GRAPH"))
    weights.from_checkpoint(part, nodes, 0, reader.get_tensor)
    return rebuilt


def _root(metadata: bytes) -> Mapping[str, Any]:
    """The whole model's record among those of all objects: JSON in a protocol buffer that no public module reads."""
    start = metadata.find(b'{"')
    if start < 0:
        raise EyecandyError(f"its {_METADATA} holds no model")
    config, _ = json.JSONDecoder().raw_decode(metadata[start:].decode("utf-8", "replace"))
    return config


def _objects(serialized: bytes) -> Any:
    from tensorflow.core.protobuf import trackable_object_graph_pb2

    graph = trackable_object_graph_pb2.TrackableObjectGraph()
    graph.ParseFromString(serialized)
    return graph.nodes


class _Checked:
    """A group of an HDF5 file that gives nothing that lies in another file."""

    def __init__(self, group: h5py.Group) -> None:
        self._group, self.attrs = group, group.attrs

    def __contains__(self, name: str) -> bool:
        return name in self._group

    def __iter__(self) -> Any:
        return iter(self._group)

    def __getitem__(self, name: str) -> Any:
        inner = self._group
        for piece in name.strip("/").split("/"):
            if isinstance(inner.get(piece, getlink=True), h5py.ExternalLink):
                raise EyecandyError(f"its weights {name!r} lie in another file")
            inner = inner[piece]
        if isinstance(inner, h5py.Group):
            return _Checked(inner)
        if inner.external or inner.is_virtual:
            raise EyecandyError(f"its weights {name!r} lie in another file")
        return inner

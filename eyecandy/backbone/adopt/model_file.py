"""A file or folder that holds a whole model, opened without running code from it."""

import json
import re
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import h5py

from eyecandy._tensorflow import keras
from eyecandy.backbone.adopt.keras2 import files as keras2
from eyecandy.backbone.graph import gist
from eyecandy.backbone.preprocessing import Mode
from eyecandy.backbone.weights import hdf5
from eyecandy.backbone.weights.files import file_hash
from eyecandy.errors import EyecandyError

_ZIP, _HDF5 = (".keras",), (".h5", ".hdf5")
SUFFIXES = (*_ZIP, *_HDF5)
_WEIGHTS_ONLY = ".weights.h5"
_SAVED_MODEL, _LABELS = "saved_model.pb", "labels.txt"
# As a browser, or a file system that knows no case, may have changed them.
_TEACHABLE = re.compile(r"(keras_model( ?\(\d+\))?\.h5|model\.savedmodel( ?\(\d+\))?)", re.IGNORECASE)
# Layers that bring code: Python in a Lambda, TensorFlow's in the others.
_CODE = ("Lambda", "__lambda__", "TFSMLayer")


@dataclass(frozen=True)
class Export:
    """What a path stands for: a model, and what lies beside it.

    Attributes:
        model: a model file or a SavedModel folder.
        labels: a file of labels; None where there is none.
        preprocessing: what the program that exported the model does to pixels; None where that is not known.
    """

    model: Path
    labels: Path | None = None
    preprocessing: Mode | None = None


def export(path: Path) -> Export:
    """What is to be opened where a path is given: itself, or the model in a folder with its labels.

    A folder may be a SavedModel, or hold one model beside `labels.txt`. What Teachable Machine exports
    (`keras_model.h5` or `model.savedmodel`) was trained on pixels from -1 to 1.

    Raises:
        EyecandyError: a folder without a model, or with several.
    """
    if not path.is_dir() or (path / _SAVED_MODEL).is_file():
        beside = path.parent / _LABELS
        own = _is_teachable(path) and beside.is_file()
        return Export(path, beside, "tf") if own else Export(path)
    try:
        entries = sorted(path.iterdir())
    except OSError as error:
        raise EyecandyError(f"folder {path} cannot be read: {error.strerror}") from error
    models = [
        entry
        for entry in entries
        if not entry.name.startswith(".")  # such as macOS's ._keras_model.h5
        and (
            (entry.suffix.lower() in SUFFIXES and not entry.name.endswith(_WEIGHTS_ONLY))
            or (entry / _SAVED_MODEL).is_file()
        )
    ]
    if not models:
        raise EyecandyError(
            f"{path} is a folder without a model; expected a Keras model file such as model.save('name.keras') "
            "writes, a SavedModel folder, or a Teachable Machine export (keras_model.h5 and labels.txt)"
        )
    if len(models) > 1:
        names = ", ".join(entry.name for entry in models)
        raise EyecandyError(f"folder {path} holds several models ({names}); name one of them")
    labels = path / _LABELS
    if not labels.is_file():
        return Export(models[0])
    return Export(models[0], labels, "tf" if _is_teachable(models[0]) else None)


def _is_teachable(path: Path) -> bool:
    return _TEACHABLE.fullmatch(path.name) is not None


def hashed(path: Path) -> str:
    """The SHA-256 of a model file, or of a SavedModel's files of weights one after the other."""
    if path.is_file():
        return file_hash(path)
    parts = sorted((path / "variables").glob("variables.data-*"))
    return sha256("".join(map(file_hash, parts)).encode()).hexdigest() if len(parts) > 1 else file_hash(parts[0])


def load(path: Path) -> keras.Model:
    """The model in a `.keras` file, a whole-model `.h5` file, or a SavedModel folder of Keras 2.

    Files of Keras 2 are translated; Keras 2 itself is not needed.

    Raises:
        EyecandyError: the file is missing, damaged or holds no model, or needs code that it does not carry.
    """
    opened: Callable[[Path], keras.Model]
    if path.is_dir():
        opened = _from_folder
    elif not path.is_file():
        raise EyecandyError(f"model file {path} does not exist; expected a file ending in {', '.join(SUFFIXES)}")
    elif path.suffix.lower() == ".zip":
        raise EyecandyError(f"{path} is an archive; unpack it and give the folder, or the model file in it")
    elif path.suffix.lower() not in SUFFIXES:
        raise EyecandyError(f"{path} is no Keras model file; expected a name ending in {', '.join(SUFFIXES)}")
    elif path.name.endswith(_WEIGHTS_ONLY):
        raise EyecandyError(
            f"{path} holds weights only; expected a whole model (model.save('name.keras')), "
            "or pass the file as weights= (--weights) of a named backbone"
        )
    else:
        opened = _from_hdf5 if h5py.is_hdf5(path) else _from_zip
    try:
        return opened(path)
    except _Refusal:
        raise
    except Exception as error:  # whatever a damaged or foreign file makes Keras run into
        raise EyecandyError(
            f"{path} cannot be loaded as a Keras model: {gist(error)} If it needs layers or functions of your own, "
            "load it with keras.saving.load_model(..., custom_objects=...) and pass the model itself"
        ) from error


class _Refusal(EyecandyError):
    """What is said as it is."""


def from_live(model: Any) -> keras.Model:
    """A model of Keras 2 (tf_keras) in this process, translated; it stays as it is.

    Raises:
        EyecandyError: it holds what cannot be translated.
    """
    try:
        return keras2.from_live(model)
    except Exception as error:  # as for files
        raise EyecandyError(
            f"the model {getattr(model, 'name', '')!r} of Keras 2 cannot be translated to Keras 3: {gist(error)}"
        ) from error


def _from_folder(folder: Path) -> keras.Model:
    if not keras2.has_metadata(folder):
        raise _Refusal(
            f"{folder} is a SavedModel of TensorFlow graphs alone, without the layers that a backbone is made of; "
            "save the model itself, with model.save('name.keras'), and open that file"
        )
    return keras2.from_saved_model(folder)


def _from_hdf5(path: Path) -> keras.Model:
    try:
        hdf5.probe(path)
    except EyecandyError as error:
        raise _Refusal(str(error)) from error
    with h5py.File(path, "r") as file:
        text = file.attrs.get("model_config")
        if text is None:
            raise _Refusal(
                f"{path} holds weights only, or no model of Keras; expected a whole model (model.save('name.keras')), "
                "or pass the file as weights= (--weights) of a named backbone"
            )
        config = json.loads(text)
        _refuse_code(path, config)
        if _major(file.attrs.get("keras_version", file["model_weights"].attrs.get("keras_version"))) < 3:
            return keras2.from_h5(file, config)
    return _from_keras3(path, _HDF5)


def _from_zip(path: Path) -> keras.Model:
    if not zipfile.is_zipfile(path):
        raise _Refusal(f"{path} is damaged or no Keras model; expected what model.save('name.keras') writes")
    with zipfile.ZipFile(path) as file:
        config = json.loads(file.read("config.json"))
        _refuse_code(path, config)
        names = file.namelist()
        version = json.loads(file.read("metadata.json")).get("keras_version") if "metadata.json" in names else None
        if version is not None and _major(version) < 3:
            return keras2.from_zip(file, config)
    return _from_keras3(path, _ZIP)


def _from_keras3(path: Path, suffixes: tuple[str, ...]) -> keras.Model:
    if path.suffix in suffixes:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    # Keras goes by the suffix, we by what is in the file: "OWN.KERAS", or an .h5 that somebody called .keras.
    with tempfile.TemporaryDirectory() as folder:
        named = Path(folder) / f"{path.stem}{suffixes[0]}"
        shutil.copyfile(path, named)
        return keras.saving.load_model(named, compile=False, safe_mode=True)


def _major(version: Any) -> int:
    """The first number of a version; 2 where there is none, as in files of Keras 1 or of TensorFlow.js."""
    text = version.decode("utf-8", "replace") if isinstance(version, bytes) else str(version)
    found = re.match(r"\d{1,9}", text)
    return int(found[0]) if found else 2


def _refuse_code(path: Path, config: Any) -> None:
    """Keras refuses code too, in most places; a file is refused before Keras reads it."""
    for record in _records(config):
        if record.get("class_name") in _CODE:
            inner = record.get("config")
            name = inner.get("name") if isinstance(inner, Mapping) else None
            kind = "Lambda" if record["class_name"] == "__lambda__" else record["class_name"]
            raise _Refusal(
                f"{path} carries code in a {kind} layer{'' if name is None else f' ({name})'}, which is never run "
                "from a file; build the model in Python, load its weights, and pass the model itself"
            )


def _records(value: Any) -> Iterator[Mapping[str, Any]]:
    """All dictionaries in a configuration, however deep."""
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, Mapping):
            yield value
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value

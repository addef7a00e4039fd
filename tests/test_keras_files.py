"""Saved models: those that load, and files that are none."""

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from keras_models import Doubled, L, average, model_of, nested, picture, through

from eyecandy import load_backbone
from eyecandy.backbone.weights import hdf5
from eyecandy.errors import EyecandyError

pytestmark = pytest.mark.usefixtures("seeded_keras")


@pytest.mark.parametrize("name", ["net.keras", "net.h5"])
def test_a_saved_model(name: str, tmp_path: Path) -> None:
    model = nested() if name.endswith("keras") else model_of(average)
    model.save(tmp_path / name)
    backbone = load_backbone(tmp_path / name)
    assert backbone.name == "net"
    assert len(backbone.weights_sha256 or "") == 64
    expected = load_backbone(model).class_map(picture())
    np.testing.assert_allclose(backbone.class_map(picture()), expected, rtol=1e-4, atol=1e-4)


def refusal(path: Path, **arguments: Any) -> str:
    with pytest.raises(EyecandyError) as error:
        load_backbone(path, **arguments)
    assert "\n" not in str(error.value)
    assert str(path) in str(error.value)
    return str(error.value)


def rewritten(path: Path, old: bytes, new: bytes) -> None:
    """A `.keras` file with other words in its configuration."""
    with zipfile.ZipFile(path) as file:
        contents = {name: file.read(name) for name in file.namelist()}
    contents["config.json"] = contents["config.json"].replace(old, new)
    with zipfile.ZipFile(path, "w") as file:
        for name, content in contents.items():
            file.writestr(name, content)


def test_a_missing_model_file(tmp_path: Path) -> None:
    assert "does not exist" in refusal(tmp_path / "none.keras")


@pytest.mark.parametrize("name", ["net.keras", "net.h5"])
@pytest.mark.parametrize("share", [0, 0.5, 0.99])
def test_a_damaged_model_file(name: str, share: float, tmp_path: Path) -> None:
    path = tmp_path / name
    model_of(average).save(path)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    refusal(path)


def test_a_zip_that_is_no_model(tmp_path: Path) -> None:
    path = tmp_path / "net.keras"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("config.json", json.dumps({"hello": "world"}))
    assert "cannot be loaded as a Keras model" in refusal(path)


def test_weights_without_a_model(tmp_path: Path) -> None:
    path = tmp_path / "net.weights.h5"
    model_of(average).save_weights(path)
    assert "holds weights only" in refusal(path)


def test_another_kind_of_file(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(b"?")
    assert "expected a name ending in .keras, .h5, .hdf5" in refusal(path)


def test_a_folder(tmp_path: Path) -> None:
    assert "is a folder without a model; expected a Keras model file" in refusal(tmp_path)


def test_a_saved_layer_of_ones_own_is_named(tmp_path: Path) -> None:
    path = tmp_path / "net.keras"
    through(lambda: Doubled(name="doubled")).save(path)
    # As in another program, where the class has not been defined.
    rewritten(path, Doubled.__module__.encode(), b"elsewhere")
    message = refusal(path)
    assert "Doubled" in message
    assert "custom_objects" in message


@pytest.mark.parametrize("name", ["net.keras", "net.h5"])
def test_code_in_a_file_is_not_run(name: str, tmp_path: Path) -> None:
    path, ran = tmp_path / name, tmp_path / "ran"
    code = L.Lambda(lambda x, ran=str(ran): x * float(bool(open(ran, "w"))), output_shape=(10, 10, 8))  # noqa: SIM115, PTH123
    through(lambda: code).save(path)
    ran.unlink(missing_ok=True)
    assert "carries code in a Lambda layer" in refusal(path)
    assert not ran.exists()


def test_a_saved_model_inside_a_file_is_not_run(tmp_path: Path) -> None:
    path = tmp_path / "net.keras"
    through(lambda: Doubled(name="doubled")).save(path)
    rewritten(path, Doubled.__name__.encode(), b"TFSMLayer")
    assert "carries code in a TFSMLayer layer (doubled)" in refusal(path)


@pytest.mark.parametrize(("kind", "name"), [(".h5", "net.keras"), (".keras", "net.h5"), (".keras", "NET.KERAS")])
def test_a_model_file_is_what_is_in_it_whatever_it_is_called(tmp_path: Path, kind: str, name: str) -> None:
    model, path = model_of(average), tmp_path / f"model{kind}"
    model.save(path)
    path = path.rename(tmp_path / name)
    pixels = np.random.default_rng(0).integers(0, 256, (1, 64, 64, 3)).astype(np.float32)
    expected = load_backbone(model).probabilities(pixels, "average")
    np.testing.assert_allclose(load_backbone(path).probabilities(pixels, "average"), expected, atol=1e-6)


def test_a_whole_model_is_wanted(tmp_path: Path) -> None:
    path = tmp_path / "net.weights.h5"
    model_of(average).save_weights(path)
    assert "holds weights only, or no model of Keras" in refusal(path.rename(tmp_path / "net.h5"))


def test_a_folder_of_tensorflow_graphs_alone(tmp_path: Path) -> None:
    model_of(average).export(tmp_path / "net", verbose=False)
    assert "is a SavedModel of TensorFlow graphs alone" in refusal(tmp_path / "net")


def test_a_file_that_sends_the_hdf5_library_round_in_circles(tmp_path: Path) -> None:
    path = tmp_path / "net.h5"
    model_of(average).save(path)
    content = path.read_bytes()
    heap = content.index(b"GCOL")  # where texts lie; an object of no number and no length follows its header now
    path.write_bytes(content[: heap + 16] + bytes(16) + content[heap + 32 :])
    with pytest.raises(EyecandyError, match="the HDF5 library came to no end with it in 8 s"):
        hdf5.probe(path, patience=8)

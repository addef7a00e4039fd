"""Settings of other programs: they change nothing, or one line says which of them stands in the way."""

import json
import multiprocessing
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Barrier

import numpy as np
import pytest

from eyecandy import Backbone, load_backbone, saliency
from eyecandy._tensorflow import defaults, keras, tf
from eyecandy.detection.figures import sheet
from eyecandy.errors import EyecandyError

# Its own settings file says all that could be wrong, another thread talks while TensorFlow starts, and then things are
# switched that cannot be switched back.
SCRIPT = """
import sys, threading, time
over = threading.Event()
def talk():
    for number in range(10_000):
        sys.stderr.write(f"line {number}\\n")
        sys.stderr.flush()
        if over.wait(0.02):
            return print("lines", number + 1)
thread = threading.Thread(target=talk)
thread.start()
import eyecandy, numpy as np
from eyecandy._tensorflow import keras, tf
over.set()
thread.join()
print("found", keras.config.image_data_format(), keras.config.floatx())
picture = np.arange(64 * 96 * 3, dtype=np.float32).reshape(1, 64, 96, 3) % 256
print("mean", float(eyecandy.load_backbone().class_map(picture).mean()))
for switch in (tf.experimental.numpy.experimental_enable_numpy_behavior, tf.compat.v1.disable_eager_execution):
    switch()
    try:
        eyecandy.load_backbone()
    except eyecandy.EyecandyError as error:
        print("refused", error)
"""


def python(script: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **settings}
    return subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=300)


def test_a_settings_file_a_talking_thread_and_switches(net: Backbone, tmp_path: Path) -> None:
    settings = {"floatx": "float16", "epsilon": 1e-7, "backend": "jax", "image_data_format": "channels_first"}
    (tmp_path / "keras.json").write_text(json.dumps(settings))
    ran = python(SCRIPT, KERAS_HOME=str(tmp_path), KERAS_BACKEND="jax")
    assert ran.returncode == 0, ran.stderr
    said = dict(line.split(" ", 1) for line in ran.stdout.splitlines() if not line.startswith("refused"))
    # What the user had set is still set for the user's own code.
    assert said["found"] == "channels_first float16"
    picture = np.arange(64 * 96 * 3, dtype=np.float32).reshape(1, 64, 96, 3) % 256
    assert float(said["mean"]) == pytest.approx(net.class_map(picture).mean(), rel=1e-4)
    # All of the thread's lines in their order, and nothing of TensorFlow's.
    lines = ran.stderr.splitlines()
    assert [line for line in lines if line.startswith("line ")] == [f"line {n}" for n in range(int(said["lines"]))]
    assert int(said["lines"]) > 5
    assert not [line for line in lines if "oneDNN" in line or "absl::InitializeLog" in line]
    numpy_like, eager = [line for line in ran.stdout.splitlines() if line.startswith("refused")]
    assert "experimental_enable_numpy_behavior" in numpy_like
    assert "eager execution is switched off (tf.compat.v1.disable_eager_execution" in eager


@pytest.mark.parametrize("text", ['{"floatx": "bfloat16"}', "[1]", '{"epsilon": 1}'])
def test_a_settings_file_that_keras_does_not_take_is_named(text: str, tmp_path: Path) -> None:
    (tmp_path / "keras.json").write_text(text)
    ran = python("import eyecandy.cli.app as a, sys; sys.exit(a.run(['layers']))", KERAS_HOME=str(tmp_path))
    assert ran.returncode == 2
    (line,) = ran.stderr.splitlines()
    assert line.startswith(f"eyecandy: Keras cannot be started with the settings in {tmp_path / 'keras.json'}: ")
    assert line.endswith("mend or remove that file, or set KERAS_HOME to another folder")


@pytest.mark.usefixtures("seeded_keras")
def test_a_precision_policy_and_channels_first_stay_the_callers_own() -> None:
    def network() -> Backbone:
        with defaults():
            image = keras.Input((None, None, 3))
            x = keras.layers.Conv2D(4, 3, kernel_initializer=keras.initializers.HeNormal(1))(image)
            logits = keras.layers.Dense(3, kernel_initializer="ones")(keras.layers.GlobalAveragePooling2D()(x))
            model = keras.Model(image, logits)
        return load_backbone(model)

    picture = np.random.default_rng(0).uniform(0, 255, (1, 40, 48, 3)).astype(np.float32)
    expected = network().class_map(picture)
    try:
        keras.config.set_dtype_policy("mixed_float16")
        keras.config.set_floatx("float64")
        keras.config.set_image_data_format("channels_first")
        received = network().class_map(picture)
        assert keras.config.dtype_policy().name == "mixed_float16"
        assert (keras.config.floatx(), keras.config.image_data_format()) == ("float64", "channels_first")
    finally:
        keras.config.set_floatx("float32")
        keras.config.set_image_data_format("channels_last")
        keras.config.set_dtype_policy("float32")
    np.testing.assert_allclose(received, expected, rtol=1e-5)


def test_threads_that_make_layers_at_once_leave_the_callers_settings() -> None:
    first, both, one_left = Barrier(2, timeout=60), Barrier(2, timeout=60), Barrier(2, timeout=60)

    def make(number: int) -> tuple[str, str]:
        if number:
            first.wait()
        with defaults():
            if not number:
                first.wait()
            both.wait()
            if number:
                one_left.wait()
            seen = keras.config.image_data_format(), keras.config.floatx()
        if not number:
            one_left.wait()
        return seen

    try:
        keras.config.set_image_data_format("channels_first")
        keras.config.set_floatx("float64")
        with ThreadPoolExecutor(2) as pool:
            assert list(pool.map(make, range(2))) == [("channels_last", "float32")] * 2
        assert (keras.config.image_data_format(), keras.config.floatx()) == ("channels_first", "float64")
    finally:
        keras.config.set_floatx("float32")
        keras.config.set_image_data_format("channels_last")


def test_inside_a_traced_function_is_said(tiny_net: Backbone) -> None:
    pictures = tf.data.Dataset.from_tensors(np.zeros((64, 64, 3), np.float32))
    for use in (lambda x: tiny_net.class_map(x[None]), lambda x: saliency(x, 0, backbone=tiny_net)):
        with pytest.raises(Exception, match=r"called inside a tf\.function, .*; call it outside, or through"):
            pictures.map(use)
    (outside,) = pictures.map(lambda x: tf.py_function(lambda y: tiny_net.class_map(y[None]), [x], tf.float32))
    np.testing.assert_allclose(outside, tiny_net.class_map(np.zeros((1, 64, 64, 3))), rtol=1e-5)


def _in_a_fork(pipe: Connection, backbone: Backbone) -> None:
    said = []
    for use in (load_backbone, lambda: backbone.class_map(np.zeros((1, 64, 64, 3), np.float32))):
        try:
            use()
        except EyecandyError as error:
            said.append(str(error))
    pipe.send(said)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_fork_after_tensorflow_has_run_is_said(net: Backbone) -> None:
    net.class_map(np.zeros((1, 64, 64, 3), np.float32))
    receiver, sender = multiprocessing.Pipe(duplex=False)
    child = multiprocessing.get_context("fork").Process(target=_in_a_fork, args=(sender, net))
    child.start()
    assert receiver.poll(60), "the child waits for ever"
    said = receiver.recv()
    child.join()
    assert len(said) == 2
    assert all("forked from one in which TensorFlow had run" in line and "'spawn'" in line for line in said)


def test_figures_are_the_same_whatever_matplotlibrc_says() -> None:
    import matplotlib

    panel = sheet.Panel(np.full((40, 60, 3), 90, np.uint8), "A title with $ and _", ("one line",))
    expected = sheet.png(sheet.draw([sheet.Section([panel], sheet.LARGE)]))
    theirs = {
        "text.usetex": True,
        "font.family": "No Such Font",
        "axes.facecolor": "red",
        "axes.grid": True,
        "figure.autolayout": True,
        "savefig.dpi": 7,
        "image.origin": "lower",
        "text.antialiased": False,
    }
    with matplotlib.rc_context(theirs):
        received = sheet.png(sheet.draw([sheet.Section([panel], sheet.LARGE)]))
        assert matplotlib.rcParams["text.usetex"]
    assert received == expected


def test_a_backend_that_matplotlib_does_not_know_is_named() -> None:
    script = """
import eyecandy
try:
    import eyecandy.detection.figures.sheet
except eyecandy.EyecandyError as error:
    print(error)
"""
    (line,) = python(script, MPLBACKEND="nonsense").stdout.splitlines()
    assert line.startswith("matplotlib cannot be started with MPLBACKEND='nonsense' or its settings file: ")
    assert line.endswith("set MPLBACKEND=agg, or mend the file")

"""TensorFlow and Keras, imported quietly and once, whatever settings of other programs they find."""

import ctypes
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from eyecandy._fork import after_tensorflow
from eyecandy._quiet import quiet
from eyecandy.errors import EyecandyError

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
if "keras" not in sys.modules:
    os.environ["KERAS_BACKEND"] = "tensorflow"
try:
    with quiet():
        import keras
        import tensorflow as tf
except (AssertionError, ValueError, TypeError, AttributeError, OSError) as error:
    # Keras reads its settings while it is imported, and takes no other errors of these kinds.
    folder = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    why = str(error).splitlines()[0] if str(error) else f"a value that Keras does not take ({type(error).__name__})"
    raise EyecandyError(
        f"Keras cannot be started with the settings in {folder / 'keras.json'}: {why}; mend or remove that file, "
        "or set KERAS_HOME to another folder"
    ) from error

if keras.backend.backend() != "tensorflow":
    raise EyecandyError(
        f"Keras runs on {keras.backend.backend()!r}, but eyecandy needs 'tensorflow'; "
        "set KERAS_BACKEND=tensorflow before Keras is imported"
    )

_FORKED = (
    "this process was forked from one in which TensorFlow had run already, and would wait for it for ever; start "
    "processes with multiprocessing.get_context('spawn'), or fork before eyecandy is used"
)


_NUMPY = "reshape"  # a method that tensors have only then


def check(*, traced: bool = False) -> None:
    """Makes sure that TensorFlow can compute in this process, here and now.

    Args:
        traced: whether that may be while a `tf.function` is traced, where there are no numbers yet.

    Raises:
        EyecandyError: it cannot; the message names what stands in the way.
    """
    if after_tensorflow():
        raise EyecandyError(_FORKED)
    if not traced and tf.inside_function():
        raise EyecandyError(
            "eyecandy is called inside a tf.function, such as Dataset.map makes of what it is given, where pictures "
            "have no pixels yet; call it outside, or through tf.py_function"
        )
    if not tf.compat.v1.executing_eagerly_outside_functions():
        raise EyecandyError(
            "TensorFlow's eager execution is switched off (tf.compat.v1.disable_eager_execution or "
            "disable_v2_behavior), and eyecandy needs it; leave that call out, or run eyecandy in a process of its own"
        )
    if _NUMPY in vars(tf.Tensor):
        raise EyecandyError(
            "TensorFlow has been told to treat tensors as NumPy does (experimental_enable_numpy_behavior), which "
            "changes the numbers that networks compute in; leave that call out, or run eyecandy in a process of its own"
        )


class _Process:
    """What Keras keeps for all threads together, set aside from the first that makes layers to the last."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.inside = 0
        self.found = ("channels_last", "float32")

    def enter(self) -> None:
        with self.lock:
            if self.inside == 0:
                self.found = keras.config.image_data_format(), keras.config.floatx()
                keras.config.set_image_data_format("channels_last")
                keras.config.set_floatx("float32")
            self.inside += 1

    def leave(self) -> None:
        with self.lock:
            self.inside -= 1
            if self.inside == 0:
                keras.config.set_image_data_format(self.found[0])
                keras.config.set_floatx(self.found[1])


_process = _Process()


@contextmanager
def defaults() -> Iterator[None]:
    """Keras with its own defaults while layers are made, whatever keras.json or the calling program has set.

    Those are channels last, float32, and no mixed precision. What was set is back afterwards, also where several
    threads make layers at once.

    Raises:
        EyecandyError: as `check`.
    """
    check()
    _process.enter()
    try:
        policy = keras.config.dtype_policy()  # each thread has its own
        keras.config.set_dtype_policy("float32")
        try:
            yield
        finally:
            keras.config.set_dtype_policy(policy)
    finally:
        _process.leave()


def _return_large_blocks() -> None:
    """Lets glibc give every large tensor its own mapping, returned when the tensor goes.

    By default glibc raises that threshold to 32 MB while a process runs; tensors of photos of a hundred sizes then
    leave holes in the heap, and memory creeps up by half over a hundred photos.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        mmap_threshold, trim_threshold = -3, -1  # M_MMAP_THRESHOLD, M_TRIM_THRESHOLD of malloc.h
        mallopt(mmap_threshold, 1 << 20)
        mallopt(trim_threshold, 1 << 20)


_return_large_blocks()

__all__ = ["check", "defaults", "keras", "tf"]

"""TensorFlow and Keras, imported quietly and once.

TensorFlow's compiled part writes to file descriptor 2 before any logging level is in force, so the descriptor itself
is set aside while the import runs. If the import fails, what was said comes out after all.
"""

import ctypes
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from eyecandy.errors import EyecandyError


@contextmanager
def _quiet() -> Iterator[None]:
    try:
        saved = os.dup(2)
    except OSError:  # no standard error at all: nothing to keep quiet
        yield
        return
    with tempfile.TemporaryFile() as said:
        sys.stderr.flush()
        os.dup2(said.fileno(), 2)
        try:
            yield
        except BaseException:
            said.seek(0)
            os.write(saved, said.read())
            raise
        finally:
            os.dup2(saved, 2)
            os.close(saved)


os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
if "keras" not in sys.modules:
    os.environ["KERAS_BACKEND"] = "tensorflow"
with _quiet():
    import keras
    import tensorflow as tf

if keras.backend.backend() != "tensorflow":
    raise EyecandyError(
        f"Keras runs on {keras.backend.backend()!r}, but eyecandy needs 'tensorflow'; "
        "set KERAS_BACKEND=tensorflow before Keras is imported"
    )


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

__all__ = ["keras", "tf"]

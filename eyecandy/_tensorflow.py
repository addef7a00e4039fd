"""TensorFlow and Keras, imported quietly and once.

TensorFlow's compiled part writes to file descriptor 2 before any logging level is in force, so the descriptor itself
is set aside while the import runs. If the import fails, what was said comes out after all.
"""

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
    import tensorflow as tf

    import keras

if keras.backend.backend() != "tensorflow":
    raise EyecandyError(
        f"Keras runs on {keras.backend.backend()!r}, but eyecandy needs 'tensorflow'; "
        "set KERAS_BACKEND=tensorflow before Keras is imported"
    )

__all__ = ["keras", "tf"]

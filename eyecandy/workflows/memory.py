"""The end of the memory, as one line that says what to try."""

from collections.abc import Iterator
from contextlib import contextmanager

from eyecandy.errors import EyecandyError


def is_out_of_memory(error: Exception) -> bool:
    """Whether it is Python's way to say so, or TensorFlow's, whose class cannot be named without starting it."""
    return isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError"


@contextmanager
def memory(refusal: EyecandyError) -> Iterator[None]:
    """Raises the refusal where the block runs out of memory."""
    try:
        yield
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        raise refusal from error

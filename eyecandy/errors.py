"""What a user can cause."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial


class EyecandyError(ValueError):
    """Something the caller can put right.

    The message is one line that says what is wrong, what was expected, what was received and what to do. The
    command line prints it and exits with code 2; anything else that is raised is a defect of eyecandy.
    """


class OptionError(EyecandyError):
    """An option that will not do, in a message that names options as its reader writes them.

    Args:
        template: the message for `str.format`: `{}` stands where an option is named, `{got}` and the like for values.
        options: the names of the options, as in Python, in the order of the `{}`.
        values: the values, by name.

    >>> error = OptionError("{} must be at least 1, got {got}", "min_size", got=0)
    >>> str(error)
    'min_size must be at least 1, got 0'
    >>> error.spelled(lambda name: "--" + name.replace("_", "-"))
    '--min-size must be at least 1, got 0'
    """

    def __init__(self, template: str, *options: str, **values: object) -> None:
        super().__init__(template.format(*options, **values))
        self.template, self.options, self.values = template, options, values

    def spelled(self, spelling: Callable[[str], str]) -> str:
        """The message with each option as `spelling` writes its name."""
        return self.template.format(*map(spelling, self.options), **self.values)

    def __reduce__(self) -> tuple[Callable[..., "OptionError"], tuple[()]]:
        # an exception is copied by its message alone, which is no template
        return partial(type(self), self.template, *self.options, **self.values), ()


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

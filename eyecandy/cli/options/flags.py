"""What the options are called on the command line: `style_layers` in Python is `--style-layer` here."""

from eyecandy.errors import EyecandyError, OptionError

_QUOTES = "\"'"


def flag(option: str) -> str:
    """An option, such as `size` or `tile="off"`, as it is given on the command line.

    One that holds several layers is given once for each: `layers` is `--layer`. What is no name, such as "the weight
    of a painting", stays as it is.
    """
    name, _, value = option.partition("=")
    if not name.isidentifier():
        return option
    spelled = "--" + name.replace("_", "-")
    if name.endswith("layers"):
        spelled = spelled.removesuffix("s")
    return spelled if value in ("", "True") else f"{spelled} {value.strip(_QUOTES)}"


def reason(error: EyecandyError) -> str:
    """What is wrong, with options named as they are on the command line."""
    return error.spelled(flag) if isinstance(error, OptionError) else str(error)

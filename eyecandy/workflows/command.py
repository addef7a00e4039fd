"""The command line that does what was asked for. What Python calls `style_layers` is `--style-layer` there."""

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from eyecandy.art.core.options import ELSEWHERE
from eyecandy.errors import EyecandyError, OptionError

Knobs = Mapping[str, Any]
"""The options given, by the names of their fields."""

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


def spelled(command: Sequence[str], knobs: Knobs) -> str:
    """The command line that does the same, without `ELSEWHERE`.

    Args:
        command: the command and its arguments.
        knobs: its options.
    """
    words = ["eyecandy", *command]
    for name, value in knobs.items():
        if name in ELSEWHERE:
            continue
        if value is True:
            words.append(flag(name))
        elif value is not None and value is not False:
            for each in value if isinstance(value, list | tuple) else [value]:
                words += [flag(name), str(each)]
    return shlex.join(words)

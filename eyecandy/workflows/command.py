"""The command line that does what was asked for. What Python calls `style_layers` is `--style-layer` there."""

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from eyecandy.arguments import Hint, described
from eyecandy.art.core.options import ELSEWHERE
from eyecandy.errors import EyecandyError, OptionError

Knobs = Mapping[str, Any]
"""The options given, by the names of their fields."""

_QUOTES = "\"'"
_SHORTER = {"name_as": "as"}  # a word that Python keeps for itself


def flag(option: str) -> str:
    """An option, such as `size` or `tile="off"`, as it is given on the command line.

    One that holds several layers is given once for each: `layers` is `--layer`. What is no name, such as "the weight
    of a painting", stays as it is.
    """
    name, _, value = option.partition("=")
    if not name.isidentifier():
        return option
    spelled = "--" + _SHORTER.get(name, name).replace("_", "-")
    if name.endswith("layers"):
        spelled = spelled.removesuffix("s")
    return spelled if value in ("", "True") else f"{spelled} {value.strip(_QUOTES)}"


def reason(error: EyecandyError) -> str:
    """What is wrong, with options named as they are on the command line."""
    return error.spelled(flag) if isinstance(error, OptionError) else str(error)


def spelled(command: Sequence[str], knobs: Knobs, options: type | None = None) -> str:
    """The command line that does the same, without `ELSEWHERE`.

    Args:
        command: the command and its arguments.
        knobs: its options.
        options: the dataclass of them, where some go by another flag than their name, or by none.
    """
    words = ["eyecandy", *command]
    hints = {} if options is None else {field.name: field.hint for field in described(options)}
    for name, value in knobs.items():
        if name in ELSEWHERE:
            continue
        hint = hints.get(name, Hint())
        flags = [] if hint.argument else [*hint.flags, flag(name)][:1]
        if value is True:
            words += flags
        elif value is not None and value is not False:
            for each in value if isinstance(value, list | tuple) else [value]:
                words += [*flags, str(each)]
    return shlex.join(words)

"""Values in range, or one line that says what was expected."""

import math
import re
from collections.abc import Sequence

from eyecandy.errors import OptionError

_BYTES = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([KMGT])i?B?\s*", re.IGNORECASE)
_UNITS = {"K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}


def check_integer(name: str, value: object, least: int, most: int | None = None) -> int:
    """The value, if it is a whole number in range.

    Raises:
        OptionError: it is not.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < least or (most is not None and value > most):
        upper = "" if most is None else f" and at most {most}"
        expected = f"a whole number of at least {least}{upper}"
        raise OptionError("{} must be {expected}, got {got!r}", name, expected=expected, got=value)
    return value


def check_number(name: str, value: object, *, most: float = math.inf, positive: bool = False) -> float:
    """The value, if it is a finite number from 0 (above 0 with `positive`) to `most`.

    Raises:
        OptionError: it is not.
    """
    number = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
    if not math.isfinite(number) or not 0 <= number <= most or (positive and number == 0):
        lower = "above 0" if positive else "of at least 0"
        upper = "" if most == math.inf else f" and at most {most:g}"
        raise OptionError("{} must be {expected}, got {got!r}", name, expected=f"a number {lower}{upper}", got=value)
    return number


def check_tile(value: object) -> str | int:
    """ "auto", "off" or a number of pixels, also as a string.

    Raises:
        OptionError: it is none of these.
    """
    if value in ("auto", "off"):
        return str(value)
    pixels = int(value) if isinstance(value, str) and value.strip().isdecimal() else value
    if isinstance(pixels, bool) or not isinstance(pixels, int) or pixels < 1:
        raise OptionError("{} must be auto, off or a number of pixels, got {got!r}", "tile", got=value)
    return pixels


def check_bytes(name: str, value: object) -> float | None:
    """An amount of memory such as "6GB" or "800 MB" in bytes; None for None.

    Raises:
        OptionError: it is no amount of memory.
    """
    if value is None:
        return None
    told = _BYTES.fullmatch(value) if isinstance(value, str) else None
    amount = 0.0 if told is None else float(told[1]) * _UNITS[told[2].upper()]
    if amount <= 0:
        raise OptionError("{} must be an amount such as 6GB or 800MB, got {got!r}", name, got=value)
    return amount


def check_one_of(what: str, name: str, names: Sequence[str]) -> str:
    """The name, if it is one of the names.

    Raises:
        OptionError: it is not; the message lists them.
    """
    if name not in names:
        raise OptionError("unknown {} {got!r}; expected one of {known}", what, got=name, known=", ".join(names))
    return name

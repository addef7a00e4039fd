"""Tiles and amounts of memory in range, or one line that says what was expected."""

import re

from eyecandy.arguments import integer_of, told
from eyecandy.errors import OptionError

_BYTES = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([KMGT])i?B?\s*", re.IGNORECASE)
_PIXELS = re.compile(r"\d{1,18}")
_UNITS = {"K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}


def check_tile(value: object) -> str | int:
    """ "auto", "off" or a number of pixels, also as a string.

    Raises:
        OptionError: it is none of these.
    """
    if isinstance(value, str):
        if value in ("auto", "off"):
            return str(value)
        pixels = int(value) if _PIXELS.fullmatch(value.strip()) else None
    else:
        pixels = integer_of(value)
    if pixels is None or pixels < 1:
        raise OptionError("{} must be auto, off or a number of pixels, got {got}", "tile", got=told(value))
    return pixels


def check_bytes(name: str, value: object) -> float | None:
    """An amount of memory such as "6GB" or "800 MB" in bytes; None for None.

    Raises:
        OptionError: it is no amount of memory.
    """
    if value is None:
        return None
    parts = _BYTES.fullmatch(value) if isinstance(value, str) else None
    amount = 0.0 if parts is None else float(parts[1]) * _UNITS[parts[2].upper()]
    if amount <= 0:
        raise OptionError("{} must be an amount such as 6GB or 800MB, got {got}", name, got=told(value))
    return amount

"""How one answer for a whole photo is read from a class map."""

from typing import Literal, get_args

Reading = Literal["places", "average"]
"""Softmax at each place and then the maximum, or the softmax of the average over places."""
READINGS: tuple[Reading, ...] = get_args(Reading)

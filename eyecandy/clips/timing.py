"""When the frames of a film are shown, and the constant rate that they are read at."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

USUAL = tuple(Fraction(*rate) for rate in ((24000, 1001), (24, 1), (25, 1), (30000, 1001), (30, 1)))
USUAL += tuple(Fraction(*rate) for rate in ((48, 1), (50, 1), (60000, 1001), (60, 1)))
_NEAR = 0.004  # of a rate: rounded times, and counts of frames, make no more of a difference
_STEADY = 0.2  # of the interval between frames: what differs less is rounding
_FASTEST = 120
_FALLBACK = Fraction(25)


@dataclass(frozen=True)
class Timing:
    """A constant rate, and whether the film has it by itself.

    Attributes:
        rate: frames a second.
        count: how many frames that makes.
        slowest, fastest: frames a second, where these differ in the film; else equal.
    """

    rate: Fraction
    count: int
    slowest: float
    fastest: float

    @property
    def varies(self) -> bool:
        """Whether frames are shown for different times."""
        return self.fastest > self.slowest


def timing(times: Sequence[Fraction], last: Fraction | None, told: Fraction | None) -> Timing:
    """The constant rate that shows all frames of a film.

    Args:
        times: when each frame is shown, in seconds, sorted.
        last: how long the last one is shown, where the file says so.
        told: the rate that the file tells.

    Returns:
        The film's own rate where it is constant. Else that of the median interval: between slower frames the one
        before is shown once more, and of faster ones some are left out.
    """
    told = told if told and 0 < told <= _FASTEST else None
    if len(times) < 2:
        return Timing(told or _FALLBACK, len(times), 0, 0)
    intervals = np.diff(np.array([float(time - times[0]) for time in times]))
    intervals = intervals[intervals > 0]
    if len(intervals) == 0:
        return Timing(told or _FALLBACK, len(times), 0, 0)
    middle = float(np.median(intervals))
    if np.abs(intervals - middle).max() <= max(_STEADY * middle, 0.0015):  # some files count in milliseconds
        rate = _named(Fraction(len(times) - 1) / (times[-1] - times[0]), told)
        count = len(times)
        if last is not None and last > 1.5 / rate:  # a still at the end, as GIFs have it
            count += round(last * rate) - 1
        return Timing(rate, count, float(rate), float(rate))
    rate = min(_named(Fraction(1 / middle).limit_denominator(1001), told), Fraction(_FASTEST))
    shown = times[-1] - times[0] + (last if last else 1 / rate)
    slowest, fastest = 1 / float(intervals.max()), 1 / float(intervals.min())
    return Timing(rate, max(1, round(shown * rate)), slowest, fastest)


def _named(rate: Fraction, told: Fraction | None) -> Fraction:
    """The rate that the file tells, or a usual one, where it is as good as this."""
    for known in (*([told] if told else []), *USUAL):
        if abs(known - rate) <= _NEAR * rate:
            return known
    return rate.limit_denominator(1001)

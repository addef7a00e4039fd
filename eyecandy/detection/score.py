"""The score of an object: how likely it is to be rightly named and rightly outlined, as measured on photographs.

    name    = sigmoid(a + b logit(place) + c logit(alone))
    outline = sigmoid(d + e kept + f sides)
    score   = name * outline

Each part is monotone in each sign, so nothing that speaks for an object lowers its score. `--fit` of
benchmarks/calibration.py finds the constants, those of the bundled network: of its objects that score s, about s are
right.
"""

from math import exp, log
from typing import NamedTuple

NAME = (-1.96, 0.49, 0.52)
OUTLINE = (-1.24, 5.68, -0.59)
LEAST = 0.001  # what is said to be certain is not more certain than this
FITS = 0.4  # probability of a word below which it was wrong more often than right: no name, but something like it


class Signs(NamedTuple):
    """What is seen of an object that tells how good it is.

    Attributes:
        place: how far its word is above chance where it is in the photo, in [0, 1].
        alone: likewise, of its box shown alone.
        kept: the share of its soft mask that lies inside the sharpened one, in [0, 1].
        sides: of the photo that it touches, 0 to 4: what runs out on several is often ground.
    """

    place: float
    alone: float
    kept: float
    sides: int


def name_score(signs: Signs) -> float:
    """How likely its name is right, in (0, 1)."""
    constant, place, alone = NAME
    return _sigmoid(constant + place * loud(signs.place) + alone * loud(signs.alone))


def outline_score(signs: Signs) -> float:
    """How likely its mask overlaps the thing by more than a half (IoU) if its name is right, in (0, 1)."""
    constant, kept, sides = OUTLINE
    return _sigmoid(constant + kept * signs.kept + sides * signs.sides)


def score(signs: Signs) -> float:
    """How likely both are right, in (0, 1).

    >>> round(score(Signs(place=0.999, alone=0.95, kept=0.9, sides=0)), 2), round(score(Signs(0.8, 0.7, 0.9, 0)), 2)
    (0.93, 0.3)
    """
    return name_score(signs) * outline_score(signs)


def loud(share: float) -> float:
    """The log-odds of a share, which are what name and outline add up."""
    inside = min(max(share, LEAST), 1 - LEAST)
    return log(inside / (1 - inside))


def _sigmoid(x: float) -> float:
    return 1 / (1 + exp(-x))

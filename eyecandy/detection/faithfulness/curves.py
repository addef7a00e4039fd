"""Insertion and deletion curves: how probable an object is while pixels are put in or taken out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from eyecandy.detection.faithfulness.measure import Reading

MASK, RANDOM, CENTRE = "mask", "random", "centre"
"""The orders of pixels: by the mask, and two that know nothing."""
CLEAR = 0.1  # ahead of the better baseline by this much of the area, the network goes by the mask


@dataclass(frozen=True, eq=False)
class Curve:
    """How probable an object's word is, by the share of the photo's pixels put in or taken out.

    Attributes:
        shares: (S,) from 0 to 1.
        probabilities: (S,) in [0, 1].
    """

    shares: np.ndarray
    probabilities: np.ndarray

    @property
    def area(self) -> float:
        """Under the curve, in [0, 1]."""
        return float(np.trapezoid(self.probabilities, self.shares))

    def as_dict(self) -> dict[str, Any]:
        """The curve as numbers."""
        shares, values = (x.round(4).tolist() for x in (self.shares, self.probabilities))
        return {"area": round(self.area, 4), "shares": shares, "probabilities": values}


@dataclass(frozen=True, eq=False)
class Curves(Reading):
    """The curves of one object.

    Attributes:
        insertion: by "mask", "random" and "centre"; the sooner it rises, the better.
        deletion: likewise; the sooner it falls, the better.
    """

    insertion: Mapping[str, Curve] = field(default_factory=dict)
    deletion: Mapping[str, Curve] = field(default_factory=dict)

    def worth(self, order: str) -> float:
        """Area under the insertion curve less that under the deletion curve, in [-1, 1]."""
        return self.insertion[order].area - self.deletion[order].area

    @property
    def lead(self) -> float:
        """How far the mask is ahead of the better baseline."""
        return self.worth(MASK) - max(self.worth(RANDOM), self.worth(CENTRE))

    @property
    def believed(self) -> bool:
        """Whether the network goes by what is under the mask, clearly."""
        return self.lead >= CLEAR

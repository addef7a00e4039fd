"""Insertion and deletion curves, and what they say of a mask."""

from dataclasses import dataclass
from typing import Any

import numpy as np

MASK, RANDOM, CENTRE = "mask", "random", "centre"
"""The orders of pixels: by the mask, and two that know nothing."""
CLEAR = 0.1  # ahead of the better baseline by this much of the area, a mask is to be believed


@dataclass(frozen=True, eq=False)
class Curve:
    """How probable an object's word is, by the share of the photo's pixels put in or taken out.

    Attributes:
        shares: (S,) from 0 to 1, closer together at first, since objects are small.
        probabilities: (S,) in [0, 1].
    """

    shares: np.ndarray
    probabilities: np.ndarray

    @property
    def area(self) -> float:
        """Under the curve, in [0, 1]."""
        return float(np.trapezoid(self.probabilities, self.shares))


@dataclass(frozen=True, eq=False)
class ObjectFaithfulness:
    """The curves of one object.

    Attributes:
        name: "dog", or "dog 2" where there are several.
        insertion: by "mask", "random" and "centre"; the sooner it rises, the better.
        deletion: likewise; the sooner it falls, the better.
    """

    name: str
    insertion: dict[str, Curve]
    deletion: dict[str, Curve]

    def worth(self, order: str) -> float:
        """Area under the insertion curve less that under the deletion curve, in [-1, 1]."""
        return self.insertion[order].area - self.deletion[order].area

    @property
    def lead(self) -> float:
        """How far the mask is ahead of the better baseline."""
        return self.worth(MASK) - max(self.worth(RANDOM), self.worth(CENTRE))

    @property
    def believed(self) -> bool:
        """Whether the mask is to be believed."""
        return self.lead >= CLEAR

    @property
    def sentence(self) -> str:
        """What the curves say, in a sentence."""
        better = "a blob in the middle" if self.worth(CENTRE) >= self.worth(RANDOM) else "a random mask"
        worths = f"insertion less deletion is {self.worth(MASK):.2f}, against {self.worth(MASK) - self.lead:.2f}"
        if self.believed:
            return f"The mask of the {self.name} is to be believed: {worths} for {better}."
        if self.lead > -CLEAR and self.worth(MASK) - self.worth(RANDOM) >= CLEAR:
            return f"The mask of the {self.name} is as good as {better}, so this does not tell: {worths}."
        return f"The mask of the {self.name} is not to be believed, being no better than {better}: {worths}."

    def as_dict(self) -> dict[str, Any]:
        """The curves as numbers, ready for `json.dumps`."""
        return {
            "name": self.name,
            "believed": self.believed,
            "sentence": self.sentence,
            **{
                kind: {
                    order: {
                        "area": round(curve.area, 4),
                        "shares": curve.shares.round(4).tolist(),
                        "probabilities": curve.probabilities.round(4).tolist(),
                    }
                    for order, curve in curves.items()
                }
                for kind, curves in (("insertion", self.insertion), ("deletion", self.deletion))
            },
        }

"""What one look at a frame says of one thing."""

from dataclasses import dataclass, field

import numpy as np

from eyecandy.detection.arrays import resize_mask
from eyecandy.detection.result import DetectedObject


@dataclass(frozen=True, eq=False)
class Sighting:
    """One thing, seen in one frame.

    Attributes:
        word: the everyday word, such as "dog".
        label: the class, such as "Siberian husky".
        class_index: its number.
        score: in (0, 1), how likely name and mask are right.
        probability: of the word, where the thing is.
        mask: (h, w) float32 in [0, 1]; the thing is where it is at least a half.
    """

    word: str
    label: str
    class_index: int
    score: float
    probability: float
    mask: np.ndarray = field(repr=False)

    @classmethod
    def of(cls, found: DetectedObject, size: tuple[int, int]) -> "Sighting":
        """A detected object, its mask at (width, height)."""
        mask = resize_mask(found.small_mask, size)
        if found.threshold != 0.5:
            mask = np.clip(0.5 * mask / found.threshold, 0, 1)
        return cls(found.word, found.label, found.class_index, found.score, found.probability, mask)

    @property
    def inside(self) -> np.ndarray:
        """(h, w) bool, where the thing is."""
        return self.mask >= 0.5

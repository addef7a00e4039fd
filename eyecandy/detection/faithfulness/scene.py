"""A photo with what was found in it, ready to be put to the test: what every measure asks of it."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from eyecandy.backbone.model import Backbone
from eyecandy.backbone.scores import probabilities, word_probabilities
from eyecandy.detection.arrays import resize_mask
from eyecandy.detection.cutouts import numbered
from eyecandy.detection.faithfulness.orders import by_mask
from eyecandy.detection.faithfulness.truth.objects import TrueObject
from eyecandy.detection.find.sizes import analysis_size, default_size
from eyecandy.detection.result import DetectedObject, Result
from eyecandy.images import resize

GREY = 127  # what pixels are taken out to
_PIXELS_AT_ONCE = 16 * 448 * 448


@dataclass(frozen=True, eq=False)
class Scene:
    """One photo under test.

    Attributes:
        found: what `detect` gave.
        net: the network that it was found with.
        again: what `detect` gives of other pixels (H, W, 3) uint8, by the same options.
        truths: what is really there; None where nobody says.
        seed: of all that is drawn.
    """

    found: Result
    net: Backbone
    again: Callable[[np.ndarray], Result]
    truths: tuple[TrueObject, ...] | None = None
    seed: int = 0

    @cached_property
    def pixels(self) -> np.ndarray:
        """(H, W, 3) uint8, the photo at the size that the network looked at."""
        return picture(self.found, self.net)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of `pixels`."""
        return self.pixels.shape[1], self.pixels.shape[0]

    @cached_property
    def names(self) -> list[str]:
        """What each object is called: "dog", or "dog 2" where there are several."""
        words = [item.word for item in self.found.objects]
        count = Counter(words)
        return [w if count[w] == 1 else f"{w} {n}" for w, n in zip(words, numbered(words), strict=True)]

    def random(self, *more: int) -> np.random.Generator:
        """A generator of the scene's seed, and of further numbers that tell draws apart."""
        return np.random.default_rng((self.seed, *more))

    def inside(self, item: DetectedObject) -> np.ndarray:
        """(H, W) bool, where an object is in `pixels`."""
        return resize_mask(item.small_mask, self.size) >= item.threshold

    def order(self, item: DetectedObject) -> np.ndarray:
        """(H, W) in [0, 1), the rank of each pixel by an object's mask, see `by_mask`."""
        return by_mask(item, self.size)

    def without_others(self, item: DetectedObject) -> np.ndarray:
        """The photo (H, W, 3) uint8 without other objects of the same word, which would speak for it too. Objects that
        are the only ones of their words get one and the same array."""
        others = [o for o in self.found.objects if o is not item and o.word == item.word]
        if not others:
            return self.pixels
        taken = np.any([self.inside(other) for other in others], axis=0) & ~self.inside(item)
        return np.where(taken[..., None], np.uint8(GREY), self.pixels)

    def word(self, item: DetectedObject) -> int:
        """The number of an object's everyday word."""
        return int(self.net.labels.word_ids[item.class_index])

    def words_seen(self, pictures: Sequence[np.ndarray]) -> np.ndarray:
        """How probable each everyday word is at its best place of each picture.

        Args:
            pictures: N of (H, W, 3), in 0..255.

        Returns:
            (N, W) in [0, 1].
        """
        at_once = max(1, _PIXELS_AT_ONCE // (self.size[0] * self.size[1]))
        seen = []
        for i in range(0, len(pictures), at_once):
            class_map = self.net.class_map(np.stack(pictures[i : i + at_once]).astype(np.float32))
            likely = probabilities(class_map, self.net.scores)
            seen.append(word_probabilities(likely, self.net.labels, self.net.scores).max((1, 2)))
        return np.minimum(np.concatenate(seen), 1)


def picture(found: Result, net: Backbone) -> np.ndarray:
    """(H, W, 3) uint8, a photo at the size that a network looks at."""
    photo = found.photo
    return resize(photo.pixels, analysis_size(photo.size, found.options.size or default_size(photo.size), net))


def iou(one: np.ndarray, other: np.ndarray) -> float:
    """Intersection over union of two boolean masks of one shape; 0 of two empty ones."""
    return float((one & other).sum() / max((one | other).sum(), 1))

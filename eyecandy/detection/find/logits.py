"""Dense logits: what each spatial position of a photo speaks for, seen at several sizes and mirrored."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from eyecandy.backbone.labels import Labels
from eyecandy.backbone.scores import Scores, chance, probabilities, word_probabilities

CROWDED = 35  # positions a word; the network's training pictures were 7 x 7 positions
SURE, WON = 0.8, 4.0  # a word counts in a crowd where it is the surest, and so sure, at so many positions
SHARE = 0.05  # of the positions: a word is as strong in a photo as where it is strongest


@dataclass(frozen=True, eq=False)
class DenseLogits:
    """Class logits on a grid of cells of a photo, and what they say of everyday words.

    Classes of one word do not compete: two breeds that share a dog as 0.6 to 0.4 are one dog. Where each class has a
    probability of its own (`scores` "sigmoid"), words do not compete either: a word is as probable as its likeliest
    class, chance is a half, and a position may speak for several words.

    Attributes:
        values: (rows, columns, C); where classes compete, less the mean of each position.
        labels: the names of the classes, and their words.
        scores: whether classes compete.
        step: from one cell to the next, in strides of the network.
    """

    values: np.ndarray
    labels: Labels
    scores: Scores = "softmax"
    step: float = 1.0

    @property
    def grid(self) -> tuple[int, int]:
        """(rows, columns)."""
        return self.values.shape[0], self.values.shape[1]

    def positions(self, cells: Any) -> Any:
        """How many positions of the network's own class map so many cells are."""
        return cells * self.step**2

    @property
    def crowded(self) -> bool:
        """Whether so many words share the photo that each has fewer positions than the network was trained to fill."""
        strongest = self.above_chance.argmax(-1)
        sure = np.take_along_axis(self.above_chance, strongest[..., None], -1)[..., 0] >= SURE
        won = self.positions(np.bincount(strongest[sure]))
        return self.positions(strongest.size) < CROWDED * (won >= WON).sum()

    @cached_property
    def prior(self) -> np.ndarray:
        """(W,) how probable each word is to a network that knows nothing."""
        return chance(self.labels, self.scores)

    @cached_property
    def above_chance(self) -> np.ndarray:
        """(rows, columns, W) how far each word is above its chance at each position, see `above_chance`."""
        return self.words_above_chance(probabilities(self.values, self.scores))

    @cached_property
    def strength(self) -> np.ndarray:
        """(W,) how sure the network is of each word where it is surest, in [0, 1]."""
        words = self.above_chance.reshape(-1, self.above_chance.shape[-1])
        count = max(1, round(SHARE * len(words)))
        return np.partition(words, -count, 0)[-count:].mean(0)

    def word_map(self, word: int) -> np.ndarray:
        """(rows, columns) how much louder a word is than classes are on average, at least 0.

        The log-mean-exp of the logits of its classes less the mean logit of the position. Unlike a softmax it does not
        fall where another word joins in, so it has the extent of the thing and not of the contest. Of classes that do
        not compete it is the largest logit: how far the word is above its chance.
        """
        mine = self.values[..., self.labels.word_ids == word]
        if self.scores == "sigmoid":
            return np.maximum(mine.max(-1), 0)
        top = mine.max(-1, keepdims=True)
        return np.maximum(np.log(np.exp(mine - top).mean(-1)) + top[..., 0], 0)

    def pooled(self, weights: np.ndarray) -> np.ndarray:
        """(C,) class probabilities of the logits averaged with (rows, columns) weights.

        The class map is linear in the head's features, so this is the same as pooling the features under the mask and
        classifying them.
        """
        mean = (weights / max(weights.sum(), 1e-9)).ravel() @ self.values.reshape(-1, self.values.shape[-1])
        return probabilities(mean, self.scores)

    def word_probabilities(self, values: np.ndarray) -> np.ndarray:
        """(..., W) how probable words are, from class probabilities (..., C)."""
        return word_probabilities(values, self.labels, self.scores)

    def words_above_chance(self, values: np.ndarray) -> np.ndarray:
        """(..., W) how far above their chance words are, from class probabilities (..., C)."""
        return above_chance(self.word_probabilities(values), self.prior)

    def best_class(self, word: int) -> int:
        """The class of a word that is strongest where it is strongest."""
        classes = np.flatnonzero(self.labels.word_ids == word)
        mine = self.values.reshape(-1, self.values.shape[-1])[:, classes]
        count = max(1, round(SHARE * len(mine)))
        return int(classes[np.partition(mine, -count, 0)[-count:].mean(0).argmax()])


def above_chance(probabilities: np.ndarray, prior: np.ndarray) -> np.ndarray:
    """How far probabilities lie above what is there by chance.

        e = max(0, 1 - log p / log prior)

    0 where a word is at its chance or below, 1 where it is certain: so a word of 118 classes, which a network that
    knows nothing names once in eight times, has no head start over a word of one.

    Args:
        probabilities: (..., W).
        prior: (W,) in (0, 1); a word that all classes have is never above its chance.

    >>> above_chance(np.array([0.01, 0.1, 1.0]), np.array([0.01, 0.01, 0.01])).round(3).tolist()
    [0.0, 0.5, 1.0]
    """
    certain = np.log(np.minimum(prior, 1 - 1e-6))
    return np.clip(1 - np.log(np.maximum(probabilities, 1e-9)) / certain, 0, 1)

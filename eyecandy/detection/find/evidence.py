"""Evidence: what each spatial position of a photo speaks for, seen densely, at several sizes and mirrored."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from eyecandy.backbone.labels import Labels
from eyecandy.backbone.scores import Scores, chance, probabilities, word_probabilities

SHARE = 0.05  # of the positions: a word is as strong in a photo as where it is strongest


@dataclass(frozen=True, eq=False)
class Evidence:
    """Class logits on a grid of cells of a photo, and what they say of everyday words.

    Classes of one word do not compete: two breeds that share a dog as 0.6 to 0.4 are one dog. Where each class has a
    probability of its own (`scores` "sigmoid"), words do not compete either: a word is as probable as its likeliest
    class, chance is a half, and a position may speak for several words.

    Attributes:
        logits: (rows, columns, C); where classes compete, less the mean of each position.
        labels: the names of the classes, and their words.
        scores: whether classes compete.
    """

    logits: np.ndarray
    labels: Labels
    scores: Scores = "softmax"

    @property
    def grid(self) -> tuple[int, int]:
        """(rows, columns)."""
        return self.logits.shape[0], self.logits.shape[1]

    @cached_property
    def prior(self) -> np.ndarray:
        """(W,) how probable each word is to a network that knows nothing."""
        return chance(self.labels, self.scores)

    @cached_property
    def words(self) -> np.ndarray:
        """(rows, columns, W) how far each word is above its chance at each position, see `above_chance`."""
        if self.scores == "sigmoid":
            return self.of_words(probabilities(self.logits, self.scores))
        exponentials = np.exp(self.logits - self.logits.max(-1, keepdims=True))
        sums = self._summed(exponentials)
        return above_chance(sums / sums.sum(-1, keepdims=True), self.prior)

    @cached_property
    def strength(self) -> np.ndarray:
        """(W,) how sure the network is of each word where it is surest, in [0, 1]."""
        words = self.words.reshape(-1, self.words.shape[-1])
        count = max(1, round(SHARE * len(words)))
        return np.partition(words, -count, 0)[-count:].mean(0)

    def word_map(self, word: int) -> np.ndarray:
        """(rows, columns) how much louder a word is than classes are on average, at least 0.

        The log-mean-exp of the logits of its classes less the mean logit of the position. Unlike a softmax it does not
        fall where another word joins in, so it has the extent of the thing and not of the contest. Of classes that do
        not compete it is the largest logit: how far the word is above its chance.
        """
        mine = self.logits[..., self.labels.word_ids == word]
        if self.scores == "sigmoid":
            return np.maximum(mine.max(-1), 0)
        top = mine.max(-1, keepdims=True)
        return np.maximum(np.log(np.exp(mine - top).mean(-1)) + top[..., 0], 0)

    def pooled(self, weights: np.ndarray) -> np.ndarray:
        """(C,) class probabilities of the logits averaged with (rows, columns) weights.

        The class map is linear in the head's features, so this is the same as pooling the features under the mask and
        classifying them.
        """
        mean = (weights / max(weights.sum(), 1e-9)).ravel() @ self.logits.reshape(-1, self.logits.shape[-1])
        return probabilities(mean, self.scores)

    def word_probabilities(self, values: np.ndarray) -> np.ndarray:
        """(..., W) how probable words are, from class probabilities (..., C)."""
        return word_probabilities(values, self.labels, self.scores)

    def of_words(self, values: np.ndarray) -> np.ndarray:
        """(..., W) how far above their chance words are, from class probabilities (..., C)."""
        return above_chance(self.word_probabilities(values), self.prior)

    def best_class(self, word: int) -> int:
        """The class of a word that is strongest where it is strongest."""
        classes = np.flatnonzero(self.labels.word_ids == word)
        mine = self.logits.reshape(-1, self.logits.shape[-1])[:, classes]
        count = max(1, round(SHARE * len(mine)))
        return int(classes[np.partition(mine, -count, 0)[-count:].mean(0).argmax()])

    def _summed(self, values: np.ndarray) -> np.ndarray:
        """Values of the classes, (..., C), summed over each word: (..., W)."""
        member = np.zeros((len(self.labels), len(self.labels.word_list)), np.float32)
        member[np.arange(len(self.labels)), self.labels.word_ids] = 1
        return values @ member


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

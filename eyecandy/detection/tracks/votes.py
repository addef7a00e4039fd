"""What a thing is called, after all that was said of it."""

from collections import defaultdict
from typing import NamedTuple

from eyecandy.detection.tracks.sighting import Sighting


class Name(NamedTuple):
    """What a thing is called.

    Attributes:
        word: the everyday word.
        label, class_index: the class of that word.
        score: in (0, 1): the scores of the sightings that said so, over all sightings. Those that said otherwise
            count as zero, so that a thing that wavers is less sure.
        probability: of the word, on average over the sightings that said so.
    """

    word: str
    label: str
    class_index: int
    score: float
    probability: float


class Votes:
    """Counts sightings of one thing; a sighting has as much of a say as it scores."""

    def __init__(self) -> None:
        self.count = 0
        self._words: dict[str, float] = defaultdict(float)
        self._classes: dict[tuple[str, int, str], float] = defaultdict(float)
        self._probabilities: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])  # their sum, and how many

    def add(self, sighting: Sighting) -> None:
        """One more."""
        self.count += 1
        self._words[sighting.word] += sighting.score
        self._classes[sighting.word, sighting.class_index, sighting.label] += sighting.score
        of_word = self._probabilities[sighting.word]
        of_word[0] += sighting.probability
        of_word[1] += 1

    def share(self, word: str) -> float:
        """How much of all that was said is this word, in [0, 1]."""
        total = sum(self._words.values())
        return self._words.get(word, 0.0) / total if total > 0 else 0.0

    @property
    def name(self) -> Name:
        """The word, and of its classes the one, with the highest sum; of equal ones that which came first."""
        word = max(self._words, key=lambda each: self._words[each])
        of_word = [key for key in self._classes if key[0] == word]
        _, class_index, label = max(of_word, key=lambda key: self._classes[key])
        total, times = self._probabilities[word]
        return Name(word, label, class_index, self._words[word] / self.count, total / times)

"""Regions: the parts of the eigen-masks, each classified again; those that are one thing are joined.

A region is a hypothesis: this word, here. What the photo can do without is dropped.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from eyecandy.detection.arrays import resize_mask
from eyecandy.detection.find.eigenmasks import Part
from eyecandy.detection.find.logits import DenseLogits

PART, REGION = 0.6, 0.7  # above chance, what a part, and all parts of a word together, take to count
PLAUSIBLE = 0.07  # beside a part's first word, a second one is plausible from this share of its probability on
TOUCHING = 0.1  # of a part: so much of it lies on the other
LEAST = 10.0  # positions that no other region explains,
LEAST_SHARE = 0.05  # or, in a small picture, as many as are this share of the square of its longest side

KEPT, UNSURE, EXPLAINED, DROPPED, FAINT = "object", "unsure", "explained", "dropped", "faint"
"""What becomes of a part: a part of an object; too unsure of anything; said by a stronger one too; not found again when
it was looked at more closely; too weak beside the strongest part of the photo."""


@dataclass(eq=False)
class NamedPart:
    """A part of an eigen-mask, classified again.

    Attributes:
        part: the part.
        probabilities: (C,) of the logits pooled under it.
        word: number of the word that it counts for.
        above_chance: the log-probability of that word above its chance, in [0, 1].
        fate: what became of it, one of KEPT, UNSURE, EXPLAINED, FAINT.
    """

    part: Part
    probabilities: np.ndarray
    word: int
    above_chance: float
    fate: str = UNSURE


@dataclass(eq=False)
class Hypothesis:
    """A region hypothesis: a word and where it may be.

    Attributes:
        word: its number.
        mask: (h, w) in [0, 1], on the grid of the eigen-masks.
        parts: the parts that it is made of, strongest first.
        probabilities: (C,) of the logits pooled under the mask.
        above_chance: the log-probability of the word above its chance, likewise, in [0, 1].
    """

    word: int
    mask: np.ndarray
    parts: list[NamedPart]
    probabilities: np.ndarray = field(default_factory=lambda: np.zeros(0))
    above_chance: float = 0.0


def classify(parts: Sequence[Part], logits: DenseLogits) -> list[NamedPart]:
    """Each part by the logits pooled under it."""
    named = []
    for part in parts:
        probabilities = logits.pooled(support(part.mask, logits))
        words = logits.word_probabilities(probabilities)
        word = int(words.argmax())
        above_chance = float(logits.words_above_chance(probabilities)[word])
        named.append(NamedPart(part, probabilities, word, above_chance, FAINT if part.faint else UNSURE))
    return named


def join(named: Sequence[NamedPart], logits: DenseLogits) -> list[Hypothesis]:
    """Regions, the strongest first: parts of one word, and what is plausibly that word and touches it.

    A part whose first word is another's second, where they touch, is that other thing: a boxer's head may read as a
    bull mastiff and its back as a cow. What is faint beside the strongest part is no part of anything.
    """
    regions: list[Hypothesis] = []
    counting = [each for each in named if not each.part.faint]
    for each in sorted(counting, key=lambda n: -n.above_chance * n.part.strength):
        if logits.scores == "sigmoid":  # it counts for every word that it is sure of
            sure = logits.words_above_chance(each.probabilities)
            for word in np.flatnonzero(sure >= PART).tolist():
                _add(regions, word, each, float(sure[word]))
            continue
        words = logits.word_probabilities(each.probabilities)
        for region in regions:
            plausible = words[region.word] >= PLAUSIBLE * words.max()
            if plausible and np.minimum(region.mask, each.part.mask).sum() >= TOUCHING * each.part.mask.sum():
                each.word = region.word
                break
        sure = logits.words_above_chance(each.probabilities)
        if sure[each.word] < PART:
            # Too little for the other thing; and what may be that thing is no thing of its own.
            each.word, taken = int(words.argmax()), each.word
            each.above_chance = float(sure[each.word])
            each.fate = EXPLAINED if taken != each.word and each.above_chance >= PART else UNSURE
            continue
        each.above_chance = float(sure[each.word])
        _add(regions, each.word, each, each.above_chance)
    for region in regions:
        region.probabilities = logits.pooled(support(region.mask, logits))
        pooled = float(logits.words_above_chance(region.probabilities)[region.word])
        # Where a word's parts lie apart, one of them is surer than all of them together.
        sides = (float(logits.words_above_chance(each.probabilities)[region.word]) for each in region.parts)
        region.above_chance = max(pooled, *sides)
    return [r for r in regions if r.above_chance >= REGION]


def _add(regions: list[Hypothesis], word: int, each: NamedPart, sure: float) -> None:
    """Adds a part to the region of a word, which may be new."""
    mask = each.part.mask * each.part.strength * sure
    same = next((r for r in regions if r.word == word), None)
    if same is None:
        regions.append(Hypothesis(word, mask, [each]))
    else:
        same.mask = np.maximum(same.mask, mask)
        same.parts.append(each)


def needed(regions: list[Hypothesis], logits: DenseLogits) -> list[Hypothesis]:
    """The regions without which the photo would not be explained; the least needed goes first.

    A region's worth is how far its word is above chance and above every other region's word, over all positions. Where
    classes do not compete, no word explains another: a network that says "person" and "bicycle" of one position means
    both.
    """
    regions = list(regions)
    least = min(LEAST, LEAST_SHARE * logits.positions(max(logits.grid) ** 2))
    while len(regions) > 1:
        words = np.stack([logits.above_chance[..., region.word] for region in regions])
        if logits.scores == "softmax":
            words = np.stack([np.maximum(own - np.delete(words, i, 0).max(0), 0) for i, own in enumerate(words)])
        own = words.sum((1, 2))
        weakest = int(np.argmin(own))
        if logits.positions(own[weakest]) >= least:
            break
        for each in regions.pop(weakest).parts:
            each.fate = EXPLAINED
    for region in regions:
        for each in region.parts:
            each.fate = KEPT
    return regions


def support(mask: np.ndarray, logits: DenseLogits) -> np.ndarray:
    """The weights at the positions of the class map with which a mask pools: its square, so that its middle counts."""
    rows, columns = logits.grid
    return resize_mask(mask.astype(np.float32), (columns, rows)) ** 2

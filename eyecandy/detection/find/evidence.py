"""Evidence: how much each place of a photo speaks for each class, and which classes it takes to explain the photo."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

_MOST = 25  # labels that may compete for one photo


def evidence(class_map: np.ndarray) -> np.ndarray:
    """How far each place's softmax lifts a class above chance.

        e = max(0, 1 + log p / log C)

    0 where the class is at chance (p = 1 / C) or below, 1 where it is certain: the share of the log C nats that
    naming one of C classes takes. Logarithms rather than p itself, because two breeds that share one dog as 0.6 to
    0.4 then differ by little, while two animals side by side differ by much.

    Args:
        class_map: (h, w, C) logits.

    Returns:
        (h, w, C) in [0, 1].
    """
    # Neighbouring places see nearly the same pixels; a blur by one place takes out the noise between them.
    logits = gaussian_filter(class_map, (1, 1, 0), mode="nearest")
    logits -= logits.max(-1, keepdims=True)
    logits -= np.log(np.exp(logits).sum(-1, keepdims=True))
    logits /= np.log(class_map.shape[-1])
    logits += 1
    return np.maximum(logits, 0, out=logits)


@dataclass(frozen=True, eq=False)
class Claim:
    """What one class holds of a photo when several compete for it.

    Attributes:
        label: the class index.
        gain: (h, w) the evidence that is lost if this class is left out: its own beyond the best of the others.
        territory: (h, w) its evidence at the places where it is the best, 0 elsewhere.
        profile: (C,) class probabilities of the logits averaged over the territory.
    """

    label: int
    gain: np.ndarray
    territory: np.ndarray
    profile: np.ndarray

    @property
    def worth(self) -> float:
        """The gain in places, a little less where the territory as a whole is not sure of the label.

        Bare ground gains evidence at a few places here and there, but averaged over all of them it is nothing in
        particular; the small exponent tells it from an object without punishing a hard one.
        """
        return float(self.gain.sum() * self.profile[self.label] ** 0.1)


def explain(class_map: np.ndarray, labels: Iterable[int], least: float) -> list[Claim]:
    """The few classes that explain a photo.

    Classes are added one at a time, each time the one that adds most evidence to the best so far at every place
    (greedy facility location; Nemhauser, Wolsey, Fisher 1978). Then the weakest is dropped and its places fall to
    the others, one at a time. So a second name for the same object gains next to nothing and goes. In between, each
    class is named again by the logits averaged over its territory, which are surer than any place alone.

    Args:
        class_map: (h, w, C) logits.
        labels: the classes that may take part.
        least: what each must be worth to stay, in places of the class map.

    Returns:
        The claims that stay.
    """
    contest = _Contest(class_map)
    # The weak take part in the first round: what they hold must not make a neighbour look larger than it is.
    chosen = contest.without_weak(contest.greedy(list(labels), 0.4 * least), 0.4 * least)
    renamed = list(dict.fromkeys(contest.name(held) for held in contest.territories(chosen)))
    return contest.claims(contest.without_weak(renamed, least))


class _Contest:
    """The places of one photo, and what each class would hold of them."""

    def __init__(self, class_map: np.ndarray) -> None:
        self.shape = class_map.shape[:2]
        self.logits = class_map.reshape(-1, class_map.shape[-1])
        self.held = evidence(class_map).reshape(self.logits.shape).T

    def greedy(self, labels: list[int], least: float) -> list[int]:
        held = self.held[labels]
        best = np.zeros(held.shape[1], held.dtype)
        chosen: list[int] = []
        while len(chosen) < min(_MOST, len(labels)):
            gains = np.maximum(held - best, 0).sum(1)
            strongest = int(gains.argmax())
            # A claim is worth at most its gain, so what gains less than `least` now could never stay.
            if gains[strongest] < least or gains[strongest] <= 0:
                break
            chosen.append(labels[strongest])
            best = np.maximum(best, held[strongest])
        return chosen

    def without_weak(self, chosen: list[int], least: float) -> list[int]:
        while chosen:
            worths = [claim.worth for claim in self.claims(chosen)]
            weakest = int(np.argmin(worths))
            if worths[weakest] >= least:
                break
            chosen = chosen[:weakest] + chosen[weakest + 1 :]
        return chosen

    def territories(self, chosen: list[int]) -> list[np.ndarray]:
        """The places at which each is the best, (places,) of 0 and 1."""
        held = self.held[chosen]
        best = held.argmax(0) if chosen else np.zeros(0)
        return [((best == i) & (mine > 0)).astype(np.float32) for i, mine in enumerate(held)]

    def name(self, territory: np.ndarray) -> int:
        return int(pooled_profile(self.logits, territory).argmax())

    def claims(self, chosen: list[int]) -> list[Claim]:
        found = []
        for i, label in enumerate(chosen):
            mine = self.held[label]
            others = self.held[chosen[:i] + chosen[i + 1 :]].max(0, initial=0)
            territory = np.where(mine >= others, mine, 0)
            profile = pooled_profile(self.logits, territory)
            gain = np.maximum(mine - others, 0)
            found.append(Claim(label, gain.reshape(self.shape), territory.reshape(self.shape), profile))
        return found


def pooled_profile(logits: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Class probabilities of the logits averaged with the weights: (places, C) and (places,) give (C,).

    The class map is linear in the head's features, so this is the same as pooling the features under the mask and
    classifying them.
    """
    total = weights.sum()
    if total <= 0:
        return np.full(logits.shape[1], 1 / logits.shape[1], np.float32)
    mean = (weights / total) @ logits
    exponentials = np.exp(mean - mean.max())
    return exponentials / exponentials.sum()

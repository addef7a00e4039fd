"""Scores: what the logits of a network mean, for each of its classes and for each everyday word.

Under "softmax" classes compete: one of them it is, and the probabilities of all add up to 1. Under "sigmoid" each
class has a probability of its own, as in networks that were trained to name everything in a picture (multi-label).
"""

from typing import Literal, get_args

import numpy as np

from eyecandy.backbone.labels import Labels
from eyecandy.backbone.pooling import Reading
from eyecandy.errors import EyecandyError

Scores = Literal["softmax", "sigmoid"]
Head = Literal["logits", "softmax", "sigmoid"]
"""What a model of the user's gives; logits are taken for those of a softmax."""
HEADS: tuple[Head, ...] = get_args(Head)


def probabilities(logits: np.ndarray, scores: Scores = "softmax") -> np.ndarray:
    """Probabilities of the classes, in [0, 1], of logits (..., C)."""
    return sigmoid(logits) if scores == "sigmoid" else softmax(logits)


def softmax(logits: np.ndarray) -> np.ndarray:
    """Softmax over the last axis."""
    exponentials = np.exp(logits - logits.max(-1, keepdims=True))
    return exponentials / exponentials.sum(-1, keepdims=True)


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-logits))."""
    return (1 + np.tanh(logits / 2)) / 2


def word_probabilities(values: np.ndarray, labels: Labels, scores: Scores = "softmax") -> np.ndarray:
    """How probable everyday words are, (..., W), by the probabilities of the classes, (..., C).

    Classes that exclude each other add up: 0.6 for one breed and 0.4 for another are a dog for certain. Of classes that
    do not, the likeliest counts: two breeds at 0.5 each are no more than perhaps a dog.
    """
    if scores == "softmax":
        return labels.word_probabilities(values)
    best = np.zeros((*values.shape[:-1], len(labels.word_list)), values.dtype)
    np.maximum.at(best.T, labels.word_ids, values.T)  # best.T is a view
    return best


def chance(labels: Labels, scores: Scores = "softmax") -> np.ndarray:
    """(W,) how probable a network that knows nothing, whose logits are all 0, finds each everyday word.

    Of classes that compete, the share that a word has of them; of others a half.
    """
    if scores == "sigmoid":
        return np.full(len(labels.word_list), 0.5)
    return np.bincount(labels.word_ids, minlength=len(labels.word_list)) / len(labels)


def probabilities_of(class_map: np.ndarray, reading: Reading = "places", scores: Scores = "softmax") -> np.ndarray:
    """Class probabilities of a class map.

    Args:
        class_map: (N, h, w, C) logits.
        reading: "places", softmax (or sigmoid) at each position, then the maximum over positions: what a photo with
            several objects needs, each class reads what its best position says, and the sum may exceed 1. "average",
            softmax (or sigmoid) of the logits averaged over positions: what the network was trained for.
        scores: whether classes compete ("softmax") or have a probability each ("sigmoid").

    Returns:
        (N, C) in [0, 1].

    Raises:
        EyecandyError: an unknown reading.
    """
    if reading == "places":
        return probabilities(class_map, scores).max((1, 2))
    if reading == "average":
        return probabilities(class_map.mean((1, 2)), scores)
    raise EyecandyError(f"unknown reading {reading!r}; expected 'places' or 'average'")

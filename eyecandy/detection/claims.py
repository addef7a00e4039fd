"""Claims of classes on places, made into things: neighbours that are one, and places apart that are several."""

import numpy as np
from scipy.ndimage import binary_dilation, distance_transform_edt
from scipy.ndimage import label as connected

from eyecandy.backbone.labels import Labels
from eyecandy.detection.find.evidence import Claim, pooled_profile

PLAUSIBLE = 0.05  # a second name this probable, beside the first, may be a name for the same thing


def separate(claim: Claim, class_map: np.ndarray, least: float) -> list[Claim]:
    """One claim for each separate place that is worth an object alone; what lies between goes to the nearest.

    Args:
        claim: of one class.
        class_map: (r, c, C) logits.
        least: the evidence that an object takes.
    """
    blobs, count = connected(claim.territory >= 0.5, np.ones((3, 3)))
    blobs = [blobs == i for i in range(1, count + 1)]
    strong = [blob for blob in blobs if claim.gain[blob].sum() >= least]
    if len(strong) < 2:
        return [claim]
    nearest = np.argmin([distance_transform_edt(~blob) for blob in strong], axis=0)
    logits = class_map.reshape(-1, class_map.shape[-1])
    pieces = []
    for i in range(len(strong)):
        territory = np.where(nearest == i, claim.territory, 0)
        gain = np.where(nearest == i, claim.gain, 0)
        pieces.append(Claim(claim.label, gain, territory, pooled_profile(logits, territory.ravel())))
    worthy = [piece for piece in pieces if piece.worth >= least]
    return worthy if len(worthy) > 1 else [claim]


def merged(claims: list[Claim], class_map: np.ndarray, labels: Labels) -> list[Claim]:
    """Neighbours of one everyday word become one claim where they are names for the same thing.

    A boxer's head may read as a bull mastiff. It is the same dog if either place would take the other's name too;
    a dog beside a dog of a quite different breed stays two.

    Args:
        claims: as `evidence.explain` or `separate` give them.
        class_map: (r, c, C) logits.
        labels: the names of the classes.
    """
    things: list[Claim] = []
    for claim in claims:
        for i, other in enumerate(things):
            one_word = labels.word_of(claim.label) == labels.word_of(other.label)
            # Of one class, what was found in separate places stays separate.
            if one_word and claim.label != other.label and _one_thing(claim, other):
                things[i] = _union(other, claim, class_map)
                break
        else:
            things.append(claim)
    return things


def _one_thing(a: Claim, b: Claim) -> bool:
    touch = (binary_dilation(a.territory > 0, np.ones((3, 3))) & (b.territory > 0)).any()
    plausible = max(a.profile[b.label] / a.profile[a.label], b.profile[a.label] / b.profile[b.label])
    return bool(touch and plausible >= PLAUSIBLE)


def _union(a: Claim, b: Claim, class_map: np.ndarray) -> Claim:
    territory = np.maximum(a.territory, b.territory)
    profile = pooled_profile(class_map.reshape(territory.size, -1), territory.ravel())
    label = max((a.label, b.label), key=lambda index: profile[index])
    return Claim(label, a.gain + b.gain, territory, profile)

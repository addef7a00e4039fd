"""ROAD: remove and debias (Rong, Leemann, Borisov, Kasneci, Kasneci: "A Consistent and Efficient Evaluation Strategy
for Attribution Methods", ICML 2022).

Pixels are taken out, those of the mask first or those of the mask last, and what is put in their places is guessed from
their neighbours, so that the hole itself has no outline that says what was there. The lower the object's probability
when its own pixels go, and the higher when all others go, the better the mask.
"""

from collections.abc import Callable

import cv2
import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.linalg import splu

from eyecandy.detection.faithfulness.measure import Measure, Reading
from eyecandy.detection.faithfulness.scene import Scene

SHARES = (0.05, 0.1, 0.2, 0.4, 0.7)  # of the pixels
NOISE = 2.55  # levels of 255, standard deviation: a hundredth, as in the authors' code
NEIGHBOURS = {
    (down, across): 1 / 6 if 0 in (down, across) else 1 / 12
    for down in (-1, 0, 1)
    for across in (-1, 0, 1)
    if (down, across) != (0, 0)
}
_COARSE = 160  # pixels of the longest side, where the equations are solved; what they give is smooth


def noisy_linear(pixels: np.ndarray, missing: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Each missing pixel as the weighted mean of its eight neighbours, which may be missing too, and a little noise.

    Beside each other they weigh 1/6, across a corner 1/12; at the border, those that there are weigh as much together.

    Args:
        pixels: (H, W, 3) in 0..255.
        missing: (H, W) bool, not all of it.
        random: draws the noise.

    Returns:
        (H, W, 3) float32.
    """
    filled = pixels.astype(np.float32)
    if missing.any():
        filled[missing] = harmonic(filled, missing)
        filled[missing] += NOISE * random.standard_normal(filled[missing].shape, np.float32)
    return filled


def harmonic(pixels: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """The solution of the equations that `noisy_linear` names: (M, 3) for the M missing pixels, in rows' order."""
    height, width = missing.shape
    number = np.full((height + 2, width + 2), -1)  # -1: known; -2: beyond the border
    number[[0, -1]] = number[:, [0, -1]] = -2
    rows, columns = np.nonzero(missing)
    number[rows + 1, columns + 1] = np.arange(len(rows))
    known = np.zeros((len(rows), 3))
    weight = np.zeros(len(rows))
    at, to, how = [], [], []
    for (down, across), share in NEIGHBOURS.items():
        other = number[rows + 1 + down, columns + 1 + across]
        there = other > -2
        weight += share * there
        seen = np.flatnonzero(other == -1)
        known[seen] += share * pixels[rows[seen] + down, columns[seen] + across]
        unknown = np.flatnonzero(other >= 0)
        at.append(unknown)
        to.append(other[unknown])
        how.append(np.full(len(unknown), -share))
    diagonal = np.arange(len(rows))
    entries = np.concatenate([*how, weight]), (np.concatenate([*at, diagonal]), np.concatenate([*to, diagonal]))
    return splu(coo_matrix(entries, (len(rows), len(rows))).tocsc()).solve(known)


def linear(pixels: np.ndarray, missing: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """As `noisy_linear`, its equations solved on a small copy: what they give varies slowly, and is as good there."""
    height, width = missing.shape
    shrink = max(1.0, max(missing.shape) / _COARSE)
    size = max(1, round(width / shrink)), max(1, round(height / shrink))
    present = (~missing).astype(np.float32)
    share = cv2.resize(present, size, interpolation=cv2.INTER_AREA)
    small = cv2.resize(pixels * present[..., None], size, interpolation=cv2.INTER_AREA)
    small /= np.maximum(share, 1e-6)[..., None]
    gone = share < 0.5 if (share >= 0.5).any() else share < share.max()
    if gone.any():
        small[gone] = harmonic(small, gone)
    filled = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    filled += NOISE * random.standard_normal(filled.shape, np.float32)
    return np.where(missing[..., None], filled, pixels.astype(np.float32))


def mean(pixels: np.ndarray, missing: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Each missing pixel as the mean colour of the picture."""
    return np.where(missing[..., None], pixels.mean((0, 1), dtype=np.float64).astype(np.float32), pixels)


FILLS: dict[str, Callable[[np.ndarray, np.ndarray, np.random.Generator], np.ndarray]] = {"linear": linear, "mean": mean}


def road(scene: Scene) -> list[Reading]:
    """For each object and fill: the mean over shares of its probability when other pixels go, less when its own do."""
    readings = []
    for number, (name, item) in enumerate(zip(scene.names, scene.found.objects, strict=True)):
        picture, order = scene.without_others(item), scene.order(item)
        curves = {}
        for fill, function in FILLS.items():
            gone = {
                "own": [order < share for share in SHARES],
                "others": [order >= 1 - share for share in SHARES],
            }
            pictures = [
                np.clip(function(picture, missing, scene.random(number, turn)), 0, 255)
                for turn, missing in enumerate([*gone["own"], *gone["others"]])
            ]
            seen = scene.words_seen(pictures)[:, scene.word(item)].reshape(2, -1)
            curves[fill] = dict(zip(gone, seen, strict=True))
        values = {ROWS[fill]: float((each["others"] - each["own"]).mean()) for fill, each in curves.items()}
        told = curves["linear"]
        sentence = (
            f"With its own pixels guessed from their neighbours, the {name} has a probability of "
            f"{told['own'].mean():.2f}; with as many others, of {told['others'].mean():.2f}."
        )
        details = {
            "shares": list(SHARES),
            **{fill: {who: x.round(4).tolist() for who, x in each.items()} for fill, each in curves.items()},
        }
        readings.append(Reading(values, sentence, details))
    return readings


ROWS = {"linear": "ROAD", "mean": "ROAD, mean fill"}
MEASURE = Measure(
    "road",
    {
        ROWS["linear"]: "the probability when other pixels are guessed from their neighbours, less when the mask's are",
        ROWS["mean"]: "the same, with the mean colour in their places",
    },
    passes=(0, 30),
    objects=road,
)

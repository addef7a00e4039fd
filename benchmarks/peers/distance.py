"""How far a picture is from a painting's style, and from a photo's content, by functions that no contender optimises.

The style distance is the sliced Wasserstein distance between patches of the two at several scales (Rabin et al. 2011;
Karras et al., "Progressive Growing of GANs", ICLR 2018, section 5). It uses no network at all.
"""

import cv2
import numpy as np

LEVELS = 4
PATCH = 7
PATCHES = 8192
DIRECTIONS = 128


def style_distance(picture: np.ndarray, painting: np.ndarray) -> float:
    """Sliced Wasserstein distance of (H, W, 3) uint8 pictures, in grey levels along a direction: the mean over the
    bands of a Laplacian pyramid, the coarsest of which holds the colours.
    """
    pairs = zip(_pyramid(picture), _pyramid(painting), strict=True)
    return float(np.mean([_sliced(*pair, np.random.default_rng(level)) for level, pair in enumerate(pairs)]))


def content_kept(picture: np.ndarray, photo: np.ndarray) -> float:
    """Correlation of light and dark with the photo's, both blurred by 2 % of the longest side: 1 is all of it."""
    size = photo.shape[1], photo.shape[0]
    greys = [cv2.cvtColor(cv2.resize(each, size), cv2.COLOR_RGB2GRAY).astype(np.float32) for each in (picture, photo)]
    blurred = [cv2.GaussianBlur(grey, (0, 0), 0.02 * max(size)).ravel() for grey in greys]
    return 0.0 if min(each.std() for each in blurred) == 0 else float(np.corrcoef(blurred)[0, 1])


def _pyramid(picture: np.ndarray) -> list[np.ndarray]:
    bands, rest = [], picture.astype(np.float32)
    for _ in range(LEVELS - 1):
        smaller = cv2.pyrDown(rest)
        bands.append(rest - cv2.pyrUp(smaller, dstsize=(rest.shape[1], rest.shape[0])))
        rest = smaller
    return [*bands, rest]


def _sliced(a: np.ndarray, b: np.ndarray, random: np.random.Generator) -> float:
    directions = random.normal(size=(PATCH * PATCH * 3, DIRECTIONS)).astype(np.float32)
    directions /= np.linalg.norm(directions, axis=0)
    lines = [np.sort(_patches(each, random) @ directions, axis=0) for each in (a, b)]
    return float(np.abs(lines[0] - lines[1]).mean())


def _patches(picture: np.ndarray, random: np.random.Generator) -> np.ndarray:
    view = np.lib.stride_tricks.sliding_window_view(picture, (PATCH, PATCH), (0, 1))
    rows, columns = (random.integers(0, side, PATCHES) for side in view.shape[:2])
    return view[rows, columns].reshape(PATCHES, -1)

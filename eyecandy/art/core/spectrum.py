"""How much detail of each fineness a picture has: the strength of its spectrum, ring by ring.

A picture that is enlarged a little, again and again, gets softer each time: what was finest moves to coarser
frequencies, and nothing comes after it. Here its rings are brought back to those of a picture that had them all.
"""

import numpy as np
import scipy.fft

RINGS = 32  # from still to the finest
FORMS = 0.1  # of the finest frequency that an axis has: what is coarser may come and go


def rings(picture: np.ndarray) -> np.ndarray:
    """(RINGS,) root mean squares of the cosine spectrum of (H, W, 3), over rings of equal width."""
    spectrum = scipy.fft.dctn(picture.astype(np.float32), axes=(0, 1), norm="ortho")
    ring = np.minimum(_radii(picture.shape[:2]) * RINGS, RINGS - 1).astype(int).ravel()
    power = np.square(spectrum).sum(-1).ravel()
    counts = np.maximum(np.bincount(ring, minlength=RINGS), 1)
    return np.sqrt(np.bincount(ring, power, RINGS) / counts)


def restored(picture: np.ndarray, kept: np.ndarray, *, most: float, finest: float = 1.0) -> np.ndarray:
    """A picture (H, W, 3) in 0..255 with the rings `kept` of another of its size, as float32; forms stay as they are.

    Args:
        most: how many times a ring is strengthened or weakened at most.
        finest: beyond this share of the finest frequency nothing is strengthened. There is little but what resampling
            leaves, and strengthened again and again that is hatching.
    """
    gains = np.clip(kept / np.maximum(rings(picture), 1e-6), 1 / most, most)
    radii = _radii(picture.shape[:2])
    gain = np.interp(radii, (np.arange(RINGS) + 0.5) / RINGS, gains)
    gain = np.where(radii > finest, np.minimum(gain, 1), np.where(radii < FORMS, 1, gain)).astype(np.float32)
    spectrum = scipy.fft.dctn(picture.astype(np.float32), axes=(0, 1), norm="ortho")
    found = scipy.fft.idctn(spectrum * gain[..., None], axes=(0, 1), norm="ortho")
    return np.clip(found, 0, 255, out=found)


def _radii(shape: tuple[int, int]) -> np.ndarray:
    """(H, W) how fine each place of a cosine spectrum is: 0 for still, 1 for the finest that an axis has and beyond."""
    down, across = (np.arange(side, dtype=np.float32) / side for side in shape)
    return np.minimum(np.hypot(down[:, None], across[None]), 1)

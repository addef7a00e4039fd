"""Transparency: pictures are seen and painted on white, and keep what shows through."""

import numpy as np


def opaque(pixels: np.ndarray) -> np.ndarray:
    """A picture as it looks on white.

    Args:
        pixels: uint8 of shape (H, W, 3), or (H, W, 4) with alpha, not premultiplied.

    Returns:
        (H, W, 3) uint8; a picture without alpha as it is.

    >>> opaque(np.array([[[0, 100, 255, 0], [0, 100, 255, 255]]], np.uint8)).tolist()
    [[[255, 255, 255], [0, 100, 255]]]
    """
    if pixels.shape[2] == 3:
        return pixels
    alpha = pixels[..., 3:].astype(np.uint32)
    return ((pixels[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)


def transparent(picture: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """A picture that is as transparent as told, and looks on white as it did before.

    Args:
        picture: (H, W, 3) uint8.
        alpha: (H, W) uint8. Where it lets too much through for any colour to look so dark, the nearest is taken.

    Returns:
        (H, W, 4) uint8, not premultiplied; white where nothing is left to be seen.

    >>> transparent(np.array([[[191, 255, 128], [0, 0, 0]]], np.uint8), np.array([[128, 0]], np.uint8)).tolist()
    [[[127, 255, 2, 128], [255, 255, 255, 0]]]
    """
    found = np.empty((*alpha.shape, 4), np.uint8)
    for top in range(0, len(alpha), 256):  # by bands: pictures are large
        rows = slice(top, top + 256)
        share = np.maximum(alpha[rows], 1)[..., None] / np.float32(255)
        colours = 255 - (255 - picture[rows].astype(np.float32)) / share
        colours[alpha[rows] == 0] = 255
        found[rows, :, :3] = np.clip(np.rint(colours), 0, 255)
        found[rows, :, 3] = alpha[rows]
    return found

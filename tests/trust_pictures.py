"""Red boxes on grey, as a network worked out by hand sees them; what the tests of trust share."""

import numpy as np

BOX, OTHER = (16, 32, 112, 96), (176, 112, 272, 192)
SIZE = (288, 224)


def painted(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    """Red boxes on grey, (224, 288, 3) uint8."""
    pixels = np.full((SIZE[1], SIZE[0], 3), 127, np.uint8)
    for x0, y0, x1, y1 in boxes:
        pixels[y0:y1, x0:x1] = (255, 0, 0)
    return pixels


def inside(box: tuple[int, int, int, int]) -> np.ndarray:
    """(224, 288) bool."""
    mask = np.zeros((SIZE[1], SIZE[0]), bool)
    mask[box[1] : box[3], box[0] : box[2]] = True
    return mask

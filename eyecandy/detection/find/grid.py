"""Maps of a network brought to one common grid of cells, each by where its positions really are."""

import numpy as np

from eyecandy.backbone.layers import Layer


def resample(
    features: np.ndarray, layer: Layer, seen: tuple[int, int], cells: tuple[int, int], mirrored: bool = False
) -> np.ndarray:
    """A map on a grid of cells, linearly interpolated between its positions, those at the border continued outwards.

    TensorFlow's padding puts the positions of a map off the middle of the pixels that they stand for: for a stride of
    16, position i looks at pixel 16 i + 15, not at 16 i + 7.5, and in a mirror image at 16 i.

    Args:
        features: (h, w, C) of a picture; of a mirrored one as the network gave them.
        layer: says where its positions are.
        seen: (width, height) of that picture.
        cells: (columns, rows) of the grid, which covers the whole picture.
        mirrored: the picture was a mirror image.

    Returns:
        (rows, columns, C) float32.
    """
    height, width = features.shape[:2]
    down, across = layer.offset
    if mirrored:
        features, across = features[:, ::-1], seen[0] - 1 - layer.stride * (width - 1) - across
    rows = _between(cells[1], seen[1], height, layer.stride, down)
    columns = _between(cells[0], seen[0], width, layer.stride, across)
    tall = (rows @ features.reshape(height, -1)).reshape(cells[1], width, -1)
    return columns @ tall


def _between(count: int, pixels: int, positions: int, stride: int, offset: float) -> np.ndarray:
    """(count, positions): how much each cell takes of each position along one axis."""
    middles = (np.arange(count) + 0.5) * pixels / count - 0.5
    at = np.clip((middles - offset) / stride, 0, positions - 1)
    left = np.minimum(at.astype(int), max(positions - 2, 0))
    share = np.zeros((count, positions), np.float32)
    share[np.arange(count), left] = 1 - (at - left)
    if positions > 1:
        share[np.arange(count), left + 1] += at - left
    return share

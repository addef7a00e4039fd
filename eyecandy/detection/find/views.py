"""A photo as a network sees it: at three sizes, mirrored too, at every half of its stride, all on one grid."""

from dataclasses import dataclass

import numpy as np

from eyecandy._tensorflow import tf
from eyecandy.backbone.dense.dense import Dense
from eyecandy.backbone.layers import CLASS_MAP, Layer
from eyecandy.backbone.model import Backbone
from eyecandy.detection.find.logits import DenseLogits
from eyecandy.errors import EyecandyError
from eyecandy.images import resize

SCALES = (5 / 7, 1.0, 3 / 2)  # of the size looked at: a network has one distance from which it knows a thing best
CELLS = 56 * 56  # at most: N cells have N * N affinities


@dataclass(frozen=True, eq=False)
class Views:
    """What came of it.

    Attributes:
        pixels: (H, W, 3) uint8, the photo at the size asked for.
        class_map: (h, w, C) logits of that picture, as the network gives them by itself.
        logits: the mean over all views.
        features: of two layers, (rows, columns, channels) each, on the cells along which masks spread.
    """

    pixels: np.ndarray
    class_map: np.ndarray
    logits: DenseLogits
    features: list[np.ndarray]

    @property
    def cells(self) -> tuple[int, int]:
        """(columns, rows) of the features."""
        rows, columns = self.features[0].shape[:2]
        return columns, rows


def see(photo: np.ndarray, size: tuple[int, int], backbone: Backbone) -> Views:
    """All views of a photo.

    Args:
        photo: (H, W, 3) uint8, at its own size.
        size: (width, height) of the view in the middle, of sides that the backbone's stride divides.
        backbone: the network. One whose strides cannot be undone is looked through at its own positions.
    """
    layers = feature_layers(backbone)
    dense, stride = densest(backbone, layers)
    grid = (round(size[0] / stride), round(size[1] / stride))
    shrink = min(1.0, float(np.sqrt(CELLS / (4 * grid[0] * grid[1]))))
    cells = (max(1, round(2 * grid[0] * shrink)), max(1, round(2 * grid[1] * shrink)))
    total = np.zeros((grid[1], grid[0], len(backbone.labels)), np.float32)
    for scale in SCALES:
        seen = tuple(max(backbone.minimum, round(side * scale / backbone.stride) * backbone.stride) for side in size)
        picture = resize(photo, (seen[0], seen[1]))
        maps = {name: tensor.numpy() for name, tensor in dense(_both(picture)).items()}
        for mirrored, each in zip((False, True), maps[CLASS_MAP], strict=True):
            total += resample(each, dense.layers[CLASS_MAP], (seen[0], seen[1]), grid, mirrored)
        if scale == 1:
            pixels = picture
            parts, own = dense.own[CLASS_MAP]
            class_map = maps[CLASS_MAP][0, own[0] :: parts[0], own[1] :: parts[1]]
            features = [resample(maps[n][0], dense.layers[n], (seen[0], seen[1]), cells) for n in layers]
    if backbone.scores == "softmax":  # which knows logits but for a constant
        total -= total.mean(-1, keepdims=True)
    total /= 2 * len(SCALES)
    logits = DenseLogits(total, backbone.labels, backbone.scores, stride / backbone.stride)
    return Views(pixels, class_map, logits, features)


def densest(backbone: Backbone, names: tuple[str, ...]) -> tuple[Dense, int]:
    """The network at half its stride, or, where a layer stands in the way, at its own; and that stride."""
    half = max(1, backbone.stride // 2)
    try:
        return backbone.dense(half, names), half
    except EyecandyError:
        return backbone.dense(1 << 20, names), backbone.stride  # even inside it undoes no stride


def feature_layers(backbone: Backbone) -> tuple[str, ...]:
    """Two layers between edges and classes: the last at a quarter of the class map's stride, and the one in the middle
    of those at a half."""
    quarter, half = max(1, backbone.stride // 4), max(1, backbone.stride // 2)
    fine = [layer.name for layer in backbone.layers if layer.stride <= quarter]
    middle = [layer.name for layer in backbone.layers if quarter < layer.stride <= half]
    chosen = fine[-1:] + middle[(len(middle) - 1) // 2 :][:1]
    return tuple(dict.fromkeys(chosen)) or backbone.layer_names[-1:]


def _both(picture: np.ndarray) -> tf.Tensor:
    """A picture and its mirror image, as one batch."""
    return tf.constant(np.stack([picture, picture[:, ::-1]]), tf.float32)


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

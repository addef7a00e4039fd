"""A photo as a network sees it: at three sizes, each with its mirror image, and at every half of its stride."""

from dataclasses import dataclass

import numpy as np

from eyecandy._tensorflow import tf
from eyecandy.backbone.dense.dense import Dense
from eyecandy.backbone.layers import CLASS_MAP
from eyecandy.backbone.model import Backbone
from eyecandy.detection.find.grid import resample
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

"""VGG16 on Places365 (Zhou et al. 2018), with the weights that G. Kalliatakis converted for Keras."""

import os
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING

from eyecandy.backbone.architectures._vgg import KERNELS, Vgg
from eyecandy.backbone.weights.download import Progress
from eyecandy.backbone.weights.files import RemoteFile
from eyecandy.errors import EyecandyError

if TYPE_CHECKING:
    from eyecandy.backbone.labels import Labels, LabelsLike

_WEIGHTS = "https://github.com/GKalliatakis/Keras-VGG16-places365/releases/download/v1.0"
_LABELS = "https://raw.githubusercontent.com/csailvision/places365/master"
_HDF5_OVERHEAD = 1 << 20  # bytes of names and tables; Keras writes about a tenth of it


def _check(path: Path) -> None:
    """Size and layout, since no hash is published."""
    from eyecandy.backbone.weights import hdf5

    shapes = ARCHITECTURE.shapes()
    numbers = 4 * sum(prod(shape) + shape[-1] for shape in shapes.values())
    size = path.stat().st_size
    if not numbers <= size <= numbers + _HDF5_OVERHEAD:
        raise EyecandyError(f"expected {numbers} bytes of weights and at most {_HDF5_OVERHEAD} around them, got {size}")
    hdf5.check(path, shapes)


WEIGHTS = RemoteFile(
    "vgg16-places365",
    "weights",
    f"{_WEIGHTS}/vgg16-places365_{KERNELS}",
    543.1,
    "MIT; its README: GPL-3.0",
    check=_check,
)
# Hash: torchvision/datasets/places365.py.
LABELS = RemoteFile(
    "vgg16-places365",
    "labels",
    f"{_LABELS}/categories_places365.txt",
    0.007,
    "MIT",
    md5="06c963b85866bd0649f97cb43dd16673",
)


class Places365(Vgg):
    """Its labels come in a form of their own."""

    def named(self, labels: "LabelsLike | None", progress: Progress | None = None) -> "Labels":
        """Those of the published file, or of another one in its form, or those given."""
        from eyecandy.backbone.labels import labels_of, places365

        if labels is None or isinstance(labels, str | os.PathLike):
            return places365(LABELS.obtain(progress) if labels is None else labels, expect=self.classes)
        return labels_of(labels, expect=self.classes)


ARCHITECTURE = Places365(
    "vgg16-places365",
    WEIGHTS,
    classes=365,
    files=(WEIGHTS, LABELS),
    convolutions=(2, 2, 3, 3, 3),
    preprocessing="places365",
)

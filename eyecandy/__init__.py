"""eyecandy shows what a convolutional network sees in a photo, and paints with it.

Names are imported on first use, so that `import eyecandy` does not start TensorFlow.
"""

import importlib
from typing import TYPE_CHECKING, Any

from eyecandy import _fork  # noqa: F401, it has to know of forks from the beginning
from eyecandy._version import __version__
from eyecandy.errors import EyecandyError

if TYPE_CHECKING:
    from eyecandy.art.output.record import Artwork
    from eyecandy.art.recipes.dream import dream
    from eyecandy.art.recipes.mirage import mirage
    from eyecandy.art.recipes.reconstruct import reconstruct
    from eyecandy.art.recipes.study import study
    from eyecandy.art.recipes.style import style
    from eyecandy.backbone.device import use_device
    from eyecandy.backbone.load import load_backbone
    from eyecandy.backbone.model import Backbone
    from eyecandy.datasets.dataset import detect_all
    from eyecandy.detection.detect import Detection, detect
    from eyecandy.detection.saliency import saliency

_LAZY = {
    "Artwork": "eyecandy.art.output.record",
    "dream": "eyecandy.art.recipes.dream",
    "mirage": "eyecandy.art.recipes.mirage",
    "reconstruct": "eyecandy.art.recipes.reconstruct",
    "study": "eyecandy.art.recipes.study",
    "style": "eyecandy.art.recipes.style",
    "Backbone": "eyecandy.backbone.model",
    "load_backbone": "eyecandy.backbone.load",
    "use_device": "eyecandy.backbone.device",
    "saliency": "eyecandy.detection.saliency",
    "Detection": "eyecandy.detection.detect",
    "detect": "eyecandy.detection.detect",
    "detect_all": "eyecandy.datasets.dataset",
}

__all__ = [
    "Artwork",
    "Backbone",
    "Detection",
    "EyecandyError",
    "__version__",
    "detect",
    "detect_all",
    "dream",
    "load_backbone",
    "mirage",
    "reconstruct",
    "saliency",
    "study",
    "style",
    "use_device",
]


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'eyecandy' has no attribute {name!r}")
    value = getattr(importlib.import_module(_LAZY[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})

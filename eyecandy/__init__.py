"""eyecandy shows what a convolutional network sees in a photo, and paints with it.

Names are imported on first use, so that `import eyecandy` does not start TensorFlow.
"""

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eyecandy import _fork, _moved  # noqa: F401, they have to know of forks and of old names from the beginning
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
    from eyecandy.detection.tracks.clip import ClipDetection, detect_clip
    from eyecandy.workflows.clip import paint_clip

_LAZY = {
    "Artwork": "eyecandy.art.output.record",
    "Backbone": "eyecandy.backbone.model",
    "load_backbone": "eyecandy.backbone.load",
    "use_device": "eyecandy.backbone.device",
    "saliency": "eyecandy.detection.saliency",
    "Detection": "eyecandy.detection.detect",
    "detect": "eyecandy.detection.detect",
    "ClipDetection": "eyecandy.detection.tracks.clip",
    "detect_all": "eyecandy.datasets.dataset",
    "paint_clip": "eyecandy.workflows.clip",
    "detect_clip": "eyecandy.detection.tracks.clip",
}

__all__ = [
    "Artwork",
    "Backbone",
    "ClipDetection",
    "Detection",
    "EyecandyError",
    "__version__",
    "detect",
    "detect_all",
    "detect_clip",
    "dream",
    "load_backbone",
    "mirage",
    "paint_clip",
    "reconstruct",
    "saliency",
    "study",
    "style",
    "use_device",
]


def __getattr__(name: str) -> Any:
    value: Any
    if name in _LAZY:
        value = getattr(importlib.import_module(_LAZY[name]), name)
    elif not name.startswith("_") and not _is_module(name) and name in _recipes():
        value = importlib.import_module("eyecandy.art.recipes").get(name).make
    else:
        raise AttributeError(f"module 'eyecandy' has no attribute {name!r}")
    globals()[name] = value
    return value


def _is_module(name: str) -> bool:
    """Whether it is a part of the package that is not imported yet: Python asks for the name first."""
    place = Path(__file__).parent / name
    return place.is_dir() or place.with_suffix(".py").is_file()


def _recipes() -> tuple[str, ...]:
    names: tuple[str, ...] = importlib.import_module("eyecandy.art.recipes").names()
    return names


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY, *_recipes()})

"""The few functions of torchvision that neural-style and grad-cam import, for machines where it is not installed.

`install` does nothing where torchvision is there. Each function does what torchvision's own of that name does for
what the two peers ask of it: PIL pictures, tensors (3, H, W), and sizes as (height, width).
"""

import importlib.util
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import numpy as np
import torch
from PIL import Image


class Compose:
    def __init__(self, steps: Sequence[Callable[[Any], Any]]) -> None:
        self.steps = steps

    def __call__(self, value: Any) -> Any:
        for step in self.steps:
            value = step(value)
        return value


class Lambda:
    def __init__(self, function: Callable[[Any], Any]) -> None:
        self.function = function

    def __call__(self, value: Any) -> Any:
        return self.function(value)


class Resize:
    def __init__(self, size: tuple[int, int]) -> None:
        self.size = size

    def __call__(self, image: Image.Image) -> Image.Image:
        return resize(image, self.size)


class Normalize:
    def __init__(self, mean: Sequence[float], std: Sequence[float]) -> None:
        self.mean, self.std = (torch.tensor(values).view(-1, 1, 1) for values in (mean, std))

    def __call__(self, image: torch.Tensor) -> torch.Tensor:
        return (image - self.mean) / self.std


class ToTensor:
    def __call__(self, image: Image.Image) -> torch.Tensor:
        return torch.from_numpy(np.asarray(image).transpose(2, 0, 1).astype(np.float32) / 255)


class ToPILImage:
    def __call__(self, image: torch.Tensor) -> Image.Image:
        return Image.fromarray((image * 255).byte().numpy().transpose(1, 2, 0))


def resize(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    return image.resize((size[1], size[0]), Image.Resampling.BILINEAR)


def install() -> None:
    """Puts the functions where `import torchvision` finds them, unless torchvision is installed."""
    if "torchvision" in sys.modules or importlib.util.find_spec("torchvision") is not None:
        return
    names = ("torchvision", "torchvision.transforms", "torchvision.transforms.functional")
    root, transforms, functional = (ModuleType(name) for name in names)
    root.__dict__["transforms"], transforms.__dict__["functional"] = transforms, functional
    functional.__dict__["resize"] = resize
    for each in (Compose, Lambda, Resize, Normalize, ToTensor, ToPILImage):
        transforms.__dict__[each.__name__] = each
    sys.modules.update(zip(names, (root, transforms, functional), strict=True))

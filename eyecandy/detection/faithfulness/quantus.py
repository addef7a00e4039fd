"""The arrays that Quantus takes (Hedström et al., JMLR 2023; https://github.com/understandable-machine-intelligence-lab/Quantus).

`quantus.PointingGame()(model=..., **arrays)` and the like; its other measures want a model that gives logits (N, C) for
x_batch, of which the backbone's class map averaged over places are some.
"""

import numpy as np

from eyecandy.detection.arrays import resize_mask
from eyecandy.detection.result import Result
from eyecandy.images import fit, resize


def arrays(found: Result, *, longest: int = 448, channels_first: bool = True) -> dict[str, np.ndarray]:
    """One entry of each batch for each object, best first.

    Args:
        found: what `detect` gave.
        longest: longest side of the arrays, in pixels.
        channels_first: whether channels come second, as Quantus has it by default, or last.

    Returns:
        "x_batch" (B, 3, H, W) float32, the photo, RGB in 0..255; "y_batch" (B,) int64, class numbers; "a_batch" (B, 1,
        H, W) float32 in [0, 1], raw soft masks; "s_batch" (B, 1, H, W) uint8, 1 inside the sharpened masks. With
        channels last, (B, H, W, 3) and (B, H, W, 1).
    """
    size = fit(found.photo.size, min(longest, max(found.photo.size)))
    objects, shape = found.objects, (len(found.objects), size[1], size[0])
    photo = resize(found.photo.pixels, size).astype(np.float32)
    soft, inside = np.zeros(shape, np.float32), np.zeros(shape, np.uint8)
    for number, item in enumerate(objects):
        soft[number] = resize_mask(item.small_saliency, size)
        inside[number] = resize_mask(item.small_mask, size) >= item.threshold
    x = np.broadcast_to(photo, (*shape, 3))
    pictures: dict[str, np.ndarray] = {"x_batch": x, "a_batch": soft[..., None], "s_batch": inside[..., None]}
    if channels_first:
        pictures = {name: np.moveaxis(each, -1, 1) for name, each in pictures.items()}
    batch = {name: np.ascontiguousarray(each) for name, each in pictures.items()}
    return {**batch, "y_batch": np.array([item.class_index for item in objects], np.int64)}

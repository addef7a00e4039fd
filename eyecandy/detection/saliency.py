"""`saliency`: which pixels speak for a class."""

from typing import Any

import numpy as np

from eyecandy.arguments import check_integer
from eyecandy.backbone.load import BackboneLike, given_or_default
from eyecandy.detection.arrays import normalise, resize_masks
from eyecandy.detection.find.signals import SIGNALS
from eyecandy.detection.find.sizes import analysis_size
from eyecandy.detection.find.tracing import class_signals
from eyecandy.images import ImageLike, load, resize

DEFAULT = "places"  # one class to the pixel, without asking what is alike to the network
WHOLE = "gradient"  # likewise, of a network that takes whole pictures only
SIZE = 672
_OF_A_WORD = 8  # classes that speak for it


def saliency(
    image: ImageLike,
    class_indices: Any,
    *,
    backbone: BackboneLike | None = None,
    signal: str | None = None,
    size: int | None = None,
) -> np.ndarray:
    """Which pixels speak for each of some classes, or of some everyday words.

    Args:
        image: a path, a PIL image, or a uint8 array (H, W, 3).
        class_indices: K things, or one: class numbers, labels or everyday words. Of a word of several classes, those
            that the network holds likeliest in the picture, up to eight, speak together.
        backbone: the network: a `Backbone`, or whatever `load_backbone` takes; the bundled one by default.
        signal: "places" (the default), "gradient" (the default of a network that takes whole pictures only and has no
            places), "gradient-input" or "smoothgrad".
        size: longest side at which the network looks, in pixels; by default the picture's own, at most 672.

    Returns:
        (K, H, W) float32 in [0, 1], at the picture's own size.

    Raises:
        EyecandyError: not a picture, an unknown signal, or a class that the backbone does not have.
    """
    net = given_or_default(backbone)
    if signal is None:
        signal = DEFAULT if net.whole is None else WHOLE
    if getattr(SIGNALS[SIGNALS.check(signal)], "of_positions", False):
        net.need_places(f"signal {signal!r}")
    meant = net.labels.find_each(class_indices)
    longest = SIZE if size is None else check_integer("size", size, 1)
    photo = load(image)
    pixels = resize(photo.pixels, analysis_size(photo.size, longest, net))
    if any(len(classes) > _OF_A_WORD for classes in meant):
        probabilities = net.probabilities(pixels[None])[0]
        meant = [sorted(classes, key=lambda index: -probabilities[index])[:_OF_A_WORD] for classes in meant]
    needed = sorted({index for classes in meant for index in classes})
    signals = dict(zip(needed, class_signals(net, pixels, needed, signal=signal), strict=True))
    joined = [sum((signals[index] for index in classes[1:]), signals[classes[0]]) for classes in meant]
    masks = np.stack(joined) if joined else np.zeros((0, *pixels.shape[:2]), np.float32)
    return resize_masks(normalise(masks), photo.size)

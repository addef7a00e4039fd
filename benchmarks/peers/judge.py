"""Insertion and deletion curves (Petsiuk, Das, Saenko: "RISE", BMVC 2018), the same for all masks.

The probability is that of the network as published: the softmax of the logits of its pooled features. Pixels of equal
score, and all pixels of an empty mask, go in an order drawn at random.
"""

from collections.abc import Callable, Sequence

import numpy as np

STEPS = 16
GREY = 127


def judge() -> Callable[..., object]:
    """A function of a photo alone, to its best class and its probability; with a class and masks, to their curves."""
    import eyecandy
    from eyecandy.backbone.scores import softmax
    from eyecandy.detection.faithfulness.measures.insertion_deletion import blur

    net = eyecandy.load_backbone()

    def probabilities(pictures: np.ndarray) -> np.ndarray:
        return softmax(net.class_map(pictures).mean((1, 2)))

    def curve(start: np.ndarray, end: np.ndarray, ranks: np.ndarray, wanted: int) -> float:
        shares = np.linspace(0, 1, STEPS + 1)
        turned = (ranks < shares[:, None, None])[..., None]
        return float(np.trapezoid(probabilities(np.where(turned, end, start))[:, wanted], shares))

    def answer(photo: np.ndarray, wanted: int | None = None, masks: Sequence[np.ndarray] = ()) -> object:
        if wanted is None:
            logits = net.class_map(photo[None]).mean((1, 2))[0]
            best = int(logits.argmax())
            return best, float(softmax(logits)[best]), logits
        blurred, grey = blur(photo), np.full_like(photo, GREY)
        orders = [ranks(mask) for mask in masks]
        return [(curve(blurred, photo, o, wanted), curve(photo, grey, o, wanted)) for o in orders]

    return answer


def ranks(mask: np.ndarray) -> np.ndarray:
    """For each pixel, the share of pixels that go before it."""
    ties = np.random.default_rng(0).random(mask.size)
    order = np.lexsort((ties, -mask.ravel()))
    found = np.empty(mask.size)
    found[order] = np.arange(mask.size) / mask.size
    return found.reshape(mask.shape)


def baselines(shape: tuple[int, int]) -> dict[str, np.ndarray]:
    """Masks that know nothing: a coarse random one, and a blob in the middle."""
    import cv2

    cells = np.random.default_rng(0).random((7, 7), np.float32)
    y, x = (np.linspace(-1, 1, side) for side in shape)
    return {
        "a random mask": cv2.resize(cells, shape[::-1], interpolation=cv2.INTER_CUBIC),
        "a blob in the middle": -np.hypot(y[:, None], x[None]),
    }

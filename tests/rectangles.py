"""Two rectangles on grey, whose masks and boxes are known, and how detections of them compare."""

import numpy as np

from eyecandy.detection.detect import Detection

RED, BLUE = (64, 48, 176, 160), (224, 96, 336, 224)  # boxes


def painted(scale: int = 1) -> np.ndarray:
    """A red and a blue rectangle on grey."""
    pixels = np.full((256, 400, 3), 127, np.uint8)
    for (x0, y0, x1, y1), colour in ((RED, (255, 0, 0)), (BLUE, (0, 0, 255))):
        pixels[y0:y1, x0:x1] = colour
    return np.kron(pixels, np.ones((scale, scale, 1), np.uint8))


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    return float((a & b).sum() / (a | b).sum())


def inside(box: tuple[int, int, int, int], size: tuple[int, int]) -> np.ndarray:
    mask = np.zeros(size[::-1], bool)
    mask[box[1] : box[3], box[0] : box[2]] = True
    return mask


def same(one: Detection, other: Detection) -> None:
    """Everything that is a number is the same, to the byte."""
    assert one.classes == other.classes
    for name in ("class_masks", "eigenmasks", "explained_variance_ratio"):
        first, second = (np.asarray(getattr(d, name)) for d in (one, other))
        assert first.shape == second.shape and first.tobytes() == second.tobytes(), name
    assert len(one.objects) == len(other.objects) and len(one.eigenparts) == len(other.eigenparts)
    for p, q in zip(one.eigenparts, other.eigenparts, strict=True):
        assert (p.component, p.sign, p.word, p.evidence, p.top) == (q.component, q.sign, q.word, q.evidence, q.top)
        assert (p.fate, p.object) == (q.fate, q.object) and p.small_mask.tobytes() == q.small_mask.tobytes()
    for a, b in zip(one.objects, other.objects, strict=True):
        assert (a.label, a.score, a.probability, a.box, a.top) == (b.label, b.score, b.probability, b.box, b.top)
        assert a.mask.tobytes() == b.mask.tobytes() and a.saliency.tobytes() == b.saliency.tobytes()

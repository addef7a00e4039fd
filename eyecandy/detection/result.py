"""What was found in one photo: its objects, and the eigen-masks that they came from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np

from eyecandy import _moved
from eyecandy.detection.arrays import MaskStack, read_only, resize_mask
from eyecandy.detection.options import DetectOptions
from eyecandy.detection.score import FITS, Signs
from eyecandy.images import Photo


class SeenClass(NamedTuple):
    """One class with its probability."""

    class_index: int
    label: str
    probability: float


@dataclass(frozen=True, eq=False)
class EigenPart:
    """One side of an eigen-mask, classified again.

    Attributes:
        component: index of the eigen-mask.
        sign: +1 or -1, the side of it.
        explained_variance_ratio: of the eigen-mask.
        word: the everyday word that the part counts for: its likeliest, or that of the object it was joined to.
        evidence: of that word, in [0, 1]: 0 at its chance, 1 where it is certain.
        top: the part's own top classes, best first.
        fate: "object"; or why it became none: "unsure" (of anything), "explained" (by others, just as well), "dropped"
            (its object was not known again when shown alone, or scores too little), "faint" (beside the strongest).
        object: index in the objects of the photo of the best object that it is a part of, else None.
        size: (width, height) of the photo.
    """

    component: int
    sign: int
    explained_variance_ratio: float
    word: str
    evidence: float
    top: tuple[SeenClass, ...]
    fate: str
    object: int | None
    size: tuple[int, int]
    small_mask: np.ndarray = field(repr=False)

    @property
    def mask(self) -> np.ndarray:
        """The part, (H, W) float32 in [0, 1], at the photo's own size; read-only."""
        return read_only(resize_mask(self.small_mask, self.size))

    @property
    def said(self) -> str:
        """What became of it, in a few words: "dog: object 1"."""
        if self.object is not None:
            return f"{self.word}: object {self.object + 1}"
        return f"{self.word}? {_REASONS[self.fate]}"


_REASONS = {
    "unsure": "not sure of it",
    "explained": "others explain it",
    "dropped": "not kept",
    "faint": "too faint to count",
    "object": "not kept",
}


@dataclass(frozen=True, eq=False)
class DetectedObject:
    """One thing in a photo.

    Attributes:
        label: the class, such as "Siberian husky".
        class_index: its number.
        word: the everyday word, such as "dog".
        probability: of the word, where the object is: the probabilities of its classes summed.
        score: in (0, 1), how likely it is that name and mask are right, see `score.score`. It does not depend on
            `min_score`.
        box: (x0, y0, x1, y1) in the photo's pixels, x1 and y1 exclusive: the bounds of where mask >= threshold.
        top: the object's own top classes, best first.
        eigenmask: index of the eigen-mask it belongs to.
        sign: +1 or -1, the part of that eigen-mask.
        explained_variance_ratio: of that eigen-mask.
        threshold: the object is where its mask is at least this.
        size: (width, height) of the photo.
        signs: what the score was made of; None of an object that was not found but given.
    """

    label: str
    class_index: int
    word: str
    probability: float
    score: float
    box: tuple[int, int, int, int]
    top: tuple[SeenClass, ...]
    eigenmask: int
    sign: int
    explained_variance_ratio: float
    threshold: float
    size: tuple[int, int]
    small_saliency: np.ndarray = field(repr=False)
    small_mask: np.ndarray = field(repr=False)
    signs: Signs | None = field(default=None, repr=False)

    @property
    def saliency(self) -> np.ndarray:
        """The raw soft mask, (H, W) float32 in [0, 1], at the photo's own size; read-only."""
        return read_only(resize_mask(self.small_saliency, self.size))

    @property
    def mask(self) -> np.ndarray:
        """The sharpened mask, (H, W) float32 in [0, 1], at the photo's own size; read-only."""
        return read_only(resize_mask(self.small_mask, self.size))

    @property
    def name(self) -> str:
        """What figures call it: "eigendog", or "eigen-hair-clip"."""
        return f"eigen{self.word}" if " " not in self.word else f"eigen-{self.word.replace(' ', '-')}"

    @property
    def something_like(self) -> bool:
        """Whether no class fits: words that are no more probable than this one are wrong more often than right."""
        return self.probability < FITS

    @property
    def called(self) -> str:
        """The label; or "something like cheetah" where no class fits."""
        return f"something like {self.label}" if self.something_like else self.label

    @cached_property
    def area(self) -> int:
        """The number of the photo's pixels where mask >= threshold."""
        return int((self.mask >= self.threshold).sum())


@dataclass(frozen=True, eq=False)
class Result:
    """What was found in one photo, as plain values.

    Attributes:
        photo: the photo itself.
        classes: the top classes, (class_index, label, probability), best first.
        class_masks: (N, H, W) in [0, 1], one a class of `classes`; made at the photo's size when asked for.
        eigenmasks: (M, H, W), signed, likewise.
        explained_variance_ratio: (M,).
        eigenparts: each side of each eigen-mask, what it was classified as, and what became of it.
        objects: the objects, best score first.
        backbone: name of the network; `weights_sha256` its hash.
        options: the knobs it was made with.
        identity: all that the network is known by, see `Backbone.identity`; empty where it is not known.
    """

    photo: Photo
    classes: tuple[SeenClass, ...]
    class_masks: MaskStack
    eigenmasks: MaskStack
    explained_variance_ratio: np.ndarray
    eigenparts: tuple[EigenPart, ...]
    objects: tuple[DetectedObject, ...]
    backbone: str
    weights_sha256: str | None
    options: DetectOptions
    identity: Mapping[str, str | None] = field(default_factory=dict)


__getattr__ = _moved.attribute(__name__)

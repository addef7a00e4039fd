"""What was found in one photo: its objects, and the eigen-masks that they came from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from eyecandy.arguments import check_path
from eyecandy.detection.arrays import MaskStack, read_only, resize_mask
from eyecandy.detection.options import DetectOptions
from eyecandy.images import Photo

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from supervision import Detections

    from eyecandy.backbone.load import BackboneLike
    from eyecandy.detection.faithfulness import Trust


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
            (its object was not known again when shown alone, or scores too little).
        object: index in `Detection.objects` of the best object that it is a part of, else None.
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
        score: in (0, 1), how sure the network is of the word: of what it sees under the object's mask in the photo, and
            of the object's box shown alone. It does not depend on `min_score`.
        box: (x0, y0, x1, y1) in the photo's pixels, x1 and y1 exclusive: the bounds of where mask >= threshold.
        top: the object's own top classes, best first.
        eigenmask: index of the eigen-mask it belongs to.
        sign: +1 or -1, the part of that eigen-mask.
        explained_variance_ratio: of that eigen-mask.
        threshold: the object is where its mask is at least this.
        size: (width, height) of the photo.
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
        """What figures call it: "eigendog"."""
        return f"eigen{self.word}"

    @cached_property
    def area(self) -> int:
        """The number of the photo's pixels where mask >= threshold."""
        return int((self.mask >= self.threshold).sum())


@dataclass(frozen=True, eq=False)
class Detection:
    """What was found in one photo.

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

    def figure(self) -> "Figure":
        """The photo and each object cut out of it, side by side, as a `matplotlib.figure.Figure`."""
        from eyecandy.detection.figures.figure import figure

        return figure(self)

    def explain_figure(self) -> "Figure":
        """All class masks and eigen-masks on the photo, as a `matplotlib.figure.Figure`."""
        from eyecandy.detection.figures.figure import explain_figure

        return explain_figure(self)

    def to_coco(self) -> dict[str, Any]:
        """The objects as a COCO data set of one image: what `objects.json` holds, see `coco.to_coco`."""
        from eyecandy.detection.export.coco import to_coco

        return to_coco(self)

    def to_supervision(self) -> "Detections":
        """The objects as `supervision.Detections`, see `supervision.to_supervision`.

        Raises:
            EyecandyError: the package supervision is not installed.
        """
        from eyecandy.detection.export.supervision import to_supervision

        return to_supervision(self)

    def trust(self, backbone: "BackboneLike | None" = None) -> "Trust":
        """Whether each object's mask is to be believed: its insertion and deletion curves, see `trust.trust`.

        Args:
            backbone: the network that the photo was looked at with; may be left out for the bundled one.

        Raises:
            EyecandyError: another network than that.
        """
        from eyecandy.detection.faithfulness import trust

        return trust(self, backbone)

    def save(self, directory: str | Path, *, overwrite: bool = False, explain: bool = False) -> None:
        """Writes a folder of results, whole or not at all: figure, cut-outs, masks, objects; see `results.write`.

        Args:
            directory: the folder to make.
            overwrite: replace an older folder of results.
            explain: add the figure of all class masks and eigen-masks.

        Raises:
            EyecandyError: the folder exists, or cannot be written.
        """
        from eyecandy.detection.export.results import save

        save(self, check_path("directory", directory), overwrite=overwrite, explain=explain)

    def _repr_png_(self) -> bytes:
        """What a notebook shows: the figure."""
        from eyecandy.detection.figures.sheet import png

        return png(self.figure())

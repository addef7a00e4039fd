"""`detect`: a photo goes in, labelled objects with masks come out."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from eyecandy.backbone.labels import Labels
from eyecandy.backbone.load import given_or_default
from eyecandy.backbone.model import Backbone, probabilities_of
from eyecandy.backbone.reading import Reading
from eyecandy.detection.arrays import MaskStack, normalise
from eyecandy.detection.find.eigenmasks import decompose
from eyecandy.detection.find.evidence import explain
from eyecandy.detection.find.refine import FLAT
from eyecandy.detection.find.signals import analysis_size, class_signals
from eyecandy.detection.objects import HALF_SCORE, DetectedObject, SeenClass, Sight, find_objects
from eyecandy.detection.options import CLOSER_SIZE, SIZE, DetectOptions
from eyecandy.images import ImageLike, Photo, fit, load, resize

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from supervision import Detections

    from eyecandy.detection.faithfulness import Trust

CROWDED = 35  # places a thing; the network's training pictures were 7 x 7 places
MASK_SIZE = 640  # longest side at which masks are sharpened


@dataclass(frozen=True, eq=False)
class Look:
    """A backbone's first look at a photo: what classes it sees, before anything is traced back.

    Attributes:
        pixels: (H, W, 3) uint8 at the size the network saw.
        class_map: (h, w, C) logits.
        classes: the top classes, best first.
    """

    pixels: np.ndarray
    class_map: np.ndarray
    classes: tuple[SeenClass, ...]


def look(photo: Photo, backbone: Backbone, options: DetectOptions) -> Look:
    """What a backbone sees in a photo, at the size that the options ask for or that suits the photo.

    Raises:
        EyecandyError: an option out of its range, or a photo too small to hold an object.
    """
    options.check(backbone)
    seen = _look_at(photo, backbone, SIZE if options.size is None else options.size, options)
    if options.size is None and max(photo.size) > SIZE and _crowded(seen.class_map):
        seen = _look_at(photo, backbone, CLOSER_SIZE, options)
    return seen


def _look_at(photo: Photo, backbone: Backbone, size: int, options: DetectOptions) -> Look:
    pixels = resize(photo.pixels, analysis_size(photo.size, size, backbone))
    class_map = backbone.class_map(pixels[None])
    return Look(pixels, class_map[0], ranked(class_map[0], backbone.labels, options.reading, options.top))


def ranked(class_map: np.ndarray, labels: Labels, reading: Reading, top: int) -> tuple[SeenClass, ...]:
    """The top classes of one (h, w, C) class map in one of its readings, best first."""
    probabilities = probabilities_of(class_map[None], reading)[0]
    order = np.argsort(-probabilities, kind="stable")[:top].tolist()
    return tuple(SeenClass(i, labels.names[i], float(probabilities[i])) for i in order)


def _crowded(class_map: np.ndarray) -> bool:
    """Whether so many things share the photo that each has fewer places than the network was trained to fill."""
    claims = explain(class_map, range(class_map.shape[-1]), HALF_SCORE / 2)
    places = class_map.shape[0] * class_map.shape[1]
    return bool(claims) and places / len(claims) < CROWDED


@dataclass(frozen=True, eq=False)
class Detection:
    """What was found in one photo.

    Attributes:
        photo: the photo itself.
        classes: the top classes, (class_index, label, probability), best first.
        class_masks: (N, H, W) in [0, 1], one a class of `classes`; made at the photo's size when asked for.
        eigenmasks: (M, H, W), signed, likewise.
        explained_variance_ratio: (M,).
        objects: the objects, best score first.
        backbone: name of the network; `weights_sha256` its hash.
        options: the knobs it was made with.
    """

    photo: Photo
    classes: tuple[SeenClass, ...]
    class_masks: MaskStack
    eigenmasks: MaskStack
    explained_variance_ratio: np.ndarray
    objects: tuple[DetectedObject, ...]
    backbone: str
    weights_sha256: str | None
    options: DetectOptions

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

    def trust(self, backbone: Backbone | None = None) -> "Trust":
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

        save(self, Path(directory), overwrite=overwrite, explain=explain)

    def _repr_png_(self) -> bytes:
        """What a notebook shows: the figure."""
        from eyecandy.detection.figures.sheet import png

        return png(self.figure())


def detect(
    image: ImageLike,
    *,
    backbone: Backbone | None = None,
    options: DetectOptions | None = None,
    **knobs: Any,
) -> Detection:
    """Finds the objects in a photo, each with a label, an everyday word, a mask and a box.

    Args:
        image: a path, a PIL image, or a uint8 array (H, W, 3); a tensor counts as one.
        backbone: the network; the bundled one by default.
        options: all knobs at once.
        **knobs: single knobs of `DetectOptions`: top, reading, signal, decomposition, components, refine, size,
            min_score.

    Raises:
        EyecandyError: not a picture, too small to hold an object, or a knob out of its range.
    """
    net = given_or_default(backbone)
    chosen = replace(options or DetectOptions(), **knobs)
    photo = load(image)
    return trace(photo, look(photo, net, chosen), net, chosen)


def trace(photo: Photo, seen: Look, backbone: Backbone, options: DetectOptions) -> Detection:
    """The second half of `detect`: from a first look to objects."""
    return finish(photo, seen, traced(seen, backbone, options), backbone, options)


def traced(seen: Look, backbone: Backbone, options: DetectOptions) -> np.ndarray:
    """What each of the top classes says to the pixels: (N, H, W), see `class_signals`. All the network has to do."""
    return class_signals(backbone, seen.pixels, [c.class_index for c in seen.classes], signal=options.signal)


def finish(photo: Photo, seen: Look, signals: np.ndarray, backbone: Backbone, options: DetectOptions) -> Detection:
    """The rest, for which no network is run: eigen-masks, the contest of the classes, and sharp masks."""
    masks = normalise(signals)
    eigen = decompose(masks, components=options.components, decomposition=options.decomposition)
    sight = Sight(
        pixels=resize(photo.pixels, fit(photo.size, MASK_SIZE)),
        size=photo.size,
        class_map=seen.class_map,
        signals=signals,
        eigenmasks=eigen,
    )
    objects: tuple[DetectedObject, ...] = ()
    # On bare ground the network's biases do the talking, and they may be quite sure of themselves.
    if seen.pixels.std((0, 1)).max() >= FLAT:
        objects = find_objects(
            sight, backbone.labels, min_score=options.min_score, refinement=options.refine, top=options.top
        )
    return Detection(
        photo=photo,
        classes=seen.classes,
        class_masks=MaskStack(masks, photo.size),
        eigenmasks=MaskStack(eigen.components, photo.size),
        explained_variance_ratio=eigen.explained_variance_ratio,
        objects=objects,
        backbone=backbone.name,
        weights_sha256=backbone.weights_sha256,
        options=options,
    )

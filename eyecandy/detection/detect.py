"""`detect`: a photo goes in, labelled objects with masks come out."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from eyecandy.arguments import check_path, options_of
from eyecandy.backbone.load import BackboneLike, given_or_default
from eyecandy.backbone.model import Backbone
from eyecandy.backbone.scores import probabilities_of
from eyecandy.detection.arrays import MaskStack
from eyecandy.detection.find.affinity import affinity
from eyecandy.detection.find.alone import known_alone
from eyecandy.detection.find.eigenmasks import class_masks, decompose
from eyecandy.detection.find.instances import Instance, tell_apart
from eyecandy.detection.find.logits import DenseLogits
from eyecandy.detection.find.masks import FLAT, Thing, cut, soft_masks
from eyecandy.detection.find.regions import Hypothesis, classify, join, needed
from eyecandy.detection.find.sizes import CLOSER_SIZE, SIZE, analysis_size, default_size
from eyecandy.detection.find.tracing import class_signals
from eyecandy.detection.find.views import Views, see
from eyecandy.detection.naming import Naming
from eyecandy.detection.objects import eigenparts, objects
from eyecandy.detection.options import DetectOptions
from eyecandy.detection.result import Result, SeenClass
from eyecandy.images import ImageLike, Photo, load

if TYPE_CHECKING:
    from supervision import Detections

    from eyecandy._matplotlib import Figure
    from eyecandy.detection.export.files import Files
    from eyecandy.detection.faithfulness.trust import Trust
    from eyecandy.detection.faithfulness.truth.reading import TruthLike


class Detection(Result):
    """What was found in one photo, and what can be made of it.

    Its values are those of `Result`; figures, exports and the test of the masks are functions of these, which the
    methods call.
    """

    def figure(self) -> "Figure":
        """The photo and each object cut out of it, side by side, as a `matplotlib.figure.Figure`."""
        from eyecandy.detection.figures.figure import figure

        return figure(self)

    def explain_figure(self) -> "Figure":
        """All class masks and eigen-masks on the photo, as a `matplotlib.figure.Figure`."""
        from eyecandy.detection.figures.figure import explain_figure

        return explain_figure(self)

    def to_coco(self, **knobs: Any) -> dict[str, Any]:
        """The objects as a COCO data set of one image: what `objects.json` holds, see `formats.coco.to_coco`.

        Args:
            **knobs: of `LabelOptions`: by, segmentation, polygon_error.
        """
        from eyecandy.detection.export.formats.coco import to_coco

        return to_coco(self, **knobs)

    def to_yolo(self, **knobs: Any) -> "Files":
        """The objects as YOLO's segmentation labels: "labels/photo.txt" and "data.yaml", see `to_labels`."""
        return self.to_labels("yolo-seg", **knobs)

    def to_voc(self, **knobs: Any) -> "Files":
        """The objects as Pascal VOC has them: XML, and pictures of objects and classes, see `to_labels`."""
        return self.to_labels("voc", **knobs)

    def to_labelme(self, **knobs: Any) -> "Files":
        """The objects as labelme's polygons: "photo.json" and "labels.txt", see `to_labels`."""
        return self.to_labels("labelme", **knobs)

    def to_label_studio(self, **knobs: Any) -> "Files":
        """The objects as Label Studio's predictions: "tasks.json" and "interface.xml", see `to_labels`."""
        return self.to_labels("label-studio", **knobs)

    def to_cvat(self, **knobs: Any) -> "Files":
        """The objects as CVAT's masks: "annotations.xml" and "labels.json", see `to_labels`."""
        return self.to_labels("cvat", **knobs)

    def to_labels(self, format: str, **knobs: Any) -> "Files":
        """The objects in a format for other tools.

        Args:
            format: one of `formats.FORMATS`.
            **knobs: of `LabelOptions`: by, segmentation, polygon_error.

        Returns:
            What is in each file, as bytes, by its name.

        Raises:
            EyecandyError: no such format, a knob out of its range, or what writes the format is not installed.
        """
        from eyecandy.detection.export.files import files_of

        return files_of(self, format, **knobs)

    def to_supervision(self) -> "Detections":
        """The objects as `supervision.Detections`, see `supervision.to_supervision`.

        Raises:
            EyecandyError: the package supervision is not installed.
        """
        from eyecandy.detection.export.supervision import to_supervision

        return to_supervision(self)

    def trust(
        self,
        backbone: BackboneLike | None = None,
        *,
        measure: Sequence[str] | None = None,
        truth: "TruthLike | None" = None,
        seed: int = 0,
    ) -> "Trust":
        """Whether each object's mask is to be trusted, by several measures; docs/trust.md has their formulas.

        Args:
            backbone: the network that the photo was looked at with; may be left out for the bundled one.
            measure: names of measures; by default all that can be taken.
            truth: what is really there: the path of a mask, of a COCO file or of boxes, or a mask (H, W).
            seed: of all that is drawn: the same seed gives the same numbers.

        Raises:
            EyecandyError: another network than that; an unknown measure, or one that needs to know more of what is
                there; a truth that cannot be read, or is of another size than the photo.
        """
        from eyecandy.detection.faithfulness.trust import trust

        net = given_or_default(backbone)

        def again(pixels: np.ndarray) -> Result:
            return detect(pixels, backbone=net, options=self.options)

        return trust(self, net, again, measure=measure, truth=truth, seed=seed)

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


@dataclass(frozen=True, eq=False)
class Look:
    """A backbone's first look at a photo: what it sees where, before anything is traced back.

    Attributes:
        views: the photo at several sizes.
        classes: the top classes, best first, each of another word.
        crowded: many things may share the photo, so more eigen-masks count.
        reading: what the probabilities of the classes are: "places" or "average".
    """

    views: Views
    classes: tuple[SeenClass, ...]
    crowded: bool = False
    reading: str = "places"

    @property
    def pixels(self) -> np.ndarray:
        """(H, W, 3) uint8, the view in the middle."""
        return self.views.pixels

    @property
    def class_map(self) -> np.ndarray:
        """(h, w, C) logits of that view."""
        return self.views.class_map


def detect(
    image: ImageLike,
    *,
    backbone: BackboneLike | None = None,
    options: DetectOptions | None = None,
    **knobs: Any,
) -> Detection:
    """Finds the objects in a photo, each with a label, an everyday word, a mask and a box.

    Args:
        image: a path, a PIL image, or a uint8 array (H, W, 3); a tensor counts as one.
        backbone: the network: a `Backbone`, or whatever `load_backbone` takes; the bundled one by default.
        options: all knobs at once.
        **knobs: single knobs of `DetectOptions`: top, reading, signal, decomposition, components, refine, size,
            min_score, min_probability, classes, name_as.

    Raises:
        EyecandyError: not a picture, too small to hold an object, or a knob out of its range.
    """
    net = given_or_default(backbone)
    chosen = options_of(DetectOptions, options, knobs)
    photo = load(image)
    return trace(photo, look(photo, net, chosen), net, chosen)


def look(photo: Photo, backbone: Backbone, options: DetectOptions) -> Look:
    """What a backbone sees in a photo, at the size that the options ask for.

    Raises:
        EyecandyError: an option out of its range, or a photo too small to hold an object.
    """
    backbone.need_places("detect")
    options.check(backbone)
    views = see(photo.pixels, analysis_size(photo.size, options.size or default_size(photo.size), backbone), backbone)
    crowded = views.logits.crowded
    if crowded and options.size is None and max(views.pixels.shape[:2]) < min(CLOSER_SIZE, max(photo.size)):
        views = see(photo.pixels, analysis_size(photo.size, CLOSER_SIZE, backbone), backbone)
    # A panorama has room for many things too.
    crowded = crowded or (options.size is None and default_size(photo.size) > SIZE)
    return Look(views, _strongest(views, options), crowded, options.reading)


def trace(photo: Photo, seen: Look, backbone: Backbone, options: DetectOptions) -> Detection:
    """The second half of `detect`: from a first look to objects."""
    return finish(photo, seen, traced(seen, backbone, options), backbone, options)


def traced(seen: Look, backbone: Backbone, options: DetectOptions) -> np.ndarray:
    """What each of the top classes says to the cells: (N, rows, columns), see `class_signals`."""
    classes = [c.class_index for c in seen.classes]
    return class_signals(backbone, seen.pixels, classes, signal=options.signal, cells=seen.views.cells)


def finish(photo: Photo, seen: Look, signals: np.ndarray, backbone: Backbone, options: DetectOptions) -> Detection:
    """The way from class signals to objects."""
    logits = seen.views.logits
    alike = affinity(seen.views.features, seen.pixels)
    masks = class_masks(signals)
    eigen = decompose(
        masks * _weights(seen, logits)[:, None, None],
        components=options.components,
        decomposition=options.decomposition,
        crowded=seen.crowded,
    )
    parts = classify(list(eigen.parts()), logits)
    # On bare ground the network's biases do the talking, and they may be quite sure of themselves.
    regions = join(parts, logits) if seen.pixels.std((0, 1)).max() >= FLAT else []
    known = _known(regions, photo, seen, alike, backbone, options)
    naming = Naming.of(options, backbone.labels)
    scored = objects(
        known,
        logits,
        eigen,
        photo.size,
        min_score=options.min_score,
        min_probability=options.min_probability,
        top=options.top,
    )
    found = [(thing, naming.named(item)) for thing, item in scored if naming.keeps(item.class_index)]
    return Detection(
        photo=photo,
        classes=seen.classes,
        class_masks=MaskStack(masks, photo.size),
        eigenmasks=MaskStack(eigen.components, photo.size),
        explained_variance_ratio=eigen.explained_variance_ratio,
        eigenparts=eigenparts(parts, found, eigen, backbone.labels, photo.size, options.top),
        objects=tuple(o for _, o in found),
        backbone=backbone.name,
        weights_sha256=backbone.weights_sha256,
        options=options,
        identity=backbone.identity,
    )


def _known(
    regions: list[Hypothesis],
    photo: Photo,
    seen: Look,
    alike: np.ndarray,
    backbone: Backbone,
    options: DetectOptions,
) -> list[tuple[Thing, np.ndarray]]:
    """The things of the regions that are needed, with their pixels, as far as they are known again when shown alone.

    A word that nothing is known by is taken back, once: what it explained away and the pixels that it held may be
    another's.
    """
    logits = seen.views.logits
    known: list[tuple[Thing, np.ndarray]] = []
    for _ in range(2):
        wanted = needed(regions, logits)
        instances = tell_apart(wanted, soft_masks(wanted, logits, alike), logits)
        things = _cut(instances, seen.pixels, options.refine, logits)
        known = known_alone(things, photo.pixels, logits, backbone)
        right = {thing.instance.region.word for thing, _ in known}
        wrong = {region.word for region in wanted} - right
        if not wrong or len(wrong) == len(regions):
            break
        regions = [region for region in regions if region.word not in wrong]
    return known


def _cut(instances: list[Instance], pixels: np.ndarray, refine: str, logits: DenseLogits) -> list[Thing]:
    """The pixels of all instances; only where classes do not compete may things of several words share some."""
    if logits.scores == "softmax":
        return cut(instances, pixels, refine)
    words = dict.fromkeys(instance.region.word for instance in instances)
    return [thing for word in words for thing in cut([i for i in instances if i.region.word == word], pixels, refine)]


def _strongest(views: Views, options: DetectOptions) -> tuple[SeenClass, ...]:
    """The best class of each of the top words, in the reading that the options ask for."""
    logits = views.logits
    labels = logits.labels
    probabilities = probabilities_of(views.class_map[None], options.reading, logits.scores)[0]
    strength = logits.strength if options.reading == "places" else logits.word_probabilities(probabilities)
    words = np.argsort(-strength, kind="stable")[: options.top].tolist()
    classes = [logits.best_class(word) for word in words]
    return tuple(SeenClass(c, labels.names[c], float(probabilities[c])) for c in classes)


def _weights(seen: Look, logits: DenseLogits) -> np.ndarray:
    """(N,) how much each class counts among the class masks: the square of its word's strength."""
    words = logits.labels.word_ids[[c.class_index for c in seen.classes]]
    return logits.strength[words] ** 2

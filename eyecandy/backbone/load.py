"""Which backbone is meant by a name, a path or a model."""

import difflib
import os
from functools import lru_cache
from pathlib import Path
from typing import NoReturn, TypeAlias, TypeVar, get_args

from eyecandy._tensorflow import check, defaults, keras
from eyecandy.arguments import check_path, told
from eyecandy.backbone import layers
from eyecandy.backbone.adopt import keras_model, model_file
from eyecandy.backbone.adopt.keras2 import files as keras2
from eyecandy.backbone.architectures import ARCHITECTURES, DEFAULT, Architecture
from eyecandy.backbone.architectures._vgg import Pooling
from eyecandy.backbone.graph import trace
from eyecandy.backbone.labels import Labels, LabelsLike, generic, imagenet, labels_of
from eyecandy.backbone.model import Backbone
from eyecandy.backbone.precision import CHOICES, Choice, set_precision
from eyecandy.backbone.preprocessing import Mode
from eyecandy.backbone.scores import HEADS, Head
from eyecandy.backbone.weights.download import Progress
from eyecandy.backbone.weights.files import file_hash
from eyecandy.errors import EyecandyError, OptionError

StrPath = str | os.PathLike[str]
BackboneLike: TypeAlias = StrPath | keras.Model | Backbone
"""Whatever may stand for a backbone: a name, the path of a model file, a Keras model, or one that is open."""
T = TypeVar("T")

DEFAULT_PREPROCESSING: Mode = "none"


def load_backbone(
    which: BackboneLike | None = None,
    *,
    weights: StrPath | None = None,
    labels: LabelsLike | None = None,
    preprocessing: Mode | None = None,
    pooling: Pooling | None = None,
    precision: Choice = "float32",
    head: Head | None = None,
    classes_output: str | None = None,
    progress: Progress | None = None,
) -> Backbone:
    """A backbone by its name, from a model file, or from a Keras model.

    Args:
        which: "efficientnet-lite0", which is a part of the package; "vgg16", "vgg19" or "vgg16-places365", whose
            weights are downloaded at the first use (about 550 MB); the path of a Keras classifier, of Keras 3
            or 2 (.keras, a whole model in .h5, a SavedModel folder of Keras 2, or a folder with one of these and
            its labels.txt, as Teachable Machine exports them); a Functional or Sequential `keras.Model`, or one of
            tf_keras, which is copied and stays as it is; or a `Backbone`, which is given back. None is the first of
            these.
        weights: a file of weights instead of the published one, for a named backbone: Keras's .h5 or .weights.h5 for
            VGG; an .npz of the bundled file's layout for "efficientnet-lite0".
        labels: the names of the classes, in their order or by number, or a text file with one a line, see
            `labels_of`; for "vgg16-places365" a file in the form of its own categories_places365.txt. Default: the
            backbone's own; for a model of the user's, ImageNet's where it has 1,000 classes, else "class 0",
            "class 1", ... A labels.txt beside a model in a folder is the model's own.
        preprocessing: for a model of the user's: what it wants done to RGB in 0..255, "caffe", "tf" or "torch" as in
            keras.applications.imagenet_utils, "unit" (divided by 255) or "none" (the default: the model has its
            own preprocessing inside, as Keras Applications' newer ones do). For an export of Teachable Machine, "tf"
            is the default.
        pooling: for VGG: "max" (the default) or "average".
        precision: "float32", "bfloat16", or "auto" for the faster of the two by what the machine has.
        head: for a model of the user's: what it gives, "logits", "softmax" (probabilities of classes that exclude each
            other) or "sigmoid" (a probability for each class, or logits that were trained as such). Needed only where
            its last layers do not tell.
        classes_output: for a model of the user's with several outputs: the key or the layer of the one that is the
            classes. Needed only where there are several such.
        progress: called as `progress(file_name, bytes_so_far, bytes_in_all)` during a download.

    Raises:
        EyecandyError: an unknown name, an argument that the backbone has no use for, weights that are missing,
            damaged or of another network, or a model that is no classifier of colour pictures of any size.
    """
    _one_of("precision", precision, CHOICES, "float32")
    _one_of("head", head, HEADS, "logits")
    if isinstance(which, Backbone):
        given = {"labels": labels, "preprocessing": preprocessing, "pooling": pooling, "weights": weights}
        given |= {"head": head, "classes_output": classes_output}
        _refuse("a Backbone", **given, precision=None if precision == "float32" else precision)
        return which
    which = DEFAULT if which is None else which
    weights = None if weights is None else check_path("weights", weights)
    with defaults():
        backbone = _backbone(which, weights, labels, preprocessing, pooling, head, classes_output, progress)
        backbone.precision = set_precision(backbone.model, precision)
    return backbone


def given_or_default(backbone: BackboneLike | None) -> Backbone:
    """The backbone that is meant by whatever stands for one, or the bundled one where nothing does.

    Those that have a name are opened once and keep what they have compiled; files and models are opened each time,
    since they may have changed.

    Raises:
        EyecandyError: as `load_backbone`.
    """
    check()
    if isinstance(backbone, Backbone):
        return backbone
    if backbone is None or (isinstance(backbone, str) and backbone in ARCHITECTURES):
        return _named(str(backbone or DEFAULT))
    return load_backbone(backbone)


@lru_cache(maxsize=2)
def _named(name: str) -> Backbone:
    return load_backbone(name)


def _backbone(
    which: StrPath | keras.Model,
    weights: StrPath | None,
    labels: LabelsLike | None,
    preprocessing: Mode | None,
    pooling: Pooling | None,
    head: Head | None,
    classes_output: str | None,
    progress: Progress | None,
) -> Backbone:
    if keras2.is_live(which):
        which = model_file.from_live(which)
    if isinstance(which, keras.Model):
        _refuse("a keras.Model", weights=weights, pooling=pooling)
        return _own(which, which.name, labels, preprocessing, None, head, classes_output)
    name = os.fspath(which) if isinstance(which, str | os.PathLike) else _none(which)
    if name not in ARCHITECTURES:
        path = _model_path(name)
        _refuse(f"the model file {path}", weights=weights, pooling=pooling)
        found = model_file.export(path)
        labels = found.labels if labels is None else labels
        mode = preprocessing or found.preprocessing
        return _own(model_file.load(found.model), path.stem, labels, mode, found.model, head, classes_output)
    _refuse(name, preprocessing=preprocessing, head=head, classes_output=classes_output)
    own_weights = None if weights is None else Path(weights)
    return _known(ARCHITECTURES[name], own_weights, labels, pooling, progress)


def layers_of(which: BackboneLike = DEFAULT) -> tuple[layers.Layer, ...]:
    """The layers of a backbone, from pixels to head. A named backbone needs no weights for that, and none are fetched.

    Raises:
        EyecandyError: as `load_backbone`.
    """
    if not isinstance(which, str) or which not in ARCHITECTURES:
        backbone = given_or_default(which)
        backbone.need_places("listing layers")
        return backbone.layers
    name = str(which)
    # Variables stay without values: the structure is all that is asked for.
    with defaults(), keras.StatelessScope(initialize_variables=False):
        architecture = ARCHITECTURES[name]
        return layers.describe(trace(architecture.build()), architecture.layers)


def _known(
    architecture: Architecture,
    path: Path | None,
    labels: LabelsLike | None,
    pooling: Pooling | None,
    progress: Progress | None,
) -> Backbone:
    opened: dict[str, str] = {}
    if architecture.poolings:
        opened["pooling"] = _one_of("pooling", pooling, architecture.poolings, architecture.poolings[0])
    else:
        _refuse(architecture.name, pooling=pooling)
    named = architecture.named(labels, progress)
    if path is None:
        path = architecture.weights.obtain(progress)
    model = architecture.build(**opened)
    architecture.fill(model, path)
    return Backbone(
        model,
        name=architecture.name,
        taps=architecture.layers,
        labels=named,
        weights_sha256=file_hash(path),
        opened=opened,
    )


def _own(
    model: keras.Model,
    name: str,
    labels: LabelsLike | None,
    preprocessing: Mode | None,
    path: Path | None,
    head: Head | None,
    classes_output: str | None,
) -> Backbone:
    mode = _one_of("preprocessing", preprocessing, get_args(Mode), DEFAULT_PREPROCESSING)
    built = keras_model.build(model, preprocessing=mode, head=head, output=classes_output)
    classes = built.model.output.shape[-1]
    default = imagenet() if classes == len(imagenet()) else generic(classes)
    return Backbone(
        built.model,
        name=name,
        taps=built.taps,
        labels=_labels(labels, classes, default),
        weights_sha256=None if path is None else model_file.hashed(path),
        minimum=built.minimum,
        scores=built.scores,
        whole=built.whole,
        opened={"preprocessing": mode, "scores": built.scores},
    )


def _labels(labels: LabelsLike | None, classes: int, default: Labels) -> Labels:
    return default if labels is None else labels_of(labels, expect=classes)


def _model_path(name: str) -> Path:
    path = Path(name)
    if path.suffix in model_file.SUFFIXES or path.exists():
        return path
    near = "".join(f"nearest is {match!r}; " for match in difflib.get_close_matches(name, list(ARCHITECTURES), n=1))
    raise EyecandyError(
        f"unknown backbone {name!r}; {near}expected one of {', '.join(ARCHITECTURES)}, or the path of a Keras model "
        "file"
    )


def _none(which: object) -> NoReturn:
    raise EyecandyError(
        f"expected a backbone: one of {', '.join(ARCHITECTURES)}, the path of a Keras model file, a keras.Model or a "
        f"Backbone; got {told(which)}"
    )


def _refuse(backbone: str, **arguments: object) -> None:
    for argument, value in arguments.items():
        if value is not None:
            raise OptionError(
                "{} has no effect on {backbone}; leave it out", f"{argument}={str(value)!r}", backbone=backbone
            )


def _one_of(argument: str, value: T | None, values: tuple[T, ...], default: T) -> T:
    if value is None:
        return default
    if not isinstance(value, str) or value not in values:
        known = ", ".join(map(str, values))
        raise OptionError("unknown {} {got}; expected one of {known}", argument, got=told(value), known=known)
    return value

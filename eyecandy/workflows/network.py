"""Which network is meant, before any is opened. Importing it is instant."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from eyecandy.arguments import Hint
from eyecandy.backbone.architectures import DEFAULT

if TYPE_CHECKING:
    from eyecandy.backbone.model import Backbone
    from eyecandy.backbone.weights.download import Progress

_PANEL = "Network"


def _hint(metavar: str | None = None) -> Hint:
    return Hint(metavar=metavar, panel=_PANEL, sentence=True)


@dataclass
class Network:
    """Which network looks, and where it runs."""

    backbone: Annotated[
        str,
        "efficientnet-lite0 (comes with eyecandy), vgg16, vgg19, vgg16-places365, or the file or folder of a Keras "
        "model.",
        _hint(),
    ] = DEFAULT
    weights: Annotated[Path | None, "A file of weights instead of the published ones.", _hint()] = None
    labels: Annotated[Path | None, "A text file with the name of one class a line.", _hint()] = None
    preprocessing: Annotated[
        str | None, "What a model file of your own wants done to its pixels first.", _hint("caffe|tf|torch|unit|none")
    ] = None
    pooling: Annotated[str | None, "For VGG only.", _hint("max|average")] = None
    head: Annotated[
        str | None,
        "What a model file of your own gives, where its last layers do not tell.",
        _hint("logits|softmax|sigmoid"),
    ] = None
    classes_output: Annotated[
        str | None, "Which of several outputs of a model file of your own are the classes.", _hint("NAME")
    ] = None
    device: Annotated[
        str, "Where the network runs; auto takes a GPU where TensorFlow finds one.", _hint("auto|cpu|gpu|gpu:N")
    ] = "auto"

    precision = "float32"

    def open(self, progress: "Progress | None" = None) -> "Backbone":
        """The network; its weights are downloaded if need be.

        Args:
            progress: follows the download.

        Raises:
            EyecandyError: as `load_backbone` and `use_device`.
        """
        from eyecandy.backbone.device import use_device
        from eyecandy.backbone.load import load_backbone

        use_device(self.device)
        given: dict[str, Any] = {name: value for name, value in self._described().items() if name != "backbone"}
        return load_backbone(self.backbone, progress=progress, **given)

    def record(self) -> dict[str, str | None]:
        """What it takes to open the same network again, anywhere."""
        return {name: None if value is None else str(value) for name, value in self._described().items()}

    def _described(self) -> dict[str, Any]:
        told = {name: value for name, value in vars(self).items() if name != "device"}
        return {**told, "precision": self.precision}


@dataclass
class PaintingNetwork(Network):
    """Which network paints, where it runs, and in which numbers."""

    precision: Annotated[
        str,
        "What the network computes in; auto takes the faster by what the machine has.",
        _hint("auto|float32|bfloat16"),
    ] = "auto"

"""The networks that eyecandy knows by name, one file each. Importing it is instant."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from eyecandy.backbone.weights.download import Progress
from eyecandy.backbone.weights.files import LocalFile, RemoteFile
from eyecandy.errors import EyecandyError
from eyecandy.registry import Registry

if TYPE_CHECKING:
    import keras

    from eyecandy.backbone.labels import Labels, LabelsLike


@dataclass(frozen=True)
class Architecture(ABC):
    """A network by name: its graph, and where weights and labels come from.

    Attributes:
        name: as given to `load_backbone`.
        classes: how many it knows.
        poolings: the kinds of pooling that it can be built with, the default first; none where there is no such choice.
        weights: the file of its weights.
        files: all that must be fetched before it can be used.
    """

    name: str
    weights: LocalFile | RemoteFile
    classes: int = 1000
    poolings: tuple[str, ...] = ()
    files: tuple[RemoteFile, ...] = ()

    @property
    @abstractmethod
    def layers(self) -> tuple[str, ...]:
        """The names of its taps, from pixels to head; each is the Keras layer whose output is that tap."""

    @abstractmethod
    def build(self, pooling: str | None = None) -> "keras.Model":
        """One flat graph from (N, H, W, 3) RGB in 0..255 to (N, h, w, classes) logits, with weights that are unset."""

    @abstractmethod
    def fill(self, model: "keras.Model", path: Path) -> None:
        """Puts a file of weights into the graph.

        Raises:
            EyecandyError: it is none of this network.
        """

    def named(self, labels: "LabelsLike | None", progress: Progress | None = None) -> "Labels":
        """The labels of its classes, or what is meant by those given; by default ImageNet's."""
        from eyecandy.backbone.labels import imagenet, labels_of

        return imagenet() if labels is None else labels_of(labels, expect=self.classes)


ARCHITECTURES: Registry[Architecture] = Registry(
    "architecture", __name__, __path__, first=("efficientnet-lite0", "vgg16", "vgg19", "vgg16-places365")
)
DEFAULT = ARCHITECTURES.default


def files_of(backbone: str) -> tuple[RemoteFile, ...]:
    """The files that a backbone needs from the internet; none for the bundled one.

    Raises:
        EyecandyError: there is no backbone of this name.
    """
    if backbone not in ARCHITECTURES:
        names = ", ".join(ARCHITECTURES)
        raise EyecandyError(f"no weights are known for {backbone!r}; expected one of {names}")
    return ARCHITECTURES[backbone].files


def remote_files() -> tuple[RemoteFile, ...]:
    """Those of all backbones."""
    return tuple(file for architecture in ARCHITECTURES.values() for file in architecture.files)

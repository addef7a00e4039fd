"""The networks that eyecandy knows by name, one file each. Importing it is instant."""

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from eyecandy.backbone.weights.download import Progress
from eyecandy.backbone.weights.files import LocalFile, RemoteFile
from eyecandy.errors import EyecandyError
from eyecandy.registry import Registry

if TYPE_CHECKING:
    import keras

    from eyecandy.backbone.labels import Labels, LabelsLike


class Architecture(Protocol):
    """A network by name: the graph, and where its weights and labels come from.

    Attributes:
        name: as given to `load_backbone`.
        layers: the names of its taps, from pixels to head; each is the Keras layer whose output is that tap.
        classes: how many it knows.
        poolings: the kinds of pooling that it can be built with, the default first; none where it has no such choice.
        weights: its file of weights.
        files: all that must be fetched before it can be used.
    """

    @property
    def name(self) -> str: ...
    @property
    def layers(self) -> tuple[str, ...]: ...
    @property
    def classes(self) -> int: ...
    @property
    def poolings(self) -> tuple[str, ...]: ...
    @property
    def weights(self) -> LocalFile | RemoteFile: ...
    @property
    def files(self) -> tuple[RemoteFile, ...]: ...

    def build(self, pooling: str | None = None) -> "keras.Model":
        """One flat graph from (N, H, W, 3) RGB in 0..255 to (N, h, w, classes) logits, with weights that are unset."""

    def fill(self, model: "keras.Model", path: Path) -> None:
        """Puts a file of weights into the graph; raises EyecandyError where it is none of this network."""

    def named(self, labels: "LabelsLike | None", progress: Progress | None = None) -> "Labels":
        """The labels of its classes, or what is meant by those given."""


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

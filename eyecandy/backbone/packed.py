"""A network on its way to another process."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from eyecandy._tensorflow import keras
from eyecandy.backbone.adopt.copies import Borrowed
from eyecandy.backbone.adopt.ends import Grey
from eyecandy.backbone.adopt.gradient_map import GradientMap
from eyecandy.backbone.adopt.logits import LogOdds
from eyecandy.backbone.architectures.efficientnet_lite0 import BUNDLED
from eyecandy.backbone.labels import Labels
from eyecandy.backbone.load import load_backbone
from eyecandy.backbone.model import Backbone
from eyecandy.backbone.padding import PadTo
from eyecandy.backbone.precision import Precision, set_precision
from eyecandy.backbone.preprocessing import Preprocessing
from eyecandy.backbone.scores import Scores
from eyecandy.errors import EyecandyError

_OWN = {layer.__name__: layer for layer in (GradientMap, Grey, LogOdds, PadTo, Preprocessing)}


@dataclass(frozen=True)
class PackedBackbone:
    """All that makes a `Backbone`, as bytes; None for the file is the bundled network, which is there already."""

    name: str
    taps: tuple[str, ...]
    labels: Labels
    weights_sha256: str
    minimum: int
    precision: Precision
    scores: Scores
    opened: Mapping[str, str]
    file: bytes | None

    @classmethod
    def of(cls, net: Backbone) -> "PackedBackbone":
        """The network, packed.

        Raises:
            EyecandyError: it calls code of this process, which is not sent, or has no places, so that none can use it.
        """
        for layer in net.model.layers:
            if isinstance(layer, Borrowed):
                raise EyecandyError(
                    f"layer {layer.name!r} of {net.name} is code of this process ({type(layer.operation).__name__}), "
                    "which cannot be sent to another process; compute here, with engine local"
                )
        file = None
        if net.weights_sha256 != BUNDLED.sha256:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "network.keras"
                net.model.save(path)
                file = path.read_bytes()
        return cls(
            name=net.name,
            taps=net.layer_names,
            labels=net.labels,
            weights_sha256=net.weights_sha256,
            minimum=net.minimum,
            precision=net.precision,
            scores=net.scores,
            opened=net.opened,
            file=file,
        )

    def open(self) -> Backbone:
        """The network: the same layers, weights, labels, scores and precision."""
        if self.file is None:
            return load_backbone(labels=self.labels, precision=self.precision)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "network.keras"
            path.write_bytes(self.file)
            model = keras.models.load_model(path, custom_objects=_OWN, compile=False)
        opened = Backbone(
            model,
            name=self.name,
            taps=self.taps,
            labels=self.labels,
            weights_sha256=self.weights_sha256,
            minimum=self.minimum,
            scores=self.scores,
            opened=self.opened,
        )
        opened.precision = set_precision(model, self.precision)
        return opened

"""The options by which a network is chosen, the same for every command that looks at photos."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from eyecandy.cli.commands.weights import download_bar
from eyecandy.cli.terminal.console import status

if TYPE_CHECKING:
    from eyecandy.backbone.architectures._vgg import Pooling
    from eyecandy.backbone.model import Backbone
    from eyecandy.backbone.precision import Choice
    from eyecandy.backbone.preprocessing import Mode
    from eyecandy.backbone.scores import Head

DEFAULT_BACKBONE = "efficientnet-lite0"
_PANEL = "Network"

BackboneName = Annotated[
    str,
    typer.Option(
        "--backbone",
        help="efficientnet-lite0 (comes with eyecandy), vgg16, vgg19, vgg16-places365, or the file or folder "
        "of a Keras model.",
        rich_help_panel=_PANEL,
    ),
]
Weights = Annotated[
    Path | None, typer.Option(help="A file of weights instead of the published ones.", rich_help_panel=_PANEL)
]
LabelFile = Annotated[
    Path | None,
    typer.Option("--labels", help="A text file with the name of one class a line.", rich_help_panel=_PANEL),
]
Preprocessing = Annotated[
    str | None,
    typer.Option(
        metavar="caffe|tf|torch|unit|none",
        help="What a model file of your own wants done to its pixels first.",
        rich_help_panel=_PANEL,
    ),
]
HeadName = Annotated[
    str | None,
    typer.Option(
        "--head",
        metavar="logits|softmax|sigmoid",
        help="What a model file of your own gives, where its last layers do not tell.",
        rich_help_panel=_PANEL,
    ),
]
ClassesName = Annotated[
    str | None,
    typer.Option(
        "--classes-output",
        metavar="NAME",
        help="Which of several outputs of a model file of your own are the classes.",
        rich_help_panel=_PANEL,
    ),
]
PoolingName = Annotated[
    str | None, typer.Option("--pooling", metavar="max|average", help="For VGG only.", rich_help_panel=_PANEL)
]
PrecisionName = Annotated[
    str,
    typer.Option(
        "--precision",
        metavar="auto|float32|bfloat16",
        help="What the network computes in; auto takes the faster by what the machine has.",
        rich_help_panel=_PANEL,
    ),
]
DeviceName = Annotated[
    str,
    typer.Option(
        "--device",
        metavar="auto|cpu|gpu|gpu:N",
        help="Where the network runs; auto takes a GPU where TensorFlow finds one.",
        rich_help_panel=_PANEL,
    ),
]


@dataclass
class Network:
    """Which network looks, and where it runs."""

    backbone: BackboneName = DEFAULT_BACKBONE
    weights: Weights = None
    labels: LabelFile = None
    preprocessing: Preprocessing = None
    pooling: PoolingName = None
    head: HeadName = None
    classes_output: ClassesName = None
    device: DeviceName = "auto"

    precision = "float32"

    def opener(self) -> Callable[[], "Backbone"]:
        """What gives the network: opened, and downloaded if need be, when it is first asked for.

        So what is wrong with a photo is said before TensorFlow is started. Asking raises EyecandyError as
        `load_backbone` and `use_device` do.
        """

        @cache
        def opened() -> "Backbone":
            with status("starting TensorFlow"):
                from eyecandy.backbone.device import use_device
                from eyecandy.backbone.load import load_backbone
            use_device(self.device)
            with download_bar() as progress:
                return load_backbone(
                    self.backbone,
                    weights=self.weights,
                    labels=self.labels,
                    # load_backbone refuses values that are none of these
                    preprocessing=cast("Mode | None", self.preprocessing),
                    pooling=cast("Pooling | None", self.pooling),
                    precision=cast("Choice", self.precision),
                    head=cast("Head | None", self.head),
                    classes_output=self.classes_output,
                    progress=progress,
                )

        return opened

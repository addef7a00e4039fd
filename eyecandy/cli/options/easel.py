"""Where pictures go and which network looks: what all commands that paint are told. Importing it is instant."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from eyecandy.cli.options import network

_WHERE = "Where pictures go"


@dataclass
class Network(network.Network):
    """Which network paints, where it runs, and in which numbers."""

    precision: network.PrecisionName = "auto"

    def record(self) -> dict[str, str | None]:
        """What it takes to open the same network again, anywhere."""
        told = {name: value for name, value in vars(self).items() if name != "device"}
        return {name: None if value is None else str(value) for name, value in told.items()}


@dataclass
class Easel:
    """Where pictures go, and what is kept of their growth."""

    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="The picture to make: .png, .jpg, .webp or .tif; of several photos, the folder that holds theirs. "
            "(default: beside photo.jpg, such as photo-dream.png)",
            rich_help_panel=_WHERE,
            show_default=False,
        ),
    ] = None
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace files that exist.", rich_help_panel=_WHERE)
    ] = False
    every: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Keep the picture as it is every N iterations, as photo-dream-00020.png.",
            rich_help_panel=_WHERE,
        ),
    ] = None
    film: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A film of how it grows: .mp4 or .gif.", rich_help_panel=_WHERE),
    ] = None
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Go on with pictures that were interrupted; finished ones are left as they are.",
            rich_help_panel=_WHERE,
        ),
    ] = False


@dataclass
class Folder:
    """The folder that a command makes."""

    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FOLDER",
            help="The folder to make, or to go on with. (default: photo-study beside photo.jpg)",
            rich_help_panel=_WHERE,
            show_default=False,
        ),
    ] = None
    overwrite: Annotated[
        bool,
        typer.Option("--overwrite", help="Make pictures again that were made otherwise.", rich_help_panel=_WHERE),
    ] = False

"""`eyecandy layers`: what a network can be asked for."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer


def layers(
    backbone: Annotated[
        str, typer.Option(help="efficientnet-lite0, vgg16, vgg19, vgg16-places365, or a Keras model file.")
    ] = "efficientnet-lite0",
    weights: Annotated[
        Path | None, typer.Option(help="Check this weight file too: it is loaded into the network.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> None:
    """List a network's layers: name, channels, stride and receptive field in pixels.

    Needs no weights: those of a named network are not fetched for it.
    """
    from eyecandy.backbone.load import layers_of, load_backbone

    found = layers_of(backbone) if weights is None else load_backbone(backbone, weights=weights).layers
    if as_json:
        typer.echo(json.dumps([asdict(layer) for layer in found], indent=2))
        return

    from rich.console import Console
    from rich.table import Table

    table = Table(title=backbone)
    table.add_column("layer")
    for heading in ("channels", "stride", "receptive field"):
        table.add_column(heading, justify="right")
    for layer in found:
        field = "whole picture" if layer.receptive_field is None else str(layer.receptive_field)
        table.add_row(layer.name, str(layer.channels), str(layer.stride), field)
    Console().print(table)

"""`eyecandy weights`: what is there, fetch it, check it, and where it lies."""

from typing import Annotated

import typer

from eyecandy.cli.commands import SETTINGS
from eyecandy.errors import EyecandyError

app = typer.Typer(
    help="The files of the networks: list, fetch, verify, and where they are kept.", no_args_is_help=True, **SETTINGS
)


@app.command("list")
def list_weights() -> None:
    """List the networks' files: size, licence, whether they are here; addresses and places of those that are not."""
    from eyecandy.backbone.architectures import remote_files
    from eyecandy.backbone.architectures.efficientnet_lite0 import BUNDLED, NAME
    from eyecandy.cli.terminal.console import out, table

    console = out()
    listed = table(console, "Weights", ("backbone", "file", "MB", "licence", "state"), right=("MB",))
    size = f"{BUNDLED.path.stat().st_size / 1e6:.1f}" if BUNDLED.path.is_file() else "-"
    listed.add_row(NAME, "weights", size, "Apache-2.0", "bundled")
    for file in remote_files():
        state = "here" if file.here else "not fetched"
        listed.add_row(file.backbone, file.kind, f"{file.megabytes:g}", file.licence, state)
    console.print(listed)
    # Outside the table, whole: an address that is cut off is of no use.
    for file in remote_files():
        if not file.here:
            typer.echo(f"{file.url}\n  belongs to {file.path}")


@app.command()
def fetch(
    backbone: Annotated[str, typer.Argument(metavar="NETWORK", help="vgg16, vgg19 or vgg16-places365.")],
) -> None:
    """Download a network's files, unless they are here and whole already."""
    from eyecandy.backbone.architectures import ARCHITECTURES, files_of
    from eyecandy.cli.terminal.progress import download_bar

    files = files_of(backbone)
    if not files:
        typer.echo(f"{backbone} is a part of eyecandy: {ARCHITECTURES[backbone].weights.path}")
    for file in files:
        with download_bar() as progress:
            path = file.fetch(progress)
        typer.echo(f"{backbone} {file.kind}: {path}")


@app.command()
def verify(
    backbone: Annotated[
        str | None, typer.Argument(metavar="NETWORK", help="One network; all that are here by default.")
    ] = None,
) -> None:
    """Check the files against their publishers' hashes. Exit code 2 where one is damaged."""
    from eyecandy.backbone.architectures import files_of, remote_files
    from eyecandy.backbone.architectures.efficientnet_lite0 import BUNDLED, NAME

    faults = []
    if backbone in (None, NAME):
        try:
            BUNDLED.obtain()
            typer.echo(f"{NAME} weights: good")
        except EyecandyError as error:
            faults.append(error)
            typer.echo(f"{NAME} weights: {error}", err=True)
    for file in remote_files() if backbone is None else files_of(backbone):
        if backbone is None and not file.here:
            typer.echo(f"{file.backbone} {file.kind}: not fetched")
            continue
        try:
            file.verify()
            typer.echo(f"{file.backbone} {file.kind}: good")
        except EyecandyError as error:
            faults.append(error)
            typer.echo(f"{file.backbone} {file.kind}: {error}", err=True)
    if faults:
        raise typer.Exit(2)


@app.command()
def path(
    backbone: Annotated[
        str | None, typer.Argument(metavar="NETWORK", help="One network; the cache folder by default.")
    ] = None,
) -> None:
    """Print where the weights lie or may be put by hand, and nothing else."""
    from eyecandy.backbone.architectures import ARCHITECTURES, files_of
    from eyecandy.backbone.weights.files import cache_folder

    if backbone is None:
        typer.echo(cache_folder())
        return
    files_of(backbone)  # where there is none of this name, it says so
    typer.echo(ARCHITECTURES[backbone].weights.path)

"""`eyecandy again`: a picture once more, from its record."""

from pathlib import Path
from typing import Annotated

import typer

from eyecandy.cli.options.network import opener
from eyecandy.cluster import check_engine


def again(
    picture: Annotated[str, typer.Argument(metavar="PICTURE", help="A picture that eyecandy made.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="The picture to make. (default: picture-again.png beside picture.png)",
            show_default=False,
        ),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that exist.")] = False,
    engine: Annotated[
        str,
        typer.Option(
            metavar="local|ray",
            help="Who computes tiles: local, this process; or ray, the workers of a Ray cluster. No record says.",
        ),
    ] = "local",
    address: Annotated[
        str | None,
        typer.Option(metavar="HOST:PORT", help="The Ray cluster; by default one of this machine's processors."),
    ] = None,
) -> None:
    """Make a picture once more, from the record that it carries or that lies beside it.

    On the same machine and with the same versions the pixels are the same; whether they are is said at the end. For a
    contact sheet it is the whole study, in a folder; for the film of a dream's --zoom, the dream and its fall.
    """
    check_engine(engine, address)
    from eyecandy.cli.terminal.painting import INTERRUPTED, Told, tell_study  # here: --help does without NumPy
    from eyecandy.workflows.again import Remaking, record_of

    path = Path(picture)
    remaking = Remaking(path, record_of(path), output, overwrite, engine, address)
    with Told(resumable=False) as listener:
        remade = remaking.run(opener(remaking.network), listener)
    if remade.study is not None:
        tell_study(remade.study)
    elif remade.interrupted:
        raise typer.Exit(INTERRUPTED)

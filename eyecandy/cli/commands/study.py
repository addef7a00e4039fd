"""`eyecandy study`: one photo and one painting under every layer."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eyecandy.art.recipes.options import split_weight
from eyecandy.art.recipes.options.study import StudyOptions
from eyecandy.cli.options.easel import Folder, Network
from eyecandy.cli.options.knobs import with_options
from eyecandy.cli.terminal.console import remark, say
from eyecandy.cli.terminal.progress import Watch
from eyecandy.workflows.command import Knobs, spelled

if TYPE_CHECKING:
    from eyecandy.art.recipes.study import Study

if TYPE_CHECKING:
    from eyecandy.art.recipes.study import Study


@with_options(StudyOptions, Folder, Network)
def study(
    photo: Annotated[str, typer.Argument(metavar="PHOTO", help="What the pictures show.")],
    paintings: Annotated[
        list[str], typer.Argument(metavar="PAINTING", help="The painting, or several: painting.jpg other.jpg:0.5")
    ],
    *,
    knobs: Knobs,
    folder: Folder,
    network: Network,
) -> None:
    """Try a painting on a photo under every layer: style layer by iterations, content layer by weight.

    Writes two contact sheets, every single picture, and a table of losses and classes. Run again, it goes on where it
    ended: pictures that are there are not made again.
    """
    from eyecandy import images  # here, and not above: --help does without NumPy
    from eyecandy.cli.painting import memory

    for name in (photo, *(split_weight(painting)[0] for painting in paintings)):
        images.load(name)
    target = Path(photo).with_name(f"{Path(photo).stem}-study") if folder.output is None else folder.output
    net = network.opener()()
    from eyecandy.art.recipes.studio import Viewing
    from eyecandy.art.recipes.study import study as studied

    signed = {"command": spelled(["study", photo, *paintings], knobs), "network": network.record()}
    with Watch() as watch, memory(target):
        viewing = Viewing(before=watch.plan, listeners=[watch.step])
        found = studied(
            photo, paintings, target, backbone=net, viewing=viewing, overwrite=folder.overwrite, signed=signed, **knobs
        )
    tell(found)


def tell(found: "Study") -> None:
    """Says what a study has written, and ends the command with an exit code if it is not all."""
    from eyecandy.cli.painting import INTERRUPTED

    for path in (*found.sheets, found.table):
        say(str(path))
    say(f"{found.cells} pictures, {found.made} of them made now")
    if found.stopped is not None:
        remark(f"{found.stopped}; the same command goes on")
        raise typer.Exit(INTERRUPTED if found.interrupted else 2)

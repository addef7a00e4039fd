"""`eyecandy reconstruct`: what each layer of a network keeps of a photo."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eyecandy.art.recipes.options.reconstruct import ReconstructOptions
from eyecandy.cli.options.easel import Easel, Network
from eyecandy.cli.options.knobs import with_options
from eyecandy.cli.terminal.console import say
from eyecandy.workflows.command import Knobs, spelled

if TYPE_CHECKING:
    from eyecandy.art.output.record import Artwork
    from eyecandy.art.recipes.studio import Viewing


# On the command line, one --layer says what `layer` says.
@with_options(ReconstructOptions, Easel, Network, without=["layer"])
def reconstruct(
    photos: Annotated[list[str], typer.Argument(metavar="PHOTO", help="Photos, folders or patterns.")],
    *,
    knobs: Knobs,
    easel: Easel,
    network: Network,
) -> None:
    """Rebuild a photo from noise, from what each layer keeps of it: a figure of two rows.

    Above, its content from one layer at a time; below, its style from the layers up to there.
    """
    from eyecandy.cli import painting
    from eyecandy.cli.options import region  # here, and not above: --help does without NumPy

    net = network.opener()

    def make(photo: Path | None, viewing: "Viewing") -> "Artwork":
        assert photo is not None
        region.tell(photo, knobs)
        opened = net()
        from eyecandy.art.recipes.reconstruct import reconstruct as rebuilt

        made = rebuilt(photo, backbone=opened, viewing=viewing, **knobs)
        for name, error in made.record["errors"].items():
            say(f"{name}: relative error {error:.3f}")
        return made

    signed = {
        "command": spelled(["reconstruct", *photos], knobs),
        "network": network.record(),
    }
    single = len(knobs.get("layers", [])) == 1 and knobs.get("kind", "both") != "both"
    inputs = painting.pictures_in(knobs)
    painting.paint(easel, "reconstruct", photos, make, signed, resumable=single, inputs=inputs)

"""`eyecandy mirage`: from noise, what a network sees in a photo."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eyecandy.art.recipes.options import split_weight
from eyecandy.art.recipes.options.mirage import MirageOptions
from eyecandy.cli.options.easel import Easel, Network
from eyecandy.cli.options.knobs import with_options
from eyecandy.cli.terminal.console import say
from eyecandy.workflows.command import Knobs, spelled

if TYPE_CHECKING:
    from eyecandy.art.output.record import Artwork
    from eyecandy.art.recipes.sightings import Sighting
    from eyecandy.art.recipes.studio import Viewing


@with_options(MirageOptions, Easel, Network)
def mirage(
    photos: Annotated[list[str], typer.Argument(metavar="PHOTO", help="Photos, folders or patterns.")],
    paintings: Annotated[
        list[str] | None,
        typer.Option(
            "--painting", metavar="PICTURE[:WEIGHT]", help="One more picture to take details from; may come again."
        ),
    ] = None,
    *,
    knobs: Knobs,
    easel: Easel,
    network: Network,
) -> None:
    """Make a picture from noise that a network sees as it sees the photo, of the photo's own details.

    Says what the photo is seen as, and then what the picture is seen as while it is made. A plot of that lies beside
    the picture, as photo-mirage-classes.png.
    """
    from eyecandy import images  # here, and not above: --help does without NumPy
    from eyecandy.cli import painting
    from eyecandy.cli.options import region

    for name in paintings or []:
        images.load(split_weight(name)[0])
    net = network.opener()

    def make(photo: Path | None, viewing: "Viewing") -> "Artwork":
        assert photo is not None
        region.tell(photo, knobs)
        opened = net()
        from eyecandy.art.recipes.mirage import mirage as seen

        return seen(photo, paintings=paintings, backbone=opened, viewing=viewing, tell=_tell, **knobs)

    command = ["mirage", *photos, *(word for name in paintings or [] for word in ("--painting", name))]
    painting.paint(
        easel,
        "mirage",
        photos,
        make,
        {"command": spelled(command, knobs), "network": network.record()},
        beside=painting.Beside(lambda picture: picture.with_name(f"{picture.stem}-classes.png"), _plot),
        inputs=[*(split_weight(name)[0] for name in paintings or []), *painting.pictures_in(knobs)],
    )


def _tell(sighting: "Sighting") -> None:
    if sighting.iteration == 0:
        say("seeing the features:")
        for seen in sighting.classes:
            say(f"  {seen.probability:.3f}  {seen.label} ({seen.number})")
        return
    classes = ", ".join(f"{seen.label} {seen.probability:.2f}" for seen in sighting.classes[:3])
    losses = ", ".join(f"{name} {value:.3g}" for name, value in sighting.losses.items())
    say(f"after {sighting.iteration} iterations seen as {classes} ({losses})")


def _plot(made: "Artwork", photo: Path | None, path: Path, overwrite: bool) -> None:
    from eyecandy import images
    from eyecandy._matplotlib import pixels
    from eyecandy.art.recipes.sightings import figure
    from eyecandy.images.origin import SIGNATURE

    text = {"Software": SIGNATURE}
    images.save_png(path, pixels(figure(made.record)), text=text, overwrite=overwrite, own=images.made_here)
    say(f"{path}: what it was seen as")

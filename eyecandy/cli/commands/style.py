"""`eyecandy style`: photos painted as in one or more paintings."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eyecandy.arguments import check_one_of
from eyecandy.art.recipes.options import split_weight
from eyecandy.art.recipes.options.style import PRESETS, Preset, StyleOptions
from eyecandy.cli.options.easel import Easel, Network
from eyecandy.cli.options.knobs import given, with_options
from eyecandy.workflows.command import Knobs, spelled

if TYPE_CHECKING:
    from eyecandy.art.output.record import Artwork
    from eyecandy.art.recipes.studio import Viewing


@with_options(StyleOptions, Easel, Network)
def style(
    context: typer.Context,
    photo: Annotated[str, typer.Argument(metavar="PHOTO", help="A photo, a folder, or a pattern in quotes.")],
    paintings: Annotated[
        list[str], typer.Argument(metavar="PAINTING", help="The painting, or several: painting.jpg other.jpg:0.5")
    ],
    photos: Annotated[
        list[str] | None,
        typer.Option("--photo", metavar="PHOTO", help="One more photo, folder or pattern; may come again."),
    ] = None,
    preset: Annotated[
        str | None,
        typer.Option(
            metavar="|".join(PRESETS),
            help="Options that belong together; those given beside it win. gatys is the paper as it stands, on vgg19.",
        ),
    ] = None,
    *,
    knobs: Knobs,
    easel: Easel,
    network: Network,
) -> None:
    """Paint a photo in the style of a painting, or of several.

    The first name is the photo; all others are paintings, each with a weight if need be.
    """
    from eyecandy import images  # here, and not above: --help does without NumPy
    from eyecandy.cli import painting
    from eyecandy.cli.options import region

    chosen = Preset({}) if preset is None else PRESETS[check_one_of("preset", preset, list(PRESETS))]
    if chosen.backbone is not None and not given(context, "backbone"):
        network.backbone = chosen.backbone
        network.pooling = chosen.pooling if network.pooling is None else network.pooling
    for name in paintings:
        images.load(split_weight(name)[0])
    net = network.opener()

    def make(path: Path | None, viewing: "Viewing") -> "Artwork":
        assert path is not None
        region.tell(path, knobs)
        opened = net()
        from eyecandy.art.recipes.style import style as styled

        return styled(path, paintings, preset=preset, backbone=opened, viewing=viewing, **knobs)

    command = ["style", photo, *paintings, *(word for more in photos or [] for word in ("--photo", more))]
    if preset is not None:
        command += ["--preset", preset]
    signed = {"command": spelled(command, knobs), "network": network.record()}
    inputs: list[str | Path] = [*(split_weight(name)[0] for name in paintings), *painting.pictures_in(knobs)]
    painting.paint(easel, "style", [photo, *(photos or [])], make, signed, inputs=inputs)

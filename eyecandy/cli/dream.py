"""`eyecandy dream`: photos, or noise, in which a network sees more and more of what it sees."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eyecandy.art.options import check_integer
from eyecandy.art.options.dream import DreamOptions
from eyecandy.cli.console import bar, say
from eyecandy.cli.easel import Easel, Network
from eyecandy.cli.knobs import Knobs, recipe, spelled
from eyecandy.cli.progress import counted

if TYPE_CHECKING:
    from eyecandy.art.record import Artwork
    from eyecandy.art.studio import Viewing


@recipe(DreamOptions, Easel, Network)
def dream(
    photos: Annotated[
        list[str] | None, typer.Argument(metavar="PHOTO", help="Photos, folders or patterns; none to begin with noise.")
    ] = None,
    zoom: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Then fall into the picture for N frames, in the film that --film names (default: photo-dream.mp4).",
        ),
    ] = None,
    *,
    knobs: Knobs,
    easel: Easel,
    network: Network,
) -> None:
    """Let a network see more and more of what it sees in a photo.

    Low layers give textures, high ones parts of things; `eyecandy layers` lists them. Without a photo it is the
    layer itself, a channel or a class that shows.

    Example: eyecandy dream photo.jpg --layer block4_conv3
    """
    from eyecandy import images  # here, and not above: --help does without NumPy
    from eyecandy.art import film as films
    from eyecandy.cli import painting

    if knobs.get("guide") is not None:
        images.load(knobs["guide"])
    net = network.opener()
    fall = None
    if zoom is not None:
        check_integer("zoom", zoom, 1)
        target, easel.film = easel.film, None
        if target is not None:
            films.check_suffix(target)
        fall = painting.Beside(
            lambda picture: picture.with_suffix(".mp4") if target is None else target,
            lambda begun, photo, path, overwrite: _fall(zoom, begun, photo, path, overwrite),
        )

    def make(photo: Path | None, viewing: "Viewing") -> "Artwork":
        opened = net()
        from eyecandy.art.dream import dream as dreamt

        return dreamt(photo, backbone=opened, viewing=viewing, **knobs)

    def _fall(frames: int, begun: "Artwork", photo: Path | None, path: Path, overwrite: bool) -> None:
        from eyecandy.art.dream import zoom as falling

        height, width = begun.image.shape[:2]
        with films.film(path, (width, height), overwrite=overwrite) as film, bar(frames) as advance:
            told = counted(frames, "frames")
            pictures = falling(photo, frames=frames, begun=begun, backbone=net(), **knobs)
            interrupted = False
            try:
                for picture in pictures:
                    advance("frames")
                    film.add(picture)
                    if not sys.stderr.isatty():
                        told()
            except KeyboardInterrupt:
                interrupted = True
        say(f"{path}: the film")
        if interrupted:
            raise typer.Exit(painting.INTERRUPTED)

    command = spelled(["dream", *(photos or [])], knobs, DreamOptions)
    painting.paint(easel, "dream", photos or [], make, {"command": command, "network": network.record()}, beside=fall)

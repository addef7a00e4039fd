"""`eyecandy dream`: photos, or noise, in which a network sees more and more of what it sees."""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eyecandy.art.recipes.options import check_integer
from eyecandy.art.recipes.options.dream import DreamOptions
from eyecandy.cli.options.easel import Easel, Network
from eyecandy.cli.options.knobs import with_options
from eyecandy.cli.terminal.console import bar, say
from eyecandy.cli.terminal.progress import counted
from eyecandy.files import atomic
from eyecandy.workflows.command import Knobs, spelled

if TYPE_CHECKING:
    import numpy as np

    from eyecandy.art.output.record import Artwork
    from eyecandy.art.recipes.studio import Viewing


@with_options(DreamOptions, Easel, Network)
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
    """
    from eyecandy import images  # here, and not above: --help does without NumPy
    from eyecandy.art.output import film as films
    from eyecandy.art.output import record as records
    from eyecandy.cli import painting
    from eyecandy.cli.options import region

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
            lambda picture: _film(picture, target),
            lambda begun, photo, path, overwrite: _fall(zoom, begun, photo, path, overwrite),
        )

    def _film(picture: Path, target: Path | None) -> Path:
        """The film's name; its record lies beside it."""
        path = picture.with_suffix(".mp4") if target is None else target
        painting.check_free(records.record_path(path), overwrite=easel.overwrite)
        return path

    def make(photo: Path | None, viewing: "Viewing") -> "Artwork":
        region.tell(photo, knobs)
        opened = net()
        from eyecandy.art.recipes.dream import dream as dreamt

        return dreamt(photo, backbone=opened, viewing=viewing, **knobs)

    def _fall(frames: int, begun: "Artwork", photo: Path | None, path: Path, overwrite: bool) -> None:
        from eyecandy.art.recipes.dream import zoom as falling

        pictures = falling(photo, frames=frames, begun=begun, backbone=net(), **knobs)
        interrupted = filmed(pictures, frames, begun, path, overwrite=overwrite)
        beside = records.record_path(path)
        with atomic(beside, overwrite=overwrite, own=images.made_here) as temporary:
            temporary.write_text(json.dumps(begun.record, indent=2) + "\n", "utf-8")
        if interrupted:
            raise typer.Exit(painting.INTERRUPTED)

    command = spelled(["dream", *(photos or [])], knobs)
    signed: dict[str, Any] = {"command": command, "network": network.record()}
    if zoom is not None:
        signed["zoom"] = zoom
    painting.paint(easel, "dream", photos or [], make, signed, beside=fall, inputs=painting.pictures_in(knobs))


def filmed(pictures: Iterable["np.ndarray"], frames: int, begun: "Artwork", path: Path, *, overwrite: bool) -> bool:
    """Writes the film of a fall while its pictures are made; whether Ctrl-C ended it early."""
    from eyecandy.art.output import film as films

    height, width = begun.image.shape[:2]
    interrupted = False
    with films.film(path, (width, height), overwrite=overwrite) as film, bar(frames) as advance:
        told = counted(frames, "frames")
        try:
            for picture in pictures:
                advance("frames")
                film.add(picture)
                if not sys.stderr.isatty():
                    told()
        except KeyboardInterrupt:
            interrupted = True
    say(f"{path}: the film")
    return interrupted

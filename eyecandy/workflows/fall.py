"""A film that falls into a picture."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from eyecandy import images
from eyecandy.art.output import film as films
from eyecandy.art.output import record as records
from eyecandy.art.output.record import Artwork
from eyecandy.files import atomic
from eyecandy.workflows.listener import Companion, Listener, Opener, check_free
from eyecandy.workflows.order import Order
from eyecandy.workflows.output import OutputOptions

if TYPE_CHECKING:
    import numpy as np


def fall(order: Order, photo: Path | None, network: Opener, wanted: OutputOptions, listener: Listener) -> Companion:
    """The companion of a picture that a film falls into; the film's record lies beside it."""
    frames, target = order.recipe.frames, wanted.film
    assert frames is not None and order.zoom is not None
    zoom = order.zoom

    def name(picture: Path) -> Path:
        path = picture.with_suffix(".mp4") if target is None else target
        check_free(records.record_path(path), overwrite=wanted.overwrite)
        return path

    def write(begun: Artwork, path: Path) -> bool:
        pictures = frames(photo, frames=zoom, begun=begun, backbone=network(), **order.options)
        interrupted = filmed(pictures, zoom, begun, path, listener, overwrite=wanted.overwrite)
        with atomic(records.record_path(path), overwrite=wanted.overwrite, own=images.made_here) as temporary:
            temporary.write_text(json.dumps(begun.record, indent=2) + "\n", "utf-8")
        return interrupted

    return Companion(name, write)


def filmed(
    pictures: "Iterable[np.ndarray]", count: int, begun: Artwork, path: Path, listener: Listener, *, overwrite: bool
) -> bool:
    """Writes the film of a fall while its pictures are made; whether Ctrl-C ended it early."""
    height, width = begun.image.shape[:2]
    interrupted = False
    with (
        films.film(path, (width, height), hold=0, overwrite=overwrite) as film,  # it falls to its end
        listener.frames(count) as advance,
    ):
        try:
            for picture in pictures:
                film.add(picture)
                advance()
        except KeyboardInterrupt:
            interrupted = True
    listener.wrote(path, "the film")
    return interrupted

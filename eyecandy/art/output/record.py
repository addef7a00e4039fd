"""A finished picture, and the record of how it was made."""

import io
import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from eyecandy import images
from eyecandy._version import __version__
from eyecandy.arguments import check_path
from eyecandy.art.core.options import Options
from eyecandy.art.core.scales import Scale
from eyecandy.errors import EyecandyError
from eyecandy.files import atomic, refuse_inputs
from eyecandy.images.alpha import opaque
from eyecandy.images.origin import KEYWORD, SIGNATURE, made_here, record_path

if TYPE_CHECKING:
    from eyecandy.art.core.render import Rendering
    from eyecandy.art.core.sources import Source
    from eyecandy.backbone.model import Backbone


@dataclass(frozen=True, eq=False)
class Artwork:
    """What a recipe gives.

    Attributes:
        image: (H, W, 3) uint8; (H, W, 4) where it was made of a photo with transparent parts, which stay so.
        history: by name of the loss, and "loss" for the weighted sum that was made smaller: one number an iteration.
        record: recipe, options, sources, backbone and versions, as JSON can hold it. It tells nothing of the time, so
            that the same record comes with the same picture.
        stopped: why it ended before the last iteration; None if it did not.
        interrupted: whether it was Ctrl-C that ended it.
        pictures: of a figure, the pictures that it shows; None where it is no figure.
    """

    image: np.ndarray
    history: Mapping[str, np.ndarray]
    record: Mapping[str, Any]
    stopped: str | None = None
    interrupted: bool = False
    pictures: "Mapping[Any, Artwork] | tuple[np.ndarray, ...] | None" = None

    def save(self, path: str | Path, *, overwrite: bool = False) -> None:
        """Writes the picture and, beside it, its record as PICTURE.png.json; a PNG carries the record inside as well.

        Args:
            path: its suffix says in which format; see `eyecandy.images.save`.
            overwrite: replace what eyecandy made before; never what the picture was made of.

        Raises:
            EyecandyError: as `eyecandy.images.save`, or the record's file exists. Then neither is written.
        """
        path = check_path("path", path)
        beside = record_path(path)
        if path.suffix.lower() == ".json":
            raise EyecandyError(f"{str(path)!r} is the name of the record; give the picture's name, such as out.png")
        text = {KEYWORD: json.dumps(self.record)} if path.suffix.lower() == ".png" else None
        sources = (source.get("path") for source in self.record.get("sources", ()))
        refuse_inputs((path, beside), [source for source in sources if source is not None])
        with atomic(beside, overwrite=overwrite, own=made_here) as temporary:
            temporary.write_text(json.dumps(self.record, indent=2) + "\n", "utf-8")
            # a JPEG holds no transparency; on white it looks as it was painted
            image = opaque(self.image) if images.format_of(path) == "JPEG" else self.image
            images.save(path, image, text=text, signature=SIGNATURE, overwrite=overwrite, own=made_here)

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        Image.fromarray(self.image).save(buffer, "PNG")
        return buffer.getvalue()


def load(path: str | Path) -> Artwork:
    """A saved picture with its record, to be resumed; its history is that of the record.

    Raises:
        EyecandyError: the picture cannot be read, or carries no record.
    """
    record = read(path)
    history = {name: np.asarray(column, np.float32) for name, column in record.get("losses", {}).items()}
    return Artwork(images.load(path).pixels, history, record, record.get("stopped"))


def read(path: str | Path) -> dict[str, Any]:
    """The record of a picture, from the PNG itself or from the JSON beside it.

    Raises:
        EyecandyError: there is none, or it is damaged.
    """
    path = check_path("path", path)
    text = images.read_text(path).get(KEYWORD) if path.suffix.lower() == ".png" else None
    beside = record_path(path)
    if text is None and beside.is_file():
        text = beside.read_text("utf-8", "replace")
    if text is None:
        raise EyecandyError(f"{str(path)!r} carries no record, and there is no {beside.name!r} beside it")
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        record = None
    if not isinstance(record, dict):
        raise EyecandyError(f"the record of {str(path)!r} is damaged; expected JSON as eyecandy writes it")
    return record


def artwork(
    recipe: str,
    options: Options,
    sources: "Sequence[Source]",
    backbone: "Backbone",
    scales: Sequence[Scale],
    rendering: "Rendering",
    image: np.ndarray,
) -> Artwork:
    """The picture with its record."""
    from eyecandy._tensorflow import keras, tf  # here: to read a record takes no TensorFlow

    record = {
        "recipe": recipe,
        "options": options.record(),
        "sources": [dict(source.record()) for source in sources],
        "backbone": backbone.identity,
        "versions": {
            "eyecandy": __version__,
            "tensorflow": tf.__version__,
            "keras": keras.__version__,
            "numpy": np.__version__,
            "python": platform.python_version(),
        },
        "scales": [{"size": list(scale.size), "iterations": scale.iterations} for scale in scales],
        "iterations": rendering.iterations,
        "stopped": rendering.stopped,
        "losses": {name: [float(f"{value:.6g}") for value in column] for name, column in rendering.history.items()},
    }
    return Artwork(image, rendering.history, record, rendering.stopped, rendering.interrupted)

"""Where pictures go, and what is kept of their growth. Importing it is instant."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from eyecandy.arguments import Hint

_PANEL = "Where pictures go"
_FILMS = "Films"


def _hint(metavar: str | None = None, *flags: str) -> Hint:
    return Hint(metavar=metavar, flags=flags, panel=_PANEL, sentence=True)


@dataclass
class OutputOptions:
    """Where pictures go, and what is kept of their growth."""

    output: Annotated[
        Path | None,
        "The picture to make: .png, .jpg, .webp or .tif; of several photos, the folder that holds theirs. "
        "(default: beside photo.jpg, such as photo-dream.png)",
        _hint("FILE", "--output", "-o"),
    ] = None
    overwrite: Annotated[bool, "Replace files that exist.", _hint(None, "--overwrite")] = False
    every: Annotated[
        int | None, "Keep the picture as it is every N iterations, as photo-dream-00020.png.", _hint("N")
    ] = None
    film: Annotated[Path | None, "A film of how it grows: .mp4 or .gif.", _hint("FILE")] = None
    resume: Annotated[
        bool,
        "Go on with pictures that were interrupted; finished ones are left as they are.",
        _hint(None, "--resume"),
    ] = False


@dataclass
class ClipOptions(OutputOptions):
    """The same of a recipe that paints films as well, and how frames follow each other."""

    steps: Annotated[
        int, "Of a film: steps a frame, after the first of a scene.", Hint(metavar="N", panel=_FILMS, sentence=True)
    ] = 24
    hold: Annotated[
        float,
        "Of a film: how strongly what is painted stays on what moves; 0 lets it change.",
        Hint(panel=_FILMS, sentence=True),
    ] = 1.0


@dataclass
class FolderOptions:
    """The folder that a recipe of many pictures makes."""

    output: Annotated[
        Path | None,
        "The folder to make, or to go on with. (default: photo-study beside photo.jpg)",
        _hint("FOLDER", "--output", "-o"),
    ] = None
    overwrite: Annotated[bool, "Make pictures again that were made otherwise.", _hint(None, "--overwrite")] = False

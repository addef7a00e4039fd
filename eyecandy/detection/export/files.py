"""The files of a format for one photo, as bytes: what `found.to_yolo()` and its like give."""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from eyecandy.arguments import options_of
from eyecandy.detection.export.formats import FORMATS, check_formats
from eyecandy.detection.export.labelled import labelled
from eyecandy.detection.export.labelling import Labelling
from eyecandy.detection.export.options import LabelOptions
from eyecandy.detection.result import Result

Files = dict[str, bytes]
"""What is in files, by their names, which have slashes where there are folders."""


class _Memory:
    """A folder in memory."""

    local = None

    def __init__(self) -> None:
        self.files: Files = {}

    @contextmanager
    def replace(self, name: str) -> Iterator[BinaryIO]:
        buffer = io.BytesIO()
        yield buffer
        self.files[name] = buffer.getvalue()


def files_of(found: Result, format: str, **knobs: Any) -> Files:
    """The labels of one photo in a format, as it would be written for a folder of photos.

    Args:
        found: what was found.
        format: one of `FORMATS`.
        **knobs: of `LabelOptions`.

    What the format cannot hold is a warning, which Python shows once.

    Raises:
        EyecandyError: no such format, a knob out of its range, or what writes the format is not installed.
    """
    (name,) = check_formats(format)
    if FORMATS[name].lacks:
        warnings.warn(f"{name} {FORMATS[name].lacks}", stacklevel=3)
    photo = labelled(found, found.photo.name if found.photo.path is None else found.photo.path.name)
    folder = _Memory()
    labelling = Labelling.of([photo], found.backbone, options_of(LabelOptions, None, knobs))
    FORMATS[name].write(folder, [photo], labelling)
    return folder.files

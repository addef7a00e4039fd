"""Pictures that a page brought: kept as they came, under names that no file system minds."""

import io
import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath

import numpy as np
from PIL import Image

from eyecandy.errors import EyecandyError
from eyecandy.images import Photo, fit, load, resize

VIEW, THUMBNAIL = 1280, 200  # pixels of the longest side, as shown large and small
LONGEST_NAME = 80


@dataclass(frozen=True)
class Picture:
    """One picture of a page.

    Attributes:
        path: where it lies on this machine; never told.
        name: its own name, which commands and records use.
        size: (width, height) upright.
        notes: how it was read, see `Photo`.
        view, thumbnail: JPEG, at most `VIEW` and `THUMBNAIL` pixels long.
    """

    path: Path
    name: str
    size: tuple[int, int]
    notes: tuple[str, ...]
    view: bytes
    thumbnail: bytes
    id: str = field(default_factory=lambda: secrets.token_urlsafe(8))

    @classmethod
    def at(cls, path: Path, name: str) -> "tuple[Picture, Photo]":
        """Reads a picture, which stays where it is.

        Raises:
            EyecandyError: as `images.load`, told of the name and not of the path.
        """
        try:
            photo = load(path)
        except EyecandyError as error:
            raise EyecandyError(str(error).replace(repr(str(path)), repr(name)).replace(str(path), name)) from error
        view = resize(photo.pixels, fit(photo.size, VIEW))
        thumbnail = resize(view, fit(photo.size, THUMBNAIL))
        return cls(path, name, photo.size, photo.notes, jpeg(view), jpeg(thumbnail)), photo


def jpeg(pixels: np.ndarray) -> bytes:
    """Pixels, (h, w, 3) uint8, as JPEG."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def plain_name(given: str) -> str:
    """The last part of what a browser calls a file, without what a file system or a command line may refuse.

    >>> plain_name("C:\\\\photos\\\\my dog?.jpg"), plain_name("../../etc/passwd"), plain_name("-rf.png")
    ('my dog_.jpg', 'passwd', '_rf.png')
    """
    last = PureWindowsPath(PurePosixPath(given).name).name
    path = PurePosixPath(re.sub(r'[\x00-\x1f\x7f<>:"/\\|?*]|^[-.]|[\ud800-\udfff]', "_", last.strip()) or "picture")
    return f"{path.stem[:LONGEST_NAME]}{path.suffix[:10]}"

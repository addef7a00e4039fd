"""HEIF photos, as phones store them, opened by pillow-heif (`eyecandy[heif]`)."""

from typing import BinaryIO

from PIL import Image

from eyecandy.errors import EyecandyError

SUFFIXES = frozenset((".heic", ".heics", ".heif", ".heifs", ".hif"))
"""In lower case with the dot."""

_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1")


def is_heif(start: bytes) -> bool:
    """Whether a file that begins like this is HEIF; AVIF, which has the same frame, is not."""
    return start[4:8] == b"ftyp" and start[8:12] in _BRANDS and b"avif" not in start[12:64]


def opened(file: BinaryIO, name: str) -> Image.Image:
    """The photo in a HEIF file, not decoded yet; Pillow itself learns nothing of the format.

    Raises:
        EyecandyError: pillow-heif is not installed.
        Exception: of many types, where the file is damaged.
    """
    try:
        from pillow_heif import HeifImageFile
    except ImportError as error:
        raise EyecandyError(
            f"{name} is a HEIC photo, which needs pillow-heif; run pip install 'eyecandy[heif]', or export it as JPEG"
        ) from error
    file.seek(0)
    image: Image.Image = HeifImageFile(file)
    return image

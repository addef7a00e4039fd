"""Pictures written to files, whole or not at all."""

import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, PngImagePlugin

from eyecandy.errors import EyecandyError
from eyecandy.files import Own, atomic
from eyecandy.images.decoding import decoded
from eyecandy.images.photo import picture_array

_FORMATS = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".webp": "WEBP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
}
SUFFIXES = frozenset(_FORMATS)
"""In what the names of pictures end that `save` writes."""
_LONGEST = {"JPEG": 65500, "WEBP": 16383}  # the longest side that the format can write


def format_of(path: Path) -> str:
    """The format in which `save` writes a path, by its suffix.

    Raises:
        EyecandyError: an unknown suffix.
    """
    file_format = _FORMATS.get(path.suffix.lower())
    if file_format is None:
        known = ", ".join(_FORMATS)
        raise EyecandyError(f"{str(path)!r} has the suffix {path.suffix!r}; pictures are saved as {known}")
    return file_format


def save(
    path: str | Path,
    pixels: np.ndarray,
    *,
    text: Mapping[str, str] | None = None,
    signature: str | None = None,
    overwrite: bool = False,
    own: Own | None = None,
) -> None:
    """Writes a picture in the format of the path's suffix: .png, .jpg, .jpeg, .webp, .tif or .tiff.

    JPEG at quality 95 without chroma subsampling, WebP at quality 95, PNG and TIFF without loss. Folders on the
    way are made.

    Args:
        path: where to write.
        pixels: uint8 of shape (H, W, 3) sRGB, (H, W) grey or (H, W, 4) with alpha, not premultiplied.
        text: as for `save_png`; the other formats take none.
        signature: the software that made it, for the EXIF data of the other formats.
        overwrite: replace a file that exists.
        own: says which files may be replaced; by default all.

    Raises:
        EyecandyError: an unknown suffix, another array, transparency or text in a format that holds none, a
            picture too long for its format, or any reason why `eyecandy.files.atomic` cannot write.
    """
    path = Path(path)
    name = repr(str(path))
    file_format = format_of(path)
    if file_format == "PNG":
        save_png(path, pixels, text=text, overwrite=overwrite, own=own)
        return

    if text is not None:
        raise EyecandyError(f"{name} cannot carry text, which only PNG files do here; choose a name that ends in .png")
    array = picture_array(pixels)
    if file_format == "JPEG" and array.shape[2:] == (4,):
        raise EyecandyError(f"{name} cannot hold transparency in a JPEG; choose a name that ends in .png")
    height, width = array.shape[:2]
    longest = _LONGEST.get(file_format)
    if longest is not None and max(width, height) > longest:
        raise EyecandyError(
            f"{name} cannot hold {width} x {height} pixels: a {file_format} side is at most {longest}; choose .png"
        )
    buffer = io.BytesIO()
    image = Image.fromarray(array)
    exif = Image.Exif()
    if signature is not None:
        exif[ExifTags.Base.Software] = signature
    if file_format == "JPEG":
        image.save(buffer, file_format, quality=95, subsampling=0, exif=exif)
    elif file_format == "WEBP":
        image.save(buffer, file_format, quality=95, exif=exif)
    else:
        image.save(buffer, file_format, compression="tiff_adobe_deflate", exif=exif)
    _write(path, buffer, overwrite, own)


def save_png(
    path: str | Path,
    pixels: np.ndarray,
    *,
    text: Mapping[str, str] | None = None,
    overwrite: bool = False,
    own: Own | None = None,
) -> None:
    """Writes a PNG whose bytes depend on nothing but the arguments and Pillow's version.

    Args:
        path: where to write; folders on the way are made.
        pixels: uint8 of shape (H, W, 3) sRGB, (H, W) grey or (H, W, 4) with alpha, not premultiplied.
        text: metadata, kept as UTF-8 (iTXt) in the order of the keywords; a keyword has 1 to 79 characters of
            Latin-1. `read_text` gives it back.
        overwrite: replace a file that exists.
        own: says which files may be replaced; by default all.

    Raises:
        EyecandyError: another array, an impossible keyword, or any reason why `eyecandy.files.atomic` cannot write.
    """
    info = PngImagePlugin.PngInfo()
    for keyword, value in sorted((text or {}).items()):
        if not (1 <= len(keyword) <= 79 and keyword.isprintable() and max(keyword) <= "\xff"):
            raise EyecandyError(f"a PNG keyword is 1 to 79 printable characters of Latin-1, got {keyword!r}")
        # a file name among the values may hold bytes that are no UTF-8; escaped, they spoil no finished picture
        info.add_itxt(keyword, value.encode("utf-8", "backslashreplace").decode())
    buffer = io.BytesIO()
    Image.fromarray(picture_array(pixels)).save(buffer, "PNG", pnginfo=info)
    _write(Path(path), buffer, overwrite, own)


def _write(path: Path, buffer: io.BytesIO, overwrite: bool, own: Own | None) -> None:
    # Pillow hides why a write failed when it writes the file itself; so it writes to memory
    with atomic(path, overwrite=overwrite, own=own) as temporary:
        # not getbuffer: Python 3.12.1 crashes when it collects that in a traceback, as of a full disk
        temporary.write_bytes(buffer.getvalue())


def read_text(path: str | Path) -> dict[str, str]:
    """The text metadata of a PNG file, by keyword; empty where it has none.

    Raises:
        EyecandyError: not a PNG file, or one that `load` would refuse.
    """
    path = Path(path)
    with decoded(path) as found:
        image = found.image
        if not isinstance(image, PngImagePlugin.PngImageFile):
            raise EyecandyError(f"{str(path)!r} is a {image.format} file; text is read from PNG files")
        return {keyword: str(value) for keyword, value in image.text.items()}

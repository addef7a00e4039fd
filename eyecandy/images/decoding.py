"""Picture files opened and decoded: whole or not at all, and none too large to hold.

By Pillow, but for what it does not know or takes otherwise than the file says: see `tiff`, `raw` and `heif`.
"""

import errno
import io
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import BinaryIO

from PIL import Image, ImageFile, UnidentifiedImageError

from eyecandy.errors import EyecandyError
from eyecandy.images import heif, raw
from eyecandy.images.mending import Mended, mended

MAX_PIXELS = 250_000_000
"""The largest picture that is decoded, in pixels: above every camera, below what would exhaust a machine's memory."""

# Formats that hold photos. Pillow reads more, but some of those start other programs (EPS) or recognise text
# files as pictures (TGA).
_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "PPM", "JPEG2000", "AVIF")

_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")  # what a TIFF begins with
# By how much Pillow spreads greys of few bits, and not the one that is transparent.
_SPREAD: dict[object, int] = {"1": 255, "L;2": 85, "L;4": 17}
_MENDABLE = 1 << 29  # bytes; a damaged file that is larger is not copied


def formats() -> tuple[str, ...]:
    """The formats that are read, by Pillow's names; AVIF and JPEG 2000 only where Pillow was built with them."""
    available = set(Image.registered_extensions().values())
    return tuple(name for name in _FORMATS if name in available)


def suffixes() -> frozenset[str]:
    """The suffixes of picture files, in lower case with the dot; some need an extra of eyecandy to be read."""
    readable = (*formats(), "MPO")  # photos from two lenses, which the JPEG decoder opens
    known = frozenset(suffix for suffix, name in Image.registered_extensions().items() if name in readable)
    return known | heif.SUFFIXES | raw.SUFFIXES


@dataclass(frozen=True, eq=False)
class Decoded:
    """A picture as its file holds it.

    Attributes:
        image: decoded, in its own mode and orientation.
        frames: how many frames or pages the file has.
        notes: what the user should know of the file, in plain words.
    """

    image: Image.Image
    frames: int
    notes: tuple[str, ...]


@contextmanager
def decoded(path: Path) -> Iterator[Decoded]:
    """The picture in a file; closed on leaving.

    Raises:
        EyecandyError: the file is missing, a folder, unreadable, empty, not a picture, larger than MAX_PIXELS,
            truncated or otherwise damaged, or of a kind that needs an extra which is not installed.
    """
    name = repr(str(path))  # repr: a file name may hold a line break, or bytes that no terminal prints
    with opened(path) as file, strict_pillow():
        found = _special(file, path, name) or _common(file, name)
        with found.image:
            yield found


def _special(file: BinaryIO, path: Path, name: str) -> Decoded | None:
    """What Pillow does not read, or not as the file says; None of all else."""
    start = file.read(64)
    with _explained(name):
        if raw.is_raw(start):
            return _developed(file, name)
        if heif.is_heif(start):
            image = heif.opened(file, name)
            frames = getattr(image, "n_frames", 1)
            decode(image, name)
            return Decoded(image, frames, ())
    if start[:4] not in _TIFF:
        return None
    if path.suffix.lower() in raw.SUFFIXES:
        with _explained(name):
            return _developed(file, name)
    with suppress(_NotTiffError):
        return _tiff(file, name)
    return None


class _NotTiffError(Exception):
    """Not even its first page is known to tifffile; Pillow may have something to say."""


def _tiff(file: BinaryIO, name: str) -> Decoded | None:
    from eyecandy.images.tiff import Tiff  # here: most photos are none, and it takes a moment to import

    try:
        tiff = Tiff(file)
        plain, is_raw = tiff.is_plain, tiff.is_raw
    except Exception as error:  # damaged files make it raise many types
        raise _NotTiffError from error
    with _explained(name):
        if is_raw:
            return _developed(file, name)
        tiff.check()
        if plain:
            return None
        _check_size(tiff.size, name)
        image, notes = tiff.decode(name)
        image.format = "TIFF"
        try:
            pages = tiff.pages()
        except Exception:  # of those after the first, which is all that is wanted
            pages, notes = 1, [*notes, _LATER]
        return Decoded(image, pages, tuple(notes))


def _developed(file: BinaryIO, name: str) -> Decoded:
    return Decoded(raw.develop(file, name, MAX_PIXELS), 1, ("developed from a camera's raw data",))


_LATER = "its later pages or frames are damaged; the first is used"


def _common(file: BinaryIO, name: str) -> Decoded:
    """What Pillow reads; where only something beside the pixels is damaged, without that."""
    try:
        return _by_pillow(file, name)
    except EyecandyError as refused:
        file.seek(0)
        other = None if file.seek(0, io.SEEK_END) > _MENDABLE else mended(_whole(file))
        if other is None:
            raise
        try:
            return _by_mending(other, name)
        except EyecandyError:
            raise refused from None


def _whole(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read()


def _by_mending(other: Mended, name: str) -> Decoded:
    found = _by_pillow(io.BytesIO(other.content), name)
    if other.witness is not None:
        with _by_pillow(io.BytesIO(other.witness), name).image as witness:
            if found.image.tobytes() != witness.tobytes():
                raise EyecandyError(f"{name} lacks pixels")
    return Decoded(found.image, found.frames, (*other.notes, *found.notes))


def _by_pillow(file: BinaryIO, name: str) -> Decoded:
    image, frames = _identified(file, name), 1
    notes: tuple[str, ...] = ()
    try:
        frames = getattr(image, "n_frames", 1)  # counting frames discards decoded pixels, so it comes first
    except Exception:  # of those after the first; should that be damaged too, it is said below
        notes = (_LATER,)
        image = _identified(file, name)
    key, tiles = image.info.get("transparency"), getattr(image, "tile", None)
    if tiles and isinstance(key, int) and image.mode in ("1", "L"):
        image.info["transparency"] = key * _SPREAD.get(tiles[0][3], 1)
    decode(image, name)
    return Decoded(image, frames, notes)


def _identified(file: BinaryIO, name: str) -> Image.Image:
    file.seek(0)
    with _explained(name):
        try:
            return Image.open(file, formats=formats())
        except UnidentifiedImageError as error:
            raise _unrecognised(name, file) from error


def decode(image: Image.Image, name: str) -> None:
    """Decodes a lazily opened picture in place; does nothing to one whose pixels are there already.

    Raises:
        EyecandyError: larger than MAX_PIXELS, without pixels, truncated or otherwise damaged.
    """
    _check_size(image.size, name)
    with strict_pillow(), _explained(name):
        image.load()


def _check_size(size: tuple[int, int], name: str) -> None:
    width, height = size
    if width * height > MAX_PIXELS:
        raise _too_large(name, f"{width} x {height} pixels")
    if width * height == 0:
        raise EyecandyError(f"{name} is {width} x {height} pixels, which holds no picture; expected at least 1 x 1")


class _HardLimit(int):
    """A pixel limit at which Pillow refuses; otherwise it would warn there and refuse only at twice the limit."""

    def __rmul__(self, factor: int, /) -> int:
        return self


class _StrictPillow:
    """Pillow's two global switches, set for as long as any thread decodes here, and then put back as they were.

    Pillow has no per-call form of them, and warnings.catch_warnings is not safe among threads, so the first
    thread in sets them and the last one out restores them.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._limit: int | None = None
        self._truncated = False

    @contextmanager
    def __call__(self) -> Iterator[None]:
        with self._lock:
            if self._inside == 0:
                self._limit, self._truncated = Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES
                Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES = _HardLimit(MAX_PIXELS), False
            self._inside += 1
        try:
            yield
        finally:
            with self._lock:
                self._inside -= 1
                if self._inside == 0:
                    Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES = self._limit, self._truncated


strict_pillow = _StrictPillow()


@contextmanager
def _explained(name: str) -> Iterator[None]:
    """Turns whatever Pillow raises over foreign bytes into one line."""
    try:
        yield
    except EyecandyError:
        raise
    except Image.DecompressionBombError as error:
        raise _too_large(name, str(error).partition(" exceeds")[0].removeprefix("Image size ").strip("()")) from error
    except MemoryError as error:
        raise EyecandyError(f"{name} does not fit into memory; scale it down first") from error
    except Exception as error:  # damaged files make the decoders raise nearly every type of exception
        if isinstance(error, OSError) and error.errno in (errno.EIO, errno.ESTALE, errno.EISDIR):
            raise EyecandyError(f"{name} cannot be read: {error.strerror}") from error
        reason = " ".join(str(error).split()) or type(error).__name__
        message = f"{name} is truncated or damaged and was not loaded ({reason}); fetch the file again"
        raise EyecandyError(message) from error


def _too_large(name: str, came: str) -> EyecandyError:
    megapixels = MAX_PIXELS // 1_000_000
    return EyecandyError(
        f"{name} is too large: {came}; at most {megapixels} megapixels are loaded; scale it down first"
    )


def _unrecognised(name: str, file: BinaryIO) -> EyecandyError:
    file.seek(0)
    start = file.read(64)
    if start.lstrip()[:5].lower() in (b"<!doc", b"<html"):
        return EyecandyError(f"{name} is a web page, not a picture; a download may have failed")
    return EyecandyError(f"{name} is not a picture, or a damaged one; expected {', '.join(formats())}")


@contextmanager
def opened(path: Path, expected: str = "a picture file") -> Iterator[BinaryIO]:
    """A regular file that holds something, opened for reading; every other thing in its place is explained."""
    name = repr(str(path))
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise EyecandyError(f"{name} is a folder; expected {expected}")
        if not stat.S_ISREG(status.st_mode):  # a pipe or device may never end
            raise EyecandyError(f"{name} is a device or a pipe; expected {expected}")
        if status.st_size == 0:
            raise EyecandyError(f"{name} is empty (0 bytes); expected {expected}")
        file = path.open("rb")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise EyecandyError(f"{name} does not exist{_nearest(path)}") from error
    except PermissionError as error:
        raise EyecandyError(f"{name} cannot be read: no permission; allow reading or copy the file") from error
    except OSError as error:
        raise EyecandyError(f"{name} cannot be read: {error.strerror}") from error
    except EyecandyError:
        raise
    except ValueError as error:  # a null byte, or characters the file system cannot encode
        raise EyecandyError(f"{name} is no possible file name: {error}") from error
    with file:
        yield file


def _nearest(path: Path) -> str:
    """A hint at the existing name that a missing one was probably meant to be; empty without one."""
    folder = path.parent
    try:
        names = [neighbour.name for neighbour in folder.iterdir()]
    except OSError:  # the hint is all that is lost
        return f": there is no folder {str(folder)!r}" if not folder.is_dir() else ""
    folded = {name.casefold(): name for name in names}
    close = get_close_matches(path.name.casefold(), folded, n=1, cutoff=0.7)
    return f"; did you mean {str(folder / folded[close[0]])!r}?" if close else ""

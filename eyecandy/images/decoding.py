"""Picture files opened and decoded by Pillow: whole or not at all, and none too large to hold."""

import errno
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import BinaryIO

from PIL import Image, ImageFile, UnidentifiedImageError

from eyecandy.errors import EyecandyError

MAX_PIXELS = 250_000_000
"""The largest picture that is decoded, in pixels: above every camera, below what would exhaust a machine's memory."""

# Formats that hold photos. Pillow reads more, but some of those start other programs (EPS) or recognise text
# files as pictures (TGA).
_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "PPM", "JPEG2000", "AVIF")


def formats() -> tuple[str, ...]:
    """The formats that are read, by Pillow's names; AVIF and JPEG 2000 only where Pillow was built with them."""
    available = set(Image.registered_extensions().values())
    return tuple(name for name in _FORMATS if name in available)


def suffixes() -> frozenset[str]:
    """The suffixes of picture files, in lower case with the dot."""
    readable = (*formats(), "MPO")  # photos from two lenses, which the JPEG decoder opens
    return frozenset(suffix for suffix, name in Image.registered_extensions().items() if name in readable)


@contextmanager
def decoded(path: Path) -> Iterator[Image.Image]:
    """The picture in a file, decoded, in its own mode and orientation; closed on leaving.

    Raises:
        EyecandyError: the file is missing, a folder, unreadable, empty, not a picture, larger than MAX_PIXELS,
            truncated or otherwise damaged.
    """
    name = repr(str(path))  # repr: a file name may hold a line break, or bytes that no terminal prints
    with _opened(path) as file, strict_pillow():
        with _explained(name):
            try:
                image = Image.open(file, formats=formats())
            except UnidentifiedImageError as error:
                raise _unrecognised(name, file) from error
        with image:
            with _explained(name):
                getattr(image, "n_frames", 1)  # counting frames discards decoded pixels, so it comes first
            decode(image, name)
            yield image


def decode(image: Image.Image, name: str) -> None:
    """Decodes a lazily opened picture in place; does nothing to one whose pixels are there already.

    Raises:
        EyecandyError: larger than MAX_PIXELS, without pixels, truncated or otherwise damaged.
    """
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise _too_large(name, f"{width} x {height} pixels")
    if width * height == 0:
        raise EyecandyError(f"{name} is {width} x {height} pixels, which holds no picture; expected at least 1 x 1")
    with strict_pillow(), _explained(name):
        image.load()


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
def _opened(path: Path) -> Iterator[BinaryIO]:
    """A regular file that holds something, opened for reading; every other thing in its place is explained."""
    name = repr(str(path))
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise EyecandyError(f"{name} is a folder; expected a picture file")
        if not stat.S_ISREG(status.st_mode):  # a pipe or device may never end
            raise EyecandyError(f"{name} is a device or a pipe; expected a picture file")
        if status.st_size == 0:
            raise EyecandyError(f"{name} is empty (0 bytes); expected a picture file")
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
    if start[4:8] == b"ftyp" and start[8:12] in (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1"):
        return EyecandyError(f"{name} is a HEIC photo, which is not read; export it as JPEG")
    if start.lstrip()[:5].lower() in (b"<!doc", b"<html"):
        return EyecandyError(f"{name} is a web page, not a picture; a download may have failed")
    return EyecandyError(f"{name} is not a picture, or a damaged one; expected {', '.join(formats())}")


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

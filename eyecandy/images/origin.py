"""Whether eyecandy made a file: a picture, film, page or record. Such files it may replace, and takes for no photos.

PNGs carry their record as text, other pictures a signature in their EXIF data, films one in their comment.
"""

import json
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

from PIL import ExifTags, Image

from eyecandy._version import __version__

KEYWORD = "eyecandy"
"""Of the record among a PNG's texts."""
SIGNATURE = f"{KEYWORD} {__version__}"
"""Of what carries no record: the software that made it."""

_PNG = re.compile(rb"iTXteyecandy\0|(?:tEXt|iTXt)Software\0+eyecandy")
_PAGE = re.compile(rb'<meta name="generator" content="eyecandy ')
_FILM = re.compile(rb"eyecandy \d+\.\d+")
_PATTERNS = {".png": _PNG, ".html": _PAGE, **dict.fromkeys((".gif", ".mp4", ".mov", ".webm"), _FILM)}
_EDGE = 8192  # bytes at either end of a file, where signatures lie
_TOLD = ("recipe", "picture", "sheet")  # one of these is in every record


def record_path(path: Path) -> Path:
    """Where the record of a picture or film lies: beside it, as `x.jpg.json` for `x.jpg`."""
    return path.with_name(f"{path.name}.json")


def made_here(path: Path) -> bool:
    """Whether eyecandy made a file, by its own first and last bytes; False of no file."""
    suffix = path.suffix.lower()
    if suffix == ".json":
        return _is_record(path)
    try:
        with path.open("rb") as file:
            start = file.read(_EDGE)
            file.seek(max(0, path.stat().st_size - _EDGE))
            edges = start + file.read(_EDGE)
    except OSError:
        return False
    pattern = _PATTERNS.get(suffix)
    if pattern is not None:
        return pattern.search(edges) is not None
    return KEYWORD.encode() in edges and _is_signed(path)


def _is_signed(path: Path) -> bool:
    with suppress(Exception), Image.open(path) as image:  # damaged EXIF data make Pillow raise many types
        return str(image.getexif().get(ExifTags.Base.Software, "")).startswith(f"{KEYWORD} ")
    return False


def _is_record(path: Path) -> bool:
    record: Any = None
    with suppress(OSError, ValueError, RecursionError):
        record = json.loads(path.read_bytes())
    return isinstance(record, dict) and any(name in record for name in _TOLD) and "versions" in record

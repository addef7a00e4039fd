"""The photos of a data set: which they are, what the results call them, and the order of the work."""

import glob
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path

from PIL import Image

from eyecandy.detection.export.folders import RESULTS, is_ours
from eyecandy.detection.find.sizes import default_size
from eyecandy.errors import EyecandyError
from eyecandy.images import fit
from eyecandy.images.search import LeftOut, search

_WINDOW = 512  # photos that are put in order at a time: the first result need not wait for the last header
_CELL = 32  # pixels; sizes that differ by less are one bucket


@dataclass(frozen=True)
class PhotoList:
    """The photos of one run.

    Attributes:
        root: the folder that all lie in, absolute.
        paths: one for each photo, in the order found.
        left_out: what else lies there, but for folders of results.
    """

    root: Path
    paths: tuple[Path, ...]
    left_out: tuple[LeftOut, ...] = ()

    def name(self, path: Path) -> str:
        """What the results call a photo: its path below the root, with slashes."""
        return Path(os.path.normpath(path.absolute())).relative_to(self.root).as_posix()


def list_photos(sources: Sequence[str | Path], *, recursive: bool = True) -> PhotoList:
    """The photos that folders, patterns and files stand for; pictures in folders of results are none.

    With `recursive`, folders stand for what lies in the folders below them too.

    The root is the folder given, or the fixed part of the pattern, or of several the deepest folder they share.

    Raises:
        EyecandyError: as `eyecandy.images.search.search`, or where nothing is left.
    """
    if not sources:
        raise EyecandyError("no photos were given; pass a folder, a pattern or paths of photos")
    is_made = cache(is_ours)
    root = Path(os.path.commonpath([_root(str(source)) for source in sources]))
    below = len(root.parts)

    def own(path: Path) -> bool:
        return any(is_made(folder) for folder in path.absolute().parents if len(folder.parts) >= below)

    found = search(sources, recursive=recursive, skip=is_ours)
    kept = [path for path in found.paths if not own(path)]
    left_out = [each for each in found.left_out if not own(each.path) and not is_made(each.path.absolute())]
    folders = dict.fromkeys(path.parent for path in found.paths if is_made(path.parent.absolute()))
    left_out += [LeftOut(folder, RESULTS) for folder in folders]
    if not kept:
        raise EyecandyError(f"{str(sources[0])!r} holds nothing but results of eyecandy; expected photos")
    return PhotoList(root, tuple(kept), tuple(left_out))


def _root(source: str) -> str:
    absolute = Path(os.path.normpath(Path(source).absolute()))
    if absolute.is_dir():
        return str(absolute)
    parts = absolute.parts
    fixed = len(parts) - 1
    if not absolute.exists():
        fixed = min([i for i, part in enumerate(parts) if glob.has_magic(part)], default=fixed)
    return str(Path(*parts[:fixed]))


def in_buckets(paths: Iterable[Path]) -> Iterator[Path]:
    """The same photos, neighbours in size next to each other within every few hundred, large ones first.

    Photos of one size share the buffers and the prepared kernels of the network, and with the largest first, memory
    is at its peak early. Only headers are read.
    """
    paths = iter(paths)
    while window := list(islice(paths, _WINDOW)):
        yield from sorted(window, key=_bucket, reverse=True)


def _bucket(path: Path) -> tuple[int, int]:
    try:
        with Image.open(path) as image:
            size = image.size
    except Exception:  # many types, for damaged files; what is wrong is said when the photo is loaded
        return 0, 0
    return fit(size, default_size(size), _CELL) if min(size) > 0 else (0, 0)

"""Folders of results: what they are called, and by what one is known. Importing it is instant."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

MARKER = "eyecandy.json"
"""The record that every folder of results holds."""
GALLERY = "eyecandy-report.json"
"""The file that every folder beside a gallery holds."""
SUFFIX = ".eyecandy"
RESULTS = "a folder of eyecandy's results, whose pictures are no photos; give their names to use them"
"""Why such a folder is left out."""


def is_results(folder: Path) -> bool:
    """Whether a folder is one of results."""
    return (folder / MARKER).is_file()


def is_ours(folder: Path) -> bool:
    """Whether a folder is one of results, or lies beside a gallery: its pictures are no photos."""
    return is_results(folder) or (folder / GALLERY).is_file()


def results_folders(photos: Sequence[Path], parent: Path | None = None) -> list[Path]:
    """A folder for the results of each photo, all different.

    `photo.eyecandy` for `photo.jpg`; where two photos would share that, `photo.jpg.eyecandy`; and where they would
    share even that, being of one name in several folders, `photo.jpg-2.eyecandy` for the second.

    Args:
        photos: paths of photos.
        parent: the folder that holds them all; by default each lies beside its photo.

    >>> photos = [Path("a/cat.jpg"), Path("b/cat.jpg"), Path("dog.png")]
    >>> [folder.name for folder in results_folders(photos, Path("out"))]
    ['cat.jpg.eyecandy', 'cat.jpg-2.eyecandy', 'dog.eyecandy']
    """
    parents = [photo.parent if parent is None else parent for photo in photos]
    short = [_key(folder / photo.stem) for folder, photo in zip(parents, photos, strict=True)]
    shared = {key for key, count in Counter(short).items() if count > 1}
    seen: Counter[str] = Counter()
    folders = []
    for folder, photo, key in zip(parents, photos, short, strict=True):
        name = photo.name if key in shared else photo.stem
        seen[_key(folder / name)] += 1
        number = seen[_key(folder / name)]
        folders.append(folder / f"{name}{'' if number == 1 else f'-{number}'}{SUFFIX}")
    return folders


def _key(path: Path) -> str:
    return str(path).casefold()  # some file systems take upper and lower case for the same

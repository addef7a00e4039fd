"""What all files of labels of one run have in common: what objects are called, and in which order."""

import os
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from eyecandy._version import __version__
from eyecandy.detection.export.folder import Folder
from eyecandy.detection.export.labelled import Annotation, LabelledPhoto
from eyecandy.detection.export.options import LabelOptions, Level
from eyecandy.images import load, save
from eyecandy.images.photo import is_turned
from eyecandy.images.saving import SUFFIXES


@dataclass(frozen=True)
class Labelling:
    """What all files of one run have in common.

    Attributes:
        backbone: name of the network.
        options: what the user chose.
        names: of the classes, in their order: by the alphabet.
        words: the everyday word of each.
        stems: what the files of each photo are called: its name without suffix, but where that is another's too.
        photos: the folder that the names of photos count from, where it is known and on this machine.
    """

    backbone: str
    options: LabelOptions
    names: tuple[str, ...]
    words: tuple[str, ...]
    stems: Mapping[str, str]
    photos: Path | None = None
    _numbers: dict[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_numbers", {name: number for number, name in enumerate(self.names)})

    @classmethod
    def of(
        cls, photos: Iterable[LabelledPhoto], backbone: str, options: LabelOptions, root: Path | None = None
    ) -> "Labelling":
        """What a first look through all photos says."""
        words: dict[str, str] = {}
        files: list[str] = []
        for photo in photos:
            files.append(photo["photo"])
            for found in photo["annotations"]:
                words[_name(found["word"], found["label"], options.by)] = found["word"]
        names = sorted(words, key=lambda name: (name.casefold(), name))
        return cls(backbone, options, tuple(names), tuple(words[name] for name in names), _stems(files), root)

    @property
    def error(self) -> float:
        return self.options.polygon_error

    @property
    def model(self) -> str:
        """The network and the program: the version of the model, where a format has a place for it."""
        return f"{self.backbone}, eyecandy {__version__}"

    @property
    def description(self) -> str:
        return f"objects that {self.backbone} sees; eyecandy {__version__}"

    def name(self, found: Annotation) -> str:
        """What an object is called."""
        return self.name_of(found["word"], found["label"])

    def name_of(self, word: str, label: str) -> str:
        """What an object of this word and label is called."""
        return _name(word, label, self.options.by)

    def number(self, found: Annotation) -> int:
        """The number of its class, from 0."""
        return self._numbers[self.name(found)]

    def path_from(self, folder: Folder, name: str, photo: str) -> str:
        """The path of a photo, from a file of a folder where both lie on one machine; else its name."""
        here = folder.local
        if here is None or self.photos is None:
            return photo
        return Path(os.path.relpath(self.photos / photo, (here / name).parent)).as_posix()

    def shown(self, photo: str) -> str:
        """The name of a photo where `show` puts it."""
        return f"{self.stems[photo]}{PurePosixPath(photo).suffix}"

    def show(self, folder: Folder, photo: str, below: str) -> None:
        """Puts a photo where tools look for it, under the stem of its other files.

        A hard link takes no room, and unlike a symbolic one is there for programs in a container too; where the file
        system has none, it is a copy. One that only its EXIF data turn upright is saved upright, since programs that
        train do not all read these. A photo of an earlier run that is gone keeps what is there.
        """
        if folder.local is None or self.photos is None:
            return
        source = (self.photos / photo).resolve()
        if not source.is_file():
            return
        place = folder.local / below / self.shown(photo)
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.suffix.lower() in SUFFIXES and is_turned(source):
            save(place, load(source).pixels, overwrite=True)
            return
        place.unlink(missing_ok=True)
        try:
            place.hardlink_to(source)
        except OSError:
            shutil.copyfile(source, place)


def printable(name: str) -> str:
    """A name, which may hold any bytes, for lines of UTF-8 and for XML: what neither may hold is escaped.

    >>> print(printable("bell\\a"))
    bell\\x07
    """
    whole = name.encode("utf-8", "backslashreplace").decode()
    return _UNPRINTABLE.sub(lambda match: match[0].encode("unicode_escape").decode(), whole)


_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")  # XML 1.0, and what ends a line


def _name(word: str, label: str, by: Level) -> str:
    return printable(word if by == "word" else label)


def _stems(photos: list[str]) -> dict[str, str]:
    """Names without their suffix; those that several share stay whole."""
    short = {photo: str(PurePosixPath(photo).with_suffix("")) for photo in photos}
    shared = Counter(stem.casefold() for stem in short.values())  # some file systems take both cases for the same
    return {photo: stem if shared[stem.casefold()] == 1 else photo for photo, stem in short.items()}

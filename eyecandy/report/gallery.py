"""A gallery of many photos: one page to look through, and beside it a folder of thumbnails and of a page for each."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from markupsafe import Markup

from eyecandy._version import __version__
from eyecandy.detection.export.folders import GALLERY
from eyecandy.detection.result import Result
from eyecandy.files import atomic, atomic_directory
from eyecandy.images import fit, made_here, resize
from eyecandy.report.pictures import masked, webp
from eyecandy.report.report import check_suffix, report_html, resource, script, style, template, write_page
from eyecandy.report.steps import BRIEF
from eyecandy.viewer import palette

SUFFIX = ".files"
THUMBNAIL = 256  # longest side in pixels
_THUMBNAIL_QUALITY, _PHOTO_QUALITY = 60, 68
_SHARED = "page"
_CHIPS = 12  # words that have a button


@dataclass(frozen=True)
class Card:
    """A photo of the gallery.

    Attributes:
        name: what it is called.
        page, thumbnail: names of files in the gallery's folder.
        width, height: of the thumbnail in pixels.
        things: (word, label, score) of each object, best first.
    """

    name: str
    page: str
    thumbnail: str
    width: int
    height: int
    things: tuple[tuple[str, str, float], ...]

    @property
    def data(self) -> str:
        """What the script filters and sorts by, as JSON."""
        return json.dumps([[word, label, round(score, 3)] for word, label, score in self.things])


@dataclass
class Gallery:
    """A gallery in the making.

    Attributes:
        folder: where thumbnails and pages are written, as soon as they are there.
        name: of that folder, as the gallery's page knows it.
        home: name of the gallery's page.
        failures: (photo, reason) of photos that could not be looked at; listed at the end of the page.
    """

    folder: Path
    name: str
    home: str
    cards: list[Card] = field(default_factory=list)
    failures: Sequence[tuple[str, str]] = ()

    def add(self, found: Result, *, name: str | None = None, steps: bool = True) -> None:
        """Adds a photo; of what was found, only a line is kept in memory.

        Args:
            found: what was found in it.
            name: what the photo is called; by default the name of its file.
            steps: its page tells how it was found.
        """
        number = f"{len(self.cards) + 1:05d}"
        photo = found.photo
        if name is None:
            name = photo.name if photo.path is None else photo.path.name
        small = resize(photo.pixels, fit(photo.size, THUMBNAIL))
        (self.folder / f"{number}.webp").write_bytes(webp(masked(small, found.objects), _THUMBNAIL_QUALITY))
        larger = resize(photo.pixels, fit(photo.size, BRIEF.photo))
        (self.folder / f"{number}-photo.webp").write_bytes(webp(larger, _PHOTO_QUALITY))
        back = Markup('<a id="back" href="../{}">← all photos</a>').format(quote(self.home))
        page = report_html(found, detail=BRIEF, source=f"{number}-photo.webp", shared=_SHARED, links=back, how=steps)
        write_page(self.folder / f"{number}.html", page)
        things = tuple((item.word, item.called, item.score) for item in found.objects)
        self.cards.append(Card(name, f"{number}.html", f"{number}.webp", small.shape[1], small.shape[0], things))

    def html(self) -> str:
        """The gallery's own page."""
        words = Counter(word for card in self.cards for word in {thing[0] for thing in card.things})
        return template("gallery.html").render(
            cards=self.cards,
            failures=self.failures,
            files=quote(self.name),
            words=sorted(words),
            chips=words.most_common(_CHIPS),
            objects=sum(len(card.things) for card in self.cards),
            style=palette() + resource("style.css") + resource("gallery.css"),
            script=resource("gallery.js"),
            version=__version__,
        )


@contextmanager
def gallery(path: str | Path, *, overwrite: bool = False) -> Iterator[Gallery]:
    """A gallery that is written while its photos come: `report.html`, and beside it the folder `report.files`.

    The page filters by word and sorts by score; each photo has a page of its own with its objects and the steps by
    which they were found. Nothing is loaded from anywhere else. Ctrl-C leaves a gallery of what was done so far.

    Args:
        path: of the page; ends in .html.
        overwrite: replace a page that exists, and the folder beside it if it is a gallery's.

    Yields:
        What takes the results.

    Raises:
        EyecandyError: another suffix, or any reason why the page or the folder cannot be written. Neither is then.
    """
    path = check_suffix(path)
    folder = path.with_name(path.stem + SUFFIX)
    interrupted: KeyboardInterrupt | None = None
    with (
        atomic(path, overwrite=overwrite, own=made_here) as page,
        atomic_directory(folder, overwrite=overwrite, marker=GALLERY) as files,
    ):
        made = Gallery(files, folder.name, path.name)
        try:
            yield made
        except KeyboardInterrupt as error:
            if not made.cards:
                raise
            interrupted = error
        (files / f"{_SHARED}.css").write_text(style(), "utf-8")
        (files / f"{_SHARED}.js").write_text(script(), "utf-8")
        (files / GALLERY).write_text(json.dumps({"eyecandy": __version__, "photos": len(made.cards)}) + "\n", "utf-8")
        write_page(page, made.html())
    if interrupted is not None:
        raise interrupted

"""The report of one photo: a page that needs nothing but itself."""

from functools import cache
from importlib import resources
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from eyecandy import viewer
from eyecandy._version import __version__
from eyecandy.arguments import check_path
from eyecandy.detection.result import Result
from eyecandy.errors import EyecandyError
from eyecandy.files import atomic
from eyecandy.images import fit, made_here, resize
from eyecandy.report.steps import WHOLE, Detail, steps


def save(found: Result, path: str | Path, *, overwrite: bool = False) -> None:
    """Writes the report of one photo: one file that any browser shows, without a server and without internet.

    It shows the photo, whose objects light up under the pointer, the objects, and the five steps by which they were
    found, each with its figures.

    Args:
        found: what `eyecandy.detect` gives.
        path: ends in .html.
        overwrite: replace an older report.

    Raises:
        EyecandyError: another suffix, or any reason why `eyecandy.files.atomic` cannot write.
    """
    with atomic(check_suffix(path), overwrite=overwrite, own=made_here) as temporary:
        write_page(temporary, report_html(found))


def report_html(
    found: Result,
    *,
    detail: Detail = WHOLE,
    source: str | None = None,
    shared: str | None = None,
    links: str = "",
    how: bool = True,
) -> str:
    """The report of one photo as HTML.

    Args:
        found: what was found.
        detail: how much of it is shown.
        source: address of the photo; by default it is a part of the page.
        shared: address, without its suffix, of a style sheet .css and a script .js as `style` and `script` give them;
            by default they are a part of the page.
        links: HTML that stands above, such as the way back to a gallery.
        how: it tells by which steps the objects were found.
    """
    photo = found.photo
    pixels = resize(photo.pixels, fit(photo.size, detail.photo))
    return template("photo.html").render(
        name=photo.name if photo.path is None else photo.path.name,
        size=photo.size,
        notes=photo.notes,
        found=found,
        viewer=viewer.viewer_html(pixels, found, "photo", source=source),
        style=style(),
        script=script(),
        shared=shared,
        steps=steps(found, detail) if how else (),
        links=links,
        version=__version__,
    )


def style() -> str:
    """The CSS of a photo's page."""
    return viewer.palette() + viewer.style() + resource("style.css") + resource("photo.css")


def script() -> str:
    """The JavaScript of a photo's page."""
    return viewer.script() + resource("photo.js")


def resource(name: str) -> str:
    """A file of this package."""
    return resources.files("eyecandy.report").joinpath("templates", name).read_text("utf-8")


def check_suffix(path: str | Path) -> Path:
    """The path of a report.

    Raises:
        EyecandyError: it does not end in .html.
    """
    path = check_path("path", path)
    if path.suffix.lower() not in (".html", ".htm"):
        raise EyecandyError(f"{str(path)!r} has the suffix {path.suffix!r}; a report is written as .html")
    return path


def write_page(path: Path, page: str) -> None:
    # the name of a photo may hold bytes that are no UTF-8
    path.write_text(page, "utf-8", errors="backslashreplace")


def template(name: str) -> Template:
    """A template of this package."""
    return _environment().get_template(name)


@cache
def _environment() -> Environment:
    """Jinja2 over the templates of this package: what is put into them is escaped, and a name missing is an error."""
    return Environment(
        loader=PackageLoader("eyecandy.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

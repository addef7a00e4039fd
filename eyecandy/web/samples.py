"""The sample pictures: all of them in a checkout of eyecandy, a few of them in the package."""

from functools import cache
from pathlib import Path

from eyecandy.web.pictures import Picture

CHECKOUT = Path(__file__).parent.parent.parent / "samples"
PACKAGED = Path(__file__).parent / "static" / "samples"  # those that anybody may hand on: CC0
PHOTOS = ("dog_and_cat.jpg", "zebra_and_elephant.jpg", "chelsea.jpg", "coffee.jpg", "china.jpg", "flower.jpg")
PAINTINGS = (
    "style_flow.jpg",
    "style_stained_glass.jpg",
    "style_ink.jpg",
    "style_woodcut.jpg",
    "style_mosaic.jpg",
)


@cache
def sample(name: str) -> Picture | None:
    """A sample by its name; None where there is none."""
    path = _path(name)
    return None if path is None else Picture.at(path, name)[0]


def names(wanted: tuple[str, ...]) -> list[str]:
    """Those of the names that are there."""
    return [name for name in wanted if _path(name) is not None]


def _path(name: str) -> Path | None:
    """Where a sample lies; nothing but the names above is looked for."""
    if name not in (*PHOTOS, *PAINTINGS):
        return None
    return next((folder / name for folder in (CHECKOUT, PACKAGED) if (folder / name).is_file()), None)

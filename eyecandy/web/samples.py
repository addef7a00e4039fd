"""The sample pictures, where eyecandy runs from its own checkout; they are no part of the package."""

from functools import cache
from pathlib import Path

from eyecandy.web.pictures import Picture

FOLDER = Path(__file__).parent.parent.parent / "samples"
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
    """A sample by its name; None where there is none, or no checkout."""
    path = FOLDER / name
    if name not in (*PHOTOS, *PAINTINGS) or not path.is_file():
        return None
    return Picture.at(path, name)[0]


def names(wanted: tuple[str, ...]) -> list[str]:
    """Those of the names that are there."""
    return [name for name in wanted if (FOLDER / name).is_file()]

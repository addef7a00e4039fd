"""Contact sheets of what the defaults make of the samples, to be looked at picture by picture after every change.

python tools/build_defaults.py --to FOLDER [--only style|dream|mirage|reconstruct] [--size PIXELS]

Pictures lie in FOLDER/RECIPE/ with their records, and are kept when the script runs again; delete what is to be made
anew.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import eyecandy
from eyecandy import images
from eyecandy._matplotlib import pixels
from eyecandy.art.output.sheets import sheet

SAMPLES = Path(__file__).parent.parent / "samples"
LEFT = "photo"  # the first column of a sheet


@dataclass(frozen=True)
class Board:
    """A contact sheet: photos by something else.

    Attributes:
        title: above the sheet.
        photos: names of samples, a row each.
        columns: labels.
        make: the picture of a photo's path and a column's label, with further options.
    """

    title: str
    photos: Sequence[str]
    columns: Sequence[str]
    make: Callable[..., eyecandy.Artwork]


def styled(photo: Path, column: str, **knobs: Any) -> eyecandy.Artwork:
    return eyecandy.style(photo, SAMPLES / f"style_{column.replace(' ', '_')}.jpg", **knobs)


def dreamt(photo: Path, column: str, **knobs: Any) -> eyecandy.Artwork:
    return eyecandy.dream(photo, layers=[column], **knobs)


def seen(photo: Path, column: str, **knobs: Any) -> eyecandy.Artwork:
    return eyecandy.mirage(photo, spatial_weight=float(column.rsplit(" ", 1)[1]), **knobs)


def rebuilt(photo: Path, column: str, **knobs: Any) -> eyecandy.Artwork:
    return eyecandy.reconstruct(photo, **knobs)


BOARDS = {
    "style": Board(
        "Styles",
        ("astronaut", "chelsea", "china", "coffee", "flower"),
        ("flow", "stained glass", "woodcut", "mosaic", "ink"),
        styled,
    ),
    "dream": Board(
        "Dreams of six layers",
        ("china", "chelsea"),
        ("block1_conv2", "block2_conv2", "block3_conv2", "block4_conv3", "block4_conv6", "block5_conv4"),
        dreamt,
    ),
    "mirage": Board(
        "Mirages at three spatial weights",
        ("chelsea", "china", "coffee", "dog_and_cat", "flower"),
        ("spatial weight 0", "spatial weight 0.25", "spatial weight 1"),
        seen,
    ),
    "reconstruct": Board("Reconstructions", ("chelsea",), ("all layers",), rebuilt),
}


def build(name: str, folder: Path, knobs: dict[str, Any]) -> Path:
    """Makes what is missing of a board; the path of its sheet."""
    board = BOARDS[name]
    shown: dict[tuple[int, int], np.ndarray] = {}
    for row, photo in enumerate(board.photos):
        for column, label in enumerate(board.columns, start=1):
            path = folder / name / f"{photo}-{label.replace(' ', '-')}.png"
            if not path.exists():
                board.make(SAMPLES / f"{photo}.jpg", label, **knobs).save(path)
                print(path, flush=True)
            shown[row, column] = images.load(path).pixels
        own = images.load(SAMPLES / f"{photo}.jpg")
        shown[row, 0] = images.resize(own.pixels, images.fit(own.size, max(shown[row, 1].shape[:2]), enlarge=True))
    target = folder / f"{name}.png"
    labels = [photo.replace("_", " ") for photo in board.photos]
    images.save(target, pixels(sheet(board.title, labels, [LEFT, *board.columns], shown)), overwrite=True)
    return target


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--only", choices=list(BOARDS), action="append")
    parser.add_argument("--size", type=int, help="longest side of each picture; each recipe's own by default")
    arguments = parser.parse_args()
    knobs: dict[str, Any] = {"backbone": eyecandy.load_backbone()}
    if arguments.size is not None:
        knobs["size"] = arguments.size
    for name in arguments.only or list(BOARDS):
        print(build(name, arguments.to, knobs), flush=True)


if __name__ == "__main__":
    main()

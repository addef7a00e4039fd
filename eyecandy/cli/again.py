"""`eyecandy again`: a picture once more, from its record."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eyecandy._version import __version__
from eyecandy.cli.console import remark, say
from eyecandy.cli.easel import Easel, Network
from eyecandy.errors import EyecandyError

if TYPE_CHECKING:
    from eyecandy.art.record import Artwork
    from eyecandy.art.studio import Viewing


def again(
    picture: Annotated[str, typer.Argument(metavar="PICTURE", help="A picture that eyecandy made.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="The picture to make. (default: picture-again.png beside picture.png)",
            show_default=False,
        ),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that exist.")] = False,
) -> None:
    """Make a picture once more, from the record that it carries or that lies beside it.

    On the same machine and with the same versions the pixels are the same; whether they are is said at the end.

    Example: eyecandy again photo-dream.png
    """
    from eyecandy import images  # here, and not above: --help does without NumPy
    from eyecandy.art import record as records
    from eyecandy.cli import painting

    path = Path(picture)
    earlier = images.load(path).pixels
    record = records.read(path)
    if "picture" in record:
        raise EyecandyError(f"{picture!r} was kept on the way to {record['picture']!r}; give that one")
    _warn(record)
    told = record.get("network") or {"backbone": record.get("backbone", {}).get("name")}
    net = Network(**{**told, "precision": record.get("backbone", {}).get("precision", "float32")}).opener()

    def make(_: Path | None, viewing: "Viewing") -> "Artwork":
        opened = net()
        from eyecandy.art.again import again as remade

        made = remade(record, opened, viewing=viewing)
        if path.suffix.lower() == ".png" and not made.interrupted:
            same = earlier.shape == made.image.shape and bool((earlier == made.image).all())
            say(f"the pixels are {'the same as' if same else 'not those'} of {picture}")
        return made

    easel = Easel(output=output or path.with_name(f"{path.stem}-again{path.suffix}"), overwrite=overwrite)
    painting.paint(easel, "again", [], make, {}, resumable=False)


def _warn(record: dict) -> None:
    """Says why the picture may come out otherwise."""
    version = record.get("versions", {}).get("eyecandy")
    if version != __version__:
        remark(f"made by eyecandy {version}, and this is {__version__}: the picture may differ")
    if record.get("stopped"):
        remark(f"the picture was {record['stopped']}: this time it is made to the end")
    elif record.get("resumed"):
        remark("the picture was interrupted and taken up again: made in one go, it may differ")

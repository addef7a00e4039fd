"""`eyecandy again`: a picture once more, from its record."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypedDict

import typer

from eyecandy._version import __version__
from eyecandy.cli.options.easel import Easel, Network
from eyecandy.cli.terminal.console import remark, say
from eyecandy.cli.terminal.progress import Watch
from eyecandy.cluster import check_engine
from eyecandy.errors import EyecandyError
from eyecandy.files import refuse_inputs

if TYPE_CHECKING:
    import numpy as np

    from eyecandy.art.output.record import Artwork
    from eyecandy.art.recipes.studio import Viewing
    from eyecandy.backbone.model import Backbone

Opener = Callable[[], "Backbone"]


class Where(TypedDict):
    """Who computes tiles."""

    engine: str
    address: str | None


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
    engine: Annotated[
        str,
        typer.Option(
            metavar="local|ray",
            help="Who computes tiles: local, this process; or ray, the workers of a Ray cluster. No record says.",
        ),
    ] = "local",
    address: Annotated[
        str | None,
        typer.Option(metavar="HOST:PORT", help="The Ray cluster; by default one of this machine's processors."),
    ] = None,
) -> None:
    """Make a picture once more, from the record that it carries or that lies beside it.

    On the same machine and with the same versions the pixels are the same; whether they are is said at the end. For a
    contact sheet it is the whole study, in a folder; for the film of a dream's --zoom, the dream and its fall.
    """
    from eyecandy.art.output import film as films  # here, and not above: --help does without NumPy
    from eyecandy.art.output import record as records

    check_engine(engine, address)
    where = Where(engine=engine, address=address)
    path = Path(picture)
    record = records.read(path)
    if "picture" in record:
        raise EyecandyError(f"{picture!r} was kept on the way to {record['picture']!r}; give that one")
    _warn(record)
    told = record.get("network") or {"backbone": record.get("backbone", {}).get("name")}
    net = Network(**{**told, "precision": record.get("backbone", {}).get("precision", "float32")}).opener()
    target = path.with_name(f"{path.stem}-again{path.suffix}") if output is None else output
    if record.get("recipe") == "study":
        folder = path.absolute().parent
        _study(path, record, net, folder.with_name(f"{folder.name}-again") if output is None else output, where)
    elif path.suffix.lower() in films.SUFFIXES:
        _film(path, record, net, target, where, overwrite=overwrite)
    else:
        _picture(path, record, net, target, where, overwrite=overwrite)


def _picture(path: Path, record: dict, net: Opener, target: Path, where: Where, *, overwrite: bool) -> None:
    from eyecandy import images
    from eyecandy.cli import painting

    earlier = images.load(path).pixels

    def make(_: Path | None, viewing: "Viewing") -> "Artwork":
        opened = net()
        from eyecandy.art.recipes.again import again as remade

        made = remade(record, opened, viewing=viewing, **where)
        if path.suffix.lower() == ".png" and not made.interrupted:
            _compare(path, earlier, images.load(made.image).pixels)
        return made

    painting.paint(
        Easel(output=target, overwrite=overwrite), "again", [], make, {}, resumable=False, inputs=_read(path, record)
    )


def _read(path: Path, record: dict) -> list[str | Path]:
    """The pictures that go into the one of a record, and that one."""
    return [path, *(source["path"] for source in record.get("sources", ()) if source.get("path"))]


def _film(path: Path, record: dict, net: Opener, target: Path, where: Where, *, overwrite: bool) -> None:
    """A fall into a dream: the dream, and all its frames."""
    from eyecandy.art.output import film as films
    from eyecandy.cli.commands.dream import filmed
    from eyecandy.cli.painting import INTERRUPTED, check_free, memory

    if "zoom" not in record:
        raise EyecandyError(f"{str(path)!r} shows how a picture grew; give the picture, and --film to its command")
    films.check_suffix(target)
    refuse_inputs([target], _read(path, record))
    check_free(target, overwrite=overwrite)
    remark(f"{path} is a fall into a dream: the dream and all {record['zoom']} frames are made again, as {target}")
    opened = net()
    from eyecandy.art.recipes.again import again as remade
    from eyecandy.art.recipes.again import fall_again
    from eyecandy.art.recipes.studio import Viewing

    with memory(target):
        with Watch() as watch:
            viewing = Viewing(before=watch.plan, listeners=[watch.step])
            begun = remade(record, opened, viewing=viewing, **where)
        if begun.interrupted:
            remark(f"{begun.stopped}; nothing is written")
            raise typer.Exit(INTERRUPTED)
        pictures = fall_again(record, begun, opened, **where)
        if filmed(pictures, record["zoom"], begun, target, overwrite=overwrite):
            raise typer.Exit(INTERRUPTED)


def _study(path: Path, record: dict, net: Opener, target: Path, where: Where) -> None:
    """A sheet: all of its study, into a folder."""
    from eyecandy import images
    from eyecandy.cli.commands.study import tell
    from eyecandy.cli.painting import memory

    earlier = images.load(path).pixels
    remark(f"{path} is a sheet of a study: the whole study is made again, in the folder {target}")
    opened = net()
    from eyecandy.art.recipes.again import study_again
    from eyecandy.art.recipes.studio import Viewing

    with Watch() as watch, memory(target):
        viewing = Viewing(before=watch.plan, listeners=[watch.step])
        found = study_again(record, target, opened, viewing=viewing, **where)
    again = next((sheet for sheet in found.sheets if sheet.stem == record["sheet"]), None)
    if again is not None and found.stopped is None:
        _compare(path, earlier, images.load(again).pixels)
    tell(found)


def _compare(path: Path, earlier: "np.ndarray", now: "np.ndarray") -> None:
    same = earlier.shape == now.shape and bool((earlier == now).all())
    say(f"the pixels are {'the same as' if same else 'not those'} of {path}")


def _warn(record: dict) -> None:
    """Says why the picture may come out otherwise."""
    version = record.get("versions", {}).get("eyecandy")
    if version != __version__:
        remark(f"made by eyecandy {version}, and this is {__version__}: the picture may differ")
    if record.get("stopped"):
        remark(f"the picture was {record['stopped']}: this time it is made to the end")
    elif record.get("resumed"):
        remark("the picture was interrupted and taken up again: made in one go, it may differ")

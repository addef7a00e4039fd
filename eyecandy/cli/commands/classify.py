"""`eyecandy classify`: what a network takes whole photos for."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eyecandy.cli.options.knobs import with_options
from eyecandy.cli.options.network import Network
from eyecandy.cli.terminal.batch import each, finish
from eyecandy.cli.terminal.console import out, remark, say, table
from eyecandy.cli.terminal.streams import check_reader
from eyecandy.detection.options import READINGS, DetectOptions
from eyecandy.workflows.photos import Batch

if TYPE_CHECKING:
    from eyecandy.backbone.model import Backbone
    from eyecandy.detection.result import SeenClass

_TOP = 5
_NOTE = "By the best place each place is asked anew, so these do not add up to 1; averaged over places all classes do."
_MEANINGS = {"places": "by the best place", "average": "averaged over places"}


@with_options(None, Network)
def classify(
    photos: Annotated[list[str], typer.Argument(metavar="PHOTO", help="Photos, folders or patterns.")],
    top: Annotated[int, typer.Option(help="How many classes are listed.")] = _TOP,
    size: Annotated[
        int | None,
        typer.Option(
            metavar="PIXELS",
            help="Longest side at which the network looks. (default: 448)",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
    *,
    network: Network,
) -> None:
    """List the likeliest classes of photos, in two readings side by side.

    By the best place: softmax at each place, then the maximum, which a photo of several objects needs. Averaged over
    places: what the network was trained for, one object a photo. A network of yours that gives each class a probability
    of its own (sigmoid) is read likewise; one that takes whole pictures only has no places, so both say the same.
    """
    options = DetectOptions(top=top, size=size)
    batch = Batch.of(photos)
    results: list[dict[str, Any]] = []
    net = network.opener()

    def work(path: Path) -> None:
        check_reader()
        found = _classified(path, net, options, say_notes=not as_json)
        if as_json:
            results.append(_document(path, found, net()))
        else:
            _print(path, found, net())

    each(batch, work, before=net)
    if as_json:
        say(json.dumps({"results": results, "failures": batch.told_failures}))
    finish(batch)


def _classified(
    path: Path, opened: Callable[[], "Backbone"], options: DetectOptions, say_notes: bool
) -> dict[str, tuple["SeenClass", ...]]:
    from eyecandy.images import load

    photo = load(path)
    if say_notes:
        for note in photo.notes:
            remark(f"{path}: {note}")
    net = opened()
    from eyecandy.detection.classify import ranked, whole

    if options.top == _TOP:  # unasked for, so no more than there are
        options = replace(options, top=min(_TOP, len(net.labels)))
    class_map = whole(photo, net, options)
    return {reading: ranked(class_map, net.labels, reading, options.top, net.scores) for reading in READINGS}


def _document(path: Path, found: dict[str, tuple["SeenClass", ...]], net: "Backbone") -> dict[str, Any]:
    from eyecandy.detection.export.labelled import as_dict

    readings = {
        reading: [{**as_dict(seen), "word": net.labels.word_of(seen.class_index)} for seen in classes]
        for reading, classes in found.items()
    }
    return {"photo": str(path), "backbone": net.name, **readings}


def _print(path: Path, found: dict[str, tuple["SeenClass", ...]], net: "Backbone") -> None:
    console = out()
    columns = [name for reading in READINGS for name in (_MEANINGS[reading], "word", "probability", "class")]
    shown = table(console, str(path), columns, ("probability", "class"), _NOTE)
    for row in zip(*(found[reading] for reading in READINGS), strict=True):
        cells = [
            cell
            for seen in row
            for cell in (
                seen.label,
                net.labels.word_of(seen.class_index),
                f"{seen.probability:.3f}",
                str(seen.class_index),
            )
        ]
        shown.add_row(*cells)
    console.print(shown)

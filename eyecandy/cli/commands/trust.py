"""`eyecandy trust`: whether the masks of a photo are to be believed."""

import json
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from eyecandy.cli.options.knobs import with_options
from eyecandy.cli.options.network import Network
from eyecandy.cli.terminal.console import say, status
from eyecandy.detection.options import DetectOptions
from eyecandy.errors import EyecandyError
from eyecandy.files import atomic, refuse_inputs
from eyecandy.workflows.command import Knobs


@with_options(DetectOptions, Network, panel="How it looks")
def trust(
    photo: Annotated[Path, typer.Argument(metavar="PHOTO", help="The photo.", show_default=False)],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FIGURE",
            help="The PNG file to make. (default: photo.trust.png beside photo.jpg)",
            show_default=False,
        ),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an older figure.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON and nothing else; make a figure only where --output is given.")
    ] = False,
    *,
    knobs: Knobs,
    network: Network,
) -> None:
    """Test whether the masks of a photo's objects are to be believed.

    Pixels are put into a blurred photo and taken out of the photo, those of each object's mask first, and the network
    says how probable the object is (insertion and deletion curves, Petsiuk et al. 2018). A random mask and a blob in
    the middle show what any pixels would have done.
    """
    options = DetectOptions(**knobs)
    figure = output if output is not None or as_json else photo.with_name(f"{photo.stem}.trust.png")
    if figure is not None and figure.suffix.lower() != ".png":
        raise EyecandyError(f"the figure is a PNG file; expected a name that ends in .png, got {str(figure)!r}")
    from eyecandy.images import load, made_here

    if figure is not None:
        refuse_inputs([figure], [photo])
    source = load(photo)
    from eyecandy.detection.detect import look, trace
    from eyecandy.detection.faithfulness.measure import faithfulness
    from eyecandy.detection.figures.sheet import png

    # the file first: who waits for a result should not lose it
    with nullcontext() if figure is None else atomic(figure, overwrite=overwrite, own=made_here) as temporary:
        net = network.opener()()
        with status("looking"):
            found = trace(source, look(source, net, options), net, options)
        with status("putting pixels in and taking them out"):
            result = faithfulness(found, net)
        if temporary is not None:
            temporary.write_bytes(png(result.figure()))
    if as_json:
        say(json.dumps({"photo": str(photo), "objects": [item.as_dict() for item in result.objects]}))
        return
    for item in result.objects:
        say(item.sentence)
    if not result.objects:
        say(f"no object found: nothing scores {options.min_score:.2f} or more")
    say(f"figure: {figure}")

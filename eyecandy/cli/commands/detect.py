"""`eyecandy detect`: the objects in photos and films."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from eyecandy.arguments import options_of
from eyecandy.cli.commands.dataset import detect_dataset
from eyecandy.cli.options.knobs import with_options
from eyecandy.cli.options.network import Network
from eyecandy.cli.terminal.batch import each, finish
from eyecandy.cli.terminal.report import Brief, Full, Json, with_page
from eyecandy.detection.export.folders import results_folders
from eyecandy.detection.export.formats import FORMATS, check_formats
from eyecandy.detection.export.options import LABEL_KNOBS, LabelOptions
from eyecandy.detection.options import DetectOptions
from eyecandy.detection.tracks.options import EVERY
from eyecandy.errors import EyecandyError
from eyecandy.workflows.command import Knobs
from eyecandy.workflows.look import Report, follow_through, look_at
from eyecandy.workflows.photos import Batch

_HOW, _WHERE, _MANY = "How it looks", "Where results go", "Data sets"


@dataclass
class Results:
    """What is written and printed."""

    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FOLDER",
            help="The folder to make for the results of one photo; of several, the folder that holds theirs. "
            "(default: photo.eyecandy beside photo.jpg)",
            rich_help_panel=_WHERE,
            show_default=False,
        ),
    ] = None
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace older results.", rich_help_panel=_WHERE)] = (
        False
    )
    explain: Annotated[
        bool,
        typer.Option("--explain", help="Add explain.png: all class masks and eigen-masks.", rich_help_panel=_WHERE),
    ] = False
    as_json: Annotated[
        bool,
        typer.Option(
            "--json",
            help="Print JSON and nothing else; write files only where --output is given.",
            rich_help_panel=_WHERE,
        ),
    ] = False
    report_file: Annotated[
        Path | None,
        typer.Option(
            "--report",
            metavar="FILE",
            help="A page to look at what was found: of one photo report.html alone, of several a gallery, "
            "with report.files beside it.",
            rich_help_panel=_WHERE,
        ),
    ] = None


@dataclass
class Films:
    """How a film is gone through."""

    every: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help=f"Frames from one look to the next; between them masks follow the motion. (default: {EVERY})",
            rich_help_panel="Films",
            show_default=False,
        ),
    ] = None


@dataclass
class Dataset:
    """Where the results of a data set go, and who makes them."""

    to: Annotated[
        str | None,
        typer.Option(
            metavar="RESULTS",
            help="One folder for all, and for what lies in folders below: labels of all objects, and masks. Run "
            "again, it goes on where it stopped.",
            rich_help_panel=_MANY,
        ),
    ] = None
    recursive: Annotated[
        bool | None,
        typer.Option(
            help="Look into the folders of folders, and so on. (default: with --to)",
            rich_help_panel=_MANY,
            show_default=False,
        ),
    ] = None
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--format",
            metavar="NAME,...",
            help=f"Of the labels: {FORMATS.listed}; several are joined by commas, or come again. Later, others are "
            "made of what was found before. (default: coco)",
            rich_help_panel=_MANY,
            show_default=False,
        ),
    ] = None
    by: Annotated[
        str,
        typer.Option(
            metavar="word|label",
            help="What objects are called there: by their everyday word, or by the label of their class.",
            rich_help_panel=_MANY,
        ),
    ] = LabelOptions.by
    segmentation: Annotated[
        str,
        typer.Option(
            metavar="rle|polygon",
            help="Masks in COCO: compressed run lengths, exact, or polygons.",
            rich_help_panel=_MANY,
        ),
    ] = LabelOptions.segmentation
    polygon_error: Annotated[
        float,
        typer.Option(
            metavar="PIXELS",
            help="How far a polygon may lie off the border of its mask.",
            rich_help_panel=_MANY,
        ),
    ] = LabelOptions.polygon_error
    engine: Annotated[
        str,
        typer.Option(
            metavar="local|ray",
            help="Threads of this process, or a Ray cluster: RESULTS may then be any address that fsspec reaches.",
            rich_help_panel=_MANY,
        ),
    ] = "local"
    address: Annotated[
        str | None,
        typer.Option(
            metavar="HOST:PORT",
            help="The Ray cluster. (default: one of this machine's processors)",
            rich_help_panel=_MANY,
            show_default=False,
        ),
    ] = None
    workers: Annotated[
        int | None,
        typer.Option(
            help="Photos that are computed at once. (default: one more than there are processors; with Ray, as many)",
            rich_help_panel=_MANY,
            show_default=False,
        ),
    ] = None


@with_options(DetectOptions, Results, Films, Dataset, Network, panel=_HOW)
def detect(
    photos: Annotated[list[str], typer.Argument(metavar="PHOTO", help="Photos, films, folders or patterns.")],
    *,
    knobs: Knobs,
    results: Results,
    films: Films,
    dataset: Dataset,
    network: Network,
) -> None:
    """Find the objects in photos and films: what they are, and which pixels are theirs.

    Prints what the network sees and a table of objects, and writes a folder for each photo with figure.png, a
    cut-out of each object, masks.npz and objects.json (COCO). In a film objects keep their numbers from frame to frame:
    its folder has masks.mp4, cutout.webm with transparency, annotations.json (COCO, with track ids) and objects.json.

    A data set goes to one folder of results: eyecandy detect photos/ --to results
    """
    options = DetectOptions(**knobs)
    net = network.opener()
    moving = _films(photos)
    if films.every is not None and not moving:
        raise EyecandyError("--every is for films, and none was named; leave it out")
    if dataset.to is not None:
        _refuse_with_to(results)
        if moving:
            raise EyecandyError(f"--to is for photos, and {moving[0]!r} is a film; give its name without --to")
        detect_dataset(
            photos,
            dataset.to,
            formats=dataset.formats or [FORMATS.default],
            labels=options_of(LabelOptions, None, {name: getattr(dataset, name) for name in LABEL_KNOBS}),
            recursive=dataset.recursive is not False,
            page=results.report_file,
            engine=dataset.engine,
            address=dataset.address,
            workers=dataset.workers,
            net=net,
            options=options,
        )
        return
    output, explain, as_json = results.output, results.explain, results.as_json
    _refuse_beside_films(moving, photos, dataset, results)
    if explain and as_json and output is None:
        raise EyecandyError("--explain has no effect with --json, which writes no files; add --output FOLDER")
    batch = Batch.of(photos, recursive=dataset.recursive is True)
    report: Report = Json() if as_json else Full() if batch.single else Brief()
    if output is not None and batch.single:
        folders: list[Path] = [output]
    elif output is not None or not as_json:
        folders = results_folders(batch.photos, output)
    else:
        folders = []
    places = dict(zip(batch.photos, folders, strict=bool(folders)))

    labels = options_of(LabelOptions, None, {name: getattr(dataset, name) for name in LABEL_KNOBS})

    def work(path: Path) -> None:
        if str(path) in moving:
            follow_through(
                path,
                net,
                options,
                report,
                labels=labels,
                every=EVERY if films.every is None else films.every,
                formats=check_formats(dataset.formats) if dataset.formats else (),
                folder=places.get(path),
                overwrite=results.overwrite,
            )
            return
        look_at(
            path,
            net,
            options,
            report,
            folder=places.get(path),
            overwrite=results.overwrite,
            explain=explain,
            inputs=batch.photos,
        )

    with with_page(
        report, results.report_file, single=batch.single, overwrite=results.overwrite, silent=as_json
    ) as report:
        each(batch, work, before=lambda: options.check(net()))
        report.ended(batch)
    finish(batch)


def _films(sources: list[str]) -> list[str]:
    """Those of the names given that are of films; what a folder holds, or a pattern matches, is for photos."""
    from eyecandy.clips.reader import is_clip  # here: --help does without NumPy

    return [str(Path(source)) for source in sources if not Path(source).is_dir() and is_clip(source)]


def _refuse_beside_films(moving: list[str], sources: list[str], dataset: Dataset, results: Results) -> None:
    """Raises EyecandyError for the first option that has no effect on what was named."""
    labels = Dataset(
        recursive=dataset.recursive,
        formats=dataset.formats,
        **{name: getattr(dataset, name) for name in LABEL_KNOBS},
    )
    if dataset != (labels if moving else Dataset(recursive=dataset.recursive)):
        raise EyecandyError(
            "--format, --by, --segmentation, --polygon-error, --engine, --address and --workers are for data sets; "
            "add --to RESULTS"
            if not moving
            else f"--engine, --address and --workers are for data sets, and {moving[0]!r} is a film; leave them out"
        )
    if not moving:
        return
    if labels != Dataset(recursive=dataset.recursive) and len(moving) < len(sources):
        raise EyecandyError(
            "--format, --by, --segmentation and --polygon-error are for films or data sets, and photos are among what "
            "was named; give the films alone"
        )
    if results.as_json and results.output is None and labels != Dataset(recursive=dataset.recursive):
        raise EyecandyError("labels have no place with --json, which writes no files; add --output FOLDER")
    for option, given in (("--explain", results.explain), ("--report", results.report_file is not None)):
        if given:
            raise EyecandyError(f"{option} is for photos, and {moving[0]!r} is a film; leave it out")


def _refuse_with_to(results: Results) -> None:
    given = {
        "--output": results.output is not None,
        "--overwrite": results.overwrite,
        "--explain": results.explain,
        "--json": results.as_json,
    }
    for option, is_given in given.items():
        if is_given:
            raise EyecandyError(f"{option} has no effect with --to, which writes one folder of results for all photos")

"""`detect_all`: the objects in all photos of a data set, in a folder of results that survives being stopped."""

import importlib
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from eyecandy import cluster
from eyecandy.arguments import check_integer, check_path, options_of
from eyecandy.backbone.load import BackboneLike, given_or_default
from eyecandy.backbone.model import Backbone
from eyecandy.cluster import Engine
from eyecandy.datasets.examiner import Examiner, Unwritable
from eyecandy.datasets.journal import Entry, Journal, index
from eyecandy.datasets.photos import in_buckets, list_photos
from eyecandy.datasets.pipeline import Pipeline
from eyecandy.datasets.record import begin, record
from eyecandy.datasets.store import LocalStore
from eyecandy.datasets.work import Listener, Summary, Work
from eyecandy.detection.export.formats import check_formats
from eyecandy.detection.export.options import LABEL_KNOBS, LabelOptions
from eyecandy.detection.options import DetectOptions
from eyecandy.detection.result import Result
from eyecandy.errors import EyecandyError, OptionError


def detect_all(
    photos: str | Path | Sequence[str | Path],
    to: str | Path,
    *,
    backbone: BackboneLike | None = None,
    options: DetectOptions | None = None,
    format: str | Sequence[str] = "coco",
    labels: LabelOptions | None = None,
    recursive: bool = True,
    engine: Engine = "local",
    address: str | None = None,
    workers: int | None = None,
    listener: Listener | None = None,
    **knobs: Any,
) -> Summary:
    """Finds the objects in many photos, as `detect` does in each, and writes a folder of results.

    The folder holds `objects.json`, a COCO data set, or `objects.parquet` and `images.parquet`; `masks/PHOTO/dog-1.png`
    and so on; `failures.json`, which names what was left out too; `eyecandy.json`, how it was made; and `journal/`, a
    line for each photo that is finished. A run that was stopped, by whatever means, loses the photos that were in
    flight; the next run with the same arguments goes on with what is left, and the results are the same as if it had
    never been stopped. Photos that failed are tried again.

    Args:
        photos: a folder, a pattern, or paths of photos.
        to: the folder of results; made if need be.
        backbone: the network: a `Backbone`, or whatever `load_backbone` takes; the bundled one by default.
        options: all knobs at once.
        format: of the labels: "coco", "cvat", "label-studio", "labelme", "parquet" (`pip install 'eyecandy[parquet]'`),
            "voc" or "yolo-seg"; or several, as a list or joined by commas. All but COCO and Parquet have a folder of
            their own. Another format, later, is made of what was found before.
        labels: what objects are called in these files, and how masks are drawn.
        recursive: look into the folders of folders, and so on.
        engine: "local", threads of this process, or "ray" (`pip install 'eyecandy[ray]'`), the workers of a cluster.
            Photos and results must then lie where all workers reach them; results may be anywhere that fsspec
            reaches, such as "s3://bucket/results".
        address: of the Ray cluster; by default one is started on this machine.
        workers: how many photos are computed at once; by default one more than there are processors, or with Ray
            as many as there are processors.
        listener: called after each photo.
        **knobs: single knobs of `DetectOptions` and `LabelOptions`.

    Raises:
        EyecandyError: there are no photos, a knob is out of its range, the folder holds something else or results
            made differently, or it cannot be written; then it says how far it came.
    """
    started = time.monotonic()
    formats = check_formats(format)
    check_engine(engine, str(to), address)
    naming = options_of(LabelOptions, labels, {name: knobs.pop(name) for name in LABEL_KNOBS & knobs.keys()})
    chosen = options_of(DetectOptions, options, knobs)
    to = check_path("to", to) if not isinstance(to, str) else to
    workers = None if workers is None else check_integer("workers", workers, 1)
    listed = list_photos(_several(photos), recursive=recursive)
    net = given_or_default(backbone)
    chosen.check(net)
    made = record(listed.root, net, chosen)
    if engine == "ray":
        from eyecandy.datasets.ray import remotely, store_at

        cluster.knock(address)  # before anything is written
        remote = store_at(str(to))
        begin(remote, made)
        work = Work(remote, listed, index(remote))
        work.follow(remotely(work, net, chosen, workers, address), listener)
        tables = work.tables(net.name, formats, naming)
    else:
        store = LocalStore(Path(os.path.normpath(Path(to).absolute())))
        begin(store, made)
        with Journal(store.folder) as journal:
            work = Work(store, listed, index(store))
            work.follow(_locally(work, journal, net, chosen, workers), listener)
            tables = work.tables(net.name, formats, naming)
    return work.summary(tables, time.monotonic() - started)


def _several(photos: str | os.PathLike[str] | Iterable[str | os.PathLike[str]]) -> list[str | Path]:
    """Folders, patterns and paths; patterns stay as they are written."""
    given = [photos] if isinstance(photos, str) or not isinstance(photos, Iterable) else list(photos)
    return [each if isinstance(each, str) else check_path("photos", each) for each in given]


def _locally(
    work: Work, journal: Journal, net: Backbone, options: DetectOptions, workers: int | None
) -> Iterator[Entry]:
    """The photos that are left, through the pipeline of this process."""
    examiner = Examiner(net, options)

    def write(path: Path, found: Result | EyecandyError) -> Entry:
        entry = examiner.write(work.store, work.listed.name(path), found)
        known = work.known.get(entry["photo"])
        if known is None or known.error != entry.get("error"):  # the same failure is not told twice
            try:
                journal.append(entry)
            except OSError as error:
                raise Unwritable(error.strerror) from error
        return entry

    pipeline = Pipeline(examiner.read, examiner.compute, write, workers=workers or (os.cpu_count() or 1) + 1)
    return pipeline.run(in_buckets(work.left))


def check_engine(engine: str, to: str, address: str | None) -> None:
    """Makes sure that there is such an engine, and that it can write there.

    Raises:
        EyecandyError: otherwise; it says what is missing.
    """
    cluster.check_engine(engine, address)
    if engine == "ray":
        try:
            importlib.import_module("ray.data")
        except ImportError as error:
            raise cluster.not_installed() from error
    elif "://" in to:
        raise OptionError("{to!r} is no folder of this machine; add {} to write there", 'engine="ray"', to=to)

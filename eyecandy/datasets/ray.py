"""The photos of a data set on the workers of a Ray cluster, by Ray Data.

Actors load the network once, photos stream through them in small blocks, and each actor writes the masks and the part
of the journal that belong to its block. Where an actor dies, Ray gives its block to another, which finds in that part
what is done already.
"""

import hashlib
import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import fsspec
import ray
import ray.data

from eyecandy.backbone.packed import PackedBackbone
from eyecandy.cluster import connected
from eyecandy.datasets.examiner import Examiner, Unwritable
from eyecandy.datasets.journal import FOLDER, Entry, line, parsed
from eyecandy.datasets.photos import in_buckets
from eyecandy.datasets.store import LocalStore, Store
from eyecandy.datasets.work import Work
from eyecandy.detection.options import DetectOptions
from eyecandy.errors import EyecandyError

if TYPE_CHECKING:
    from eyecandy.backbone.model import Backbone

_PART = ".part"  # what is written aside
_BLOCK = 8  # photos that an actor gets at a time
_STORE = 128 << 20  # bytes of Ray's own memory on this machine: only names travel


def store_at(to: str) -> Store:
    """The store at a path or an address that fsspec understands."""
    return FsspecStore(to) if "://" in to else LocalStore(Path(os.path.normpath(Path(to).absolute())))


class FsspecStore:
    """A folder at an address that fsspec understands, such as "s3://bucket/results"."""

    local = None

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")
        try:
            self._files, self._root = fsspec.core.url_to_fs(self.address)
        except (ValueError, ImportError) as error:
            raise EyecandyError(f"{address!r} cannot be reached: {error}") from error

    def refuse_other_files(self, marker: str) -> None:
        if self._files.exists(self._root) and self._files.ls(self._root, detail=False):
            raise EyecandyError(
                f"{self.address!r} is not empty and holds no {marker}, so it is no folder of results; "
                "choose another folder"
            )

    def sweep(self, folder: str) -> None:
        # not by a pattern: the folder has a photo's name, which may hold brackets
        for left in self._list(folder):
            if left.endswith(_PART):
                self._files.rm(left)

    def names(self, folder: str) -> list[str]:
        names = (name.rsplit("/", 1)[-1] for name in self._list(folder))
        return sorted(f"{folder}/{name}" for name in names if not name.endswith(_PART))

    def _list(self, folder: str) -> list[str]:
        """The paths of all that lies in a folder; none where there is no such folder."""
        place = f"{self._root}/{folder}".rstrip("/")
        return list(self._files.ls(place, detail=False)) if self._files.isdir(place) else []

    def holds(self, name: str) -> bool:
        return bool(self._files.isfile(f"{self._root}/{name}"))

    def read(self, name: str) -> AbstractContextManager[BinaryIO]:
        return cast(AbstractContextManager[BinaryIO], self._files.open(f"{self._root}/{name}", "rb"))

    @contextmanager
    def replace(self, name: str) -> Iterator[BinaryIO]:
        path = f"{self._root}/{name}"
        with tempfile.SpooledTemporaryFile(1 << 24) as buffer:
            yield cast(BinaryIO, buffer)
            buffer.seek(0)
            self._files.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
            # object stores show a file when it is whole; elsewhere it is written aside and moved
            aside = f"{path}.{os.getpid()}{_PART}"
            with self._files.open(aside, "wb") as file:
                while chunk := buffer.read(1 << 20):
                    file.write(chunk)
            self._files.mv(aside, path)


class Worker:
    """What an actor holds: the network, on one processor."""

    def __init__(self, packed: PackedBackbone, options: DetectOptions, store: Store) -> None:
        import cv2

        from eyecandy._tensorflow import tf

        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
        cv2.setNumThreads(1)
        self.store = store
        self.examiner = Examiner(packed.open(), options)

    def __call__(self, block: dict[str, Any]) -> dict[str, list[Any]]:
        """Looks at a block of photos.

        Args:
            block: "path" and "name", one for each photo.

        Returns:
            For each photo "name", "done", "error", "" where all is well, and "stopped", the reason why nothing can
            be written any more, "" where that is not so.
        """
        names, paths = [str(name) for name in block["name"]], [os.fsdecode(path) for path in block["path"]]
        part = f"{FOLDER}/{hashlib.sha256(repr(names).encode('utf-8', 'backslashreplace')).hexdigest()[:16]}.jsonl"
        lines, finished = self._resumed(part)
        errors, stopped = [], ""
        for name, path in zip(names, paths, strict=True):
            if name not in finished and not stopped:
                try:
                    entry = self._entry(name, Path(path))
                    lines.append(line(entry))
                    self._put(part, lines)
                    finished[name] = entry.get("error") or ""
                except Unwritable as error:
                    stopped = str(error)
            errors.append(finished.get(name, ""))
        return {
            "name": names,
            "error": errors,
            "stopped": [stopped] * len(names),
            "done": [n in finished for n in names],
        }

    def _entry(self, name: str, path: Path) -> Entry:
        photo = self.examiner.read(path)
        return self.examiner.write(self.store, name, self.examiner.compute(path, photo))

    def _resumed(self, part: str) -> tuple[list[bytes], dict[str, str]]:
        """The lines of a block that another worker has begun, and which of its photos they finish."""
        if not self.store.holds(part):
            return [], {}
        with self.store.read(part) as file:
            lines = file.readlines()
        entries = [parsed(text) for text in lines]
        kept = [(text, entry) for text, entry in zip(lines, entries, strict=True) if entry and "error" not in entry]
        return [text for text, _ in kept], {entry["photo"]: "" for _, entry in kept}

    def _put(self, part: str, lines: list[bytes]) -> None:
        try:
            with self.store.replace(part) as file:
                file.write(b"".join(lines))
        except (OSError, EyecandyError) as error:
            raise Unwritable(str(error)) from error


def remotely(
    work: Work, net: "Backbone", options: DetectOptions, workers: int | None, address: str | None
) -> Iterator[Entry]:
    """The photos that are left, on the workers of a cluster; "photo" and "error" of each entry, as blocks end.

    Raises:
        EyecandyError: no cluster answers at the address.
        Unwritable: the results cannot be written.
    """
    if not work.left:
        return
    rows = [{"path": os.fsencode(path.absolute()), "name": work.listed.name(path)} for path in in_buckets(work.left)]
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    ray.data.DataContext.get_current().enable_progress_bars = False
    with connected(address, _STORE):
        count = workers or max(1, int(ray.cluster_resources().get("CPU", 1)))
        count = min(count, len(rows))
        size = max(1, min(_BLOCK, len(rows) // (4 * count)))
        photos = ray.data.from_items(rows, override_num_blocks=-(-len(rows) // size))
        arguments = {"packed": PackedBackbone.of(net), "options": options, "store": work.store}
        looked = photos.map_batches(
            Worker,
            batch_size=None,
            compute=ray.data.ActorPoolStrategy(size=count),
            fn_constructor_kwargs=arguments,
            num_cpus=1,
        )
        for row in looked.iter_rows():
            if row["done"]:
                yield {"photo": row["name"], **({"error": row["error"]} if row["error"] else {})}
            if row["stopped"]:
                raise Unwritable(row["stopped"])

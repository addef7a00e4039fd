"""The results of all photos in one table: a COCO JSON or Parquet, made of the journal."""

import importlib
import json
from collections.abc import Callable, Iterable
from typing import Any, BinaryIO, Literal, get_args

from eyecandy._version import __version__
from eyecandy.datasets.journal import Entry, Place, entries
from eyecandy.datasets.store import Store
from eyecandy.errors import OptionError

Format = Literal["coco", "parquet"]
FAILURES = "failures.json"
_ROWS = 1000  # photos whose rows are written to Parquet at a time


def check_format(name: str) -> None:
    """Makes sure that results can be written in a format.

    Raises:
        EyecandyError: there is no such format, or what writes it is not installed.
    """
    if name not in get_args(Format):
        raise OptionError(
            "unknown {} {got!r}; expected {known}", "format", got=name, known=" or ".join(get_args(Format))
        )
    if name == "parquet":
        try:
            importlib.import_module("pyarrow.parquet")
        except ImportError as error:
            raise OptionError("{} needs pyarrow; run pip install 'eyecandy[parquet]'", 'format="parquet"') from error


def write_tables(
    store: Store,
    places: dict[str, Place],
    backbone: str,
    format: Format,
    unread: Iterable[tuple[str, str]] = (),
    left_out: Iterable[tuple[str, str]] = (),
) -> str:
    """Writes the table of all photos that went well, and `failures.json` of all that did not.

    That also names pictures of a kind that is not read (`unread`: name, reason), and with "left_out": true all other
    files that were left out.

    Photos come in the order of their names and are numbered from 1, so that the table is the same however often the
    work was stopped in between. One photo at a time is held in memory.

    Returns:
        The name of the table's file.

    Raises:
        EyecandyError: it cannot be written.
    """
    failed = [(name, place.error) for name, place in places.items() if place.error]
    failures: list[dict[str, Any]] = [{"photo": name, "error": why} for name, why in sorted([*failed, *unread])]
    failures += [{"photo": name, "error": why, "left_out": True} for name, why in left_out]
    with store.replace(FAILURES) as file:
        file.write((json.dumps(failures, indent=1) + "\n").encode("ascii"))
    went_well = {name: place for name, place in places.items() if place.error is None}
    write = _TABLES[format]
    return write(store, entries(store, went_well), backbone)


def write_coco(store: Store, photos: Iterable[Entry], backbone: str) -> str:
    """`objects.json`, a COCO data set as `coco.to_coco` makes it of one photo.

    "file_name" is the photo's path below the folder of all photos; an image also has "classes", an annotation "mask".
    """
    images: list[dict[str, Any]] = []
    categories: dict[int, dict[str, Any]] = {}
    number = 0
    with store.replace("objects.json") as file:
        info = {
            "description": f"objects that {backbone} sees",
            "version": __version__,
            "contributor": "eyecandy",
        }
        _put(file, f'{{"info": {json.dumps(info)},\n"annotations": [')
        for image_id, entry in enumerate(photos, start=1):
            images.append(_image(entry, image_id))
            for found in entry["annotations"]:
                number += 1
                found |= {"id": number, "image_id": image_id}
                index = found["category_id"]
                categories[index] = {"id": index, "name": found["label"], "supercategory": found["word"]}
                _put(file, f"{',' if number > 1 else ''}\n{json.dumps(found)}")
        _put(file, "],\n")
        _put(file, '"images": [')
        for image in images:
            _put(file, f"{',' if image['id'] > 1 else ''}\n{json.dumps(image)}")
        _put(file, f'],\n"categories": {json.dumps([categories[index] for index in sorted(categories)])}}}\n')
    return "objects.json"


def _image(entry: Entry, image_id: int) -> dict[str, Any]:
    sizes = {key: entry[key] for key in ("width", "height", "notes", "classes")}
    return {"id": image_id, "file_name": entry["photo"], **sizes}


def _put(file: BinaryIO, text: str) -> None:
    file.write(text.encode("ascii"))


def write_parquet(store: Store, photos: Iterable[Entry], backbone: str) -> str:
    """`objects.parquet`, a row an object, and `images.parquet`, a row a photo, with the columns of the COCO JSON.

    The run lengths, a list of numbers, are the columns "counts" and "size".
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    seen = pa.struct([("class_index", pa.int64()), ("label", pa.string()), ("probability", pa.float64())])
    about = {b"description": f"objects that {backbone} sees".encode(), b"eyecandy": __version__.encode()}
    image_schema = pa.schema(
        [
            ("id", pa.int64()),
            ("file_name", pa.string()),
            ("width", pa.int64()),
            ("height", pa.int64()),
            ("notes", pa.list_(pa.string())),
            ("classes", pa.list_(seen)),
        ],
        about,
    )
    object_schema = pa.schema(
        [
            ("id", pa.int64()),
            ("image_id", pa.int64()),
            ("file_name", pa.string()),
            ("category_id", pa.int64()),
            ("word", pa.string()),
            ("label", pa.string()),
            ("score", pa.float64()),
            ("probability", pa.float64()),
            ("bbox", pa.list_(pa.int64())),
            ("area", pa.int64()),
            ("counts", pa.list_(pa.int64())),
            ("size", pa.list_(pa.int64())),
            ("threshold", pa.float64()),
            ("mask", pa.string()),
            ("iscrowd", pa.int64()),
            ("eigenmask", pa.int64()),
            ("sign", pa.int64()),
            ("explained_variance_ratio", pa.float64()),
            ("top", pa.list_(seen)),
        ],
        about,
    )
    with (
        store.replace("images.parquet") as image_file,
        store.replace("objects.parquet") as object_file,
        pq.ParquetWriter(image_file, image_schema) as image_table,
        pq.ParquetWriter(object_file, object_schema) as object_table,
    ):
        images: list[dict[str, Any]] = []
        objects: list[dict[str, Any]] = []
        number = 0

        def flush() -> None:
            image_table.write_table(pa.Table.from_pylist(images, image_schema))
            object_table.write_table(pa.Table.from_pylist(objects, object_schema))
            images.clear()
            objects.clear()

        for image_id, entry in enumerate(photos, start=1):
            name = {"file_name": _printable(entry["photo"])}
            images.append(_image(entry, image_id) | name)
            for found in entry["annotations"]:
                number += 1
                place = {"id": number, "image_id": image_id, "mask": _printable(found["mask"])}
                objects.append({**found, **found["segmentation"], **place, **name})
            if len(images) == _ROWS:
                flush()
        flush()
    return "objects.parquet"


def _printable(name: str) -> str:
    """Parquet holds UTF-8 only; a file name may hold any bytes, which are escaped."""
    return name.encode("utf-8", "backslashreplace").decode()


_TABLES: dict[str, Callable[[Store, Iterable[Entry], str], str]] = {"coco": write_coco, "parquet": write_parquet}

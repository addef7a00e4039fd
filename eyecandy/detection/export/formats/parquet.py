"""Parquet tables, with the columns of the COCO JSON."""

from collections.abc import Iterable
from typing import Any

from eyecandy._version import __version__
from eyecandy.detection.export.folder import Folder
from eyecandy.detection.export.formats import Format
from eyecandy.detection.export.formats.coco import annotation, image
from eyecandy.detection.export.labelled import LabelledPhoto
from eyecandy.detection.export.labelling import Labelling, printable

_ROWS = 1000  # photos whose rows are written at a time


def _write(folder: Folder, photos: Iterable[LabelledPhoto], labelling: Labelling) -> str:
    """`objects.parquet`, a row an object, and `images.parquet`, a row a photo.

    The run lengths, a list of numbers, are the columns "counts" and "size".
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    seen = pa.struct([("class_index", pa.int64()), ("label", pa.string()), ("probability", pa.float64())])
    about = {b"description": f"objects that {labelling.backbone} sees".encode(), b"eyecandy": __version__.encode()}
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
            ("category", pa.string()),
            ("class_index", pa.int64()),
            ("word", pa.string()),
            ("label", pa.string()),
            ("something_like", pa.bool_()),
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
        folder.replace("images.parquet") as image_file,
        folder.replace("objects.parquet") as object_file,
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

        for image_id, photo in enumerate(photos, start=1):
            name = {"file_name": printable(photo["photo"])}
            images.append(image(photo, image_id) | name)
            for found in photo["annotations"]:
                number += 1
                category = {"category": labelling.name(found), "mask": printable(found.get("mask", ""))}
                row = annotation(found, labelling, number, image_id)
                objects.append({**row, **found["segmentation"], **category, **name})
            if len(images) == _ROWS:
                flush()
        flush()
    return "objects.parquet"


FORMAT = Format(_write, package="pyarrow.parquet", extra="parquet")

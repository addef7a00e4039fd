"""`masks.npz`: the masks of a result as numbers, written one at a time so that large photos fit into memory."""

import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO

import numpy as np
from numpy.lib import format as npy

from eyecandy.detection.result import Result

_ROWS = 256  # of a mask that are converted and compressed at a time
_LEVEL = 1  # of deflate: masks are large and simple, and more effort gains little
_DATE = (1980, 1, 1, 0, 0, 0)  # the first that a zip file can hold: two runs are to give the same bytes


def write_masks(path: Path, found: Result) -> None:
    """Writes the masks of a result.

    `numpy.load(path)` gives, for K objects, N classes, M eigen-masks and P parts of them (`found.eigenparts`):

    | key | shape | what it is |
    |---|---|---|
    | size | (2,) | width and height of the photo |
    | masks | (K, H, W) float16 | sharpened masks, at the photo's own size |
    | saliency | (K, H, W) float16 | raw soft masks, likewise |
    | thresholds | (K,) | an object is where its mask is at least this |
    | words, labels | (K,) | "dog", "Siberian husky" |
    | object_classes | (K,) | class numbers |
    | scores | (K,) | |
    | boxes | (K, 4) | x0, y0, x1, y1 |
    | class_masks | (N, h, w) float16 | in [0, 1], on the cells at which the network was asked |
    | class_indices, class_labels, class_probabilities | (N,) | the top classes, best first |
    | eigenmasks | (M, h, w) float32 | signed, likewise |
    | explained_variance_ratio | (M,) | |
    | eigenpart_masks | (P, h, w) float32 | one side of an eigen-mask each, in [0, 1] |
    | eigenpart_components, eigenpart_signs | (P,) | which eigen-mask, counted from 0, and which side: 1 or -1 |
    | eigenpart_words, eigenpart_evidence | (P,) | what it was classified as, and how surely, in [0, 1] |
    | eigenpart_fates | (P,) | "object", "unsure", "explained", "dropped" or "faint", see `EigenPart` |
    | eigenpart_objects | (P,) | the object that it became, counted from 0; -1 for none |
    """
    objects = found.objects
    width, height = found.photo.size
    shape = (len(objects), height, width)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        _write(archive, "size", np.array(found.photo.size))
        _write_half(archive, "masks", shape, ((o.mask, o.threshold) for o in objects))
        _write_half(archive, "saliency", shape, ((o.saliency, o.threshold) for o in objects))
        _write(archive, "thresholds", np.array([o.threshold for o in objects], np.float64))
        _write(archive, "words", np.array([o.word for o in objects], np.str_))
        _write(archive, "labels", np.array([o.label for o in objects], np.str_))
        _write(archive, "object_classes", np.array([o.class_index for o in objects], np.int64))
        _write(archive, "scores", np.array([o.score for o in objects], np.float64))
        _write(archive, "boxes", np.array([o.box for o in objects], np.int64).reshape(-1, 4))
        _write(archive, "class_masks", found.class_masks.small.astype(np.float16))
        _write(archive, "class_indices", np.array([c.class_index for c in found.classes], np.int64))
        _write(archive, "class_labels", np.array([c.label for c in found.classes], np.str_))
        _write(archive, "class_probabilities", np.array([c.probability for c in found.classes], np.float64))
        _write(archive, "eigenmasks", found.eigenmasks.small)
        _write(archive, "explained_variance_ratio", found.explained_variance_ratio)
        _write_parts(archive, found)


def _write_parts(archive: zipfile.ZipFile, found: Result) -> None:
    parts = found.eigenparts
    shape = (len(parts), *found.eigenmasks.small.shape[1:])
    _write(archive, "eigenpart_masks", np.array([p.small_mask for p in parts], np.float32).reshape(shape))
    _write(archive, "eigenpart_components", np.array([p.component for p in parts], np.int64))
    _write(archive, "eigenpart_signs", np.array([p.sign for p in parts], np.int64))
    _write(archive, "eigenpart_words", np.array([p.word for p in parts], np.str_))
    _write(archive, "eigenpart_evidence", np.array([p.evidence for p in parts], np.float64))
    _write(archive, "eigenpart_fates", np.array([p.fate for p in parts], np.str_))
    _write(archive, "eigenpart_objects", np.array([-1 if p.object is None else p.object for p in parts], np.int64))


def _half(rows: np.ndarray, threshold: float) -> np.ndarray:
    """Rows of a mask as float16, where rounding takes no pixel over the threshold or below it."""
    nearest = np.float16(threshold)
    below = np.nextafter(nearest, np.float16(0))
    reaching = nearest if float(nearest) >= threshold else np.nextafter(nearest, np.float16(1))
    kept = np.where(rows < threshold, np.minimum(rows, np.float32(below)), np.maximum(rows, np.float32(reaching)))
    return kept.astype("<f2")


def _write(archive: zipfile.ZipFile, name: str, array: np.ndarray) -> None:
    with _entry(archive, name) as file:
        npy.write_array(file, array, allow_pickle=False)


def _write_half(
    archive: zipfile.ZipFile, name: str, shape: tuple[int, int, int], masks: Iterable[tuple[np.ndarray, float]]
) -> None:
    """Masks (K, H, W) and their thresholds, each mask made only when its turn comes, as one float16 array."""
    with _entry(archive, name) as file:
        npy.write_array_header_1_0(file, {"descr": "<f2", "fortran_order": False, "shape": shape})
        for mask, threshold in masks:
            for top in range(0, len(mask), _ROWS):
                file.write(_half(mask[top : top + _ROWS], threshold).tobytes())
            del mask  # before the next is made


def _entry(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    info = zipfile.ZipInfo(f"{name}.npy", _DATE)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    return archive.open(info, "w", force_zip64=True)

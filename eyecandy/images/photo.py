"""A photo as everything else in eyecandy sees it: upright, 8 bits, sRGB."""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image

from eyecandy.errors import EyecandyError
from eyecandy.images.colours import to_srgb
from eyecandy.images.decoding import Decoded, decode, decoded

ImageLike = str | os.PathLike[str] | Image.Image | np.ndarray
"""A path, a PIL image, or a uint8 array of shape (H, W, 3), (H, W), (H, W, 1) or (H, W, 4); a tensor counts as one."""

_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True, eq=False)
class Photo:
    """One picture, ready to be looked at.

    Attributes:
        pixels: (H, W, 3) uint8, sRGB, upright, C-contiguous, read-only.
        path: the file it came from; None for an array or a PIL image that came from no file.
        notes: what the user should know about how it was read, in plain words, such as
            "animated: the first of 12 frames is used".
        alpha: (H, W) uint8, read-only: how opaque each pixel is, which `pixels` shows on white; None where all are.
    """

    pixels: np.ndarray
    path: Path | None
    notes: tuple[str, ...]
    alpha: np.ndarray | None = None

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.pixels.shape[1], self.pixels.shape[0]

    @property
    def name(self) -> str:
        """The file's name without its suffix; "image" without a file."""
        return "image" if self.path is None else self.path.stem


def load(source: "ImageLike | Photo") -> Photo:
    """Reads a picture in any of the usual formats and modes; one that was read already is given back.

    The EXIF orientation is applied, the embedded colour profile converted to sRGB, transparency composited on
    white, deeper pixels scaled to 8 bits; of several frames or pages in a file the first is taken, of a PIL image
    the current one. A uint8 RGB array is used as it is, without a copy where it is C-contiguous. Threads may load
    at the same time.

    Raises:
        EyecandyError: the file is missing, unreadable, empty, not a picture, truncated, or above
            `eyecandy.images.MAX_PIXELS`; the array has another dtype or shape.

    >>> load(np.full((2, 3), 255, np.uint8)).pixels.shape
    (2, 3, 3)
    """
    if isinstance(source, Photo):
        return source
    if isinstance(source, str | os.PathLike):
        path = Path(source)
        with decoded(path) as found:
            return _photo(found.image, path, [*_frame_notes(found), *found.notes])
    if isinstance(source, Image.Image):
        file_name = getattr(source, "filename", "")
        path_or_none = Path(file_name) if isinstance(file_name, str) and file_name else None
        decode(source, "the PIL image" if path_or_none is None else repr(file_name))
        return _photo(source, path_or_none, [])
    if not hasattr(source, "__array__"):
        raise EyecandyError(f"expected a path, a PIL image or a uint8 array, got {type_name(source)}")
    array = picture_array(source)
    if array.ndim == 3 and array.shape[2] == 3:
        return Photo(_read_only(array), None, ())
    return _photo(Image.fromarray(array), None, [])


def is_turned(path: Path) -> bool:
    """Whether a file's pixels stand upright only by its EXIF data; False of what Pillow cannot open."""
    with suppress(Exception), Image.open(path) as image:  # damaged files make Pillow raise many types
        return _turn(image)[0] is not None
    return False


def _photo(image: Image.Image, path: Path | None, notes: list[str]) -> Photo:
    turn, turn_notes = _turn(image)
    upright, alpha, colour_notes = to_srgb(image)
    if turn is not None:
        upright = upright.transpose(turn)
        alpha = None if alpha is None else alpha.transpose(turn)
    opacity = None if alpha is None else _read_only(np.array(alpha))
    return Photo(_read_only(_pixels(upright)), path, (*notes, *turn_notes, *colour_notes), opacity)


def _pixels(image: Image.Image) -> np.ndarray:
    """(H, W, 3) uint8 of an RGB picture, by bands: in one piece Pillow would hold a large photo three times."""
    width, height = image.size
    pixels = np.empty((height, width, 3), np.uint8)
    for top in range(0, height, 256):
        bottom = min(top + 256, height)
        pixels[top:bottom] = np.asarray(image.crop((0, top, width, bottom)))
    return pixels


def _read_only(array: np.ndarray) -> np.ndarray:
    """A view that cannot be written: the memory may be the caller's own."""
    view = array.view()
    view.flags.writeable = False
    return view


def _frame_notes(found: Decoded) -> list[str]:
    """Says which frame is used where there are several; an MPO's others are views of the same scene."""
    count, kind = found.frames, found.image.format
    if count == 1 or kind == "MPO":
        return []
    if kind == "TIFF":
        return [f"several pages: the first of {count} is used"]
    if kind == "HEIF":
        return [f"several pictures: the main one of {count} is used"]
    return [f"animated: the first of {count} frames is used"]


def _turn(image: Image.Image) -> tuple[Image.Transpose | None, list[str]]:
    """How the picture must be turned to stand upright, by its EXIF data."""
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # damaged EXIF makes Pillow raise many types, and spoils no pixel
        return None, ["its EXIF data are damaged, so its orientation is unknown"]
    return _UPRIGHT.get(orientation), []


_EXPECTED = "a uint8 array of shape (H, W, 3) RGB, (H, W) grey or (H, W, 4) RGBA"


def picture_array(source: object) -> np.ndarray:
    """A picture given as numbers, checked.

    Args:
        source: a uint8 array, or anything that np.asarray turns into one (a tensor of TensorFlow, PyTorch or
            JAX that lies in main memory), of shape (H, W), (H, W, 1), (H, W, 3) or (H, W, 4), values 0..255.

    Returns:
        uint8, C-contiguous, of shape (H, W), (H, W, 3) or (H, W, 4); the given memory itself where that is
        possible, a copy otherwise.

    Raises:
        EyecandyError: another dtype or shape, or a side of zero pixels.
    """
    if not hasattr(source, "__array__"):
        raise EyecandyError(f"expected {_EXPECTED}, got {type_name(source)}")
    try:
        array = np.asarray(source)
    except (TypeError, ValueError, RuntimeError) as error:  # for instance a tensor in a GPU's memory
        reason = " ".join(str(error).split())
        raise EyecandyError(f"expected {_EXPECTED}; {type_name(source)} gives no array: {reason}") from error

    came = f"{array.dtype} of shape {array.shape}"
    if array.dtype != np.uint8:
        raise EyecandyError(f"expected {_EXPECTED}, got {came}; {_dtype_advice(array.dtype)}")
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if not (array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (3, 4))):
        raise EyecandyError(f"expected {_EXPECTED}, got {came}; {_shape_advice(array.shape)}")
    if 0 in array.shape:
        raise EyecandyError(f"expected {_EXPECTED} of at least 1 pixel, got {came}, which holds no pixels")
    return np.ascontiguousarray(array)


def type_name(source: object) -> str:
    """The type of something that should have been a picture, as a user knows it."""
    kind = type(source)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"


def _dtype_advice(dtype: np.dtype) -> str:
    if np.issubdtype(dtype, np.floating):
        return "for values from 0 to 1 pass (255 * array).round().astype('uint8')"
    return "bring the values to 0..255 and pass array.astype('uint8')"


def _shape_advice(shape: tuple[int, ...]) -> str:
    if len(shape) == 4:
        return "pass one picture at a time"
    if len(shape) == 3 and shape[0] in (1, 3, 4):
        return "the channels come last: pass array.transpose(1, 2, 0)"
    return "pass one picture with its channels last"

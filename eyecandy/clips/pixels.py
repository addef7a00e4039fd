"""The pixels of a film's frames, to upright sRGB and back."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from eyecandy.clips._av import library

_UNSPECIFIED = 2  # of colour spaces, in FFmpeg's numbers
_SPACES = {1: "ITU709", 4: "FCC", 5: "ITU601", 6: "ITU601", 7: "SMPTE240M", 9: "BT2020", 10: "BT2020"}
_HD = 720  # rows from which films that do not say have the colours of HDTV
_HDR = {16: "PQ", 18: "HLG"}  # transfer functions


@dataclass(frozen=True)
class Orientation:
    """How a film's frames become upright pictures with square pixels, and what of their pixels is lost.

    Attributes:
        size: (width, height) of the upright picture.
        matrix: of the display: x' = a x + c y, y' = b x + d y, as (a, b, c, d).
        stretched: whether the film's pixels are no squares.
        bits: a channel.
        transfer: how light is coded, where the picture of a plain screen is another.
    """

    size: tuple[int, int]
    matrix: tuple[int, int, int, int] = (1, 0, 0, 1)
    stretched: bool = False
    bits: int = 8
    transfer: str | None = None

    @classmethod
    def of(cls, frame: Any, aspect: Fraction | None) -> "Orientation":
        """That of a decoded frame whose pixels have an aspect ratio."""
        matrix = _matrix(frame)
        width, height = frame.width, frame.height
        stretched = aspect is not None and aspect > 0 and aspect != 1
        if aspect is not None and stretched:
            width = max(1, round(width * aspect))
        size = (height, width) if matrix[1] else (width, height)
        bits = max((part.bits for part in frame.format.components), default=8)
        return cls(size, matrix, stretched, bits, _HDR.get(frame.color_trc))

    def notes(self) -> list[str]:
        """What the user should know of it."""
        a, b, _, d = self.matrix
        notes = []
        if b:
            notes.append("it is turned upright")
        elif (a, d) == (-1, -1):
            notes.append("it is turned upright, from upside down")
        elif -1 in (a, d):
            notes.append("it is mirrored, as the file says")
        if self.stretched:
            notes.append(f"its pixels are no squares: it is read as {self.size[0]} x {self.size[1]}")
        if self.bits > 8:
            notes.append(f"its {self.bits} bits a channel are read as 8")
        if self.transfer is not None:
            notes.append(f"it is HDR ({self.transfer}), which is read as it is: it will look pale")
        return notes


def upright(frame: Any, size: tuple[int, int]) -> np.ndarray:
    """A decoded frame as (height, width, 3) uint8 sRGB; what is transparent is shown on white.

    Args:
        frame: of PyAV.
        size: (width, height) of the upright picture.
    """
    matrix = _matrix(frame)
    own = size[::-1] if matrix[1] else size
    clear = any(part.is_alpha for part in frame.format.components)
    space = _SPACES.get(frame.colorspace)
    if space is None and frame.colorspace == _UNSPECIFIED:
        space = "ITU709" if min(frame.width, frame.height) >= _HD else "ITU601"
    reformatted = frame.reformat(
        *own,
        format="rgba" if clear else "rgb24",
        src_colorspace=space,
        interpolation=_interpolation(),
        dst_color_range="JPEG",
        threads=1,
    )
    pixels = reformatted.to_ndarray()
    if clear:
        opacity = pixels[..., 3:].astype(np.float32) / 255
        pixels = np.rint(pixels[..., :3] * opacity + 255 * (1 - opacity)).astype(np.uint8)
    return turned(pixels, matrix)


def turned(pixels: np.ndarray, matrix: tuple[int, int, int, int]) -> np.ndarray:
    """(H, W, 3) as a display matrix shows it, C-contiguous."""
    a, b, c, d = matrix
    if b:
        pixels = pixels.swapaxes(0, 1)
        a, d = c, b
    pixels = pixels[:, ::-1] if a < 0 else pixels
    pixels = pixels[::-1] if d < 0 else pixels
    return np.ascontiguousarray(pixels)


def coded(pixels: np.ndarray, pixel_format: str) -> Any:
    """(H, W, 3) or (H, W, 4) uint8 sRGB as a frame for an encoder, in the colours of HDTV."""
    frame = library().VideoFrame.from_ndarray(pixels, format="rgba" if pixels.shape[2] == 4 else "rgb24")
    return frame.reformat(
        format=pixel_format,
        dst_colorspace="ITU709",
        interpolation=_interpolation(),
        src_color_range="JPEG",
        dst_color_range="MPEG",
        threads=1,
    )


def _interpolation() -> Any:
    kinds = library().video.reformatter.Interpolation
    return kinds.BICUBIC | kinds.FULL_CHR_H_INT | kinds.FULL_CHR_H_INP | kinds.ACCURATE_RND


def _matrix(frame: Any) -> tuple[int, int, int, int]:
    """(a, b, c, d) of a frame's display matrix, of quarter turns and mirrors; any other is taken as none."""
    for data in frame.side_data:
        if data.type.name == "DISPLAYMATRIX":
            a, b, _, c, d = np.sign(np.round(np.frombuffer(bytes(data), np.int32)[:5] / 65536)).astype(int).tolist()
            return (a, b, c, d) if abs(a * d - b * c) == 1 and abs(a) + abs(b) == 1 else (1, 0, 0, 1)
    return 1, 0, 0, 1

"""Pictures whose pixels are known, files that lie about their size, and what `load` says to them."""

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eyecandy.errors import EyecandyError
from eyecandy.images import load

RED, GREEN, BLUE, WHITE, GREY, BLACK = (
    (255, 0, 0),
    (0, 255, 0),
    (0, 0, 255),
    (255, 255, 255),
    (128, 128, 128),
    (0, 0, 0),
)

# Six colours that no turn or flip maps onto themselves, in blocks that survive JPEG.
UPRIGHT = np.array([[RED, GREEN, BLUE], [WHITE, GREY, BLACK]], np.uint8).repeat(16, 0).repeat(16, 1)


def close(pixels: np.ndarray, expected: object, tolerance: int = 1) -> None:
    difference = np.abs(pixels.astype(int) - np.asarray(expected, int))
    assert difference.max() <= tolerance, f"off by {difference.max()}"


def refusal(source: Any) -> str:
    """The message with which load refuses something: always one line."""
    with pytest.raises(EyecandyError) as caught:
        load(source)
    message = str(caught.value)
    assert "\n" not in message
    return message


def png(header: bytes, data: bytes, **chunks: bytes) -> bytes:
    """A PNG file of the given chunks, well formed whatever they say."""
    content = {b"IHDR": header, **{name.encode(): chunk for name, chunk in chunks.items()}, b"IDAT": data, b"IEND": b""}
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(chunk)) + name + chunk + struct.pack(">I", zlib.crc32(name + chunk))
        for name, chunk in content.items()
    )


def declaring(path: Path, width: int, height: int) -> Path:
    """A PNG file of a few bytes that declares a size."""
    path.write_bytes(png(struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0), zlib.compress(b"")))
    return path

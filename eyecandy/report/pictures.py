"""Pictures small enough for a page."""

import base64
import io
from dataclasses import dataclass

import numpy as np
from PIL import Image


@dataclass(frozen=True)
class Figure:
    """A picture of a page.

    Attributes:
        address: of the picture, or the picture itself as a data URL.
        width, height: in pixels.
        title, note: what stands below it.
    """

    address: str
    width: int
    height: int
    title: str
    note: str = ""


def figure(pixels: np.ndarray, title: str, note: str = "", *, quality: int) -> Figure:
    """A picture (h, w, 3) uint8 inside the page itself."""
    encoded = base64.b64encode(webp(pixels, quality)).decode("ascii")
    return Figure(f"data:image/webp;base64,{encoded}", pixels.shape[1], pixels.shape[0], title, note)


def webp(pixels: np.ndarray, quality: int) -> bytes:
    """A picture (h, w, 3) uint8 as WebP, of quality 0 to 100."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "WEBP", quality=quality, method=4)
    return buffer.getvalue()

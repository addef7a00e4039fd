"""Every picture that comes in and every picture that goes out.

`load` makes one plain thing, a `Photo` of upright 8-bit sRGB pixels, of whatever arrives; `find` expands folders
and patterns to picture files; `fit` and `resize` bring pixels to the size a network wants; `save` writes.
"""

from eyecandy.images.decoding import MAX_PIXELS
from eyecandy.images.origin import made_here
from eyecandy.images.photo import ImageLike, Photo, load, picture_array
from eyecandy.images.saving import format_of, read_text, save, save_png
from eyecandy.images.search import find
from eyecandy.images.sizes import fit, resize

__all__ = [
    "MAX_PIXELS",
    "ImageLike",
    "Photo",
    "find",
    "fit",
    "format_of",
    "load",
    "made_here",
    "picture_array",
    "read_text",
    "resize",
    "save",
    "save_png",
]

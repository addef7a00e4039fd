"""TIFF files whose numbers Pillow does not take as the file's tags say; tifffile reads those.

Pillow is good at the common kinds, and is left to them: 8 bits a sample, bilevel, palettes. Of others it reads some
wrongly without a word: planes as if they were pixels, white for black, 32 bits as if they had a sign.
"""

import logging
import re
import struct
from contextlib import suppress
from typing import BinaryIO

import numpy as np
import tifffile
from PIL import ExifTags, Image

from eyecandy.errors import EyecandyError
from eyecandy.images.levels import eight_bits

_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE, _CMYK, _LAB = 0, 1, 2, 3, 5, 8
_CHANNELS = {_WHITE_IS_ZERO: 1, _BLACK_IS_ZERO: 1, _RGB: 3, _PALETTE: 1, _CMYK: 4, _LAB: 3}
_CFA, _LINEAR_RAW = 32803, 34892  # what a sensor saw, before it is a picture
_DNG_VERSION, _ICC, _ORIENTATION, _MAX_SAMPLE = 50706, 34675, 274, 281
# Ways of packing that are left to Pillow: none, CCITT, JPEG, PackBits and their kin. Of LZW, deflate, LZMA, Zstandard
# its library prints what is damaged, and may go on with the wrong pixels.
_PACKED = (1, 2, 3, 4, 6, 7, 32771, 32773, 32809)
_REDUCED, _MASK = 1, 4  # bits of the kind of a page
_ASSOCIATED, _UNASSOCIATED = 1, 2  # kinds of alpha

# What decides how samples are read: size, depth, packing, order, places, meaning.
_DECISIVE = (254, 256, 257, 258, 259, 262, 266, 273, 277, 278, 279, 284, 317, 320, 322, 323, 324, 325, 338, 339, 347)

# What is odd in a file it tells to whoever listens; without that, Python would print it.
logging.getLogger("tifffile").addHandler(logging.NullHandler())


class Tiff:
    """An open TIFF file.

    Attributes:
        page: the one that is the picture: the first that is no thumbnail.
    """

    def __init__(self, file: BinaryIO) -> None:
        file.seek(0)
        self._file = tifffile.TiffFile(file)
        self.page: tifffile.TiffPage = self._main()

    def check(self) -> None:
        """Makes sure that all of the page's tags were read: of a damaged one, tifffile takes the default.

        Raises:
            ValueError: otherwise.
        """
        there, _ = self._directory(self.page.offset)
        missing = [code for code in there if code in _DECISIVE and code not in self.page.tags]
        if missing:
            raise ValueError(f"its tag {missing[0]} is damaged")

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels, as stored."""
        return self.page.imagewidth, self.page.imagelength

    @property
    def is_raw(self) -> bool:
        """Whether it is what a camera's sensor saw, with at most a small picture beside it."""
        first = self._file.pages.first
        return _DNG_VERSION in first.tags or any(page.photometric in (_CFA, _LINEAR_RAW) for page in self._pages())

    @property
    def is_plain(self) -> bool:
        """Whether Pillow reads it as its tags say."""
        page = self.page
        if page is not self._file.pages.first:  # Pillow takes the first, and knows none within others
            return False
        if page.imagedepth > 1 or (int(page.compression) not in _PACKED and int(page.photometric) in _CHANNELS):
            return False
        if page.photometric == _PALETTE and _is_short(np.asarray(page.colormap)):
            return False
        extra = [int(each) for each in page.extrasamples]
        if extra and (page.photometric == _WHITE_IS_ZERO or not {_ASSOCIATED, _UNASSOCIATED}.intersection(extra)):
            return False
        bits = page.bitspersample
        if page.sampleformat not in (1, 4):  # unsigned, or nobody says
            return False
        return bits == 8 or (bits in (1, 2, 4) and page.samplesperpixel == 1)

    def pages(self) -> int:
        """How many pages it has.

        Raises:
            Exception: of many types, where those after the first are damaged.
        """
        pages = self._file.pages
        count = len(pages)
        _, following = self._directory(pages[count - 1].offset)
        if following:
            raise ValueError(f"its page {count + 1} is damaged")
        return count

    def decode(self, name: str) -> tuple[Image.Image, list[str]]:
        """The picture, with its profile and orientation, and remarks for the user in plain words.

        Raises:
            EyecandyError: its numbers are complex; `name` is what the file is called then.
            Exception: of many types, where it is damaged or of a kind that is not read.
        """
        page = self.page
        kind = int(page.photometric)
        channels = _CHANNELS.get(kind)
        if channels is None or page.samplesperpixel < channels:
            raise ValueError(f"its colours are of a kind that is not read: {page.photometric}")
        if 0 in page.databytecounts or len(page.dataoffsets) < len(page.databytecounts):
            raise ValueError("parts of its pixels are missing")
        if page.dtype is not None and page.dtype.kind == "c":
            raise EyecandyError(f"{name} holds complex numbers, which are no picture; save their size or phase instead")
        samples, notes = self._samples(channels)
        image = _image(kind, samples[..., :channels], page, notes)
        extra = next((n for n, e in enumerate(page.extrasamples) if e in (_ASSOCIATED, _UNASSOCIATED)), None)
        if extra is not None and channels + extra < samples.shape[2] and image.mode in ("L", "RGB"):
            image = _with_alpha(image, samples[..., channels + extra], page.extrasamples[extra] == _ASSOCIATED)
        elif page.samplesperpixel > channels and kind != _CMYK:
            notes.append(f"the first {channels} of {page.samplesperpixel} channels are shown")
        if _ICC in page.tags:
            image.info["icc_profile"] = bytes(page.tags[_ICC].value)
        if _ORIENTATION in page.tags:
            exif = Image.Exif()
            exif[ExifTags.Base.Orientation] = int(page.tags[_ORIENTATION].value)
            image.info["exif"] = exif.tobytes()
        return image, notes

    def _directory(self, offset: int) -> tuple[list[int], int]:
        """The codes of the tags at an offset, and where the next page lies: 0 after the last."""
        layout, file = self._file.tiff, self._file.filehandle
        file.seek(offset)
        (count,) = struct.unpack(layout.tagnoformat, file.read(layout.tagnosize))
        entries = file.read(count * layout.tagsize)
        codes = [
            struct.unpack_from(f"{layout.byteorder}H", entries, at)[0] for at in range(0, len(entries), layout.tagsize)
        ]
        (following,) = struct.unpack(layout.offsetformat, file.read(layout.offsetsize))
        return codes, int(following)

    def _samples(self, channels: int) -> tuple[np.ndarray, list[str]]:
        """(height, width, samples) as stored."""
        stored = self.page.asarray(squeeze=False, maxworkers=1)  # (planes, depth, height, width, samples of a pixel)
        notes = [] if stored.shape[1] == 1 else [f"a volume: the first of {stored.shape[1]} layers is shown"]
        stored = stored[:, 0]
        return np.moveaxis(stored[..., 0], 0, -1) if stored.shape[-1] == 1 else stored[0], notes

    def _pages(self) -> list[tifffile.TiffPage]:
        """The first page, those within it, and the next few; as far as they can be read."""
        found: list[tifffile.TiffPage] = []
        with suppress(Exception):  # of many types: damage beyond the first page
            for page in self._file.pages[:4]:
                found.extend(each for each in (page, *(page.pages or ())) if isinstance(each, tifffile.TiffPage))
        return found or [self._file.pages.first]

    def _main(self) -> tifffile.TiffPage:
        first = self._file.pages.first
        if not first.subfiletype & _REDUCED:
            return first
        whole = [page for page in self._pages() if not page.subfiletype & (_REDUCED | _MASK)]
        return max(whole, key=lambda page: page.imagewidth * page.imagelength, default=first)


def _image(kind: int, colours: np.ndarray, page: tifffile.TiffPage, notes: list[str]) -> Image.Image:
    """Samples of colour as a Pillow image of 8 bits; remarks are added."""
    if kind == _PALETTE:
        table = np.asarray(page.colormap)  # (3, entries), 16 bits
        table = (table if _is_short(table) else table >> 8).astype(np.uint8)
        return Image.fromarray(np.ascontiguousarray(table.T[colours[..., 0]]))
    if kind == _LAB:
        bits = page.bitspersample
        if bits not in (8, 16):
            raise ValueError(f"its LAB colours have {bits} bits, which is not read")
        levels = (colours >> (bits - 8)).astype(np.uint8)
        return Image.frombytes("LAB", (levels.shape[1], levels.shape[0]), np.ascontiguousarray(levels).tobytes())
    levels, remarks = eight_bits(colours, _white(page))
    notes += remarks
    if kind == _WHITE_IS_ZERO:
        levels = 255 - levels
    if kind == _CMYK:
        return Image.frombytes("CMYK", (levels.shape[1], levels.shape[0]), np.ascontiguousarray(levels).tobytes())
    return Image.fromarray(np.ascontiguousarray(levels[..., 0] if levels.shape[2] == 1 else levels))


def _is_short(table: np.ndarray) -> bool:
    """Whether a palette is one of 8 bits, as some programs write it against the standard: in 16, it were all black."""
    return int(np.max(table, initial=0)) < 256


def _with_alpha(image: Image.Image, alpha: np.ndarray, premultiplied: bool) -> Image.Image:
    top = 1.0 if np.issubdtype(alpha.dtype, np.floating) else float(np.iinfo(alpha.dtype).max)
    image = image.convert("RGB")
    image.putalpha(Image.fromarray(np.ascontiguousarray(eight_bits(alpha, top)[0])))
    return Image.frombytes("RGBa", image.size, image.tobytes()) if premultiplied else image


def _white(page: tifffile.TiffPage) -> float | None:
    """The number that is white, where the file says so: fewer bits than it takes to store them.

    The largest sample value is a statistic by the standard; so it counts only where it is the end of a range of bits.
    """
    bits, stored = page.bitspersample, page.dtype
    if stored is None or stored.kind != "u":
        return None
    if bits < 8 * stored.itemsize:
        return float((1 << bits) - 1)
    said = re.search(r'SignificantBits="(\d{1,2})"', str(page.description))  # of OME, for microscopes
    if said and 0 < int(said[1]) < bits:
        return float((1 << int(said[1])) - 1)
    value = page.tags[_MAX_SAMPLE].value if _MAX_SAMPLE in page.tags else None
    largest = value[0] if isinstance(value, tuple) else value
    if isinstance(largest, int) and largest > 0 and largest & (largest + 1) == 0:
        return float(largest)
    return None

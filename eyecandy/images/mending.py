"""Files whose damage lies outside their pixels, put right as far as Pillow needs it.

Pillow has a switch that forgives such damage, but it forgives missing pixels as well. So what is broken is taken out of
a copy, which is then read as strictly as any file.
"""

import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
_TEXT = (b"tEXt", b"zTXt", b"iTXt")
_PROFILE = b"iCCP"
_MEANT = (b"tRNS",)  # no colour of the picture, yet a part of it: kept, whatever its checksum
_LEAST = {b"cHRM": 32, b"gAMA": 4, b"pHYs": 9, b"sRGB": 1, b"acTL": 8, b"fcTL": 26, b"fdAT": 4}  # bytes of each
_TRANSPARENT = {0: 2, 2: 6}  # bytes of what is transparent, by kind of colour
_COLOUR = 9  # where the kind of colour lies in the header
_INDEXED = 3  # the kind that needs a palette
_ANIMATED = (b"acTL", b"fcTL", b"fdAT")
_MOST = 1 << 20  # bytes that Pillow takes of one text or profile
_ALL = 1 << 24  # bytes of text in all
_END_OF_JPEG = b"\xff\xd9"
_START_OF_SCAN = 0xDA
# What an application adds to a JPEG begins so, and has so many bytes at least.
_ADDED = {0xE0: (b"JFIF", 7), 0xE2: (b"ICC_PROFILE\0", 14), 0xEE: (b"Adobe", 7)}


class Mended(NamedTuple):
    """A copy of a file that may be readable.

    Attributes:
        content: of the copy.
        witness: another copy, which must give the same pixels: it differs only where pixels would be missing.
        notes: what was taken out, in plain words.
    """

    content: bytes
    witness: bytes | None
    notes: tuple[str, ...]


class _Chunk(NamedTuple):
    kind: bytes
    data: bytes
    whole: bool
    sound: bool

    @property
    def ancillary(self) -> bool:
        return bool(self.kind[0] & 0x20)

    @property
    def written(self) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(self.kind + self.data))
        return struct.pack(">I", len(self.data)) + self.kind + self.data + checksum


def mended(content: bytes) -> Mended | None:
    """A copy of a damaged PNG, JPEG or WebP file without the damage; None of others, and where pixels are concerned."""
    if content.startswith(_PNG):
        return _mended_png(content)
    if content.startswith(_JPEG):
        return _mended_jpeg(content)
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return _mended_webp(content)
    return None


def text_of(content: bytes, keyword: bytes) -> str | None:
    """The text of a PNG file under a keyword, from its chunks up to the pixels alone; None where there is none.

    Args:
        content: the beginning of the file; what lies beyond it is not looked at.
        keyword: in Latin-1.
    """
    if not content.startswith(_PNG):
        return None
    for chunk in _chunks(content):
        if chunk.kind == b"IDAT":
            return None
        if chunk.kind == b"iTXt" and chunk.whole and chunk.data.startswith(keyword + b"\0\0\0"):
            return chunk.data[len(keyword) + 3 :].split(b"\0", 2)[-1].decode("utf-8", "replace")
    return None


def _mended_png(content: bytes) -> Mended | None:
    kept, left_out, notes = [_PNG], [], []
    text, pixels, ended, colour = 0, False, False, _INDEXED
    chunks = list(_chunks(content))
    still = any(chunk.kind in _ANIMATED and not (chunk.sound and _long_enough(chunk, 0)) for chunk in chunks)
    for chunk in chunks:
        if chunk.kind == b"IHDR" and len(chunk.data) > _COLOUR:
            colour = chunk.data[_COLOUR]
        if not chunk.ancillary:
            if chunk.kind not in (b"IHDR", b"PLTE", b"IDAT", b"IEND"):
                break  # no chunk, but what follows the pixels
            if not chunk.sound and chunk.kind == b"PLTE" and colour != _INDEXED:
                left_out.append("suggested palette")
                continue
            if not chunk.sound and chunk.kind in (b"IHDR", b"PLTE"):
                return None
            if chunk.kind == b"IEND":
                ended = True
                break
            pixels = pixels or chunk.kind == b"IDAT"
            kept.append(chunk.written)
            if not chunk.whole:
                break
        elif not chunk.whole:
            break
        elif not _long_enough(chunk, colour):
            left_out.append(_name(chunk))
        elif chunk.kind in _MEANT:
            kept.append(chunk.written)
            if not chunk.sound:
                notes.append(f"the checksum of its {_name(chunk)} is wrong, which was ignored")
        elif not chunk.sound or (still and chunk.kind in _ANIMATED):
            left_out.append(_name(chunk))
        elif (length := _unpacked(chunk)) is None:
            notes.append(f"its metadata hold more than {_MOST >> 20} MB of {_name(chunk)}, which was left out")
        elif chunk.kind in _TEXT and (text := text + length) > _ALL:
            notes.append(f"its metadata hold more than {_ALL >> 20} MB of text in all; the last of it was left out")
        else:
            kept.append(chunk.written)
    if not pixels:
        return None
    if left_out:
        notes.append(f"damaged metadata were left out: {', '.join(dict.fromkeys(left_out))}")
    if not ended:
        notes.append("its end is damaged or missing; all its pixels are there")
    return Mended(b"".join((*kept, _Chunk(b"IEND", b"", True, True).written)), None, tuple(dict.fromkeys(notes)))


def _mended_jpeg(content: bytes) -> Mended:
    """With an end. The decoder makes up what is missing before it, so two different fillings must look the same."""
    content, left_out = _without_stumps(content)
    notes = [f"damaged metadata were left out: {', '.join(left_out)}"] if left_out else []
    if content.endswith(_END_OF_JPEG) and left_out:
        return Mended(content, None, tuple(notes))
    content = content.rstrip(b"\0") if not content.endswith(_END_OF_JPEG) else content
    one, other = (content + filling * 256 + _END_OF_JPEG for filling in (b"\x00", b"\x6d"))
    return Mended(one, other, (*notes, "its end is damaged or missing; all its pixels are there"))


def _mended_webp(content: bytes) -> Mended | None:
    """Up to the last whole part, where a frame or what comes after the pixels is cut off."""
    at, kinds = 12, []
    while at + 8 <= len(content):
        kind, length = struct.unpack_from("<4sI", content, at)
        if at + 8 + length > len(content):
            break
        kinds.append(kind)
        at = min(at + 8 + length + length % 2, len(content))
    if at == len(content) or not {b"ANMF", b"VP8 ", b"VP8L"}.intersection(kinds):
        return None
    whole = content[12:at]
    notes = ("its end is damaged or missing; the first of its pictures is whole",)
    return Mended(b"RIFF" + struct.pack("<I", len(whole) + 4) + b"WEBP" + whole, None, notes)


def _without_stumps(content: bytes) -> tuple[bytes, list[str]]:
    """A JPEG file without what applications added to it and is too short to be that; and what that was."""
    kept, left_out, at = [content[:2]], [], 2
    while content[at : at + 1] == b"\xff" and at + 4 <= len(content):
        marker, length = struct.unpack_from(">xBH", content, at)
        if marker == _START_OF_SCAN or length < 2:
            break
        start, least = _ADDED.get(marker, (b"", 0))
        data = content[at + 4 : at + 2 + length]
        if data.startswith(start) and len(data) < least:
            left_out.append("colour profile" if marker == 0xE2 else start.decode())
        else:
            kept.append(content[at : at + 2 + length])
        at += 2 + length
    return b"".join((*kept, content[at:])), list(dict.fromkeys(left_out))


def _chunks(content: bytes) -> Iterator[_Chunk]:
    """The chunks of a PNG file, up to the first that is none; the last may be cut off."""
    at = len(_PNG)
    while at + 8 <= len(content):
        length, kind = struct.unpack_from(">I4s", content, at)
        if not kind.isalpha():
            return
        data = content[at + 8 : at + 8 + length]
        checksum = content[at + 8 + length : at + 12 + length]
        whole = len(data) == length
        yield _Chunk(kind, data, whole, checksum == struct.pack(">I", zlib.crc32(kind + data)))
        at += 12 + length


def _long_enough(chunk: _Chunk, colour: int) -> bool:
    """Whether an ancillary chunk has as many bytes as its kind must have."""
    if chunk.kind == b"tRNS":
        return len(chunk.data) >= _TRANSPARENT.get(colour, 0)
    if chunk.kind == _PROFILE:
        return chunk.data.find(b"\0") in range(1, len(chunk.data) - 2)
    return len(chunk.data) >= _LEAST.get(chunk.kind, 0)


def _unpacked(chunk: _Chunk) -> int | None:
    """How long a text or profile is, once unpacked; None where that is more than Pillow takes, or it is damaged."""
    _, _, rest = chunk.data.partition(b"\0")
    if chunk.kind == b"iTXt":
        packed = rest[:1] == b"\1"
        rest = rest[2:].split(b"\0", 2)[-1]
    elif chunk.kind in (b"zTXt", _PROFILE):
        packed, rest = True, rest[1:]
    else:
        packed = False
    if not packed:
        return len(rest)
    unpacking = zlib.decompressobj()
    try:
        length = len(unpacking.decompress(rest, _MOST))
    except zlib.error:
        return None  # as useless as one that is too long
    return None if unpacking.unconsumed_tail else length


def _name(chunk: _Chunk) -> str:
    """What a chunk is, to the user."""
    if chunk.kind in _TEXT:
        keyword = chunk.data.partition(b"\0")[0][:79].decode("latin-1")
        return f"text {keyword!r}" if keyword.isprintable() and keyword else "text"
    return {_PROFILE: "colour profile", b"tRNS": "transparency"}.get(chunk.kind, chunk.kind.decode("latin-1"))

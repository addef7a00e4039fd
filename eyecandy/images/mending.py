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
_MOST = 1 << 20  # bytes that Pillow takes of one text or profile
_ALL = 1 << 24  # bytes of text in all
_END_OF_JPEG = b"\xff\xd9"


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
    """A copy of a damaged PNG or JPEG file without the damage; None of others, and where pixels are concerned."""
    if content.startswith(_PNG):
        return _mended_png(content)
    if content.startswith(_JPEG):
        return _mended_jpeg(content)
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
    text, pixels, ended = 0, False, False
    for chunk in _chunks(content):
        if not chunk.ancillary:
            if chunk.kind not in (b"IHDR", b"PLTE", b"IDAT", b"IEND"):
                break  # no chunk, but what follows the pixels
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
        elif chunk.kind in _MEANT:
            kept.append(chunk.written)
            if not chunk.sound:
                notes.append(f"the checksum of its {_name(chunk)} is wrong, which was ignored")
        elif not chunk.sound:
            left_out.append(_name(chunk))
        elif _too_long(chunk) or (chunk.kind in _TEXT and (text := text + len(chunk.data)) > _ALL):
            notes.append(f"its metadata hold more than {_MOST >> 20} MB of {_name(chunk)}, which was left out")
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
    content = content.rstrip(b"\0") if not content.endswith(_END_OF_JPEG) else content
    one, other = (content + filling * 256 + _END_OF_JPEG for filling in (b"\x00", b"\x6d"))
    return Mended(one, other, ("its end is damaged or missing; all its pixels are there",))


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


def _too_long(chunk: _Chunk) -> bool:
    """Whether a text or profile is longer, once unpacked, than Pillow takes."""
    _, _, rest = chunk.data.partition(b"\0")
    if chunk.kind == b"iTXt":
        packed = rest[:1] == b"\1"
        rest = rest[2:].split(b"\0", 2)[-1]
    elif chunk.kind in (b"zTXt", _PROFILE):
        packed, rest = True, rest[1:]
    else:
        return False
    if not packed:
        return False
    unpacking = zlib.decompressobj()
    try:
        unpacking.decompress(rest, _MOST)
    except zlib.error:
        return True  # damaged: as useless as one that is too long
    return bool(unpacking.unconsumed_tail)


def _name(chunk: _Chunk) -> str:
    """What a chunk is, to the user."""
    if chunk.kind in _TEXT:
        keyword = chunk.data.partition(b"\0")[0][:79].decode("latin-1")
        return f"text {keyword!r}" if keyword.isprintable() and keyword else "text"
    return {_PROFILE: "colour profile", b"tRNS": "transparency"}.get(chunk.kind, chunk.kind.decode("latin-1"))

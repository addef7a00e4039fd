"""A file out of a Qt resource file (.rcc)."""

import struct
import zlib

DIRECTORY, ZLIB, ZSTD = 2, 1, 4  # flags of an entry


def resource(rcc: bytes, path: str) -> bytes | None:
    """The file of that path, such as "/animals/dog.webp"; None where there is none.

    The header names the offsets of a tree, of the data and of the names, all big-endian. Entry 0 of the tree is the
    root; a directory names the number of its children and the first, which lie side by side. A name is its length, a
    hash and UTF-16; data are their length and themselves (Qt's qresource.cpp).

    Raises:
        ValueError: not a Qt resource file, or the file in it is compressed with Zstandard.
    """
    if rcc[:4] != b"qres":
        raise ValueError("not a Qt resource file")
    version, tree, data, names = struct.unpack_from(">4I", rcc, 4)
    entry_size = 14 if version == 1 else 22  # later ones end with a time
    entry = tree
    for part in path.strip("/").split("/"):
        flags, count, first = struct.unpack_from(">HII", rcc, entry + 4)
        if not flags & DIRECTORY:
            return None
        children = (tree + entry_size * i for i in range(first, first + count))
        found = next((child for child in children if entry_name(rcc, names, child) == part), None)
        if found is None:
            return None
        entry = found
    flags, start = struct.unpack_from(">H4xI", rcc, entry + 4)
    if flags & DIRECTORY:
        return None
    if flags & ZSTD:
        raise ValueError(f"{path} is compressed with Zstandard, expected zlib or none")
    (length,) = struct.unpack_from(">I", rcc, data + start)
    stored = rcc[data + start + 4 : data + start + 4 + length]
    return zlib.decompress(stored[4:]) if flags & ZLIB else stored  # the length unpacked comes first


def entry_name(rcc: bytes, names: int, entry: int) -> str:
    """The name of the entry at an offset."""
    (start,) = struct.unpack_from(">I", rcc, entry)
    (length,) = struct.unpack_from(">H", rcc, names + start)
    letters = names + start + 6
    return rcc[letters : letters + 2 * length].decode("utf-16-be")

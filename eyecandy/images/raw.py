"""What a camera's sensor saw: raw files, by their names and first bytes, developed by rawpy (`eyecandy[raw]`)."""

from typing import BinaryIO

from PIL import Image

from eyecandy.errors import EyecandyError

SUFFIXES = frozenset(
    ".3fr .arw .cr2 .cr3 .crw .dcr .dng .erf .fff .gpr .iiq .kdc .mef .mos .mrw .nef .nrw .orf .pef .raf .rw2 .rwl "  # noqa: SIM905
    ".sr2 .srf .srw .x3f".split()
)
"""Of raw files, in lower case with the dot."""

# Where in a file it lies, and what: formats that are no TIFF, or that say so themselves
_MAGIC = (
    (0, b"FUJIFILMCCD-RAW"),
    (0, b"FOVb"),
    (0, b"\0MRM"),
    (0, b"IIRO"),
    (0, b"IIRS"),
    (0, b"MMOR"),
    (0, b"IIU\0"),
    (4, b"ftypcrx "),
    (6, b"HEAPCCDR"),
    (8, b"CR\2"),
)


def is_raw(start: bytes) -> bool:
    """Whether a file that begins like this is raw; those that begin as any TIFF are not told apart."""
    return any(start[at : at + len(magic)] == magic for at, magic in _MAGIC)


def develop(file: BinaryIO, name: str, most: int) -> Image.Image:
    """The photo in a raw file, upright, in sRGB, its white balance as the camera set it; never the small one beside it.

    Args:
        file: open for reading.
        name: what messages call it.
        most: pixels, above which it is not developed.

    Raises:
        EyecandyError: rawpy is not installed, or does not know the camera.
        Exception: of many types, where the file is damaged.
        Image.DecompressionBombError: it is too large.
    """
    try:
        import rawpy
    except ImportError as error:
        raise EyecandyError(
            f"{name} is a camera's raw file, which needs rawpy; run pip install 'eyecandy[raw]', or export it as JPEG"
        ) from error
    file.seek(0)
    try:
        with rawpy.imread(file) as raw:
            if raw.sizes.width * raw.sizes.height > most:
                raise Image.DecompressionBombError(f"{raw.sizes.width} x {raw.sizes.height} pixels")
            return Image.fromarray(raw.postprocess(use_camera_wb=True, output_bps=8))
    except rawpy.LibRawFileUnsupportedError as error:
        raise EyecandyError(
            f"{name} is a raw file of a camera that rawpy does not know, or a damaged one; export it as JPEG"
        ) from error
    except rawpy.LibRawError as error:
        said = error.args[0] if error.args else error
        raise ValueError(said.decode() if isinstance(said, bytes) else str(said)) from error

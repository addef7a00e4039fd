"""TIFF files by their tags: planes, white and black, bits and signs, floating point."""

import numpy as np
import pytest
import tifffile
from pictures import UPRIGHT, close, refusal
from PIL import Image

from eyecandy.images import load

GREY = UPRIGHT[..., 1]
WIDE = UPRIGHT.astype(np.uint16) * 257
PLANES = np.ascontiguousarray(np.moveaxis(WIDE, -1, 0))
UNIT = (UPRIGHT / 255).astype(np.float32)
OPAQUE = np.full(GREY.shape, 65535, np.uint16)
TWELVE = "its values need only 12 of 16 bits: 4095 is white"
ZLIB = {"compression": "zlib", "predictor": True}
RGB, MONO, SPLIT = {"photometric": "rgb"}, {"photometric": "minisblack"}, {"planarconfig": "separate"}

KINDS = {
    "planes of 16 bits": (PLANES, RGB | SPLIT, UPRIGHT),
    "planes, packed": (PLANES, RGB | SPLIT | ZLIB, UPRIGHT),
    "planes of floating point": (np.moveaxis(UNIT, -1, 0), RGB | SPLIT, UPRIGHT),
    "planes with alpha": (np.stack([*PLANES, OPAQUE]), RGB | SPLIT | {"extrasamples": ["unassalpha"]}, UPRIGHT),
    "white is zero": (65535 - WIDE[..., 1], {"photometric": "miniswhite"}, GREY),
    "white is zero, 8 bits": (255 - GREY, {"photometric": "miniswhite"}, GREY),
    "white is zero, floating point": (1 - UNIT[..., 1], {"photometric": "miniswhite"}, GREY),
    "32 bits": (GREY.astype(np.uint32) * 0x1010101, MONO, GREY),
    "32 bits of colour": (UPRIGHT.astype(np.uint32) * 0x1010101, RGB, UPRIGHT),
    "64 bits": (GREY.astype(np.uint64) * 0x101010101010101, MONO, GREY),
    "16 bits with a sign": (WIDE[..., 1].astype(np.int32) - 32768, MONO | {"dtype": np.int16}, GREY),
    "8 bits with a sign": (GREY.astype(np.int16) - 128, MONO | {"dtype": np.int8}, GREY),
    "floating-point colour": (UNIT, RGB, UPRIGHT),
    "floating-point colour, packed": (UNIT, RGB | ZLIB, UPRIGHT),
    "floating point of 16 bits": (UNIT.astype(np.float16), RGB, UPRIGHT),
    "floating point of 64 bits": (UNIT[..., 1].astype(np.float64), MONO, GREY),
    "LZW": (WIDE, RGB | {"compression": "lzw", "predictor": True}, UPRIGHT),
    "tiles, other byte order": (WIDE, RGB | {"tile": (16, 16), "byteorder": ">"}, UPRIGHT),
    "BigTIFF": (WIDE, RGB | {"bigtiff": True}, UPRIGHT),
    "ink of 16 bits": (65535 - np.dstack([WIDE, OPAQUE]), {"photometric": "separated"}, UPRIGHT),
    "five channels": (np.dstack([WIDE, OPAQUE, OPAQUE]), RGB | {"extrasamples": ["unspecified"] * 2}, UPRIGHT),
    "JPEG 2000 inside": (UPRIGHT, RGB | {"compression": "jpeg2000"}, UPRIGHT),
    "WebP inside": (UPRIGHT, RGB | {"compression": "webp"}, UPRIGHT),
    "a volume of 8 bits": (np.stack([GREY, GREY[::-1]]), MONO | {"volumetric": True}, GREY),
    "white is zero, with alpha": (
        np.dstack([255 - GREY, np.full_like(GREY, 255)]),
        {"photometric": "miniswhite", "planarconfig": "contig", "extrasamples": ["unassalpha"]},
        GREY,
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_tags_say_is_what_is_seen(tmp_path, kind):
    array, how, expected = KINDS[kind]
    array = array.astype(how.get("dtype", array.dtype))
    tifffile.imwrite(tmp_path / "a.tif", array, **{name: value for name, value in how.items() if name != "dtype"})
    photo = load(tmp_path / "a.tif")
    close(photo.pixels, expected if expected.ndim == 3 else np.repeat(expected[..., None], 3, 2))
    assert not any("black to white" in note for note in photo.notes)


@pytest.mark.parametrize(
    ("more", "notes"),
    [
        ({}, (TWELVE,)),
        ({"extratags": [(281, 3, 1, 4095, True)]}, ()),
        ({"description": '<OME><Pixels SignificantBits="12"/></OME>', "metadata": None}, ()),
    ],
)
def test_12_bits_in_16(tmp_path, more, notes):
    values = (UPRIGHT.astype(np.uint32) * 4095 // 255).astype(np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="rgb", **more)
    photo = load(tmp_path / "a.tif")
    close(photo.pixels, UPRIGHT)
    assert photo.notes == notes


def test_a_largest_value_that_is_no_depth_changes_nothing(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", WIDE // 2, photometric="rgb", extratags=[(281, 3, 1, 32767 - 5, True)])
    close(load(tmp_path / "a.tif").pixels, UPRIGHT / 2)


def test_12_packed_bits_and_a_palette_of_16(tmp_path):
    values = (GREY.astype(np.uint32) * 4095 // 255).astype(np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="minisblack", bitspersample=12)
    close(load(tmp_path / "a.tif").pixels[..., 0], GREY)
    table = np.stack([np.arange(65536, dtype=np.uint16)] * 3)
    tifffile.imwrite(tmp_path / "b.tif", WIDE[..., 1], photometric="palette", colormap=table)
    close(load(tmp_path / "b.tif").pixels[..., 0], GREY)


@pytest.mark.parametrize("packing", ["tiff_lzw", "tiff_adobe_deflate", "lzma"])
def test_damage_to_packed_pixels_is_refused_without_a_word_of_a_library(tmp_path, capfd, packing):
    path = tmp_path / "a.tif"
    Image.fromarray(UPRIGHT).save(path, compression=packing)
    close(load(path).pixels, UPRIGHT, 0)
    with tifffile.TiffFile(path) as file:
        at, length = file.pages[0].dataoffsets[0], file.pages[0].databytecounts[0]
    content = bytearray(path.read_bytes())
    for place in range(at + length // 2, at + length):
        content[place] ^= 0x5A
    path.write_bytes(content)
    assert "damaged" in refusal(path)
    assert capfd.readouterr().err == ""


def test_a_palette_of_8_bits_against_the_standard(tmp_path):
    table = np.stack([np.arange(256, dtype=np.uint16)] * 3)
    tifffile.imwrite(tmp_path / "a.tif", GREY, photometric="palette", colormap=table)
    close(load(tmp_path / "a.tif").pixels[..., 0], GREY)


def test_channels_that_are_not_shown_are_noted(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.dstack([UPRIGHT, GREY, GREY]), photometric="rgb")
    photo = load(tmp_path / "a.tif")
    close(photo.pixels, UPRIGHT)
    assert photo.notes == ("the first 3 of 5 channels are shown",)


@pytest.mark.parametrize("kind", ["unassalpha", "assocalpha"])
def test_alpha_of_16_bits_is_composited_on_white(tmp_path, kind):
    half = np.full(GREY.shape, 32768, np.uint16)
    stored = WIDE // 2 if kind == "assocalpha" else WIDE
    tifffile.imwrite(tmp_path / "a.tif", np.dstack([stored, half]), photometric="rgb", extrasamples=[kind])
    photo = load(tmp_path / "a.tif")
    close(photo.pixels, (UPRIGHT.astype(float) + 255) / 2, 2)
    assert photo.notes == ("transparent parts are shown on white",)


def test_orientation_and_profile_of_deep_files_count(tmp_path):
    stored = np.ascontiguousarray(np.rot90(WIDE))
    tifffile.imwrite(tmp_path / "a.tif", stored, photometric="rgb", extratags=[(274, 3, 1, 6, True)])
    close(load(tmp_path / "a.tif").pixels, UPRIGHT)


def test_a_thumbnail_before_the_photo_is_passed_over(tmp_path):
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        file.write(np.zeros((4, 6, 3), np.uint8), photometric="rgb", subfiletype=1, metadata=None)
        file.write(UPRIGHT, photometric="rgb", metadata=None)
    close(load(tmp_path / "a.tif").pixels, UPRIGHT)


@pytest.mark.parametrize("how", [{}, ZLIB])
def test_a_truncated_deep_file_is_never_loaded_in_part(tmp_path, how):
    noise = np.random.default_rng(0).integers(0, 65536, (32, 48, 3)).astype(np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", noise, photometric="rgb", rowsperstrip=8, **how)
    data = (tmp_path / "a.tif").read_bytes()
    for share in (0.02, 0.3, 0.6, 0.9):
        (tmp_path / "a.tif").write_bytes(data[: int(share * len(data))])
        assert "a.tif" in refusal(tmp_path / "a.tif")


def test_a_later_page_that_is_broken_is_only_noted(tmp_path):
    for name, pages in (("deep.tif", [WIDE, WIDE]), ("plain.tif", [UPRIGHT, UPRIGHT])):
        with tifffile.TiffWriter(tmp_path / name) as file:
            for page in pages:
                file.write(page, photometric="rgb", metadata=None)
        with tifffile.TiffFile(tmp_path / name) as file:
            at = file.pages[1].offset
        data = bytearray((tmp_path / name).read_bytes())
        data[at : at + 40] = b"\xff" * 40
        (tmp_path / name).write_bytes(data)
        photo = load(tmp_path / name)
        close(photo.pixels, UPRIGHT)
        assert photo.notes == ("its later pages or frames are damaged; the first is used",)


def test_numbers_that_are_no_colours_are_refused(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", UNIT[..., 0].astype(np.complex64))
    assert "holds complex numbers, which are no picture" in refusal(tmp_path / "a.tif")
    Image.new("L", (3, 2)).save(tmp_path / "b.tif")
    assert load(tmp_path / "b.tif").size == (3, 2)

"""Damage outside the pixels is noted; damage to them is refused."""

import struct
import zlib

import numpy as np
import pytest
from pictures import UPRIGHT, close, refusal
from PIL import Image

from eyecandy.images import load, read_text, save_png


def chunk(kind: bytes, data: bytes, wrong: int = 0) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data) ^ wrong)


def with_chunk(path, extra: bytes) -> None:
    content = path.read_bytes()
    at = content.index(b"IDAT") - 4
    path.write_bytes(content[:at] + extra + content[at:])


PHYSICAL = struct.pack(">IIB", 2835, 2835, 1)
DAMAGE = {
    "pHYs": (chunk(b"pHYs", PHYSICAL, 1), "damaged metadata were left out: pHYs"),
    "text": (chunk(b"tEXt", b"Comment\0hello", 1), "damaged metadata were left out: text 'Comment'"),
    "profile": (chunk(b"iCCP", b"name\0\0" + zlib.compress(b"x"), 1), "damaged metadata were left out: colour profile"),
    "workflow": (
        chunk(b"zTXt", b"workflow\0\0" + zlib.compress(b"x" * 2_000_000)),
        "its metadata hold more than 1 MB of text 'workflow', which was left out",
    ),
    "international": (
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(b"x" * 3_000_000)),
        "its metadata hold more than 1 MB of text 'XML:com.adobe.xmp', which was left out",
    ),
    "many texts": (
        b"".join(chunk(b"zTXt", b"k%d\0\0" % n + zlib.compress(b"x" * 900_000)) for n in range(90)),
        "its metadata hold more than 16 MB of text in all; the last of it was left out",
    ),
    "short gAMA": (chunk(b"gAMA", b"\0"), "damaged metadata were left out: gAMA"),
    "short cHRM": (chunk(b"cHRM", b"\0" * 5), "damaged metadata were left out: cHRM"),
    "short pHYs": (chunk(b"pHYs", b"\0"), "damaged metadata were left out: pHYs"),
    "short sRGB": (chunk(b"sRGB", b""), "damaged metadata were left out: sRGB"),
    "short tRNS": (chunk(b"tRNS", b"\0"), "damaged metadata were left out: transparency"),
    "short acTL": (chunk(b"acTL", b"\0"), "damaged metadata were left out: acTL"),
    "short fcTL": (chunk(b"fcTL", b"\0\0\0"), "damaged metadata were left out: fcTL"),
    "no profile": (chunk(b"iCCP", b""), "damaged metadata were left out: colour profile"),
    "palette": (chunk(b"PLTE", b"\0\0\0", 1), "damaged metadata were left out: suggested palette"),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_damaged_or_endless_metadata_of_a_png_are_left_out_with_a_note(tmp_path, kind):
    path = tmp_path / "a.png"
    save_png(path, UPRIGHT, text={"kept": "as it was"})
    extra, note = DAMAGE[kind]
    with_chunk(path, extra)
    photo = load(path)
    np.testing.assert_array_equal(photo.pixels, UPRIGHT)
    assert photo.notes == (note,)
    assert read_text(path)["kept"] == "as it was"


def test_what_is_transparent_stays_so_whatever_its_checksum(tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(UPRIGHT).save(path)
    with_chunk(path, chunk(b"tRNS", struct.pack(">HHH", 255, 0, 0), 1))
    photo = load(path)
    assert photo.pixels[0, 0].tolist() == [255, 255, 255]
    assert photo.notes == (
        "the checksum of its transparency is wrong, which was ignored",
        "transparent parts are shown on white",
    )


@pytest.mark.parametrize("kind", [b"IHDR", b"PLTE"])
def test_damage_to_what_the_pixels_mean_is_refused(tmp_path, kind):
    path = tmp_path / "a.png"
    image = Image.fromarray(UPRIGHT).quantize(8) if kind == b"PLTE" else Image.fromarray(UPRIGHT)
    image.save(path)
    content = bytearray(path.read_bytes())
    content[content.index(kind) + 8] ^= 1
    path.write_bytes(content)
    assert "damaged" in refusal(path)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "progressive.jpg"])
def test_a_missing_end_is_noted_where_all_rows_are_there(tmp_path, name):
    path = tmp_path / name
    noise = np.random.default_rng(0).integers(0, 256, (40, 56, 3), np.uint8)
    Image.fromarray(noise).save(path, **({"progressive": True} if name.startswith("prog") else {}))
    whole, content = load(path).pixels, path.read_bytes()
    path.write_bytes(content[: -12 if name == "a.png" else -2])
    photo = load(path)
    np.testing.assert_array_equal(photo.pixels, whole)
    assert photo.notes in ((), ("its end is damaged or missing; all its pixels are there",))
    path.write_bytes(content[:-120])
    assert "damaged" in refusal(path)


def test_rubbish_behind_the_pixels_is_noted(tmp_path):
    path = tmp_path / "a.png"
    save_png(path, UPRIGHT)
    content = path.read_bytes()
    path.write_bytes(content[:-12] + b"\0\0\0\5\1\2\3\4rubbish")
    close(load(path).pixels, UPRIGHT, 0)


def test_a_broken_second_frame_is_noted(tmp_path):
    path = tmp_path / "a.gif"
    frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "lime", "blue")]
    frames[0].save(path, save_all=True, append_images=frames[1:])
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b",", content.index(b",", 40) + 40) + 6])
    photo = load(path)
    assert photo.pixels[0, 0].tolist() == [255, 0, 0] or photo.pixels[0, 0].tolist() == [254, 0, 0]


@pytest.mark.parametrize(
    ("marker", "data", "name"),
    [(0xE2, b"ICC_PROFILE\0\1", "colour profile"), (0xEE, b"Adobe", "Adobe"), (0xE0, b"JFIF\0", "JFIF")],
)
@pytest.mark.parametrize("ended", [True, False])
def test_metadata_of_a_jpeg_that_are_too_short_are_left_out_with_a_note(tmp_path, marker, data, name, ended):
    path = tmp_path / "a.jpg"
    Image.fromarray(UPRIGHT).save(path)
    whole, content = load(path).pixels, path.read_bytes()
    segment = struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data
    path.write_bytes(content[:2] + segment + (content[2:] if ended else content[2:-2]))
    photo = load(path)
    np.testing.assert_array_equal(photo.pixels, whole)
    assert photo.notes[0] == f"damaged metadata were left out: {name}"


def test_a_cut_off_frame_of_a_webp_is_noted(tmp_path):
    path = tmp_path / "a.webp"
    frames = [Image.fromarray(UPRIGHT), Image.fromarray(UPRIGHT[::-1])]
    frames[0].save(path, save_all=True, append_images=frames[1:], lossless=True)
    path.write_bytes(path.read_bytes()[:-20])
    photo = load(path)
    np.testing.assert_array_equal(photo.pixels, UPRIGHT)
    assert photo.notes == ("its end is damaged or missing; the first of its pictures is whole",)
    frames[0].save(path, lossless=True)
    path.write_bytes(path.read_bytes()[:-20])
    assert "damaged" in refusal(path)

"""Pictures in and out: what a file or an array looks like once it is loaded, and what is refused."""

import os
import struct
import subprocess
import sys
import tempfile
import threading
import warnings
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from PIL import ExifTags, Image, ImageCms, ImageFile, PngImagePlugin

from eyecandy.errors import EyecandyError
from eyecandy.images import MAX_PIXELS, Photo, find, fit, load, read_text, resize, save, save_png

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


@pytest.fixture
def photo_of(tmp_path: Path):
    """Saves a PIL image under a name, and loads that file."""

    def save_and_load(image: Image.Image, name: str, **options: object) -> Photo:
        image.save(tmp_path / name, **options)
        return load(tmp_path / name)

    return save_and_load


def refusal(source: Any) -> str:
    """The message with which load refuses something: always one line."""
    with pytest.raises(EyecandyError) as caught:
        load(source)
    message = str(caught.value)
    assert "\n" not in message
    return message


def close(pixels: np.ndarray, expected: object, tolerance: int = 1) -> None:
    difference = np.abs(pixels.astype(int) - np.asarray(expected, int))
    assert difference.max() <= tolerance, f"off by {difference.max()}"


# --- orientation ---------------------------------------------------------------------------------------------


def as_stored(upright: np.ndarray, orientation: int) -> np.ndarray:
    """How a camera stores a picture: EXIF names the sides on which the stored row 0 and column 0 are seen."""
    row_0, column_0 = {
        1: ("top", "left"),
        2: ("top", "right"),
        3: ("bottom", "right"),
        4: ("bottom", "left"),
        5: ("left", "top"),
        6: ("right", "top"),
        7: ("right", "bottom"),
        8: ("left", "bottom"),
    }[orientation]
    if "bottom" in (row_0, column_0):
        upright = upright[::-1]
    if "right" in (row_0, column_0):
        upright = upright[:, ::-1]
    return upright if row_0 in ("top", "bottom") else upright.swapaxes(0, 1)


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(photo_of, orientation, suffix):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    stored = Image.fromarray(np.ascontiguousarray(as_stored(UPRIGHT, orientation)))
    options = {"jpg": {"quality": 95, "subsampling": 0}, "webp": {"lossless": True}}.get(suffix, {})
    photo = photo_of(stored, f"turned.{suffix}", exif=exif, **options)
    assert photo.size == (48, 32)
    close(photo.pixels, UPRIGHT, 3 if suffix == "jpg" else 0)


def test_impossible_orientation_leaves_the_picture_as_stored(photo_of):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 99
    close(photo_of(Image.fromarray(UPRIGHT), "odd.png", exif=exif).pixels, UPRIGHT, 0)


def test_damaged_exif_is_noted_and_spoils_no_pixel(photo_of):
    photo = photo_of(Image.fromarray(UPRIGHT), "bad.png", exif=b"Exif\0\0this is not TIFF")
    close(photo.pixels, UPRIGHT, 0)
    assert photo.notes == ("its EXIF data are damaged, so its orientation is unknown",)


# --- modes ---------------------------------------------------------------------------------------------------


def test_plain_rgb_arrives_unchanged(photo_of, tmp_path):
    photo = photo_of(Image.fromarray(UPRIGHT), "plain.png")
    np.testing.assert_array_equal(photo.pixels, UPRIGHT)
    assert photo.notes == ()
    assert (photo.path, photo.name) == (tmp_path / "plain.png", "plain")
    assert photo.pixels.flags.c_contiguous
    assert not photo.pixels.flags.writeable


def test_a_photo_taller_than_one_band_arrives_whole(photo_of):
    tall = np.random.default_rng(0).integers(0, 256, (700, 5, 3), np.uint8)
    np.testing.assert_array_equal(photo_of(Image.fromarray(tall), "tall.png").pixels, tall)


@pytest.mark.parametrize("name", ["grey.png", "grey.tif"])
def test_16_bit_grey_is_scaled_not_clipped(photo_of, name):
    values = np.array([[0, 128, 129, 257, 32768, 65278, 65535]], np.uint16)
    photo = photo_of(Image.fromarray(values), name)
    expected = np.floor(values / 257 + 0.5)
    np.testing.assert_array_equal(photo.pixels, np.stack([expected] * 3, axis=-1))
    assert photo.notes == ()


def test_16_bit_grey_of_either_byte_order_and_in_mode_i():
    values = np.array([[0, 1000, 65535]], np.uint16)
    expected = np.floor(values / 257 + 0.5)
    for image in (
        Image.frombytes("I;16", (3, 1), values.astype("<u2").tobytes()),
        Image.frombytes("I;16B", (3, 1), values.astype(">u2").tobytes()),
        Image.fromarray(values.astype(np.int32)),
    ):
        np.testing.assert_array_equal(load(image).pixels[:, :, 0], expected)


def test_transparent_value_of_16_bit_grey_is_shown_white(tmp_path):
    raw = b"\0" + struct.pack(">3H", 0, 1000, 65535)
    header = struct.pack(">IIBBBBB", 3, 1, 16, 0, 0, 0, 0)
    path = tmp_path / "key.png"
    path.write_bytes(png(header, zlib.compress(raw), tRNS=struct.pack(">H", 0)))
    photo = load(path)
    np.testing.assert_array_equal(photo.pixels[0, :, 0], [255, 4, 255])
    assert photo.notes == ("transparent parts are shown on white",)


def test_integers_beyond_16_bits_are_stretched_and_noted(photo_of):
    photo = photo_of(Image.fromarray(np.array([[-100, 0, 155]], np.int32)), "signed.tif")
    np.testing.assert_array_equal(photo.pixels[0, :, 0], [0, 100, 255])
    assert photo.notes == ("its values from -100 to 155 are shown from black to white",)


def test_floating_point_from_0_to_1_keeps_its_meaning(photo_of):
    photo = photo_of(Image.fromarray(np.array([[0, 0.25, 0.8, 1]], np.float32)), "unit.tif")
    np.testing.assert_array_equal(photo.pixels[0, :, 0], [0, 64, 204, 255])
    assert photo.notes == ()


def test_other_floating_point_is_stretched_and_noted(photo_of):
    values = np.array([[-1e38, 0, 3e38, np.nan, np.inf]], np.float32)
    photo = photo_of(Image.fromarray(values), "float.tif")
    np.testing.assert_array_equal(photo.pixels[0, :, 0], [0, 64, 255, 0, 255])
    assert photo.notes[0].startswith("its values from -1e+38 to 3e+38")
    assert "not finite" in photo.notes[1]


def test_floating_point_that_is_flat_or_never_finite_is_black(photo_of):
    flat = photo_of(Image.fromarray(np.full((2, 2), 7.5, np.float32)), "flat.tif")
    never = photo_of(Image.fromarray(np.full((2, 2), np.nan, np.float32)), "nan.tif")
    assert flat.pixels.max() == 0
    assert never.pixels.max() == 0
    assert "no finite values" in never.notes[0]


def test_1_bit_and_grey(photo_of):
    bits = photo_of(Image.fromarray(np.array([[True, False]])), "bits.png")
    grey = photo_of(Image.fromarray(np.array([[7, 200]], np.uint8)), "grey.png")
    np.testing.assert_array_equal(bits.pixels, [[WHITE, BLACK]])
    np.testing.assert_array_equal(grey.pixels, [[(7, 7, 7), (200, 200, 200)]])


def test_palette(photo_of):
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 200, 100, 50])
    image.putpixel((1, 0), 1)
    photo = photo_of(image, "palette.png")
    np.testing.assert_array_equal(photo.pixels, [[(10, 20, 30), (200, 100, 50)]])
    assert photo.notes == ()
    transparent = photo_of(image, "palette.gif", transparency=1)
    np.testing.assert_array_equal(transparent.pixels, [[(10, 20, 30), WHITE]])
    assert transparent.notes == ("transparent parts are shown on white",)


@pytest.mark.parametrize("alpha", [0, 51, 128, 255])
def test_alpha_is_composited_on_white(photo_of, alpha):
    expected = np.rint((np.array([200, 100, 0]) * alpha + 255 * (255 - alpha)) / 255)
    photo = photo_of(Image.new("RGBA", (3, 2), (200, 100, 0, alpha)), "alpha.png")
    close(photo.pixels, np.broadcast_to(expected, (2, 3, 3)))
    assert photo.notes == (() if alpha == 255 else ("transparent parts are shown on white",))
    grey = photo_of(Image.new("LA", (3, 2), (100, alpha)), "alpha_grey.png")
    close(grey.pixels, np.full((2, 3, 3), expected[1]))


def test_premultiplied_alpha():
    half = load(Image.new("RGBA", (1, 1), (200, 100, 0, 128)).convert("RGBa"))
    close(half.pixels, [[(227, 177, 127)]], 2)


def test_transparent_colour_of_an_rgb_png(photo_of):
    image = Image.fromarray(np.array([[RED, BLUE]], np.uint8))
    photo = photo_of(image, "key.png", transparency=RED)
    np.testing.assert_array_equal(photo.pixels, [[WHITE, BLUE]])


def test_cmyk(photo_of):
    cmyk = np.zeros((16, 32, 4), np.uint8)
    cmyk[:, :16] = (0, 255, 255, 0)  # magenta and yellow ink: red
    cmyk[:, 16:] = (0, 0, 0, 128)  # half black ink: grey
    for name in ("ink.jpg", "ink.tif"):
        photo = photo_of(Image.fromarray(cmyk, "CMYK"), name)
        close(photo.pixels[8, 8], RED, 4)
        close(photo.pixels[8, 24], (127, 127, 127), 4)
        assert photo.notes == ("converted from CMYK",)


def test_lab(photo_of):
    photo = photo_of(Image.new("LAB", (2, 2), (128, 128, 128)), "lab.tif")  # L* = 50.2, a* = b* = 0
    luminance = ((100 * 128 / 255 + 16) / 116) ** 3
    close(photo.pixels, np.full((2, 2, 3), round(255 * (1.055 * luminance ** (1 / 2.4) - 0.055))))
    assert photo.notes == ("converted from LAB",)


# --- several frames ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["gif", "png", "webp"])
def test_the_first_frame_of_an_animation_is_used(photo_of, suffix):
    frames = [Image.new("RGB", (8, 8), colour) for colour in (RED, GREEN, BLUE)]
    options = {"lossless": True} if suffix == "webp" else {}
    photo = photo_of(frames[0], f"moves.{suffix}", save_all=True, append_images=frames[1:], **options)
    np.testing.assert_array_equal(photo.pixels, np.full((8, 8, 3), RED))
    assert photo.notes == ("animated: the first of 3 frames is used",)


def test_the_first_page_of_a_tiff_is_used(photo_of):
    pages = [Image.new("RGB", (8, 8), colour) for colour in (RED, GREEN)]
    photo = photo_of(pages[0], "pages.tif", save_all=True, append_images=pages[1:])
    np.testing.assert_array_equal(photo.pixels[0, 0], RED)
    assert photo.notes == ("several pages: the first of 2 is used",)


def test_a_photo_from_two_lenses_is_no_animation(photo_of):
    views = [Image.new("RGB", (16, 16), GREY), Image.new("RGB", (16, 16), BLACK)]
    photo = photo_of(views[0], "lenses.mpo", save_all=True, append_images=views[1:])
    close(photo.pixels, np.full((16, 16, 3), GREY))
    assert photo.notes == ()


# --- colour profiles -----------------------------------------------------------------------------------------

# Colorants as CIE XYZ relative to D50: of Adobe RGB (1998), whose gamma is 563/256, and of sRGB.
ADOBE = np.array([[0.60974, 0.31111, 0.01947], [0.20528, 0.62567, 0.06087], [0.14919, 0.06322, 0.74457]])
SRGB = np.array([[0.43607, 0.22249, 0.01392], [0.38515, 0.71687, 0.09708], [0.14307, 0.06061, 0.71410]])


def icc_profile(gamma: float, colorants: np.ndarray | None) -> bytes:
    """A display profile of version 2: one gamma, and colorants (grey without them)."""

    def fixed(*numbers: float) -> bytes:
        return struct.pack(f">{len(numbers)}i", *(round(number * 65536) for number in numbers))

    curve = b"curv" + struct.pack(">IIHxx", 0, 1, round(gamma * 256))
    tags = {
        b"desc": b"desc" + struct.pack(">II", 0, 5) + b"test\0" + bytes(78),
        b"cprt": b"text" + bytes(4) + b"none\0",
        b"wtpt": b"XYZ " + bytes(4) + fixed(0.9642, 1, 0.8249),
    }
    if colorants is None:
        tags[b"kTRC"] = curve
    else:
        for letter, colorant in zip((b"r", b"g", b"b"), colorants, strict=True):
            tags[letter + b"XYZ"] = b"XYZ " + bytes(4) + fixed(*colorant)
            tags[letter + b"TRC"] = curve
    table, body = struct.pack(">I", len(tags)), b""
    for tag, content in tags.items():
        table += tag + struct.pack(">II", 128 + 4 + 12 * len(tags) + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    space = b"GRAY" if colorants is None else b"RGB "
    header = struct.pack(">I4xI4s4s4s12x4s28x", 128 + len(table + body), 0x02400000, b"mntr", space, b"XYZ ", b"acsp")
    return header + fixed(0.9642, 1, 0.8249) + bytes(48) + table + body


def srgb_of(rgb: np.ndarray, gamma: float, colorants: np.ndarray) -> np.ndarray:
    """The definition of colour management: to XYZ by the profile, from there to sRGB; colours outside are clipped."""
    linear = np.clip((rgb / 255) ** gamma @ colorants @ np.linalg.inv(SRGB), 0, 1)
    return 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def test_a_wide_gamut_profile_is_converted_to_srgb(photo_of):
    colours = np.array([[(200, 100, 50), (60, 120, 180), (128, 128, 128), (255, 255, 255), (0, 255, 0)]], np.uint8)
    photo = photo_of(Image.fromarray(colours), "wide.png", icc_profile=icc_profile(563 / 256, ADOBE))
    close(photo.pixels, np.rint(srgb_of(colours, 563 / 256, ADOBE)), 2)
    assert np.abs(photo.pixels[0, 0].astype(int) - colours[0, 0]).max() > 20  # the profile matters
    assert photo.notes == ()


def test_a_profile_with_swapped_primaries_swaps_the_colours(photo_of):
    profile = icc_profile(2.2, SRGB[::-1])
    photo = photo_of(Image.fromarray(UPRIGHT), "swapped.tif", icc_profile=profile)
    close(photo.pixels[:, :, ::-1], UPRIGHT, 2)


def test_a_profile_goes_with_transparency_palette_and_grey(photo_of):
    profile = icc_profile(2.2, SRGB[::-1])
    faded = photo_of(Image.new("RGBA", (1, 1), (255, 0, 0, 51)), "faded.png", icc_profile=profile)
    close(faded.pixels, [[(204, 204, 255)]], 2)
    palette = Image.new("P", (1, 1))
    palette.putpalette(RED)
    close(photo_of(palette, "palette.png", icc_profile=profile).pixels, [[BLUE]], 2)
    linear = icc_profile(1.0, None)  # grey whose numbers are light: half the light is sRGB 188
    close(photo_of(Image.new("L", (1, 1), 128), "light.png", icc_profile=linear).pixels, [[(188, 188, 188)]])
    in_colour = icc_profile(1.0, SRGB)  # grey pixels under an RGB profile
    close(photo_of(Image.new("L", (1, 1), 128), "odd.png", icc_profile=in_colour).pixels, [[(188, 188, 188)]])


def test_pixels_under_an_srgb_profile_stay_exactly_the_same(photo_of):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    noise = np.random.default_rng(1).integers(0, 256, (40, 40, 3), np.uint8)
    np.testing.assert_array_equal(photo_of(Image.fromarray(noise), "s.png", icc_profile=profile).pixels, noise)


@pytest.mark.parametrize("profile", [b"not a profile", icc_profile(2.2, ADOBE)[:200], icc_profile(2.2, None)])
def test_a_broken_or_unfitting_profile_is_ignored_and_noted(photo_of, profile):
    photo = photo_of(Image.fromarray(UPRIGHT), "broken.png", icc_profile=profile)
    np.testing.assert_array_equal(photo.pixels, UPRIGHT)
    assert photo.notes == ("its colour profile is broken and was ignored",)


# --- sizes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(1, 1), (1, 4000), (4000, 1)])
def test_thin_and_tiny_pictures(photo_of, size):
    photo = photo_of(Image.new("RGB", size, (1, 2, 3)), "thin.png")
    assert photo.size == size
    assert (photo.pixels == (1, 2, 3)).all()


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


def test_a_12000_x_9000_photo_loads_without_a_warning(tmp_path):
    Image.new("1", (12000, 9000), 1).save(tmp_path / "large.png")
    before = Image.MAX_IMAGE_PIXELS
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        photo = load(tmp_path / "large.png")
    assert photo.size == (12000, 9000)
    assert photo.pixels[8999, 11999].tolist() == [255, 255, 255]
    assert before == Image.MAX_IMAGE_PIXELS


@pytest.mark.parametrize("side", [100_000, 17_000])  # 17,000: where Pillow would only warn, were its limit MAX_PIXELS
def test_a_decompression_bomb_is_refused_without_a_warning(tmp_path, side):
    bomb = declaring(tmp_path / "bomb.png", side, side)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        message = refusal(bomb)
    assert str(bomb) in message
    assert str(side * side) in message
    assert f"{MAX_PIXELS // 10**6} megapixels" in message


def test_up_to_the_limit_only_the_missing_pixels_are_the_fault(tmp_path):
    assert "truncated" in refusal(declaring(tmp_path / "edge.png", 15_000, 16_000))


def test_a_bomb_in_a_pil_image_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
    with Image.open(declaring(tmp_path / "bomb.png", 50_000, 50_000)) as image:
        assert "50000 x 50000" in refusal(image)


# --- files that are no pictures ------------------------------------------------------------------------------


def test_a_missing_file_names_the_nearest(tmp_path):
    Image.new("RGB", (2, 2)).save(tmp_path / "my dog.jpeg")
    message = refusal(tmp_path / "My Dog.jpg")
    assert "does not exist" in message
    assert message.endswith(f"did you mean {str(tmp_path / 'my dog.jpeg')!r}?")
    assert "did you mean" not in refusal(tmp_path / "zebra.png")
    assert f"there is no folder {str(tmp_path / 'nowhere')!r}" in refusal(tmp_path / "nowhere" / "dog.jpg")
    assert "does not exist" in refusal(tmp_path / "my dog.jpeg" / "dog.jpg")


def test_a_folder_an_empty_file_and_text_are_refused(tmp_path):
    assert "is a folder" in refusal(tmp_path)
    (tmp_path / "empty.jpg").touch()
    assert "is empty (0 bytes)" in refusal(tmp_path / "empty.jpg")
    (tmp_path / "text.jpg").write_text("Dear diary,\n" * 50)
    message = refusal(tmp_path / "text.jpg")
    assert "is not a picture" in message
    assert "expected JPEG, PNG" in message
    (tmp_path / "page.jpg").write_text("<!DOCTYPE html><html></html>")
    assert "is a web page" in refusal(tmp_path / "page.jpg")
    (tmp_path / "phone.jpg").write_bytes(struct.pack(">I", 24) + b"ftypheic" + bytes(100))
    assert "export it as JPEG" in refusal(tmp_path / "phone.jpg")


def test_impossible_names_are_refused(tmp_path):
    assert "file name" in refusal("a\0b.jpg")
    assert "cannot be read" in refusal(tmp_path / ("x" * 400))
    assert "does not exist" in refusal(tmp_path / "two\nlines.jpg")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_refused_rather_than_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    assert "pipe" in refusal(tmp_path / "pipe.jpg")


@pytest.fixture
def unprivileged() -> Iterator[Path]:
    """A folder, and no right to disregard permissions, which root has and would not notice."""
    if not hasattr(os, "geteuid"):
        pytest.skip("needs POSIX permissions")
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        root = os.geteuid() == 0
        if root:
            os.seteuid(65534)
        try:
            yield Path(name)
        finally:
            if root:
                os.seteuid(0)


def test_an_unreadable_file_and_folder_are_refused(unprivileged):
    secret = unprivileged / "secret.png"
    Image.new("RGB", (2, 2)).save(secret)
    secret.chmod(0)
    assert "no permission" in refusal(secret)
    closed = unprivileged / "closed"
    closed.mkdir(mode=0)
    with pytest.raises(EyecandyError, match="cannot be read: Permission denied"):
        find([closed])
    closed.chmod(0o700)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.jpg", {}),
        ("progressive.jpg", {"progressive": True}),
        ("a.png", {}),
        ("a.gif", {}),
        ("a.webp", {}),
        ("a.bmp", {}),
        ("a.tif", {"compression": "tiff_lzw"}),
        ("a.ppm", {}),
        ("a.jp2", {}),
    ],
)
@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def test_a_truncated_file_is_never_loaded_in_part(tmp_path, name, options):
    whole = tmp_path / name
    noise = np.random.default_rng(2).integers(0, 256, (60, 80, 3), np.uint8)
    Image.fromarray(noise).save(whole, **options)
    data, pixels = whole.read_bytes(), load(whole).pixels
    for share in (0.02, 0.3, 0.6, 0.9, 0.98):
        whole.write_bytes(data[: int(share * len(data))])
        assert name in refusal(whole)
    whole.write_bytes(data[:-1])  # without its last byte a file may still hold every pixel
    try:
        np.testing.assert_array_equal(load(whole).pixels, pixels)
    except EyecandyError as error:
        assert "damaged" in str(error)


def test_truncated_files_are_refused_whatever_pillow_was_told(tmp_path, monkeypatch):
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    path = tmp_path / "half.jpg"
    Image.fromarray(UPRIGHT).save(path)
    path.write_bytes(path.read_bytes()[:-20])
    assert "truncated" in refusal(path)
    with Image.open(path) as image:
        assert "half.jpg" in refusal(image)
    assert ImageFile.LOAD_TRUNCATED_IMAGES is True


def test_names_beyond_ascii_and_with_spaces(photo_of):
    photo = photo_of(Image.fromarray(UPRIGHT), "Größe 猫 🐕 (1).png")
    np.testing.assert_array_equal(photo.pixels, UPRIGHT)
    assert photo.name == "Größe 猫 🐕 (1)"


def test_threads_load_at_the_same_time_and_leave_pillow_as_it_was(tmp_path):
    before = (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES)
    paths = []
    for level in range(8):
        paths.append(tmp_path / f"{level}.png")
        Image.new("L", (300, 200), level).save(paths[-1])
    bomb = declaring(tmp_path / "bomb.png", 17_000, 17_000)
    together = threading.Barrier(4, timeout=10)

    def work(start: int) -> list[int]:
        together.wait()
        levels = []
        for path in paths[start:] + paths[:start]:
            levels.append(int(load(path).pixels[0, 0, 0]))
            assert "too large" in refusal(bomb)
        return levels

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(work, range(4)))
    assert all(sorted(levels) == list(range(8)) for levels in results)
    assert before == (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES)


# --- PIL images and arrays -----------------------------------------------------------------------------------


def test_a_pil_image_is_loaded_and_left_as_it_was(tmp_path):
    image = Image.new("RGBA", (4, 4), (255, 0, 0, 0))
    photo = load(image)
    assert (photo.pixels == 255).all()
    assert (image.mode, image.getpixel((0, 0))) == ("RGBA", (255, 0, 0, 0))
    assert (photo.path, photo.name) == (None, "image")
    frames = [Image.new("RGB", (4, 4), RED), Image.new("RGB", (4, 4), BLUE)]
    frames[0].save(tmp_path / "moves.gif", save_all=True, append_images=frames[1:])
    with Image.open(tmp_path / "moves.gif") as moving:
        moving.seek(1)
        photo = load(moving)
        assert moving.tell() == 1
    np.testing.assert_array_equal(photo.pixels[0, 0], BLUE)
    assert photo.path == tmp_path / "moves.gif"


def test_a_pil_image_without_pixels_is_refused():
    assert "0 x 5 pixels" in refusal(Image.new("RGB", (0, 5)))


@given(arrays(np.uint8, array_shapes(min_dims=3, max_dims=3, max_side=9).map(lambda shape: (*shape[:2], 3))), st.data())
def test_an_rgb_array_of_any_layout_is_taken_as_it_is(array, data):
    view = data.draw(st.sampled_from([array, np.asfortranarray(array), array[::-1], array[:, ::-1], array[..., ::-1]]))
    photo = load(view)
    np.testing.assert_array_equal(photo.pixels, view)
    assert photo.pixels.flags.c_contiguous
    assert photo.size == (array.shape[1], array.shape[0])
    assert (photo.path, photo.notes) == (None, ())


@given(arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=9)))
def test_a_grey_array_of_two_or_three_dimensions(array):
    expected = np.stack([array] * 3, axis=-1)
    np.testing.assert_array_equal(load(array).pixels, expected)
    np.testing.assert_array_equal(load(array[:, :, np.newaxis]).pixels, expected)


def test_an_rgba_array_is_composited_on_white():
    photo = load(np.array([[(255, 0, 0, 255), (255, 0, 0, 0)]], np.uint8))
    np.testing.assert_array_equal(photo.pixels, [[RED, WHITE]])
    assert photo.notes == ("transparent parts are shown on white",)


def test_the_callers_array_is_shared_and_stays_writable():
    array = np.zeros((2, 2, 3), np.uint8)
    photo = load(array)
    assert np.shares_memory(array, photo.pixels)
    assert not photo.pixels.flags.writeable
    array[0, 0, 0] = 1  # raises if load had made the caller's own array read-only
    assert array.flags.writeable


def test_a_tensor_counts_as_an_array():
    class Tensor:
        def __array__(self, dtype: object = None, copy: object = None) -> np.ndarray:
            return UPRIGHT

    np.testing.assert_array_equal(load(Tensor()).pixels, UPRIGHT)


def test_a_tensor_that_gives_no_array_is_refused():
    class OnAnotherDevice:
        def __array__(self, dtype: object = None, copy: object = None) -> np.ndarray:
            raise TypeError("can't convert\na device's tensor")

    assert "OnAnotherDevice gives no array: can't convert a device's tensor" in refusal(OnAnotherDevice())


@pytest.mark.parametrize(
    ("array", "came", "advice"),
    [
        (np.zeros((4, 5, 3), np.float32), "float32 of shape (4, 5, 3)", "255 * array"),
        (np.zeros((4, 5, 3), np.int64), "int64 of shape (4, 5, 3)", "astype('uint8')"),
        (np.zeros((4, 5), bool), "bool of shape (4, 5)", "astype('uint8')"),
        (np.zeros((1, 4, 5, 3), np.uint8), "uint8 of shape (1, 4, 5, 3)", "one picture at a time"),
        (np.zeros((3, 40, 50), np.uint8), "uint8 of shape (3, 40, 50)", "transpose(1, 2, 0)"),
        (np.zeros((40, 50, 2), np.uint8), "uint8 of shape (40, 50, 2)", "channels last"),
        (np.zeros(5, np.uint8), "uint8 of shape (5,)", "one picture"),
        (np.zeros((0, 5, 3), np.uint8), "uint8 of shape (0, 5, 3)", "no pixels"),
        (np.zeros((5, 0), np.uint8), "uint8 of shape (5, 0)", "no pixels"),
        ([[1, 2], [3, 4]], "list", "path"),
        (None, "NoneType", "path"),
    ],
)
def test_other_arrays_are_refused_with_what_came_and_what_was_expected(array, came, advice):
    message = refusal(array)
    assert "expected" in message
    assert came in message
    assert advice in message


# --- find ----------------------------------------------------------------------------------------------------


@pytest.fixture
def album(tmp_path, monkeypatch) -> Path:
    for name in (
        "b.JPG",
        "a.png",
        "notes.txt",
        ".hidden.png",
        "x.webp",
        "a[1].jpg",
        "a1.jpg",
        "sub/c.png",
        "sub/deep/d.tif",
    ):
        file = tmp_path / "album" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"picture")
    (tmp_path / "album" / "folder.png").mkdir()
    monkeypatch.chdir(tmp_path)
    return Path("album")


def test_a_folder_gives_its_pictures_sorted_and_not_those_below(album):
    assert find([album]) == [album / name for name in ("a.png", "a1.jpg", "a[1].jpg", "b.JPG", "x.webp")]


def test_patterns(album):
    assert find(["album/*.png"]) == [album / "a.png"]
    assert find(["album/*"]) == find([album])
    assert find(["album/**/*.*"]) == [
        *(album / name for name in ("a.png", "a1.jpg", "a[1].jpg", "b.JPG", "sub/c.png", "sub/deep/d.tif", "x.webp")),
    ]
    assert find([str(album.absolute() / "?.png")]) == [album.absolute() / "a.png"]


def test_a_file_with_pattern_characters_in_its_name_is_that_file(album):
    assert find(["album/a[1].jpg"]) == [album / "a[1].jpg"]
    assert find(["album/a[0-9].jpg"]) == [album / "a1.jpg"]


def test_order_is_kept_and_repeats_are_dropped(album):
    found = find(
        ["album/x.webp", album / "a.png", str(album.absolute() / "x.webp"), "album/../album/a.png", "album/*.png"]
    )
    assert found == [album / "x.webp", album / "a.png"]


def test_named_files_are_passed_on_for_load_to_judge(album):
    assert find(["album/notes.txt", "missing.jpg"]) == [album / "notes.txt", Path("missing.jpg")]
    assert find([]) == []


def test_a_folder_or_pattern_without_pictures_is_refused(album):
    (album / "empty").mkdir()
    with pytest.raises(EyecandyError, match=r"'album/empty' holds no pictures; expected .*\*\.jpg"):
        find(["album/a.png", "album/empty"])
    with pytest.raises(EyecandyError, match=r"no picture matches 'album/\*\.gif'"):
        find(["album/*.gif"])


# --- fit and resize ------------------------------------------------------------------------------------------

sides = st.integers(1, 20_000)


@given(st.tuples(sides, sides), st.integers(1, 4000), st.integers(1, 64), st.booleans())
def test_fit_is_the_nearest_multiple_of_the_exact_size(size, longest, multiple, enlarge):
    scale = Fraction(longest, max(size))
    if not enlarge:
        scale = min(scale, Fraction(1))
    for side, fitted in zip(size, fit(size, longest, multiple, enlarge), strict=True):
        assert fitted % multiple == 0
        assert fitted == multiple or abs(fitted - side * scale) <= Fraction(multiple, 2)
        assert fitted >= multiple


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (((4000, 3000), 448), (448, 336)),
        (((3000, 4000), 448, 32), (352, 448)),  # 336 lies between 320 and 352: halves go up
        (((100, 50), 448), (100, 50)),
        (((100, 50), 448, 1, True), (448, 224)),
        (((1, 4000), 448, 32), (32, 448)),
        (((12000, 1), 448), (448, 1)),
    ],
)
def test_fit_examples(arguments, expected):
    assert fit(*arguments) == expected


@pytest.mark.parametrize("arguments", [((0, 5), 448), ((5, 5), 0), ((5, 5), 5, 0)])
def test_fit_refuses_what_is_below_one(arguments):
    with pytest.raises(EyecandyError, match="at least 1"):
        fit(*arguments)


def test_shrinking_leaves_no_aliases():
    columns = np.arange(1024)
    stripes = np.where(columns % 2 == 0, 255, 0).astype(np.uint8)  # the finest pattern there is
    for factor in (2, 3.2, 7):
        small = resize(np.tile(stripes, (64, 1)), (round(1024 / factor), 32))
        close(small[:, 4:-4], np.full_like(small[:, 4:-4], 127), 8)


def test_resizing_keeps_a_ramp_a_ramp_and_flat_flat():
    ramp = np.tile(np.linspace(20, 220, 200), (50, 1)).round().astype(np.uint8)
    for width in (50, 100, 400):
        centres = (np.arange(width) + 0.5) * 200 / width - 0.5
        resized = resize(ramp, (width, 50))
        close(resized[:, width // 20 : -width // 20], np.round(20 + centres / 199 * 200)[width // 20 : -width // 20])
    flat = resize(np.full((33, 57, 3), (9, 130, 250), np.uint8), (640, 11))
    assert flat.shape == (11, 640, 3)
    assert (flat == (9, 130, 250)).all()


def test_transparent_pixels_lend_no_colour_when_resized():
    pixels = np.zeros((8, 8, 4), np.uint8)
    pixels[:, :4] = (255, 255, 255, 255)
    pixels[:, 4:] = (255, 0, 0, 0)
    small = resize(pixels, (3, 3))
    seen = small[small[:, :, 3] > 0]
    assert len(seen) > 0
    close(seen[:, :3], np.full((len(seen), 3), 255), 2)


def test_resize_refuses_other_arrays_and_sizes():
    with pytest.raises(EyecandyError, match="float64"):
        resize(np.zeros((4, 4)), (2, 2))
    with pytest.raises(EyecandyError, match="0 x 2"):
        resize(UPRIGHT, (0, 2))


# --- save ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(5, 7), (5, 7, 3), (5, 7, 4)])
def test_png_keeps_every_pixel(tmp_path, shape):
    pixels = np.random.default_rng(3).integers(0, 256, shape, np.uint8)
    save_png(tmp_path / "new" / "out.png", pixels)
    with Image.open(tmp_path / "new" / "out.png") as image:
        np.testing.assert_array_equal(np.asarray(image), pixels)


def test_png_bytes_depend_on_the_arguments_alone(tmp_path):
    save_png(tmp_path / "a.png", UPRIGHT, text={"seed": "1", "layer": "block4_conv3"})
    save_png(tmp_path / "b.png", UPRIGHT.copy(order="F"), text={"layer": "block4_conv3", "seed": "1"})
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_text_is_read_back(tmp_path):
    text = {"eyecandy": '{"photo": "Größe 猫.png"}', "Ünlaut": "", "long": "line\n" * 5000}
    save_png(tmp_path / "a.png", UPRIGHT, text=text)
    assert read_text(tmp_path / "a.png") == text
    assert load(tmp_path / "a.png").notes == ()


def test_undecodable_file_names_in_text_are_escaped(tmp_path):
    save_png(tmp_path / "a.png", UPRIGHT, text={"source": "caf\udce9.png"})
    assert read_text(tmp_path / "a.png") == {"source": "caf\\udce9.png"}


def test_text_kept_by_other_programs_is_read(tmp_path):
    info = PngImagePlugin.PngInfo()
    info.add_text("Software", "café", zip=True)
    Image.fromarray(UPRIGHT).save(tmp_path / "a.png", pnginfo=info)
    assert read_text(tmp_path / "a.png") == {"Software": "café"}


def test_text_is_refused_where_there_can_be_none(tmp_path):
    Image.fromarray(UPRIGHT).save(tmp_path / "a.jpg")
    with pytest.raises(EyecandyError, match="is a JPEG file"):
        read_text(tmp_path / "a.jpg")
    with pytest.raises(EyecandyError, match="does not exist"):
        read_text(tmp_path / "none.png")
    with pytest.raises(EyecandyError, match="cannot carry text"):
        save(tmp_path / "b.jpg", UPRIGHT, text={"a": "b"})
    for keyword in ("", "x" * 80, "猫", "a\0b"):
        with pytest.raises(EyecandyError, match="keyword"):
            save_png(tmp_path / "c.png", UPRIGHT, text={keyword: ""})
    assert [file.name for file in tmp_path.iterdir()] == ["a.jpg"]


@pytest.mark.parametrize(
    ("name", "kind", "tolerance"),
    [
        ("out.png", "PNG", 0),
        ("out.PNG", "PNG", 0),
        ("out.tif", "TIFF", 0),
        ("out.tiff", "TIFF", 0),
        ("out.jpg", "JPEG", 3),
        ("out.jpeg", "JPEG", 3),
        ("out.webp", "WEBP", 3),
    ],
)
def test_save_chooses_the_format_by_the_suffix(tmp_path, name, kind, tolerance):
    save(tmp_path / name, UPRIGHT)
    with Image.open(tmp_path / name) as image:
        assert image.format == kind
    inside = slice(8, None, 16)  # of each block: WebP blurs colour across their edges
    close(load(tmp_path / name).pixels[inside, inside], UPRIGHT[inside, inside], tolerance)


def test_jpeg_keeps_colour_at_full_resolution(tmp_path):
    stripes = np.zeros((32, 32, 3), np.uint8)
    stripes[:, ::2], stripes[:, 1::2] = RED, BLUE
    save(tmp_path / "fine.jpg", stripes)
    close(load(tmp_path / "fine.jpg").pixels, stripes, 25)  # with chroma subsampling: off by 128


@pytest.mark.parametrize("name", ["out.webp", "out.tif", "out.png"])
def test_transparency_is_saved(tmp_path, name):
    pixels = np.full((4, 4, 4), (255, 0, 0, 0), np.uint8)
    pixels[:2, :, 3] = 255
    save(tmp_path / name, pixels)
    with Image.open(tmp_path / name) as image:
        np.testing.assert_array_equal(np.asarray(image.convert("RGBA"))[:, :, 3], pixels[:, :, 3])


def test_what_a_format_cannot_hold_is_refused(tmp_path):
    for name in ("out.bmp", "out", "out.heic"):
        with pytest.raises(EyecandyError, match=r"saved as \.png, \.jpg"):
            save(tmp_path / name, UPRIGHT)
    with pytest.raises(EyecandyError, match="transparency in a JPEG"):
        save(tmp_path / "out.jpg", np.zeros((2, 2, 4), np.uint8))
    with pytest.raises(EyecandyError, match="at most 16383"):
        save(tmp_path / "out.webp", np.zeros((1, 16384), np.uint8))
    with pytest.raises(EyecandyError, match="float32"):
        save(tmp_path / "out.tif", np.zeros((2, 2), np.float32))
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten_unless_told(tmp_path):
    for name in ("a.png", "a.jpg"):
        save(tmp_path / name, UPRIGHT)
        before = (tmp_path / name).read_bytes()
        with pytest.raises(EyecandyError, match="exists already; pass overwrite=True or"):
            save(tmp_path / name, 255 - UPRIGHT)
        assert (tmp_path / name).read_bytes() == before
        save(tmp_path / name, 255 - UPRIGHT, overwrite=True)
        close(load(tmp_path / name).pixels, 255 - UPRIGHT, 3)


def test_importing_pictures_does_not_import_tensorflow():
    code = "import sys, eyecandy.images; assert 'tensorflow' not in sys.modules and 'keras' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)

"""What a picture file looks like once it is loaded: orientation, modes, transparency, frames."""

import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from pictures import BLACK, BLUE, GREEN, GREY, RED, UPRIGHT, WHITE, close, png
from PIL import ExifTags, Image

from eyecandy.images import load

# Orientation


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


# Modes


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


@pytest.mark.parametrize("size", [(1, 1), (1, 4000), (4000, 1)])
def test_thin_and_tiny_pictures(photo_of, size):
    photo = photo_of(Image.new("RGB", size, (1, 2, 3)), "thin.png")
    assert photo.size == size
    assert (photo.pixels == (1, 2, 3)).all()


def test_names_beyond_ascii_and_with_spaces(photo_of):
    photo = photo_of(Image.fromarray(UPRIGHT), "Größe 猫 🐕 (1).png")
    np.testing.assert_array_equal(photo.pixels, UPRIGHT)
    assert photo.name == "Größe 猫 🐕 (1)"


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


@pytest.mark.parametrize(
    ("bits", "row", "key", "expected"),
    [
        (1, 0b00001111, 0, [0] * 4 + [255] * 4),
        (1, 0b00001111, 1, [255] * 4 + [0] * 4),
        (2, 0b01011110, 1, [0, 0, 255, 255]),
        (4, 0x3F, 3, [0, 255]),
        (4, 0x3F, 15, [255, 0]),
    ],
)
def test_transparent_value_of_few_bits_is_shown_white(tmp_path, bits, row, key, expected):
    header = struct.pack(">IIBBBBB", 8 // bits, 1, bits, 0, 0, 0, 0)
    path = tmp_path / "few.png"
    path.write_bytes(png(header, zlib.compress(bytes([0, row])), tRNS=struct.pack(">H", key)))
    photo = load(path)
    assert photo.alpha is not None
    assert photo.alpha[0].tolist() == expected
    assert photo.notes == ("transparent parts are shown on white",)


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


# Several frames


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


def test_importing_pictures_does_not_import_tensorflow():
    code = "import sys, eyecandy.images; assert 'tensorflow' not in sys.modules and 'keras' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)

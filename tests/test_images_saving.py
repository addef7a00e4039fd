"""Pictures written: every pixel, the text inside, and nothing overwritten."""

import numpy as np
import pytest
from pictures import BLUE, RED, UPRIGHT, close
from PIL import Image, PngImagePlugin

from eyecandy.errors import EyecandyError
from eyecandy.images import load, read_text, save, save_png


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

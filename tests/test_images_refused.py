"""Files that are no pictures, too large or damaged: one line each, and never half a picture."""

import os
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from pictures import UPRIGHT, declaring, refusal
from PIL import Image, ImageFile

from eyecandy.errors import EyecandyError
from eyecandy.images import MAX_PIXELS, find, load


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


def test_impossible_names_are_refused(tmp_path):
    assert "file name" in refusal("a\0b.jpg")
    assert "cannot be read" in refusal(tmp_path / ("x" * 400))
    assert "does not exist" in refusal(tmp_path / "two\nlines.jpg")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_refused_rather_than_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    assert "pipe" in refusal(tmp_path / "pipe.jpg")


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

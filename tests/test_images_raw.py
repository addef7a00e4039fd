"""What cameras and phones store: raw files and HEIF, by extras, and the line that names a missing extra."""

import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile
from pictures import UPRIGHT, close, refusal
from PIL import Image

from eyecandy.images import find, load

THUMBNAIL = np.full((8, 12, 3), 9, np.uint8)


def dng(path: Path, rgb: np.ndarray, thumbnail: np.ndarray | None) -> Path:
    """A raw file of a camera whose colours are those of sRGB, in linear light, 14 bits, RGGB."""
    share = rgb / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    mosaic = linear[..., 1].copy()
    mosaic[::2, ::2], mosaic[1::2, 1::2] = linear[::2, ::2, 0], linear[1::2, 1::2, 2]
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])

    def ratios(numbers: np.ndarray) -> list[int]:
        return [whole for number in numbers.ravel() for whole in (round(number * 10000), 10000)]

    sensor = [(33421, 3, 2, (2, 2), True), (33422, 1, 4, bytes([0, 1, 1, 2]), True), (50717, 4, 1, 16383, True)]
    camera = [
        (271, 2, None, "Eyecandy", True),
        (272, 2, None, "Test", True),
        (50706, 1, 4, bytes([1, 4, 0, 0]), True),
        (50708, 2, None, "Eyecandy Test", True),
        (50721, 10, 9, ratios(np.linalg.inv(to_xyz)), True),
        (50728, 5, 3, ratios(np.ones(3)), True),
        (50778, 3, 1, 21, True),
    ]
    with tifffile.TiffWriter(path) as file:
        if thumbnail is not None:
            file.write(thumbnail, photometric="rgb", subfiletype=1, subifds=1, extratags=camera, metadata=None)
            camera = []
        values = (mosaic * 16383).astype(np.uint16)
        file.write(values, photometric="cfa", extratags=[*camera, *sensor], metadata=None)
    return path


@pytest.mark.parametrize("name", ["photo.dng", "renamed.tif"])
@pytest.mark.parametrize("thumbnail", [THUMBNAIL, None])
def test_a_raw_file_is_developed_and_its_thumbnail_never_taken(tmp_path, name, thumbnail):
    pytest.importorskip("rawpy")
    photo = load(dng(tmp_path / name, UPRIGHT, thumbnail))
    assert photo.size == (48, 32)
    assert photo.notes == ("developed from a camera's raw data",)
    colours = photo.pixels[8::16, 8::16].astype(int)
    assert colours[0].argmax(-1).tolist() == [0, 1, 2]  # red, green, blue
    assert colours[1, 0].min() > 240 and colours[1, 2].max() < 10 and 100 < colours[1, 1].mean() < 200


def test_without_rawpy_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "rawpy", None)
    for path in (dng(tmp_path / "a.dng", UPRIGHT, THUMBNAIL), dng(tmp_path / "b.tif", UPRIGHT, THUMBNAIL)):
        assert "pip install 'eyecandy[raw]'" in refusal(path)
    (tmp_path / "c.RAF").write_bytes(b"FUJIFILMCCD-RAW 0201" + bytes(100))
    assert "eyecandy[raw]" in refusal(tmp_path / "c.RAF")
    (tmp_path / "d.nef").write_bytes(b"II*\0\x08\0\0\0")
    assert "eyecandy[raw]" in refusal(tmp_path / "d.nef")


def test_a_damaged_raw_file_is_one_line(tmp_path):
    pytest.importorskip("rawpy")
    path = dng(tmp_path / "a.dng", UPRIGHT, THUMBNAIL)
    path.write_bytes(path.read_bytes()[:-2000])
    assert "damaged" in refusal(path)
    path.write_bytes(b"II*\0\x08\0\0\0")
    assert "a.dng" in refusal(path)


def test_a_phones_photo_is_read_upright_with_its_transparency(tmp_path):
    heif = pytest.importorskip("pillow_heif")
    exif = Image.Exif()
    exif[0x0112] = 6
    stored = Image.fromarray(np.ascontiguousarray(np.rot90(UPRIGHT)))
    heif.from_pillow(stored).save(tmp_path / "IMG_1.HEIC", quality=-1, exif=exif.tobytes())
    photo = load(tmp_path / "IMG_1.HEIC")
    assert photo.size == (48, 32)
    close(photo.pixels, UPRIGHT, 6)
    assert "HEIF" not in set(Image.registered_extensions().values())


def test_without_pillow_heif_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    (tmp_path / "phone.jpg").write_bytes(b"\0\0\0\x18ftypheic" + bytes(100))
    assert "pip install 'eyecandy[heif]', or export it as JPEG" in refusal(tmp_path / "phone.jpg")


def test_a_damaged_phones_photo_is_one_line(tmp_path):
    pytest.importorskip("pillow_heif")
    (tmp_path / "phone.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(100))
    assert "damaged" in refusal(tmp_path / "phone.heic")


def test_folders_list_them(tmp_path):
    for name in ("a.HEIC", "b.dng", "c.jpg", "d.txt"):
        (tmp_path / name).touch()
    assert [path.name for path in find([tmp_path])] == ["a.HEIC", "b.dng", "c.jpg"]

"""What may be thrown at `eyecandy detect`: one clear line and exit code 2, or a valid result, and never half of it."""

import errno
import json
import os
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from conftest import Run
from PIL import Image

from eyecandy.detection.detect import Detection
from eyecandy.detection.export import results
from eyecandy.detection.export.folders import MARKER

Command = Callable[..., Run]

SIZE = (160, 128)
RED_BOX = [48, 32, 64, 64]  # x, y, width, height of the one object in `scene`


def scene() -> Image.Image:
    """A red square on grey, which `colour_net` finds."""
    pixels = np.full((SIZE[1], SIZE[0], 3), 127, np.uint8)
    pixels[32:96, 48:112] = (255, 0, 0)
    return Image.fromarray(pixels)


def refused(run: Run, folder: Path, *left: str) -> str:
    """The one line with which a command refused; only the files named are in the folder."""
    assert run.code == 2 and run.out == "" and run.err.startswith("eyecandy: ") and run.err.count("\n") == 1
    assert sorted(path.name for path in folder.iterdir()) == sorted(left)
    return run.err


def objects(folder: Path) -> list[dict[str, object]]:
    assert (folder / MARKER).is_file() and (folder / "figure.png").is_file() and (folder / "masks.npz").is_file()
    found: list[dict[str, object]] = json.loads((folder / "objects.json").read_text())["annotations"]
    return found


# Files that are no pictures


def make_bad(path: Path, kind: str) -> None:
    if kind == "zero bytes":
        path.write_bytes(b"")
    elif kind == "not a picture":
        path.write_text("Dear diary, today I renamed a letter to .jpg\n" * 50)
    elif kind == "truncated":
        scene().resize((640, 512)).save(path, quality=95)
        path.write_bytes(path.read_bytes()[:3000])
    elif kind == "folder":
        path.mkdir()
    elif kind == "bomb":
        # a PNG that says it holds 40,000 x 40,000 pixels
        header = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 2, 0, 0, 0)
        path.write_bytes(b"\x89PNG\r\n\x1a\n")
        with path.open("ab") as file:
            for name, data in ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(10**6))), (b"IEND", b"")):
                file.write(struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)))


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("missing", "does not exist"),
        ("zero bytes", "is empty (0 bytes)"),
        ("not a picture", "picture"),
        ("truncated", "truncated or damaged"),
        ("folder", "holds no pictures"),
        ("bomb", "40000"),
    ],
)
def test_no_picture(command: Command, tmp_path: Path, kind: str, says: str) -> None:
    photo = tmp_path / "photo.jpg"
    make_bad(photo, kind)
    line = refused(command("detect", photo), tmp_path, *([] if kind == "missing" else ["photo.jpg"]))
    assert says in line and "photo.jpg" in line


def test_unreadable(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scene().save(tmp_path / "photo.png")
    real = Path.open

    def forbidden(path: Path, *arguments: object, **options: object) -> object:
        if path.name == "photo.png":  # as chmod 000 does, but for every user
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return real(path, *arguments, **options)

    monkeypatch.setattr(Path, "open", forbidden)
    assert "no permission" in refused(command("detect", tmp_path / "photo.png"), tmp_path, "photo.png")


@pytest.mark.parametrize("arguments", [("gone.jpg",), (".",), ("odd.jpg", "--signal", "telepathy")])
def test_as_a_process_of_its_own(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "odd.jpg").mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "eyecandy", "detect", *arguments],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("eyecandy: ") and done.stderr.count("\n") == 1


# Sizes


@pytest.mark.parametrize("size", [(1, 1), (1, 4000), (4000, 1), (15, 300)])
def test_too_small(command: Command, tmp_path: Path, size: tuple[int, int]) -> None:
    Image.new("RGB", size, "red").save(tmp_path / "photo.png")
    run = command("detect", tmp_path / "photo.png")
    assert run.code == 2 and run.err.count("\n") == 1
    assert f"{size[0]}x{size[1]} pixels is too small to hold an object" in run.err
    assert [path.name for path in tmp_path.iterdir()] == ["photo.png"]


@pytest.mark.parametrize("size", [(16, 16), (20, 900), (900, 20)])
def test_hardly_large_enough(command: Command, tmp_path: Path, size: tuple[int, int]) -> None:
    Image.new("RGB", size, (90, 120, 60)).save(tmp_path / "photo.png")
    assert command("detect", tmp_path / "photo.png", "--explain").code == 0
    assert (tmp_path / "photo.eyecandy" / "explain.png").is_file()


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of the memory is read from /proc")
def test_a_photo_of_108_megapixels(colour_model: list[str], tmp_path: Path) -> None:
    photo, out = tmp_path / "large.png", tmp_path / "out"
    large = Image.new("RGB", (12_000, 9_000), (127, 127, 127))
    large.paste((255, 0, 0), (3000, 2400, 6000, 4800))
    large.save(photo, compress_level=1)
    del large
    # A process of its own, whose memory is its own. What it says last is its peak, in kilobytes.
    program = (
        "import sys; from eyecandy.cli.app import run\n"
        "code = run(sys.argv[1:])\n"
        "peak = [line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')]\n"
        "print(*peak)\n"
        "sys.exit(code)\n"
    )
    command = [sys.executable, "-c", program, "detect", photo, *colour_model, "--output", out]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout.split()[-1]) < 3_000_000
    (red,) = objects(out)
    np.testing.assert_allclose(red["bbox"], [3000, 2400, 3000, 2400], atol=100)
    with Image.open(out / "red-1.png") as cut, Image.open(out / "figure.png") as figure:
        assert list(cut.size) == red["bbox"][2:] and figure.size[0] < 2500
    with np.load(out / "masks.npz") as held:
        mask = held["masks"][0]
    assert mask.shape == (9000, 12_000) and mask.dtype == np.float16
    assert mask[2500:4700:50, 3100:5900:50].min() >= 0.5 and mask[:2250:50].max() < 0.5 > mask[::50, 6150:].max()
    assert not mask[:2100:50].any() and not mask[::50, 6300:].any()  # its edge is four of the network's pixels wide


# Kinds of pictures that are read


def save_gif(path: Path) -> None:
    scene().save(path)


def save_cmyk(path: Path) -> None:
    scene().convert("CMYK").save(path, quality=95)


def save_palette(path: Path) -> None:
    scene().quantize(8).save(path)


def save_alpha(path: Path) -> None:
    pixels = np.dstack([np.asarray(scene()), np.full(SIZE[::-1], 255, np.uint8)])
    pixels[100:, :, 3] = 0
    Image.fromarray(pixels).save(path)


def save_turned(path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    scene().transpose(Image.Transpose.ROTATE_90).save(path, quality=95, exif=exif)


@pytest.mark.parametrize(
    ("save", "name", "note"),
    [
        (save_gif, "photo.gif", ""),
        (save_cmyk, "photo.jpg", "converted from CMYK"),
        (save_palette, "photo.png", ""),
        (save_alpha, "photo.png", "transparent parts are shown on white"),
        (save_turned, "photo.jpg", ""),
        (save_turned, "mein größtes Föto 鳩 (2).jpg", ""),
    ],
)
def test_pictures_of_all_kinds(
    command: Command, colour_model: list[str], tmp_path: Path, save: Callable[[Path], None], name: str, note: str
) -> None:
    save(tmp_path / name)
    run = command("detect", tmp_path / name, *colour_model)
    assert (run.code, run.err) == (0, "")
    assert note in run.out and ("note:" in run.out) == bool(note)
    (red,) = (found for found in objects(tmp_path / f"{Path(name).stem}.eyecandy") if found["word"] == "red")
    np.testing.assert_allclose(red["bbox"], RED_BOX, atol=4)  # upright, in the photo's own pixels
    assert json.loads((tmp_path / f"{Path(name).stem}.eyecandy" / MARKER).read_text())["notes"] == [note] * bool(note)


@pytest.mark.parametrize("mode", ["I;16", "L", "1"])
def test_grey_pictures(command: Command, colour_model: list[str], tmp_path: Path, mode: str) -> None:
    grey = np.full(SIZE[::-1], 0.5)
    grey[32:96, 48:112] = 1
    if mode == "I;16":
        image = Image.fromarray((grey * 65535).astype(np.uint16))
    else:
        image = Image.fromarray((grey * 255).astype(np.uint8)).convert(mode)
    image.save(tmp_path / "photo.png")
    assert command("detect", tmp_path / "photo.png", *colour_model).code == 0
    found = objects(tmp_path / "photo.eyecandy")
    if mode != "1":  # whose grey is a pattern of dots
        np.testing.assert_allclose(next(o["bbox"] for o in found if o["word"] == "white"), RED_BOX, atol=4)


@pytest.mark.parametrize("level", [0, 127, 255])
def test_a_flat_picture_holds_no_object_which_is_an_answer(command: Command, tmp_path: Path, level: int) -> None:
    Image.new("RGB", (300, 200), (level,) * 3).save(tmp_path / "photo.png")
    run = command("detect", tmp_path / "photo.png")
    assert (run.code, run.err) == (0, "")
    assert "no object found: nothing scores 0.20 or more" in run.out
    assert objects(tmp_path / "photo.eyecandy") == []


# Output


def test_output_that_exists(command: Command, colour_model: list[str], tmp_path: Path) -> None:
    scene().save(tmp_path / "photo.png")
    for name, holds in (("file", None), ("folder", "thesis.txt")):
        path = tmp_path / name
        if holds is None:
            path.write_text("mine")
        else:
            path.mkdir()
            (path / holds).write_text("mine")
        for option in ((), ("--overwrite",)):
            run = command("detect", tmp_path / "photo.png", "-o", path, *option)
            assert run.code == 2 and run.err.count("\n") == 1 and repr(str(path)) in run.err
        assert (path if holds is None else path / holds).read_text() == "mine"
    assert command("detect", tmp_path / "photo.png", *colour_model).code == 0
    before = (tmp_path / "photo.eyecandy" / MARKER).stat()
    run = command("detect", tmp_path / "photo.png", *colour_model)
    assert run.code == 2 and "exists already; pass --overwrite" in run.err
    assert (tmp_path / "photo.eyecandy" / MARKER).stat() == before
    assert command("detect", tmp_path / "photo.png", *colour_model, "--overwrite").code == 0
    assert (tmp_path / "photo.eyecandy" / MARKER).stat().st_ino != before.st_ino


def test_a_full_disk(
    command: Command, colour_model: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene().save(tmp_path / "photo.png")

    def full(path: Path, found: Detection) -> None:
        path.write_bytes(b"half of it")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(results, "write_masks", full)
    run = command("detect", tmp_path / "photo.png", *colour_model)
    assert run.code == 2 and run.err.count("\n") == 1 and "the disk is full" in run.err
    assert [path.name for path in tmp_path.iterdir()] == ["photo.png"]


@pytest.mark.parametrize(
    ("number", "says"), [(errno.EROFS, "read-only"), (errno.EACCES, "no permission"), (errno.ENOSPC, "full")]
)
def test_a_disk_that_takes_nothing(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, says: str
) -> None:
    scene().save(tmp_path / "photo.png")
    real = os.mkdir

    def mkdir(path: str | Path, *arguments: object, **options: object) -> None:
        if Path(path).is_relative_to(tmp_path):
            raise OSError(number, os.strerror(number), str(path))
        real(path, *arguments, **options)

    monkeypatch.setattr(os, "mkdir", mkdir)
    # before anything is looked at: who waits for a result should not lose it
    assert says in refused(command("detect", tmp_path / "photo.png"), tmp_path, "photo.png")


# Options


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--top", "1001"), "--top must be 1 to 1000"),
        (("--top", "0"), "--top must be at least 1"),
        (("--components", "21"), "--components must be 1 to 20"),
        (("--top", "5", "--components", "6"), "--components must be 1 to 5"),
        (("--backbone", "vgg15"), "unknown backbone 'vgg15'; nearest is"),
        (("--backbone", "gone.keras"), "gone.keras"),
        (("--signal", "telepathy"), "unknown --signal 'telepathy'; expected features, places"),
        (("--decomposition", "ica"), "unknown --decomposition 'ica'; expected pca, varimax, nmf or none"),
        (("--refine", "scissors"), "unknown --refine 'scissors'"),
        (("--reading", "tea"), "unknown --reading 'tea'"),
        (("--size", "0"), "--size must be at least 1"),
        (("--size", "31"), "--size must be at least 32"),
        (("--min-score", "1"), "--min-score must be"),
        (("--min-score", "nan"), "--min-score must be"),
        (("--weights", "gone.npz"), "gone.npz"),
        (("--labels", "gone.txt"), "gone.txt"),
        (("--preprocessing", "caffe"), "has no effect"),
        (("--pooling", "average"), "has no effect"),
    ],
)
def test_options_out_of_range(command: Command, tmp_path: Path, options: tuple[str, ...], says: str) -> None:
    scene().save(tmp_path / "photo.png")
    run = command("detect", tmp_path / "photo.png", *options)
    assert run.code == 2 and run.err.count("\n") == 1 and says in run.err
    assert [path.name for path in tmp_path.iterdir()] == ["photo.png"]

"""What a photo lets through stays so in what is painted of it; black bars and white grounds stay what they are."""

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from easel import SMALL
from PIL import Image

from eyecandy import dream, images, style
from eyecandy.art.core.canvas import FourierCanvas
from eyecandy.art.core.render import to_uint8
from eyecandy.backbone.model import Backbone
from eyecandy.cli.app import run
from eyecandy.images import load, resize
from eyecandy.images.alpha import opaque, transparent

SAMPLES = Path(__file__).parent.parent / "samples"
KNOBS = {"size": 64, "scales": 1, "iterations": 2, "margin": 8}


@pytest.fixture
def cut_out(tmp_path: Path) -> Path:
    """A photo of which a quarter is gone, and a quarter half there."""
    pixels = resize(load(SAMPLES / "china.jpg").pixels, (64, 64))
    alpha = np.repeat(np.repeat(np.array([[0, 128, 255, 255]], np.uint8), 64, 0), 16, 1)
    Image.fromarray(np.dstack([pixels, alpha])).save(tmp_path / "cut.png")
    return tmp_path / "cut.png"


def test_a_photo_knows_how_opaque_it_is_upright(tmp_path: Path) -> None:
    stored = np.zeros((2, 3, 4), np.uint8)
    stored[0, 0, 3] = 255
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(stored).save(tmp_path / "a.png", exif=exif)
    photo = load(tmp_path / "a.png")
    assert photo.alpha is not None and photo.alpha.tolist() == [[0, 255], [0, 0], [0, 0]]
    assert load(stored[..., :3]).alpha is None
    stored[..., 3] = 255
    assert load(stored).alpha is None


def test_taking_a_picture_from_white_and_showing_it_there_again() -> None:
    seen = np.random.default_rng(0).integers(0, 256, (40, 50, 4), np.uint8)
    shown = opaque(seen)
    again = transparent(shown, seen[..., 3])
    np.testing.assert_array_equal(again[..., 3], seen[..., 3])
    assert np.abs(opaque(again).astype(int) - shown).max() <= 1
    clear = seen[..., 3] > 200
    assert np.abs(again[clear].astype(int) - seen[clear]).max() <= 1


@pytest.mark.parametrize("make", [dream, lambda photo, **more: style(photo, SAMPLES / "brick.jpg", **more)])
def test_transparent_stays_transparent(net: Backbone, cut_out: Path, tmp_path: Path, make) -> None:
    made = make(cut_out, backbone=net, **KNOBS)
    alpha = load(cut_out).alpha
    np.testing.assert_array_equal(made.image[..., 3], alpha)
    for name in ("a.png", "a.webp", "a.tif"):
        made.save(tmp_path / name)
        with Image.open(tmp_path / name) as saved:
            np.testing.assert_array_equal(np.asarray(saved)[..., 3], alpha)
    made.save(tmp_path / "a.jpg")
    assert load(tmp_path / "a.jpg").pixels[:, :15].min() > 245


def test_the_command_keeps_it_on_the_way_too(cut_out: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    output = tmp_path / "out.png"
    options = ("--output", str(output), "--every", "3", "--film", str(tmp_path / "grow.gif"), *SMALL)
    assert run(["dream", str(cut_out), *options]) == 0
    for path in (output, tmp_path / "out-00003.png"):
        alpha = load(path).alpha
        assert alpha is not None and sorted(set(alpha[:, ::16].ravel().tolist())) == [0, 128, 255]
    assert load(tmp_path / "grow.gif").size == (64, 64)
    assert run(["again", str(output)]) == 0
    assert "the pixels are the same" in capsys.readouterr().out
    assert (tmp_path / "out-again.png").read_bytes() == output.read_bytes()


def letterbox() -> np.ndarray:
    pixels = np.zeros((64, 64, 3), np.uint8)
    pixels[:16] = 255
    pixels[20:48] = resize(load(SAMPLES / "china.jpg").pixels, (64, 28))
    return pixels


def test_the_spectrum_shows_black_and_white_as_they_are() -> None:
    pixels = letterbox()
    canvas = FourierCanvas((64, 64))
    parameters = canvas.parameters(pixels)
    np.testing.assert_array_equal(to_uint8(canvas.picture(parameters)[0]), pixels)
    np.testing.assert_array_equal(to_uint8(canvas.image(tf.constant(parameters))[0].numpy()), pixels)


def test_a_slope_leads_back_from_white_and_black_and_none_beyond() -> None:
    canvas = FourierCanvas((16, 16))
    for level, inward in ((255, 1.0), (0, -1.0)):
        start = canvas.parameters(np.full((16, 16, 3), level, np.float32)) * 1.01  # beyond
        for sign in (inward, -inward):
            values = tf.Variable(start)
            with tf.GradientTape() as tape:
                picture = canvas.image(values)
                loss = tf.reduce_sum(picture) * sign
            slopes = tape.gradient(loss, values).numpy()
            assert (np.abs(slopes).max() > 0) == (sign == inward)
            told = canvas.gradient(picture.numpy(), np.full((1, 16, 16, 3), sign, np.float32))
            np.testing.assert_allclose(told, slopes, rtol=1e-4, atol=1e-4)


def test_at_strength_0_the_photo_is_kept(net: Backbone) -> None:
    photo = letterbox()
    for canvas in ("fourier", "pixel"):
        made = style(photo, SAMPLES / "brick.jpg", strength=0, canvas=canvas, keep_colour=True, backbone=net, **KNOBS)
        np.testing.assert_array_equal(made.image, photo)
        assert made.record["iterations"] == 0 and made.stopped is None
    moved = style(photo, SAMPLES / "brick.jpg", strength=0.5, backbone=net, **KNOBS)
    assert np.abs(moved.image.astype(int) - photo)[20:48].mean() > 1
    still = dream(photo, backbone=net, rate=1e-6, **KNOBS)
    np.testing.assert_array_equal(still.image, photo)


def test_a_command_at_strength_0(painting_folder: Path, capsys: pytest.CaptureFixture) -> None:
    images.save("bars.png", letterbox())
    options = ("--strength", "0", "--film", "grow.gif", "--output", "out.png", *SMALL)
    assert run(["style", "bars.png", "style_flow.jpg", *options]) == 0
    np.testing.assert_array_equal(load("out.png").pixels, letterbox())
    assert run(["again", "out.png"]) == 0
    assert "the pixels are the same" in capsys.readouterr().out

"""PIL images and arrays as pictures: taken as they are, or refused with what was expected."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from pictures import BLUE, RED, UPRIGHT, WHITE, refusal
from PIL import Image

from eyecandy.images import load


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

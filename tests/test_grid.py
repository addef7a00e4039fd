"""Maps on a common grid: what is linear in the picture stays where it is, wherever a network's positions lie."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eyecandy.backbone.layers import Layer
from eyecandy.detection.find.views import resample


def layer_of(stride: int, offset: tuple[float, float]) -> Layer:
    return Layer("somewhere", 3, stride, None, None, offset)


def ramp(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Two channels, each linear in the place."""
    return np.stack(np.broadcast_arrays(0.25 * x - 0.5 * y + 3, y - 7.0), -1)


def positions(count: int, layer: Layer, axis: int) -> np.ndarray:
    return layer.offset[axis] + layer.stride * np.arange(count)


def middles(count: int, pixels: int) -> np.ndarray:
    return (np.arange(count) + 0.5) * pixels / count - 0.5


@settings(max_examples=60, deadline=None)
@given(
    stride=st.sampled_from([1, 4, 16]),
    offset=st.tuples(st.floats(-8, 24), st.floats(-8, 24)),
    shape=st.tuples(st.integers(2, 9), st.integers(2, 9)),
    cells=st.tuples(st.integers(1, 30), st.integers(1, 30)),
    mirrored=st.booleans(),
)
def test_a_ramp_stays_the_ramp_and_goes_on_level_outside(
    stride: int, offset: tuple[float, float], shape: tuple[int, int], cells: tuple[int, int], mirrored: bool
) -> None:
    layer = layer_of(stride, offset)
    seen = shape[1] * stride, shape[0] * stride
    y, x = positions(shape[0], layer, 0), positions(shape[1], layer, 1)
    if mirrored:
        x = seen[0] - 1 - x  # what lies there in the photo itself
    placed = resample(ramp(x[None], y[:, None]).astype(np.float32), layer, seen, cells, mirrored)
    at = np.clip(middles(cells[0], seen[0]), x.min(), x.max()), np.clip(middles(cells[1], seen[1]), y.min(), y.max())
    assert placed.shape == (cells[1], cells[0], 2)
    np.testing.assert_allclose(placed, ramp(at[0][None], at[1][:, None]), atol=1e-3)


def test_one_position_fills_the_picture() -> None:
    placed = resample(np.array([[[2.0, -1.0]]], np.float32), layer_of(32, (15.5, 15.5)), (32, 32), (5, 4))
    assert placed.shape == (4, 5, 2)
    np.testing.assert_array_equal(placed[..., 0], 2)
    np.testing.assert_array_equal(placed[..., 1], -1)


@pytest.mark.parametrize("offset", [7.5, 15.0])
def test_a_photo_and_its_mirror_image_agree(offset: float) -> None:
    """A step in the middle: both ways of looking put it in the middle, however far off the positions are."""
    layer = layer_of(16, (offset, offset))
    x = positions(8, layer, 1)
    step = np.clip((np.broadcast_to(x, (8, 8)) - 63.5) / 32, -1, 1)[..., None].astype(np.float32)
    in_mirror = np.clip((63.5 - np.broadcast_to(x, (8, 8))) / 32, -1, 1)[..., None].astype(np.float32)
    both = [
        resample(step, layer, (128, 128), (8, 8)),
        resample(in_mirror, layer, (128, 128), (8, 8), mirrored=True),
    ]
    for one in both:
        assert one[0, 3, 0] < 0 < one[0, 4, 0]
    np.testing.assert_allclose((both[0] + both[1])[:, ::-1], -(both[0] + both[1]), atol=1e-5)

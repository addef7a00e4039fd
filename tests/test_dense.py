"""A network looked through at more places than it has by itself."""

import numpy as np
import pytest

from eyecandy._tensorflow import tf
from eyecandy.backbone.model import Backbone


def noise(*size: int, number: int = 1) -> np.ndarray:
    return np.random.default_rng(0).uniform(0, 255, (number, *size, 3)).astype(np.float32)


@pytest.mark.parametrize("size", [(64, 96), (75, 50)])
@pytest.mark.parametrize(("stride", "times"), [(32, 1), (16, 2), (8, 4)])
def test_its_own_places_are_among_them(net: Backbone, size: tuple[int, int], stride: int, times: int) -> None:
    images = noise(*size, number=2)
    plain = net.class_map(images)
    dense = net.dense(stride, ["block4_conv6"])

    seen = dense(images)

    assert seen["class_map"].shape == (2, plain.shape[1] * times, plain.shape[2] * times, 1000)
    (down, across), (y, x) = dense.own["class_map"]
    np.testing.assert_allclose(seen["class_map"][:, y::down, x::across], plain, rtol=1e-5, atol=1e-4)
    assert dense.layers["class_map"].stride == stride
    if stride > 8:
        expected = net.features(["block4_conv6"])(images)["block4_conv6"]
        np.testing.assert_allclose(seen["block4_conv6"], expected, rtol=1e-5, atol=1e-4)


def test_slopes_at_a_layer(net: Backbone) -> None:
    image = tf.constant(noise(64, 96))
    dense = net.dense(16, ["block4_conv3", "block5_conv1"])
    slopes = np.random.default_rng(1).normal(size=(3, 4, 6, 1000)).astype(np.float32)
    for to, expected in (("block4_conv3", dense(image)["block4_conv3"]), (None, image)):
        class_map, features, back = dense.pull_back(image, to)
        np.testing.assert_allclose(class_map, dense(image)["class_map"], rtol=1e-5, atol=1e-4)
        np.testing.assert_allclose(features, expected, rtol=1e-5, atol=1e-4)
        assert back(slopes).shape == (3, *features.shape[1:])

"""Class signals: closed forms on networks that can be worked out by hand, and every map alone."""

from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from eyecandy import load_backbone
from eyecandy._tensorflow import keras, tf
from eyecandy.backbone.model import Backbone
from eyecandy.backbone.scores import softmax
from eyecandy.detection.find import tracing
from eyecandy.detection.find.signals import SIGNALS, middle_layer
from eyecandy.detection.find.sizes import analysis_size
from eyecandy.detection.find.tracing import class_signals
from eyecandy.detection.find.views import resample
from eyecandy.errors import EyecandyError

STRIDE, CLASSES = 4, 5


def picture(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(height * 1000 + width).integers(0, 256, (height, width, 3), np.uint8)


@pytest.fixture(scope="module")
def kernel() -> np.ndarray:
    return np.random.default_rng(2).normal(0, 0.004, (STRIDE, STRIDE, 3, CLASSES)).astype(np.float32)


@pytest.fixture(scope="module")
def linear_net(kernel: np.ndarray) -> Backbone:
    """One convolution over patches that do not overlap: the logits of a place are linear in its 4 x 4 pixels."""
    image = keras.Input((None, None, 3))
    layer = keras.layers.Conv2D(CLASSES, STRIDE, STRIDE, "valid", use_bias=False)
    model = keras.Model(image, keras.layers.GlobalAveragePooling2D()(layer(image)), name="linear")
    layer.set_weights([kernel])
    return load_backbone(model)


def patches(pixels: np.ndarray) -> np.ndarray:
    """(rows, columns, 48): the pixels of each place of the linear network."""
    rows, columns = pixels.shape[0] // STRIDE, pixels.shape[1] // STRIDE
    whole = pixels[: rows * STRIDE, : columns * STRIDE].astype(np.float64)
    split = whole.reshape(rows, STRIDE, columns, STRIDE, 3)
    return split.transpose(0, 2, 1, 3, 4).reshape(rows, columns, -1)


def tiled(patch: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """A (4, 4) patch at every place, and zeros at the pixels that no place sees."""
    out = np.zeros(pixels.shape[:2])
    rows, columns = pixels.shape[0] // STRIDE, pixels.shape[1] // STRIDE
    out[: rows * STRIDE, : columns * STRIDE] = np.tile(patch, (rows, columns))
    return out


SIZES = [(40, 48), (37, 53)]  # the second leaves pixels over that no place sees


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["gradient", "smoothgrad"])
def test_the_gradient_of_a_linear_network_is_its_kernel(
    linear_net: Backbone, kernel: np.ndarray, name: str, size: tuple[int, int]
) -> None:
    pixels = picture(*size)
    found = class_signals(linear_net, pixels, [3, 0], signal=name)
    number = (size[0] // STRIDE) * (size[1] // STRIDE)
    for signal, label in zip(found, [3, 0], strict=True):
        expected = tiled(np.abs(kernel[..., label]).sum(2), pixels) / number
        np.testing.assert_allclose(signal, expected, rtol=1e-4, atol=1e-9)


@pytest.mark.parametrize("size", SIZES)
def test_gradient_times_input_of_a_linear_network_is_what_each_pixel_adds(
    linear_net: Backbone, kernel: np.ndarray, size: tuple[int, int]
) -> None:
    pixels = picture(*size)
    number = (size[0] // STRIDE) * (size[1] // STRIDE)
    found = class_signals(linear_net, pixels, range(CLASSES), signal="gradient-input")
    for label, signal in enumerate(found):
        weights = np.stack([tiled(kernel[:, :, channel, label], pixels) for channel in range(3)], -1) / number
        adds = (weights * (pixels.astype(np.float64) - 127)).sum(-1)
        np.testing.assert_allclose(signal, np.maximum(adds, 0), rtol=1e-3, atol=1e-6)
    assert (found == 0).any() and (found > 0).any()


@pytest.mark.parametrize("size", SIZES)
def test_places_of_a_linear_network(linear_net: Backbone, kernel: np.ndarray, size: tuple[int, int]) -> None:
    """p of a place, times the kernel's own magnitude, times p enlarged."""
    pixels = picture(*size)
    p = softmax(patches(pixels) @ kernel.reshape(-1, CLASSES))
    assert p.std() > 0.1  # or the softmax would not show in what follows
    found = class_signals(linear_net, pixels, range(CLASSES), signal="places")
    for label, signal in enumerate(found):
        magnitude = tiled(np.abs(kernel[..., label]).sum(2), pixels)
        own = np.zeros(size)
        spread = np.kron(p[..., label], np.ones((STRIDE, STRIDE)))
        own[: spread.shape[0], : spread.shape[1]] = spread
        enlarged = cv2.resize(p[..., label], size[::-1], interpolation=cv2.INTER_LINEAR)
        np.testing.assert_allclose(signal, enlarged * own * magnitude, rtol=1e-3, atol=1e-7)


def test_places_agrees_with_one_gradient_after_another(tiny_net: Backbone) -> None:
    pixels, classes = picture(69, 90), [4, 17, 0]
    image = tf.constant(pixels[None], tf.float32)
    found = class_signals(tiny_net, pixels, classes, signal="places")
    for label, signal in zip(classes, found, strict=True):
        p = softmax(tiny_net.class_map(image))[0, :, :, label]
        with tf.GradientTape() as tape:
            tape.watch(image)
            spoken = tf.reduce_sum(p * tiny_net.model(image)[0, :, :, label])
        gradient = np.abs(tape.gradient(spoken, image).numpy()[0]).sum(-1)
        enlarged = cv2.resize(p, (90, 69), interpolation=cv2.INTER_LINEAR)
        np.testing.assert_allclose(signal, enlarged * gradient, rtol=1e-3, atol=1e-4 * signal.max())


def test_features_agrees_with_one_gradient_after_another(tiny_net: Backbone) -> None:
    """At the middle layer, which has a place every 8 pixels, p enlarged to its map."""
    layer = middle_layer(tiny_net)
    assert tiny_net.layer(layer).stride == 8
    pixels, classes = picture(64, 96), [4, 17, 0]
    image = tf.constant(pixels[None], tf.float32)
    found = class_signals(tiny_net, pixels, classes, signal="features", cells=(12, 8))
    p = softmax(tiny_net.class_map(image))
    logits, features, back = tiny_net.dense(tiny_net.stride, [layer]).pull_back(image, layer)
    np.testing.assert_allclose(logits, tiny_net.class_map(image), rtol=1e-4, atol=1e-4)
    for label, signal in zip(classes, found, strict=True):
        mine = p[0, :, :, label]
        slopes = np.zeros((1, *p.shape[1:]), np.float32)
        slopes[0, :, :, label] = mine
        gradient = np.abs(np.asarray(back(tf.constant(slopes)))[0]).sum(-1)
        assert gradient.shape == features.shape[1:3] == (8, 12)
        enlarged = cv2.resize(mine, (12, 8), interpolation=cv2.INTER_LINEAR)
        expected = resample((enlarged * gradient)[..., None], tiny_net.layer(layer), (96, 64), (12, 8))[..., 0]
        np.testing.assert_allclose(signal, expected, rtol=1e-3, atol=1e-4 * signal.max())


@pytest.mark.parametrize("name", SIGNALS)
def test_on_cells_a_signal_is_where_it_is_on_pixels(colour_net: Backbone, name: str) -> None:
    pixels = np.full((64, 128, 3), 127, np.uint8)
    pixels[16:48, 80:112] = (255, 30, 0)
    (fine,) = class_signals(colour_net, pixels, [4], signal=name)
    (coarse,) = class_signals(colour_net, pixels, [4], signal=name, cells=(32, 16))
    assert fine.shape == (64, 128) and coarse.shape == (16, 32) and coarse.dtype == np.float32
    for axis in (0, 1):
        centres = [
            np.average((np.arange(signal.shape[axis]) + 0.5) / signal.shape[axis], weights=signal.sum(1 - axis))
            for signal in (fine, coarse)
        ]
        assert centres[0] == pytest.approx(centres[1], abs=0.02)


def test_a_place_that_belongs_to_another_says_nothing(colour_net: Backbone) -> None:
    pixels = np.full((64, 128, 3), (255, 0, 0), np.uint8)
    pixels[:, 64:] = (0, 0, 255)
    red, blue = class_signals(colour_net, pixels, [4, 1])
    # One place of 16 pixels beside the border is where the enlarged p fades.
    assert red[:, 72:].max() < 1e-3 * red[:, :56].min()
    assert blue[:, :56].max() < 1e-3 * blue[:, 72:].min()


@pytest.mark.parametrize("name", SIGNALS)
def test_all_maps_of_a_batch_equal_those_taken_alone_in_the_order_of_the_classes(tiny_net: Backbone, name: str) -> None:
    pixels, classes = picture(48, 67), [7, 2, 23, 11, 2]
    together = class_signals(tiny_net, pixels, classes, signal=name)
    assert together.shape == (5, 48, 67) and together.dtype == np.float32
    for label, signal in zip(classes, together, strict=True):
        (alone,) = class_signals(tiny_net, pixels, [label], signal=name)
        np.testing.assert_allclose(signal, alone, rtol=1e-3, atol=1e-5 * alone.max())
    np.testing.assert_allclose(together[1], together[4], rtol=1e-3, atol=1e-5 * together[1].max())
    first, second = (signal / signal.max() for signal in together[:2])
    assert np.abs(first - second).max() > 0.1  # classes do differ


@pytest.mark.parametrize("name", SIGNALS)
def test_in_several_batches_as_in_one(tiny_net: Backbone, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pixels, classes = picture(48, 64), np.arange(7)
    whole = class_signals(tiny_net, pixels, classes, signal=name)
    calls: list[int] = []
    compiled = tracing._compiled(tiny_net, name)

    def counted(image: tf.Tensor, some: tf.Tensor) -> tf.Tensor:
        calls.append(len(some))
        return compiled(image, some)

    monkeypatch.setattr(tracing, "_compiled", lambda backbone, name: counted)
    monkeypatch.setattr(tracing, "_PIXELS_AT_ONCE", 3 * 48 * 64)
    few = class_signals(tiny_net, pixels, classes, signal=name)
    monkeypatch.setattr(tracing, "_PIXELS_AT_ONCE", 1)  # never fewer than one class
    single = class_signals(tiny_net, pixels, classes, signal=name)
    top = whole.max((1, 2), keepdims=True)
    np.testing.assert_allclose(few / top, whole / top, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(single / top, whole / top, rtol=1e-3, atol=1e-5)
    assert calls == [3, 3, 1, *[1] * 7]


def test_the_signals_differ_and_two_runs_give_the_same_bytes(tiny_net: Backbone) -> None:
    pixels = picture(64, 80)
    found = {name: class_signals(tiny_net, pixels, [5, 9], signal=name) for name in SIGNALS}
    for name, signal in found.items():
        assert np.isfinite(signal).all() and signal.min() >= 0, name
        assert signal.std() > 0, name
        assert class_signals(tiny_net, pixels, [5, 9], signal=name).tobytes() == signal.tobytes(), name
    flat = [signal.ravel() / signal.max() for signal in found.values()]
    for i, one in enumerate(flat):
        for other in flat[:i]:
            assert np.corrcoef(one, other)[0, 1] < 0.99


def test_smoothgrad_is_smoother_than_the_gradient_of_a_network_that_saturates() -> None:
    """A step between 100 and 140, seen by one ReLU: the noise of 38 levels reaches over it, the gradient does not."""
    image = keras.Input((None, None, 3))
    layer = keras.layers.Conv2D(2, 1, activation="relu", name="step")
    logits = keras.layers.Conv2D(2, 1, use_bias=False, kernel_initializer="ones")(layer(image))
    model = keras.Model(image, keras.layers.GlobalAveragePooling2D()(logits))
    layer.set_weights([np.full((1, 1, 3, 2), 1 / 3, np.float32), np.full(2, -120, np.float32)])
    pixels = np.full((40, 80, 3), 100, np.uint8)
    pixels[:, 40:] = 140
    net = load_backbone(model)
    (sharp,), (smooth,) = (class_signals(net, pixels, [0], signal=name) for name in ("gradient", "smoothgrad"))
    assert sharp[:, :40].max() == 0
    # The mean of three channels has noise of 0.15 * 255 / sqrt(3) = 22, so it passes 120 in 18 % of the cases.
    share = smooth[:, :40].mean() / sharp[:, 40:].mean()
    assert 0.15 < share < 0.21


@pytest.mark.parametrize("name", ["features", "places"])
def test_one_trace_serves_every_size_and_number_of_classes(tiny_net: Backbone, name: str) -> None:
    net = Backbone(tiny_net.model, name="again", taps=tiny_net.layer_names, labels=tiny_net.labels)
    for height, width, number in [(64, 64, 3), (64, 96, 3), (33, 47, 1), (100, 50, 24), (64, 64, 7)]:
        class_signals(net, picture(height, width), range(number), signal=name)
    assert tracing._compiled(net, name).experimental_get_tracing_count() == 1


@pytest.mark.parametrize("name", ["Places", "grad-cam", ""])
def test_an_unknown_signal_is_named_in_the_error(tiny_net: Backbone, name: str) -> None:
    with pytest.raises(EyecandyError) as error:
        class_signals(tiny_net, picture(64, 64), [0], signal=name)
    assert repr(name) in str(error.value)
    assert all(known in str(error.value) for known in SIGNALS)


@pytest.mark.parametrize(
    ("size", "longest", "expected"),
    [
        ((448, 448), 448, (448, 448)),
        ((4000, 3000), 448, (448, 336)),
        ((3000, 4000), 448, (336, 448)),
        ((100, 60), 448, (96, 64)),  # never enlarged but for the rounding
        ((16, 4000), 448, (32, 448)),  # the network sees nothing narrower than 32
        ((16, 16), 448, (32, 32)),
    ],
)
def test_the_size_at_which_a_network_looks(
    tiny_net: Backbone, size: tuple[int, int], longest: int, expected: Sequence[int]
) -> None:
    assert analysis_size(size, longest, tiny_net) == expected


@pytest.mark.parametrize(("size", "says"), [((15, 400), "15x400"), ((1, 1), "1x1"), ((4000, 1), "4000x1")])
def test_a_picture_too_small_to_hold_an_object(tiny_net: Backbone, size: tuple[int, int], says: str) -> None:
    with pytest.raises(EyecandyError, match=f"{says} pixels is too small.*at least 16"):
        analysis_size(size, 448, tiny_net)


def test_a_size_below_what_the_network_takes(tiny_net: Backbone) -> None:
    with pytest.raises(EyecandyError, match="at least 32 pixels for tiny, got 31"):
        analysis_size((400, 400), 31, tiny_net)

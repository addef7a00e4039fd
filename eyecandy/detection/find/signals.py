"""Class signals: what a class says to the pixels, as one mask a class.

Each signal is a small function from a backbone, a picture and K classes to K maps; `SIGNALS` names them. All K maps
come from one batched backward pass.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from eyecandy._tensorflow import tf
from eyecandy.arguments import check_integer, check_one_of
from eyecandy.backbone.load import BackboneLike, given_or_default
from eyecandy.backbone.model import Backbone
from eyecandy.detection.arrays import normalise, resize_masks
from eyecandy.detection.find.grid import place
from eyecandy.detection.options import DEFAULT_SIGNAL
from eyecandy.errors import EyecandyError, OptionError
from eyecandy.images import ImageLike, fit, load, resize

Signal = Callable[[Backbone, tf.Tensor, tf.Tensor], tf.Tensor]

SALIENCY_SIGNAL = "places"  # one class to the pixel, without asking what is alike to the network
WHOLE_SIGNAL = "gradient"  # likewise, of a network that has no places
_OF_A_WORD = 8  # classes that speak for it
SMOOTHGRAD_SAMPLES = 8
SMOOTHGRAD_NOISE = 0.15  # of the picture's range, as in the paper

# Above this, the classes go through in several batches: the activations of the backward pass are what fills memory.
_PIXELS_AT_ONCE = 10 * 448 * 448


def _places(backbone: Backbone, image: tf.Tensor, classes: tf.Tensor) -> tf.Tensor:
    """Where each place's own softmax lets a class speak, at the sharpness of the pixel gradient.

    p * |d/dx sum_places stop(p) * logit|, p the softmax of the class map at each place, upsampled. A place that
    belongs to another object has p near 0 and sends nothing: that is what tells neighbours apart. (Where classes do not
    compete, p is the sigmoid of the class.)
    """
    logits, back = backbone.pull_back(image)
    likely = _probabilities(logits, backbone)
    p = tf.transpose(tf.gather(likely, classes, axis=-1), (3, 1, 2, 0))
    gradient = tf.reduce_sum(tf.abs(back(p * _only(classes, logits))), -1)
    return tf.image.resize(p, tf.shape(image)[1:3])[..., 0] * gradient


def _features(backbone: Backbone, image: tf.Tensor, classes: tf.Tensor) -> tf.Tensor:
    """Where each position's own softmax lets a class speak, at the sharpness of a middle layer.

    p * sum_channels |d/da sum_positions stop(p) * logit|, a the features of the last middle layer, p as in `_places`:
    the same signal, taken back as far as shapes are found and not to the grain of pixels, in a quarter of the time.
    """
    tap = middle_layer(backbone)
    logits, features, back = backbone.dense(1 << 20, [tap]).pull_back(image, tap)
    likely = _probabilities(logits, backbone)
    p = tf.transpose(tf.gather(likely, classes, axis=-1), (3, 1, 2, 0))
    gradient = tf.reduce_sum(tf.abs(back(tf.ensure_shape(p, (None, None, None, 1)), classes)), -1)
    return tf.image.resize(p, tf.shape(features)[1:3])[..., 0] * gradient


def _probabilities(logits: tf.Tensor, backbone: Backbone) -> tf.Tensor:
    return tf.nn.sigmoid(logits) if backbone.scores == "sigmoid" else tf.nn.softmax(logits)


def middle_layer(backbone: Backbone) -> str:
    """The last layer whose stride is at most half of the class map's: fine, and with classes in sight."""
    fine = [layer.name for layer in backbone.layers if layer.stride <= max(1, backbone.stride // 2)]
    return fine[-1] if fine else backbone.layer_names[0]


def _input_gradient(backbone: Backbone, image: tf.Tensor, classes: tf.Tensor) -> tf.Tensor:
    """d mean logit / d pixel, (K, H, W, 3)."""
    logits, back = backbone.pull_back(image)
    share = tf.ones_like(logits[..., :1]) / tf.cast(tf.reduce_prod(tf.shape(logits)[1:3]), logits.dtype)
    return back(share * _only(classes, logits))


def _only(classes: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """(K, 1, 1, C): of all logits of a place, each class's own."""
    return tf.one_hot(classes, tf.shape(logits)[-1])[:, None, None]


def _gradient(backbone: Backbone, image: tf.Tensor, classes: tf.Tensor) -> tf.Tensor:
    """The naive reading: absolute gradient of the mean logit (Simonyan et al., arXiv:1312.6034)."""
    return tf.reduce_sum(tf.abs(_input_gradient(backbone, image, classes)), -1)


def _gradient_input(backbone: Backbone, image: tf.Tensor, classes: tf.Tensor) -> tf.Tensor:
    """Gradient times input, its positive part (Shrikumar et al., arXiv:1605.01713); grey 127 counts as no input."""
    return tf.nn.relu(tf.reduce_sum(_input_gradient(backbone, image, classes) * (image - 127), -1))


def _smoothgrad(backbone: Backbone, image: tf.Tensor, classes: tf.Tensor) -> tf.Tensor:
    """The gradient averaged over noisy copies of the picture (Smilkov et al., arXiv:1706.03825); the seed is fixed."""
    total = tf.zeros((tf.size(classes), tf.shape(image)[1], tf.shape(image)[2]))
    for seed in tf.range(SMOOTHGRAD_SAMPLES):
        noise = tf.random.stateless_normal(tf.shape(image), (seed, 0), stddev=SMOOTHGRAD_NOISE * 255)
        total += tf.reduce_sum(tf.abs(_input_gradient(backbone, image + noise, classes)), -1)
    return total / SMOOTHGRAD_SAMPLES


SIGNALS: dict[str, Signal] = {
    "features": _features,
    "places": _places,
    "gradient": _gradient,
    "gradient-input": _gradient_input,
    "smoothgrad": _smoothgrad,
}


_OF_PLACES = ("features", "places")


def check_signal(name: str) -> str:
    """The name, if there is such a signal.

    Raises:
        EyecandyError: there is none; the message lists them.
    """
    return check_one_of("signal", name, list(SIGNALS))


def class_signals(
    backbone: Backbone,
    pixels: np.ndarray,
    classes: Sequence[int] | np.ndarray,
    *,
    signal: str = DEFAULT_SIGNAL,
    cells: tuple[int, int] | None = None,
) -> np.ndarray:
    """One signal a class.

    Args:
        backbone: the network.
        pixels: (H, W, 3), RGB in 0..255, each side at least the backbone's minimum.
        classes: K class indices.
        signal: a name of `SIGNALS`.
        cells: (columns, rows) of the grid that they are wanted on; by default the pixels given.

    Returns:
        (K, rows, columns) float32, not negative; `normalise` makes masks of them.
    """
    size = cells or (pixels.shape[1], pixels.shape[0])
    function = _compiled(backbone, check_signal(signal))
    if len(classes) == 0:
        return np.zeros((0, size[1], size[0]), np.float32)
    image = tf.convert_to_tensor(pixels[None], tf.float32)
    at_once = max(1, _PIXELS_AT_ONCE // (pixels.shape[0] * pixels.shape[1]))
    batches = [
        function(image, tf.constant(classes[i : i + at_once], tf.int32)).numpy()
        for i in range(0, len(classes), at_once)
    ]
    maps = np.concatenate(batches)
    if maps.shape[1:] == pixels.shape[:2]:
        return resize_masks(maps, size)
    layer = backbone.layer(middle_layer(backbone))
    placed = place(maps.transpose(1, 2, 0), layer, (pixels.shape[1], pixels.shape[0]), size)
    return np.ascontiguousarray(placed.transpose(2, 0, 1))


def _compiled(backbone: Backbone, name: str) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    def build() -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
        # Open sizes and an open number of classes: one trace serves every photo.
        signature = [tf.TensorSpec([1, None, None, 3], tf.float32), tf.TensorSpec([None], tf.int32)]
        signal = SIGNALS[name]
        return tf.function(lambda image, classes: signal(backbone, image, classes), input_signature=signature)

    return backbone.compiled(f"signal {name}", build)


def saliency(
    image: ImageLike,
    class_indices: Any,
    *,
    backbone: BackboneLike | None = None,
    signal: str | None = None,
    size: int | None = None,
) -> np.ndarray:
    """Which pixels speak for each of some classes, or of some everyday words.

    Args:
        image: a path, a PIL image, or a uint8 array (H, W, 3).
        class_indices: K things, or one: class numbers, labels or everyday words. Of a word of several classes, those
            that the network holds likeliest in the picture, up to eight, speak together.
        backbone: the network: a `Backbone`, or whatever `load_backbone` takes; the bundled one by default.
        signal: "places" (the default), "gradient" (the default of a network that takes whole pictures only and has no
            places), "gradient-input" or "smoothgrad".
        size: longest side at which the network looks, in pixels; by default the picture's own, at most 672.

    Returns:
        (K, H, W) float32 in [0, 1], at the picture's own size.

    Raises:
        EyecandyError: not a picture, an unknown signal, or a class that the backbone does not have.
    """
    net = given_or_default(backbone)
    if signal is None:
        signal = SALIENCY_SIGNAL if net.whole is None else WHOLE_SIGNAL
    if check_signal(signal) in _OF_PLACES:
        net.need_places(f"signal {signal!r}")
    meant = net.labels.find_each(class_indices)
    longest = SALIENCY_SIZE if size is None else check_integer("size", size, 1)
    photo = load(image)
    pixels = resize(photo.pixels, analysis_size(photo.size, longest, net))
    if any(len(classes) > _OF_A_WORD for classes in meant):
        probabilities = net.probabilities(pixels[None])[0]
        meant = [sorted(classes, key=lambda index: -probabilities[index])[:_OF_A_WORD] for classes in meant]
    needed = sorted({index for classes in meant for index in classes})
    signals = dict(zip(needed, class_signals(net, pixels, needed, signal=signal), strict=True))
    joined = [sum((signals[index] for index in classes[1:]), signals[classes[0]]) for classes in meant]
    masks = np.stack(joined) if joined else np.zeros((0, *pixels.shape[:2]), np.float32)
    return resize_masks(normalise(masks), photo.size)


SALIENCY_SIZE = 672


def analysis_size(size: tuple[int, int], longest: int, backbone: Backbone) -> tuple[int, int]:
    """The size at which a backbone looks at a photo: sides that its stride divides, never enlarged on purpose.

    Args:
        size: (width, height) of the photo.
        longest: longest side wanted.

    Returns:
        (width, height).

    Raises:
        EyecandyError: the photo, or `longest`, is too small for the backbone.
    """
    if longest < backbone.minimum:
        raise OptionError(
            "{} must be at least {least} pixels for {backbone}, got {got}",
            "size",
            least=backbone.minimum,
            backbone=backbone.name,
            got=longest,
        )
    if min(size) < MINIMUM_PHOTO:
        raise EyecandyError(
            f"a picture of {size[0]}x{size[1]} pixels is too small to hold an object; "
            f"expected at least {MINIMUM_PHOTO} pixels a side"
        )
    width, height = fit(size, longest, backbone.stride)
    return max(width, backbone.minimum), max(height, backbone.minimum)


MINIMUM_PHOTO = 16

"""Objectives of the colours alone: those of a photo, its light and dark, and room at either end of the scale. They
ask no network."""

from typing import Any

import numpy as np

from eyecandy._tensorflow import tf
from eyecandy.art.core import losses
from eyecandy.art.core.objectives import Objective, Seen, Term
from eyecandy.art.core.palette import Palette

PATCHES = 16  # along the longest side, in which colours are held each for itself
SMALLEST_PATCH = 4  # pixels
PARTS_SHARE = 2.5  # of the patches, beside the colours of the whole picture
CLIPPED = 15.5  # grey levels from black and from white that are to stay empty
CLIPPED_SHARE = 2.5
_NATURAL_MEAN = (0.485, 0.456, 0.406)  # of ImageNet's photos, as shares of 255
_NATURAL_ROOT = np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]])  # of their covariance: Lucid's
CELLS = 48  # along the longest side, whose lightness tells a form's light from its dark
_STRANGE = 0.1  # of white: so far from a palette, colours count as a loss of 1
_LIGHT = (0.299, 0.587, 0.114)  # of red, green and blue: the luma of ITU-R BT.601


def held(photo: tf.Tensor) -> Objective:
    """Keep a photo's colours: of the whole, of each part of it, and none of them clipped; the loss is called "colour".

    The whole alone would let a sky go white where something else gets darker.

    Args:
        photo: (1, H, W, 3) in 0..255, at the canvas's size. What is measured of a variable is measured at every step,
            so that the photo may change.
    """
    patch = max(SMALLEST_PATCH, max(photo.shape[1:3]) // PATCHES)

    def measured() -> tuple[losses.Loss, tf.Tensor]:
        pixels = tf.cast(photo, tf.float32)
        spread = tf.math.reduce_variance(pixels / 255 - tf.reduce_mean(pixels / 255, (0, 1, 2))) + 1e-6
        return losses.colour_distance(*losses.colour_statistics(pixels)), spread

    still = None if isinstance(photo, tf.Variable) else measured()

    def sums(seen: Seen) -> tuple[Any, ...]:
        assert seen.image is not None and seen.target_image is not None
        away = _patches((seen.image - tf.cast(seen.target_image, tf.float32)) / 255, patch)
        return losses.moments(seen.image), losses.total(tf.square(away)), losses.total(_beyond(seen.image))

    def loss(sums: tuple[Any, ...]) -> tf.Tensor:
        all_, parts, beyond = sums
        whole, spread = measured() if still is None else still
        # The root has no gradient at zero; there it is to be zero and not NaN.
        apart = tf.sqrt(losses.mean(parts) / spread + 1e-8)
        return whole.value(all_) + PARTS_SHARE * apart + CLIPPED_SHARE * losses.mean(beyond)

    return Objective(((1.0, Term("colour", sums, loss, target_image=photo, rows=patch)),))


def light(photo: tf.Tensor) -> Objective:
    """Be light and dark where a photo is, in no finer cells than forms need; the loss is called "light".

    The correlation of the cells' lightness: a painting may be darker or duller as a whole.

    Args:
        photo: (1, H, W, 3) in 0..255, at the canvas's size.
    """
    cell = max(1, max(photo.shape[1:3]) // CELLS)

    def cells(image: tf.Tensor | None) -> tf.Tensor:
        assert image is not None
        return _patches(tf.tensordot(tf.cast(image, tf.float32), tf.constant(_LIGHT), 1)[..., None] / 255, cell)

    def sums(seen: Seen) -> Any:
        return losses.correlation.sums(cells(seen.image), cells(seen.target_image))

    return Objective(((1.0, Term("light", sums, losses.correlation.value, target_image=photo, rows=cell)),))


def within(palette: Palette) -> Objective:
    """Have no colours that a palette does not reach; the loss is called "palette".

    Gram matrices of linear features do not tell a colour from its opposite: among oranges, blue grain.
    """
    axes, middle = tf.constant(palette.axes, tf.float32), tf.constant(palette.mean, tf.float32)
    least, most = (tf.constant(end, tf.float32) for end in palette.reach)

    def sums(seen: Seen) -> Any:
        assert seen.image is not None
        along = tf.tensordot(seen.image / 255 - middle, axes, 1)
        return losses.total(tf.square(along - tf.clip_by_value(along, least, most)))

    def loss(sums: Any) -> tf.Tensor:
        return 3 * losses.mean(sums) / _STRANGE**2

    return Objective(((1.0, Term("palette", sums, loss)),))


def matched(mean: tf.Tensor, covariance: tf.Tensor, *, clipped: float | tf.Tensor = 0.0) -> Objective:
    """Take on the colours of a picture, given as `losses.colour_statistics`, in units of their own spread, and no more
    of them clipped than `clipped`, which `clipped_share` measures. What is made of variables is made at every step."""
    still = None if isinstance(mean, tf.Variable) else losses.colour_deviation(mean, covariance)

    def sums(seen: Seen) -> tuple[Any, ...]:
        return losses.moments(seen.image), losses.total(_beyond(seen.image))

    def loss(sums: tuple[Any, ...]) -> tf.Tensor:
        deviation = losses.colour_deviation(mean, covariance) if still is None else still
        return deviation.value(sums[0]) + CLIPPED_SHARE * tf.nn.relu(losses.mean(sums[1]) - clipped)

    return Objective(((1.0, Term("colour", sums, loss)),))


def natural() -> Objective:
    """Take on the colours that photos have on the whole, and none clipped: for a picture that begins as noise."""
    covariance = _NATURAL_ROOT @ _NATURAL_ROOT.T
    return matched(tf.constant(_NATURAL_MEAN), tf.constant(covariance, tf.float32))


def clipped_share(image: tf.Tensor) -> tf.Tensor:
    """How much of a picture (N, H, W, 3) in 0..255 lies in the clipped ends: 1 for black and white alone."""
    return losses.mean(losses.total(_beyond(image)))


def _patches(image: tf.Tensor, side: int) -> tf.Tensor:
    """Means over squares of a picture; those that reach beyond its right or lower edge hold zeros there."""
    height, width = tf.shape(image)[1], tf.shape(image)[2]
    whole = tf.pad(image, [[0, 0], [0, -height % side], [0, -width % side], [0, 0]])
    return tf.nn.avg_pool2d(whole, side, side, "VALID")


def _beyond(image: tf.Tensor) -> tf.Tensor:
    """How far pixels lie in the clipped ends: 0 outside them, 1 at black and white."""
    return tf.nn.relu(tf.abs(image - 127.5) - (127.5 - CLIPPED)) / CLIPPED

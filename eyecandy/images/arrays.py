"""What an array must be to count as a picture."""

import numpy as np

from eyecandy.errors import EyecandyError

_EXPECTED = "a uint8 array of shape (H, W, 3) RGB, (H, W) grey or (H, W, 4) RGBA"


def picture_array(source: object) -> np.ndarray:
    """A picture given as numbers, checked.

    Args:
        source: a uint8 array, or anything that np.asarray turns into one (a tensor of TensorFlow, PyTorch or
            JAX that lies in main memory), of shape (H, W), (H, W, 1), (H, W, 3) or (H, W, 4), values 0..255.

    Returns:
        uint8, C-contiguous, of shape (H, W), (H, W, 3) or (H, W, 4); the given memory itself where that is
        possible, a copy otherwise.

    Raises:
        EyecandyError: another dtype or shape, or a side of zero pixels.
    """
    if not hasattr(source, "__array__"):
        raise EyecandyError(f"expected {_EXPECTED}, got {type_name(source)}")
    try:
        array = np.asarray(source)
    except (TypeError, ValueError, RuntimeError) as error:  # for instance a tensor in a GPU's memory
        reason = " ".join(str(error).split())
        raise EyecandyError(f"expected {_EXPECTED}; {type_name(source)} gives no array: {reason}") from error

    came = f"{array.dtype} of shape {array.shape}"
    if array.dtype != np.uint8:
        raise EyecandyError(f"expected {_EXPECTED}, got {came}; {_dtype_advice(array.dtype)}")
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if not (array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (3, 4))):
        raise EyecandyError(f"expected {_EXPECTED}, got {came}; {_shape_advice(array.shape)}")
    if 0 in array.shape:
        raise EyecandyError(f"expected {_EXPECTED} of at least 1 pixel, got {came}, which holds no pixels")
    return np.ascontiguousarray(array)


def type_name(source: object) -> str:
    """The type of something that should have been a picture, as a user knows it."""
    kind = type(source)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"


def _dtype_advice(dtype: np.dtype) -> str:
    if np.issubdtype(dtype, np.floating):
        return "for values from 0 to 1 pass (255 * array).round().astype('uint8')"
    return "bring the values to 0..255 and pass array.astype('uint8')"


def _shape_advice(shape: tuple[int, ...]) -> str:
    if len(shape) == 4:
        return "pass one picture at a time"
    if len(shape) == 3 and shape[0] in (1, 3, 4):
        return "the channels come last: pass array.transpose(1, 2, 0)"
    return "pass one picture with its channels last"

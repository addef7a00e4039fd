"""Numbers of any kind and range as the 256 levels of a picture."""

import numpy as np

_BITS = (8, 10, 12, 14, 16, 24)  # that cameras and scanners deliver in wider numbers
_UNUSED = 4  # bits: where the brightest number leaves as many free, the picture would be all but black


def eight_bits(values: np.ndarray, white: float | None = None) -> tuple[np.ndarray, list[str]]:
    """Integers or floating-point numbers as levels from black to white.

    Integers have the range of their bits. Where four or more of these lie idle, it is the least usual depth (8, 10, 12,
    14, 16 or 24 bits) that holds them, which a remark says. Floating point from 0 to 1 keeps its meaning. Other ranges,
    and a small one around 0 of integers with a sign, have none that a file states: their least value becomes black and
    their greatest white.

    Args:
        values: of any shape, bool, integer or floating point.
        white: the number that is white, where that is known; black is 0 then, and no number may be below it.

    Returns:
        uint8 of the same shape, and remarks for the user in plain words.
    """
    if values.dtype == bool:
        return np.where(values, 255, 0).astype(np.uint8), []
    if values.dtype == np.uint8 and white in (None, 255):
        return values, []
    if np.issubdtype(values.dtype, np.complexfloating):
        raise ValueError("its values are complex numbers, which are no colours")
    floating = np.issubdtype(values.dtype, np.floating)
    known = values
    if floating:
        finite = np.isfinite(values)
        known = values if finite.all() else values[finite]
    if known.size == 0:
        return np.zeros(values.shape, np.uint8), ["it holds no finite values and is shown black"]
    least, greatest = known.min().item(), known.max().item()
    notes = []
    top = white if white is not None else 1 if floating else _top(values.dtype, greatest)
    if least >= 0 and greatest <= top:
        if white is None and not floating and top < _range(values.dtype):
            bits = 8 * values.dtype.itemsize
            notes.append(f"its values need only {(int(top) + 1).bit_length() - 1} of {bits} bits: {top:g} is white")
        least, greatest = 0, top
    elif white is not None and least >= 0:
        least, greatest = 0, white  # what is brighter is white as well
    elif np.issubdtype(values.dtype, np.signedinteger) and greatest - least > _span(values.dtype) >> _UNUSED:
        least, greatest = np.iinfo(values.dtype).min, _range(values.dtype)
    else:
        notes.append(f"its values from {least:g} to {greatest:g} are shown from black to white")
    if known.size < values.size:
        notes.append("values that are not finite are shown at the ends of the range")
    return _scaled(values, least, greatest), notes


def _scaled(values: np.ndarray, least: float, greatest: float) -> np.ndarray:
    if values.dtype == np.uint16 and least == 0:  # by a table: photos of 16 bits are many, and large
        levels = np.minimum((np.arange(65536, dtype=np.int64) * 510 + int(greatest)) // (2 * int(greatest)), 255)
        return np.asarray(levels.astype(np.uint8)[values])
    # float64, because float32 holds neither every 32-bit integer nor the span of its own extremes
    with np.errstate(invalid="ignore"):  # signalling NaNs
        scaled = values.astype(np.float64)
    np.nan_to_num(scaled, copy=False, nan=least, posinf=greatest, neginf=least)
    np.clip(scaled, least, greatest, out=scaled)
    scaled -= least
    scaled *= 255 / (greatest - least or 1)
    return np.rint(scaled, out=scaled).astype(np.uint8)


def _range(dtype: np.dtype) -> int:
    return int(np.iinfo(dtype).max)


def _span(dtype: np.dtype) -> int:
    return _range(dtype) - int(np.iinfo(dtype).min)


def _top(dtype: np.dtype, greatest: int) -> int:
    """The integer that is white."""
    whole = _range(dtype)
    if greatest == 0 or greatest > whole >> _UNUSED or dtype.itemsize == 1:
        return whole
    return next((1 << bits) - 1 for bits in (*_BITS, 64) if greatest < 1 << bits)

"""Pixels of any kind that a picture file can hold, brought to 8-bit sRGB without transparency."""

import io

import numpy as np
from PIL import Image, ImageCms

_PLAIN = {"1": "L", "P": "RGB", "RGBX": "RGB", "YCbCr": "RGB", "HSV": "RGB"}
_DEEP = ("I;16", "I;16L", "I;16B", "I;16N", "I", "F")


def to_srgb(image: Image.Image) -> tuple[Image.Image, list[str]]:
    """Converts a decoded picture; the given one is left as it is.

    Returns:
        The picture in mode RGB, of the same size and orientation, and remarks for the user in plain words.
    """
    notes: list[str] = []
    profile = image.info.get("icc_profile")
    alpha: Image.Image | None = None
    if image.mode in _DEEP:
        image, alpha, note = _eight_bits(image)
        notes += note
    elif image.has_transparency_data:
        with_alpha = image.convert("LA" if image.mode in ("1", "L", "LA", "La") else "RGBA")
        alpha = with_alpha.getchannel("A")
        image = with_alpha.convert(with_alpha.mode[:-1])
    if image.mode in _PLAIN:
        image = image.convert(_PLAIN[image.mode])
    if image.mode in ("CMYK", "LAB"):
        notes.append(f"converted from {image.mode}")
    image, note = _managed(image, profile)
    notes += note
    if alpha is not None and alpha.getextrema() != (255, 255):
        white = Image.new("RGB", image.size, "white")
        white.paste(image, mask=alpha)
        image = white
        notes.append("transparent parts are shown on white")
    return image, notes


def _eight_bits(image: Image.Image) -> tuple[Image.Image, Image.Image | None, list[str]]:
    """A picture of 16-bit, 32-bit or floating-point grey as 8-bit grey, its transparency, and remarks.

    Integers from 0 to 65535 and floating point from 0 to 1 keep their meaning: black to white. Other ranges have
    none that a file states, so their least value becomes black and their greatest white.
    """
    values = np.asarray(image)
    transparent = image.info.get("transparency")
    alpha = None
    if isinstance(transparent, int):
        alpha = Image.fromarray(np.where(values == transparent, 0, 255).astype(np.uint8))
    if image.mode.startswith("I;16"):
        levels = (np.arange(65536) * 255 + 32767) // 65535
        return Image.fromarray(levels.astype(np.uint8)[values]), alpha, []

    finite = np.isfinite(values)
    known = values if finite.all() else values[finite]
    if known.size == 0:
        return Image.new("L", image.size), alpha, ["it holds no finite values and is shown black"]
    least, greatest = known.min().item(), known.max().item()
    white = 1 if image.mode == "F" else 65535
    notes = []
    if least >= 0 and greatest <= white:
        least, greatest = 0, white
    else:
        notes.append(f"its values from {least:g} to {greatest:g} are shown from black to white")
    if known.size < values.size:
        notes.append("values that are not finite are shown at the ends of the range")
    # float64, because float32 holds neither every 32-bit integer nor the span of its own extremes
    scaled = np.nan_to_num(values.astype(np.float64), copy=False, nan=least, posinf=greatest, neginf=least)
    scaled -= least
    scaled *= 255 / (greatest - least or 1)
    return Image.fromarray(np.rint(scaled, out=scaled).astype(np.uint8)), alpha, notes


def _managed(image: Image.Image, profile: bytes | None) -> tuple[Image.Image, list[str]]:
    """Mode L, RGB, CMYK or LAB to sRGB, by the embedded profile where there is a usable one."""
    if image.mode == "LAB":
        lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
        return _transformed(image, lab), []
    if profile is None:
        return image if image.mode == "RGB" else image.convert("RGB"), []
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if image.mode == "L" and source.profile.xcolor_space.strip() == "RGB":
            image = image.convert("RGB")  # many grey photos carry the camera's RGB profile
        return _transformed(image, source), []
    except (ImageCms.PyCMSError, OSError):
        return image.convert("RGB"), ["its colour profile is broken and was ignored"]


def _transformed(image: Image.Image, source: ImageCms.ImageCmsProfile) -> Image.Image:
    target = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    transform = ImageCms.buildTransform(source, target, image.mode, "RGB")
    if image.mode == "RGB":
        # Most photos carry sRGB under one of its many names. A profile that moves no colour of a coarse cube by
        # more than one level is sRGB: its photos keep their exact pixels, and a large one is not copied.
        levels = np.arange(0, 256, 51, dtype=np.uint8)
        cube = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(1, -1, 3)
        moved = np.asarray(ImageCms.applyTransform(Image.fromarray(cube), transform))
        if np.abs(moved.astype(int) - cube).max() <= 1:
            return image
    result = ImageCms.applyTransform(image, transform)
    assert result is not None  # None is for inPlace=True only
    return result

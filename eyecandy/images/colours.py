"""Pixels of any kind that a picture file can hold, brought to 8-bit sRGB without transparency."""

import io

import numpy as np
from PIL import Image, ImageCms

from eyecandy.images.levels import eight_bits

_PLAIN = {"1": "L", "P": "RGB", "RGBX": "RGB", "YCbCr": "RGB", "HSV": "RGB"}
_SRGB_GAMMA = 0.45455  # what a PNG says that is sRGB, or as good as that
_DEEP = ("I;16", "I;16L", "I;16B", "I;16N", "I", "F")


def to_srgb(image: Image.Image) -> tuple[Image.Image, Image.Image | None, list[str]]:
    """Converts a decoded picture; the given one is left as it is.

    Returns:
        The picture in mode RGB, of the same size and orientation; its alpha, in mode L, None where all of it is opaque;
        and remarks for the user in plain words.
    """
    notes: list[str] = []
    profile, gamma = image.info.get("icc_profile"), _gamma(image)
    alpha: Image.Image | None = None
    if image.mode in _DEEP:
        image, alpha, note = _eight_bits(image)
        notes += note
    elif image.has_transparency_data:
        if image.mode == "1":  # Pillow finds no white among its bits
            key = 255 if image.info["transparency"] else 0
            image = image.convert("L")
            image.info["transparency"] = key
        with_alpha = image.convert("LA" if image.mode in ("1", "L", "LA", "La") else "RGBA")
        alpha = with_alpha.getchannel("A")
        image = with_alpha.convert(with_alpha.mode[:-1])
    if image.mode in _PLAIN:
        image = image.convert(_PLAIN[image.mode])
    if image.mode in ("CMYK", "LAB"):
        notes.append(f"converted from {image.mode}")
    image, note = _managed(image, profile) if profile or gamma is None else _of_gamma(image, gamma)
    notes += note
    if alpha is None or alpha.getextrema() == (255, 255):
        return image, None, notes
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=alpha)
    return white, alpha, [*notes, "transparent parts are shown on white"]


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
    white = None
    if image.mode.startswith("I;16"):
        values, white = np.asarray(values, np.uint16), 65535.0
    elif image.mode == "I" and 0 <= values.min() <= values.max() <= 65535:
        white = 65535.0
    # Pillow's 32-bit integers are whatever somebody made of them; without a range of their own, as numbers in general
    levels, notes = eight_bits(values.astype(np.float64) if image.mode == "I" and white is None else values, white)
    return Image.fromarray(levels), alpha, notes


def _gamma(image: Image.Image) -> float | None:
    """The exponent by which light became a PNG's samples, where it says one that is not sRGB's and no profile."""
    gamma = image.info.get("gamma")
    if not isinstance(gamma, float) or gamma <= 0 or "srgb" in image.info or abs(gamma - _SRGB_GAMMA) < 0.02:
        return None
    return gamma


def _of_gamma(image: Image.Image, gamma: float) -> tuple[Image.Image, list[str]]:
    """A picture of mode L or RGB whose samples are light to the power of `gamma`, in sRGB (PNG, 3rd ed., 11.3.2.2)."""
    light = (np.arange(256) / 255) ** (1 / gamma)
    levels = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    image = image.convert("RGB")
    return image.point([round(255 * level) for level in levels] * 3), [f"converted from a gamma of {gamma:g}"]


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

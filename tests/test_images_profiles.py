"""Colour profiles: pixels arrive as sRGB whatever the file means by them."""

import struct

import numpy as np
import pytest
from pictures import BLUE, RED, UPRIGHT, close
from PIL import Image, ImageCms, PngImagePlugin

from eyecandy.images import load

# Colorants as CIE XYZ relative to D50: of Adobe RGB (1998), whose gamma is 563/256, and of sRGB.
ADOBE = np.array([[0.60974, 0.31111, 0.01947], [0.20528, 0.62567, 0.06087], [0.14919, 0.06322, 0.74457]])

SRGB = np.array([[0.43607, 0.22249, 0.01392], [0.38515, 0.71687, 0.09708], [0.14307, 0.06061, 0.71410]])


def icc_profile(gamma: float, colorants: np.ndarray | None) -> bytes:
    """A display profile of version 2: one gamma, and colorants (grey without them)."""

    def fixed(*numbers: float) -> bytes:
        return struct.pack(f">{len(numbers)}i", *(round(number * 65536) for number in numbers))

    curve = b"curv" + struct.pack(">IIHxx", 0, 1, round(gamma * 256))
    tags = {
        b"desc": b"desc" + struct.pack(">II", 0, 5) + b"test\0" + bytes(78),
        b"cprt": b"text" + bytes(4) + b"none\0",
        b"wtpt": b"XYZ " + bytes(4) + fixed(0.9642, 1, 0.8249),
    }
    if colorants is None:
        tags[b"kTRC"] = curve
    else:
        for letter, colorant in zip((b"r", b"g", b"b"), colorants, strict=True):
            tags[letter + b"XYZ"] = b"XYZ " + bytes(4) + fixed(*colorant)
            tags[letter + b"TRC"] = curve
    table, body = struct.pack(">I", len(tags)), b""
    for tag, content in tags.items():
        table += tag + struct.pack(">II", 128 + 4 + 12 * len(tags) + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    space = b"GRAY" if colorants is None else b"RGB "
    header = struct.pack(">I4xI4s4s4s12x4s28x", 128 + len(table + body), 0x02400000, b"mntr", space, b"XYZ ", b"acsp")
    return header + fixed(0.9642, 1, 0.8249) + bytes(48) + table + body


def srgb_of(rgb: np.ndarray, gamma: float, colorants: np.ndarray) -> np.ndarray:
    """The definition of colour management: to XYZ by the profile, from there to sRGB; colours outside are clipped."""
    linear = np.clip((rgb / 255) ** gamma @ colorants @ np.linalg.inv(SRGB), 0, 1)
    return 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def test_a_wide_gamut_profile_is_converted_to_srgb(photo_of):
    colours = np.array([[(200, 100, 50), (60, 120, 180), (128, 128, 128), (255, 255, 255), (0, 255, 0)]], np.uint8)
    photo = photo_of(Image.fromarray(colours), "wide.png", icc_profile=icc_profile(563 / 256, ADOBE))
    close(photo.pixels, np.rint(srgb_of(colours, 563 / 256, ADOBE)), 2)
    assert np.abs(photo.pixels[0, 0].astype(int) - colours[0, 0]).max() > 20  # the profile matters
    assert photo.notes == ()


def test_a_profile_with_swapped_primaries_swaps_the_colours(photo_of):
    profile = icc_profile(2.2, SRGB[::-1])
    photo = photo_of(Image.fromarray(UPRIGHT), "swapped.tif", icc_profile=profile)
    close(photo.pixels[:, :, ::-1], UPRIGHT, 2)


def test_a_profile_goes_with_transparency_palette_and_grey(photo_of):
    profile = icc_profile(2.2, SRGB[::-1])
    faded = photo_of(Image.new("RGBA", (1, 1), (255, 0, 0, 51)), "faded.png", icc_profile=profile)
    close(faded.pixels, [[(204, 204, 255)]], 2)
    palette = Image.new("P", (1, 1))
    palette.putpalette(RED)
    close(photo_of(palette, "palette.png", icc_profile=profile).pixels, [[BLUE]], 2)
    linear = icc_profile(1.0, None)  # grey whose numbers are light: half the light is sRGB 188
    close(photo_of(Image.new("L", (1, 1), 128), "light.png", icc_profile=linear).pixels, [[(188, 188, 188)]])
    in_colour = icc_profile(1.0, SRGB)  # grey pixels under an RGB profile
    close(photo_of(Image.new("L", (1, 1), 128), "odd.png", icc_profile=in_colour).pixels, [[(188, 188, 188)]])


def test_pixels_under_an_srgb_profile_stay_exactly_the_same(photo_of):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    noise = np.random.default_rng(1).integers(0, 256, (40, 40, 3), np.uint8)
    np.testing.assert_array_equal(photo_of(Image.fromarray(noise), "s.png", icc_profile=profile).pixels, noise)


@pytest.mark.parametrize("profile", [b"not a profile", icc_profile(2.2, ADOBE)[:200], icc_profile(2.2, None)])
def test_a_broken_or_unfitting_profile_is_ignored_and_noted(photo_of, profile):
    photo = photo_of(Image.fromarray(UPRIGHT), "broken.png", icc_profile=profile)
    np.testing.assert_array_equal(photo.pixels, UPRIGHT)
    assert photo.notes == ("its colour profile is broken and was ignored",)


@pytest.mark.parametrize(("gamma", "expected"), [(1.0, 128), (0.45455, 55), (1 / 1.8, 71)])
def test_a_gamma_without_a_profile_is_followed(tmp_path, gamma, expected):
    """Light of 0.2157, 0.0344 (in effect sRGB's own) and 0.0632, as sRGB has them."""
    chunk = PngImagePlugin.PngInfo()
    chunk.add(b"gAMA", struct.pack(">I", round(gamma * 100_000)))
    Image.fromarray(np.full((4, 4, 3), 55, np.uint8)).save(tmp_path / "of_light.png", pnginfo=chunk)
    photo = load(tmp_path / "of_light.png")
    close(photo.pixels, expected)
    assert bool(photo.notes) == (expected != 55)

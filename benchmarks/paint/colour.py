"""Differences of colours as people see them, and what of a picture has colours that it should not have."""

import cv2
import numpy as np

_FAR = 12.0  # of a colour from the nearest of a painting's, in CIELAB, for a blotch
_BLOTCH = 0.002  # of the picture's area, the least of one
_GREY = 8.0  # chroma in CIELAB up to which a colour passes for grey


def lab(picture: np.ndarray) -> np.ndarray:
    """CIELAB of (H, W, 3) uint8, blurred by a 256th of the longest side: what is finer is strokes."""
    soft = cv2.GaussianBlur(picture.astype(np.float32) / 255, (0, 0), max(picture.shape) / 256)
    return cv2.cvtColor(soft, cv2.COLOR_RGB2LAB).astype(float)


def ciede2000(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Difference of CIELAB colours (..., 3).

    Source: G. Sharma, W. Wu, E. Dalal, "The CIEDE2000 Color-Difference Formula" (Color Research and Application 2005).
    """
    (l1, a1, b1), (l2, a2, b2) = (np.moveaxis(each, -1, 0) for each in (one, other))
    chroma = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    stretch = 1.5 - 0.5 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7))
    c1, c2 = np.hypot(a1 * stretch, b1), np.hypot(a2 * stretch, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1 * stretch)) % 360, np.degrees(np.arctan2(b2, a2 * stretch)) % 360
    turn = (h2 - h1 + 180) % 360 - 180
    light, colour, hue = l2 - l1, c2 - c1, 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn) / 2)
    middle, chromas = (l1 + l2) / 2, (c1 + c2) / 2
    angle = np.where(np.abs(h1 - h2) > 180, (h1 + h2 + 360) / 2, (h1 + h2) / 2)
    weight = 1 - 0.17 * np.cos(np.radians(angle - 30)) + 0.24 * np.cos(np.radians(2 * angle))
    weight += 0.32 * np.cos(np.radians(3 * angle + 6)) - 0.2 * np.cos(np.radians(4 * angle - 63))
    by_light = 1 + 0.015 * (middle - 50) ** 2 / np.sqrt(20 + (middle - 50) ** 2)
    by_chroma, by_hue = 1 + 0.045 * chromas, 1 + 0.015 * chromas * weight
    turned = -2 * np.sqrt(chromas**7 / (chromas**7 + 25.0**7))
    turned *= np.sin(np.radians(60 * np.exp(-(((angle - 275) / 25) ** 2))))
    parts = light / by_light, colour / by_chroma, hue / by_hue
    return np.sqrt(np.maximum(sum(part**2 for part in parts) + turned * parts[1] * parts[2], 0))


def coloured(picture: np.ndarray) -> float:
    """The largest region whose chroma is above 8, as a share of the picture."""
    return max(_regions(np.hypot(*np.moveaxis(lab(picture), -1, 0)[1:]) > _GREY), default=0.0)


def blotches(picture: np.ndarray, painting: np.ndarray) -> int:
    """Regions of at least 0.2 % of a picture whose colours lie 12 or more, in CIELAB, from any of the painting's."""
    known = lab(painting).reshape(-1, 3).astype(np.float32)
    known = known[:: max(1, len(known) // 4096)]
    small = cv2.resize(picture, None, fx=128 / max(picture.shape), fy=128 / max(picture.shape), interpolation=3)
    own = lab(small).reshape(-1, 3).astype(np.float32)
    nearest = np.sqrt(np.min(((own[:, None] - known[None]) ** 2).sum(-1), 1)).reshape(small.shape[:2])
    return sum(share >= _BLOTCH for share in _regions(nearest > _FAR))


def _regions(mask: np.ndarray) -> list[float]:
    """The sizes of the connected regions of a mask, as shares of it."""
    _, _, statistics, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    return [float(area) / mask.size for area in statistics[1:, cv2.CC_STAT_AREA]]


def grain(picture: np.ndarray) -> float:
    """What of a picture's lightness is finer than half of what pixels can show, in grey levels (root mean square)."""
    light = picture.astype(float) @ (0.299, 0.587, 0.114)
    spectrum = np.fft.fft2(light - light.mean())
    fine = np.hypot(np.fft.fftfreq(light.shape[0])[:, None], np.fft.fftfreq(light.shape[1])[None]) > 0.25
    return float(np.sqrt((np.abs(spectrum[fine]) ** 2).sum()) / light.size)

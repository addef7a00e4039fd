"""How near a reconstruction from the first layer, which keeps every pixel, comes to its photo."""

from pathlib import Path
from typing import Any

import numpy as np

import eyecandy
from eyecandy.art.core.sources import Source
from eyecandy.backbone.load import given_or_default

SAMPLES = Path(__file__).parents[2] / "samples"
PHOTOS = ("chelsea", "macaw", "coffee", "astronaut", "flower")
OLD: dict[str, Any] = {"start": "grey", "canvas": "fourier", "rate": 0.03}
"""What versions before 0.3.0 did."""

Row = tuple[str, str, float]


def psnr(made: np.ndarray, photo: np.ndarray) -> float:
    """The peak signal-to-noise ratio of pictures (H, W, 3) in 0..255, in dB."""
    return float(10 * np.log10(255**2 / np.mean(np.square(made.astype(np.float64) - photo))))


def rows(old: bool = False, *, size: int = 192, photos: tuple[str, ...] = PHOTOS) -> list[Row]:
    """Bar's name, bar and figure; with `old`, of what versions before 0.3.0 did."""
    net, found = given_or_default(None), []
    for name in photos:
        path = SAMPLES / f"{name}.jpg"
        knobs = {"layer": "block1_conv1", "kind": "content", "size": size, **(OLD if old else {})}
        made = eyecandy.reconstruct(path, backbone=net, **knobs).image
        photo = Source.of(path, "photo").at((made.shape[1], made.shape[0]))
        found.append((f"PSNR at block1_conv1, {name}", "at least 30 dB", psnr(made, photo)))
    return found


if __name__ == "__main__":
    for before, now in zip(rows(old=True), rows(), strict=True):
        print(f"{now[0]:<34} {now[1]:<16} old {before[2]:6.1f}  new {now[2]:6.1f}")

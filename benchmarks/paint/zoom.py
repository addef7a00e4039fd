"""Whether a fall into a dream stays sharp, grows no lattice, and moves to its end."""

from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np

from eyecandy.art.recipes.dream import zoom
from eyecandy.backbone.load import given_or_default

SAMPLES = Path(__file__).parents[2] / "samples"
LAST = 24  # frames: a second
COARSEST = 24.0  # pixels of a lattice's period
RINGS = 48  # of frequencies, to a cycle a pixel

Row = tuple[str, str, float]


def sharpness(frame: np.ndarray) -> float:
    """The variance of the Laplacian of (H, W, 3) uint8, in grey levels squared."""
    return float(cv2.Laplacian(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.float64), cv2.CV_64F).var())


def lattice(frames: Iterable[np.ndarray]) -> float:
    """The strongest place of the mean power spectrum of frames (H, W, 3), over the median of what is as fine.

    Forms change from frame to frame and their spectra even out; what stays at one frequency is a lattice. A line that
    stays in one place comes out as well.
    """
    power = cv2.blur(np.mean([_power(frame) for frame in frames], 0), (3, 3))
    height, width = power.shape
    down, across = np.fft.fftshift(np.fft.fftfreq(height))[:, None], np.fft.fftshift(np.fft.fftfreq(width))[None]
    radius = np.hypot(down, across)
    ring = (radius * RINGS).astype(int)
    medians = np.array([np.median(power[ring == each]) for each in range(ring.max() + 1)])
    return float((power / medians[ring])[radius > 1 / COARSEST].max())


def _power(frame: np.ndarray) -> np.ndarray:
    grey = frame.astype(np.float64).mean(-1)
    window = np.hanning(grey.shape[0])[:, None] * np.hanning(grey.shape[1])[None]
    return np.square(np.abs(np.fft.fftshift(np.fft.fft2((grey - grey.mean()) * window)))) + 1e-3


def figures(frames: list[np.ndarray]) -> list[Row]:
    """Bar's name, bar and figure of the frames of a fall."""
    sharp = np.array([sharpness(frame) for frame in frames])
    moved = np.array([np.abs(a.astype(np.float32) - b).mean() for a, b in zip(frames[1:], frames, strict=False)])
    return [
        ("zoom: sharpness off the median", "at most 0.30", float(np.abs(sharp / np.median(sharp) - 1).max())),
        ("zoom: lattice, over the first frames'", "at most 2", lattice(frames[-12:]) / lattice(frames[:12])),
        (
            "zoom: change a frame in the last second, over the median",
            "at least 0.5",
            moved[-LAST:].min() / np.median(moved),
        ),
    ]


def rows(*, size: int = 256, frames: int = 60, photo: str | None = "china") -> list[Row]:
    """Of a fall into one of the samples, or into noise."""
    net = given_or_default(None)
    path = None if photo is None else SAMPLES / f"{photo}.jpg"
    return figures(list(zoom(path, frames=frames, size=size, backbone=net)))


if __name__ == "__main__":
    for name, bar, figure in rows():
        print(f"{name:<60} {bar:<14} {figure:6.2f}")

"""A picture's growth, or a fall into it, as a film: GIF, or MP4 that every browser plays."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Protocol

import numpy as np
from PIL import Image

from eyecandy import clips
from eyecandy.clips import writer
from eyecandy.images import fit, resize

SUFFIXES = (".mp4", ".gif")
FRAMES_A_SECOND = 24
HOLD = 1.0  # seconds that the last frame stays
SECONDS = 5.0  # that a picture takes to grow
_AT_MOST = 48  # frames of one growth after another, as of several pictures, that a second may take
_GLANCE = 64  # longest side in pixels at which changes are measured
_KEPT_QUALITY = 95  # of frames as JPEG, while they wait


class Film(Protocol):
    """Takes frames, one after another."""

    def add(self, frame: np.ndarray) -> None:
        """Adds a frame, (H, W, 3) uint8."""


@contextmanager
def film(
    path: str | Path,
    size: tuple[int, int],
    *,
    rate: int = FRAMES_A_SECOND,
    hold: float = HOLD,
    overwrite: bool = False,
) -> Iterator[Film]:
    """A film of a picture: `eyecandy.clips.film`, whose last frame stays for a second.

    Args:
        path: ends in .mp4 or .gif; folders on the way are made.
        size: (width, height) of the frames in pixels.
        rate: frames a second.
        hold: seconds that the last frame stays.
        overwrite: replace a film that eyecandy made.

    Raises:
        EyecandyError: as `eyecandy.clips.film`.
    """
    with clips.film(check_suffix(path), size, rate=rate, hold=hold, overwrite=overwrite) as made:
        yield made


@contextmanager
def growth(path: str | Path, size: tuple[int, int], *, overwrite: bool = False) -> Iterator[Film]:
    """A film of how a picture grows, at a pace that is good to look at, of frames that come as they may.

    A picture changes most at first and again at each larger scale, so frames shown as they came would rush and then
    stand still. Here each moment shows as much change as the next, with a slow beginning and a slow end, and what lies
    between two frames is mixed of both. The last frame, as it is, stays for a second; a GIF begins again after that.

    Args:
        path, size, overwrite: as for `film`. A GIF has half the frames a second, to be half as large.

    Raises:
        EyecandyError: as `film`.
    """
    path = check_suffix(path)
    rate = FRAMES_A_SECOND // 2 if path.suffix.lower() == ".gif" else FRAMES_A_SECOND
    with film(path, size, rate=rate, overwrite=overwrite) as whole:
        kept = _Kept(size)
        yield kept
        for frame in kept.paced(rate):
            whole.add(frame)


def check_suffix(path: str | Path) -> Path:
    """The path of a film.

    Raises:
        EyecandyError: it ends in neither .mp4 nor .gif.
    """
    return writer.check_suffix(path, SUFFIXES)


class _Kept:
    """Keeps frames until all are there, as JPEG, and gives them back at an even pace."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.size = size
        self._frames: list[bytes] = []
        self._last = np.zeros(0)
        self._small: list[np.ndarray] = []

    def add(self, frame: np.ndarray) -> None:
        self._last = resize(frame, self.size)
        buffer = io.BytesIO()
        Image.fromarray(self._last).save(buffer, "JPEG", quality=_KEPT_QUALITY, subsampling=0)
        self._frames.append(buffer.getvalue())
        self._small.append(resize(frame, fit(self.size, _GLANCE)).astype(np.float32))

    def paced(self, rate: int) -> Iterator[np.ndarray]:
        """Frames at `rate` a second; the last of them is the last that came, to the pixel."""
        if not self._frames:
            return
        for place in _places(self._small, max(SECONDS, len(self._frames) / _AT_MOST), rate)[:-1]:
            before = min(int(place), len(self._frames) - 2)
            share = place - before
            yield np.rint((1 - share) * self._frame(before) + share * self._frame(before + 1)).astype(np.uint8)
        yield self._last

    def _frame(self, number: int) -> np.ndarray:
        return np.asarray(Image.open(io.BytesIO(self._frames[number])), np.float32)


def _places(frames: list[np.ndarray], seconds: float, rate: int) -> np.ndarray:
    """Where in a row of frames, (h, w, 3) each, a film is at each of its own: numbers from 0 to len(frames) - 1."""
    if len(frames) == 1:
        return np.zeros(1)
    changes = np.array([np.abs(after - before).mean() for before, after in pairwise(frames)])
    # Half by change and half by count: so what hardly changes still moves on.
    steps = 0.5 / len(changes) + 0.5 * changes / max(float(changes.sum()), 1e-9)
    way = np.concatenate([[0.0], np.cumsum(steps)])
    time = np.linspace(0, 1, round(seconds * rate))
    eased = time * time * (3 - 2 * time)
    return np.interp(eased * way[-1], way, np.arange(len(frames)))

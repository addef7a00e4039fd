"""A picture's growth, or a fall into it, as a film: GIF, or MP4 that every browser plays."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import numpy as np
from PIL import Image

from eyecandy.errors import EyecandyError
from eyecandy.files import atomic
from eyecandy.images import resize

SUFFIXES = (".mp4", ".gif")
FRAMES_A_SECOND = 24
HOLD = 1.0  # seconds that the last frame stays
_QUALITY = 8  # of 10, as imageio-ffmpeg counts


class Film(Protocol):
    """Frames, one after another; each is brought to the size of the film."""

    def add(self, frame: np.ndarray) -> None:
        """Adds a frame, (H, W, 3) uint8."""


@contextmanager
def film(
    path: str | Path, size: tuple[int, int], *, rate: int = FRAMES_A_SECOND, overwrite: bool = False
) -> Iterator[Film]:
    """A film that is written while its frames come, and has its name when the block ends well.

    Args:
        path: ends in .mp4 or .gif; folders on the way are made.
        size: (width, height) of the frames in pixels; an MP4 drops the last column and row of odd ones.
        rate: frames a second; a GIF counts in hundredths of a second, so its rate is rounded.
        overwrite: replace a file that exists.

    Yields:
        What takes the frames.

    Raises:
        EyecandyError: another suffix, a block that added no frame, or any reason why `eyecandy.files.atomic` cannot
            write. Nothing is left behind then.
    """
    path = check_suffix(path)
    with atomic(path, overwrite=overwrite) as temporary:
        made = _Gif(temporary, size, rate) if path.suffix.lower() == ".gif" else _Mp4(temporary, size, rate)
        try:
            yield made
            if made.frames == 0:
                raise EyecandyError(f"the film {str(path)!r} got no frame; give at least one")
            made.finish()
        finally:
            made.close()


def check_suffix(path: str | Path) -> Path:
    """The path of a film.

    Raises:
        EyecandyError: it ends in neither .mp4 nor .gif.
    """
    path = Path(path)
    if path.suffix.lower() not in SUFFIXES:
        raise EyecandyError(
            f"{str(path)!r} has the suffix {path.suffix!r}; films are written as {' or '.join(SUFFIXES)}"
        )
    return path


class _Gif:
    """Keeps every frame in 256 colours of its own until the end."""

    def __init__(self, path: Path, size: tuple[int, int], rate: int) -> None:
        self.path = path
        self.size = size
        self.duration = max(2, round(100 / rate)) * 10  # milliseconds; browsers slow down what is faster than 1/50 s
        self._frames: list[Image.Image] = []

    @property
    def frames(self) -> int:
        return len(self._frames)

    def add(self, frame: np.ndarray) -> None:
        self._frames.append(Image.fromarray(resize(frame, self.size)).quantize(256, Image.Quantize.MEDIANCUT))

    def finish(self) -> None:
        first, *rest = self._frames
        durations = [self.duration] * len(rest) + [round(HOLD * 1000)]
        first.save(self.path, "GIF", save_all=True, append_images=rest, duration=durations, loop=0)

    def close(self) -> None:
        self._frames.clear()


class _Mp4:
    """Hands every frame to ffmpeg at once: H.264 in the colours that every player knows."""

    def __init__(self, path: Path, size: tuple[int, int], rate: int) -> None:
        import imageio_ffmpeg  # here: a GIF needs no encoder

        self.size = max(2, size[0]), max(2, size[1])
        self.even = self.size[0] // 2 * 2, self.size[1] // 2 * 2  # yuv420p halves the colours
        self.hold = round(HOLD * rate)
        self.frames = 0
        self._last = b""
        self._writer = imageio_ffmpeg.write_frames(
            str(path), self.even, fps=rate, quality=_QUALITY, macro_block_size=2, ffmpeg_log_level="error"
        )
        self._writer.send(None)

    def add(self, frame: np.ndarray) -> None:
        pixels = resize(frame, self.size)[: self.even[1], : self.even[0]]
        self._last = np.ascontiguousarray(pixels).tobytes()
        self._send()
        self.frames += 1

    def finish(self) -> None:
        for _ in range(self.hold):
            self._send()

    def close(self) -> None:
        self._writer.close()

    def _send(self) -> None:
        try:
            self._writer.send(self._last)
        except OSError as error:
            raise EyecandyError(
                "the film cannot be written: ffmpeg ended early; try a name that ends in .gif"
            ) from error

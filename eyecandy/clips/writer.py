"""Films written frame by frame, with the sound of another, whole or not at all; what Ctrl-C ends is a film as well."""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from PIL import Image

from eyecandy.clips._av import explained, library
from eyecandy.clips.pixels import coded
from eyecandy.clips.sound import Sound
from eyecandy.errors import EyecandyError
from eyecandy.files import atomic
from eyecandy.images import made_here, resize
from eyecandy.images.origin import SIGNATURE

SUFFIXES = (".mp4", ".mov", ".webm", ".gif")
CLEAR = (".mov", ".webm")
"""Those that hold transparency: editors take ProRes 4444 in the one, browsers VP9 in the other."""

_ADVICE = "try a name that ends in .gif"
_HDTV = 1  # BT.709, in FFmpeg's numbers of primaries, transfer functions and colour spaces
_STUDIO = 1  # 16 to 235
_CODECS: dict[tuple[str, bool], tuple[str, str, dict[str, str]]] = {
    (".mp4", False): ("libx264", "yuv420p", {"crf": "18", "preset": "medium"}),
    (".mov", False): ("libx264", "yuv420p", {"crf": "18", "preset": "medium"}),
    (".mov", True): ("prores_ks", "yuva444p10le", {"profile": "4444", "vendor": "apl0"}),
    (".webm", False): ("libvpx-vp9", "yuv420p", {"crf": "28", "b": "0", "cpu-used": "4", "row-mt": "1"}),
    (".webm", True): ("libvpx-vp9", "yuva420p", {"crf": "24", "b": "0", "cpu-used": "4", "auto-alt-ref": "0"}),
}


class Writer(Protocol):
    """Frames, one after another; each is brought to the size of the film."""

    @property
    def frames(self) -> int:
        """How many were added so far."""

    def add(self, frame: np.ndarray) -> None:
        """Adds a frame, (H, W, 3) uint8 sRGB; (H, W, 4) where the film is clear."""


@contextmanager
def film(
    path: str | Path,
    size: tuple[int, int],
    *,
    rate: Fraction | float = 24,
    sound: str | Path | None = None,
    clear: bool = False,
    hold: float = 0.0,
    overwrite: bool = False,
) -> Iterator[Writer]:
    """A film that is written while its frames come, and has its name when the block ends.

    Where Ctrl-C ends the block, the film has the frames so far, and the KeyboardInterrupt goes on.

    Args:
        path: ends in one of `SUFFIXES`; folders on the way are made.
        size: (width, height) of the frames in pixels; all but a GIF drop the last column and row of odd ones.
        rate: frames a second; a GIF counts in hundredths of a second, so its rate is rounded.
        sound: a film, the sound of which goes along, for as long as there are frames; a GIF has none.
        clear: whether frames have an opacity, which films of `CLEAR` keep.
        hold: seconds that the last frame stays.
        overwrite: replace a film that eyecandy made.

    Raises:
        EyecandyError: another suffix, a block that added no frame, or any reason why `eyecandy.files.atomic` cannot
            write. Nothing is left behind then.
    """
    path = check_suffix(path, CLEAR if clear else SUFFIXES)
    suffix, stopped = path.suffix.lower(), None
    rate = Fraction(rate).limit_denominator(1001)
    with atomic(path, overwrite=overwrite, own=made_here) as temporary:
        made = _Gif(temporary, size, rate) if suffix == ".gif" else _Coded(temporary, size, rate, sound, clear)
        try:
            try:
                yield made
            except KeyboardInterrupt as pressed:
                if made.frames == 0:
                    raise
                stopped = pressed
            if made.frames == 0:
                raise EyecandyError(f"the film {str(path)!r} got no frame; give at least one")
            made.finish(hold)
        finally:
            made.close()
    if stopped is not None:
        raise stopped


def check_suffix(path: str | Path, suffixes: tuple[str, ...] = SUFFIXES) -> Path:
    """The path of a film.

    Raises:
        EyecandyError: it ends in none of the suffixes.
    """
    path = Path(path)
    if path.suffix.lower() not in suffixes:
        raise EyecandyError(
            f"{str(path)!r} has the suffix {path.suffix!r}; films are written as "
            f"{', '.join(suffixes[:-1])} or {suffixes[-1]}"
        )
    return path


class _Gif:
    """Keeps every frame in 256 colours of its own until the end."""

    def __init__(self, path: Path, size: tuple[int, int], rate: Fraction) -> None:
        self.path = path
        self.size = size
        self.duration = max(2, round(100 / rate)) * 10  # milliseconds; browsers slow down what is faster than 1/50 s
        self._frames: list[Image.Image] = []

    @property
    def frames(self) -> int:
        return len(self._frames)

    def add(self, frame: np.ndarray) -> None:
        self._frames.append(Image.fromarray(resize(frame, self.size)).quantize(256, Image.Quantize.MEDIANCUT))

    def finish(self, hold: float) -> None:
        first, *rest = self._frames
        durations = [self.duration] * len(rest) + [max(self.duration, round(hold * 1000))]
        told = {"duration": durations, "loop": 0, "comment": SIGNATURE}
        first.save(self.path, "GIF", save_all=True, append_images=rest, **told)

    def close(self) -> None:
        self._frames.clear()


class _Coded:
    """Hands every frame to an encoder at once, and the sound that belongs to it to the same file."""

    def __init__(
        self, path: Path, size: tuple[int, int], rate: Fraction, sound: str | Path | None, clear: bool
    ) -> None:
        codec, self.pixel_format, options = _CODECS[path.suffix.lower(), clear]
        self.size = max(2, size[0]), max(2, size[1])
        self.even = self.size[0] // 2 * 2, self.size[1] // 2 * 2  # yuv420p halves the colours
        self.rate, self.frames = rate, 0
        self._last: Any = None
        with explained("the film cannot be written", _ADVICE):
            self._container: Any = library().open(str(path), "w")
            self._container.metadata["comment"] = SIGNATURE
            self._stream = self._container.add_stream(codec, rate=rate, options=options)
            self._stream.width, self._stream.height = self.even
            self._stream.pix_fmt = self.pixel_format
            self._stream.time_base = 1 / rate
            told = self._stream.codec_context
            told.color_primaries = told.color_trc = told.colorspace = _HDTV
            told.color_range = _STUDIO
            self._sound = None if sound is None else Sound.of(sound, self._container, path.suffix.lower())

    def add(self, frame: np.ndarray) -> None:
        pixels = np.ascontiguousarray(resize(frame, self.size)[: self.even[1], : self.even[0]])
        with explained("the film cannot be written", _ADVICE):
            self._last = coded(pixels, self.pixel_format)
            self._encode()

    def finish(self, hold: float) -> None:
        with explained("the film cannot be written", _ADVICE):
            for _ in range(round(hold * self.rate)):
                self._encode()
            self._container.mux(self._stream.encode(None))
            self._container.close()

    def close(self) -> None:
        if self._sound is not None:
            self._sound.close()
        with explained("the film cannot be written", _ADVICE):
            self._container.close()

    def _encode(self) -> None:
        self._last.pts, self._last.time_base = self.frames, 1 / self.rate
        self._container.mux(self._stream.encode(self._last))
        self.frames += 1
        if self._sound is not None:
            self._sound.until(Fraction(self.frames) / self.rate)

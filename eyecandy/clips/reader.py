"""Films read as pictures: upright 8-bit sRGB frames at a constant rate, whatever the file is."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from eyecandy.clips._av import explained, library
from eyecandy.clips.pixels import Orientation, upright
from eyecandy.clips.timing import timing
from eyecandy.errors import EyecandyError
from eyecandy.images.decoding import MAX_PIXELS, opened
from eyecandy.images.search import FILMS

_ADVICE = "play it to see whether it is whole, or save it as MP4"
_LATE = 1.0  # seconds that streams may end before the file says so

Tell = Callable[[str], None]


def is_clip(path: str | Path) -> bool:
    """Whether a name is that of a film: by its suffix, and of a GIF by whether it moves.

    A file that cannot be opened is none.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix != ".gif":
        return suffix in FILMS
    try:
        with Image.open(path) as image:
            return bool(getattr(image, "n_frames", 1) > 1)
    except Exception:  # damaged files make Pillow raise many types
        return False


def fingerprint(path: str | Path) -> str:
    """The SHA-256 of a file, by which records know a film.

    Raises:
        EyecandyError: the file is missing or cannot be read.
    """
    with opened(Path(path), "a film"), Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True, eq=False)
class Clip:
    """A film that was looked through once, without its pictures.

    Attributes:
        path: of the file.
        size: (width, height) in pixels, upright, with square pixels.
        rate: frames a second, constant.
        count: how many frames `frames` gives; one more or less where times are rounded, fewer of a damaged film.
        sound: whether there is any.
        notes: what the user should know about how it is read, in plain words.
    """

    path: Path
    size: tuple[int, int]
    rate: Fraction
    count: int
    sound: bool
    notes: tuple[str, ...]
    _begin: Fraction

    @property
    def duration(self) -> float:
        """In seconds."""
        return float(self.count / self.rate)

    @classmethod
    def open(cls, path: str | Path) -> "Clip":
        """Reads all of a film but its pictures, of which the first is decoded.

        Raises:
            EyecandyError: the file is missing, empty, no film, has no pictures, or none that can be decoded.
        """
        path = Path(path)
        name = repr(str(path))
        with opened(path, "a film"):
            pass
        with explained(f"{name} is no film that can be read", _ADVICE), library().open(str(path)) as container:
            stream = _stream_of(container, name)
            sound = bool(container.streams.audio)
            scan = _scan(container, stream)
            if not scan.times:
                why = "is cut off before its first frame" if stream.frames else "holds no frames"
                raise EyecandyError(f"{name} {why}; {_ADVICE}")
            told, listed, aspect = stream.average_rate, stream.frames, stream.sample_aspect_ratio
            ends = None if container.duration is None else Fraction(container.duration, 1_000_000)
        first = next(_decoded(path, None, lambda text: None), None)
        if first is None:
            raise EyecandyError(f"{name} holds no frame that can be decoded; {_ADVICE}")
        frame, orientation = first[1], Orientation.of(first[1], aspect)
        if frame.width * frame.height > MAX_PIXELS:
            raise EyecandyError(f"{name} has {frame.width} x {frame.height} pixels; at most {MAX_PIXELS} are read")
        found = timing(scan.times, scan.last, told)
        notes = [*orientation.notes()]
        if found.varies:
            notes.append(
                f"its rate varies between {found.slowest:.3g} and {found.fastest:.3g} frames a second: "
                f"it is read at {float(found.rate):.4g}"
            )
        if listed > len(scan.times) + 1:
            notes.append(f"it is cut off: {len(scan.times)} of {listed} frames are there")
        elif ends is not None and ends - scan.end > _LATE:
            notes.append(f"it is cut off: {float(scan.end):.1f} of {float(ends):.1f} seconds are there")
        if not sound and path.suffix.lower() != ".gif":
            notes.append("it has no sound")
        return cls(path, orientation.size, found.rate, found.count, sound, tuple(notes), scan.times[0])

    def frames(self, start: int = 0, tell: Tell = lambda text: None) -> Iterator[np.ndarray]:
        """The frames from one of a number on, one after another; the file is open for as long.

        Args:
            start: the number of the first, from 0.
            tell: is told in a line where frames cannot be decoded: the one before is shown in their place.

        Yields:
            (height, width, 3) uint8 sRGB, upright.

        Raises:
            EyecandyError: the file has changed, or is damaged in a way that no frame comes after.
        """
        number, held = start, None
        with explained(f"{str(self.path)!r} cannot be read to the end", _ADVICE):
            for time, frame in _decoded(self.path, self._begin + start / self.rate if start else None, tell):
                times = min(round((time - self._begin) * self.rate), self.count) - number
                if held is not None and times > 0:
                    yield from repeat(upright(held, self.size), times)
                    number += times
                held = frame
            if held is not None and number < self.count:
                yield from repeat(upright(held, self.size), self.count - number)


@dataclass(frozen=True)
class _Scan:
    """When frames are shown, without pictures.

    Attributes:
        times: of the frames, sorted, in seconds.
        last: how long the last is shown; None where the file does not say.
        end: of all streams.
    """

    times: list[Fraction]
    last: Fraction | None
    end: Fraction


def _stream_of(container: Any, name: str) -> Any:
    """The film's pictures; a song's cover is none."""
    streams = [each for each in container.streams.video if not each.disposition & each.disposition.attached_pic]
    if not streams:
        what = "only sound" if container.streams.audio else "no pictures"
        raise EyecandyError(f"{name} holds {what}; expected a film")
    return streams[0]


def _scan(container: Any, stream: Any) -> _Scan:
    times: list[Fraction] = []
    last, end = None, Fraction(0)
    for packet in container.demux(*container.streams.video, *container.streams.audio):
        stamp = packet.pts if packet.pts is not None else packet.dts
        if packet.size == 0 or stamp is None or packet.is_corrupt:
            continue
        time, shown = stamp * packet.time_base, (packet.duration or 0) * packet.time_base
        end = max(end, time + shown)
        if packet.stream is not stream or packet.is_discard:
            continue
        if not times or time >= max(times[-1], times[0]):
            last = shown or None
        times.append(time)
    return _Scan(sorted(times), last, end)


def _decoded(path: Path, begin: Fraction | None, tell: Tell) -> Iterator[tuple[Fraction, Any]]:
    """Each frame that can be decoded with its time in seconds, in their order.

    Args:
        begin: the time of the first that is wanted; some may come before. None for all.
        tell: see `Clip.frames`.
    """
    av = library()
    failed, whole = 0, 0
    with av.open(str(path)) as container:
        stream = _stream_of(container, repr(str(path)))
        stream.thread_type = "AUTO"
        if begin is not None:
            container.seek(int(begin / stream.time_base), stream=stream)
        for packet in container.demux(stream):
            try:
                frames = packet.decode()
            except av.error.FFmpegError:
                failed += 1
                continue
            for frame in frames:
                if frame.is_corrupt or frame.pts is None:
                    failed += 1
                    continue
                time = frame.pts * frame.time_base
                if begin is not None and whole == 0 and time > begin:  # the file has no good index
                    break
                whole += 1
                yield time, frame
            else:
                continue
            break
    if begin is not None and whole == 0:
        yield from _decoded(path, None, tell)
    elif failed and whole:
        tell(f"{failed} of its frames cannot be decoded: the ones before are shown in their place")

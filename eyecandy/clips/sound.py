"""The sound of one film, taken along into another."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from eyecandy.clips._av import library

_HELD = {
    ".mp4": ("aac", "mp3", "ac3", "eac3", "alac", "opus", "flac"),
    ".mov": ("aac", "mp3", "ac3", "eac3", "alac", "pcm_s16le", "pcm_s24le", "pcm_s16be"),
    ".webm": ("opus", "vorbis"),
}
"""What goes into a container as it is, in a way that players take; other sound is coded anew."""
_CODED = {".mp4": "aac", ".mov": "aac", ".webm": "libopus"}


class Sound:
    """The sound of a film on its way, given along as far as the pictures are."""

    def __init__(self, source: Any, stream: Any, target: Any, own: Any, begin: Fraction, copied: bool) -> None:
        self._source, self._stream, self._target, self._own = source, stream, target, own
        self._begin = begin  # of the pictures
        self._packets = self._copies() if copied else self._coded()
        self._waiting: Any = None

    @classmethod
    def of(cls, path: str | Path, target: Any, suffix: str) -> "Sound | None":
        """That of a film; None where it has none.

        Args:
            path: of the film.
            target: the container that takes it, before its first picture.
            suffix: of the container.
        """
        source = library().open(str(path))
        if not source.streams.audio:
            source.close()
            return None
        stream = source.streams.audio[0]
        video = source.streams.video[0]
        begin = Fraction(0) if video.start_time is None else video.start_time * video.time_base
        copied = stream.codec_context.name in _HELD[suffix]
        if copied:
            own = target.add_stream_from_template(stream)
        else:
            rate = 48000 if suffix == ".webm" else stream.rate
            own = target.add_stream(_CODED[suffix], rate=rate)
            own.codec_context.layout = stream.codec_context.layout.name
        return cls(source, stream, target, own, begin, copied)

    def until(self, time: Fraction) -> None:
        """Gives along what is heard up to a time in seconds."""
        while True:
            if self._waiting is None:
                self._waiting = next(self._packets, None)
            if self._waiting is None or self._time(self._waiting) >= time:
                return
            packet, self._waiting = self._waiting, None
            self._target.mux(packet)

    def close(self) -> None:
        """Closes the film that it is of."""
        self._source.close()

    def _time(self, packet: Any) -> Fraction:
        return (packet.pts if packet.pts is not None else packet.dts) * packet.time_base

    def _copies(self) -> Iterator[Any]:
        shift = round(self._begin / self._stream.time_base)
        for packet in self._demuxed():
            if packet.dts is None or packet.size == 0:
                continue
            packet.pts = None if packet.pts is None else packet.pts - shift
            packet.dts -= shift
            packet.stream = self._own
            yield packet

    def _coded(self) -> Iterator[Any]:
        errors = library().error.FFmpegError
        for packet in self._demuxed():
            try:
                frames = packet.decode()
            except errors:
                continue
            for frame in frames:
                if frame.pts is not None:
                    frame.pts -= round(self._begin / frame.time_base)
                yield from self._own.encode(frame)
        yield from self._own.encode(None)

    def _demuxed(self) -> Iterator[Any]:
        av = library()
        try:
            yield from self._source.demux(self._stream)
        except av.error.FFmpegError:  # a film that is cut off, whose pictures say so
            return

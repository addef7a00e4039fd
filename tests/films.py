"""Films for tests: small, of plain colours, and wrong in ways that are asked for."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

SIZE = 64, 48
STEP = 12  # grey levels of red between a frame and the next


def picture(number: int, size: tuple[int, int] = SIZE) -> np.ndarray:
    """Green in the upper left, blue below, and red that tells the frame's number in the upper right."""
    made = np.zeros((size[1], size[0], 3), np.uint8)
    half_height, half_width = size[1] // 2, size[0] // 2
    made[:half_height, :half_width] = 0, 200, 0
    made[:half_height, half_width:] = STEP * number % 256, 0, 0
    made[half_height:] = 0, 0, 200
    return made


def numbers(frames: Sequence[np.ndarray]) -> list[int]:
    """Of upright frames, which pictures they show."""
    return [round(float(frame[4:16, -16:-4, 0].mean()) / STEP) for frame in frames]


def film(
    path: Path,
    count: int = 12,
    *,
    rate: Fraction | int = 25,
    codec: str = "libx264",
    pixels: str = "yuv420p",
    milliseconds: Sequence[int] | None = None,
    rotation: int | None = None,
    sound: str | None = None,
    pictures: Sequence[np.ndarray] | None = None,
    options: Mapping[str, str] | None = None,
    container: Mapping[str, str] | None = None,
) -> Path:
    """Writes a film by nothing but PyAV.

    Args:
        milliseconds: when each frame is shown, instead of the rate.
        rotation: degrees by which players turn it, counterclockwise.
        sound: the codec of a tone as long as the film.
        pictures: instead of `picture`.
        options, container: of the encoder and the file.
    """
    shown = [picture(number) for number in range(count)] if pictures is None else list(pictures)
    with av.open(str(path), "w", options=dict(container or {})) as made:
        stream = made.add_stream(codec, rate=rate, options=dict(options or {}))
        stream.height, stream.width = shown[0].shape[:2]
        stream.pix_fmt = pixels
        unit = Fraction(1, 1000) if milliseconds else 1 / Fraction(rate)
        stream.codec_context.time_base = unit
        if rotation is not None:
            stream.set_display_rotation(rotation)
        tone = None if sound is None else made.add_stream(sound, rate=44100, layout="mono")
        for number, pixels_of in enumerate(shown):
            frame = av.VideoFrame.from_ndarray(pixels_of)
            frame.pts, frame.time_base = milliseconds[number] if milliseconds else number, unit
            made.mux(stream.encode(frame))
        made.mux(stream.encode(None))
        if tone is not None:
            times = np.arange(int(44100 * len(shown) / rate)) / 44100
            samples = (8000 * np.sin(2 * np.pi * 440 * times)).astype(np.int16)[None]
            frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
            frame.rate, frame.pts = 44100, 0
            made.mux(tone.encode(frame))
            made.mux(tone.encode(None))
    return path


def heard(path: Path) -> tuple[str, float, float]:
    """The codec of a film's sound, its seconds, and the tone's frequency."""
    with av.open(str(path)) as opened:
        stream = opened.streams.audio[0]
        parts = [frame.to_ndarray().astype(np.float64) for frame in opened.decode(stream)]
        rate, name = stream.rate, stream.codec_context.name
    wave = np.concatenate([part.reshape(stream.channels, -1)[0] for part in parts])
    spectrum = np.abs(np.fft.rfft(wave))
    return name, len(wave) / rate, float(spectrum.argmax()) * rate / len(wave)

"""Films read and written: every frame at its time, upright, with its sound, whatever is wrong with the file."""

from fractions import Fraction
from pathlib import Path

import av
import films
import numpy as np
import pytest
from PIL import Image

from eyecandy.clips import Clip, film, is_clip
from eyecandy.errors import EyecandyError
from eyecandy.images import made_here


def read(path: Path) -> tuple[Clip, list[np.ndarray]]:
    clip = Clip.open(path)
    return clip, list(clip.frames())


@pytest.mark.parametrize(
    ("name", "codec", "rate"),
    [
        ("a.mp4", "libx264", 25),
        ("a.mkv", "libx264", Fraction(30000, 1001)),
        ("a.webm", "libvpx-vp9", 24),
        ("a.avi", "mpeg4", 15),
        ("a.ts", "libx264", 30),
    ],
)
def test_every_frame_comes_in_order_at_the_films_own_rate(
    tmp_path: Path, name: str, codec: str, rate: Fraction
) -> None:
    clip, frames = read(films.film(tmp_path / name, codec=codec, rate=rate))
    assert (clip.size, clip.rate, clip.count, clip.sound) == ((64, 48), rate, 12, False)
    assert films.numbers(frames) == list(range(12))
    assert np.abs(frames[5].astype(float) - films.picture(5)).mean() < 4
    assert clip.notes == ("it has no sound",)


def test_frames_may_begin_anywhere(tmp_path: Path) -> None:
    for name, options in (("a.mp4", {"g": "5"}), ("a.ts", {})):
        clip = Clip.open(films.film(tmp_path / name, 20, options=options))
        assert films.numbers(list(clip.frames(13))) == list(range(13, 20))


def test_a_varying_rate_becomes_constant_and_keeps_the_time(tmp_path: Path) -> None:
    shown = [0, 40, 80, 120, 200, 400, 420, 440, 480, 520, 640, 680]
    clip, frames = read(films.film(tmp_path / "a.mp4", milliseconds=shown))
    assert clip.rate == 25
    assert films.numbers(frames) == [0, 1, 2, 3, 3, 4, 4, 4, 4, 4, 6, 7, 8, 9, 9, 9, 10, 11]
    assert "its rate varies between 5 and 50 frames a second: it is read at 25" in clip.notes


@pytest.mark.parametrize("rotation", [90, 180, -90])
def test_a_turned_film_is_read_upright(tmp_path: Path, rotation: int) -> None:
    clip, frames = read(films.film(tmp_path / "a.mov", 3, rotation=rotation))
    upright = np.rot90(films.picture(1), rotation // 90)
    assert clip.size == (upright.shape[1], upright.shape[0])
    assert np.abs(frames[1].astype(float) - upright).mean() < 3
    assert any("turned upright" in note for note in clip.notes)


def test_ten_bits_are_read_as_eight(tmp_path: Path) -> None:
    clip, frames = read(films.film(tmp_path / "a.mp4", pixels="yuv420p10le"))
    assert films.numbers(frames) == list(range(12))
    assert "its 10 bits a channel are read as 8" in clip.notes


def test_what_is_cut_off_in_the_middle_gives_the_frames_that_are_there(tmp_path: Path) -> None:
    whole = films.film(tmp_path / "a.mp4", 20, options={"bf": "0"}, container={"movflags": "faststart"}).read_bytes()
    (tmp_path / "cut.mp4").write_bytes(whole[: len(whole) * 3 // 4])
    (tmp_path / "bare.mp4").write_bytes(whole[: whole.index(b"mdat") + 8])
    with pytest.raises(EyecandyError, match="cut off before its first frame"):
        Clip.open(tmp_path / "bare.mp4")
    clip, frames = read(tmp_path / "cut.mp4")
    assert 3 < clip.count < 20
    assert films.numbers(frames) == list(range(clip.count))
    assert f"it is cut off: {clip.count} of 20 frames are there" in clip.notes


def test_what_is_no_film_is_refused_in_a_line(tmp_path: Path) -> None:
    whole = films.film(tmp_path / "whole.mp4").read_bytes()
    (tmp_path / "headless.mp4").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.mp4").write_text("no film at all\n" * 50)
    (tmp_path / "empty.mp4").write_bytes(b"")
    with av.open(str(tmp_path / "unpainted.mp4"), "w") as made:
        stream = made.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        made.start_encoding()
    with av.open(str(tmp_path / "song.mp4"), "w") as made:
        tone = made.add_stream("aac", rate=44100, layout="mono")
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 4410), np.int16), format="s16", layout="mono")
        silence.rate = 44100
        made.mux(tone.encode(silence))
        made.mux(tone.encode(None))
    for name, why in {
        "headless.mp4": "cut off before its index",
        "text.mp4": "no film that can be read",
        "empty.mp4": r"is empty \(0 bytes\); expected a film",
        "missing.mp4": "does not exist",
        "unpainted.mp4": "holds no pictures; expected a film",
        "song.mp4": "holds only sound; expected a film",
    }.items():
        with pytest.raises(EyecandyError, match=why) as refused:
            Clip.open(tmp_path / name)
        assert "\n" not in str(refused.value)


def test_a_gif_that_moves_is_a_clip_and_one_that_does_not_is_a_picture(tmp_path: Path) -> None:
    pictures = [Image.fromarray(films.picture(number)) for number in range(4)]
    durations = [100, 100, 100, 300]
    pictures[0].save(tmp_path / "a.gif", save_all=True, append_images=pictures[1:], duration=durations)
    pictures[0].save(tmp_path / "still.gif")
    assert is_clip(tmp_path / "a.gif") and is_clip("somewhere/A.MP4")
    assert not is_clip(tmp_path / "still.gif") and not is_clip("photo.jpg") and not is_clip(tmp_path / "none.gif")
    clip, frames = read(tmp_path / "a.gif")
    assert (clip.rate, clip.notes) == (10, ())
    assert films.numbers(frames) == [0, 1, 2, 3, 3, 3]  # the last is shown for three times as long


@pytest.mark.parametrize(
    ("suffix", "coded", "kept"),
    [
        (".mp4", "aac", "aac"),
        (".mov", "pcm_s16le", "pcm_s16le"),
        (".mp4", "pcm_s16le", "aac"),
        (".webm", "aac", "opus"),
    ],
)
def test_sound_goes_along_and_is_coded_anew_where_it_must(tmp_path: Path, suffix: str, coded: str, kept: str) -> None:
    source = films.film(tmp_path / "source.mov", 25, sound=coded)
    with film(tmp_path / f"out{suffix}", (64, 48), rate=25, sound=source) as made:
        for number in range(20):
            made.add(films.picture(number))
    codec, seconds, frequency = films.heard(tmp_path / f"out{suffix}")
    assert codec == kept
    assert seconds == pytest.approx(20 / 25, abs=0.06)  # as long as the pictures
    assert frequency == pytest.approx(440, abs=3)
    assert Clip.open(tmp_path / f"out{suffix}").sound


def test_a_film_has_the_rate_tags_and_size_that_players_take(tmp_path: Path) -> None:
    with film(tmp_path / "a.mp4", (63, 49), rate=Fraction(30000, 1001)) as made:
        for number in range(3):
            made.add(films.picture(number, (63, 49)))
    with av.open(str(tmp_path / "a.mp4")) as opened:
        stream = opened.streams.video[0]
        frame = next(opened.decode(stream))
        assert (stream.average_rate, stream.width, stream.height) == (Fraction(30000, 1001), 62, 48)
        assert stream.codec_context.pix_fmt == "yuv420p"
        assert (frame.colorspace, frame.color_primaries, frame.color_trc, frame.color_range) == (1, 1, 1, 1)
    assert made_here(tmp_path / "a.mp4")


@pytest.mark.parametrize(("suffix", "decoder"), [(".mov", "prores"), (".webm", "libvpx-vp9")])
def test_a_clear_film_keeps_its_opacity(tmp_path: Path, suffix: str, decoder: str) -> None:
    opacity = np.zeros((48, 64), np.uint8)
    opacity[:, 32:] = 255
    with film(tmp_path / f"a{suffix}", (64, 48), clear=True) as made:
        for number in range(3):
            made.add(np.dstack([films.picture(number), opacity]))
    with av.open(str(tmp_path / f"a{suffix}")) as opened:
        context = av.CodecContext.create(decoder, "r")
        context.extradata = opened.streams.video[0].codec_context.extradata
        context.width, context.height = 64, 48
        shown = [frame for packet in opened.demux(video=0) for frame in context.decode(packet if packet.size else None)]
    found = shown[1].reformat(format="rgba").to_ndarray()
    assert np.abs(found[..., 3].astype(float) - opacity).mean() < 4
    assert made_here(tmp_path / f"a{suffix}")
    with pytest.raises(EyecandyError, match=r"films are written as .mov or .webm"), film("a.mp4", (64, 48), clear=True):
        pass


@pytest.mark.parametrize("suffix", [".mp4", ".gif"])
def test_what_ctrl_c_ends_is_a_film_of_the_frames_so_far(tmp_path: Path, suffix: str) -> None:
    source = films.film(tmp_path / "source.mp4", 25, sound="aac")
    with pytest.raises(KeyboardInterrupt), film(tmp_path / f"a{suffix}", (64, 48), rate=25, sound=source) as made:
        for number in range(5):
            made.add(films.picture(number))
        raise KeyboardInterrupt
    assert films.numbers(read(tmp_path / f"a{suffix}")[1]) == list(range(5))
    with pytest.raises(KeyboardInterrupt), film(tmp_path / "none.mp4", (64, 48)):
        raise KeyboardInterrupt
    assert sorted(each.name for each in tmp_path.iterdir()) == [f"a{suffix}", "source.mp4"]

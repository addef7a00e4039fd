"""Films: every frame arrives, in order, in both formats, or nothing is left."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from eyecandy.art.output.film import film
from eyecandy.clips import Clip
from eyecandy.errors import EyecandyError

COLOURS = ((230, 20, 20), (20, 200, 20), (20, 20, 230))


def plain(colour: tuple[int, int, int], size: tuple[int, int] = (64, 48)) -> np.ndarray:
    return np.full((size[1], size[0], 3), colour, np.uint8)


def frames_of(path: Path) -> list[np.ndarray]:
    return list(Clip.open(path).frames())


@pytest.mark.parametrize("suffix", [".gif", ".mp4"])
def test_frames_keep_their_order_and_colours(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / "deep" / f"film{suffix}"
    with film(path, (64, 48)) as made:
        for colour in COLOURS:
            made.add(plain(colour))
    found = frames_of(path)
    assert found[0].shape == (48, 64, 3)
    for frame, colour in zip(found, COLOURS, strict=False):
        np.testing.assert_allclose(frame.mean((0, 1)), colour, atol=6)
    assert [item.name for item in path.parent.iterdir()] == [path.name]


def test_the_last_frame_of_an_mp4_is_held_for_a_second(tmp_path: Path) -> None:
    with film(tmp_path / "film.mp4", (64, 48), rate=10) as made:
        for colour in COLOURS:
            made.add(plain(colour))
    found = frames_of(tmp_path / "film.mp4")
    assert Clip.open(tmp_path / "film.mp4").rate == 10
    assert len(found) == 3 + 10
    np.testing.assert_allclose(found[-1].mean((0, 1)), COLOURS[-1], atol=6)


def test_the_last_frame_of_a_gif_is_held_for_a_second(tmp_path: Path) -> None:
    with film(tmp_path / "film.gif", (64, 48), rate=10) as made:
        for colour in COLOURS:
            made.add(plain(colour))
    with Image.open(tmp_path / "film.gif") as image:
        durations = []
        for number in range(image.n_frames):
            image.seek(number)
            durations.append(image.info["duration"])
        assert image.info["loop"] == 0
    assert durations == [100, 100, 1000]


@pytest.mark.parametrize("suffix", [".gif", ".mp4"])
def test_smaller_frames_are_enlarged_and_odd_sizes_are_allowed(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"film{suffix}"
    with film(path, (65, 43)) as made:
        half = plain(COLOURS[0], (33, 22))
        half[:, 16:] = COLOURS[2]
        made.add(half)
    found = frames_of(path)
    assert found[0].shape == ((43, 65, 3) if suffix == ".gif" else (42, 64, 3))
    np.testing.assert_allclose(found[0][:, :25].mean((0, 1)), COLOURS[0], atol=10)
    np.testing.assert_allclose(found[0][:, 40:].mean((0, 1)), COLOURS[2], atol=10)


@pytest.mark.parametrize("suffix", [".gif", ".mp4"])
def test_a_film_without_frames_is_refused_and_leaves_nothing(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(EyecandyError, match="got no frame"), film(tmp_path / f"film{suffix}", (64, 48)):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", [".gif", ".mp4"])
def test_a_block_that_fails_leaves_nothing(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(RuntimeError, match="mine"), film(tmp_path / f"film{suffix}", (64, 48)) as made:
        made.add(plain(COLOURS[0]))
        raise RuntimeError("mine")
    assert list(tmp_path.iterdir()) == []


def test_other_suffixes_and_existing_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(EyecandyError, match=r"has the suffix '.avi'; films are written as .mp4 or .gif"):
        film(tmp_path / "film.avi", (64, 48)).__enter__()
    (tmp_path / "film.gif").write_text("mine")
    with pytest.raises(EyecandyError, match="exists already"):
        film(tmp_path / "film.gif", (64, 48)).__enter__()
    assert (tmp_path / "film.gif").read_text() == "mine"

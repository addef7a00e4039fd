"""Films painted: every frame once, what moves carried along, sound kept, and Ctrl-C never losing what is done."""

from pathlib import Path

import films
import numpy as np
import pytest
from easel import SMALL, fails

from eyecandy.art.core.evaluate import WholeEvaluator
from eyecandy.art.output import motion
from eyecandy.art.output import record as records
from eyecandy.cli.app import run
from eyecandy.clips import Clip
from eyecandy.images import load, resize

FEW = (*SMALL, "--steps", "2")


@pytest.fixture(scope="module")
def sliding(samples: Path) -> list[np.ndarray]:
    """A photo that slides by two pixels a frame, and then another one."""
    photo, other = (resize(load(samples / name).pixels, (96, 64)) for name in ("chelsea.jpg", "macaw.jpg"))
    there = [photo[8:56, 2 * number : 2 * number + 64] for number in range(4)]
    return [np.ascontiguousarray(frame) for frame in (*there, other[8:56, :64], other[8:56, 1:65])]


@pytest.fixture
def clip(painting_folder: Path, sliding: list[np.ndarray]) -> Path:
    return films.film(Path("clip.mp4"), pictures=sliding, sound="aac", options={"crf": "8"})


def frames_of(path: str) -> list[np.ndarray]:
    return list(Clip.open(path).frames())


def test_a_film_is_painted_with_its_sound_and_again_makes_the_same(
    clip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["style", "clip.mp4", "style_flow.jpg", *FEW]) == 0
    said = capsys.readouterr()
    assert "clip-style.mp4: 6 frames" in said.out and "6 of 6 frames" in said.err
    made = Clip.open("clip-style.mp4")
    assert (made.count, made.rate, made.size, made.sound) == (6, 25, (64, 48), True)
    record = records.read("clip-style.mp4")
    told = {name: record["clip"][name] for name in ("frames", "done", "rate", "steps", "hold")}
    assert told == {"frames": 6, "done": 6, "rate": "25", "steps": 2, "hold": 1.0}
    assert not Path("clip-style.mp4.frames").exists()
    assert "exists already" in fails(capsys, "style", "clip.mp4", "style_flow.jpg", *FEW)
    assert run(["again", "clip-style.mp4", "--output", "again.mp4"]) == 0
    np.testing.assert_array_equal(frames_of("again.mp4"), frames_of("clip-style.mp4"))
    films.film(clip, 6)
    capsys.readouterr()
    assert run(["again", "clip-style.mp4", "--output", "b.mp4"]) == 2
    assert "'clip.mp4' is not the film that it was" in capsys.readouterr().err
    assert not Path("b.mp4").exists()


def test_what_ctrl_c_ends_goes_on_to_the_same_film(
    clip: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ["style", "clip.mp4", "style_flow.jpg", "--keep-colour", "luminance", *FEW]
    shown = motion.Motion.show

    def press(self: motion.Motion, photo: object) -> None:
        press.frames += 1
        if press.frames == 4:
            raise KeyboardInterrupt
        shown(self, photo)

    press.frames = 0
    with monkeypatch.context() as patch:
        patch.setattr(motion.Motion, "show", press)
        assert run(command) == 130
    assert "interrupted after 3 of 6 frames; clip-style.mp4 shows them; the same command goes on" in (
        capsys.readouterr().err
    )
    assert len(frames_of("clip-style.mp4")) == 3
    assert records.read("clip-style.mp4")["stopped"] == "interrupted after 3 of 6 frames"
    other = fails(capsys, *command, "--strength", "0.2")
    assert "half painted with another options; give the same, or pass --overwrite" in other
    assert run(command) == 0
    whole = frames_of("clip-style.mp4")
    assert records.read("clip-style.mp4")["stopped"] is None
    assert run([*command, "--resume"]) == 0
    assert "finished already" in capsys.readouterr().out
    assert run([*command, "--overwrite"]) == 0
    np.testing.assert_array_equal(frames_of("clip-style.mp4"), whole)  # as if it had never been interrupted
    assert not Path("clip-style.mp4.frames").exists()


@pytest.mark.parametrize("recipe", ["dream", "mirage"])
def test_other_recipes_paint_films_and_compile_a_step_once_a_scene(
    clip: Path, recipe: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    begin = WholeEvaluator.__init__

    def count(self: WholeEvaluator, *parts: object) -> None:
        made.append(self)
        begin(self, *parts)

    monkeypatch.setattr(WholeEvaluator, "__init__", count)
    more = ["--watch", "6", "--spatial-weight", "1"] if recipe == "mirage" else []
    assert run([recipe, "clip.mp4", *FEW, *more, "--output", "out.gif"]) == 0
    assert len(frames_of("out.gif")) == 6
    assert len(made) == 2  # one of each scene
    assert not Clip.open("out.gif").sound


def test_a_recipe_that_takes_no_films_and_options_for_pictures_are_refused(
    clip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "'clip.mp4' is a film, and reconstruct paints pictures" in fails(capsys, "reconstruct", "clip.mp4", *SMALL)
    for flag, value in (("--film", "grow.mp4"), ("--every", "2"), ("--zoom", "3")):
        assert f"{flag} is for pictures" in fails(capsys, "dream", "clip.mp4", flag, value, *SMALL)
    assert "written as .mp4, .mov, .webm or .gif" in fails(capsys, "dream", "clip.mp4", "--output", "out.avi", *SMALL)
    assert "--steps must be" in fails(capsys, "dream", "clip.mp4", "--steps", "0", *SMALL)
    Path("broken.mp4").write_bytes(clip.read_bytes()[:900])
    assert "'broken.mp4' is no film that can be read" in fails(capsys, "dream", "broken.mp4", *SMALL)

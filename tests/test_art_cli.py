"""The commands that paint, small, through the command line as users call it: what they write and say."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from easel import SMALL, fails
from PIL import Image

from eyecandy import images
from eyecandy.art.core.canvas import CANVASES
from eyecandy.art.core.optimizers import RULES
from eyecandy.art.core.options import CANVASES as CANVAS_NAMES
from eyecandy.art.core.options import OPTIMIZERS
from eyecandy.art.output import record
from eyecandy.art.recipes.dream import DreamOptions
from eyecandy.art.recipes.style import DISTANCES, LOSSES, StyleOptions
from eyecandy.cli.app import run


def test_dream_writes_picture_and_record_beside_the_photo(
    painting_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["dream", "china.jpg", "--layer", "conv4_3:0.7", "--layer", "block3_conv2", *SMALL]) == 0
    said = capsys.readouterr()
    assert said.out == "china-dream.png: 64 x 43 pixels, 6 iterations\n"
    first, *lines = said.err.splitlines()
    assert first.startswith("CPU, 64 x 43 pixels, efficientnet-lite0, 6 iterations: about ")
    assert "GB of memory and" in first
    assert lines[-1].startswith("  6 of 6 at 64 x 43: energy ")
    assert "s a step" in lines[-1]
    told = record.read(painting_folder / "china-dream.png")
    assert told == json.loads((painting_folder / "china-dream.png.json").read_text())
    assert told["options"]["layers"] == ["conv4_3:0.7", "block3_conv2"]
    assert told["command"].startswith("eyecandy dream china.jpg --size 64")
    assert told["command"].endswith("--layer conv4_3:0.7 --layer block3_conv2")
    assert images.load(painting_folder / "china-dream.png").size == (64, 43)


def test_options_and_defaults_are_those_of_the_dataclass(painting_folder: Path) -> None:
    assert run(["dream", "--size", "64", "--iterations", "2", "--seed", "3", "--output", "a.png"]) == 0
    assert record.read("a.png")["options"] == DreamOptions(size=64, iterations=2, seed=3).record()
    arguments = ["--strength", "0.7", "--keep-colour", "full", "--style-layer", "block1_conv1", "--tv", "0.1"]
    assert run(["style", "china.jpg", "style_flow.jpg", *arguments, "--output", "b.png", *SMALL]) == 0
    given = {"strength": 0.7, "keep_colour": "full", "style_layers": ["block1_conv1"], "tv": 0.1}
    expected = StyleOptions(**given, size=64, scales=1, iterations=6, margin=8)
    assert record.read("b.png")["options"] == expected.record()


def test_names_of_choices_are_those_there_are() -> None:
    assert set(CANVAS_NAMES) == set(CANVASES)
    assert set(OPTIMIZERS) == {*RULES, "lbfgs"}
    assert set(LOSSES) == set(DISTANCES)


def test_style_takes_paintings_with_weights_and_several_photos(
    painting_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mosaic = "style_mosaic.jpg:0.5"
    assert run(["style", "china.jpg", "style_flow.jpg", mosaic, "--photo", "ch*.jpg", "-o", "out", *SMALL]) == 0
    made = sorted(path.name for path in (painting_folder / "out").glob("*.png"))
    assert made == ["chelsea-style.png", "china-style.png"]
    weights = [source["weight"] for source in record.read(painting_folder / "out" / "china-style.png")["sources"]]
    assert weights == [1, 1, 0.5]
    assert "out/china-style.png: 64 x 43 pixels" in capsys.readouterr().out


def test_tile_and_memory_decide_how_a_picture_is_seen(
    painting_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    once = ["dream", "china.jpg", "--layer", "block2_conv2", "--scales", "1", "--iterations", "1", "-o", "a.png"]

    def told(*options: str) -> str:
        """The first line, which says how the picture is seen."""
        assert run([*once, "--overwrite", *options]) == 0
        return capsys.readouterr().err.splitlines()[0]

    small, large = ("--size", "128"), ("--size", "1024")
    assert "in tiles of" not in told(*small) + told(*small, "--tile", "off")
    assert " in tiles of " in told(*small, "--tile", "96")
    assert "in tiles of" not in told(*large, "--memory", "6GB")
    assert " in tiles of " in told(*large, "--memory", "1.1GB")
    Path("a.png").unlink(), Path("a.png.json").unlink()
    assert "allows 1.1 GB; the largest size that fits" in fails(
        capsys, *once, *large, "--memory", "1.1GB", "--tile", "off"
    )


def test_presets_are_taken_and_options_beside_them_win(painting_folder: Path) -> None:
    assert run(["style", "china.jpg", "style_flow.jpg", "--preset", "quick", *SMALL]) == 0
    options = record.read("china-style.png")["options"]
    assert (options["size"], options["iterations"]) == (64, 6)
    assert "--preset quick" in record.read("china-style.png")["command"]


def test_every_keeps_pictures_and_film_shows_them(painting_folder: Path) -> None:
    assert run(["dream", "china.jpg", "--every", "2", "--film", "grow.gif", *SMALL]) == 0
    assert sorted(path.name for path in painting_folder.glob("china-dream*.png")) == [
        "china-dream-00002.png",
        "china-dream-00004.png",
        "china-dream.png",
    ]
    first, last = (images.load(name).pixels.astype(float) for name in ("china-dream-00002.png", "china-dream.png"))
    assert np.abs(first - last).mean() > 0.5
    with Image.open("grow.gif") as film:
        assert film.size == (64, 43)
        assert film.n_frames >= 6


def test_zoom_writes_a_film_of_so_many_frames(painting_folder: Path) -> None:
    assert run(["dream", "--zoom", "3", "--film", "fall.gif", *SMALL]) == 0
    with Image.open("fall.gif") as film:
        assert (film.n_frames, film.size) == (3, (64, 64))
        film.seek(2)
        assert film.info["duration"] < 100  # it falls to its end, and does not stop before
    assert record.read("dream.png")["recipe"] == "dream"


def test_several_photos_go_on_after_a_failure_which_is_listed(
    painting_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("broken.jpg").write_bytes(b"no picture")
    assert run(["dream", "broken.jpg", "china.jpg", "missing.jpg", *SMALL]) == 2
    said = capsys.readouterr()
    assert "china-dream.png: 64 x 43 pixels" in said.out
    assert "eyecandy: 2 failed, 1 done; the failures:" in said.err
    assert said.err.count("'missing.jpg' does not exist") == 2  # at once, and in the list at the end
    assert not Path("broken-dream.png").exists()


def test_the_list_of_failures_names_each_photo(painting_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (painting_folder / "photos").mkdir()
    Image.new("RGB", (90, 30)).save(painting_folder / "photos" / "wide.png")
    (painting_folder / "photos" / "broken.png").write_bytes(b"no picture")
    assert run(["dream", "photos", *SMALL]) == 2
    said = capsys.readouterr().err.splitlines()
    listed = said[said.index("eyecandy: 2 failed, 0 done; the failures:") + 1 :]
    assert len(listed) == 2 and "broken.png" in listed[0] + listed[1]
    assert any(line.startswith(f"  {Path('photos/wide.png')}: the picture would be 64 x 21") for line in listed)


def test_a_folder_gives_its_photos_but_not_the_pictures_made_of_them(painting_folder: Path) -> None:
    (painting_folder / "in").mkdir()
    shutil.move("china.jpg", "in")
    assert run(["dream", "in", *SMALL]) == 0
    assert run(["dream", "in", *SMALL, "--overwrite"]) == 0
    assert sorted(path.name for path in (painting_folder / "in").iterdir()) == [
        "china-dream.png",
        "china-dream.png.json",
        "china.jpg",
    ]


def test_mirage_says_what_it_sees_and_plots_it(painting_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["mirage", "chelsea.jpg", "--watch", "3", *SMALL]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "seeing the features:"
    assert "cat (28" in "".join(said[1:6])
    assert said[6].startswith("after 3 iterations seen as ")
    assert "(class " in said[6]
    assert images.load("chelsea-mirage-classes.png").size == (960, 540)
    assert [each["iteration"] for each in record.read("chelsea-mirage.png")["seeing"]] == [0, 3, 6]


def test_reconstruct_makes_a_figure_of_two_rows(painting_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    layers = ("--layer", "block1_conv1", "--layer", "block3_conv1")
    assert run(["reconstruct", "china.jpg", *layers, *SMALL]) == 0
    said = capsys.readouterr().out
    assert said.count("relative error") == 4
    assert set(record.read("china-reconstruct.png")["errors"]) == {
        f"{kind} {layer}" for kind in ("content", "style") for layer in ("block1_conv1", "block3_conv1")
    }


def test_a_mask_of_another_size_is_scaled_and_that_is_said(
    painting_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    half = np.zeros((20, 30), np.uint8)
    half[:, 15:] = 255
    images.save("mask.png", half)
    assert run(["dream", "china.jpg", "--region", "mask.png", *SMALL]) == 0
    said = capsys.readouterr().err
    assert "mask.png: the mask is 30 x 20 pixels and the photo 640 x 427; it is scaled to fit" in said
    made = images.load("china-dream.png").pixels
    photo = images.resize(images.load("china.jpg").pixels, (64, 43))
    np.testing.assert_array_equal(made[:, :32], photo[:, :32])
    assert np.abs(made[:, 40:].astype(int) - photo[:, 40:]).mean() > 0.5


HELP = """
import sys
from eyecandy.cli.app import run
for command in ("dream", "style", "mirage", "reconstruct", "study", "again"):
    assert run([command, "--help"]) == 0
print(sorted({"tensorflow", "keras", "numpy", "matplotlib", "cv2"} & set(sys.modules)), file=sys.stderr)
"""


def test_help_starts_nothing_heavy() -> None:
    done = subprocess.run([sys.executable, "-c", HELP], capture_output=True, text=True, check=True)
    assert done.stderr == "[]\n"
    for flag in ("--layer", "--spatial-weight", "--keep-colour", "--kind", "--ratios", "--resume", "--film"):
        assert flag in done.stdout


def test_the_api_is_there_without_tensorflow() -> None:
    names = {"dream", "style", "mirage", "reconstruct", "study", "Artwork"}
    code = f"import sys, eyecandy; print({names} <= set(dir(eyecandy)), 'tensorflow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True False\n"

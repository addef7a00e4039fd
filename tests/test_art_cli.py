"""The commands that paint, small, through the command line as users call it."""

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from eyecandy import images
from eyecandy.art import record
from eyecandy.art.canvas import CANVASES
from eyecandy.art.optimizers import RULES
from eyecandy.art.options import CANVASES as CANVAS_NAMES
from eyecandy.art.options import OPTIMIZERS
from eyecandy.art.options.dream import DreamOptions
from eyecandy.art.options.style import LOSSES, StyleOptions
from eyecandy.art.style import DISTANCES
from eyecandy.cli.app import run
from eyecandy.cli.painting import interrupts

SAMPLES = Path(__file__).parent.parent / "samples"
SMALL = ("--size", "64", "--scales", "1", "--iterations", "6", "--margin", "8")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder: two photos, two paintings, and a picture far wider than high."""
    for name in ("china.jpg", "chelsea.jpg", "style_flow.jpg", "style_mosaic.jpg"):
        shutil.copy(SAMPLES / name, tmp_path)
    images.save(tmp_path / "strip.png", np.zeros((40, 640, 3), np.uint8))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def fails(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Runs what must fail; gives the one line that says why."""
    before = sorted(Path.cwd().rglob("*"))
    assert run([*arguments]) == 2
    said = capsys.readouterr().err.splitlines()
    assert sorted(Path.cwd().rglob("*")) == before, "something was written"
    assert len(said) == 1
    return said[0]


def test_dream_writes_picture_and_record_beside_the_photo(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["dream", "china.jpg", "--layer", "conv4_3:0.7", "--layer", "block3_conv2", *SMALL]) == 0
    said = capsys.readouterr()
    assert said.out == "china-dream.png: 64 x 43 pixels, 6 iterations\n"
    first, *lines = said.err.splitlines()
    assert first.startswith("CPU, 64 x 43 pixels, efficientnet-lite0, 6 iterations: about ")
    assert "GB of memory and" in first
    assert lines[-1].startswith("  6 of 6 at 64 x 43: energy ")
    assert "s a step" in lines[-1]
    told = record.read(folder / "china-dream.png")
    assert told == json.loads((folder / "china-dream.json").read_text())
    assert told["options"]["layers"] == ["conv4_3:0.7", "block3_conv2"]
    assert told["command"].startswith("eyecandy dream china.jpg --size 64")
    assert told["command"].endswith("--layer conv4_3:0.7 --layer block3_conv2")
    assert images.load(folder / "china-dream.png").size == (64, 43)


def test_options_and_defaults_are_those_of_the_dataclass(folder: Path) -> None:
    assert run(["dream", "--size", "64", "--iterations", "2", "--seed", "3", "--output", "a.png"]) == 0
    assert record.read("a.png")["options"] == DreamOptions(size=64, iterations=2, seed=3).record()
    arguments = ["--strength", "0.7", "--keep-colour", "--style-layer", "block1_conv1", "--tv", "0.1"]
    assert run(["style", "china.jpg", "style_flow.jpg", *arguments, "--output", "b.png", *SMALL]) == 0
    given = {"strength": 0.7, "keep_colour": True, "style_layers": ["block1_conv1"], "tv": 0.1}
    expected = StyleOptions(**given, size=64, scales=1, iterations=6, margin=8)
    assert record.read("b.png")["options"] == expected.record()


def test_names_of_choices_are_those_there_are() -> None:
    assert set(CANVAS_NAMES) == set(CANVASES)
    assert set(OPTIMIZERS) == {*RULES, "lbfgs"}
    assert set(LOSSES) == set(DISTANCES)


def test_style_takes_paintings_with_weights_and_several_photos(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mosaic = "style_mosaic.jpg:0.5"
    assert run(["style", "china.jpg", "style_flow.jpg", mosaic, "--photo", "ch*.jpg", "-o", "out", *SMALL]) == 0
    made = sorted(path.name for path in (folder / "out").glob("*.png"))
    assert made == ["chelsea-style.png", "china-style.png"]
    weights = [source["weight"] for source in record.read(folder / "out" / "china-style.png")["sources"]]
    assert weights == [1, 1, 0.5]
    assert "out/china-style.png: 64 x 43 pixels" in capsys.readouterr().out


def test_presets_are_taken_and_options_beside_them_win(folder: Path) -> None:
    assert run(["style", "china.jpg", "style_flow.jpg", "--preset", "quick", *SMALL]) == 0
    options = record.read("china-style.png")["options"]
    assert (options["size"], options["iterations"]) == (64, 6)
    assert "--preset quick" in record.read("china-style.png")["command"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("dream", "china.jpg", "--towards", "tabby", *SMALL),
        ("dream", "--layer", "block3_conv1", "--channel", "5", *SMALL),
        ("dream", "china.jpg", "--guide", "style_flow.jpg", "--layer", "block3_conv1", *SMALL),
        ("style", "china.jpg", "style_flow.jpg", "style_mosaic.jpg:0.25", "--init", "noise", *SMALL),
        ("style", "china.jpg", "style_flow.jpg", "--region", "0,0,200,400", *SMALL),
        ("mirage", "china.jpg", "--painting", "style_flow.jpg:0.5", "--watch", "3", *SMALL),
        ("reconstruct", "china.jpg", "--layer", "block2_conv1", "--kind", "content", *SMALL),
    ],
    ids=lambda arguments: " ".join(arguments[:4]),
)
def test_again_reproduces_the_bytes(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    assert run([*arguments, "--output", "first.png"]) == 0
    assert run(["again", "first.png"]) == 0
    assert "the pixels are the same as of first.png" in capsys.readouterr().out
    assert (folder / "first.png").read_bytes() == (folder / "first-again.png").read_bytes()


def test_again_reads_the_record_beside_a_jpeg_and_warns_of_another_version(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["dream", "china.jpg", "--output", "first.jpg", *SMALL]) == 0
    told = json.loads(Path("first.json").read_text())
    told["versions"]["eyecandy"] = "0.0.1"
    Path("first.json").write_text(json.dumps(told))
    assert run(["again", "first.jpg", "-o", "second.jpg"]) == 0
    assert "made by eyecandy 0.0.1, and this is" in capsys.readouterr().err
    assert Path("first.jpg").read_bytes() == Path("second.jpg").read_bytes()


def test_again_refuses_what_it_cannot_make(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "carries no record" in fails(capsys, "again", "china.jpg")
    assert run(["dream", "china.jpg", "--every", "3", *SMALL]) == 0
    capsys.readouterr()
    assert "was kept on the way to 'china-dream.png'" in fails(capsys, "again", "china-dream-00003.png")
    images.save("china.jpg", images.load("chelsea.jpg").pixels, overwrite=True)
    assert run(["again", "china-dream.png"]) == 2
    assert "'china.jpg' is not the picture that it was" in capsys.readouterr().err


def test_every_keeps_pictures_and_film_shows_them(folder: Path) -> None:
    assert run(["dream", "china.jpg", "--every", "2", "--film", "grow.gif", *SMALL]) == 0
    assert sorted(path.name for path in folder.glob("china-dream*.png")) == [
        "china-dream-00002.png",
        "china-dream-00004.png",
        "china-dream.png",
    ]
    first, last = (images.load(name).pixels.astype(float) for name in ("china-dream-00002.png", "china-dream.png"))
    assert np.abs(first - last).mean() > 0.5
    with Image.open("grow.gif") as film:
        assert film.size == (64, 43)
        assert film.n_frames >= 6


def test_zoom_writes_a_film_of_so_many_frames(folder: Path) -> None:
    assert run(["dream", "--zoom", "3", "--film", "fall.gif", *SMALL]) == 0
    with Image.open("fall.gif") as film:
        assert (film.n_frames, film.size) == (3, (64, 64))
    assert record.read("dream.png")["recipe"] == "dream"


def test_several_photos_go_on_after_a_failure_which_is_listed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("broken.jpg").write_bytes(b"no picture")
    assert run(["dream", "broken.jpg", "china.jpg", "missing.jpg", *SMALL]) == 2
    said = capsys.readouterr()
    assert "china-dream.png: 64 x 43 pixels" in said.out
    assert "eyecandy: 2 failed, 1 done; the failures:" in said.err
    assert said.err.count("'missing.jpg' does not exist") == 2  # at once, and in the list at the end
    assert not Path("broken-dream.png").exists()


def test_a_folder_gives_its_photos_but_not_the_pictures_made_of_them(folder: Path) -> None:
    (folder / "in").mkdir()
    shutil.move("china.jpg", "in")
    assert run(["dream", "in", *SMALL]) == 0
    assert run(["dream", "in", *SMALL, "--overwrite"]) == 0
    assert sorted(path.name for path in (folder / "in").iterdir()) == [
        "china-dream.json",
        "china-dream.png",
        "china.jpg",
    ]


def test_mirage_says_what_it_sees_and_plots_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["mirage", "chelsea.jpg", "--watch", "3", *SMALL]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "seeing the features:"
    assert "cat (28" in "".join(said[1:6])
    assert said[6].startswith("after 3 iterations seen as ")
    assert "(class " in said[6]
    assert images.load("chelsea-mirage-classes.png").size == (960, 540)
    assert [each["iteration"] for each in record.read("chelsea-mirage.png")["seeing"]] == [0, 3, 6]


def test_reconstruct_makes_a_figure_of_two_rows(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    layers = ("--layer", "block1_conv1", "--layer", "block3_conv1")
    assert run(["reconstruct", "china.jpg", *layers, *SMALL]) == 0
    said = capsys.readouterr().out
    assert said.count("relative error") == 4
    assert set(record.read("china-reconstruct.png")["errors"]) == {
        f"{kind} {layer}" for kind in ("content", "style") for layer in ("block1_conv1", "block3_conv1")
    }


def test_study_goes_on_where_it_ended(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["study", "china.jpg", "style_flow.jpg", "--layers", "block1_conv1", "--content-layer", "block3_conv2"]
    arguments += ["--steps", "2,4", "--ratios", "25", "--size", "64", "--scales", "1", "--iterations", "3"]
    assert run(arguments) == 0
    assert "3 pictures, 3 of them made now" in capsys.readouterr().out
    next((folder / "china-study").rglob("*2-iterations.png")).unlink()
    assert run(arguments) == 0
    said = capsys.readouterr().out
    assert "3 pictures, 1 of them made now" in said
    assert all(Path(line).is_file() for line in said.splitlines()[:3])


def test_again_of_a_sheet_makes_the_whole_study_and_of_a_cell_that_picture(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = ["--steps", "2,4", "--ratios", "25", "--size", "64", "--scales", "1", "--iterations", "3"]
    layers = ["--layers", "block1_conv1", "--content-layer", "block3_conv2"]
    assert run(["study", "china.jpg", "style_flow.jpg", *layers, *few]) == 0
    sheet = Path("china-study", "style-layers.png")
    assert record.read(sheet)["command"].startswith("eyecandy study china.jpg style_flow.jpg ")
    assert run(["again", str(sheet)]) == 0
    said = capsys.readouterr()
    assert "is a sheet of a study: the whole study is made again, in the folder " in said.err
    assert f"the pixels are the same as of {sheet}" in said.out
    assert "3 pictures, 3 of them made now" in said.out
    first, second = (sorted(Path(name).rglob("*.png")) for name in ("china-study", "china-study-again"))
    assert [path.name for path in first] == [path.name for path in second]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]

    cell = Path("china-study", "pictures", "style-layers-block1_conv1-4-iterations.png")
    assert run(["again", str(cell), "-o", "cell.png"]) == 0
    assert f"the pixels are the same as of {cell}" in capsys.readouterr().out


def test_again_of_a_fall_makes_the_dream_and_every_frame(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["dream", "china.jpg", "--zoom", "3", "--film", "fall.gif", *SMALL]) == 0
    assert record.read("china-dream.png")["zoom"] == 3
    assert run(["again", "fall.gif"]) == 0
    assert "the dream and all 3 frames are made again, as fall-again.gif" in capsys.readouterr().err
    assert Path("fall.gif").read_bytes() == Path("fall-again.gif").read_bytes()
    assert run(["again", "china-dream.png"]) == 0
    assert Path("china-dream.png").read_bytes() == Path("china-dream-again.png").read_bytes()
    Path("chelsea-dream.json").write_text("{}")
    capsys.readouterr()
    assert "'chelsea-dream.json' exists already" in fails(
        capsys, "dream", "china.jpg", "--zoom", "3", "--film", "chelsea-dream.gif", "--output", "c.png", *SMALL
    )


def test_a_mask_of_another_size_is_scaled_and_that_is_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
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


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("dream", "china.jpg", "--layer", "block4_conv9"), "unknown layer 'block4_conv9'; nearest is"),
        (("dream", "china.jpg", "--layer", "block4_conv3:-1"), "the weight of 'block4_conv3' must be a number"),
        (("dream", "china.jpg", "--layer", "block4_conv3:nan"), "the weight of 'block4_conv3' must be a number"),
        (("dream", "china.jpg", "--layer", "block4_conv3:0"), "at least one name with a weight above 0"),
        (("dream", "china.jpg", "--towards", "tabbi"), "no class is called 'tabbi'; nearest"),
        (("dream", "china.jpg", "--iterations", "0"), "iterations must be a whole number of at least 1, got 0"),
        (("dream", "china.jpg", "--size", "63"), "size must be a whole number of at least 64, got 63"),
        (("dream", "china.jpg", "--size", "1000000"), "the largest size that fits is about"),
        (("dream", "china.jpg", "--guide", "missing.jpg"), "'missing.jpg' does not exist"),
        (("dream", "china.jpg", "--region", "999,999,1000,1000"), "holds no pixel of the picture"),
        (("dream", "missing.jpg"), "'missing.jpg' does not exist"),
        (
            ("dream", "strip.png", "--size", "64"),
            "would be 64 x 4 pixels, and the network with this --margin and --jitter",
        ),
        (("style", "strip.png", "style_flow.jpg", "--size", "64"), "needs 32 a side; raise --size to 512"),
        (("style", "china.jpg", "strip.png", "--size", "64"), "the painting is 64 x 4 pixels at this size"),
        (("mirage", "strip.png", "--size", "64"), "needs 33 a side; raise --size to 528"),
        (("reconstruct", "strip.png", "--size", "64"), "would be 64 x 4 pixels"),
        (("dream", "china.jpg", "--size", "64", "--margin", "50"), "needs 51 a side; raise --size to 76"),
        (("dream", "china.jpg", "--size", "64", "--jitter", "90"), "needs 59 a side; raise --size to 88"),
        (("dream", "china.jpg", "--output", "china.xyz"), "has the suffix '.xyz'; pictures are saved as .png"),
        (("dream", "china.jpg", "--output", "chelsea.jpg"), "'chelsea.jpg' exists already; pass --overwrite"),
        (("dream", "china.jpg", "--film", "film.avi"), "films are written as .mp4 or .gif"),
        (("dream", "china.jpg", "chelsea.jpg", "--film", "film.gif"), "one film cannot show 2 pictures grow"),
        (("dream", "china.jpg", "--every", "0"), "every must be a whole number of at least 1, got 0"),
        (("dream", "china.jpg", "--zoom", "0"), "zoom must be a whole number of at least 1, got 0"),
        (("dream", "china.jpg", "--strength", "1"), "No such option"),
        (("style", "china.jpg"), "Missing argument 'PAINTING"),
        (("style", "china.jpg", "missing.jpg"), "'missing.jpg' does not exist"),
        (("style", "china.jpg", "style_flow.jpg:x"), "the weight in 'style_flow.jpg:x' is no number"),
        (("style", "china.jpg", "style_flow.jpg:0"), "at least one painting with a weight above 0"),
        (("style", "china.jpg", "style_flow.jpg", "--strength", "2"), "strength must be a number of at least 0 and at"),
        (("style", "china.jpg", "style_flow.jpg", "--preset", "klimt"), "the presets are gatys, quick"),
        (("style", "china.jpg", "style_flow.jpg", "--style-scale", "0.01"), "raise --size or --style-scale"),
        (("mirage", "china.jpg", "--class-weight", "0", "--style-weight", "0"), "must be above 0, got 0 for all three"),
        (("mirage", "china.jpg", "--size", "1000000"), "the largest size that fits is about"),
        (("reconstruct", "china.jpg", "--size", "1000000"), "the largest size that fits is about"),
        (("reconstruct", "china.jpg", "--kind", "all"), "unknown --kind 'all'"),
        (("study", "china.jpg", "style_flow.jpg", "--steps", "many"), "steps must be numbers, such as '25,100'"),
    ],
    ids=lambda value: " ".join(value[1:]) if isinstance(value, tuple) else "",
)
def test_bad_input_is_one_line_and_writes_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str
) -> None:
    assert message in fails(capsys, *arguments)


def test_resume_refuses_another_version_and_leaves_finished_pictures(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["dream", "china.jpg", *SMALL]) == 0
    before = Path("china-dream.png").read_bytes()
    assert run(["dream", "china.jpg", *SMALL, "--resume"]) == 0
    assert "china-dream.png: finished already" in capsys.readouterr().out
    assert Path("china-dream.png").read_bytes() == before
    told = record.read("china-dream.png")
    told |= {"stopped": "interrupted after 3 of 6 iterations", "iterations": 3}
    told["versions"]["eyecandy"] = "0.0.1"
    images.save(
        "china-dream.png", images.load("china-dream.png").pixels, text={"eyecandy": json.dumps(told)}, overwrite=True
    )
    said = fails(capsys, "dream", "china.jpg", *SMALL, "--resume")
    assert "was made by eyecandy 0.0.1, and this is" in said


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process")
def test_control_c_keeps_the_picture_and_resume_goes_on(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    few = ["--size", "64", "--scales", "1", "--iterations", "400", "--margin", "8", "--every", "10"]
    command = [sys.executable, "-m", "eyecandy", "style", "china.jpg", "style_flow.jpg", *few, "--film", "grow.mp4"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("  ") and int(line.split()[0]) >= 40:
                break
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert process.returncode == 130
    assert "china-style.png keeps the picture so far; the same command with --resume goes on" in rest
    assert "Traceback" not in rest
    assert images.load("china-style.png").size == (64, 43)
    assert Path("grow.mp4").stat().st_size > 0
    done = record.read("china-style.png")["iterations"]
    assert 40 <= done < 400
    assert run(["style", "china.jpg", "style_flow.jpg", *few, "--resume"]) == 0
    whole = record.read("china-style.png")
    assert (whole["iterations"], whole["stopped"], whole["resumed"]) == (400, None, [done])
    assert not list(folder.glob(".eyecandy-*"))


def test_the_list_of_failures_names_each_photo(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "photos").mkdir()
    Image.new("RGB", (90, 30)).save(folder / "photos" / "wide.png")
    (folder / "photos" / "broken.png").write_bytes(b"no picture")
    assert run(["dream", "photos", *SMALL]) == 2
    said = capsys.readouterr().err.splitlines()
    listed = said[said.index("eyecandy: 2 failed, 0 done; the failures:") + 1 :]
    assert len(listed) == 2 and "broken.png" in listed[0] + listed[1]
    assert any(line.startswith(f"  {Path('photos/wide.png')}: the picture would be 64 x 21") for line in listed)


def test_control_c_is_not_lost_while_python_tidies_up(monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.getsignal(signal.SIGINT)

    class Untidy:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGINT)  # the interrupt that this raises is only printed

    with interrupts() as asked:
        asked(None)
        monkeypatch.setattr(sys, "unraisablehook", lambda _: None)
        Untidy()
        with pytest.raises(KeyboardInterrupt):
            asked(None)
    assert signal.getsignal(signal.SIGINT) is before


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

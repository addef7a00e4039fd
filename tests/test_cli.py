"""The command line: what is printed, what is written, and how it ends."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
from conftest import Run
from PIL import Image

import eyecandy
from eyecandy.backbone.model import Backbone
from eyecandy.cli import app
from eyecandy.detection import detect as detection
from eyecandy.detection.detect import Detection
from eyecandy.detection.export.folders import MARKER
from eyecandy.detection.options import DetectOptions

HEAVY = ("tensorflow", "keras", "matplotlib", "sklearn", "cv2", "scipy")
Command = Callable[..., Run]


def process(*arguments: str | Path, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "eyecandy", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def rectangle(path: Path, colour: tuple[int, int, int] = (255, 0, 0), size: tuple[int, int] = (256, 192)) -> Path:
    """A picture in which `colour_net` finds one object."""
    pixels = np.full((size[1], size[0], 3), 127, np.uint8)
    pixels[32 : size[1] - 32, 48 : size[0] - 64] = colour
    Image.fromarray(pixels).save(path)
    return path


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


# Before anything is looked at


@pytest.mark.parametrize("arguments", [(), ("--help",), ("detect", "--help"), ("classify", "--help"), ("--version",)])
def test_help_needs_nothing_heavy(arguments: tuple[str, ...]) -> None:
    program = (
        "import sys; from eyecandy.cli.app import run\n"
        f"code = run({list(arguments)!r})\n"
        f"loaded = [name for name in {HEAVY!r} if name in sys.modules]\n"
        "sys.exit(f'loaded {loaded}' if loaded else code)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "eyecandy" in done.stdout


def test_help_names_every_option_and_its_default() -> None:
    text = " ".join(process("detect", "--help", env={**os.environ, "COLUMNS": "200"}).stdout.split())
    for option in (
        *("backbone", "weights", "labels", "preprocessing", "pooling", "top", "components", "decomposition"),
        *("signal", "reading", "refine", "size", "min-score", "output", "overwrite", "explain", "json"),
    ):
        assert f"--{option} " in text
    assert "[default: 20]" in text and "[default: grabcut]" in text and "Examples # what is in a photo" in text


def test_version() -> None:
    done = process("--version")
    assert done.stdout.splitlines() == [
        f"eyecandy {eyecandy.__version__}",
        "efficientnet-lite0 8313f4c7fb8f",
        f"tensorflow {metadata.version('tensorflow')}",
        f"keras {metadata.version('keras')}",
    ]
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("detect",), "Missing argument"),
        (("detct",), "'detct'"),
        (("detect", "--tpo", "3", "x.jpg"), "--tpo"),
        (("detect", "--top", "many", "x.jpg"), "--top"),
        (("weights", "feed"), "'feed'"),
    ],
)
def test_wrong_arguments_are_one_line(
    arguments: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert app.run(list(arguments)) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.startswith("eyecandy: ") and said.err.count("\n") == 1
    assert says in said.err and "--help`" in said.err


# detect


def test_detect_on_a_dog_and_a_cat(
    command: Command, net: Backbone, found: Detection, dog_and_cat: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    run = command("detect", dog_and_cat, "--output", out)
    assert (run.code, run.err) == (0, "")
    lines = run.out.splitlines()
    assert lines[0] == f"{dog_and_cat}: {found.photo.size[0]} × {found.photo.size[1]} pixels"
    first = next(line for line in lines if found.classes[0].label in line)
    assert first.split()[-2:] == [f"{found.classes[0].probability:.3f}", str(found.classes[0].class_index)]
    table = lines[lines.index("Objects") + 2 :]
    for line, item in zip(table, found.objects, strict=False):
        numbers = [f"{item.probability:.3f}", f"{item.score:.2f}", *map(str, item.box)]
        assert line.split() == [*item.word.split(), *item.label.split(), *numbers]
    assert lines.index(first) < lines.index("Objects")
    assert lines[-1] == f"figure: {out / 'figure.png'}"
    words = {item.word for item in found.objects}
    assert {"dog", "cat"} <= words
    assert {f"{word}-1.png" for word in words} | {"figure.png", "masks.npz", "objects.json", MARKER} <= set(
        contents(out)
    )

    again = command("detect", dog_and_cat, "--output", tmp_path / "again")
    assert again.code == 0 and contents(tmp_path / "again") == contents(out)


def test_results_go_beside_the_photo(command: Command, colour_model: list[str], tmp_path: Path) -> None:
    photo = rectangle(tmp_path / "a photo.png")
    assert command("detect", photo, *colour_model).code == 0
    document = json.loads((tmp_path / "a photo.eyecandy" / "objects.json").read_text())
    assert document["images"][0]["file_name"] == "a photo.png"
    (red,) = document["annotations"]
    assert red["word"] == "red" and red["cutout"] == "red-1.png"
    np.testing.assert_allclose(red["bbox"], [48, 32, 144, 128], atol=1)
    assert not (tmp_path / "a photo.eyecandy" / "explain.png").exists()


def test_every_option_reaches_the_detector(command: Command, colour_model: list[str], tmp_path: Path) -> None:
    wanted = DetectOptions(
        top=7,
        reading="average",
        signal="gradient-input",
        decomposition="nmf",
        components=2,
        refine="none",
        size=160,
        min_score=0.05,
    )
    options = [
        *("--top", 7, "--reading", "average", "--signal", "gradient-input", "--decomposition", "nmf"),
        *("--components", 2, "--refine", "none", "--size", 160, "--min-score", 0.05),
    ]
    out = tmp_path / "out"
    run = command("detect", rectangle(tmp_path / "a.png"), *colour_model, *options, "--explain", "-o", out)
    assert run.code == 0, run.err
    record = json.loads((out / MARKER).read_text())
    assert DetectOptions(**record["options"]) == wanted
    assert record["backbone"] == "colours"
    with np.load(out / "masks.npz") as held:
        assert held["class_masks"].shape[0] == 7 and held["eigenmasks"].shape[0] == 2
        assert set(held["thresholds"].tolist()) == {0.5}
    assert (out / "explain.png").is_file()


def test_json_and_nothing_else(command: Command, colour_model: list[str], tmp_path: Path) -> None:
    photo = rectangle(tmp_path / "a.png")
    run = command("detect", photo, *colour_model, "--json")
    assert (run.code, run.err) == (0, "")
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]
    document = json.loads(run.out)
    (result,) = document["results"]
    assert document["failures"] == []
    assert (result["photo"], result["width"], result["height"], result["output"]) == (str(photo), 256, 192, None)
    assert result["classes"][0]["label"] == "red" and result["objects"][0]["word"] == "red"
    assert sum(result["objects"][0]["segmentation"]["counts"]) == 256 * 192

    run = command("detect", photo, *colour_model, "--json", "--output", tmp_path / "out")
    assert json.loads(run.out)["results"][0]["output"] == str(tmp_path / "out")
    assert (tmp_path / "out" / "figure.png").is_file()
    assert "--output" in command("detect", photo, "--json", "--explain").err


def test_several_photos_with_failures(command: Command, colour_model: list[str], tmp_path: Path) -> None:
    rectangle(tmp_path / "red.png")
    rectangle(tmp_path / "red.bmp", (0, 0, 255))
    (tmp_path / "broken.png").write_bytes(b"no picture")
    (tmp_path / "notes.txt").write_text("not meant")
    run = command("detect", tmp_path, tmp_path / "red.png", tmp_path / "nothing*.png", "gone.jpg", *colour_model)
    assert run.code == 2
    assert run.out.splitlines() == [
        f"{tmp_path / 'red.bmp'}: blue (blue) {score(run.out, 0)}",
        f"{tmp_path / 'red.png'}: red (red) {score(run.out, 1)}",
    ]
    errors = run.err.splitlines()
    assert errors[0] == "eyecandy: 3 failed, 2 done; the failures:"
    assert "nothing*.png" in errors[1] and "broken.png" in errors[2] and "'gone.jpg' does not exist" in errors[3]
    assert errors[4:] == ["eyecandy: 1 left out:", f"  {tmp_path / 'notes.txt'}: no picture, by its name"]
    assert {path.name for path in tmp_path.iterdir() if path.is_dir()} == {"red.png.eyecandy", "red.bmp.eyecandy"}

    run = command("detect", tmp_path / "red.png", tmp_path / "broken.png", *colour_model, "--json")
    assert run.code == 2
    document = json.loads(run.out)
    assert [result["photo"] for result in document["results"]] == [str(tmp_path / "red.png")]
    assert [failure["photo"] for failure in document["failures"]] == [str(tmp_path / "broken.png")]


def score(out: str, line: int) -> str:
    return out.splitlines()[line].split()[-1]


def test_pictures_among_results_are_no_photos(command: Command, colour_model: list[str], tmp_path: Path) -> None:
    rectangle(tmp_path / "red.png")
    pattern = str(tmp_path / "**" / "*.png")
    for _ in range(2):
        run = command("detect", pattern, *colour_model, "--overwrite")
        assert run.code == 0 and len(run.out.splitlines()) == 1
    # but one that is named is meant
    assert command("classify", tmp_path / "red.eyecandy" / "red-1.png", *colour_model, "--top", 3).code == 0


def test_several_photos_go_into_one_folder(command: Command, colour_model: list[str], tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        rectangle(tmp_path / folder / "x.png")
    rectangle(tmp_path / "b" / "y.png")
    out = tmp_path / "out"
    assert command("detect", tmp_path / "a", tmp_path / "b", *colour_model, "-o", out).code == 0
    assert sorted(path.name for path in out.iterdir()) == ["x.png-2.eyecandy", "x.png.eyecandy", "y.eyecandy"]


@pytest.mark.parametrize("name", ["[red]x[bold].png", "голубь и 鳩.png", "two  spaces.png", "-dash.png", "a\nb.png"])
def test_names_are_printed_as_they_are(command: Command, colour_model: list[str], tmp_path: Path, name: str) -> None:
    photo = rectangle(tmp_path / name)
    run = command("detect", photo, *colour_model)
    assert run.code == 0 and str(photo) in run.out
    assert (tmp_path / f"{Path(name).stem}.eyecandy" / "figure.png").is_file()


def test_a_name_that_no_terminal_prints(colour_model: list[str], tmp_path: Path) -> None:
    name = os.fsdecode(b"\xff\xfe.png")
    try:
        (tmp_path / name).write_bytes(b"")
    except OSError:
        pytest.skip("this file system takes UTF-8 only")
    done = process("detect", tmp_path / name)
    assert done.returncode == 2 and "is empty" in done.stderr and "Traceback" not in done.stderr


# classify, layers


def test_classify_in_both_readings(command: Command, net: Backbone, samples: Path) -> None:
    run = command("classify", samples / "coffee.jpg", "--top", 3, "--size", 224, "--json")
    (result,) = json.loads(run.out)["results"]
    pixels = eyecandy.images.load(samples / "coffee.jpg").pixels
    pixels = eyecandy.images.resize(pixels, eyecandy.images.fit((600, 400), 224, 32))
    for reading in ("places", "average"):
        probabilities = net.probabilities(pixels[None], reading)[0]
        best = np.argsort(-probabilities)[:3]
        assert [seen["class_index"] for seen in result[reading]] == best.tolist()
        np.testing.assert_allclose([seen["probability"] for seen in result[reading]], probabilities[best], atol=1e-5)
        assert [seen["word"] for seen in result[reading]] == [net.labels.word_of(i) for i in best]

    lines = command("classify", samples / "coffee.jpg", "--top", 3, "--size", 224).out.splitlines()
    assert len(lines) == 2 + 3 + 1 and lines[-1].startswith("By the best place each place is asked anew")
    for line, one, other in zip(lines[2:-1], result["places"], result["average"], strict=True):
        cells = [
            f"{seen['label']} {seen['word']} {seen['probability']:.3f} {seen['class_index']}" for seen in (one, other)
        ]
        assert line.split() == " ".join(cells).split()


def test_layers_and_weights_are_there(command: Command) -> None:
    assert "block4_conv3" in command("layers").out
    assert "efficientnet-lite0" in command("weights", "list").out


# How it ends


def test_interrupted(
    command: Command, colour_model: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(detection, "trace", stopped)
    run = command("detect", rectangle(tmp_path / "a.png"), *colour_model)
    assert run.code == 130 and run.err == "eyecandy: interrupted\n"
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_out_of_memory_says_which_size_to_try(
    command: Command, colour_model: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from eyecandy._tensorflow import tf

    def exhausted(*_: object) -> None:
        raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor\nwith shape [20, ...]")

    monkeypatch.setattr(detection, "trace", exhausted)
    photo = rectangle(tmp_path / "a.png", size=(1600, 1200))
    run = command("detect", photo, *colour_model, "--size", 1024)
    assert run.code == 2 and run.err.count("\n") == 1
    assert "longest side of 1024 pixels" in run.err and "try --size 512" in run.err
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_a_folder_of_results_is_not_replaced_by_what_is_found_in_it(
    command: Command, colour_model: list[str], tmp_path: Path
) -> None:
    results = tmp_path / "old.eyecandy"
    results.mkdir()
    (results / "eyecandy.json").write_text("{}")
    rectangle(results / "red.png")
    run = command("detect", results / "red.png", "--output", results, "--overwrite", *colour_model)
    assert run.code == 2 and "holds 'red.png', which is read, and is never replaced" in run.err
    assert (results / "red.png").is_file()
    run = command("detect", results, "--size", "64")
    assert run.code == 2 and "holds nothing but results of eyecandy; expected photos" in run.err
    rectangle(tmp_path / "blue.png", (0, 0, 255))
    run = command("detect", tmp_path / "**" / "*.png", "--json", *colour_model)
    told = json.loads(run.out)
    assert run.code == 0 and [each["photo"] for each in told["results"]] == [str(tmp_path / "blue.png")]
    assert [(each["photo"], each["left_out"]) for each in told["failures"]] == [(str(results), True)]


def test_a_reader_that_goes_away(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "eyecandy", "weights", "list"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None and running.stderr is not None
        running.stdout.close()
        said = running.stderr.read()
    assert said == b"" and running.returncode in (0, 1)


def test_the_installed_command() -> None:
    installed = shutil.which("eyecandy", path=str(Path(sys.executable).parent))
    if installed is None:
        pytest.skip("eyecandy is not installed here")
    assert subprocess.run([installed, "--version"], capture_output=True, check=True).stdout.startswith(b"eyecandy ")


def test_a_file_name_that_a_terminal_would_obey_is_printed_as_text(
    tmp_path: Path, colour_model: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    photo = tmp_path / "new\x1b[31m.png"
    Image.new("RGB", (64, 64), (255, 0, 0)).save(photo)
    assert app.run(["classify", str(photo), *colour_model]) == 0
    said = capsys.readouterr().out
    assert "\x1b" not in said and r"new\x1b[31m.png" in said

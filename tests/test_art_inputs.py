"""Commands never write over what they read, leave alone what eyecandy did not make, and say what they left out."""

import json
import shutil
from pathlib import Path

import pytest
from easel import SMALL, fails

from eyecandy import images
from eyecandy.cli.app import run

COMMANDS = [
    ("style", "chelsea.jpg", "style_flow.jpg", "--output", "chelsea.jpg"),
    ("style", "chelsea.jpg", "style_flow.jpg:0.5", "--output", "style_flow.jpg"),
    ("dream", "chelsea.jpg", "--guide", "china.jpg", "--output", "./china.jpg"),
    ("dream", "chelsea.jpg", "--region", "mask.png", "--output", "mask.png"),
    ("dream", "chelsea.jpg", "--output", "link.jpg"),
    ("dream", "chelsea.jpg", "--every", "2", "--guide", "a-00002.png", "--output", "a.png"),
    ("mirage", "chelsea.jpg", "--painting", "china.jpg", "--output", "china.jpg"),
    ("trust", "mask.png", "--output", "mask.png"),
]


@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda arguments: " ".join(arguments[:1] + arguments[-1:]))
def test_no_output_replaces_an_input(
    painting_folder: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    for name in ("mask.png", "a-00002.png"):
        images.save(name, images.load("china.jpg").pixels[:40, :60], text={"eyecandy": "{}"})
    Path("link.jpg").symlink_to("chelsea.jpg")
    before = {path: path.read_bytes() for path in painting_folder.iterdir()}
    small = SMALL if arguments[0] != "trust" else ()
    assert "is what the picture is made of, and is never replaced" in fails(capsys, *arguments, *small, "--overwrite")
    assert {path: path.read_bytes() for path in painting_folder.iterdir()} == before


def test_a_folder_run_skips_what_eyecandy_made_and_leaves_others_files_alone(
    painting_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = painting_folder / "in"
    folder.mkdir()
    shutil.move("china.jpg", folder)
    (folder / "china-dream.png.json").write_text('{"name": "somebody\'s"}')
    assert "'in/china-dream.png.json' was not made by eyecandy" in fails(
        capsys, "dream", "in/china.jpg", *SMALL, "--overwrite"
    )
    (folder / "china-dream.png.json").unlink()
    assert run(["dream", "in", "--every", "3", "--film", "in/grow.gif", *SMALL]) == 0
    Path(folder / "china-dream.png").rename(folder / "renamed.png")
    shutil.copy("style_flow.jpg", folder / "china-dream.png")
    capsys.readouterr()
    assert run(["classify", "in", "--json", "--size", "96"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [Path(result["photo"]).name for result in told["results"]] == ["china-dream.png", "china.jpg"]
    names = ["china-dream-00003.png", "china-dream.png.json", "grow.gif", "renamed.png"]
    assert [Path(each["photo"]).name for each in told["failures"]] == names
    assert all(each["left_out"] and each["error"].startswith("made by eyecandy") for each in told["failures"])
    before = (folder / "china-dream.png").read_bytes()
    assert "china-dream.png' was not made by eyecandy" in fails(capsys, "dream", "in/china.jpg", *SMALL, "--overwrite")
    assert (folder / "china-dream.png").read_bytes() == before


def test_again_does_not_replace_what_it_reads(painting_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["dream", "china.jpg", "--output", "first.jpg", *SMALL]) == 0
    capsys.readouterr()
    assert "never replaced" in fails(capsys, "again", "first.jpg", "--output", "first.jpg", "--overwrite")
    images.save("china.png", images.load("china.jpg").pixels, text={"eyecandy": "{}"})
    assert run(["dream", "china.png", "--output", "second.jpg", *SMALL]) == 0
    capsys.readouterr()
    assert "never replaced" in fails(capsys, "again", "second.jpg", "--output", "china.png", "--overwrite")

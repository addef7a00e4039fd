"""`eyecandy again`: pictures, sheets and films made once more from their records."""

import json
from pathlib import Path

import pytest
from easel import SMALL, fails

from eyecandy import images
from eyecandy.art.output import record
from eyecandy.art.recipes import again
from eyecandy.cli.app import run

REST = ("--region", "rest=chelsea.jpg")


@pytest.mark.parametrize(
    "arguments",
    [
        ("dream", "china.jpg", "--towards", "tabby", *SMALL),
        ("dream", "--layer", "block3_conv1", "--channel", "5", *SMALL),
        ("dream", "china.jpg", "--guide", "style_flow.jpg", "--layer", "block3_conv1", *SMALL),
        ("style", "china.jpg", "style_flow.jpg", "style_mosaic.jpg:0.25", "--init", "noise", *SMALL),
        ("style", "china.jpg", "style_flow.jpg@0,0,300,576", "--region", "0,0,200,400", *SMALL),
        ("style", "china.jpg", "--region", "0,0,200,400=style_flow.jpg@0,0,99,99:2", *REST, *SMALL),
        ("mirage", "china.jpg", "--painting", "style_flow.jpg:0.5", "--watch", "3", *SMALL),
        ("reconstruct", "china.jpg", "--layer", "block2_conv1", "--kind", "content", *SMALL),
    ],
    ids=lambda arguments: " ".join(arguments[:4]),
)
def test_again_reproduces_the_bytes(
    painting_folder: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    assert run([*arguments, "--output", "first.png"]) == 0
    assert run(["again", "first.png"]) == 0
    assert "the pixels are the same as of first.png" in capsys.readouterr().out
    assert (painting_folder / "first.png").read_bytes() == (painting_folder / "first-again.png").read_bytes()


def test_again_reads_the_record_beside_a_jpeg_and_warns_of_another_version(
    painting_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["dream", "china.jpg", "--output", "first.jpg", *SMALL]) == 0
    told = json.loads(Path("first.jpg.json").read_text())
    told["versions"]["eyecandy"] = "0.0.1"
    Path("first.jpg.json").write_text(json.dumps(told))
    assert run(["again", "first.jpg", "-o", "second.jpg"]) == 0
    assert "made by eyecandy 0.0.1, and this is" in capsys.readouterr().err
    assert Path("first.jpg").read_bytes() == Path("second.jpg").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "older"),
    [
        (("reconstruct", "china.jpg", "--layer", "block3_conv1", "--kind", "content"), {"start": "grey"}),
        (("dream", "china.jpg", "--towards", "tabby"), {"form": "parts"}),
    ],
    ids=["reconstruct", "dream"],
)
def test_a_picture_of_an_earlier_version_is_made_as_it_was(
    painting_folder: Path, arguments: tuple[str, ...], older: dict[str, str]
) -> None:
    assert run([*arguments, "--output", "now.png", *SMALL]) == 0
    told = json.loads(Path("now.png.json").read_text())
    assert again.options_of(told) == told["options"]
    told["versions"]["eyecandy"] = "0.2.0"
    told["options"] = {name: value for name, value in told["options"].items() if name not in older}
    assert again.options_of(told) == told["options"] | older
    then, now = again.again(told).image, images.load("now.png").pixels
    assert not (then == now).all()


def test_again_refuses_what_it_cannot_make(painting_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "carries no record" in fails(capsys, "again", "china.jpg")
    assert run(["dream", "china.jpg", "--every", "3", *SMALL]) == 0
    capsys.readouterr()
    assert "was kept on the way to 'china-dream.png'" in fails(capsys, "again", "china-dream-00003.png")
    images.save("china.jpg", images.load("chelsea.jpg").pixels, overwrite=True)
    assert run(["again", "china-dream.png"]) == 2
    assert "'china.jpg' is not the picture that it was" in capsys.readouterr().err


def test_again_of_a_sheet_makes_the_whole_study_and_of_a_cell_that_picture(
    painting_folder: Path, capsys: pytest.CaptureFixture[str]
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


def test_again_of_a_fall_makes_the_dream_and_every_frame(
    painting_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["dream", "china.jpg", "--zoom", "3", "--film", "fall.gif", *SMALL]) == 0
    assert record.read("china-dream.png")["zoom"] == 3
    assert run(["again", "fall.gif"]) == 0
    assert "the dream and all 3 frames are made again, as fall-again.gif" in capsys.readouterr().err
    assert Path("fall.gif").read_bytes() == Path("fall-again.gif").read_bytes()
    assert run(["again", "china-dream.png"]) == 0
    assert Path("china-dream.png").read_bytes() == Path("china-dream-again.png").read_bytes()
    Path("chelsea-dream.gif.json").write_text("{}")
    capsys.readouterr()
    assert "'chelsea-dream.gif.json' exists already" in fails(
        capsys, "dream", "china.jpg", "--zoom", "3", "--film", "chelsea-dream.gif", "--output", "c.png", *SMALL
    )

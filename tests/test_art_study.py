"""The layer study, small: its cells, its table, and that nothing is made twice."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eyecandy import images
from eyecandy.art.core.evaluate import WholeEvaluator
from eyecandy.art.core.render import Step
from eyecandy.art.large import plan as plans
from eyecandy.art.output import record
from eyecandy.art.output.painting import Viewing
from eyecandy.art.output.study import Study
from eyecandy.art.recipes.study import StudyOptions, study
from eyecandy.art.recipes.style import strength_of, style, style_share
from eyecandy.backbone.model import Backbone
from eyecandy.errors import EyecandyError

SAMPLES = Path(__file__).parent.parent / "samples"
CAT, FLOW, MOSAIC = SAMPLES / "chelsea.jpg", SAMPLES / "style_flow.jpg", SAMPLES / "style_mosaic.jpg"
SMALL: dict[str, Any] = {
    "size": 64,
    "scales": 1,
    "margin": 8,
    "layers": ["conv1_1", "conv3_1"],
    "steps": "2,8",
    "content_layers": "conv2_1",
    "ratios": (2, 100),
    "iterations": 6,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("studies") / "cat"


@pytest.fixture(scope="module")
def events() -> list[object]:
    return []


@pytest.fixture(scope="module")
def made(net: Backbone, folder: Path, events: list[object]) -> Study:
    viewing = Viewing(before=events.append, listeners=[events.append], every=2)
    return study(CAT, FLOW, folder, backbone=net, viewing=viewing, **SMALL)


def rows(made: Study) -> list[dict[str, str]]:
    with made.table.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_cell_is_a_picture_with_its_record(made: Study) -> None:
    assert (made.cells, made.made, made.stopped) == (6, 6, None)
    names = sorted(path.name for path in (made.directory / "pictures").glob("*.png"))
    assert names == [
        "content-layers-block2_conv1-ratio-100.png",
        "content-layers-block2_conv1-ratio-2.png",
        "style-layers-block1_conv1-2-iterations.png",
        "style-layers-block1_conv1-8-iterations.png",
        "style-layers-block3_conv1-2-iterations.png",
        "style-layers-block3_conv1-8-iterations.png",
    ]
    told = record.read(made.directory / "pictures" / names[1])
    assert told["recipe"] == "style"
    assert style_share(told["options"]["strength"]) == pytest.approx(2 / 3)
    assert [path.name for path in made.sheets] == ["style-layers.png", "content-layers.png"]


def test_the_table_says_what_the_records_say(made: Study) -> None:
    table = rows(made)
    assert len(table) == 6
    for row in table:
        told = record.read(made.directory / row["picture"])
        for name, column in told["losses"].items():
            assert float(row[name]) == column[-1]
        seen = told["seeing"][-1]
        assert (row["seen as"], int(row["class"])) == (seen["classes"][0]["label"], seen["classes"][0]["number"])
        for one in seen["sought"]:
            assert float(row[f"p({one['label']}, {one['number']})"]) == one["probability"]
    # the more steps, the nearer to the painting
    for layer in ("block1_conv1", "block3_conv1"):
        few, many = (float(row["style"]) for row in table if row["row"] == layer and row["sheet"] == "style-layers")
        assert many < few


def test_pictures_of_a_row_share_their_compiled_steps(
    tiny_net: Backbone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    traced: list[tuple[int, ...]] = []
    run = WholeEvaluator._run

    def counted(whole: WholeEvaluator, *arguments: Any) -> Any:
        traced.append(whole.canvas.shape)  # Python runs only while the graph is made
        return run(whole, *arguments)

    monkeypatch.setattr(WholeEvaluator, "_run", counted)
    first, last = tiny_net.layer_names[0], tiny_net.layer_names[-1]
    rows = {"layers": [first, last], "content_layers": [first], "steps": "2,4,6", "ratios": (1, 10, 100)}
    done = study(CAT, FLOW, tmp_path / "s", backbone=tiny_net, **{**SMALL, **rows})
    assert (done.made, len(traced)) == (9, 3)
    for name, steps, ratio in ((f"style-layers-{last}-6-iterations", 6, None), ("", 6, 10)):
        path = done.directory / "pictures" / f"{name or f'content-layers-{first}-ratio-10'}.png"
        options = record.read(path)["options"]
        assert options["iterations"] == steps
        assert ratio is None or options["strength"] == pytest.approx(strength_of(ratio))
        alone = style(CAT, FLOW, backbone=tiny_net, **options)
        np.testing.assert_array_equal(images.load(path).pixels, alone.image)


def test_probabilities_are_those_of_the_picture(net: Backbone, made: Study) -> None:
    row = rows(made)[0]
    image = images.load(made.directory / row["picture"]).pixels
    probabilities = net.probabilities(image[None].astype(np.float32), "average")[0]
    assert int(row["class"]) == probabilities.argmax()
    assert float(row["probability"]) == pytest.approx(float(probabilities.max()), rel=1e-4)


def test_steps_are_counted_over_all_pictures(made: Study, events: list[object]) -> None:
    whole = 2 * (2 + 8) + 2 * 6
    assert isinstance(events[0], plans.Plan)
    assert sum(scale.iterations for scale in events[0].scales) == whole
    steps = [event for event in events[1:] if isinstance(event, Step)]
    assert {step.iterations for step in steps} == {whole}
    assert steps[-1].iteration == whole


def test_nothing_is_made_again(net: Backbone, made: Study) -> None:
    pictures = {path: path.stat().st_mtime_ns for path in (made.directory / "pictures").iterdir()}
    table = made.table.read_bytes()
    missing = made.directory / "pictures" / "style-layers-block3_conv1-2-iterations.png"
    same = missing.read_bytes()
    again = study(CAT, FLOW, made.directory, backbone=net, **SMALL)
    assert again.made == 0
    assert {path: path.stat().st_mtime_ns for path in pictures} == pictures
    assert made.table.read_bytes() == table
    missing.unlink()
    assert study(CAT, FLOW, made.directory, backbone=net, **SMALL).made == 1
    assert missing.read_bytes() == same
    assert {path for path in pictures if path.stat().st_mtime_ns != pictures[path]} == {
        missing,
        missing.with_name(f"{missing.name}.json"),
    }
    more = study(CAT, FLOW, made.directory, backbone=net, **{**SMALL, "ratios": (2, 25, 100)})
    assert (more.cells, more.made) == (7, 1)


def test_an_interrupted_study_goes_on(net: Backbone, tmp_path: Path) -> None:
    def impatient(step: Step) -> None:
        if step.iteration == 12:
            raise KeyboardInterrupt

    half = study(CAT, FLOW, tmp_path / "s", backbone=net, viewing=Viewing(listeners=[impatient], every=2), **SMALL)
    assert half.interrupted
    assert half.stopped == "interrupted after 2 of 6 pictures"
    assert len(rows(half)) == half.made == 2
    whole = study(CAT, FLOW, tmp_path / "s", backbone=net, **SMALL)
    assert (whole.made, len(rows(whole))) == (4, 6)


def test_a_folder_of_something_else_is_left_alone(net: Backbone, made: Study, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(EyecandyError, match="holds something else than a study"):
        study(CAT, FLOW, tmp_path, backbone=net, **SMALL)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    with pytest.raises(EyecandyError, match="is a file"):
        study(CAT, FLOW, tmp_path / "mine.txt", backbone=net, **SMALL)
    before = {path: path.read_bytes() for path in (made.directory / "pictures").iterdir()}
    for other in ({"painting": MOSAIC, **SMALL}, {"painting": FLOW, **SMALL, "seed": 3}):
        with pytest.raises(EyecandyError, match="was made of other pictures, with other options or another network"):
            study(CAT, directory=made.directory, backbone=net, **other)
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"steps": "2,x"}, "steps must be numbers, such as '25,100', got '2,x'"),
        ({"steps": ()}, "steps must be at least one number"),
        ({"steps": (0,)}, "steps must be a whole number of at least 1, got 0"),
        ({"steps": (2.5,)}, "steps must be a whole number of at least 1, got 2.5"),
        ({"ratios": "-1"}, "ratios must be a number above 0, got -1.0"),
        ({"layers": "conv9_9"}, "unknown layer 'conv9_9'"),
        ({"strength": 2}, "strength must be a number of at least 0 and at most 1, got 2"),
    ],
)
def test_bad_options_are_one_clear_line(net: Backbone, tmp_path: Path, knobs: dict[str, Any], message: str) -> None:
    with pytest.raises(EyecandyError) as info:
        study(CAT, FLOW, tmp_path / "s", backbone=net, **{"size": 64, **knobs})
    assert message in str(info.value)
    assert "\n" not in str(info.value)
    assert list(tmp_path.iterdir()) == []


def test_numbers_may_be_text_or_a_sequence() -> None:
    assert StudyOptions(steps="5,10,5").columns("steps") == StudyOptions(steps=(5, 10)).columns("steps") == [5, 10]

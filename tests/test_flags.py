"""An option that will not do is named as its reader writes it: `tv_weight` in Python, --tv-weight in the shell."""

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from conftest import SAMPLES, Run

import eyecandy
from eyecandy.arguments import described
from eyecandy.art import recipes
from eyecandy.art.core.options import Options
from eyecandy.art.recipes.dream import DreamOptions
from eyecandy.art.recipes.mirage import MirageOptions
from eyecandy.art.recipes.style import StyleOptions
from eyecandy.backbone.model import Backbone
from eyecandy.cli import app
from eyecandy.detection.options import DetectOptions
from eyecandy.errors import EyecandyError, OptionError
from eyecandy.workflows.command import flag, reason

GROUP: Any = typer.main.get_command(app.app)
RECIPES = {"detect": DetectOptions} | {name: recipes.get(name).options for name in recipes.names()}
Command = Callable[..., Run]


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_knob_is_the_flag_that_messages_call_it(recipe: str) -> None:
    """But for arguments, and for those that say themselves that they go by another flag, or by none."""
    taken = {name for parameter in GROUP.commands[recipe].params for name in parameter.opts}
    asked = [field for field in described(RECIPES[recipe]) if field.hint.command and not field.hint.argument]
    left_out = {field.name for field in asked if taken.isdisjoint(field.hint.flags or (flag(field.name),))}
    assert left_out == set()


@pytest.mark.parametrize(
    ("options", "knobs", "python", "shell"),
    [
        (
            MirageOptions,
            {"class_weight": 0, "style_weight": 0},
            "one of class_weight, style_weight, spatial_weight must be above 0, got 0 for all three",
            "one of --class-weight, --style-weight, --spatial-weight must be above 0, got 0 for all three",
        ),
        (
            DetectOptions,
            {"min_score": 3},
            "min_score must be at least 0 and below 1, got 3",
            "--min-score must be at least 0 and below 1, got 3",
        ),
        (
            DetectOptions,
            {"signal": "size"},  # a value that is called as an option is
            "unknown signal 'size'; expected features, places, gradient, gradient-input or smoothgrad",
            "unknown --signal 'size'; expected features, places, gradient, gradient-input or smoothgrad",
        ),
        (
            StyleOptions,
            {"canvas": "{}"},  # or that str.format would read
            "unknown canvas '{}'; expected one of fourier, pixel",
            "unknown --canvas '{}'; expected one of fourier, pixel",
        ),
        (
            DreamOptions,
            {"guide": "a.jpg", "channel": 3},
            "guide and channel exclude each other; leave one out",
            "--guide and --channel exclude each other; leave one out",
        ),
    ],
)
def test_one_message_has_two_spellings(options: type[Options], knobs: Any, python: str, shell: str) -> None:
    with pytest.raises(OptionError) as caught:
        options(**knobs)
    assert str(caught.value) == python and reason(caught.value) == shell
    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again) == python and reason(again) == shell


def test_what_is_no_option_is_left_as_it_is() -> None:
    assert reason(EyecandyError("'style_layers.jpg' does not exist")) == "'style_layers.jpg' does not exist"
    assert flag("the weight of 'a_b'") == "the weight of 'a_b'"
    assert (flag("overwrite=True"), flag('tile="off"')) == ("--overwrite", "--tile off")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (("detect", "--min-score", "3"), "--min-score must be at least 0 and below 1, got 3.0"),
        (("detect", "--pooling", "max"), "--pooling max has no effect on efficientnet-lite0; leave it out"),
        (("detect", "--size", "3"), "--size must be at least 32 pixels for efficientnet-lite0, got 3"),
        (("dream", "--tile", "wide"), "--tile must be auto, off or a number of pixels, got 'wide'"),
        (("dream", "--size", "64", "--margin", "100"), "needs 101 a side; raise --size to 151"),
        (("mirage", "--style-weight", "-1"), "--style-weight must be a number of at least 0, got -1.0"),
        (("reconstruct", "--kind", "all"), "unknown --kind 'all'; expected one of both, content, style"),
    ],
)
def test_the_command_line_speaks_of_flags(command: Command, tmp_path: Path, line: tuple[str, ...], says: str) -> None:
    recipe, *options = line
    said = command(recipe, SAMPLES / "coffee.jpg", "--output", tmp_path / "made.png", *options)
    assert said.code == 2 and said.err.endswith(f"{says}\n"), said.err
    assert list(tmp_path.iterdir()) == []


def test_the_library_speaks_of_arguments(net: Backbone, tmp_path: Path) -> None:
    with pytest.raises(EyecandyError, match=r"^min_score must be"):
        eyecandy.detect(SAMPLES / "coffee.jpg", backbone=net, min_score=2)
    (tmp_path / "made.txt").write_text("older")
    from eyecandy.files import atomic

    with (
        pytest.raises(EyecandyError, match="pass overwrite=True or choose"),
        atomic(tmp_path / "made.txt", overwrite=False),
    ):
        pass

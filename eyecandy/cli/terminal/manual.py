"""What `--help` says beyond options: examples of every command, exit codes, files and environment variables."""

import inspect
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import typer

from eyecandy.cli.options.config import kind_of

EXAMPLES: Mapping[str, Sequence[tuple[str, str]]] = {
    "detect": (
        ("eyecandy detect photo.jpg", "what is in a photo: a figure, cut-outs, masks and COCO JSON beside it"),
        ("eyecandy detect holiday --output found --report found.html", "a folder, and a gallery to look through"),
        (
            "eyecandy detect photos --to results",
            "a data set; run again, it goes on where it was",
        ),
        (
            "eyecandy detect photos --to results --format yolo-seg,voc --report page.html",
            "the same for other tools to train on, and a gallery",
        ),
        ("eyecandy detect film.mp4", "a film: objects with their numbers, a film with masks, one with transparency"),
        ("eyecandy detect photo.jpg --json | jq '.results[0].objects[].word'", "for the next program"),
        ("eyecandy detect photo.jpg --backbone vgg16 --signal gradient --refine none", "another network and signal"),
    ),
    "classify": (
        ("eyecandy classify photo.jpg", "the five likeliest classes"),
        ("eyecandy classify holiday --json --top 1", "one class a photo, for the next program"),
    ),
    "trust": (
        ("eyecandy trust photo.jpg", "whether the masks hold what the network goes by"),
        ("eyecandy trust photo.jpg --json", "the curves, for the next program"),
    ),
    "again": (("eyecandy again photo-dream.png", "the same picture once more, from the record that it carries"),),
    "web": (
        ("eyecandy web --open", "a page on this machine: drop a photo, point at things, paint"),
        ("eyecandy web --host 0.0.0.0 --password secret", "for the others in the house, with a password"),
    ),
    "layers": (
        ("eyecandy layers", "of the network that comes with eyecandy"),
        ("eyecandy layers --backbone vgg16 --json", "of another, for the next program"),
    ),
    "weights list": (("eyecandy weights list", "which networks' files are here"),),
    "weights fetch": (("eyecandy weights fetch vgg16", "once; then --backbone vgg16 needs no internet"),),
    "weights verify": (("eyecandy weights verify", "all files that are here"),),
    "weights path": (("cp vgg16.h5 $(eyecandy weights path vgg16)", "put a file there by hand"),),
}
"""By the words of the command: command lines, and what each is for. Those of recipes stand with the recipe."""

MANUAL = """Example: eyecandy detect photo.jpg

**Exit codes**: 0 when all went well, also where the reader of the output went away; 2, with one line on standard error,
for what can be put right; 74 where results are written, but standard output took no text; 130 after Ctrl-C.

**Defaults**: eyecandy.toml, or [tool.eyecandy] in pyproject.toml, in this folder or the nearest above it. A section
for each command and a line for each option: `[style]`, and below it `strength = 0.7`.

**Environment**: EYECANDY_HOME, the folder of downloaded weights; EYECANDY_RECIPES, folders of recipes of your own;
EYECANDY_PASSWORD, what `eyecandy web` asks for;
NO_COLOR and COLUMNS, how help and tables are printed; CUDA_VISIBLE_DEVICES, which graphics cards TensorFlow may use
(none where empty); TF_CPP_MIN_LOG_LEVEL=0, to hear what TensorFlow says at its start.
"""


HELP = ("--help", "-h")

_TAKES = {bool: "", int: "NUMBER", float: "NUMBER", str: "TEXT", Path: "FILE"}


def epilog(examples: Sequence[tuple[str, str]]) -> str | None:
    """What ends the help of a command, in Markdown; None where there is nothing to add."""
    if not examples:
        return None
    lines = "\n".join(f"# {meaning}\n{line}" for line, meaning in examples)
    return f"**Examples**\n\n```sh\n{lines}\n```"


def name_types(command: Any) -> None:
    """Makes every option of a command of Click's say what it takes in words, and a flag that it takes nothing.

    Typer would give the types of Python: `<list[str]>`, `<bool>`.
    """
    annotations = {} if command.callback is None else inspect.signature(command.callback).parameters
    for parameter in (*command.params, _help(command)):
        if parameter.param_type_name == "argument":
            # its name is its type too, and Typer has no other way to leave that column empty
            parameter.display_type_rich = _nothing
        elif parameter.metavar is None:
            known = annotations.get(parameter.name)
            parameter.metavar = "" if known is None else _TAKES[kind_of(known.annotation)]


def _help(command: Any) -> Any:
    return command.get_help_option(typer.Context(command, help_option_names=[*HELP]))


def _nothing(ctx: object) -> None:
    return None

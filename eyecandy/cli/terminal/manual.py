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
    "dream": (
        ("eyecandy dream photo.jpg --layer block4_conv3", "more of what this layer sees"),
        ("eyecandy dream photo.jpg --towards peacock --region sky.png", "of a class, where a mask is white"),
        ("eyecandy dream --layer block4_conv3 --channel 12 --film growth.mp4", "one channel, from noise, as a film"),
    ),
    "style": (
        ("eyecandy style photo.jpg painting.jpg --draft", "a quick look first"),
        (
            "eyecandy style photo.jpg painting.jpg other.jpg:0.5 --strength 0.7",
            "two paintings, one weighs more",
        ),
        (
            "eyecandy style photo.jpg painting.jpg --region 'not cat' --keep-colour",
            "all but the cat",
        ),
    ),
    "mirage": (
        ("eyecandy mirage photo.jpg", "what the network sees in it, of its own details"),
        ("eyecandy mirage photo.jpg --spatial-weight 0.2", "with things where the photo has them"),
    ),
    "reconstruct": (
        ("eyecandy reconstruct photo.jpg", "what each layer keeps, in two rows"),
        ("eyecandy reconstruct photo.jpg --layer block3_conv1 --kind content", "from one layer alone"),
    ),
    "study": (
        (
            "eyecandy study photo.jpg painting.jpg --layer block1_conv1 --layer block4_conv3 --steps 50,200",
            "a small one",
        ),
        ("eyecandy study photo.jpg painting.jpg", "every layer; the same command goes on where it was interrupted"),
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
"""By the words of the command: command lines, and what each is for."""

MANUAL = """Example: eyecandy detect photo.jpg

**Exit codes**: 0 when all went well, also where the reader of the output went away; 2, with one line on standard error,
for what can be put right; 74 where results are written, but standard output took no text; 130 after Ctrl-C.

**Defaults**: eyecandy.toml, or [tool.eyecandy] in pyproject.toml, in this folder or the nearest above it. A section
for each command and a line for each option: `[style]`, and below it `strength = 0.7`.

**Environment**: EYECANDY_HOME, the folder of downloaded weights; EYECANDY_PASSWORD, what `eyecandy web` asks for;
NO_COLOR and COLUMNS, how help and tables are printed; CUDA_VISIBLE_DEVICES, which graphics cards TensorFlow may use
(none where empty); TF_CPP_MIN_LOG_LEVEL=0, to hear what TensorFlow says at its start.
"""


HELP = ("--help", "-h")

_TAKES = {bool: "", int: "NUMBER", float: "NUMBER", str: "TEXT", Path: "FILE"}


def epilog(command: str) -> str | None:
    """What ends the help of a command, in Markdown; None where there is nothing to add."""
    examples = EXAMPLES.get(command, ())
    if not examples:
        return None
    lines = "\n".join(f"# {meaning}\n{line}" for line, meaning in examples)
    return f"**Examples**\n\n```sh\n{lines}\n```"


def add_epilogs(app: typer.Typer, prefix: str = "") -> None:
    """Gives every command of an application, and of its groups, its examples."""
    for command in app.registered_commands:
        assert command.callback is not None
        name = command.name or command.callback.__name__.replace("_", "-")
        command.epilog = command.epilog or epilog(f"{prefix}{name}")
    for group in app.registered_groups:
        if group.typer_instance is not None:
            add_epilogs(group.typer_instance, f"{prefix}{group.name} ")


def name_types(group: Any) -> None:
    """Makes every option of Click's group of commands say what it takes in words, and a flag that it takes nothing.

    Typer would give the types of Python: `<list[str]>`, `<bool>`.
    """
    for command in (group, *group.commands.values()):
        if command is not group and hasattr(command, "commands"):
            name_types(command)
            continue
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

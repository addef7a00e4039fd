"""The command line that does what a page was told to do."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from eyecandy.backbone.architectures import DEFAULT
from eyecandy.cli.options.easel import Network
from eyecandy.detection.options import DetectOptions
from eyecandy.workflows.command import spelled

Paintings = Sequence[tuple[str, float]]
"""Names with weights."""


def detect_command(photo: str, options: DetectOptions, network: str) -> str:
    """`eyecandy detect` with the options that differ from the defaults."""
    words = ["eyecandy", "detect", photo, *_backbone(network)]
    for field in fields(DetectOptions):
        value = getattr(options, field.name)
        if value != field.default:
            words += [f"--{field.name.replace('_', '-')}", str(value)]
    return shlex.join(words)


def signature(
    recipe: str, photo: str | None, paintings: Paintings, knobs: Mapping[str, Any], network: str
) -> dict[str, Any]:
    """What the command line signs a picture with, when it is given the same."""
    named = [name if weight == 1 else f"{name}:{weight:g}" for name, weight in paintings]
    words = [recipe, *([] if photo is None else [photo])]
    words += named if recipe == "style" else [word for name in named for word in ("--painting", name)]
    return {"command": spelled(words, knobs), "network": Network(backbone=network).record()}


def paint_command(signed: Mapping[str, Any]) -> str:
    """The command to copy: that of the signature, with the network."""
    network = signed["network"]["backbone"]
    return " ".join([signed["command"], *map(shlex.quote, _backbone(network))])


def _backbone(network: str) -> list[str]:
    return [] if network == DEFAULT else ["--backbone", network]

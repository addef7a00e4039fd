"""The command line that does what a page was told to do."""

import shlex
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from eyecandy.backbone.architectures import DEFAULT
from eyecandy.detection.options import DetectOptions
from eyecandy.workflows.command import spelled


def detect_command(photo: str, options: DetectOptions, network: str) -> str:
    """`eyecandy detect` with the options that differ from the defaults."""
    given = {field.name: getattr(options, field.name) for field in fields(DetectOptions)}
    knobs = {field.name: given[field.name] for field in fields(DetectOptions) if given[field.name] != field.default}
    return spelled(["detect", photo, *_backbone(network)], knobs)


def paint_command(signed: Mapping[str, Any]) -> str:
    """The command to copy: that of the signature, with the network."""
    network = signed["network"]["backbone"]
    return " ".join([signed["command"], *map(shlex.quote, _backbone(network))])


def _backbone(network: str) -> list[str]:
    return [] if network == DEFAULT else ["--backbone", network]

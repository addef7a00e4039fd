"""One Markdown table of what was measured, with the versions and the processor."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = (
    *("eyecandy", "tensorflow", "keras", "torch", "torchvision", "numpy", "neural-style", "grad-cam", "captum"),
    *("tf-keras-vis", "efficientnet-lite-pytorch"),
)


@dataclass(frozen=True)
class Row:
    """One figure of one contender.

    Attributes:
        what: the measure.
        who: the contender.
        figure: what was measured, with its unit.
        beside: how that is beside another contender's.
        note: what it is of, or why there is none.
    """

    what: str
    who: str
    figure: str
    beside: str = ""
    note: str = ""


def processor() -> str:
    """The processor's name and how many cores this process may use."""
    name = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        name = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), name)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{name}, {cores} cores"


def versions() -> str:
    """Of Python and all packages that took part."""
    found = [f"Python {platform.python_version()}"]
    for package in PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            found.append(f"no {package}")
    return ", ".join(found)


def markdown(rows: Sequence[Row], remarks: Sequence[str]) -> str:
    """The table, and remarks below it."""
    lines = ["| measure | who | figure | beside | note |", "|---|---|---|---|---|"]
    last = ""
    for row in rows:
        what = "" if row.what == last else row.what
        lines.append(
            "| " + " | ".join(_cell(each) for each in (what, row.who, row.figure, row.beside, row.note)) + " |"
        )
        last = row.what
    return "\n".join([*lines, "", *[f"- {remark}" for remark in remarks], ""])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def write(path: Path, text: str) -> None:
    """Whole or not at all."""
    draft = path.with_name(f".{path.name}.part")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)

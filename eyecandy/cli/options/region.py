"""What is said of a region on the command line."""

from pathlib import Path

from eyecandy.cli.terminal.console import remark
from eyecandy.workflows.command import Knobs


def tell(photo: Path | None, knobs: Knobs) -> None:
    """Says that a mask of another size than the photo's is scaled."""
    if photo is None or knobs.get("region") is None:
        return
    from eyecandy import images  # here, and not above: --help does without NumPy
    from eyecandy.art.recipes import region

    said = region.remark(images.load(photo), knobs["region"])
    if said is not None:
        remark(said)

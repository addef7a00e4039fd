"""What `eyecandy detect` says: everything about one photo, a line about each of several, or JSON."""

import json
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eyecandy.cli.terminal.console import out, remark, say, status, table
from eyecandy.detection import meanings

if TYPE_CHECKING:
    from eyecandy.detection.detect import Detection, Look
    from eyecandy.images import Photo
    from eyecandy.workflows.photos import Batch


class Full:
    """For one photo: the top list as soon as it is known, then a table of objects."""

    def busy(self, text: str) -> AbstractContextManager[None]:
        return status(text)

    def opened(self, path: Path, photo: "Photo") -> None:
        say(f"{path}: {photo.size[0]} × {photo.size[1]} pixels")
        for note in photo.notes:
            say(f"note: {note}")

    def seen(self, look: "Look", backbone: str) -> None:
        console = out()
        name, meaning = meanings.of_classes(look.reading)
        shown = table(
            console,
            f"What {backbone} sees at {look.pixels.shape[1]} × {look.pixels.shape[0]} pixels",
            ("label", name, "class"),
            (name, "class"),
            meaning,
        )
        for label in look.classes:
            shown.add_row(label.label, f"{label.probability:.3f}", str(label.class_index))
        console.print(shown)

    def done(self, path: Path, found: "Detection", folder: Path | None) -> None:
        console = out()
        if found.objects:
            numbers = (meanings.UNDER_MASK, "score", "box: x0 y0 x1 y1")
            shown = table(console, "Objects", ("word", "label", *numbers), numbers, meanings.OF_OBJECTS)
            for item in found.objects:
                box = " ".join(map(str, item.box))
                shown.add_row(item.word, item.called, f"{item.probability:.3f}", f"{item.score:.2f}", box)
            console.print(shown)
        else:
            say(f"no object found: {found.options.nothing}")
        if folder is not None:
            say(f"figure: {folder / 'figure.png'}")

    def ended(self, batch: "Batch") -> None:
        """Nothing is left to say."""


class Brief:
    """For several photos: one line each."""

    def busy(self, text: str) -> AbstractContextManager[None]:
        return nullcontext()

    def opened(self, path: Path, photo: "Photo") -> None:
        for note in photo.notes:
            remark(f"{path}: {note}")

    def seen(self, look: "Look", backbone: str) -> None:
        """A line is enough; the top list is in objects.json."""

    def done(self, path: Path, found: "Detection", folder: Path | None) -> None:
        objects = ", ".join(f"{o.word} ({o.called}) {o.score:.2f}" for o in found.objects) or "no object found"
        say(f"{path}: {objects}")

    def ended(self, batch: "Batch") -> None:
        """The failures are listed for every report."""


class Json:
    """One JSON object on standard output when all is done.

    {"results": [{"photo", "width", "height", "notes", "backbone", "output", "classes", "objects"}, ...],
    "failures": [{"photo", "error"}, ...]}, the same for one photo and for many; "output" is the folder of results
    or null, "classes" and "objects" are what `labelled` calls "classes" and "annotations". Files that were left out,
    being no photos, are among the failures with "left_out": true.
    """

    def __init__(self) -> None:
        self.results: list[dict[str, Any]] = []

    def busy(self, text: str) -> AbstractContextManager[None]:
        return nullcontext()

    def opened(self, path: Path, photo: "Photo") -> None:
        """Said at the end."""

    def seen(self, look: "Look", backbone: str) -> None:
        """Said at the end."""

    def done(self, path: Path, found: "Detection", folder: Path | None) -> None:
        from eyecandy.detection.export.labelled import labelled

        told: dict[str, Any] = {**labelled(found, str(path)), "backbone": found.backbone}
        told |= {"output": None if folder is None else str(folder), "objects": told.pop("annotations")}
        self.results.append(told)

    def ended(self, batch: "Batch") -> None:
        say(json.dumps({"results": self.results, "failures": batch.told_failures}))

"""Who is told while pictures are made, and what is told and made with them."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from eyecandy import images
from eyecandy.art.output.record import Artwork
from eyecandy.files import atomic

if TYPE_CHECKING:
    from eyecandy.art.core.render import Step
    from eyecandy.art.large.plan import Plan
    from eyecandy.art.output.painting import Viewing
    from eyecandy.art.output.predictions import Prediction
    from eyecandy.backbone.model import Backbone

Opener = Callable[[], "Backbone"]


@dataclass(frozen=True)
class Painted:
    """What became of a picture: where it is, and what was made; None where it was finished already."""

    output: Path
    made: Artwork | None

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C ended it."""
        return self.made is not None and self.made.interrupted


@dataclass(frozen=True)
class Filmed:
    """What became of a film: where it is, how many frames it has and was to have, and how many were painted now."""

    output: Path
    frames: int
    total: int
    painted: int


class Listener:
    """Is told while pictures are made; what is of no interest need not be answered."""

    def note(self, text: str) -> None:
        """Something about a photo, a mask or a record that whoever made it should know."""

    def plan(self, plan: "Plan") -> None:
        """Before the first step."""

    def step(self, step: "Step") -> None:
        """After steps, as a listener of the render loop."""

    def seen(self, prediction: "Prediction") -> None:
        """What the photo, and then the growing picture, is seen as."""

    def made(self, made: Artwork) -> None:
        """A picture is made, and not yet saved."""

    def frames(self, total: int) -> AbstractContextManager[Callable[[], None]]:
        """A film of so many frames is made inside; what is given is called after each."""
        return nullcontext(lambda: None)

    def done(self, painted: "Painted") -> None:
        """A picture is saved, or was there."""

    def filmed(self, film: "Filmed") -> None:
        """A film is painted, as far as it got, or was there."""

    def wrote(self, path: Path, what: str) -> None:
        """Another file is written."""

    def failed(self, what: str, why: str) -> None:
        """One of several pictures has failed."""

    def compared(self, path: Path, same: bool) -> None:
        """A picture made again has the same pixels as the one of this path, or not."""

    def viewing(self) -> "Viewing":
        """What a recipe takes to tell this listener and nobody else."""
        from eyecandy.art.output.painting import Viewing  # here: it starts TensorFlow

        return Viewing(before=self.plan, listeners=[self.step], seen=self.seen, note=self.note)


@dataclass(frozen=True)
class Companion:
    """One more file that comes with a picture.

    Attributes:
        name: from the picture's path to its own, free or to be replaced.
        write: makes it of the finished artwork; whether Ctrl-C ended it early.
    """

    name: Callable[[Path], Path]
    write: Callable[[Artwork, Path], bool]


def check_free(path: Path, *, overwrite: bool) -> None:
    """Raises EyecandyError, as `eyecandy.files.atomic` does, where a file cannot be written; leaves nothing behind."""

    class Abandoned(Exception):
        pass

    with suppress(Abandoned), atomic(path, overwrite=overwrite, own=images.made_here):
        raise Abandoned

"""The networks that the page offers: those whose weights are on this machine. Nothing is downloaded from a page."""

import threading
from typing import TYPE_CHECKING

from eyecandy.backbone.architectures import ARCHITECTURES, DEFAULT, files_of
from eyecandy.errors import EyecandyError

if TYPE_CHECKING:
    from eyecandy.backbone.model import Backbone


class Networks:
    """Networks by name, each opened once."""

    def __init__(self) -> None:
        self._open: dict[str, Backbone] = {}
        self._lock = threading.Lock()

    @property
    def started(self) -> bool:
        """Whether the bundled network is there: until then, TensorFlow is starting."""
        return DEFAULT in self._open

    def get(self, name: str) -> "Backbone":
        """A network.

        Raises:
            EyecandyError: an unknown name, or weights that are missing or damaged.
        """
        check(name)
        with self._lock:
            if name not in self._open:
                from eyecandy.backbone.load import load_backbone  # here: it starts TensorFlow

                self._open[name] = load_backbone(name)
            return self._open[name]


def check(name: str) -> None:
    """Tells at once whether a network can be taken.

    Raises:
        EyecandyError: an unknown name, or weights that are missing.
    """
    if not all(file.here for file in files_of(name)):
        raise EyecandyError(
            f"the weights of {name} are not on this machine; run `eyecandy weights fetch {name}`, then choose it again"
        )


def offered() -> list[dict[str, object]]:
    """Name and whether it can be taken, of each network; what it takes where it cannot."""
    return [{"name": name, "here": all(file.here for file in files_of(name))} for name in ARCHITECTURES]

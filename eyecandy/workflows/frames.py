"""The finished frames of a film that is being painted, in a folder, until the film is whole."""

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from eyecandy import images
from eyecandy.errors import EyecandyError, OptionError
from eyecandy.files import atomic

_MARKER, _RECORD = "film.json", "first.json"
_STATE = "state.npz"


class FrameFolder:
    """Frames by their numbers, and what the next one begins with.

    Args:
        film: the film that they will be; the folder lies beside it, as `film.mp4.frames`.
        told: what they are made of and how, as JSON holds it; frames made otherwise are none of this film's.
    """

    def __init__(self, film: Path, told: Mapping[str, Any]) -> None:
        self.film, self.folder = film, film.with_name(f"{film.name}.frames")
        self.told = json.loads(json.dumps(told))
        self.count = 0
        self.begun = (self.folder / _MARKER).is_file()

    def open(self, *, overwrite: bool) -> None:
        """Makes the folder, or takes up the frames that it holds.

        Raises:
            EyecandyError: a folder of that name that is none of frames, or of frames that were made otherwise.
        """
        if self.folder.exists() and not self.begun:
            raise EyecandyError(f"{str(self.folder)!r} holds no frames of a film; choose another output")
        if self.begun and overwrite:
            self.remove()
        if not self.begun:
            self.folder.mkdir(parents=True)
            with atomic(self.folder / _MARKER, overwrite=False) as temporary:
                temporary.write_text(json.dumps(self.told, indent=2) + "\n", "utf-8")
            self.begun = True
            return
        held = json.loads((self.folder / _MARKER).read_text("utf-8"))
        differ = sorted(name for name in self.told if held.get(name) != self.told[name])
        if differ:
            raise OptionError(
                "{film!r} is half painted with another {what}; give the same, or pass {} to begin anew",
                "overwrite=True",
                film=str(self.film),
                what=" and ".join(differ),
            )
        if (self.folder / _STATE).is_file():
            self.count = int(self.state()["number"]) + 1

    def add(self, frame: np.ndarray, state: Mapping[str, np.ndarray], record: Mapping[str, Any]) -> None:
        """Keeps the next frame.

        Args:
            frame: (H, W, 3) uint8.
            state: what the one after it depends on.
            record: of the frame; that of the first is the film's.
        """
        if self.count == 0:
            (self.folder / _RECORD).write_text(json.dumps(record), "utf-8")
        images.save_png(self._path(self.count), frame, overwrite=True)
        with atomic(self.folder / _STATE, overwrite=True) as temporary:
            np.savez(temporary, allow_pickle=False, **state)
        self.count += 1

    def state(self) -> dict[str, np.ndarray]:
        """What came with the last frame."""
        with np.load(self.folder / _STATE) as held:
            return dict(held)

    @property
    def record(self) -> dict[str, Any]:
        """Of the first frame."""
        record: dict[str, Any] = json.loads((self.folder / _RECORD).read_text("utf-8"))
        return record

    def frames(self) -> Iterator[np.ndarray]:
        """All of them."""
        for number in range(self.count):
            yield images.load(self._path(number)).pixels

    def remove(self) -> None:
        """Takes the folder away."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.begun, self.count = False, 0

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:06d}.png"

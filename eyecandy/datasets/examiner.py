"""One photo of a data set: read and looked at, or the reason why not."""

import threading
from pathlib import Path

from eyecandy._tensorflow import tf
from eyecandy.backbone.model import Backbone
from eyecandy.datasets.entry import keep
from eyecandy.datasets.journal import Entry
from eyecandy.datasets.store import Store
from eyecandy.detection.detect import finish, look, traced
from eyecandy.detection.options import DetectOptions
from eyecandy.detection.result import Result
from eyecandy.errors import EyecandyError
from eyecandy.images import Photo, load


class Unwritable(Exception):
    """The results cannot be written; unlike what is wrong with a photo, that ends the run."""


class Examiner:
    """The steps of `detect`, one after the other. What is wrong with a photo is passed on as a value."""

    def __init__(self, net: Backbone, options: DetectOptions) -> None:
        self.net, self.options = net, options
        # The network uses all processors, and its backward pass most of the memory: one photo at a time.
        self._network = threading.Lock()

    def read(self, path: Path) -> Photo | EyecandyError:
        try:
            return load(path)
        except EyecandyError as error:
            return error

    def compute(self, path: Path, photo: Photo | EyecandyError) -> Result | EyecandyError:
        if isinstance(photo, EyecandyError):
            return photo
        try:
            with self._network:
                seen = look(photo, self.net, self.options)
                signals = traced(seen, self.net, self.options)
            return finish(photo, seen, signals, self.net, self.options)
        except EyecandyError as error:
            return EyecandyError(f"{str(path)!r}: {error}")
        except (MemoryError, tf.errors.ResourceExhaustedError):
            width, height = photo.size
            return EyecandyError(
                f"{str(path)!r}, {width} x {height} pixels, does not fit into memory; try a smaller size"
            )

    def write(self, store: Store, name: str, found: Result | EyecandyError) -> Entry:
        """The entry of a photo, once its masks are written.

        Raises:
            Unwritable: they cannot be.
        """
        if isinstance(found, EyecandyError):
            return {"photo": name, "error": str(found)}
        try:
            return keep(store, name, found)
        except (OSError, EyecandyError) as error:
            raise Unwritable(str(error)) from error

"""What is kept of a picture's growth: the picture as it was every so many iterations, and a film."""

import json
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from eyecandy import images
from eyecandy.art.output import film as films
from eyecandy.art.output import record
from eyecandy.images.alpha import opaque, transparent
from eyecandy.images.origin import SIGNATURE
from eyecandy.workflows.output import OutputOptions

if TYPE_CHECKING:
    import numpy as np

    from eyecandy.art.core.render import Step
    from eyecandy.art.large.plan import Plan
    from eyecandy.art.output.record import Artwork

_FRAMES = 120  # of a film


class Growth:
    """Keeps what is wanted of it, while the next steps are taken; a context that ends when all is written.

    Args:
        wanted: says what.
        output: the finished picture's path, which the others are called after.
        recipe: its name, for the records.
        replace: whether pictures on the way may replace older ones.
    """

    def __init__(self, wanted: OutputOptions, output: Path, recipe: str, *, replace: bool) -> None:
        self.wanted, self.output, self.recipe, self.replace = wanted, output, recipe, replace
        self._stack = ExitStack()
        self._writer = Writer()
        self._film: films.Film | None = None
        self._plan: Plan | None = None

    @property
    def every(self) -> int | None:
        """How often it wants to be told. A film's frames come at even distances, and what is kept comes in between."""
        return self.wanted.every if self.wanted.film is None else 1

    def __enter__(self) -> "Growth":
        self._stack.enter_context(self._writer)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def planned(self, plan: "Plan") -> None:
        """Before the first step."""
        self._plan = plan
        if self.wanted.film is not None and self._film is None:
            grown = films.growth(self.wanted.film, plan.scales[-1].size, overwrite=self.wanted.overwrite)
            self._film = self._stack.enter_context(grown)

    def step(self, step: "Step") -> None:
        """A listener of the render loop."""
        every = self.wanted.every
        alone = every is not None and step.iteration % every == 0 and step.iteration < step.iterations
        film = self._film if step.iteration % max(1, step.iterations // _FRAMES) == 0 else None

        def write() -> None:
            image = step.image()
            if alone:
                self._save(image, step)
            if film is not None:
                film.add(image)

        if alone or film is not None:
            self._writer.put(write)
            if self._plan is not None and self._plan.tile is not None:
                self._writer.finish()  # it is large, and one more picture beside a step is not in the memory told

    def end(self, made: "Artwork") -> None:
        """After the last step: waits for what is being written, and gives the film its last frame."""
        self._writer.finish()
        if self._film is not None and self._plan is not None:
            width, height = self._plan.scales[-1].size
            if made.image.shape[:2] == (height, width):  # a figure of several pictures is no frame
                self._film.add(opaque(made.image))

    def _save(self, image: "np.ndarray", step: "Step") -> None:
        path = self.output.with_name(f"{self.output.stem}-{step.iteration:05d}{self.output.suffix}")
        told = json.dumps({"recipe": self.recipe, "picture": self.output.name, "iteration": step.iteration})
        if step.alpha is not None and images.format_of(path) != "JPEG":
            image = transparent(image, images.resize(step.alpha, (image.shape[1], image.shape[0])))
        text = {record.KEYWORD: told} if path.suffix.lower() == ".png" else None
        images.save(path, image, text=text, signature=SIGNATURE, overwrite=self.replace, own=images.made_here)


_WAITING = 2  # pictures that may wait: each holds a moment of the canvas


class Writer:
    """Does jobs in their order in a thread of its own; a context that ends when all are done.

    What a job raises is raised in the thread that gives the jobs, at the next one or at the end, and the jobs after it
    are not begun. Where the block raises, what was given before is done all the same: it was due by then.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "eyecandy write")
        self._flying: deque[Future[None]] = deque()
        self._failed = False

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self.finish()
        finally:
            self._thread.shutdown(wait=True)

    def put(self, job: Callable[[], None]) -> None:
        """Hands over a job; waits while too many are on their way."""
        while self._flying and (self._flying[0].done() or len(self._flying) > _WAITING):
            self._flying.popleft().result()
        self._flying.append(self._thread.submit(self._do, job))

    def finish(self) -> None:
        """Waits until all that was handed over is done."""
        while self._flying:
            self._flying.popleft().result()

    def _do(self, job: Callable[[], None]) -> None:
        if self._failed:
            return
        try:
            job()
        except BaseException:
            self._failed = True
            raise

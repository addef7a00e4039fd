"""How far a picture is: a bar with losses and the time left where somebody watches, plain lines elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from eyecandy.cli.terminal.console import err, remark

if TYPE_CHECKING:
    from rich.progress import Progress

    from eyecandy.art.core.render import Step
    from eyecandy.art.large.plan import Plan
    from eyecandy.backbone.weights.download import Progress as DownloadProgress

_LINES = 10  # of a picture, where nobody watches


class PaintingProgress:
    """Says what is planned, then follows the steps."""

    def __init__(self) -> None:
        self._console = err()
        self._bar: Progress | None = None
        self._line = 0

    def stop(self) -> None:
        """Takes the bar from the screen."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def plan(self, plan: "Plan") -> None:
        """Before the first step: device, size, network, memory and time."""
        self.stop()
        width, height = plan.scales[-1].size
        steps = sum(scale.iterations for scale in plan.scales)
        tiles = "" if plan.tile is None else f" in tiles of {plan.tile[0]} x {plan.tile[1]}"
        network = plan.backbone if plan.precision == "float32" else f"{plan.backbone} in {plan.precision}"
        remark(
            f"{plan.device}, {width} x {height} pixels{tiles}, {network}, {steps} iterations: "
            f"about {plan.memory / 1e9:.1f} GB of memory and {span(plan.seconds)}"
        )
        self._line = 0
        if self._console.is_terminal:
            self._start(steps)

    def step(self, step: "Step") -> None:
        """A listener of the render loop."""
        losses = ", ".join(f"{name} {value:.3g}" for name, value in step.losses.items())
        if self._bar is not None:
            task = self._bar.task_ids[0]
            left = f"{span(step.seconds_left)} left"
            place = f"{step.size[0]} x {step.size[1]}"
            self._bar.update(
                task, completed=step.iteration, total=step.iterations, place=place, losses=losses, left=left
            )
            return
        line = step.iteration * _LINES // step.iterations
        if line > self._line:
            self._line = line
            remark(
                f"  {step.iteration} of {step.iterations} at {step.size[0]} x {step.size[1]}: {losses}; "
                f"{step.seconds_per_step:.2f} s a step, {span(step.seconds_left)} left"
            )

    def _start(self, steps: int) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        self._bar = Progress(
            TextColumn("{task.fields[place]}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[left]}", markup=False),
            TextColumn("{task.fields[losses]}", markup=False),
            console=self._console,
            transient=True,
            # Lines printed meanwhile go above the bar, but only where both are on the screen.
            redirect_stdout=sys.stdout.isatty(),
        )
        self._bar.add_task("", total=steps, place="", losses="", left="compiling")
        self._bar.start()


def counted(total: int, what: str) -> Callable[[], None]:
    """Plain lines for frames and the like: call what is returned after each; a tenth of them is worth a line."""
    done = 0

    def advance() -> None:
        nonlocal done
        done += 1
        if done * _LINES // total > (done - 1) * _LINES // total:
            remark(f"  {done} of {total} {what}")

    return advance


def span(seconds: float) -> str:
    """A length of time as people say it."""
    if seconds < 90:
        return f"{round(seconds)} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


@contextmanager
def download_bar() -> "Iterator[DownloadProgress]":
    """A listener for downloads that shows a bar on standard error, from the first byte on."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TaskID,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    bar = Progress(*columns, console=Console(stderr=True))
    tasks: dict[str, TaskID] = {}

    def listen(name: str, done: int, total: int | None) -> None:
        if name not in tasks:
            bar.start()  # not before: where nothing is downloaded, nothing is to be seen
            tasks[name] = bar.add_task(name, total=total)
        bar.update(tasks[name], completed=done, total=total)

    try:
        yield listen
    finally:
        if tasks:
            bar.stop()

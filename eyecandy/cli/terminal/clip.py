"""What `eyecandy detect` says of a film: how far it is, and which things were followed."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from eyecandy.cli.terminal.console import err, out, remark, say, table
from eyecandy.cli.terminal.progress import span

if TYPE_CHECKING:
    from eyecandy.detection.tracks.clip import ClipDetection, Progress

_LINES = 10  # of a film, where nobody watches
_MEANING = "score: as the looks that found it score it; frames are counted from 0"


@contextmanager
def each_frame() -> "Iterator[Callable[[Progress], object]]":
    """What listens to a film: a bar with frames and time left where somebody watches, a few lines elsewhere."""
    from rich import progress

    console = err()
    if not console.is_terminal:
        yield _line
        return
    bar = progress.Progress(
        progress.TextColumn("{task.description}", markup=False),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TextColumn("frames, {task.fields[left]} left", markup=False),
        console=console,
        transient=True,
        redirect_stdout=sys.stdout.isatty(),
    )
    with bar:
        task = bar.add_task("looking", total=None, left="?")

        def listen(told: "Progress") -> None:
            left = span(told.seconds_left)
            bar.update(task, completed=told.done, total=told.total, description=told.stage, left=left)

        yield listen


def tell_tracks(found: "ClipDetection") -> None:
    """The notes on a film, a table of its things, and where the films of it are."""
    for note in found.notes:
        say(f"note: {note}")
    console = out()
    if found.tracks:
        numbers = ("", "score", "frames", "seconds")
        columns = ("", "word", "label", "score", "frames", "seconds")
        shown = table(console, f"Objects in {found.done} frames", columns, numbers, _MEANING)
        for track in found.tracks:
            seconds = f"{track.first / found.rate:.1f} to {(track.last + 1) / found.rate:.1f}"
            frames = f"{track.first} to {track.last}"
            shown.add_row(str(track.number), track.word, track.label, f"{track.score:.2f}", frames, seconds)
        console.print(shown)
    else:
        say("no object found")
    if found.fleeting:
        several = "things" if found.fleeting > 1 else "thing"
        say(f"{found.fleeting} {several} that too few looks found: left out")
    if found.folder is not None:
        say(f"films: {found.folder / 'masks.mp4'} and cutout.webm, labels: annotations.json and objects.json")
    if found.interrupted:
        remark(f"interrupted after {found.done} of {found.total} frames; the results show these")


def _line(told: "Progress") -> None:
    if told.done * _LINES // max(1, told.total) > (told.done - 1) * _LINES // max(1, told.total):
        remark(f"  {told.stage}: {told.done} of {told.total} frames, {span(told.seconds_left)} left")

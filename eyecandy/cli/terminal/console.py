"""What is printed: tables to read on a terminal, plain lines elsewhere; bars and remarks on standard error."""

import sys
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_OBEYED = ("Cc", "Cs")  # control characters, and halves of characters, which cannot be written at all
_PLAIN_WIDTH = 10_000  # columns where nobody's screen sets them: no line is broken


class Advance(Protocol):
    """Says which of several photos is looked at now; called once for each, before it."""

    def __call__(self, name: str) -> None: ...


def out() -> "Console":
    """Standard output. Labels and file names are printed as they are: brackets in them are no markup."""
    return _console(stderr=False)


def err() -> "Console":
    """Standard error, likewise."""
    return _console(stderr=True)


def _console(stderr: bool) -> "Console":
    from rich.console import Console

    console = Console(stderr=stderr, markup=False, emoji=False, highlight=False, soft_wrap=True)
    if not console.is_terminal:
        console.width = _PLAIN_WIDTH
    return console


def table(console: "Console", title: str, columns: Sequence[str], right: Sequence[str] = (), note: str = "") -> "Table":
    """An empty table; without lines around it where it is not printed on a terminal.

    Args:
        console: where it will be printed.
        title: its title.
        columns: their headings.
        right: those that hold numbers.
        note: what they mean, below.
    """
    from rich import box
    from rich.table import Table

    framed = console.is_terminal
    made = Table(
        title=printable(title),
        title_justify="left",
        title_style="bold",
        caption=note or None,
        caption_justify="left",
        box=box.ROUNDED if framed else None,
        pad_edge=framed,
        padding=(0, 1) if framed else (0, 3, 0, 0),
    )
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left")
    return made


def printable(text: str) -> str:
    """A text without what a terminal obeys: a file name may hold an escape sequence.

    >>> printable("new\\x1b[31m.jpg")
    'new\\\\x1b[31m.jpg'
    """
    return "".join(ascii(c)[1:-1] if unicodedata.category(c) in _OBEYED and c not in "\n\t" else c for c in text)


def say(text: str) -> None:
    """One line on standard output, above a bar that may stand there."""
    # not typer.echo, which writes past the stand-in that a bar puts in the place of the streams
    sys.stdout.write(f"{printable(text)}\n")


def remark(text: str) -> None:
    """One line on standard error, likewise."""
    sys.stderr.write(f"{printable(text)}\n")


@contextmanager
def status(text: str) -> Iterator[None]:
    """Says what is going on for as long as it takes, where somebody watches."""
    console = err()
    if not console.is_terminal:
        yield
        return
    with console.status(text):
        yield


@contextmanager
def bar(total: int) -> Iterator[Advance]:
    """A progress bar over photos on standard error, where somebody watches."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = err()
    progress = Progress(
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}", markup=False),
        console=console,
        transient=True,
        disable=not console.is_terminal,
        # Lines printed meanwhile go above the bar, but only where both are on the screen.
        redirect_stdout=sys.stdout.isatty(),
    )
    with progress:
        task = progress.add_task("", total=total)
        started = 0

        def advance(name: str) -> None:
            nonlocal started
            progress.update(task, completed=started, description=name)
            started += 1

        yield advance

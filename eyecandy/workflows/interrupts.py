"""Ctrl-C, that is not lost."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def interrupts() -> Iterator[Callable[[object], None]]:
    """Gives a listener that asks whether Ctrl-C was pressed, and interrupts if so.

    Python loses a KeyboardInterrupt that arrives while an object is being tidied away ("Exception ignored in ...");
    so it is remembered, and raised again at the next look.
    """
    pressed = threading.Event()

    def press(number: int, frame: object) -> None:
        pressed.set()
        raise KeyboardInterrupt

    def ask(_: object) -> None:
        if pressed.is_set():
            raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():  # signals come to the main thread alone
        yield ask
        return
    before = signal.signal(signal.SIGINT, press)
    try:
        yield ask
    finally:
        signal.signal(signal.SIGINT, before)

"""A running `eyecandy web` and a page of it, for the tests of the page."""

import http.client
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np

PATIENCE = 300_000  # milliseconds: what hangs must end some time; how long things take is measured elsewhere


@dataclass
class Server:
    """A running `eyecandy web`."""

    process: subprocess.Popen[str]
    address: str
    temporary: Path

    @property
    def host(self) -> str:
        return urlsplit(self.address).netloc

    def ask(
        self, path: str, method: str = "GET", body: bytes = b"", **headers: str
    ) -> tuple[int, bytes, http.client.HTTPMessage]:
        """The path goes out as it is: no client tidies it."""
        connection = http.client.HTTPConnection(self.host, timeout=PATIENCE / 1000)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, named)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, content, answer.headers

    def visits(self) -> list[Path]:
        """The folders of open pages."""
        return [path for folder in self.temporary.glob("eyecandy-web-*") for path in folder.iterdir()]


def started(temporary: Path, *arguments: str) -> Server:
    process = subprocess.Popen(
        [sys.executable, "-m", "eyecandy", "web", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(temporary)},
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    found = re.search(r"http://\S+", line)
    assert found is not None, process.communicate()
    return Server(process, found[0], temporary)


def settled(condition: Callable[[], bool], seconds: float = PATIENCE / 1000) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.1)
    return False


def until(page: Any, expression: str, argument: Any = None) -> None:
    """Waits for JavaScript to hold. Playwright's own way needs eval, which the page's policy forbids."""
    assert settled(lambda: bool(page.evaluate(expression, argument))), expression


def point_at(page: Any, thing: Any) -> None:
    """Moves the pointer to a pixel well inside an object."""
    height, width = thing.small_mask.shape
    inside = np.argwhere(thing.small_mask >= 0.9)
    row, column = inside[len(inside) // 2]
    stage = page.locator("#photo-host .ec-stage").bounding_box()
    page.mouse.move(
        stage["x"] + stage["width"] * (column + 0.5) / width, stage["y"] + stage["height"] * (row + 0.5) / height
    )


def downloaded(page: Any, selector: str) -> tuple[str, bytes]:
    with page.expect_download() as waiting:
        page.click(selector)
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()

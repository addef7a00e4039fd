"""Make the README's two pictures of the page: seeing and painting, as a browser shows them.

python tools/build_page_pictures.py        # needs playwright and a Chromium
"""

import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from eyecandy.files import atomic

RESULTS = Path(__file__).parent.parent / "samples" / "results"
SIZE = {"width": 1280, "height": 860}
COLOURS = 256  # keeps the files small
PATIENCE = 600_000  # milliseconds
SEE, PAINT = "?photo=zebra_and_elephant.jpg", "?tab=paint&photo=china.jpg&recipe=style&painting=style_flow.jpg"


def main() -> None:
    with served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport=SIZE, color_scheme="light")
        page.set_default_timeout(PATIENCE)
        page.goto(address + SEE)
        page.hover(".ec-object[data-word=elephant]")
        page.wait_for_selector(".eigen img")
        keep(page, "web_see")
        page.goto(address + PAINT)
        page.wait_for_selector("body[data-seen=yes]")
        page.click("#go")
        page.fill(".compare input", "38")
        page.mouse.move(0, 0)
        keep(page, "web_paint")
        browser.close()


@contextmanager
def served() -> Iterator[str]:
    """The page of this checkout; yields its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "eyecandy", "web", "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    try:
        found = re.search(r"http://\S+", process.stdout.readline() if process.stdout else "")
        if found is None:
            raise SystemExit("the page does not start")
        yield found[0]
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()


def keep(page: Page, name: str) -> None:
    page.wait_for_timeout(2000)  # until nothing moves any more
    shot = Image.open(BytesIO(page.screenshot())).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    with atomic(RESULTS / f"{name}.png", overwrite=True) as path:
        shot.save(path, optimize=True)


if __name__ == "__main__":
    main()

"""The page's times: ready after `eyecandy web`, first objects after an upload, and what the pointer waits for.

    python benchmarks/web_speed.py

Needs the extra `web`, Playwright and a chromium. Upload and pointer are measured in the browser itself.
"""

import argparse
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Page, sync_playwright

SAMPLES = Path(__file__).parent.parent / "samples"
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-sync")
MANY = 20  # objects

# From the pointer's arrival to the next frame, in which the object is lit and named.
HOVER = """async () => {
  const times = [];
  for (const object of document.querySelectorAll(".ec-object")) {
    const box = object.getBoundingClientRect();
    const began = performance.now();
    object.dispatchEvent(new PointerEvent("pointermove", {bubbles: true, clientX: box.x + 9, clientY: box.y + 9}));
    if (!object.classList.contains("ec-on")) throw new Error("not lit");
    const lit = performance.now() - began;
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    times.push([lit, performance.now() - began]);
  }
  return times;
}"""
# As many objects as the bar speaks of: copies of those that were found, each with an outline of its own.
COPY = """(many) => {
  const drawing = document.querySelector(".ec-drawing");
  const found = [...drawing.querySelectorAll(".ec-object")];
  for (let i = found.length; i < many; i++) drawing.append(found[i % found.length].cloneNode());
}"""


def photo(folder: Path, name: str, size: tuple[int, int]) -> Path:
    path = folder / f"{size[0]}x{size[1]}-{name}"
    Image.open(SAMPLES / name).resize(size).save(path, quality=90)
    return path


def upload(page: Page, path: Path) -> float:
    """Seconds from choosing a file to its first object on the screen."""
    began = time.perf_counter()
    page.set_input_files("#file", path)
    page.wait_for_selector(f"#name:text-is({path.name!r})")
    page.wait_for_selector(".ec-object")
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chromium", default=shutil.which("chromium") or "chromium")
    arguments = parser.parse_args()
    began = time.perf_counter()
    server = subprocess.Popen(
        [sys.executable, "-m", "eyecandy", "web", "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        found: Any = re.search(r"http://\S+", server.stdout.readline())
        with urllib.request.urlopen(found[0]) as answer:
            answer.read()
        print(f"page ready                     {time.perf_counter() - began:6.2f} s")
        with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
            folder = Path(name)
            browser = playwright.chromium.launch(executable_path=arguments.chromium, args=FLAGS)
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.set_default_timeout(120_000)
            page.goto(found[0])
            page.wait_for_selector("#ready:empty", state="attached")
            upload(page, photo(folder, "zebra_and_elephant.jpg", (640, 480)))
            print(f"first objects, not yet warm    {time.perf_counter() - began:6.2f} s after the command")
            times = [
                upload(page, photo(folder, name, size))  # each under a name of its own, or the last would be timed
                for name, size in (
                    ("dog_and_cat.jpg", (4000, 3000)),
                    ("zebra_and_elephant.jpg", (4000, 3000)),
                    ("dog_and_cat.jpg", (4032, 3024)),
                    ("zebra_and_elephant.jpg", (4032, 3024)),
                )
            ]
            print(f"first objects, 12 megapixels   {statistics.median(times):6.2f} s, worst {max(times):.2f} s")
            page.evaluate(COPY, MANY)
            lit, shown = zip(*page.evaluate(HOVER), strict=True)
            print(f"pointer to lit, {MANY} objects     {statistics.median(lit):6.1f} ms, worst {max(lit):.1f} ms")
            print(f"and to the next frame          {statistics.median(shown):6.1f} ms, worst {max(shown):.1f} ms")
            browser.close()
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(30)


if __name__ == "__main__":
    main()

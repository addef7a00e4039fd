"""How large the report of many photos is, how long it takes to open, and how fast it filters, in headless Chromium.

The photos are crops of those in samples/, each looked at by itself. Needs playwright and a Chromium.

python benchmarks/report_size.py [PHOTOS]
"""

import random
import shutil
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, sync_playwright

import eyecandy
from eyecandy import images, report
from eyecandy.detection.detect import Detection

SAMPLES = sorted((Path(__file__).parent.parent / "samples").glob("*.jpg"))
MANY = 1000
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


def crops(count: int) -> "list[np.ndarray]":
    """Parts of the samples, 70 to 95 % of their sides, some turned left to right; the same every time."""
    draw = random.Random(0)
    found = []
    for number in range(count):
        pixels = images.load(SAMPLES[number % len(SAMPLES)].as_posix()).pixels
        height, width = pixels.shape[:2]
        share = draw.uniform(0.7, 0.95)
        h, w = round(height * share), round(width * share)
        top, left = draw.randint(0, height - h), draw.randint(0, width - w)
        crop = pixels[top : top + h, left : left + w]
        found.append(np.ascontiguousarray(crop[:, ::-1] if draw.random() < 0.5 else crop))
    return found


def named(found: Detection, number: int) -> Detection:
    return replace(found, photo=replace(found.photo, path=Path(f"photo-{number:04d}.jpg")))


def opened(page: Page, path: Path) -> float:
    """Seconds until the page is loaded and what is on the screen is painted."""
    began = time.perf_counter()
    page.goto(path.as_uri(), wait_until="load")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return time.perf_counter() - began


def filtered(page: Page, word: str) -> float:
    """Milliseconds from a word to the page painted anew."""
    return page.evaluate(
        """(word) => new Promise((done) => {
            const began = performance.now(), input = document.getElementById("word");
            input.value = word;
            input.dispatchEvent(new Event("input"));
            requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - began)));
        })""",
        word,
    )


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    net = eyecandy.load_backbone()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.html"
        with report.gallery(path) as gallery:
            for number, pixels in enumerate(crops(count)):
                gallery.add(named(eyecandy.detect(pixels, backbone=net), number))
        files = [path, *path.with_name("report.files").iterdir()]
        print(f"{count} photos: {sum(file.stat().st_size for file in files) / 1e6:.1f} MB in {len(files)} files")
        cards = gallery.cards
        gallery.cards = [cards[i % len(cards)] for i in range(MANY)]
        many = Path(folder) / "many.html"
        report.report.write_page(many, gallery.html())
        with sync_playwright() as playwright:
            own = shutil.which("chromium")
            browser = playwright.chromium.launch(executable_path=own, args=ARGUMENTS)
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.goto("about:blank")
            one = path.with_name("report.files") / "00001.html"
            print(f"opens in {opened(page, path):.2f} s; a photo's page in {opened(page, one):.2f} s")
            print(f"{MANY} photos: opens in {opened(page, many):.2f} s", end="; ")
            words = ("dog", "cat", "", "e", "zebra", "")
            print(f"filters in {statistics.median(filtered(page, word) for word in words):.0f} ms")
            browser.close()


if __name__ == "__main__":
    main()

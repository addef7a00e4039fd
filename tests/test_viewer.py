"""The viewer: outlines that follow masks, and a photo whose objects light up in a real browser."""

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from eyecandy.detection.detect import Detection
from eyecandy.images import fit, resize
from eyecandy.viewer import head, viewer_html
from eyecandy.viewer.outlines import outline

NUMBER = r"-?\d+(?:\.\d)?"


def filled(path: str, shape: tuple[int, int], zoom: int = 8) -> np.ndarray:
    """The pixels whose middles an outline holds, by the rule "evenodd"."""
    inside = np.zeros((shape[0] * zoom, shape[1] * zoom), np.uint8)
    rings = [
        np.array([[float(x), float(y)] for x, y in re.findall(f"({NUMBER}) ({NUMBER})", ring)]) * zoom
        for ring in path.split("M")[1:]
    ]
    cv2.fillPoly(inside, [np.rint(ring).astype(np.int32) for ring in rings], 1)
    return inside[zoom // 2 :: zoom, zoom // 2 :: zoom].astype(bool)


@given(
    st.integers(4, 24),
    st.integers(4, 24),
    st.floats(5, 11),
    st.floats(0.2, 0.8),
)
def test_an_outline_holds_the_pixels_that_reach_the_threshold(x: int, y: int, radius: float, threshold: float) -> None:
    rows, columns = np.mgrid[:28, :30]
    distance = np.hypot(columns - x, rows - y)
    mask = np.clip(1 - distance / (2 * radius), 0, 1).astype(np.float32)
    wrong = filled(outline(mask, threshold), mask.shape) != (mask >= threshold)
    at_edge = np.abs(mask - threshold) < 0.7 / (2 * radius)  # within 0.7 pixels of the border
    assert not (wrong & ~at_edge).any()


def test_a_hole_stays_open() -> None:
    mask = np.zeros((20, 20), np.float32)
    mask[2:18, 2:18] = 1
    mask[7:13, 7:13] = 0
    inside = filled(outline(mask, 0.5), mask.shape)
    assert inside[4, 4] and not inside[10, 10] and not inside[0, 0]


def test_a_mask_that_fills_the_photo_is_outlined_along_its_edge() -> None:
    path = outline(np.ones((6, 9), np.float32), 0.5)
    assert {float(x) for x in re.findall(f"({NUMBER}) {NUMBER}", path)} >= {0.0, 9.0}
    assert {float(y) for y in re.findall(f"{NUMBER} ({NUMBER})", path)} >= {0.0, 6.0}


def test_no_outline_where_the_threshold_is_not_reached() -> None:
    assert outline(np.full((9, 9), 0.3, np.float32), 0.5) == ""


def thing(word: str, label: str, mask: np.ndarray) -> SimpleNamespace:
    return SimpleNamespace(word=word, label=label, called=label, score=0.5, threshold=0.5, small_mask=mask)


def detection(*things: SimpleNamespace) -> SimpleNamespace:
    return SimpleNamespace(objects=things, photo=SimpleNamespace(name="image", path=Path('a "b".jpg')))


class Elements(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def objects(self) -> list[dict[str, str | None]]:
        return [attributes for _, attributes in self.found if "ec-object" in (attributes.get("class") or "")]


def test_words_and_names_cannot_break_out_of_the_page() -> None:
    mask = np.ones((8, 8), np.float32)
    hostile = '"><script>alert(1)</script>'
    text = viewer_html(np.zeros((8, 8, 3), np.uint8), detection(thing(hostile, hostile, mask)), hostile)
    elements = Elements(text)
    assert not any(tag == "script" for tag, _ in elements.found)
    assert elements.objects()[0]["data-word"] == hostile
    assert elements.found[0][1]["id"] == hostile
    assert next(attributes for tag, attributes in elements.found if tag == "img")["alt"] == 'a "b".jpg, 1 object'


def test_the_smaller_of_two_objects_lies_on_top() -> None:
    large, small = np.ones((16, 16), np.float32), np.zeros((16, 16), np.float32)
    small[4:9, 4:9] = 1
    text = viewer_html(np.zeros((16, 16, 3), np.uint8), detection(thing("b", "b", small), thing("a", "a", large)), "v")
    assert [each["data-index"] for each in Elements(text).objects()] == ["1", "0"]


def test_the_photo_is_embedded_or_named(tmp_path: Path) -> None:
    photo = np.full((8, 12, 3), 200, np.uint8)
    assert 'src="data:image/jpeg;base64,' in viewer_html(photo, detection(), "v")
    named = viewer_html(photo, detection(), "v", source="thumbs/a&b.jpg")
    assert 'src="thumbs/a&amp;b.jpg"' in named and "base64" not in named


def test_the_viewer_needs_no_tensorflow() -> None:
    code = "import sys, eyecandy.viewer; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_in_a_browser_pointer_and_keys_light_objects(browser: Any, found: Detection, tmp_path: Path) -> None:
    pixels = resize(found.photo.pixels, fit(found.photo.size, 580))
    file = tmp_path / "page.html"
    file.write_text(f"<!doctype html><meta charset=utf-8>{head()}<body>{viewer_html(pixels, found, 'v')}", "utf-8")
    page = browser.new_page(viewport={"width": 800, "height": 600})
    page.goto(file.as_uri())
    stage = page.locator(".ec-stage").bounding_box()
    for item in found.objects:
        inside = np.argwhere(item.small_mask >= 0.9)
        row, column = inside[len(inside) // 2]
        height, width = item.small_mask.shape
        page.mouse.move(
            stage["x"] + stage["width"] * (column + 0.5) / width, stage["y"] + stage["height"] * (row + 0.5) / height
        )
        assert page.inner_text(".ec-label").split("\n") == [item.word, f"{item.label} · score {item.score:.2f}"]
        assert page.locator(".ec-on").get_attribute("data-word") == item.word
    page.mouse.move(1, 599)
    assert page.locator(".ec-lit").count() == 0
    page.evaluate("document.addEventListener('ec-select', (event) => { window.chosen = event.detail; })")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    label = page.evaluate("document.activeElement.getAttribute('aria-label')")
    chosen = found.objects[page.evaluate("window.chosen")]
    assert label == f"{chosen.word}: {chosen.label}, score {chosen.score:.2f}"
    assert page.evaluate("document.activeElement.getAttribute('aria-pressed')") == "true"
    page.keyboard.press("Escape")
    assert page.evaluate("window.chosen") is None and page.locator(".ec-lit").count() == 0
    page.close()

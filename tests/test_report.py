"""Reports as people use them: in a real browser, from the disk, without a server."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from conftest import Run
from PIL import Image

from eyecandy import report
from eyecandy.detection.detect import Detection
from eyecandy.errors import EyecandyError
from eyecandy.report.steps import BRIEF, steps

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture
def page(browser: "Browser") -> Iterator["Page"]:
    """A page that notes what it asks for, and fails the test where anything leaves the disk or a script fails."""
    opened = browser.new_page(viewport={"width": 1100, "height": 800})
    asked: list[str] = []
    faults: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    yield opened
    opened.close()
    assert faults == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []


@pytest.fixture(scope="module")
def one(found: Detection, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "a report.html"
    report.save(found, path)
    return path


def numbered(found: Detection, name: str, *words: str) -> Detection:
    """The same photo under another name, with some of its objects only."""
    objects = tuple(item for item in found.objects if item.word in words)
    return replace(found, photo=replace(found.photo, path=Path(name)), objects=objects)


@pytest.fixture(scope="module")
def many(found: Detection, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("gallery") / "holiday 100%.html"
    with report.gallery(path) as gallery:
        gallery.add(numbered(found, "nothing.jpg"))
        gallery.add(numbered(found, "dog.jpg", "dog"))
        gallery.add(numbered(found, "both <b>&amp;.jpg", "dog", "cat"))
        gallery.failures = [("broken.jpg", "is <no> picture")]
    return path


def names(page: "Page") -> list[str]:
    return page.locator(".card:visible b").all_text_contents()


# One photo


def test_the_file_is_complete_in_itself(one: Path) -> None:
    assert [path.name for path in one.parent.iterdir()] == [one.name]
    text = one.read_text("utf-8")
    assert len(text) < 400_000
    addresses = re.findall(r"""(?:src|href)\s*=\s*["']?([^"'\s>]+)|url\(([^)]+)\)""", text)
    assert all(first.startswith("data:") for first, _ in addresses if first) and addresses


def test_hovering_lights_the_object_and_names_it(one: Path, found: Detection, page: "Page") -> None:
    page.goto(one.as_uri())
    assert page.title().startswith("dog_and_cat.jpg")
    photo = page.locator("#photo .ec-stage").bounding_box()
    assert photo is not None
    width, height = found.photo.size
    for item in found.objects:
        inside = item.mask >= item.threshold
        # Well inside: where most of the surroundings belong to it too.
        rows, columns = np.nonzero(inside)
        y, x = int(np.median(rows)), int(np.median(columns[rows == int(np.median(rows))]))
        assert inside[y, x]
        page.mouse.move(
            photo["x"] + photo["width"] * (x + 0.5) / width, photo["y"] + photo["height"] * (y + 0.5) / height
        )
        label = page.locator("#photo .ec-label")
        assert label.inner_text().splitlines() == [item.word, f"{item.label} · score {item.score:.2f}"]
        page.wait_for_function("getComputedStyle(document.querySelector('#photo .ec-label')).opacity === '1'")


def test_the_list_lights_the_photo_and_a_click_holds_it(one: Path, found: Detection, page: "Page") -> None:
    page.goto(one.as_uri())
    buttons = page.locator(".things button")
    assert buttons.count() == len(found.objects)
    second = found.objects[1]
    assert second.word in buttons.nth(1).inner_text() and f"{second.score:.2f}" in buttons.nth(1).inner_text()
    buttons.nth(1).hover()
    assert page.locator("#photo .ec-on").get_attribute("data-word") == second.word
    buttons.nth(1).click()
    page.mouse.move(5, 5)
    assert page.locator("#photo .ec-on").get_attribute("data-word") == second.word
    assert page.locator(".things button.on").count() == 1


def test_the_report_counts_the_steps_that_the_documentation_counts(found: Detection) -> None:
    page = (Path(__file__).parent.parent / "docs" / "how-it-sees.md").read_text("utf-8")
    told = re.findall(r"^## (\d)\. ([^:\n]+)", page, re.MULTILINE)
    assert told == [(str(number), step.heading) for number, step in enumerate(steps(found, BRIEF), start=1)]


def test_all_six_steps_have_their_figures(one: Path, found: Detection, page: "Page") -> None:
    page.goto(one.as_uri())
    headings = page.locator(".step h2").all_text_contents()
    assert [text.lstrip("123456 ") for text in headings] == [
        "Evidence",
        "Class signals",
        "Eigen-masks",
        "Classified again",
        "Masks",
        "Shown alone",
    ]
    figures = [page.locator(f"#step-{number} img").count() for number in range(1, 7)]
    kept = len(found.eigenmasks)
    assert figures == [0, len(found.classes), kept, len(found.eigenparts), len(found.objects), len(found.objects)]
    again = page.locator("#step-4").inner_text()
    for part in found.eigenparts:
        assert part.said in again and part.top[0].label in again
    assert page.locator("#step-1 .bar").count() == len(found.classes)
    assert f"{found.classes[0].probability:.3f}" in page.locator("#step-1 .bar").first.inner_text()
    loaded = "[...document.images].every((image) => image.complete && image.naturalWidth > 0)"
    page.wait_for_function(loaded)


def test_at_phone_width_nothing_is_wider_than_the_screen(one: Path, many: Path, page: "Page") -> None:
    page.set_viewport_size({"width": 375, "height": 700})
    for path in (one, many):
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= 375


# Many photos


def test_a_gallery_filters_by_word(many: Path, page: "Page") -> None:
    page.goto(many.as_uri())
    assert page.locator("h1").inner_text() == "3 photos, 3 objects"
    assert len(names(page)) == 3
    page.fill("#word", "CAT")
    page.wait_for_function("document.querySelectorAll('.card:not([hidden])').length === 1")
    assert names(page) == ["both <b>&amp;.jpg"]
    assert page.locator("#shown").inner_text() == "1 of 3"
    page.get_by_role("button", name="dog 2").click()
    assert sorted(names(page)) == ["both <b>&amp;.jpg", "dog.jpg"]
    page.get_by_role("button", name="dog 2").click()
    assert len(names(page)) == 3


def test_a_gallery_sorts_by_score(many: Path, found: Detection, page: "Page") -> None:
    score = {item.word: item.score for item in found.objects}
    assert score["cat"] > score["dog"]  # what the orders below follow from
    page.goto(many.as_uri())
    assert names(page) == ["both <b>&amp;.jpg", "dog.jpg", "nothing.jpg"]
    page.select_option("#sort", "weak")
    assert names(page) == ["dog.jpg", "both <b>&amp;.jpg", "nothing.jpg"]
    page.select_option("#sort", "given")
    assert names(page) == ["nothing.jpg", "dog.jpg", "both <b>&amp;.jpg"]


def test_a_card_leads_to_its_photo_and_back_to_the_same_choice(many: Path, page: "Page") -> None:
    page.goto(many.as_uri())
    page.fill("#word", "cat")
    page.wait_for_function("document.querySelectorAll('.card:not([hidden])').length === 1")
    page.locator(".card:visible").click()
    page.wait_for_selector("#photo")
    assert page.locator("h1").inner_text() == "both <b>&amp;.jpg"
    page.locator("#photo .ec-object").first.hover()
    assert page.locator("#photo.ec-lit").count() == 1
    page.wait_for_function("document.querySelector('.ec-photo').naturalWidth > 0")
    page.click("#back")
    page.wait_for_selector("#cards")
    assert page.input_value("#word") == "cat" and names(page) == ["both <b>&amp;.jpg"]


def test_what_failed_is_listed_as_text(many: Path, page: "Page") -> None:
    page.goto(many.as_uri())
    assert page.locator("main ~ ul li").all_text_contents() == ["broken.jpg: is <no> picture"]


def test_thumbnails_lie_beside_the_page_and_are_loaded_when_they_come_into_view(
    found: Detection, tmp_path: Path, page: "Page"
) -> None:
    with report.gallery(tmp_path / "g.html") as gallery:
        gallery.add(found)
        gallery.cards = gallery.cards * 200
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((tmp_path / "g.html").as_uri())
    assert page.locator(".card").count() == 200
    lazy = "[...document.querySelectorAll('.card img')].every((image) => image.loading === 'lazy')"
    assert page.evaluate(lazy)
    assert {path.suffix for path in (tmp_path / "g.files").iterdir()} == {".html", ".webp", ".css", ".js", ".json"}
    assert (tmp_path / "g.html").stat().st_size < 200 * 700 + 20_000


# Files


def test_nothing_is_overwritten_or_left_half_written(found: Detection, tmp_path: Path) -> None:
    report.save(found, tmp_path / "r.html")
    before = (tmp_path / "r.html").read_bytes()
    with pytest.raises(EyecandyError, match="exists already"):
        report.save(found, tmp_path / "r.html")
    with pytest.raises(EyecandyError, match=r"suffix '\.pdf'; a report is written as \.html"):
        report.save(found, tmp_path / "r.pdf")
    with pytest.raises(RuntimeError), report.gallery(tmp_path / "g.html") as gallery:
        gallery.add(found)
        raise RuntimeError
    (tmp_path / "own.files").mkdir()
    (tmp_path / "own.files" / "diary.txt").write_text("mine")
    with pytest.raises(EyecandyError, match="is not replaced"), report.gallery(tmp_path / "own.html", overwrite=True):
        pass
    assert (tmp_path / "r.html").read_bytes() == before
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["diary.txt", "own.files", "r.html"]


def test_control_c_leaves_a_gallery_of_what_was_done(found: Detection, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), report.gallery(tmp_path / "g.html") as gallery:
        gallery.add(found)
        raise KeyboardInterrupt
    assert "1 photo," in (tmp_path / "g.html").read_text("utf-8")
    assert json.loads((tmp_path / "g.files" / "eyecandy-report.json").read_text())["photos"] == 1


# The command line


def test_detect_writes_a_report_of_one_photo(
    command: Callable[..., Run], colour_model: list[str], tmp_path: Path
) -> None:
    Image.new("RGB", (128, 96), "red").save(tmp_path / "red.png")
    path = tmp_path / "report.html"
    run = command("detect", tmp_path / "red.png", *colour_model, "--report", path)
    assert run.code == 0 and run.out.splitlines()[-1] == f"report: {path}"
    assert "<h1>red.png</h1>" in path.read_text("utf-8") and not (tmp_path / "report.files").exists()
    assert "exists already" in command("detect", tmp_path / "red.png", *colour_model, "--json", "--report", path).err


def test_detect_writes_a_gallery_of_a_folder_with_its_failures(
    command: Callable[..., Run], colour_model: list[str], tmp_path: Path
) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    for name in ("red", "blue"):
        Image.new("RGB", (128, 96), name).save(photos / f"{name}.png")
    (photos / "broken.png").write_bytes(b"no picture")
    run = command("detect", photos, *colour_model, "--json", "--report", tmp_path / "r.html")
    assert run.code == 2 and len(json.loads(run.out)["results"]) == 2
    text = (tmp_path / "r.html").read_text("utf-8")
    assert "2 photos" in text and "broken.png" in text and "Not looked at: 1" in text


def test_a_photo_that_fails_leaves_no_report(command: Callable[..., Run], tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"no picture")
    run = command("detect", tmp_path / "broken.png", "--report", tmp_path / "r.html")
    assert run.code == 2 and "is not a picture" in run.err
    assert [path.name for path in tmp_path.iterdir()] == ["broken.png"]

"""The page on which results are looked through, in a real browser: by keys, by pointer, and on a phone."""

import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from reviews import SIZE, half, results, square
from web_pages import Server, settled, started, until

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

pytest_plugins = ["web_fixtures"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return results(tmp_path_factory.mktemp("review"), count=4)


@pytest.fixture(scope="module")
def server(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A page of results instead of the one that other tests share; the pages of `visit` are its."""
    running = started(tmp_path_factory.mktemp("temporary"), "--review", str(made))
    yield running
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(30) == 0


def decisions(made: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (made / "review" / "decisions.jsonl").read_text().splitlines()]


def last_mask(made: Path) -> np.ndarray:
    """What the last decision has painted of the second object, (H, W) bool."""
    with Image.open(made / decisions(made)[-1]["changes"]["2"]["mask"]) as image:
        return np.asarray(image) > 127


def at(page: Any, x: float, y: float) -> tuple[float, float]:
    """A pixel of the photo on the screen."""
    box = page.locator("#sheet").bounding_box()
    return box["x"] + box["width"] * x / SIZE[0], box["y"] + box["height"] * y / SIZE[1]


def said(page: Any, text: str) -> None:
    until(page, "(text) => document.querySelector('#saved').textContent === text", text)


def test_a_review_from_the_first_key_to_the_export(visit: Callable[..., Any], made: Path) -> None:
    page = visit()
    page.wait_for_selector(".chosen .thing", state="attached")
    assert page.inner_text("#tally") == "0 of 4 photos decided"
    page.keyboard.press("a")
    said(page, "red: accepted; saved")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("r")
    page.fill("#naming-name", "azure")
    page.keyboard.press("Enter")
    said(page, "Renamed to azure; saved")
    assert decisions(made)[-1]["changes"] == {"2": {"name": "azure"}}
    # the cross, moved by keys: from the middle of the photo down into the blue half that was not found
    page.keyboard.press("c")
    for key in ["Shift+ArrowRight"] * 4 + ["ArrowDown"] * 8:
        page.keyboard.press(key)
    page.keyboard.press("Space")
    said(page, "Mask mended; saved")
    mended = last_mask(made)
    assert (mended & square("blue")).sum() > 0.97 * (mended | square("blue")).sum()
    page.keyboard.press("Escape")
    page.keyboard.press("j")  # and the other photo by pointer
    page.wait_for_selector("text=1.png")
    page.click("[aria-label='Reject red 1']")
    said(page, "red: rejected; saved")
    page.click("[data-tool=brush]")
    page.click("#objects li:nth-child(2) .pick")
    page.mouse.move(*at(page, 100, 70))
    page.mouse.down()
    page.mouse.move(*at(page, 130, 70), steps=4)
    page.mouse.up()
    said(page, "Mask mended; saved")
    painted = last_mask(made)
    assert painted[68:72, 100:130].all() and not painted[90:].any() and painted[half("blue")].all()
    page.keyboard.press("z")
    said(page, "Taken back; saved")
    assert decisions(made)[-1] == {"undo": True}
    page.keyboard.press("Shift+Z")
    said(page, "Done again; saved")
    page.keyboard.press("Enter")  # nothing is open here: on to the next photo
    page.wait_for_selector("text=2.png")
    page.keyboard.press("Enter")  # accepts both, and goes on to the one without objects
    page.wait_for_selector("#none")
    page.keyboard.press("Enter")
    until(page, "document.querySelector('#tally').textContent === '4 of 4 photos decided'")
    page.keyboard.press("?")
    assert page.locator("#help").is_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("s")
    page.check("text=labels of their classes")
    page.click("#export")
    page.wait_for_selector("text=5 objects of 4 photos")
    labels = json.loads((made / "reviewed" / "objects.json").read_text())
    assert {each["name"] for each in labels["categories"]} == {each["label"] for each in labels["annotations"]}
    page.check("text=everyday words")
    page.click("#export")
    page.wait_for_selector("text=5 objects of 4 photos")
    table = json.loads((made / "reviewed" / "objects.json").read_text())
    assert sorted(category["name"] for category in table["categories"]) == ["azure", "blue", "red"]
    again = visit(f"#{page.url.partition('#')[2]}")  # what was decided is there after all windows are closed
    again.wait_for_selector("text=4 of 4 photos decided")
    again.click("#photos li:first-child button")
    again.wait_for_selector("#objects li.accepted b:text('azure')")
    page.keyboard.press("Escape")
    page.click("#photos li:first-child button")
    page.wait_for_selector("#objects li.accepted b:text('azure')")
    again.keyboard.press("x")
    said(again, "red: rejected; saved")
    page.keyboard.press("x")
    page.wait_for_selector("#alert:has-text('was changed in another window; load the page again')")


def test_on_a_phone_nothing_lies_beside_the_screen_and_all_has_a_name(visit: Callable[..., Any]) -> None:
    page = visit(width=390, height=844, color_scheme="dark", has_touch=True)
    page.wait_for_selector(".thing", state="attached")
    assert page.evaluate("[document.documentElement.scrollWidth, document.body.scrollWidth]") == [390, 390]
    nameless = """[...document.querySelectorAll('button, input')].filter((each) => !(each.textContent.trim() ||
        each.getAttribute('aria-label') || each.getAttribute('aria-labelledby') || each.labels?.length ||
        each.firstElementChild?.getAttribute('aria-label'))).map((each) => each.outerHTML)"""
    assert page.evaluate(nameless) == []
    page.tap("[aria-label='Accept blue 2'], [aria-label='Accept azure 2']")
    assert settled(lambda: "saved" in page.inner_text("#saved"), 30)


def test_no_other_page_may_decide(server: Server) -> None:
    status, _, headers = server.ask("/review/photos")
    assert status == 200 and headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert server.ask("/review/undo", "POST", b"{}", Origin="http://example.org")[0] == 403
    assert server.ask("/review/photos", Host="example.org")[0] == 421
    status, body, _ = server.ask("/review/photos/nothing")
    assert status == 422 and b"no longer among the results" in body
    key = json.loads(server.ask("/review/photos")[1])["photos"][0]["key"]
    for wrong in (b"[]", b'{"changes": 3}', b'{"changes": {"a": {}}, "turn": 0}', b'{"turn": "x"}'):
        assert server.ask(f"/review/photos/{key}/decide", "POST", wrong)[0] == 400

"""The page as a whole, in a real browser: several of them, on a phone, by keyboard, by address."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from PIL import Image
from web_pages import PATIENCE, Server, settled, started, until

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

pytest_plugins = ["web_fixtures"]


def test_two_pages_share_one_queue_and_a_closed_page_leaves_it(visit: Callable[..., Any], server: Server) -> None:
    first = visit("?tab=paint&photo=coffee.jpg&recipe=dream&paint.size=96&paint.iterations=9000")
    first.wait_for_selector(".ec-object, #objects .none")
    first.click("#go")
    first.wait_for_selector("#painting-host img")
    second = visit("?photo=dog_and_cat.jpg")
    second.wait_for_selector("text=Waiting, 1 job before yours")
    folders = server.visits()
    assert len(folders) >= 2
    first.close()
    second.wait_for_selector(".ec-object")
    assert settled(lambda: len(server.visits()) < len(folders), 30)


@pytest.mark.parametrize("query", ["", "?photo=dog_and_cat.jpg", "?photo=dog_and_cat.jpg&tab=paint&recipe=style"])
def test_a_phone_scrolls_one_way_only(visit: Callable[..., Any], query: str) -> None:
    page = visit(query, width=390, height=844, color_scheme="dark", has_touch=True)
    page.wait_for_selector(".ec-object" if query else "#samples .tile")
    page.evaluate("for (const details of document.querySelectorAll('details')) details.open = true")
    assert page.evaluate("[document.documentElement.scrollWidth, document.body.scrollWidth]") == [390, 390]
    if query == "?photo=dog_and_cat.jpg":
        page.tap(".ec-object[data-word=cat]")
        assert page.inner_text(".ec-label").startswith("cat")


def test_the_address_keeps_the_settings(visit: Callable[..., Any]) -> None:
    page = visit("?tab=paint&photo=dog_and_cat.jpg&recipe=style&painting=style_ink.jpg")
    page.wait_for_selector(".ec-object")
    page.fill("#paint-form-strength", "0.75")
    page.select_option("#paint-form-keep_colour", "luminance")
    page.click("#paintings .tile[title=flow]")
    page.click(".ec-object[data-word=dog]")
    page.click("#region-not")
    until(page, "location.search.includes('not')")
    until(page, "document.querySelector('#paint-command').textContent.includes('--keep-colour luminance')")
    told = page.inner_text("#paint-command")
    again = visit(urlsplit(page.url).query and f"?{urlsplit(page.url).query}")
    again.wait_for_selector(".ec-object")
    until(again, "(told) => document.querySelector('#paint-command').textContent === told", told)
    assert again.input_value("#paint-form-strength") == "0.75"
    assert again.input_value("#paint-form-keep_colour") == "luminance"
    assert again.inner_text("#region") == "Everywhere but: dog"


def test_the_keyboard_reaches_everything(visit: Callable[..., Any]) -> None:
    page = visit("?photo=dog_and_cat.jpg")
    page.wait_for_selector(".ec-object")
    page.focus("#another")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.classList.contains('ec-object')")
    assert page.inner_text(".ec-label").split("\n")[0] == page.evaluate("document.activeElement.dataset.word")
    page.keyboard.press("Enter")
    assert page.locator('#objects [aria-pressed="true"]').count() == 1
    page.focus("#tab-see")
    page.keyboard.press("ArrowRight")
    assert page.is_visible("#paint") and not page.is_visible("#see")
    page.focus("#recipes [aria-checked=true]")
    page.keyboard.press("ArrowLeft")
    assert page.locator("#recipes [aria-checked=true]").inner_text() == "Dream"


def test_everything_that_can_be_used_has_a_name(visit: Callable[..., Any]) -> None:
    page = visit("?photo=dog_and_cat.jpg&tab=paint&recipe=style&painting=style_ink.jpg&painting=style_flow.jpg")
    page.wait_for_selector(".ec-object")
    nameless = """() => [...document.querySelectorAll("button, input, select, a, [role=button]")].filter((e) =>
        !(e.ariaLabel || e.labels?.length || e.textContent.trim() || e.title)).map((e) => e.outerHTML)"""
    assert page.evaluate(nameless) == []
    assert page.evaluate("[...document.images].filter((image) => !image.hasAttribute('alt')).length") == 0


def test_a_tall_photo_leaves_room_for_what_is_below(visit: Callable[..., Any], tmp_path: Path) -> None:
    Image.linear_gradient("L").resize((200, 600)).save(tmp_path / "tall.png")
    page = visit(width=1280, height=900)
    page.set_input_files("#file", tmp_path / "tall.png")
    page.wait_for_selector("body[data-seen=yes]")
    shown = page.locator("#photo-host .ec-stage").bounding_box()
    assert shown["height"] <= 0.73 * 900 and shown["width"] == pytest.approx(shown["height"] / 3, abs=1)


def test_a_page_says_that_its_server_is_gone(browser: Any, tmp_path: Path) -> None:
    server = started(tmp_path)
    try:
        page = browser.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(server.address)
        page.wait_for_selector("#ready:has-text('starting')")
    finally:
        server.process.kill()
        server.process.wait()
    page.wait_for_selector("#alert:has-text('eyecandy does not answer')")
    page.close()

"""Painting, in a real browser: to the end, to the same bytes as the command, and not to the end."""

import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Run
from web_pages import downloaded, until

from eyecandy.art.output import record as records

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

pytest_plugins = ["web_fixtures"]


def test_a_dream_to_the_end_and_its_command_to_the_same_bytes(
    visit: Callable[..., Any],
    command: Callable[..., Run],
    dog_and_cat: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = visit("?tab=paint&recipe=dream", permissions=["clipboard-read", "clipboard-write"])
    page.set_input_files("#file", dog_and_cat)
    page.wait_for_selector(".ec-object")
    page.click(".ec-object[data-word=cat]")
    assert page.inner_text("#region") == "Only: cat"
    for name, value in (("size", "96"), ("iterations", "6"), ("layers", "block3_conv2:0.5 block4_conv3")):
        page.fill(f"#paint-form-{name}", value)
    page.wait_for_selector("#paint-command:has-text('0.5')")
    until(page, "document.querySelector('#paint-command').textContent.includes('--iterations 6')")
    page.click("[data-copy=paint-command]")
    page.wait_for_selector("text=Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == (
        "eyecandy dream dog_and_cat.jpg --size 96 --iterations 6 --region cat "
        "--layer block3_conv2:0.5 --layer block4_conv3"
    )
    page.click("#go")
    page.wait_for_selector(".compare")
    name, content = downloaded(page, "text=↓ Picture")
    assert name == "dog_and_cat-dream.png"

    shutil.copy(dog_and_cat, tmp_path)
    monkeypatch.chdir(tmp_path)
    assert command(*shlex.split(copied)[1:]).code == 0
    assert (tmp_path / name).read_bytes() == content

    page.fill(".compare input", "20")
    assert page.evaluate("document.querySelector('.compare').style.getPropertyValue('--at')") == "20%"


def test_two_paintings_with_weights_and_a_picture_of_ones_own(
    visit: Callable[..., Any],
    command: Callable[..., Run],
    samples: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = visit(
        "?tab=paint&photo=chelsea.jpg&recipe=style&painting=style_ink.jpg:0.5&paint.size=96&paint.iterations=4"
    )
    page.wait_for_selector(".ec-object, #objects .none")
    shutil.copy(samples / "brick.jpg", tmp_path / "my wall.jpg")
    page.set_input_files("#paintings input", tmp_path / "my wall.jpg")
    until(page, "document.querySelector('#paint-command').textContent.includes('my wall.jpg')")
    line = page.inner_text("#paint-command")
    assert shlex.split(line)[:5] == ["eyecandy", "style", "chelsea.jpg", "style_ink.jpg:0.5", "my wall.jpg"]
    page.click("#go")
    page.wait_for_selector(".compare")
    name, content = downloaded(page, "text=↓ Picture")
    for sample in ("chelsea.jpg", "style_ink.jpg"):
        shutil.copy(samples / sample, tmp_path)
    monkeypatch.chdir(tmp_path)
    assert command(*shlex.split(line)[1:]).code == 0
    assert (tmp_path / name).read_bytes() == content


def test_a_cancelled_mirage_keeps_the_picture_so_far(visit: Callable[..., Any], tmp_path: Path) -> None:
    page = visit("?tab=paint&photo=chelsea.jpg&recipe=mirage&paint.size=96&paint.iterations=5000&paint.watch=2")
    page.wait_for_selector(".ec-object, #objects .none")
    page.click("#go")
    page.wait_for_selector("#painting-host img")  # the live preview
    page.wait_for_selector("#progress .bars .row")  # the classes that it sees in the making
    assert re.search(r"\d+ of 5000 steps.*left", page.inner_text("#progress p"))
    assert "style" in page.inner_text("#progress .losses") and "class" in page.inner_text("#progress .losses")
    page.click("#progress button:has-text('Cancel')")
    page.wait_for_selector("text=this is the picture so far")
    name, content = downloaded(page, "text=↓ Picture")
    (tmp_path / name).write_bytes(content)
    kept = records.load(tmp_path / name)
    assert 0 < kept.record["iterations"] < 5000 and "interrupted" in str(kept.record["stopped"])
    assert f"after {kept.record['iterations']} of 5000 steps" in page.inner_text("#progress p")
    assert kept.image.std() > 5


def test_a_preset_sets_its_options_and_leaves_the_size(visit: Callable[..., Any]) -> None:
    page = visit("?tab=paint&recipe=dream&paint.size=96&paint.layers=block1_conv1")
    page.wait_for_selector("#presets .tile")
    until(page, "document.querySelector('#paint-command').textContent")  # the server is asked for it
    assert page.inner_text("#paint-command") == "eyecandy dream --size 96 --layer block1_conv1"
    page.click("#presets .tile[title=Curls]")
    until(page, "document.querySelector('#paint-command').textContent.includes('block3_conv2')")
    assert page.inner_text("#paint-command") == "eyecandy dream --size 96 --layer block3_conv2"


def test_a_dream_needs_no_photo(visit: Callable[..., Any]) -> None:
    page = visit("?tab=paint&recipe=dream&paint.size=96&paint.iterations=4")
    page.click("#go")
    page.wait_for_selector("#painting-host img[alt='The dream']")
    name, _ = downloaded(page, "text=↓ Picture")
    assert name == "dream.png"
    page.click("#tab-see")
    assert page.is_visible("#drop") and page.is_hidden("#painting-host")


def test_without_a_photo_the_page_says_what_is_missing(visit: Callable[..., Any]) -> None:
    page = visit("?tab=paint&recipe=style")
    page.wait_for_selector("#go-why:has-text('Choose a photo first')")
    assert page.is_disabled("#go") and page.is_hidden("#below-paint")

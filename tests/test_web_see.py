"""Seeing, in a real browser: photos that come and go, what lights up under the pointer, masks and files."""

import base64
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from web_pages import downloaded, point_at, until

from eyecandy.backbone.architectures import files_of
from eyecandy.detection.detect import Detection
from eyecandy.detection.export import results

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from eyecandy.web import presets, see
from eyecandy.web import samples as pages_samples
from eyecandy.web.pictures import Picture
from eyecandy.web.see import at_threshold

pytest_plugins = ["web_fixtures"]


@pytest.fixture
def no_vgg16() -> None:
    if all(file.here for file in files_of("vgg16")):
        pytest.skip("the weights of vgg16 are on this machine")


def test_pointing_at_an_uploaded_photo_says_what_is_there(
    visit: Callable[..., Any], dog_and_cat: Path, found: Detection
) -> None:
    page = visit()
    page.set_input_files("#file", dog_and_cat)
    page.wait_for_selector("#classes li")  # before any object is known, or with them
    page.wait_for_selector(".ec-object")
    assert page.locator("#objects b").all_inner_texts() == [thing.word for thing in found.objects]
    assert page.locator("#classes button >> nth=0").inner_text().split("\n")[0] == found.classes[0].label
    assert page.inner_text("#see-command") == "eyecandy detect dog_and_cat.jpg"
    for thing in found.objects:
        point_at(page, thing)
        assert page.inner_text(".ec-label").split("\n") == [thing.word, f"{thing.label} · score {thing.score:.2f}"]
    page.mouse.move(2, 2)
    assert page.locator(".ec-lit").count() == 0
    page.hover("#objects button >> nth=1")
    assert page.locator(".ec-on").get_attribute("data-word") == found.objects[1].word


def test_a_dropped_and_a_pasted_photo_are_taken(visit: Callable[..., Any], dog_and_cat: Path) -> None:
    arriving = """([data, kind]) => {
        const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
        const file = new File([bytes], kind === "drop" ? "mine.jpg" : "image.png", { type: "image/jpeg" });
        const transfer = new DataTransfer();
        transfer.items.add(file);
        document.body.dispatchEvent(kind === "drop"
            ? new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true })
            : new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true }));
    }"""
    page = visit()
    data = base64.b64encode(dog_and_cat.read_bytes()).decode()
    for kind, name in (("drop", "mine.jpg"), ("paste", "pasted.png")):
        page.evaluate(arriving, [data, kind])
        until(page, "(name) => document.querySelector('#name').textContent === name", name)
        page.wait_for_selector(".ec-object")


def test_a_photo_that_comes_before_the_page_is_ready_is_taken(visit: Callable[..., Any], dog_and_cat: Path) -> None:
    page = visit()
    held: list[Any] = []
    page.route("**/visits", lambda route: held.append(route))  # the server has not yet said what the page holds
    with page.expect_request("**/visits"):
        page.reload()
    page.set_input_files("#file", dog_and_cat)
    assert page.inner_text("#name") == "" and page.evaluate("document.querySelector('#tabs').inert")
    held[0].continue_()
    until(page, "() => document.querySelector('#name').textContent === 'dog_and_cat.jpg'")
    page.wait_for_selector(".ec-object")
    assert not page.evaluate("document.querySelector('#tabs').inert")


def test_masks_threshold_and_downloads(visit: Callable[..., Any], found: Detection) -> None:
    page = visit("?photo=dog_and_cat.jpg")
    page.wait_for_selector(".ec-object")
    for selector, told in (
        ("#classes button >> nth=1", found.classes[1].label),
        (".eigen .tile >> nth=2", "Eigen-mask 1"),
    ):
        page.click(selector)
        until(page, "document.querySelector('#mask-host img').naturalWidth > 100")
        assert told in page.inner_text("#mask-host figcaption")
    shown = page.locator(".eigen .title span >> nth=0").inner_text()
    assert shown == f"{100 * found.explained_variance_ratio[0]:.1f} % of the variance"

    sides = page.locator("#eigenmasks > li >> nth=0").locator(".tile").all_inner_texts()
    plus, minus = (next(p for p in found.eigenparts if (p.component, p.sign) == (0, sign)) for sign in (1, -1))
    assert sides == ["Both sides", f"+ {plus.said}", f"− {minus.said}"]
    assert f"{minus.top[0].label} {minus.top[0].probability:.2f}" in page.inner_text("#mask-host figcaption")

    name, content = downloaded(page, "text=COCO JSON")
    coco = json.loads(content)
    assert name == "dog_and_cat-objects.json"
    assert [a["bbox"] for a in coco["annotations"]] == [a["bbox"] for a in found.to_coco()["annotations"]]
    name, content = downloaded(page, "text=Cut-outs")
    assert zipfile.ZipFile(io.BytesIO(content)).namelist() == ["cat-1.png", "dog-1.png"]

    before = page.locator(".ec-object[data-word=cat]").get_attribute("d")
    page.fill("#threshold", "0.8")
    until(page, "(d) => document.querySelector('.ec-object[data-word=cat]').getAttribute('d') !== d", before)
    until(page, "location.search.includes('threshold=0.8')")
    _, content = downloaded(page, "text=COCO JSON")
    cut = {a["word"]: a for a in json.loads(content)["annotations"]}
    for thing in found.objects:
        assert cut[thing.word]["area"] == int((thing.mask >= 0.8).sum())
    assert page.is_visible("#threshold-hint")


def test_the_options_of_the_form_are_those_of_the_network(visit: Callable[..., Any], found: Detection) -> None:
    least = f"{(found.objects[0].score + found.objects[1].score) / 2:.3f}".rstrip("0")
    page = visit(f"?photo=dog_and_cat.jpg&see.components=2&see.min_score={least}")
    page.wait_for_selector(".ec-object")
    assert page.input_value("#see-form-components") == "2"
    assert page.locator("#eigenmasks > li").count() == 2
    assert page.locator("#objects b").all_inner_texts() == ["cat"]
    assert page.inner_text("#see-command") == f"eyecandy detect dog_and_cat.jpg --components 2 --min-score {least}"
    page.fill("#see-form-components", "99")
    page.wait_for_selector("#see-alert:has-text('Components must be 1 to 20')")
    assert page.locator("#objects b").all_inner_texts() == ["cat"]  # what was found before stays
    assert "99" not in page.url


@pytest.mark.parametrize("query", ["?photo=dog_and_cat.jpg", "?photo=dog_and_cat.jpg&network=vgg16"])
def test_a_network_that_is_not_here_is_refused_with_a_sentence(
    visit: Callable[..., Any], query: str, no_vgg16: None
) -> None:
    page = visit(query)
    if "vgg16" not in query:
        page.wait_for_selector(".ec-object")
        page.select_option("#network", "vgg16")
    page.wait_for_selector("#see-alert:has-text('The weights of vgg16 are not on this machine')")
    assert page.locator("#see-alert code").inner_text() == "eyecandy weights fetch vgg16"
    page.select_option("#network", "efficientnet-lite0")
    page.wait_for_selector("body[data-seen=yes] .ec-object")
    assert page.is_hidden("#see-alert") and "vgg16" not in page.url


def test_what_is_no_picture_is_refused_with_a_sentence(visit: Callable[..., Any], tmp_path: Path) -> None:
    text = tmp_path / "notes.jpg"
    text.write_text("these are no pixels")
    bomb = tmp_path / "bomb.png"
    Image.new("1", (20_000, 20_000)).save(bomb)
    assert bomb.stat().st_size < 100_000
    page = visit()
    for path, told in ((text, "'notes.jpg' is not a picture"), (bomb, "'bomb.png' is too large: 400000000 pixels")):
        page.set_input_files("#file", path)
        page.wait_for_selector(f'#alert:has-text("{told}")')
        assert str(tmp_path) not in page.inner_text("#alert") and "eyecandy-web-" not in page.inner_text("#alert")
    large = tmp_path / "large.jpg"
    large.write_bytes(b"\xff" * 41_000_000)
    page.set_input_files("#file", large)
    page.wait_for_selector("#alert:has-text('larger than 40 MB')")


def test_a_photo_of_50_megapixels(visit: Callable[..., Any], dog_and_cat: Path, tmp_path: Path) -> None:
    path = tmp_path / "large.jpg"
    Image.open(dog_and_cat).resize((9832, 5086)).save(path, quality=80)
    page = visit()
    page.set_input_files("#file", path)
    page.wait_for_selector(".ec-object")
    assert page.inner_text("#size") == "9832 × 5086"
    assert set(page.locator("#objects b").all_inner_texts()) == {"cat", "dog"}
    coco = json.loads(downloaded(page, "text=COCO JSON")[1])
    assert coco["images"][0]["width"] == 9832


def test_a_file_is_made_alone_and_once_for_each_threshold(found: Detection, dog_and_cat: Path, tmp_path: Path) -> None:
    seen = see.Seen(Picture.at(dog_and_cat, dog_and_cat.name)[0], found, "efficientnet-lite0")
    path = see.file(seen, None, "objects.json", tmp_path)
    before = path.stat().st_mtime_ns
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == ["objects.json"]
    assert see.file(seen, None, "objects.json", tmp_path).stat().st_mtime_ns == before
    other = see.file(seen, 0.8, "objects.json", tmp_path)
    assert json.loads(other.read_text())["annotations"][0]["threshold"] == 0.8
    whole = tmp_path / "whole"
    whole.mkdir()
    results.write(found, whole, explain=True)
    for name in see.FILES:
        made = see.file(seen, None, name, tmp_path)
        if name != see.CUTOUTS:
            assert made.read_bytes() == (whole / name).read_bytes()
    with zipfile.ZipFile(see.file(seen, None, see.CUTOUTS, tmp_path)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            name: (whole / name).read_bytes() for name in ("cat-1.png", "dog-1.png")
        }
    later = see.Seen(seen.picture, at_threshold(found, 0.7), seen.network)  # looked at again
    assert see.file(later, None, "objects.json", tmp_path).read_bytes() != path.read_bytes()


def test_parts_follow_their_objects_where_a_threshold_leaves_some_out(found: Detection) -> None:
    weak, *others = found.objects
    weaker = replace(found, objects=(replace(weak, small_mask=weak.small_mask / 2), *others))
    cut = at_threshold(weaker, 0.7)
    assert cut.objects[0].word == others[0].word
    for before, after in zip(found.eigenparts, cut.eigenparts, strict=True):
        assert after.object == (before.object - 1 if before.object else None)


def test_some_samples_come_with_the_package(samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for packaged in pages_samples.PACKAGED.glob("*.jpg"):
        assert packaged.read_bytes() == (samples / packaged.name).read_bytes()
    monkeypatch.setattr(pages_samples, "CHECKOUT", tmp_path)  # as where it is installed
    assert pages_samples.names(pages_samples.PHOTOS) == ["chelsea.jpg", "coffee.jpg"]
    assert pages_samples.names(pages_samples.PAINTINGS) == ["style_flow.jpg", "style_ink.jpg"]
    offered = {painting for preset in presets.offered() for painting in preset.paintings}
    assert offered == {"style_flow.jpg", "style_ink.jpg"}

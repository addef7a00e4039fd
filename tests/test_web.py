"""The page in a real browser, served by the command itself: what people do there, and what nobody may."""

import base64
import http.client
import io
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from conftest import Run
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from eyecandy.art import record as records
from eyecandy.detection.detect import Detection
from eyecandy.errors import EyecandyError

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from eyecandy.web import forms
from eyecandy.web.jobs import CANCELLED, DONE, FAILED, Job, Queue
from eyecandy.web.pictures import plain_name

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-sync",
    "--disable-component-update",
]
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


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = started(tmp_path_factory.mktemp("temporary"), "--max-upload", "40")
    yield running
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(30) == 0
    assert list(running.temporary.glob("eyecandy-web-*")) == []


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api")
    if BROWSER is None:
        pytest.skip("there is no chromium")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Any, server: Server) -> Iterator[Callable[..., Any]]:
    """Opens pages, each in a browser of its own; no page may ask anybody but its server, or report an error."""
    contexts: list[Any] = []
    foreign: list[str] = []
    errors: list[str] = []

    def open_page(query: str = "", width: int = 1280, height: int = 900, **more: Any) -> Any:
        context = chromium.new_context(viewport={"width": width, "height": height}, accept_downloads=True, **more)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("request", lambda request: foreign.append(request.url) if not own(request.url) else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(server.address + query)
        return page

    def own(url: str) -> bool:
        parts = urlsplit(url)
        return parts.netloc == server.host or parts.scheme in ("data", "blob")

    yield open_page
    for context in contexts:
        context.close()
    assert foreign == []
    assert errors == []


def settled(condition: Callable[[], bool], seconds: float = 60) -> bool:
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


def test_the_options_of_the_form_are_those_of_the_network(visit: Callable[..., Any]) -> None:
    page = visit("?photo=dog_and_cat.jpg&see.components=2&see.min_score=0.7")
    page.wait_for_selector(".ec-object")
    assert page.input_value("#see-form-components") == "2"
    assert page.locator("#eigenmasks > li").count() == 2
    assert page.locator("#objects b").all_inner_texts() == ["cat"]
    assert page.inner_text("#see-command") == "eyecandy detect dog_and_cat.jpg --components 2 --min-score 0.7"
    page.fill("#see-form-components", "99")
    page.wait_for_selector("#alert:has-text('Components must be 1 to 20')")


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
    assert kept.image.std() > 5


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
    page.check("#paint-form-keep_colour")
    page.click("#paintings .tile[title=flow]")
    page.click(".ec-object[data-word=dog]")
    page.click("#region-not")
    until(page, "location.search.includes('not')")
    until(page, "document.querySelector('#paint-command').textContent.includes('--keep-colour')")
    told = page.inner_text("#paint-command")
    again = visit(urlsplit(page.url).query and f"?{urlsplit(page.url).query}")
    again.wait_for_selector(".ec-object")
    until(again, "(told) => document.querySelector('#paint-command').textContent === told", told)
    assert again.input_value("#paint-form-strength") == "0.75" and again.is_checked("#paint-form-keep_colour")
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


@pytest.mark.parametrize(
    "path",
    [
        "/../../../../etc/passwd",
        "/static/../page.py",
        "/static/..%2fpage.py",
        "/static/%2e%2e/%2e%2e/errors.py",
        "/static//etc/passwd",
        "/samples/..%2fREADME.md",
        "/samples/README.md",
        "/samples/%2fetc%2fpasswd",
        "/file=/etc/passwd",
        "/gradio_api/file=/etc/passwd",
        "/etc/passwd",
        "/static/",
    ],
)
def test_no_path_of_the_server_is_readable(server: Server, path: str) -> None:
    status, content, _ = server.ask(path)
    assert status in (404, 405)
    assert b"root:" not in content and b"import" not in content and b"licence" not in content


def test_what_a_page_brought_is_its_own(server: Server, dog_and_cat: Path) -> None:
    visits = []
    for _ in range(2):
        status, content, _ = server.ask("/visits", "POST")
        assert status == 200
        visits.append(json.loads(content)["visit"])
    mine, other = visits
    status, content, _ = server.ask(
        f"/visits/{mine}/pictures?name=..%2F..%2Fevil.jpg", "POST", dog_and_cat.read_bytes()
    )
    picture = json.loads(content)
    assert status == 200 and picture["name"] == "evil.jpg"
    assert str(server.temporary) not in content.decode()
    assert not list(server.temporary.glob("*.jpg"))
    assert server.ask(f"/visits/{mine}/pictures/{picture['id']}/thumb.jpg")[0] == 200
    assert server.ask(f"/visits/{other}/pictures/{picture['id']}/thumb.jpg")[0] == 422
    assert server.ask(f"/visits/{mine}/jobs/x/files/..%2f..%2fobjects.json")[0] in (404, 422)
    assert server.ask(f"/visits/{mine}/pictures?sample=..%2FREADME.md", "POST")[0] == 404
    status, content, _ = server.ask(f"/visits/{mine}/pictures?name=a.png", "POST", Content_Length="40000001")
    assert status == 413 and "'a.png' is larger than 40 MB" in json.loads(content)["error"]
    for each in visits:
        assert server.ask(f"/visits/{each}/close", "POST")[0] == 204
    assert server.ask(f"/visits/{mine}/pictures/{picture['id']}/thumb.jpg")[0] == 410


def test_foreign_names_and_foreign_pages_are_refused(server: Server) -> None:
    assert server.ask("/", Host="evil.example")[0] == 421
    assert server.ask("/visits", "POST", Origin="http://evil.example")[0] == 403
    assert server.ask("/visits", "POST", Sec_Fetch_Site="cross-site")[0] == 403
    status, content, headers = server.ask("/")
    assert (
        status == 200 and b"http://" not in content.replace(b"http://www.w3.org/", b"") and b"https://" not in content
    )
    assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_with_another_host_a_password_is_asked_for(tmp_path: Path) -> None:
    server = started(tmp_path, "--host", "0.0.0.0", "--password", "open sesame")
    try:
        port = int(server.host.rpartition(":")[2])
        server.address = f"http://127.0.0.1:{port}/"
        assert server.ask("/")[0] == 401
        for password, status in (("wrong", 401), ("open sesame", 200)):
            coded = base64.b64encode(f"me:{password}".encode()).decode()
            assert server.ask("/", Authorization=f"Basic {coded}")[0] == status
        assert server.ask("/", Authorization="Basic nonsense")[0] == 401
        coded = base64.b64encode(b"me:open sesame").decode()
        assert server.ask("/", Host="evil.example", Authorization=f"Basic {coded}")[0] == 421
    finally:
        server.process.terminate()
        server.process.wait(60)


def test_another_host_without_a_password_is_warned_of_and_a_taken_port_said(command: Callable[..., Run]) -> None:
    with socket.create_server(("0.0.0.0", 0)) as taken:
        port = taken.getsockname()[1]
        open_to_all = command("web", "--host", "0.0.0.0", "--port", port)
        local = command("web", "--port", port)
    assert open_to_all.code == local.code == 2
    assert "--password" in open_to_all.err and "--password" not in local.err
    assert f"port {port} of 127.0.0.1 is taken" in local.err


def test_a_missing_extra_is_named() -> None:
    code = "import sys; sys.modules['starlette'] = None; from eyecandy.cli import app; sys.exit(app.run(['web']))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.returncode == 2 and "pip install 'eyecandy[web]'" in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1


def done_by(queue: Queue, *jobs: Job) -> bool:
    return settled(lambda: all(job.state in (DONE, FAILED, CANCELLED) for job in jobs), 10)


def test_the_queue_says_places_and_goes_on_after_failures() -> None:
    queue, gate, order = Queue(), threading.Event(), []

    def job(work: Callable[[Job], Any]) -> Job:
        made = Job("see", work, lambda: None)
        queue.put(made)
        return made

    def refuse(job: Job) -> None:
        raise EyecandyError("that is no photo")

    def stumble(job: Job) -> None:
        raise ZeroDivisionError

    holding = job(lambda job: gate.wait(10))
    assert settled(lambda: holding.state == "working", 5)
    refused, stumbled, cancelled, last = (
        job(refuse),
        job(stumble),
        job(lambda job: order.append("no")),
        job(order.append),
    )
    assert [queue.place(each) for each in (holding, refused, stumbled, cancelled, last)] == [0, 1, 2, 3, 4]
    queue.cancel(cancelled)
    assert cancelled.state == CANCELLED and queue.place(last) == 3
    gate.set()
    assert done_by(queue, last)
    assert (refused.state, refused.error) == (FAILED, "that is no photo")
    assert stumbled.state == FAILED and "ZeroDivisionError" in str(stumbled.error)
    assert order == [last] and holding.state == DONE
    queue.close()


def test_a_job_at_work_ends_at_its_next_check() -> None:
    queue = Queue()

    def work(job: Job) -> None:
        while True:
            job.check()
            time.sleep(0.01)

    job = Job("paint", work, lambda: None)
    queue.put(job)
    assert settled(lambda: job.state == "working", 5)
    queue.cancel(job)
    assert done_by(queue, job) and job.state == CANCELLED
    queue.close()


@pytest.mark.parametrize("recipe", list(forms.RECIPES))
def test_forms_show_every_option_with_its_default(recipe: str) -> None:
    defaults = forms.RECIPES[recipe]()
    fields = {field["name"]: field for field in forms.paint_form(recipe)}
    assert {**fields, "region": None, "layer": None}.keys() >= vars(defaults).keys()
    for name, field in fields.items():
        assert field["default"] == getattr(defaults, name)
    untouched = {name: field["default"] for name, field in fields.items() if field["default"] is not None}
    assert forms.paint_knobs(recipe, untouched) == {}


def test_what_was_filled_in_becomes_what_the_command_line_would_make_of_it() -> None:
    given = {"strength": "1", "size": "96", "style_layers": "a:0.5, b", "keep_colour": "true", "region": "not cat"}
    knobs = forms.paint_knobs("style", given)
    assert knobs == {
        "size": 96,
        "region": "not cat",
        "strength": 1.0,
        "style_layers": ["a:0.5", "b"],
        "keep_colour": True,
    }
    assert isinstance(knobs["strength"], float)
    for wrong, told in (
        ({"size": "1.5"}, "whole number"),
        ({"strength": "2"}, "strength"),
        ({"colours": 1}, "unknown"),
    ):
        with pytest.raises(EyecandyError, match=told):
            forms.paint_knobs("style", wrong)


@given(st.text(max_size=200))
def test_no_name_of_a_file_leads_anywhere(given_name: str) -> None:
    name = plain_name(given_name)
    assert name not in ("", ".", "..") and len(name) <= 90
    assert not re.search(r'[\x00-\x1f<>:"/\\|?*]', name) and not name.startswith(("-", "."))
    name.encode("utf-8")

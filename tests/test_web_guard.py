"""Who may ask the page's server, and what nobody can read through it."""

import base64
import json
import re
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Run
from hypothesis import given
from hypothesis import strategies as st
from web_pages import Server, started

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from eyecandy.web.pictures import plain_name

pytest_plugins = ["web_fixtures"]


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
    names = ("--allow-host", "art.example.org", "--allow-host", "box.tail1234.ts.net")
    server = started(tmp_path, "--host", "0.0.0.0", "--password", "open sesame", *names)
    try:
        port = int(server.host.rpartition(":")[2])
        server.address = f"http://127.0.0.1:{port}/"
        assert server.ask("/")[0] == 401
        for password, status in (("wrong", 401), ("open sesame", 200)):
            coded = base64.b64encode(f"me:{password}".encode()).decode()
            assert server.ask("/", Authorization=f"Basic {coded}")[0] == status
        for other in ("Basic nonsense", "Basic \xc4\xd6", "Basic", "Bearer \xff", "Basic \xe2\x82\xac=="):
            assert server.ask("/", Authorization=other)[0] == 401
        coded = base64.b64encode(b"me:open sesame").decode()
        known = {"Authorization": f"Basic {coded}"}
        name = socket.gethostname()
        for host, status in (
            ("evil.example", 421),
            (f"{name}.evil.example", 421),
            ("[::1", 421),
            (f"{name}.lan:{port}", 200),
            ("Art.example.org", 200),
            (f"box.tail1234.ts.net:{port}", 200),
        ):
            assert server.ask("/", Host=host, **known)[0] == status, host
        # a proxy hands on its own name, or asks by the page's
        for origin, status in (("https://art.example.org", 200), ("https://evil.example", 403), ("null", 403)):
            for host in ("art.example.org", f"127.0.0.1:{port}"):
                assert server.ask("/visits", "POST", Host=host, Origin=origin, **known)[0] == status, (origin, host)
    finally:
        server.process.terminate()
        assert server.process.wait(60) == 0
    assert list(tmp_path.iterdir()) == []


def test_another_host_without_a_password_is_warned_of_and_a_taken_port_said(command: Callable[..., Run]) -> None:
    with socket.create_server(("0.0.0.0", 0)) as taken:
        port = taken.getsockname()[1]
        open_to_all = command("web", "--host", "0.0.0.0", "--port", port)
        local = command("web", "--port", port)
    assert open_to_all.code == local.code == 2
    assert "--password" in open_to_all.err and "--password" not in local.err
    assert f"port {port} of 127.0.0.1 is taken" in local.err


def test_a_name_with_a_port_is_refused(command: Callable[..., Run]) -> None:
    ended = command("web", "--allow-host", "art.example.org:443")
    assert ended.code == 2 and "without a port" in ended.err


FORMS = [
    {"recipe": "style", "paintings": [1, 2]},
    {"recipe": "style", "paintings": 7},
    {"recipe": "style", "paintings": {"picture": 1}},
    {"recipe": "style", "paintings": [{"weight": 1}]},
    {"recipe": "dream", "options": 3},
    {"recipe": "dream", "options": ["size"]},
    {"recipe": "dream", "options": {"size": {"a": 1}}},
    {"recipe": ["dream"], "paintings": [None]},
    {"recipe": "dream", "picture": [1]},
    {"recipe": "dream", "options": {"draft": "perhaps"}},
    {"recipe": "dream", "options": {"layers": {"a": 1}}},
    {"recipe": "dream", "options": {"region": {"a": 1}}},
    {"recipe": "dream", "options": {"rate": 10**400}},
    {"recipe": "dream", "options": {"size": "9" * 5000}},
    {"recipe": "dream", "options": {"tile": "9" * 5000}},
    {"recipe": "style", "paintings": [{"picture": 1, "weight": 10**400}]},
]


def test_forms_of_the_wrong_kind_are_told_so(server: Server) -> None:
    visit = json.loads(server.ask("/visits", "POST")[1])["visit"]
    for form in FORMS:
        for page in ("paint", "command"):
            status, content, _ = server.ask(f"/visits/{visit}/{page}", "POST", json.dumps(form).encode())
            assert status == 422 and 0 < len(json.loads(content)["error"]) < 400, (form, status)
    for form in ({"options": 3}, {"picture": 1, "options": [1]}, {"network": 5}):
        assert server.ask(f"/visits/{visit}/see", "POST", json.dumps(form).encode())[0] == 422
    for body in (b"[" * 100_000, b"\xff", b"[]", b"", b'{"recipe": "dream", "options": {"layers": "\\ud800"}}'):
        assert server.ask(f"/visits/{visit}/paint", "POST", body)[0] == 400
    assert server.ask(f"/visits/{visit}/close", "POST")[0] == 204


@pytest.mark.parametrize("weight", ["heavy", None, -1, float("nan"), float("inf"), [1], True])
def test_a_weight_that_is_none_is_told_so(weight: object) -> None:
    from eyecandy.errors import EyecandyError
    from eyecandy.web.forms import paintings_of

    assert paintings_of({"paintings": [{"picture": "a", "weight": "0.5"}]}) == [("a", 0.5)]
    with pytest.raises(EyecandyError, match="weight"):
        paintings_of({"paintings": [{"picture": "a", "weight": weight}]})


def test_a_missing_extra_is_named() -> None:
    code = "import sys; sys.modules['starlette'] = None; from eyecandy.cli import app; sys.exit(app.run(['web']))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.returncode == 2 and "pip install 'eyecandy[web]'" in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1


@given(st.text(max_size=200))
def test_no_name_of_a_file_leads_anywhere(given_name: str) -> None:
    name = plain_name(given_name)
    assert name not in ("", ".", "..") and len(name) <= 90
    assert not re.search(r'[\x00-\x1f<>:"/\\|?*]', name) and not name.startswith(("-", "."))
    name.encode("utf-8")

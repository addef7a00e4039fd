"""The fixtures of the page's tests: one server for all of them, and pages of it. Each file names this one."""

import signal
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from web_pages import PATIENCE, Server, started


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = started(tmp_path_factory.mktemp("temporary"), "--max-upload", "40")
    yield running
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(30) == 0
    assert list(running.temporary.glob("eyecandy-web-*")) == []


@pytest.fixture
def visit(browser: Any, server: Server) -> Iterator[Callable[..., Any]]:
    """Opens pages, each in a browser of its own; no page may ask anybody but its server, or report an error."""
    contexts: list[Any] = []
    foreign: list[str] = []
    errors: list[str] = []

    def open_page(query: str = "", width: int = 1280, height: int = 900, **more: Any) -> Any:
        context = browser.new_context(viewport={"width": width, "height": height}, accept_downloads=True, **more)
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

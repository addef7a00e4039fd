"""The page as an application: its addresses. All that belongs to one open page lies under its secret."""

import asyncio
import json
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from eyecandy._version import __version__
from eyecandy.errors import EyecandyError
from eyecandy.viewer import icon_svg, palette, script, style
from eyecandy.web import forms, looks, paintings, presets, samples, uploads
from eyecandy.web import review as reviewing
from eyecandy.web.guard import Guard
from eyecandy.web.jobs import Job
from eyecandy.web.networks import Networks, offered
from eyecandy.web.state import AppState, state_of, visit_of

if TYPE_CHECKING:
    from eyecandy.datasets.review.folder import Review

STATIC = Path(__file__).parent / "static"
UPLOAD_MEGABYTES = 128  # a 50-megapixel photo as PNG has about a hundred
HEARTBEAT = 2.0  # seconds between two signs of life, by which a closed page is noticed


def application(
    *,
    host: str = "127.0.0.1",
    password: str | None = None,
    upload_megabytes: int = UPLOAD_MEGABYTES,
    allowed: Sequence[str] = (),
    review: "Review | None" = None,
) -> Starlette:
    """The page as an ASGI application; its temporary files go when it ends.

    Args:
        host: the address that it is bound to.
        password: without it nobody is let in, if given.
        upload_megabytes: the largest file that is taken.
        allowed: more names that it is reached by, as behind a proxy.
        review: what is shown at /review, if anything.
    """

    @asynccontextmanager
    async def life(app: Starlette) -> AsyncIterator[None]:
        with tempfile.TemporaryDirectory(prefix="eyecandy-web-") as folder:
            state = app.state.shared = AppState(Path(folder), upload_megabytes)
            sweeping = asyncio.create_task(state.visits.sweep())
            if review is None:
                _warm(state)
            try:
                yield
            finally:
                sweeping.cancel()
                await run_in_threadpool(state.queue.close)

    routes = [
        Route("/", _index),
        Route("/viewer.css", _viewer_style),
        Route("/viewer.js", _viewer_script),
        Route("/icon.svg", _icon),
        uploads.SAMPLE,
        Route("/visits", _open, methods=["POST"]),
        Mount("/static", StaticFiles(directory=STATIC)),
        *reviewing.ROUTES,
        Mount(
            "/visits/{visit}",
            routes=[
                Route("/events", _events),
                Route("/close", _close, methods=["POST"]),
                *uploads.ROUTES,
                *looks.ROUTES,
                *paintings.ROUTES,
            ],
        ),
    ]
    app = Starlette(
        routes=routes,
        lifespan=life,
        middleware=[Middleware(Guard, host=host, password=password, allowed=allowed)],
        exception_handlers={EyecandyError: _refused, HTTPException: _refused},
    )
    app.state.review = None if review is None else reviewing.Shown(review)
    return app


def _warm(state: AppState) -> None:
    """Has the network started, once; whoever only reviews results needs none."""
    if state.warming is None:
        state.warming = Job("warm up", partial(_warm_up, state.networks), lambda: None)
        state.queue.put(state.warming)


def _warm_up(networks: Networks, job: Job) -> None:
    """Starts TensorFlow and compiles, so that the first photo need not wait for it."""
    import numpy as np

    from eyecandy.backbone.architectures import DEFAULT

    backbone = networks.get(DEFAULT)
    job.check()  # whoever stops the page now need not wait for the rest
    from eyecandy.detection.detect import detect

    noise = np.random.default_rng(0).integers(0, 256, (448, 336, 3), dtype=np.uint8)
    detect(noise, backbone=backbone)


async def _refused(request: Request, error: Exception) -> Response:
    """What is wrong, as a sentence."""
    if isinstance(error, HTTPException):
        return JSONResponse({"error": error.detail}, error.status_code)
    return JSONResponse({"error": str(error)}, 422)


async def _index(request: Request) -> Response:
    return FileResponse(STATIC / "index.html", headers={"Cache-Control": "no-cache"})


async def _viewer_style(request: Request) -> Response:
    return Response(palette() + style(), media_type="text/css")


async def _viewer_script(request: Request) -> Response:
    return Response(script(), media_type="text/javascript")


async def _icon(request: Request) -> Response:
    return Response(icon_svg(), media_type="image/svg+xml")


async def _open(request: Request) -> Response:
    """A page begins: its secret, and all that its forms hold."""
    state = state_of(request)
    visit = state.visits.open()
    _warm(state)
    return JSONResponse(
        {
            "visit": visit.id,
            "version": __version__,
            "upload_megabytes": state.upload_megabytes,
            "networks": offered(),
            "see": forms.see_form(),
            "paint": forms.paint_forms(),
            "presets": [vars(preset) for preset in presets.offered()],
            "photos": samples.names(samples.PHOTOS),
            "paintings": samples.names(samples.PAINTINGS),
        }
    )


async def _events(request: Request) -> Response:
    """All that there is to tell, whenever it changes, as server-sent events."""
    state, visit = state_of(request), visit_of(request)

    async def stream() -> AsyncIterator[str]:
        visit.listeners += 1
        try:
            while state.visits.is_open(visit):
                visit.news.clear()
                told = {**visit.told(state.queue), "ready": state.warm}
                yield f"data: {json.dumps(told)}\n\n"
                try:
                    await asyncio.wait_for(visit.news.wait(), HEARTBEAT)
                except TimeoutError:
                    yield ": still here\n\n"
        finally:
            visit.listeners -= 1
            visit.seen = time.monotonic()

    return StreamingResponse(stream(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})


async def _close(request: Request) -> Response:
    state = state_of(request)
    state.visits.close(visit_of(request))
    return Response(status_code=204)

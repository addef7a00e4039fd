"""What all pages share, and what a request is about."""

import asyncio
import json
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request

from eyecandy.web.jobs import ENDED, Job, Queue
from eyecandy.web.networks import Networks
from eyecandy.web.visits import Visit, Visits

JSON_BYTES = 1 << 20  # of a form


class AppState:
    """What all pages share.

    Attributes:
        queue: of jobs, one at a time.
        visits: the open pages.
        networks: those that were opened.
        warming: the job that starts the network.
        upload_megabytes: the largest file that is taken.
        decoding: held while a large picture is in memory: one at a time.
    """

    def __init__(self, folder: Path, upload_megabytes: int) -> None:
        self.queue = Queue()
        self.visits = Visits(folder, self.queue)
        self.networks = Networks()
        self.warming: Job | None = None
        self.upload_megabytes = upload_megabytes
        self.decoding = asyncio.Semaphore(1)

    @property
    def warm(self) -> bool:
        """Whether a photo would be looked at at once."""
        return self.warming is not None and self.warming.state in ENDED


def state_of(request: Request) -> AppState:
    """What the pages share, of the server that a request came to."""
    state: AppState = request.app.state.shared
    return state


def visit_of(request: Request) -> Visit:
    """The page that asks.

    Raises:
        HTTPException: it was closed, or there never was one.
    """
    try:
        return state_of(request).visits.get(request.path_params["visit"])
    except KeyError as error:
        raise HTTPException(410, "this page was closed; load it again") from error


def result_of(request: Request, kind: str) -> Any:
    """What the job that a request names has made.

    Raises:
        HTTPException: nothing yet, or it is a job of another kind.
    """
    job = visit_of(request).job(request.path_params["job"])
    if job.kind != kind or job.result is None:
        raise HTTPException(404, "this is not ready yet")
    return job.result


async def asked(request: Request) -> dict[str, Any]:
    """The form in a request's body.

    Raises:
        HTTPException: it is none.
    """
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > JSON_BYTES:
            raise HTTPException(413, "this is too long for a form")
    try:
        form = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise HTTPException(400, "expected JSON") from error
    if not isinstance(form, dict):
        raise HTTPException(400, "expected a JSON object")
    try:
        json.dumps(form, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:  # half of a character, written as an escape
        raise HTTPException(400, "expected whole characters") from error
    return form

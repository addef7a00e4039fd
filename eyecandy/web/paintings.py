"""What a page asks while it paints: the command line, the picture so far, and the picture."""

import json
from functools import partial
from typing import Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from eyecandy.web import paint
from eyecandy.web.jobs import ENDED, Job
from eyecandy.web.networks import Networks
from eyecandy.web.state import asked, result_of, state_of, visit_of


async def _paint(request: Request) -> Response:
    state, visit = state_of(request), visit_of(request)
    wanted = paint.wanted_of(visit, await asked(request))
    job = Job("paint", partial(_painting, wanted, state.networks), visit.changed)
    job.told = {"recipe": wanted.recipe, "command": wanted.command, "name": wanted.name}
    state.visits.start(visit, job)
    return JSONResponse({"job": job.id})


async def _command(request: Request) -> Response:
    """The command line that does what the form says, or what is wrong with the form."""
    return JSONResponse({"command": paint.wanted_of(visit_of(request), await asked(request)).command})


async def _cancel(request: Request) -> Response:
    state = state_of(request)
    job = visit_of(request).job(request.path_params["job"])
    if job.state not in ENDED:
        state.queue.cancel(job)
    return Response(status_code=204)


async def _preview(request: Request) -> Response:
    preview = visit_of(request).job(request.path_params["job"]).preview
    if preview is None:
        raise HTTPException(404, "there is no preview yet")
    return Response(preview, media_type="image/jpeg", headers={"Cache-Control": "no-store"})


async def _painted(request: Request) -> Response:
    wanted, made = result_of(request, "paint")
    path = visit_of(request).folder / f"{request.path_params['job']}.png"
    if not path.exists():
        await run_in_threadpool(made.save, path)
    return FileResponse(path, filename=wanted.name if "download" in request.query_params else None)


async def _record(request: Request) -> Response:
    wanted, made = result_of(request, "paint")
    name = f"{wanted.name.rpartition('.')[0]}.json"
    text = json.dumps(dict(made.record), indent=2) + "\n"
    # as RFC 6266 has it: a header holds no other letters than Latin-1's
    return Response(
        text,
        media_type="application/json",
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"},
    )


def _painting(wanted: paint.Wanted, networks: Networks, job: Job) -> tuple[paint.Wanted, Any]:
    return wanted, paint.painted(wanted, networks, job)


ROUTES = [
    Route("/paint", _paint, methods=["POST"]),
    Route("/command", _command, methods=["POST"]),
    Route("/jobs/{job}/cancel", _cancel, methods=["POST"]),
    Route("/jobs/{job}/preview.jpg", _preview),
    Route("/jobs/{job}/picture.png", _painted),
    Route("/jobs/{job}/record.json", _record),
]

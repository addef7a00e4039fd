"""What a page asks about a photo: to look at it, its masks, and files of what was found."""

from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from eyecandy.backbone.architectures import DEFAULT
from eyecandy.errors import EyecandyError
from eyecandy.web import forms, networks, see
from eyecandy.web.jobs import Job
from eyecandy.web.state import asked, result_of, state_of, visit_of


async def _see(request: Request) -> Response:
    state, visit = state_of(request), visit_of(request)
    form = await asked(request)
    picture = visit.picture(str(form.get("picture")))
    knobs = forms.see_knobs(forms.options_of(form))
    forms.DetectOptions(**knobs)
    network = str(form.get("network") or DEFAULT)
    networks.check(network)
    job = Job("see", partial(see.seeing, visit, picture, knobs, network, state.networks), visit.changed)
    state.visits.start(visit, job)
    return JSONResponse({"job": job.id})


async def _found(request: Request) -> Response:
    base = f"visits/{request.path_params['visit']}"
    return JSONResponse(await run_in_threadpool(see.told, result_of(request, "see"), _threshold(request), base))


async def _mask(request: Request) -> Response:
    kind, index, part = (request.path_params[name] for name in ("kind", "index", "part"))
    made = await run_in_threadpool(see.mask_picture, result_of(request, "see"), kind, index, part)
    return Response(made, media_type="image/jpeg", headers={"Cache-Control": "max-age=3600"})


async def _file(request: Request) -> Response:
    state = state_of(request)
    name = request.path_params["name"]
    if name not in see.FILES:
        raise HTTPException(404, "there is no such file")
    seen: see.Seen = result_of(request, "see")
    async with state.decoding:
        path = await run_in_threadpool(see.file, seen, _threshold(request), name, visit_of(request).folder)
    stem = seen.picture.name.rpartition(".")[0] or seen.picture.name
    return FileResponse(path, filename=f"{stem}-{name}")


async def _layers(request: Request) -> Response:
    state = state_of(request)
    visit_of(request)
    backbone = await run_in_threadpool(state.networks.get, request.path_params["network"])
    return JSONResponse({"layers": list(backbone.layer_names)})


def _threshold(request: Request) -> float | None:
    given = request.query_params.get("threshold")
    try:
        return None if given is None else float(given)
    except ValueError as error:
        raise EyecandyError(f"the mask threshold must be a number, got {given!r}") from error


ROUTES = [
    Route("/see", _see, methods=["POST"]),
    Route("/layers/{network}", _layers),
    Route("/jobs/{job}/found", _found),
    Route("/jobs/{job}/masks/{kind}-{index:int}-{part}.jpg", _mask),
    Route("/jobs/{job}/files/{name}", _file),
]
